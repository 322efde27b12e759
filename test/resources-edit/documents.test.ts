import assert from 'node:assert/strict';
import { slicesOf } from '../../src/lib/resources/edit/documents.js';

describe('documents of a text', () => {
  it('are cut as they are for reading: JSON values that follow one another are one each', () => {
    const text = '[2]{"a": 1} {"b": 3}\n---\na: 1\n---\n"text"\n---\n# none\n---\n{a: 1}\n';
    const slices = [...slicesOf(text)].map(({ start, end, format }) => [format, text.slice(start, end)]);
    assert.deepEqual(slices, [
      ['json', '[2]'],
      ['json', '{"a": 1}'],
      ['json', '{"b": 3}'],
      ['yaml', '---\na: 1\n'],
      ['yaml', '---\n"text"\n'],
      ['yaml', '---\n{a: 1}\n'],
    ]);
  });
});
