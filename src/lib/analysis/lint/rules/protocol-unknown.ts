import { noticeRule } from '../rule.js';

/** No filter chain is programmed for other words. Egress semantics §3.2. */
export const protocolUnknown = noticeRule({
  name: 'protocol-unknown',
  code: 'OSM-E010',
  level: 'error',
  makes: 'ignored',
});
