import type { Locate } from '../../resources/types.js';
import type { Effect } from '../../analysis/compare/index.js';
import type { DeletionPreview } from '../../egress/delete.js';
import { objectName } from '../../wording/verdict.js';
import { shownEffects } from '../../wording/check.js';
import { isTold, nothingElseText, undecidedText } from '../../wording/effects.js';

const nowhere: Locate = () => undefined;

/** What the deletion of policies changes, a paragraph each. */
export function previewText({ policies, comparison, incomplete }: DeletionPreview): string[] {
  const { effects, undecided } = comparison;
  const [stops, starts, moves, varies] = (['stops', 'starts', 'moves', 'varies'] as const).map((wanted) =>
    effects.filter(({ kind }) => kind === wanted),
  );
  const names = policies.map((object) => objectName({ object })).join(', ');
  const one = policies.length === 1;
  const paragraph = (what: string, some: readonly Effect[] = []): string[] => {
    const title = `${names}: without ${one ? 'it' : 'them'}, ${what}:`;
    return some.length === 0 ? [] : [[title, ...shownEffects(some, nowhere)].join('\n  ')];
  };
  const dependsOnIt = effects.some(({ kind }) => isTold(kind));
  return [
    ...(stops?.length === 0 && undecided.length === 0
      ? [`${names}: no request depends on ${one ? 'it' : 'them'}`]
      : []),
    ...paragraph('these requests are not allowed any more', stops),
    ...paragraph('these requests become allowed', starts),
    ...paragraph('these requests go to another place', moves),
    ...paragraph('it is uncertain whether these requests are allowed, or in which way', varies),
    ...undecided.map((region) => undecidedText(region, nowhere)),
    nothingElseText(comparison, dependsOnIt),
    ...(incomplete ? ['not everything could be read: more, or less, may change'] : []),
  ];
}
