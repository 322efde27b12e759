export { accountOf, kindOf, type AccountOfChanges, type Change, type ChangeKind, type Reason } from './account.js';
export { worldAfter } from './after.js';
export type { Emitted, Inexpressible } from './emit.js';
export type { LeftOut } from './grants.js';
export { LEVELS, messagesOf, type Level, type MigrationMessage } from './messages.js';
export { planMigration, type Identity, type MigrationPlan, type NamespaceIdentity } from './plan.js';
