/** Sentences about how two sets of policies differ. */
import type { Effect, EffectKind, WorldDiff } from '../analysis/compare/index.js';
import type { FieldRef, Locate } from '../resources/types.js';
import type { Target } from '../simulator/request/index.js';
import type { Verdict } from '../simulator/verdict.js';
import { sourcesText, toldOnce, verdictText, type ToldEffect } from './effects.js';
import { distinct, placeText } from './policy.js';
import { requestClassText } from './request-class.js';
import { destinationText } from './verdict.js';

export interface DiffSection {
  readonly kind: EffectKind;
  readonly title: string;
  readonly told: readonly ToldEffect[];
}

const TITLES: Readonly<Record<EffectKind, string>> = {
  starts: 'newly allowed',
  varies: 'uncertain, before or after',
  unmodelled: 'not modelled, before or after',
  stops: 'not allowed any more',
  moves: 'allowed before and after, in another way',
  fails: 'denied before and after, in another way',
};

/** What differs, by what it means, in the order in which a person wants to read it. */
export function diffSections({ effects }: WorldDiff, locate: Locate): DiffSection[] {
  const kinds = Object.keys(TITLES) as EffectKind[];
  return kinds
    .map((kind) => ({
      kind,
      title: TITLES[kind],
      told: toldOnce(
        effects.filter((effect) => effect.kind === kind),
        locate,
      ),
    }))
    .filter(({ told }) => told.length > 0);
}

/** `2 newly allowed, 1 not allowed any more; nothing else differs, for any request` */
export function diffSummary({ sources, undecided }: WorldDiff, sections: readonly DiffSection[]): string {
  const senders = `${sources} source${sources === 1 ? '' : 's'}`;
  const requests = `any request of ${senders}${undecided.length > 0 ? ', where that can be decided' : ''}`;
  if (sections.length === 0) return `nothing differs, for ${requests}`;
  const counts = sections.map(({ title, told }) => `${told.length} ${title}`);
  return `${counts.join('; ')}; nothing else differs, for ${requests}`;
}

/** `from curl/curl: TLS on port 443 of example.com, wherever it resolves to` */
export function diffLine({ effect, sources }: ToldEffect): string {
  return `from ${sourcesText(sources)}: ${requestClassText(effect.class)}`;
}

/** What becomes of the witness. */
export function endText(target: Target, verdict: Verdict): string {
  const destination = verdict.ending?.destination;
  if (!destination) return verdictText(target, verdict);
  const where = destination.host === target.dial.host ? 'the address dialled' : destinationText(destination);
  return `${verdictText(target, verdict)}; goes to ${where}`;
}

/** The fields that decide, before and after. */
export function deciders({ before, after }: Effect): FieldRef[] {
  return [before, after].flatMap(({ ending, alternatives }) =>
    (ending ? [ending] : alternatives).flatMap(({ decidedBy }) => decidedBy),
  );
}

export function deciderTexts(effect: Effect, locate: Locate): string[] {
  return distinct(deciders(effect).map((ref) => placeText(ref, locate)));
}
