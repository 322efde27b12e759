import { noticeRule } from '../rule.js';

/** Without a range that parses, a chain matches every address. Egress semantics §3.2. */
export const cidrFailsOpen = noticeRule({
  name: 'cidr-fails-open',
  code: 'OSM-E011',
  level: 'error',
  makes: 'active, wider than written',
});
