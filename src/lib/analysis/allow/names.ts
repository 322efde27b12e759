import type { Resource, TrafficTarget } from '../../resources/types.js';
import { nameOf, namespacedName, type World } from '../../simulator/world.js';

const MAX_LENGTH = 200;

/** Text as a part of a Kubernetes name: lower-case letters, digits and single dashes; `fallback` when nothing is left. */
export function slug(text: string, fallback: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain === '' ? fallback : plain;
}

/** The wanted name, or as much of it as a Kubernetes name may hold, with a number behind it when it is taken. */
export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  const short = wanted.slice(0, MAX_LENGTH).replace(/[-.]+$/, '');
  if (!isTaken(short)) return short;
  for (let number = 2; ; number++) {
    const candidate = `${short}-${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** The TrafficTargets that refer to an object, if it is a route group. */
export function targetsUsing({ kind, metadata }: Resource, { trafficTargets }: World): TrafficTarget[] {
  return trafficTargets.filter(
    (target) =>
      (target.metadata.namespace ?? 'default') === (metadata.namespace ?? 'default') &&
      (target.spec.rules ?? []).some((rule) => rule.kind === kind && rule.name === metadata.name),
  );
}

/** Is there an object of this kind and name? */
export function isTaken(world: World, kind: 'Egress' | 'HTTPRouteGroup', namespace: string, name: string): boolean {
  const wanted = namespacedName(namespace, name);
  return kind === 'Egress' ? world.egresses.some((policy) => nameOf(policy) === wanted) : world.routeGroups.has(wanted);
}
