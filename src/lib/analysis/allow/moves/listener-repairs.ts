import type { Egress } from '../../../resources/types.js';
import type { ListenerRefusal, MatchEntry } from '../../../simulator/envoy/acceptance.js';
import { matchesAnyAddress, serverNameKey } from '../../../simulator/envoy/filter-chain-match.js';
import { hostCovers } from '../../../simulator/explain.js';
import { simulate } from '../../../simulator/simulation.js';
import type { Source } from '../../../simulator/world.js';
import type { Draft } from '../draft.js';
import type { Situation, Wish } from '../situation.js';
import { isSource, networkKey, rangesOf, withoutItem, withoutRepetitions, withSpec } from './policy-edits.js';

/** How conflicts are settled; each way is tried throughout. */
export interface ListenerStrategy {
  /** Which of two policies gives way. */
  readonly gives: 'earlier' | 'later';
  /** What it gives up: the host or range that both have, its port, or its hold on the source. */
  readonly up: 'item' | 'port' | 'source';
  /** What becomes of a server name that Envoy does not know how to match. */
  readonly wildcard: 'dotted' | 'dropped';
}

/** Refusals that are settled one after the other before giving up. */
const MAX_REFUSALS = 60;

/** Ways to make Envoy accept the listener. Egress semantics §4. */
export function repairListener(situation: Situation): Draft[] {
  const { draft, wish } = situation;
  const drafts: Draft[] = [];
  for (const gives of ['later', 'earlier'] as const) {
    for (const up of ['item', 'port', 'source'] as const) {
      for (const wildcard of ['dotted', 'dropped'] as const) {
        const repaired = settleListener(draft, wish, { gives, up, wildcard });
        if (repaired) drafts.push(repaired);
      }
    }
  }
  return drafts;
}

/** Settles conflict after conflict until Envoy takes the listener; undefined when one cannot be settled. */
function settleListener(draft: Draft, wish: Wish, strategy: ListenerStrategy): Draft | undefined {
  let current = draft;
  for (let settled = 0; settled < MAX_REFUSALS; settled++) {
    const [refusal] = simulate(current.world, wish.source).listenerRefusals;
    if (!refusal) return current === draft ? undefined : current;
    const next = settle(current, wish, refusal, strategy);
    if (!next) return undefined;
    current = next;
  }
  return undefined;
}

function settle(draft: Draft, wish: Wish, refusal: ListenerRefusal, strategy: ListenerStrategy): Draft | undefined {
  if (refusal.code === 'server-name-wildcard') return settleWildcard(draft, wish, refusal, strategy);
  // a change of policies does not mend a TrafficSplit
  if (refusal.code === 'zero-weight' || refusal.code === 'own-port-unknown') return undefined;
  const { first, second } = refusal;
  if (first.chain === second.chain) return dropRepetitions(draft, first);
  // services come first, and do not give way
  const giving = strategy.gives === 'earlier' && first.chain.origin === 'egress' ? first : second;
  return giveUp(draft, wish.source, giving, strategy);
}

function settleWildcard(
  draft: Draft,
  { target }: Wish,
  { chain, serverName }: Extract<ListenerRefusal, { code: 'server-name-wildcard' }>,
  { wildcard }: ListenerStrategy,
): Draft | undefined {
  const suffix = /^\*\.?([^*]+)$/.exec(serverName)?.[1];
  const wanted = target.tls?.sni;
  return edited(draft, chain.sources, (policy, ports) => {
    const { hosts = [] } = policy.spec;
    const replaced = (by: string) =>
      withSpec(policy, { hosts: hosts.map((host) => (host === serverName ? by : host)) });
    const dotted = suffix === undefined ? undefined : `*.${suffix}`;
    if (wildcard === 'dotted' && dotted !== undefined) return [replaced(dotted), 0];
    const fewer = withoutItem(policy, 'hosts', (host) => host === serverName);
    // without hosts any server name will do, which is what a * by itself wants to say, and nothing else does
    if (hosts.every((host) => host === '*')) return [fewer, 0];
    if (fewer.spec.hosts!.length > 0) return [fewer, 1];
    return [wanted && hostCovers(serverName, wanted) ? replaced(wanted) : withoutPorts(policy, ports), 1];
  });
}

/** A host or a range that one chain lists twice. */
function dropRepetitions(draft: Draft, { chain }: MatchEntry): Draft | undefined {
  return edited(draft, chain.sources, (policy) => [withoutRepeatedItems(policy), 0]);
}

function withoutRepeatedItems(policy: Egress): Egress {
  const once = withoutRepetitions(policy, 'hosts', serverNameKey);
  return withoutRepetitions(once, 'ipAddresses', networkKey);
}

/** Of two policies that say the same, one says a thing twice: which of them counts, and so the listener, is left to chance. */
export function repairTwins({ draft, simulation }: Situation): Draft[] {
  const twins = (simulation.program.listener?.filterChains ?? []).flatMap(({ repeatingTwin }) => repeatingTwin ?? []);
  const policies = new Set(twins.map(({ object }) => object as Egress));
  if (policies.size === 0) return [];
  let repaired = draft;
  for (const policy of policies) repaired = repaired.replace(policy, withoutRepeatedItems(policy));
  return [repaired.because('repair-listener')];
}

function giveUp(draft: Draft, source: Source, entry: MatchEntry, { up }: ListenerStrategy): Draft | undefined {
  const { chain, serverName, range } = entry;
  return edited(draft, chain.sources, (policy, ports) => {
    if (up === 'source') return [withoutSource(policy, source), 1];
    if (up === 'item') {
      // without any that counts every name or address would do
      const unnamed = withoutItem(policy, 'hosts', (host) => serverNameKey(host) === serverName);
      if (unnamed !== policy && unnamed.spec.hosts!.length > 0) return [unnamed, 1];
      const fewer = withoutItem(policy, 'ipAddresses', (text) => networkKey(text) === range);
      if (!matchesAnyAddress(rangesOf(fewer))) return [fewer, 1];
    }
    return [withoutPorts(policy, ports), 1];
  });
}

function withoutPorts(policy: Egress, indices: ReadonlySet<unknown>): Egress {
  return withoutItem(policy, 'ports', (_, index) => indices.has(index));
}

export function withoutSource(policy: Egress, source: Source): Egress {
  return withoutItem(policy, 'sources', (entry) => isSource(entry, source));
}

/** Edits every policy that a chain comes from, given the indices of its ports; the second value counts what is taken away. */
function edited(
  draft: Draft,
  sources: MatchEntry['chain']['sources'],
  edit: (policy: Egress, ports: ReadonlySet<unknown>) => readonly [Egress, number],
): Draft | undefined {
  const ports = new Map<Egress, Set<unknown>>();
  for (const { object, path } of sources) {
    if (object.kind !== 'Egress') return undefined;
    const ofPolicy = ports.get(object as Egress);
    if (ofPolicy) ofPolicy.add(path[2]);
    else ports.set(object as Egress, new Set([path[2]]));
  }
  let current = draft;
  let takenAway = 0;
  for (const [policy, indices] of ports) {
    const [changed, taken] = edit(policy, indices);
    current = current.replace(policy, changed);
    takenAway += taken;
  }
  return current === draft ? undefined : current.because('repair-listener', { takenAway });
}
