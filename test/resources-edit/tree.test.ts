import assert from 'node:assert/strict';
import { endOf, parseText } from '../../src/lib/resources/edit/tree.js';

describe('values in a text', () => {
  it('end before comments, and before line breaks that are not their own', () => {
    for (const [value, rest] of [
      ['a', ' # x\n'],
      ['"a"', '\n'],
      ['a: {b: 1}', ' # x\n\n# y\n'],
      ['- a\n- [b]', ' # x\n\n# y\n'],
      ['a:\n  - b: c\n    d:\n    - e', ' # x\n    # y\n\n# z\n'],
      ['? a\n? b', '\n'],
      ['a: |\n  b\n', '# x\n'],
      ['- a:', '\n'],
    ]) {
      const parsed = parseText(`${value}${rest}`);
      if ('problem' in parsed) assert.fail(parsed.problem);
      assert.equal(endOf(parsed.document.contents!), value!.length, value);
    }
  });
});
