import type { FieldRef } from '../../resources/types.js';
import { NO_MISSES, type NearMisses } from './near-misses.js';

/** One line of the trace, in words. Text and JSON are both made of these. */
export interface JourneyLine {
  readonly stage: string;
  /** One word that a program can test. */
  readonly result: string;
  readonly reason: string;
  readonly objects: readonly FieldRef[];
  /** The line at which the story takes its bad turn. */
  readonly decisive: boolean;
  /** What would have matched, the likest first. */
  readonly nearMisses: NearMisses;
}

export type LineParts = Partial<Omit<JourneyLine, 'stage' | 'result' | 'reason'>>;

export function line(stage: string, result: string, reason: string, parts: LineParts = {}): JourneyLine {
  return { stage, result, reason, objects: [], decisive: false, nearMisses: NO_MISSES, ...parts };
}
