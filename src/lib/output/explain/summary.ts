import type { Answer } from '../../egress/explain.js';
import { destinationText, obstacleText, outcomeText, waitText } from '../../wording/verdict.js';
import { isOutside, outsideText } from './asker.js';
import { journeysOf } from './journey.js';

/** What became of a request, in one line beside its verdict. */
export function summaryOf({ asker, explanation }: Answer): string {
  const { target, verdict } = explanation;
  const outside = isOutside(asker) && verdict.verdict === 'allowed' ? `${outsideText(asker)}: no policy applies; ` : '';
  if (!verdict.ending) {
    const outcomes = new Set(verdict.alternatives.map(({ outcome }) => outcomeText(target, outcome)));
    return outside + [...verdict.obstacles.map(obstacleText), ...outcomes].join(', or ');
  }
  const { outcome, destination } = verdict.ending;
  if (destination) return outside + destinationText(destination) + waitText(outcome);
  if (verdict.alternatives.length > 0) return outside + outcomeText(target, outcome);
  const [journey = []] = journeysOf(explanation, { sieve: false });
  const cause = journey.findLast(({ decisive }) => decisive);
  const seen = outcomeText(target, outcome);
  return outside + (cause ? `${seen}; ${cause.reason}` : seen);
}
