export { accountOf, type AccountOfChanges, type Change, type ChangeKind, type Reason } from './account.js';
export { worldAfter } from './after.js';
export type { Inexpressible } from './emit.js';
export type { LeftOut } from './grants.js';
export { messagesOf, type MigrationMessage } from './messages.js';
export { planMigration, type Identity, type MigrationPlan } from './plan.js';
