import type { Egress, FieldRef } from '../resources/types.js';
import type { Target } from './request/types.js';
import type { Simulation } from './simulation.js';
import { fieldRef } from './world.js';

/** A policy that names what the request wants and still does not apply. */
export interface Bystander {
  readonly policy: Egress;
  readonly reason:
    | 'egress-policy-off'
    | 'other-source'
    | 'policy-namespace-unmonitored'
    | 'upstream-traffic-setting-missing'
    | 'protocol-not-lower-case'
    | 'protocol-unknown'
    | 'other-port';
  /** The field to look at. */
  readonly at: FieldRef;
}

const CLOSENESS: Record<Bystander['reason'], number> = {
  'egress-policy-off': 0,
  'protocol-not-lower-case': 1,
  'protocol-unknown': 2,
  'upstream-traffic-setting-missing': 3,
  'policy-namespace-unmonitored': 4,
  'other-port': 5,
  'other-source': 6,
};
const MOST = 5;

/** What a look at every policy gives, once for a simulation; a target then looks at the policies that name it. */
interface Index {
  /** In input order. */
  readonly naming: (host: string, port: number) => Egress[];
  readonly named: ReadonlySet<Egress>;
  readonly applied: ReadonlySet<Egress>;
  /** By policy that is left out as a whole. */
  readonly excluded: ReadonlyMap<unknown, Bystander>;
  /** By policy and index of its port. */
  readonly portNotices: ReadonlyMap<unknown, ReadonlyMap<unknown, Bystander['reason']>>;
}

const indices = new WeakMap<Simulation, Index>();

/** The closest first. */
export function bystandersOf(simulation: Simulation, target: Target): Bystander[] {
  let index = indices.get(simulation);
  if (!index) indices.set(simulation, (index = createIndex(simulation)));
  const { naming, named, applied, excluded, portNotices } = index;
  const { world } = simulation;
  const bystanders: Bystander[] = [];
  for (const policy of naming(target.host, target.dial.port)) {
    const portIndex = policy.spec.ports.findIndex(({ number }) => number === target.dial.port);
    const hasPort = portIndex >= 0;
    const portAt = fieldRef(policy, 'spec', 'ports', Math.max(portIndex, 0));
    const other = excluded.get(policy);
    const notice = portNotices.get(policy)?.get(portIndex);
    if (!named.has(policy)) {
      if (hasPort) bystanders.push({ policy, reason: 'other-source', at: fieldRef(policy, 'spec', 'sources', 0) });
    } else if (!world.egressPolicyEnabled) bystanders.push({ policy, reason: 'egress-policy-off', at: portAt });
    else if (other) bystanders.push(other);
    else if (notice) bystanders.push({ policy, reason: notice, at: portAt });
    else if (!hasPort && applied.has(policy)) {
      bystanders.push({ policy, reason: 'other-port', at: fieldRef(policy, 'spec', 'ports') });
    }
  }
  return bystanders.sort((one, other) => CLOSENESS[one.reason] - CLOSENESS[other.reason]).slice(0, MOST);
}

function createIndex({ world, source, program }: Simulation): Index {
  const excluded = new Map<unknown, Bystander>();
  const portNotices = new Map<unknown, Map<unknown, Bystander['reason']>>();
  for (const { code, at, policy } of program.notices) {
    if (code === 'policy-namespace-unmonitored' || code === 'upstream-traffic-setting-missing') {
      excluded.set(policy, { policy: policy as Egress, reason: code, at });
    } else if (code === 'protocol-not-lower-case' || code === 'protocol-unknown') {
      const ofPolicy = portNotices.get(policy);
      if (ofPolicy) ofPolicy.set(at.path.at(-1), code);
      else portNotices.set(policy, new Map([[at.path.at(-1), code]]));
    }
  }
  return {
    naming: policiesNaming(world.egresses),
    named: new Set(world.policiesNaming(source).map(({ policy }) => policy)),
    applied: new Set(program.applied),
    excluded,
    portNotices,
  };
}

/**
 * Policies one of whose hosts names a host by Envoy's wildcards (`*suffix`, `prefix*`, `*`; egress semantics §5), and those
 * without hosts that have the port.
 * @returns a look-up that gives them in input order, in time that grows with the host and the answer only
 */
export function policiesNaming(egresses: readonly Egress[]): (host: string, port: number) => Egress[] {
  const byHost = new Map<string, Set<number>>();
  let longest = 0;
  const add = (key: string, index: number) => {
    const indexed = byHost.get(key);
    if (indexed) indexed.add(index);
    else byHost.set(key, new Set([index]));
  };
  egresses.forEach(({ spec: { hosts = [], ports } }, index) => {
    for (const host of hosts) {
      add(`host ${host.toLowerCase()}`, index);
      longest = Math.max(longest, host.length);
    }
    if (hosts.length === 0) for (const { number } of ports) add(`port ${number}`, index);
  });
  return (host, port) => {
    const wanted = host.toLowerCase();
    const keys = [`port ${port}`, `host ${wanted}`, 'host *'];
    // the wildcard stands for at least one character
    for (let length = Math.min(longest, wanted.length) - 1; length > 0; length--) {
      keys.push(`host *${wanted.slice(-length)}`, `host ${wanted.slice(0, length)}*`);
    }
    const found = new Set<number>();
    for (const key of keys) for (const index of byHost.get(key) ?? []) found.add(index);
    return [...found].sort((one, other) => one - other).map((index) => egresses[index]!);
  };
}
