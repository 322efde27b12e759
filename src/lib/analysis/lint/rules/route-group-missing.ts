import { noticeRule } from '../rule.js';

/** A reference to a group that is not in the policy's own namespace adds no route. Egress semantics §3.3. */
export const routeGroupMissing = noticeRule(
  { name: 'route-group-missing', code: 'OSM-E016', level: 'error', makes: null },
  ({ policy, notice, world }) => {
    const name = policy.spec.matches?.[Number(notice.at.path[2])]?.name;
    const elsewhere = [...world.routeGroups.values()]
      .filter(({ metadata }) => metadata.name === name)
      .map(({ metadata }) => metadata.namespace ?? 'default');
    return { data: { elsewhere } };
  },
);
