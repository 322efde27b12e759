import { fieldRef } from '../../../simulator/world.js';
import { worldRule } from '../rule.js';

/** Of the values of one header in one match the last counts, and the others are not looked at. Egress semantics §3.3. */
export const headerListedTwice = worldRule({
  name: 'header-listed-twice',
  code: 'OSM-E061',
  level: 'warning',
  makes: null,
  find: ({ world }) =>
    [...world.routeGroups.values()].flatMap((group) =>
      group.spec.matches.flatMap(({ headers = [] }, index) => {
        const names = headers.map((header) => Object.keys(header)[0]!);
        return names.flatMap((name, item) => {
          if (names.lastIndexOf(name) === item) return [];
          const path = ['spec', 'matches', index, 'headers', item] as const;
          return [{ data: { name }, at: [fieldRef(group, ...path)], fix: [{ op: 'remove', path } as const] }];
        });
      }),
    ),
});
