import type { Egress, HTTPRouteGroup, MeshConfig, Resource } from '../../resources/types.js';
import { nameOf, type PolicyForSource, type Source, type World } from '../../simulator/world.js';
import { isSource } from './moves/policy-edits.js';

/**
 * A world with some objects changed and some added, at the price of the changes and not of the whole. Only the kinds that a
 * change of policies touches may differ: Egress, HTTPRouteGroup and MeshConfig.
 * @param originals the changed objects, each with the one in the base that it replaces
 */
export function overlay(base: World, originals: ReadonlyMap<Resource, Resource>, created: readonly Resource[]): World {
  const changed = new Map([...originals].map(([after, before]) => [before, after]));
  const after = <T extends Resource>(object: T) => (changed.get(object) ?? object) as T;
  const newPolicies = created.filter(isEgress);
  const meshConfig = base.meshConfig && after<MeshConfig>(base.meshConfig);
  let egresses: readonly Egress[] | undefined;
  return {
    ...base,
    meshConfig,
    egressPolicyEnabled: meshConfig
      ? meshConfig.spec?.featureFlags?.enableEgressPolicy === true
      : base.egressPolicyEnabled,
    routeGroups: withGroups(base.routeGroups, [...originals.keys(), ...created]),
    get egresses() {
      return (egresses ??= [...base.egresses.map(after), ...newPolicies]);
    },
    policiesNaming(source) {
      const listed = new Set(base.policiesNaming(source).map(({ policy }) => policy));
      const policies = [...listed].map(after);
      for (const [now, before] of originals) if (isEgress(now) && !listed.has(before as Egress)) policies.push(now);
      return [...policies, ...newPolicies].flatMap((policy) => namings(policy, source));
    },
  };
}

function namings(policy: Egress, source: Source): PolicyForSource[] {
  return policy.spec.sources.flatMap((entry, sourceIndex) =>
    isSource(entry, source) ? [{ policy, sourceIndex }] : [],
  );
}

function withGroups(base: World['routeGroups'], objects: readonly Resource[]): World['routeGroups'] {
  const groups = objects.filter((object): object is HTTPRouteGroup => object.kind === 'HTTPRouteGroup');
  if (groups.length === 0) return base;
  return new Map([...base, ...groups.map((group) => [nameOf(group), group] as const)]);
}

function isEgress(object: Resource): object is Egress {
  return object.kind === 'Egress';
}
