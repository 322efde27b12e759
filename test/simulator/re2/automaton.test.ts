import assert from 'node:assert/strict';
import { automatonOf, type Automaton, type AutomatonState } from '../../../src/lib/simulator/envoy/re2.js';

function automaton(pattern: string, maxStates = 100): Automaton {
  const found = automatonOf(pattern, maxStates);
  assert.ok(found, pattern);
  return found;
}

/** The state behind a text of ASCII characters. */
const behind = (one: Automaton, text: string): AutomatonState =>
  [...text].reduce((state, character) => one.next(state, character.charCodeAt(0)), one.start);

describe('RE2: the automaton of a pattern', () => {
  it('has one number for bytes that no instruction tells apart', () => {
    /** The first byte of each class but the first, as text where it is ASCII. */
    const firsts = (pattern: string) => {
      const { classes, classCount } = automaton(pattern);
      const numbers = [...classes];
      assert.equal(numbers.length, 256);
      assert.equal(numbers[0], 0);
      assert.equal(numbers.at(-1), classCount - 1);
      return numbers.flatMap((number, byte) => {
        if (byte === 0 || number === numbers[byte - 1]) return [];
        assert.equal(number, numbers[byte - 1]! + 1);
        return byte < 0x80 ? String.fromCharCode(byte) : byte;
      });
    };
    const rows: [string, (string | number)[]][] = [
      ['', []],
      ['\\C', []],
      ['a', ['a', 'b']],
      ['^ab', ['a', 'b', 'c']],
      ['[a-c]x', ['a', 'd', 'x', 'y']],
      ['a*b', ['a', 'b', 'c']],
      ['\\x{0}', ['\x01']],
      ['(?i:b)', ['B', 'C', 'b', 'c']],
      ['(?i)^b', ['B', 'C', 'b', 'c']],
      ['[Z-b]', ['Z', 'c']],
      ['é', [0xa9, 0xaa, 0xc3, 0xc4]],
      ['\\b', ['\n', '\v', '0', ':', 'A', '[', '_', '`', 'a', '{']],
    ];
    for (const [pattern, expected] of rows)
      assert.deepEqual(firsts(pattern || '(?:)'), expected, JSON.stringify(pattern));
  });

  it('has an empty state where nothing can match any more, from the beginning on where nothing ever does', () => {
    for (const [pattern, text] of [
      ['[^\\s\\S]', ''],
      ['^a[^\\s\\S]', ''],
      ['^a^b', ''],
      ['ab', 'b'],
      ['ab', 'aa'],
      ['ab', 'abc'],
    ] as const)
      assert.deepEqual(behind(automaton(pattern), text).seeds, [], `${pattern} ${text}`);
    assert.notDeepEqual(behind(automaton('^a'), '').seeds, []);
  });

  it('has one state for one set of instructions, in order, whatever led there', () => {
    const one = automaton('(?:a|b)*');
    assert.equal(behind(one, 'ab'), behind(one, 'b'));
    assert.equal(behind(one, 'a'), one.start, 'where it does not matter what was before');
    const other = automaton('(?:a|b)*\\b');
    assert.notEqual(behind(other, 'a'), other.start);
    assert.equal(behind(other, 'ab'), behind(other, 'b'));
    for (const pattern of ['a*?ab', '(?:ab|a*?c|[ab]d)*', '(?:a|b|a*)*?']) {
      const { seeds } = behind(automaton(pattern), 'a');
      assert.deepEqual(
        seeds,
        seeds.toSorted((a, b) => a - b),
        pattern,
      );
    }
  });

  it('remembers where a byte leads, and as many states as it may', () => {
    const two = automaton('abc', 2);
    const { start } = two;
    const first = two.next(start, 0x61);
    assert.equal(start.next[two.classes[0x61]!], first);
    assert.equal(start.next.length, two.classCount);
    assert.equal(two.start, start);
    two.next(first, 0x62);
    const anew = two.start;
    assert.notEqual(anew, start, 'a third state, and all are forgotten');
    assert.deepEqual(anew.seeds, start.seeds);
    assert.equal(two.start, anew);
    assert.ok(two.accepts(behind(two, 'abc')) && !two.accepts(behind(two, 'ab')));
  });
});
