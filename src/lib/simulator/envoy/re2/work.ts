/** A bound on the time that one pattern may take. RE2 has none of its own while it parses; we answer anyway. */

/** A pattern so convoluted that analysing it exactly would take too long. */
export class RegexTooComplexError extends Error {
  override readonly name = 'RegexTooComplexError';
}

/** Elementary steps that are left for a pattern. */
export interface Work {
  left: number;
}

/** About a second. A pattern that Envoy accepts needs some thousands of steps. */
export const MAX_STEPS = 20_000_000;

/** A fresh allowance, for one pattern. */
export const allowance = (): Work => ({ left: MAX_STEPS });

/**
 * Takes steps from the allowance.
 * @throws RegexTooComplexError when it is used up
 */
export function spend(work: Work, steps: number): void {
  work.left -= steps;
  if (work.left < 0) throw new RegexTooComplexError('it would take too long');
}
