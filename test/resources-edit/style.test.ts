import assert from 'node:assert/strict';
import { hasSpacedBraces, quoteAt, styleOf, type DocumentStyle } from '../../src/lib/resources/edit/style.js';
import { parseText, type Node } from '../../src/lib/resources/edit/tree.js';

function rootOf(text: string): Node & { getIn(path: readonly unknown[], keepScalar: true): unknown } {
  const parsed = parseText(text);
  if ('problem' in parsed) assert.fail(parsed.problem);
  return parsed.document.contents as ReturnType<typeof rootOf>;
}

const USUAL: DocumentStyle = {
  json: false,
  indent: 2,
  dashIndent: 2,
  spacedBraces: false,
  compact: false,
  eol: '\n',
};

describe('what new text is to look like', () => {
  /** The style of an object, and how it differs from the usual one. */
  const cases: readonly (readonly [text: string, differs: Partial<DocumentStyle>, path?: readonly unknown[]])[] = [
    ['a: 1', {}],
    ['- a', {}],
    ['a:\n b: 1\n', { indent: 1 }],
    ['a:\n    b: 1\n', { indent: 4 }],
    ['a: {b: 1}\nc: 1\nd:\n   e: 1\n', { indent: 3 }],
    ['- a\n- b:\n      c: 1\n', { indent: 4 }],
    ['a:\n- b:\n     c: 1\n', { indent: 3, dashIndent: 0 }],
    ['? a\n: b: 1\nc:\n   d: 1\n', { indent: 3 }],
    ['a:\n    b: 1\nitems:\n- c: 1\n', { indent: 4, dashIndent: 0 }, ['items', 0]],
    ['a:\n    b: 1\nitems:\n- c:\n   d: 1\n', { indent: 1, dashIndent: 0 }, ['items', 0]],
    ['a:\n- 1\n', { dashIndent: 0 }],
    ['a: [1]\nb:\n   - 1\n', { dashIndent: 3 }],
    ['a:\n  b:\n     - 1\n', { dashIndent: 3 }],
    ['a:\n     - b:\n       - 1\n', { dashIndent: 0 }, ['a', 0]],
    ['a: { b: 1 }\nc: {d: 1}\n', { spacedBraces: true }],
    ['a: {}\nb: [ 1 ]\nc: {d: 1}\n', {}],
    ['a: {}\nb: { c: 1 }\n', { spacedBraces: true }],
    ['a: { b: 1 }\nc: [d]\n', { spacedBraces: true }, ['c']],
    ['a:\r\n  b: 1\n', { eol: '\r\n' }],
    ['{"a": 1}', { json: true }],
    [' \n[{"a": 1}]', { json: true }],
    ['{"a":1,"b":"x: y, z \\": "}', { json: true, compact: true }],
    ['{"a":1,\n"b":2}', { json: true }],
    ['[1]', { json: true, compact: true }],
  ];
  for (const [text, differs, path] of cases) {
    it(JSON.stringify(text) + (path ? ` at ${path.join('.')}` : ''), () => {
      const root = rootOf(text);
      const object = path ? (root.getIn(path, true) as Node) : root;
      assert.deepEqual(styleOf(text, root, object), { ...USUAL, ...differs });
    });
  }

  it('braces without any tell nothing', () => {
    assert.equal(hasSpacedBraces('a: [ 1 ]', rootOf('a: [ 1 ]')), undefined);
    assert.equal(hasSpacedBraces('a: {\n}', rootOf('a: {\n}')), undefined);
  });

  it('quotes are those of the last string in the collection, else in the object', () => {
    const quotes = (text: string) => {
      const root = rootOf(text);
      return quoteAt(root.getIn(['x'], true) as Node, root);
    };
    assert.equal(quotes(`x: ["a", 'b', 7, null, ~]\ny: c\n`), 'single');
    assert.equal(quotes(`x: ['b', {y: "a"}]\ny: c\n`), 'double');
    assert.equal(quotes(`x: ['b', a]\ny: "c"\n`), 'plain');
    assert.equal(quotes(`x: [7]\ny: 'c'\n`), 'single');
    assert.equal(quotes(`x:\n- "a"\n- |\n  b\ny: c\n`), 'double');
    assert.equal(quotes(`x:\ny: "c"\nz:\n`), 'double');
    assert.equal(quotes(`x: [7]\ny: 8\n`), 'plain');
    assert.equal(quotes(`x: ['a', {b}, yes]\ny: "c"\n`), 'single');
  });
});
