import { matchesAnyAddress } from '../../../simulator/envoy/filter-chain-match.js';
import type { FilterChain } from '../../../simulator/envoy/types.js';
import { fieldRef } from '../../../simulator/world.js';
import { isHttp } from '../ports.js';
import { portRule } from '../rule.js';

/** `0.0.0.0/0` beside chains without ranges: a proxy uses one of the two. Egress semantics §5. */
export const rangeByChance = portRule({
  name: 'range-by-chance',
  code: 'OSM-E013',
  level: 'warning',
  makes: null,
  find: ({ policy, index, chain, chains }) => {
    const kind = zeroRange(chain);
    if (kind === null || isHttp(policy.spec.ports[index]!)) return [];
    const ports = portsWith(chains)[kind ? 'noRange' : 'zeroRange'];
    if (!ports.has(chain.match.destinationPort)) return [];
    return [{ data: {}, at: [fieldRef(policy, 'spec', 'ports', index)], port: index }];
  },
});

interface Ports {
  readonly zeroRange: ReadonlySet<number>;
  readonly noRange: ReadonlySet<number>;
}

const known = new WeakMap<readonly FilterChain[], Ports>();

/** The ports on which there is a chain of one sort and of the other; of a source with thousands of policies, looked up once. */
function portsWith(chains: readonly FilterChain[]): Ports {
  let ports = known.get(chains);
  if (!ports) {
    const of = (kind: boolean) =>
      new Set(chains.flatMap((chain) => (zeroRange(chain) === kind ? chain.match.destinationPort : [])));
    known.set(chains, (ports = { zeroRange: of(true), noRange: of(false) }));
  }
  return ports;
}

/** True: for 0.0.0.0/0; false: without ranges; null: for other ranges only. */
function zeroRange({ match }: FilterChain): boolean | null {
  if (matchesAnyAddress(match)) return false;
  return match.networks.some(({ prefixLength }) => prefixLength === 0) ? true : null;
}
