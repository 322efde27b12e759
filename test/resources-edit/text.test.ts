import assert from 'node:assert/strict';
import { applyTextEdits, columnOf, isFirstOnLine, lineStart, nextLine } from '../../src/lib/resources/edit/text.js';

describe('edits of a text', () => {
  const edit = (start: number, end: number, text: string) => ({ start, end, text });

  it('may be given in any order; those at one place are made in the order given, before what is replaced there', () => {
    const edits = [edit(3, 4, 'D'), edit(2, 2, '*'), edit(1, 2, 'B'), edit(1, 1, '+'), edit(1, 1, '-'), edit(2, 3, '')];
    const given = [...edits];
    assert.equal(applyTextEdits('abcde', edits), 'a+-B*De');
    assert.deepEqual(edits, given);
    assert.equal(applyTextEdits('abc', []), 'abc');
  });

  it('do not overlap', () => {
    for (const edits of [
      [edit(0, 2, ''), edit(1, 3, '')],
      [edit(0, 2, ''), edit(1, 1, 'x')],
      [edit(0, 1, ''), edit(0, 2, '')],
    ]) {
      assert.throws(() => applyTextEdits('abc', edits), { name: 'RangeError', message: 'the edits overlap' });
    }
  });
});

describe('lines of a text', () => {
  const text = 'ab\n  c\n\nd';

  it('begin behind a line break, or with the text', () => {
    assert.deepEqual(
      [0, 2, 3, 5, 7, 8].map((offset) => lineStart(text, offset)),
      [0, 0, 3, 3, 7, 8],
    );
    assert.deepEqual(
      [0, 2, 3, 5, 8].map((offset) => columnOf(text, offset)),
      [0, 2, 0, 2, 0],
    );
    assert.deepEqual(
      [0, 1, 3, 5, 6].map((offset) => isFirstOnLine(text, offset)),
      [true, false, true, true, false],
    );
    assert.ok(isFirstOnLine('\t x', 2));
  });

  it('what follows a value is the next line, where its line break is not part of it; else the end', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 5, 6].map((end) => nextLine(text, end)),
      [3, 3, 3, 3, 7, 7],
    );
    assert.deepEqual(
      [8, 9].map((end) => nextLine(text, end)),
      [8, 9],
    );
    assert.deepEqual([nextLine('\na', 0), nextLine('\na', 1)], [1, 1]);
  });
});
