import type { Locate } from '../../resources/types.js';
import type { DeletionPreview } from '../../egress/delete.js';
import { objectName } from '../../wording/verdict.js';
import { shownEffects } from '../../wording/check.js';

const nowhere: Locate = () => undefined;

/** What the deletion of policies changes, a paragraph each. */
export function previewText({ policies, comparison, incomplete }: DeletionPreview): string[] {
  const { stops, starts, moves, complete } = comparison;
  const names = policies.map((object) => objectName({ object })).join(', ');
  const one = policies.length === 1;
  const paragraph = (title: string, effects: typeof stops): string[] =>
    effects.length === 0 ? [] : [[title, ...shownEffects(effects, nowhere)].join('\n  ')];
  return [
    ...(stops.length === 0 ? [`${names}: no request depends on ${one ? 'it' : 'them'}`] : []),
    ...paragraph(`${names}: without ${one ? 'it' : 'them'}, these requests are not allowed any more:`, stops),
    ...paragraph(`${names}: without ${one ? 'it' : 'them'}, these requests become allowed:`, starts),
    ...paragraph(`${names}: without ${one ? 'it' : 'them'}, these requests go to another place:`, moves),
    ...(complete ? [] : ['there are too many policies to try every request: more may change']),
    ...(incomplete ? ['not everything could be read: more, or less, may change'] : []),
  ];
}
