import { isAllowed } from '../simulator/outcome.js';
import type { Verdict } from '../simulator/verdict.js';

/** What a verdict comes to for whoever only asks whether the request gets through. */
export type Standing = 'allowed' | 'denied' | 'uncertain';

/** Several endings that all reach the server are as good as one; so are several that all do not. */
export function standingOf({ verdict, alternatives, obstacles }: Verdict): Standing {
  if (verdict === 'allowed' || verdict === 'denied') return verdict;
  if (obstacles.length > 0 || alternatives.length === 0) return 'uncertain';
  if (alternatives.every(({ outcome }) => isAllowed(outcome))) return 'allowed';
  return alternatives.some(({ outcome }) => isAllowed(outcome)) ? 'uncertain' : 'denied';
}

/** Does `explain` say "allowed"? Not where chance decides how a request gets out, although it does. */
export function isGranted({ verdict }: Verdict): boolean {
  return verdict === 'allowed';
}

/** What becomes of a request. */
interface Change {
  readonly before: Verdict;
  readonly after: Verdict;
}

/** May requests get through that did not for certain? */
export function mayAllowMore({ before, after }: Change): boolean {
  return standingOf(before) !== 'allowed' && standingOf(after) !== 'denied';
}

/** May requests be denied that were not for certain? */
export function mayDenyMore({ before, after }: Change): boolean {
  return standingOf(before) !== 'denied' && standingOf(after) !== 'allowed';
}
