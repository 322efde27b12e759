import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visible, visibleJson, visibleLines } from '../../src/lib/text/visible.js';

describe('what a terminal would obey', () => {
  it('is shown escaped within a line, line breaks too', () => {
    assert.equal(
      visible('a\nb\r\tc\u001B[2J\u007F\u009B\u202E\u200B\uFEFF'),
      'a\\nb\\r\\tc\\u001b[2J\\u007f\\u009b\\u202e\\u200b\\ufeff',
    );
    assert.equal(visible('\uD800x\u{E0041}'), '\\ud800x\\udb40\\udc41');
    assert.equal(visible('grüße, 世界, 😀, ✗, …'), 'grüße, 世界, 😀, ✗, …');
  });

  it('leaves lines and our own colours, and no other code', () => {
    const text = '\u001B[31mred\u001B[39m\n\t\u001B[5mblink\u001B[2J\u001B]0;t\u0007';
    assert.equal(visibleLines(text, true), '\u001B[31mred\u001B[39m\n\t\\u001b[5mblink\\u001b[2J\\u001b]0;t\\u0007');
    assert.equal(visibleLines('\u001B[31mred', false), '\\u001b[31mred');
  });

  it('JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = JSON.stringify({ value, text }, null, 2);
        assert.deepEqual(JSON.parse(visibleJson(json)), JSON.parse(json));
      }),
    );
    assert.equal(visibleJson('"\u009B\u202E\u{E0041}"'), '"\\u009b\\u202e\\udb40\\udc41"');
  });
});
