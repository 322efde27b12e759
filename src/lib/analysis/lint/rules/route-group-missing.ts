import { namespacesWithRouteGroup } from '../../../simulator/control-plane/routes.js';
import { noticeRule } from '../rule.js';

/** A reference to a group that is not there adds no route. Egress semantics §3.3. */
export const routeGroupMissing = noticeRule(
  { name: 'route-group-missing', code: 'OSM-E016', level: 'error', makes: null },
  ({ notice, world }) => ({ data: { elsewhere: namespacesWithRouteGroup(world, notice) } }),
);
