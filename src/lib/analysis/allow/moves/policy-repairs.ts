import { isEgressProtocol } from '../../../resources/protocols.js';
import type { Egress } from '../../../resources/types.js';
import { serverNameCovers } from '../../../simulator/envoy/filter-chain-match.js';
import { hostCovers } from '../../../simulator/explain.js';
import { namespacedName } from '../../../simulator/world.js';
import type { Draft } from '../draft.js';
import { policyHostFor, protocolChoices } from '../protocols.js';
import { policiesOfSource, type Situation } from '../situation.js';
import { coversAddress, hasPort, rangesOf, withoutItem, withSpec } from './policy-edits.js';

/** Policies of other sources that are offered to this one. */
const MAX_STRANGERS = 20;

/** Repairs what keeps a policy of the source from having an effect on the target's port. */
export function repairPolicies(situation: Situation): Draft[] {
  const { target } = situation.wish;
  const onPort = policiesOfSource(situation).filter(({ spec }) =>
    spec.ports.some(({ number }) => number === target.dial.port),
  );
  return onPort.flatMap((policy) => [
    ...repairProtocols(situation, policy),
    ...repairHosts(situation, policy),
    ...dropMissingSettings(situation, policy),
  ]);
}

/** A host written with a scheme, a port or a final dot leads nowhere: writes the one that is meant. Egress semantics §5. */
function repairHosts({ draft, wish: { target } }: Situation, policy: Egress): Draft[] {
  const wanted = policyHostFor(target);
  if (wanted === undefined) return [];
  const listed = hosts(policy.spec);
  return listed.flatMap((host, index) => {
    const meant = host
      .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
      .replace(/[/?#].*/s, '')
      .replace(/:\d+$/, '')
      .replace(/\.$/, '');
    if (meant === host || meant.toLowerCase() !== wanted.toLowerCase()) return [];
    const repaired = withSpec(policy, { hosts: listed.map((other, at) => (at === index ? wanted : other)) });
    return [draft.replace(policy, repaired).because('repair-host')];
  });
}

function repairProtocols({ draft, wish: { target } }: Situation, policy: Egress): Draft[] {
  const drafts: Draft[] = [];
  policy.spec.ports.forEach(({ number, protocol }, index) => {
    if (number !== target.dial.port || isEgressProtocol(protocol)) return;
    const replaced = (by: string) =>
      draft.replace(
        policy,
        withSpec(policy, {
          ports: policy.spec.ports.map((port, at) => (at === index ? { number, protocol: by } : port)),
        }),
      );
    const lower = protocol.toLowerCase();
    if (isEgressProtocol(lower)) drafts.push(replaced(lower).because('lower-case-protocol'));
    for (const choice of protocolChoices(target)) {
      if (choice.protocol !== lower)
        drafts.push(replaced(choice.protocol).because('replace-protocol', { takenAway: 1, detour: choice.detour }));
    }
  });
  return drafts;
}

function dropMissingSettings({ draft }: Situation, policy: Egress): Draft[] {
  const { world } = draft;
  const repaired = withoutItem(
    policy,
    'matches',
    ({ kind, name }) =>
      kind === 'UpstreamTrafficSetting' &&
      !world.upstreamTrafficSettings.has(namespacedName(policy.metadata.namespace, name)),
  );
  return repaired === policy ? [] : [draft.replace(policy, repaired).because('drop-missing-upstream-traffic-setting')];
}

/** Policies that would let the target through if they named the source. */
export function addSource({ draft, wish: { source, target }, addresses }: Situation): Draft[] {
  const { world } = draft;
  const own = new Set<Egress>(world.policiesNaming(source).map(({ policy }) => policy));
  const host = policyHostFor(target);
  const covers = target.tls ? serverNameCovers : hostCovers;
  const choices = protocolChoices(target);
  /** The first choice that a port of the policy meets. */
  const choiceMetBy = ({ spec }: Egress) =>
    choices.find(({ protocol }) => hasPort({ spec }, target.dial.port, protocol));
  const fits = (policy: Egress) =>
    (host === undefined
      ? rangesOf(policy).networks.length > 0
      : hosts(policy.spec).some((listed) => covers(listed, host))) &&
    addresses.every((address) => coversAddress(policy, address)) &&
    world.isMonitored(policy.metadata.namespace ?? 'default');
  const drafts: Draft[] = [];
  for (const policy of world.egresses) {
    if (drafts.length >= MAX_STRANGERS) break;
    const choice = own.has(policy) ? undefined : choiceMetBy(policy);
    if (!choice || !fits(policy)) continue;
    const { namespace, serviceAccount: name } = source;
    const sources = [...policy.spec.sources, { kind: 'ServiceAccount', name, namespace }];
    drafts.push(draft.replace(policy, withSpec(policy, { sources })).because('add-source', choice));
  }
  return drafts;
}

function hosts({ hosts: listed = [] }: Egress['spec']): string[] {
  return listed;
}

/** A policy whose ranges hold `0.0.0.0/0`, which is any address, without ranges. */
export function withoutZeroRange(policy: Egress): Egress {
  const hasZero = rangesOf(policy).networks.some(({ prefixLength }) => prefixLength === 0);
  return hasZero ? withoutItem(policy, 'ipAddresses', () => true) : policy;
}

/** `0.0.0.0/0` beside chains without ranges leaves it to chance which ones count: leaves the range out. */
export function dropZeroRanges({ draft, ...situation }: Situation): Draft[] {
  const { target } = situation.wish;
  let all = draft;
  const drafts: Draft[] = [];
  for (const policy of policiesOfSource({ draft, ...situation })) {
    if (!policy.spec.ports.some(({ number }) => number === target.dial.port)) continue;
    const repaired = withoutZeroRange(policy);
    if (repaired === policy) continue;
    drafts.push(draft.replace(policy, repaired).because('drop-zero-range'));
    all = all.replace(policy, repaired).because('drop-zero-range');
  }
  return drafts.length > 1 ? [all, ...drafts] : drafts;
}
