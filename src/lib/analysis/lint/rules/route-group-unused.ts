import { fieldRef, namespacedName, nameOf } from '../../../simulator/world.js';
import { worldRule } from '../rule.js';

/** Nothing refers to the group. Groups are looked up in the namespace of who refers to them. Egress semantics §3.3. */
export const routeGroupUnused = worldRule({
  name: 'route-group-unused',
  code: 'OSM-E048',
  level: 'info',
  makes: null,
  find: ({ world }) => {
    const used = usedGroups(world);
    return [...world.routeGroups.values()]
      .filter((group) => !used.has(nameOf(group)))
      .map((group) => ({ data: { group: nameOf(group) }, at: [fieldRef(group, 'metadata', 'name')] }));
  },
});

/** HTTPRouteGroups that policies and TrafficTargets refer to, as `namespace/name`. */
export function usedGroups({
  egresses,
  trafficTargets,
}: Parameters<typeof routeGroupUnused.find>[0]['world']): Set<string> {
  const used = new Set<string>();
  for (const { metadata, spec } of egresses) {
    for (const { kind, name } of spec.matches ?? []) {
      if (kind === 'HTTPRouteGroup') used.add(namespacedName(metadata.namespace, name));
    }
  }
  for (const { metadata, spec } of trafficTargets) {
    for (const { kind, name } of spec.rules ?? []) {
      if (kind === 'HTTPRouteGroup') used.add(namespacedName(metadata.namespace, name));
    }
  }
  return used;
}
