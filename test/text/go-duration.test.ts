import assert from 'node:assert/strict';
import { parseGoDuration } from '../../src/lib/text/go-duration.js';

describe('durations as Go writes them', () => {
  it('are read to the nanosecond', () => {
    const cases: [string, bigint][] = [
      ['0', 0n],
      ['+0', 0n],
      ['0s', 0n],
      ['1ns', 1n],
      ['0.4ns', 0n],
      ['1.5h', 5_400_000_000_000n],
      ['.5s', 500_000_000n],
      ['1.s', 1_000_000_000n],
      ['2h45m0.5s', 9_900_500_000_000n],
      ['-1s', -1_000_000_000n],
      ['1µs', 1000n],
      ['1μs', 1000n],
      ['2562047h', 9_223_369_200_000_000_000n],
    ];
    for (const [text, nanoseconds] of cases) assert.equal(parseGoDuration(text), nanoseconds, text);
  });

  it('are refused as Go refuses them', () => {
    for (const text of [
      '',
      '1',
      's',
      '.s',
      '1 s',
      '1d',
      '1S',
      '--1s',
      '2562048h',
      '87600000h',
      '1s2',
      '9'.repeat(300),
    ]) {
      assert.equal(parseGoDuration(text), undefined, text);
    }
  });
});
