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
    const rivals = chains.filter(({ match }) => match.destinationPort === chain.match.destinationPort);
    if (kind === null || isHttp(policy.spec.ports[index]!) || !rivals.some((other) => zeroRange(other) === !kind))
      return [];
    return [{ data: {}, at: [fieldRef(policy, 'spec', 'ports', index)], port: index }];
  },
});

/** True: for 0.0.0.0/0; false: without ranges; null: for other ranges only. */
function zeroRange({ match }: FilterChain): boolean | null {
  if (matchesAnyAddress(match)) return false;
  return match.networks.some(({ prefixLength }) => prefixLength === 0) ? true : null;
}
