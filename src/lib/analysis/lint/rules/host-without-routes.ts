import { noticeRule } from '../rule.js';

/** The groups that the policy refers to have no route. Egress semantics §3.3. */
export const hostWithoutRoutes = noticeRule({
  name: 'host-without-routes',
  code: 'OSM-E015',
  level: 'warning',
  makes: 'lets nothing through',
});
