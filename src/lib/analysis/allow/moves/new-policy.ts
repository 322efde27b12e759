import { apiVersionOf, kinds } from '../../../resources/kinds.js';
import type { Egress } from '../../../resources/types.js';
import type { Draft } from '../draft.js';
import { freeName, isTaken, slug } from '../names.js';
import { policyHostFor, protocolChoices, type ProtocolChoice } from '../protocols.js';
import type { Situation } from '../situation.js';
import { rangeVariants } from './grants.js';
import { exactMatch, newRouteGroup, routesApiVersion } from './routes.js';

export interface NewPolicyOptions {
  readonly namespace: string;
  readonly name: string | undefined;
  readonly exact: boolean;
}

/** New policies that could let the target through. */
export function newPolicies(situation: Situation, options: NewPolicyOptions): Draft[] {
  const drafts: Draft[] = [];
  for (const choice of protocolChoices(situation.wish.target)) {
    if (choice.onlyToExtend) continue;
    for (const ranges of choice.protocol === 'http' ? [[]] : [[], ...rangeVariants(situation)]) {
      drafts.push(newPolicy(situation, choice, ranges, options));
    }
  }
  return drafts;
}

function newPolicy(
  { draft, wish: { source, target } }: Situation,
  { protocol, detour }: ProtocolChoice,
  ranges: readonly string[],
  { namespace, name: wanted, exact }: NewPolicyOptions,
): Draft {
  const number = target.dial.port;
  const host = protocol === 'http' || protocol === 'https' ? policyHostFor(target) : undefined;
  const { world } = draft;
  const name =
    wanted ??
    freeName(`${slug(host ?? target.host, 'host')}-${number}`, (candidate) =>
      isTaken(world, 'Egress', namespace, candidate),
    );
  const policy: Egress = {
    apiVersion: apiVersionOf(kinds.Egress),
    kind: 'Egress',
    metadata: { name, namespace },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: source.serviceAccount, namespace: source.namespace }],
      ...(host === undefined ? {} : { hosts: [host] }),
      ...(ranges.length === 0 ? {} : { ipAddresses: [...ranges] }),
      ports: [{ number, protocol }],
    },
  };
  if (protocol !== 'http' || !exact) return draft.add(policy).because('new-policy', { detour });
  const groupName = freeName(name, (candidate) => isTaken(world, 'HTTPRouteGroup', namespace, candidate));
  policy.spec.matches = [{ apiGroup: routesApiVersion, kind: 'HTTPRouteGroup', name: groupName }];
  const group = newRouteGroup(namespace, groupName, exactMatch(target, []));
  return draft.add(group).add(policy).because('new-policy').because('new-routes');
}
