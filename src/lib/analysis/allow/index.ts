/** The smallest change of the policies after which a request is allowed. */
export { fixCommand } from './fix-command.js';
export { applyChanges, planAllow } from './plan-allow.js';
export { quoteRegex } from './regex-quote.js';
export type * from './types.js';
