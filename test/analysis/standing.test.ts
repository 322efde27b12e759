import assert from 'node:assert/strict';
import { isGranted, mayAllowMore, mayDenyMore, standingOf } from '../../src/lib/analysis/standing.js';
import type { Outcome } from '../../src/lib/simulator/outcome.js';
import type { Alternative, Obstacle, Verdict, VerdictWord } from '../../src/lib/simulator/verdict.js';

const ending = (reached: boolean): Alternative => ({
  outcome: { class: reached ? 'reached' : 'closed', httpStatus: null, delaySeconds: 0 } as Outcome,
  destination: null,
  decidedBy: [],
  when: [],
});
const [passes, fails] = [ending(true), ending(false)];
const UNKNOWN: Obstacle = { code: 'connects-to-itself', port: 80 };

function verdict(word: VerdictWord, alternatives: Alternative[] = [], obstacles: Obstacle[] = []): Verdict {
  return { verdict: word, ending: null, alternatives, assumptions: [], obstacles };
}

const VERDICTS: readonly [standing: string, Verdict][] = [
  ['allowed', verdict('allowed')],
  ['allowed', verdict('allowed', [passes, passes])],
  ['denied', verdict('denied')],
  ['allowed', verdict('unpredictable', [passes, passes])],
  ['denied', verdict('unpredictable', [fails, fails])],
  ['uncertain', verdict('unpredictable', [passes, fails])],
  ['uncertain', verdict('unknown')],
  // what is behind the obstacle may get through, or fail
  ['uncertain', verdict('unknown', [fails], [UNKNOWN])],
  ['uncertain', verdict('unknown', [passes], [UNKNOWN])],
];

describe('what a verdict comes to', () => {
  it('is certain where the word is, or where all endings are alike and nothing is in the way of knowing them', () => {
    for (const [expected, one] of VERDICTS) assert.equal(standingOf(one), expected, JSON.stringify(one));
  });

  it('more may be allowed, or denied, unless it was so for certain, or is certainly not', () => {
    for (const [was, before] of VERDICTS)
      for (const [is, after] of VERDICTS) {
        assert.equal(mayAllowMore({ before, after }), was !== 'allowed' && is !== 'denied');
        assert.equal(mayDenyMore({ before, after }), was !== 'denied' && is !== 'allowed');
      }
  });

  it('is granted by the word alone', () => {
    assert.deepEqual(
      (['allowed', 'denied', 'unpredictable', 'unknown'] as const).map((word) => isGranted(verdict(word, [passes]))),
      [true, false, false, false],
    );
  });
});
