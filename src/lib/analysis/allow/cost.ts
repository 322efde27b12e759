import { valueAt } from '../../text/plain-data.js';
import type { Egress, FieldPath } from '../../resources/types.js';
import { endingsOf } from '../../simulator/verdict.js';
import type { Draft } from './draft.js';
import type { Effects } from './effects.js';
import type { Situation } from './situation.js';
import type { Cost, Effect } from './types.js';

/** The order in which costs are compared. */
const ORDER: readonly (keyof Cost)[] = [
  'lost',
  'notAsAsked',
  'detour',
  'elsewhere',
  'takenAway',
  'changed',
  'near',
  'delay',
  'own',
  'objects',
  'edits',
];

/** Negative when the first is the better one. */
export function compareCosts(one: Cost, other: Cost): number {
  for (const field of ORDER) if (one[field] !== other[field]) return one[field] - other[field];
  return other.restored - one.restored;
}

/** Is the change free of side effects that another one could avoid? */
export function isClean({ lost, notAsAsked, delay, detour, elsewhere, takenAway, changed, near }: Cost): boolean {
  return lost + notAsAsked + delay + detour + elsewhere + takenAway + changed + near === 0;
}

/** @param asked `[namespace/]name` of the policy that is to be extended */
export function costOf(situation: Situation, effects: Effects, asked: string | undefined): Cost {
  const { draft } = situation;
  const opened = [...effects.allows, ...effects.changes.filter(({ before }) => before.verdict === 'denied')];
  const count = (where: Effect['where']) =>
    opened.filter((effect) => effect.where === where && !effect.intended && !isSameElsewhere(effect, situation)).length;
  return {
    lost: effects.denies.length + effects.newRefusals,
    notAsAsked: asked === undefined || touchesPolicy(draft, asked) ? 0 : 1,
    delay: delayOf(situation),
    detour: draft.detour ? 1 : 0,
    elsewhere: count('elsewhere'),
    takenAway: draft.takenAway,
    changed: effects.changes.filter(({ before }) => before.verdict === 'allowed').length,
    near: count('near'),
    own: count('own'),
    objects: draft.originals.size + draft.created.length,
    edits: editsIn(draft),
    restored: opened.filter(({ intended }) => intended).length,
  };
}

/** The target's own name at another address: a name stands for all its addresses. */
function isSameElsewhere({ where, target }: Effect, { wish }: Situation): boolean {
  return where === 'own' && target.dial.host !== wish.target.dial.host;
}

function touchesPolicy({ originals, created }: Draft, asked: string): boolean {
  return [...originals.keys(), ...created].some((object) => object.kind === 'Egress' && isNamed(object, asked));
}

function isNamed({ metadata: { name, namespace = 'default' } }: Egress, asked: string): boolean {
  return asked.includes('/') ? asked === `${namespace}/${name}` : asked === name;
}

export function delayOf({ verdict }: Situation): number {
  const endings = endingsOf(verdict);
  return endings.reduce((longest, { outcome }) => Math.max(longest, outcome.delaySeconds), 0);
}

/** Values that the change writes or removes. */
function editsIn({ changes }: Draft): number {
  let count = 0;
  for (const change of changes) {
    if (change.kind === 'create') count += leavesOf(change.after);
    else {
      for (const edit of change.edits) {
        if (edit.op === 'remove') count += 1;
        else if (edit.op === 'insert') count += leavesOf(edit.values);
        else count += leavesOf(edit.value) + leavesOf(collectionAt(change.before, edit.path));
      }
    }
  }
  return count;
}

/** What a field held, if it was a list or a map: to replace a word is one edit, to empty a list is one for each item. */
function collectionAt(object: unknown, path: FieldPath): unknown {
  const value = valueAt(object, path);
  return typeof value === 'object' ? value : [];
}

function leavesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + leavesOf(inner), 0);
}
