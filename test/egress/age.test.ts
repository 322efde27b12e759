import assert from 'node:assert/strict';
import { ageText } from '../../src/lib/output/policies/age.js';

describe('ages', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cases: [seconds: number, text: string][] = [
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3 * 3600 - 1, '179m'],
    [3 * 3600, '3h'],
    [7 * 3600 + 1800, '7h30m'],
    [47 * 3600, '47h'],
    [50 * 3600, '2d2h'],
    [9 * 86400, '9d'],
    [729 * 86400, '729d'],
    [800 * 86400, '2y70d'],
    [10 * 365 * 86400, '10y'],
    [-5, '0s'],
  ];
  for (const [seconds, text] of cases) {
    it(`${seconds} seconds are ${text}`, () => {
      assert.equal(ageText(new Date(now - seconds * 1000).toISOString(), now), text);
    });
  }

  it('nothing is known without a timestamp', () => {
    assert.deepEqual([ageText(undefined, now), ageText('yesterday', now)], ['-', '-']);
  });
});
