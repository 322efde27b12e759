import { isHttp } from '../ports.js';
import { sourceRule } from '../rule.js';
import { networksOf } from '../../../simulator/address.js';
import { matchesAnyAddress } from '../../../simulator/envoy/filter-chain-match.js';
import { sidecarState, type Interceptor } from '../../../simulator/interception.js';
import type { Egress, FieldRef } from '../../../resources/types.js';

/** What sends connections past the proxy, whatever a policy says of them. */
type Bypass = 'no-sidecar' | 'proxy-user' | 'excluded-interface' | 'excluded-range' | 'not-in-included-range';

/**
 * Connections of some pod of the source pass the proxy by: all of them, or all outside the included ranges while the policy is about every address. Lists that keep
 * single ports and ranges out have rules of their own. Egress semantics §2.
 */
export const notIntercepted = sourceRule({
  name: 'not-intercepted',
  code: 'OSM-E059',
  level: 'warning',
  makes: null,
  find: ({ policy, simulation: { world, source, clients } }) => {
    // then nothing of the source is intercepted, and source-without-sidecar says so
    if (!sidecarState(world, source, undefined).injected) return [];
    return clients
      .flatMap(({ interceptor }) => bypassOf(interceptor, policy) ?? [])
      .map(({ bypass, at }) => ({ data: { bypass }, at: [at] }));
  },
});

/** An address of the networks for documentation, which no rule treats otherwise than its neighbours. */
const ANYWHERE = { family: 4, value: 0xc0000263, text: '192.0.2.99' } as const;

function bypassOf(interceptor: Interceptor, policy: Egress): { bypass: Bypass; at: FieldRef } | undefined {
  const { rules, sidecar } = interceptor;
  if (!sidecar.injected) return sidecar.at && { bypass: 'no-sidecar', at: sidecar.at };
  const { rule, at } = interceptor.intercept(ANYWHERE, 1);
  if ((rule === 'proxy-user' || rule === 'excluded-interface') && at) return { bypass: rule, at };
  const everything = rules.excludedRanges.find(({ network }) => network.prefixLength === 0);
  if (everything) return { bypass: 'excluded-range', at: everything.at };
  const [included] = rules.includedRanges;
  if (!included || !isAboutEveryAddress(policy)) return undefined;
  if (rules.includedRanges.some(({ network }) => network.prefixLength === 0)) return undefined;
  return { bypass: 'not-in-included-range', at: included.at };
}

function isAboutEveryAddress({ spec: { ports, ipAddresses = [] } }: Egress): boolean {
  return matchesAnyAddress(networksOf(ipAddresses)) || ports.some(isHttp);
}
