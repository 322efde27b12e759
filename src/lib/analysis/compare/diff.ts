/** Two worlds compared, for all requests of all sources. */
import type { Resource } from '../../resources/types.js';
import { simulate } from '../../simulator/simulation.js';
import type { Resolver } from '../../simulator/names.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import { alikeSenders, sendersIn } from '../reach/senders.js';
import { effectsBetween, newMemory, type Effect, type EffectKind, type Effects } from './effects.js';
import { ANY_OTHER } from './sources.js';

export interface WorldDiff extends Effects {
  /** How many sources were compared. */
  readonly sources: number;
}

/**
 * @param sources whose requests are compared; those that fare alike in both worlds are looked at once
 * @param resolve addresses of names, where they are known
 */
export function diffWorlds(old: World, now: World, sources: readonly Source[], resolve?: Resolver): WorldDiff {
  const senders = sources.map((source) => ({ source }));
  const groups = alikeSenders(senders, old).flatMap((group) => alikeSenders(group, now));
  const memory = newMemory();
  const bySource = groups.map((group): Effects => {
    const [{ source }] = group as [{ source: Source }];
    const { effects, undecided } = effectsBetween(
      simulate(old, source, { resolve }),
      simulate(now, source, { resolve }),
      {
        memory,
      },
    );
    return {
      effects: group.flatMap((member) => effects.map((effect) => ({ ...effect, source: member.source }))),
      undecided: group.flatMap((member) => undecided.map((one) => ({ ...one, source: member.source }))),
    };
  });
  return joined(bySource, sources);
}

/** What was found of each source, or each program, as one. */
export function joined(bySource: readonly Effects[], sources: readonly Source[]): WorldDiff {
  return {
    effects: bySource.flatMap(({ effects }) => effects).sort((one, other) => rank(one) - rank(other)),
    undecided: bySource.flatMap(({ undecided }) => undecided),
    sources: sources.length,
  };
}

/** What becomes possible first, for it is what a review is about. */
const ORDER: readonly EffectKind[] = ['starts', 'varies', 'unmodelled', 'stops', 'moves', 'fails'];
const rank = ({ kind }: Effect): number => ORDER.indexOf(kind);

/**
 * Those that any of some worlds knows, in order, and for each namespace one for all the others.
 * @param inputs what is known beside each world
 */
export function everySource(
  inputs: readonly { readonly objects: readonly Resource[] }[],
  worlds: readonly World[],
): Source[] {
  const known = new Map<string, Source>();
  inputs.forEach(({ objects }, index) => {
    for (const { source } of sendersIn(objects, worlds[index]!)) {
      known.set(namespacedName(source.namespace, source.serviceAccount), source);
    }
  });
  const sources = [...known.keys()].sort().map((name) => known.get(name)!);
  return [...sources, ...otherSources(worlds, sources)];
}

/** For each namespace one source that stands for all that no policy names; `known` are those that are looked at anyway. */
export function otherSources(worlds: readonly World[], known: readonly Source[]): Source[] {
  const namespaces = new Set([
    ...worlds.flatMap((world) => [...world.namespaces.keys()]),
    ...known.map(({ namespace }) => namespace),
  ]);
  const names = new Set(known.map(({ namespace, serviceAccount }) => namespacedName(namespace, serviceAccount)));
  return [...namespaces]
    .sort()
    .map((namespace) => ({ namespace, serviceAccount: ANY_OTHER }))
    .filter(({ namespace, serviceAccount }) => !names.has(namespacedName(namespace, serviceAccount)));
}
