import type { Egress, HTTPMatch, HTTPRouteGroup } from '../../resources/types.js';
import { matchesAnyAddress, serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import { inspectRegex } from '../../simulator/envoy/re2.js';
import type { Target } from '../../simulator/request/index.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import { nameOf, namespacedName, type Source, type World } from '../../simulator/world.js';
import type { Draft } from './draft.js';
import { networkKey, rangesOf, withoutItem, withoutRepetitions, withSpec } from './moves/policy-edits.js';
import { withoutZeroRange } from './moves/policy-repairs.js';

/** The same with the feature flag on. */
export function switchedOn(draft: Draft): Draft {
  const { meshConfig, egressPolicyEnabled } = draft.world;
  if (egressPolicyEnabled) return draft;
  const { spec = {} } = meshConfig!;
  const featureFlags = { ...spec.featureFlags, enableEgressPolicy: true };
  return draft
    .replace(meshConfig!, { ...meshConfig!, spec: { ...spec, featureFlags } })
    .because('enable-egress-policy');
}

/**
 * Tells what a source was evidently meant to be allowed: what the mesh allows without policies, and what one of its policies
 * allows if it is alone, switched on, its protocols in small letters, nothing listed twice, and references to things that do
 * not exist left out. A change that brings that about only lets them do what they say.
 */
export class Intentions {
  private readonly alone = new Map<Egress, Simulation>();
  private without: Simulation | undefined;

  constructor(
    private readonly world: World,
    private readonly source: Source,
    private readonly options: SimulationOptions,
  ) {}

  /**
   * @param now after a change; only the policies that let the request through then are asked, because what one was meant to allow
   *   is no reason for another one to allow that and more
   */
  cover(target: Target, now?: Verdict): boolean {
    this.without ??= simulate(withoutPolicies(this.world), this.source, this.options);
    if (this.without.decide(target).verdict === 'allowed') return true;
    const deciding = now && policiesDeciding(now);
    const policies = new Set(this.world.policiesNaming(this.source).map(({ policy }) => policy));
    for (const policy of policies) {
      if (deciding?.has(nameOf(policy)) === false) continue;
      if (!policy.spec.ports.some(({ number }) => number === target.dial.port)) continue;
      if (this.simulationOf(policy).decide(target).verdict === 'allowed') return true;
    }
    return false;
  }

  private simulationOf(policy: Egress): Simulation {
    let simulation = this.alone.get(policy);
    if (!simulation) {
      simulation = simulate(worldWithOnly(this.world, repairedPolicies(policy, this.world)), this.source, this.options);
      this.alone.set(policy, simulation);
    }
    return simulation;
  }
}

function policiesDeciding(verdict: Verdict): Set<string> {
  const objects = endingsOf(verdict).flatMap(({ decidedBy }) => decidedBy.map(({ object }) => object));
  return new Set(objects.filter(({ kind }) => kind === 'Egress').map(nameOf));
}

function withoutPolicies(world: World): World {
  return { ...world, policiesNaming: () => [] };
}

function worldWithOnly(world: World, policies: readonly Egress[]): World {
  return {
    ...world,
    egressPolicyEnabled: true,
    routeGroups: repairedGroups(world, policies),
    services: new Map(),
    policiesNaming: () => policies.map((policy) => ({ policy, sourceIndex: 0 })),
  };
}

/** The groups that policies refer to, without the matches that make Envoy refuse all of them. */
function repairedGroups(world: World, policies: readonly Egress[]): World['routeGroups'] {
  const groups = new Map<string, HTTPRouteGroup>();
  for (const { metadata, spec } of policies) {
    for (const { name } of spec.matches ?? []) {
      const key = namespacedName(metadata.namespace, name);
      const group = world.routeGroups.get(key);
      if (group) groups.set(key, { ...group, spec: { matches: group.spec.matches.filter(isUsable) } });
    }
  }
  return groups;
}

function isUsable({ pathRegex, headers = [] }: HTTPMatch): boolean {
  const patterns = [...(pathRegex ? [pathRegex] : []), ...headers.flatMap((single) => Object.values(single))];
  return patterns.every((pattern) => inspectRegex(pattern).accepted);
}

/**
 * Two of them, because a wildcard that no server name may have is good for the other protocols. Ports of which neither a host nor
 * a range that Envoy takes says what is meant are left out: without either every name or address will do, which nobody has said.
 */
function repairedPolicies(policy: Egress, world: World): Egress[] {
  const repaired = repairedPolicy(policy, world);
  const { hosts = [], ipAddresses = [] } = repaired.spec;
  const hasBadRanges = ipAddresses.length > 0 && matchesAnyAddress(rangesOf(repaired));
  const others = withoutItem(
    repaired,
    'ports',
    ({ protocol }) => protocol === 'https' || (hasBadRanges && protocol !== 'http'),
  );
  const isAnyName = hosts.length === 0 || hosts.includes('*');
  const serverNames = isAnyName ? [] : hosts.map((host) => host.replace(/\*(?!\.)/, '*.')).filter(isServerName);
  if (isAnyName ? hasBadRanges : serverNames.length === 0) return [others];
  const https = withoutItem(repaired, 'ports', ({ protocol }) => protocol !== 'https');
  return [others, withoutRepetitions(withSpec(https, { hosts: serverNames }), 'hosts', serverNameKey)];
}

function repairedPolicy(policy: Egress, world: World): Egress {
  const ports = policy.spec.ports.map(({ number, protocol }) => ({ number, protocol: protocol.toLowerCase() }));
  const existing = withoutItem(
    withSpec(policy, { ports }),
    'matches',
    ({ kind, name }) =>
      kind === 'UpstreamTrafficSetting' &&
      !world.upstreamTrafficSettings.has(namespacedName(policy.metadata.namespace, name)),
  );
  const ranged = withoutRepetitions(withoutZeroRange(existing), 'ipAddresses', networkKey);
  return withoutRepetitions(
    withoutRepetitions(ranged, 'hosts', (host) => host.toLowerCase()),
    'ports',
    ({ number, protocol }) => `${number} ${protocol}`,
  );
}

function isServerName(host: string): boolean {
  return !host.includes('*') || host.startsWith('*.');
}
