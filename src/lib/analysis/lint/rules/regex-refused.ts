import { inspectRegex } from '../../../simulator/envoy/re2.js';
import { fieldRef, nameOf } from '../../../simulator/world.js';
import { worldRule } from '../rule.js';
import { usedGroups } from './route-group-unused.js';

/** A regular expression that Envoy refuses, in a group that no policy uses yet: once one does, routes-refused says it. Egress semantics §4. */
export const regexRefused = worldRule({
  name: 'regex-refused',
  code: 'OSM-E049',
  level: 'warning',
  makes: null,
  find: ({ world }) => {
    const used = usedGroups({ ...world, trafficTargets: [] });
    return [...world.routeGroups.values()]
      .filter((group) => !used.has(nameOf(group)))
      .flatMap((group) =>
        group.spec.matches.flatMap(({ pathRegex, headers = [] }, index) => {
          const path = ['spec', 'matches', index] as const;
          const patterns: [string, ...(string | number)[]][] = pathRegex ? [[pathRegex, ...path, 'pathRegex']] : [];
          headers.forEach((single, item) => {
            for (const [name, pattern] of Object.entries(single))
              patterns.push([pattern, ...path, 'headers', item, name]);
          });
          return patterns.flatMap(([pattern, ...at]) => {
            const { accepted, reason = 'RE2 does not accept it' } = inspectRegex(pattern);
            return accepted ? [] : [{ data: { pattern, reason }, at: [fieldRef(group, ...at)] }];
          });
        }),
      );
  },
});
