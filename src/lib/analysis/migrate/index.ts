export { accountOf, type AccountOfChanges, type Change, type ChangeKind, type Reason } from './account.js';
export { worldAfter } from './after.js';
export { KINDS_IN_ORDER, type Inexpressible } from './emit-parts.js';
export type { LeftOut } from './grants.js';
export { messagesOf, type MigrationMessage } from './messages.js';
export { planMigration, type GatewayPlan, type Identity, type MigrationOptions, type MigrationPlan } from './plan.js';
