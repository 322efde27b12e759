import assert from 'node:assert/strict';

import fc from 'fast-check';
import { load } from 'js-yaml';
import { parse } from 'yaml';

import { documentPrinter, printDocument, toYaml } from '../../src/lib/output/document.js';

/** What the functions write to standard output. */
async function printed(work: () => Promise<void>): Promise<string> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    text += Buffer.from(chunk).toString();
    return true;
  };
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return text;
}

/** Bare, a YAML 1.1 reader takes each of these for something that is no string. */
const awkward = [
  ...[
    'y',
    'Y',
    'yes',
    'No',
    'on',
    'OFF',
    'true',
    'null',
    '~',
    '',
    '<<',
    '=',
    '.inf',
    '-.INF',
    '.nan',
    '1',
    '-1',
    '+1',
    '1.5',
    '1e3',
  ],
  ...[
    '1_000',
    '0777',
    '0o17',
    '0b11',
    '0x1F',
    '190:20:30',
    '1:30',
    '2001-01-01',
    '2001-12-14t21:59:43.10-05:00',
    '.5',
    '5.',
  ],
  ...[
    '- a',
    '# c',
    'a: b',
    ' a',
    'a ',
    '"q"',
    "it's",
    'line\nline',
    'tab\t',
    '@x',
    '`x',
    '%x',
    '!x',
    '&x',
    '*x',
    '|',
    '>',
    '?',
    '---',
  ],
];

describe('documents', () => {
  const document = { apiVersion: 'osm-ts/v1', kind: 'Thing', list: [1, { a: null }], absent: undefined };

  it('are printed as JSON with indentation, or as YAML', async () => {
    const json =
      '{\n  "apiVersion": "osm-ts/v1",\n  "kind": "Thing",\n  "list": [\n    1,\n    {\n      "a": null\n    }\n  ]\n}\n';
    assert.equal(await printed(() => printDocument(document, 'json')), json);
    const yaml = 'apiVersion: osm-ts/v1\nkind: Thing\nlist:\n- 1\n- a: null\n';
    assert.equal(await printed(() => printDocument(document, 'yaml')), yaml);
    assert.equal(await printed(() => documentPrinter('json', false)(document)), json);
  });

  it('take a line each in JSON when there are several, and are separated in YAML', async () => {
    const several = async (format: 'json' | 'yaml') => {
      const print = documentPrinter(format, true);
      return printed(async () => {
        await print({ a: 1 });
        await print({ a: 2 });
      });
    };
    assert.equal(await several('json'), '{"a":1}\n{"a":2}\n');
    assert.equal(await several('yaml'), '---\na: 1\n---\na: 2\n');
  });

  it('keep every string a string in YAML, for readers of YAML 1.1 and 1.2', async () => {
    for (const text of awkward) {
      const yaml = await toYaml({ [text]: text });
      for (const read of [load(yaml), parse(yaml, { version: '1.1' }), parse(yaml, { version: '1.2' })]) {
        assert.deepEqual(read, { [text]: text }, yaml);
      }
    }
  });

  it('come back as they were, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
        const plain = JSON.parse(JSON.stringify({ value })) as unknown;
        assert.deepEqual(load(await toYaml(plain)), plain);
      }),
    );
  });
});
