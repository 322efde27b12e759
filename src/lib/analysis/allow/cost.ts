import { valueAt } from '../../text/plain-data.js';
import type { Egress, FieldPath } from '../../resources/types.js';
import { endingsOf } from '../../simulator/verdict.js';
import type { Draft } from './draft.js';
import type { DraftEffects } from './effects.js';
import type { Situation } from './situation.js';
import type { RequestClass } from '../request-space/index.js';
import { standingOf } from '../standing.js';
import type { Cost, PlanEffect } from './types.js';

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
export function costOf(
  situation: Situation,
  { effects, undecided, newRefusals }: Omit<DraftEffects, 'ofAllSources'>,
  asked: string | undefined,
): Cost {
  const { draft } = situation;
  const own = effectCosts(effects, undecided);
  return {
    ...own,
    lost: own.lost + newRefusals,
    notAsAsked: asked === undefined || touchesPolicy(draft, asked) ? 0 : 1,
    delay: delayOf(situation),
    detour: draft.detour ? 1 : 0,
    takenAway: draft.takenAway,
    objects: draft.originals.size + draft.created.length,
    edits: editsIn(draft),
  };
}

type EffectCosts = Pick<Cost, 'lost' | 'elsewhere' | 'changed' | 'near' | 'own' | 'restored'>;

/** What a change costs by what it does to requests. */
export function effectCosts(effects: readonly PlanEffect[], undecided: DraftEffects['undecided']): EffectCosts {
  const ofKind = (...kinds: PlanEffect['kind'][]) => effects.filter(({ kind }) => kinds.includes(kind));
  const opened = ofKind('starts', 'varies').filter(
    ({ before, after }) => standingOf(before) === 'denied' || standingOf(after) === 'allowed',
  );
  const sizeOf = (some: readonly PlanEffect[]) => some.reduce((sum, effect) => sum + breadthOf(effect.class), 0);
  const count = (place: PlanEffect['where']) =>
    sizeOf(opened.filter(({ where, intended }) => where === place && !intended));
  return {
    lost: ofKind('stops').length,
    elsewhere: count('elsewhere') + undecided.length,
    changed: ofKind('moves').length,
    near: count('near'),
    own: count('own'),
    restored: sizeOf(opened.filter(({ intended }) => intended)),
  };
}

/**
 * What a change costs at least, whatever it does to other requests.
 * @param isIntended whether the target itself counts as restored
 */
export function leastCostOf(situation: Situation, asked: string | undefined, isIntended: boolean): Cost {
  const { http, tls } = situation.wish.target;
  // the requests that are like the target become allowed
  const own = isIntended ? 0 : http && !tls ? NARROWEST : WIDEST;
  const nothing = { effects: [], undecided: [], newRefusals: 0 };
  return { ...costOf(situation, nothing, asked), own, restored: Infinity };
}

const NARROWEST = 1;
const WIDEST = 5;

/** A class that leaves method or path open counts for more than one that names them. */
function breadthOf({ constraints }: RequestClass): number {
  const openness = (dimension: string): number => {
    const constraint = constraints.find((one) => one.dimension === dimension);
    if (!constraint) return 2;
    const terms = constraint.parts.flatMap((part) => part.terms ?? []);
    return terms.some(({ matching }) => !matching.some(isPlain)) ? 1 : 0;
  };
  return NARROWEST + openness('method') + openness('path');
}

/** Does the regular expression match one text only? */
const isPlain = (pattern: string): boolean => !/[.*+?()[\]{}|^$]/.test(pattern.replaceAll(/\\[^A-Za-z0-9]/g, ''));

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
