import { noticeRule } from '../rule.js';

/** Filter chains are programmed for the exact words only. Egress semantics §3.2. */
export const protocolNotLowerCase = noticeRule({
  name: 'protocol-not-lower-case',
  code: 'OSM-E009',
  level: 'error',
  makes: 'ignored',
});
