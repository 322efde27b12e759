import type { Ending, Verdict } from '../../src/lib/simulator/verdict.js';
import type { Expectation } from './recordings.js';

/**
 * Compares a verdict with what was recorded.
 * @returns what differs, in words; undefined when they agree
 */
export function disagreement(verdict: Verdict, expected: Expectation): string | undefined {
  if (expected.class === 'no-pod') {
    const refused = verdict.obstacles.some(({ code }) => code === 'pod-refused');
    return refused ? undefined : `the pod did not start, instead of ${describeVerdict(verdict)}`;
  }
  if (expected.class === 'unpredictable') {
    if (verdict.verdict !== 'unpredictable') return `unpredictable was recorded, not ${describeVerdict(verdict)}`;
    for (const seen of expected.seen ?? []) {
      if (verdict.alternatives.some((alternative) => difference(alternative, seen) === undefined)) continue;
      return `no alternative is ${JSON.stringify(seen)}: ${verdict.alternatives.map(describe).join(' | ')}`;
    }
    return undefined;
  }
  if (!verdict.ending) return `${JSON.stringify(expected)} was recorded, not ${describeVerdict(verdict)}`;
  return difference(verdict.ending, expected);
}

function difference(ending: Ending, expected: Expectation): string | undefined {
  const { outcome, destination } = ending;
  // the recorder did not wait for the end of protocol detection
  if (expected.class === 'stalled') {
    return outcome.delaySeconds === 15 ? undefined : `stalled was recorded, not ${describe(ending)}`;
  }
  const agree =
    outcome.class === expected.class &&
    outcome.httpStatus === (expected.status ?? null) &&
    outcome.delaySeconds === (expected.delay ?? 0) &&
    (expected.address === undefined || `${destination?.address}:${destination?.port}` === expected.address) &&
    (expected.cluster === undefined || expected.cluster === null || destination?.cluster === expected.cluster);
  return agree ? undefined : `${JSON.stringify(expected)} was recorded, not ${describe(ending)}`;
}

/** A verdict in one line, in the words of the recordings. */
export function describeVerdict(verdict: Verdict): string {
  const endings = verdict.ending ? [verdict.ending] : verdict.alternatives;
  return `${verdict.verdict}: ${endings.map(describe).join(' | ')}`;
}

function describe({ outcome, destination }: Ending): string {
  return JSON.stringify({
    class: outcome.class,
    ...(outcome.httpStatus === null ? {} : { status: outcome.httpStatus }),
    ...(destination ? { address: `${destination.address}:${destination.port}`, cluster: destination.cluster } : {}),
    ...(outcome.delaySeconds ? { delay: outcome.delaySeconds } : {}),
  });
}
