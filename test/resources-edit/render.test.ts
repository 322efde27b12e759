import assert from 'node:assert/strict';
import { parse as parseYaml12 } from 'yaml';
import { renderBlock, renderExpanded, renderFlow, type Style } from '../../src/lib/resources/edit/render.js';
import { defaultLimits } from '../../src/lib/resources/limits.js';
import { aliasBudget } from '../../src/lib/resources/yaml/aliases.js';
import { loadYaml } from '../../src/lib/resources/yaml/load.js';

const style: Style = {
  json: false,
  quote: 'plain',
  indent: 2,
  dashIndent: 2,
  spacedBraces: false,
  compact: false,
  eol: '\n',
};

const STRINGS = [
  'a.com',
  '',
  ' ',
  'a b',
  'yes',
  'null',
  '7',
  '1_000',
  '~',
  '-',
  '- a',
  '?',
  '#',
  'a #b',
  'a: b',
  'a:',
  "it's",
  "'",
  '"',
  '\\',
  '"a\\b"',
  'a, b',
  '[',
  ']',
  '{',
  '}',
  'a{2,}',
  '[a]',
  'a\nb',
  'a\n',
  '\n',
  'a\tb',
  '\u0007',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  'ü',
  '😀',
];

describe('new text', () => {
  it('reads back as what was meant, whatever quotes stand around it', () => {
    for (const quote of ['plain', 'single', 'double'] as const) {
      for (const text of STRINGS) {
        const value = { [text]: [text, { [text]: text }] };
        const expected = JSON.parse(JSON.stringify(value).replaceAll('\\ud800', '\ufffd')) as unknown;
        const looks: Style[] = [
          { ...style, quote },
          { ...style, quote, spacedBraces: true, dashIndent: 0, indent: 4 },
        ];
        for (const look of looks) {
          for (const written of [renderFlow(value, look), renderBlock(value, '', look)]) {
            assert.deepEqual(parseYaml12(written), expected, written);
            assert.deepEqual(loadYaml(written, { ...defaultLimits, aliases: aliasBudget(0) }), expected, written);
          }
        }
      }
    }
  });

  it('has the quotes of what stands around it, where they can hold it', () => {
    const written = (quote: Style['quote'], ...values: unknown[]) => renderFlow(values, { ...style, quote });
    assert.equal(
      written('plain', 'a', "it's", 'a, b', 'yes', 7, true, null),
      `[a, it's, "a, b", "yes", 7, true, null]`,
    );
    assert.equal(written('single', 'a', "it's", 'a, b', 7), `['a', 'it''s', 'a, b', 7]`);
    assert.equal(written('single', 'a\nb', '\u0007'), `["a\\nb", "\\u0007"]`);
    assert.equal(written('double', 'a', "it's", 'a, b'), `["a", "it's", "a, b"]`);
    assert.equal(renderBlock(['a, b', 'a\nb'], '', style), `- a, b\n- "a\\nb"`);
  });

  it('keys have quotes only in JSON, or where they need them', () => {
    const value = { a: 1, 'b, c': 2 };
    assert.equal(renderFlow(value, { ...style, quote: 'single' }), `{a: 1, "b, c": 2}`);
    assert.equal(renderFlow(value, { ...style, quote: 'double', json: true }), `{"a": 1, "b, c": 2}`);
    assert.equal(renderBlock(value, '', { ...style, quote: 'double' }), `a: 1\n"b, c": 2`);
  });

  it('on one line has spaces, or none, and what is empty has none', () => {
    const value = { a: [1, 2], b: { c: [], d: {} } };
    assert.equal(renderFlow(value, style), '{a: [1, 2], b: {c: [], d: {}}}');
    assert.equal(renderFlow(value, { ...style, spacedBraces: true }), '{ a: [1, 2], b: { c: [], d: {} } }');
    assert.equal(renderFlow(value, { ...style, json: true, compact: true }), '{"a":[1,2],"b":{"c":[],"d":{}}}');
  });

  it('over several lines is as deep as the rest, with its line ends', () => {
    const value = { a: [1, { b: [] }], c: { d: 2 } };
    assert.equal(renderBlock(value, '', style), 'a:\n  - 1\n  - b: []\nc:\n  d: 2');
    const wide = { ...style, indent: 4, dashIndent: 0, eol: '\r\n' };
    assert.equal(renderBlock(value, ' ', wide), ' a:\r\n - 1\r\n - b: []\r\n c:\r\n     d: 2');
    assert.equal(renderBlock([], '  ', style), '  []');
    assert.equal(renderExpanded({ a: [1] }, '  ', '\t', '\r\n'), '{\r\n  \t"a": [\r\n  \t\t1\r\n  \t]\r\n  }');
  });
});
