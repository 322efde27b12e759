import { whyNoPath } from '../../regex/no-path.js';
import { fieldRef } from '../../../simulator/world.js';
import { worldRule } from '../rule.js';

/** No path of a request matches in full: a path begins with a slash, and ends before the query. Egress semantics §3.3. */
export const pathNeverMatches = worldRule({
  name: 'path-never-matches',
  code: 'OSM-E060',
  level: 'warning',
  makes: null,
  find: ({ world }) =>
    [...world.routeGroups.values()].flatMap((group) =>
      group.spec.matches.flatMap(({ pathRegex }, index) => {
        const why = pathRegex ? whyNoPath(pathRegex) : undefined;
        return why
          ? [{ data: { pattern: pathRegex!, why }, at: [fieldRef(group, 'spec', 'matches', index, 'pathRegex')] }]
          : [];
      }),
    ),
});
