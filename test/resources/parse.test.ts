import assert from 'node:assert/strict';

import fc from 'fast-check';

import { InputError } from '../../src/lib/errors.js';
import { ManifestErrors, parseManifests, serialize, type Limits } from '../../src/lib/resources/index.js';
import type { Resource } from '../../src/lib/resources/types.js';
import { validObjects } from './support/arbitraries.js';

const clone = (objects: readonly object[]): object[] => structuredClone(objects) as object[];

/** Parses, and fails on anything that is thrown but an InputError. */
function outcome(text: string, limits: Partial<Limits> = {}): readonly Resource[] | InputError {
  try {
    return parseManifests(text, 'f.yaml', { limits }).objects;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const one of error instanceof ManifestErrors ? error.errors : [error]) {
      assert.ok(one.location, one.message);
      assert.equal(one.location.file, 'f.yaml');
      if (!('line' in one.location)) continue;
      const lines = text.replace(/^\ufeff/, '').split(/\r\n?|\n/);
      const { line, column } = one.location;
      assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
      assert.ok(column >= 1 && column <= lines[line - 1]!.length + 2, `column ${column} of line ${line}`);
    }
    assert.ok(error.describe().startsWith('f.yaml'));
    return error;
  }
}

describe('reading text', () => {
  it('gives the objects that were written, whatever the format', () => {
    fc.assert(
      fc.property(validObjects, (objects) => {
        const yaml = serialize(objects);
        const json = objects.map((object) => JSON.stringify(object));
        const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
        for (const text of [
          yaml,
          yaml.replaceAll('\n', '\r\n'),
          `\ufeff${yaml}`,
          `---\n${yaml}...\n`,
          serialize([list]),
          json.join(''),
          json.join('\n'),
          json.join('\n---\n'),
          JSON.stringify(list),
          JSON.stringify(list, null, 2),
        ]) {
          // Line ends inside block scalars are LF whatever those of the file are.
          assert.deepEqual(parseManifests(text, 'f').objects, clone(objects));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('depends on the order of documents only in the order of objects', () => {
    fc.assert(
      fc.property(validObjects, fc.infiniteStream(fc.nat()), (objects, random) => {
        const shuffled = [...objects];
        for (let i = shuffled.length - 1; i > 0; i -= 1) {
          const j = (random.next().value as number) % (i + 1);
          [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
        }
        assert.deepEqual(parseManifests(serialize(shuffled), 'f').objects, clone(shuffled));
      }),
      { numRuns: 50 },
    );
  });

  it('of JSON and of YAML finds the same faults at the same fields', () => {
    const mutate = (object: object, at: number, value: unknown): object => {
      const copy = structuredClone(object) as Record<string, unknown>;
      const places: [Record<string, unknown>, string][] = [];
      const walk = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key]);
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      const [holder, key] = places[at % places.length]!;
      holder[key] = value;
      return copy;
    };
    const junk = fc.constantFrom<unknown>(null, true, 0, 1.5, '', 'x y', [], {}, [null], { a: 1 }, 'on', 70000);
    const faults = (text: string): unknown => {
      const result = outcome(text);
      if (!(result instanceof InputError)) return result;
      return result instanceof ManifestErrors ? result.errors.map(({ message }) => message) : [result.message];
    };
    fc.assert(
      fc.property(validObjects, fc.nat(), junk, (objects, at, value) => {
        const [first, ...rest] = objects;
        const mutated = [mutate(first!, at, value), ...rest];
        assert.deepEqual(faults(serialize(mutated)), faults(mutated.map((one) => JSON.stringify(one)).join('\n')));
      }),
      { numRuns: 300 },
    );
  });

  it('puts objects without a namespace into the one that is given', () => {
    const text = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n';
    assert.equal(parseManifests(text, 'f').objects[0]?.metadata.namespace, 'default');
    assert.equal(parseManifests(text, 'f', { defaultNamespace: 'curl' }).objects[0]?.metadata.namespace, 'curl');
  });

  it('does not hang or fall over however the input is broken', () => {
    const object = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: &m {name: a, namespace: curl, labels: {x: "y"}}
spec:
  sources: [{kind: ServiceAccount, name: curl, namespace: curl}]
  hosts:
  - "*.foo.com"
  - 'b'
  ports:
  - number: 80
    protocol: http
  # end
---
{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
`;
    const noise = fc.constantFrom(
      ...'{ } [ ] : , - & * ! | > " \' # % @ ` \\ ? ~ --- ... << yes \t \n \r \0 \ufeff \u2028 \ud800 😀 é kind items List {{ *a &a 1e999'.split(
        ' ',
      ),
      ' ',
      '\n  ',
      '\n- ',
      ': ',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(object.length), fc.nat(8), fc.array(noise, { maxLength: 3 })), { maxLength: 6 }),
        (edits) => {
          let text = object;
          for (const [at, cut, insert] of edits) text = text.slice(0, at) + insert.join('') + text.slice(at + cut);
          outcome(text);
        },
      ),
      { numRuns: 2500 },
    );
  });

  it('does not hang or fall over on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void outcome(text)),
      { numRuns: 500 },
    );
    const token = fc.constantFrom(
      ...[
        'a',
        'b: ',
        '- ',
        '\n',
        '  ',
        '? ',
        '{',
        '}',
        '[',
        ']',
        ', ',
        '"x"',
        "'y'",
        '&p ',
        '*p ',
        '!!str ',
        '# c',
        '|\n',
      ],
      ...[
        '\t',
        '<<: ',
        '\\',
        '\n- ',
        '\nk: ',
        '---\n',
        '...\n',
        '"',
        "'",
        '%A\n',
        'kind: List\n',
        'items: ',
        '{{ x }}',
      ],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 25 }), (tokens) => void outcome(tokens.join(''))),
      { numRuns: 3000 },
    );
  });

  it('refuses a text that is too large', () => {
    const result = outcome('# x\n'.repeat(100), { maxFileBytes: 100 });
    assert.ok(result instanceof InputError);
    assert.match(result.describe(), /larger than 100 bytes/);
  });

  it('refuses a text without objects', () => {
    for (const text of ['', ' \n', '# x\n', '---\n---\n', '\ufeff', '\ufeff# x', '...\n']) {
      const result = outcome(text);
      assert.ok(result instanceof InputError, JSON.stringify(text));
      assert.match(result.describe(), /^f\.yaml: there is no Kubernetes object/);
    }
    assert.deepEqual(outcome('apiVersion: v1\nkind: List\nitems: []\n'), []);
  });

  it('names a byte order mark of a file that was joined to another', () => {
    const result = outcome('apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n\ufeff---\napiVersion: v1\n');
    assert.ok(result instanceof InputError);
    assert.match(result.describe(), /^f\.yaml:4:1: a byte order mark stands inside the text/);
    const inside = outcome('apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {x: "\ufeff"}}\n');
    assert.ok(Array.isArray(inside));
  });

  it('refuses a control character', () => {
    const result = outcome('apiVersion: v1\nkind: Namesp\0ace\n');
    assert.ok(result instanceof InputError);
    assert.match(result.describe(), /^f\.yaml:2:13: a control character stands in the text/);
  });

  it('bounds the depth of JSON', () => {
    for (const open of ['[', '{"a":']) {
      const result = outcome(open.repeat(50_000));
      assert.ok(result instanceof InputError);
      assert.match(result.describe(), /nested deeper than 250 levels/);
    }
  });

  it('keeps __proto__ of JSON a plain field', () => {
    const text =
      '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","__proto__":{"name":"b"}},"__proto__":{"x":1}}';
    const { objects, warnings } = parseManifests(text, 'f');
    assert.deepEqual(objects, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }]);
    assert.equal(warnings.length, 2);
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it('finds a repeated key of JSON however it is spelled', () => {
    const text = '{"apiVersion":"v1","kind":"Pod","\\u006bind":"Namespace","metadata":{"name":"a"}}';
    const { objects, warnings } = parseManifests(text, 'f');
    assert.equal(objects[0]?.kind, 'Namespace');
    assert.match(warnings[0]?.message ?? '', /^the key "kind" is defined twice/);
    assert.deepEqual(warnings[0]?.location, { file: 'f', line: 1, column: 33 });
    assert.ok(Array.isArray(outcome('{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"{\\"b\\":1,\\"b\\":2}: :"}}')));
  });

  it('keeps no more warnings than are read', () => {
    const services = Array.from(
      { length: 30 },
      (_, i) => `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a${i}}\nspec: 1\n`,
    );
    const { warnings } = parseManifests(services.join('---\n'), 'f', { limits: { maxWarnings: 10 } });
    assert.equal(warnings.length, 11);
    assert.equal(warnings[10]?.message, '20 more warnings; the first of them is about this place');
    assert.deepEqual(warnings[10]?.location, { file: 'f', line: 54, column: 1 });
  });

  it('tells many unknown fields of one map in few words', () => {
    const fields = Array.from({ length: 200 }, (_, i) => `zz${i}: 1`).join(', ');
    const { objects, warnings } = parseManifests(
      `{apiVersion: v1, kind: Namespace, metadata: {name: x}, ${fields}}`,
      'f',
    );
    assert.equal(warnings.length, 51);
    assert.match(warnings[50]!.message, /^Namespace x has 150 more fields that Kubernetes does not know/);
    assert.deepEqual(Object.keys(objects[0]!), ['apiVersion', 'kind', 'metadata']);
  });
});
