import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inspectAnew } from './anew.js';
import { disagreements } from './disagreements.js';

interface Recording {
  readonly pattern: string;
  readonly accepted: boolean;
  /** Null where it was not recorded. */
  readonly size: number | null;
  /** RE2's words, `empty` or `program-size`. */
  readonly error: string | null;
}

const file = new URL('../../conformance/re2.json', import.meta.url);
const recordings = JSON.parse(readFileSync(file, 'utf8')) as readonly Recording[];
const isDisputed = (pattern: string): boolean => disagreements.some((entry) => entry.pattern === pattern);

function check({ pattern, accepted, size, error }: Recording): void {
  const inspection = inspectAnew(pattern);
  assert.equal(inspection.accepted, accepted);
  if (size !== null) assert.equal(inspection.size, size);
  if (error === null) assert.equal(inspection.refusal, undefined);
  else if (error === 'empty' || error === 'program-size') assert.equal(inspection.refusal, error);
  else assert.deepEqual([inspection.refusal, inspection.reason], ['syntax', error]);
}

describe('RE2: recorded patterns', () => {
  for (const recording of recordings) {
    if (isDisputed(recording.pattern)) continue;
    it(`${JSON.stringify(recording.pattern)} is ${recording.accepted ? 'accepted' : 'refused'}`, () =>
      check(recording));
  }

  it('disagrees with the recording exactly where there is a proof', () => {
    const disputed = recordings.filter(({ pattern }) => isDisputed(pattern));
    assert.equal(disputed.length, disagreements.length);
    for (const recording of disputed) assert.throws(() => check(recording), assert.AssertionError, recording.pattern);
    assert.deepEqual(inspectAnew('/😀'), { accepted: true, size: 9, sizeIsExact: true });
  });

  it('agrees with the recordings as a whole', () => {
    const undisputed = recordings.filter(({ pattern }) => !isDisputed(pattern));
    const agreeing = undisputed.filter(({ pattern, accepted }) => inspectAnew(pattern).accepted === accepted);
    const sized = undisputed.filter(({ size }) => size !== null);
    const exact = sized.filter(({ pattern, size }) => inspectAnew(pattern).size === size);
    const agree = `${agreeing.length} of ${undisputed.length} patterns agree`;
    console.log(`      re2: ${agree}, sizes exact for ${exact.length} of ${sized.length}`);
    assert.equal(agreeing.length, undisputed.length);
    assert.equal(exact.length, sized.length);
  });
});
