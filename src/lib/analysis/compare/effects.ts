import type { FieldRef } from '../../resources/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import type { Source } from '../../simulator/world.js';
import {
  difference,
  outcomeKey,
  ownerText,
  Memory,
  Senders,
  type DifferenceOptions,
  type DifferingClass,
  type Undecided,
} from '../request-space/index.js';
import { standingOf } from '../standing.js';

/**
 * What becomes of requests: `starts` being allowed for certain, `stops` being so, `moves` (is allowed, and ends up elsewhere or
 * later), `fails` (is not allowed, and fails in another way), `varies` (whether it is allowed is uncertain, before or after),
 * `unmodelled` (what Envoy makes of such requests is not known, before or after).
 */
export type EffectKind = 'starts' | 'stops' | 'moves' | 'varies' | 'fails' | 'unmodelled';

/** Requests that a change does the same to. */
export interface Effect extends DifferingClass {
  readonly source: Source;
  readonly kind: EffectKind;
  /** What decides where the requests are allowed: fields of policies, or of the MeshConfig. */
  readonly allowedBy: readonly FieldRef[];
}

/** Requests of which it is too much to tell what a change does to them. */
export interface UndecidedEffect extends Undecided {
  readonly source: Source;
}

/** All that a change does to the requests of a source. Nothing in it: proof that it does nothing. */
export interface Effects {
  readonly effects: readonly Effect[];
  readonly undecided: readonly UndecidedEffect[];
}

export type EffectOptions = Pick<DifferenceOptions, 'landmarks' | 'memory'>;

const DETAIL = 'policies';

/** For comparisons of programs that have much in common. */
export const newMemory = (): Memory => new Memory(DETAIL);

/** Compares two programs of one source, for all requests. */
export function effectsBetween(old: Simulation, now: Simulation, { landmarks, memory }: EffectOptions = {}): Effects {
  const { source } = old;
  const senders = new Senders([old, now]);
  const { differing, undecided } = difference(old, now, {
    detail: DETAIL,
    label: (before, after) => labelOf([old, before], [now, after], senders),
    landmarks,
    memory,
  });
  return {
    effects: differing.map((one): Effect => {
      const { before, after } = one;
      const kind = kindOf(before, after);
      const allowed = kind === 'stops' || kind === 'moves' ? before : after;
      return { ...one, source, kind, allowedBy: endingsOf(allowed)[0]?.decidedBy ?? [] };
    }),
    undecided: undecided.map((one) => ({ ...one, source })),
  };
}

export function kindOf(before: Verdict, after: Verdict): EffectKind {
  if (isUnmodelled(before) || isUnmodelled(after)) return 'unmodelled';
  const [was, is] = [standingOf(before), standingOf(after)];
  if (is === 'allowed') return was === 'allowed' ? 'moves' : 'starts';
  if (was === 'allowed') return 'stops';
  return was === 'denied' && is === 'denied' ? 'fails' : 'varies';
}

function isUnmodelled({ obstacles }: Verdict): boolean {
  return obstacles.length > 0 && obstacles.every(({ code }) => code === 'request-not-modelled');
}

/** Requests are told together when the same happens to them by the same policies. */
function labelOf([old, before]: [Simulation, Verdict], [now, after]: [Simulation, Verdict], senders: Senders): string {
  const kind = kindOf(before, after);
  switch (kind) {
    case 'starts':
      return `${kind} ${before.verdict} ${ownersOf(after)}`;
    case 'stops':
      return `${kind} ${after.verdict} ${ownersOf(before)}`;
    default:
      return [outcomeKey(old, before, DETAIL, senders), outcomeKey(now, after, DETAIL, senders)].join(' | ');
  }
}

function ownersOf(verdict: Verdict): string {
  const owners = endingsOf(verdict).flatMap(({ decidedBy }) => decidedBy.map(({ object }) => ownerText(object)));
  return [...new Set(owners)].join();
}
