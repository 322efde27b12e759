import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { dump } from 'js-yaml';
import { Document, isCollection, isMap, isScalar, isSeq, parseDocument, visit, type Node, type Pair } from 'yaml';

import { parseManifests } from '../../src/lib/resources/index.js';
import { findPosition } from '../../src/lib/resources/positions.js';
import { jsonPositions } from '../../src/lib/resources/json/positions.js';
import { serializeValue } from '../../src/lib/resources/serialize.js';
import type { FieldPath } from '../../src/lib/resources/types.js';
import { aliasBudget } from '../../src/lib/resources/yaml/aliases.js';
import { loadYaml } from '../../src/lib/resources/yaml/load.js';
import { yamlPositions } from '../../src/lib/resources/yaml/positions.js';
import { awkwardText, plainData, validObjects, wellFormed } from './support/arbitraries.js';

const unfolded = (): never => assert.fail('nothing is folded');

/** The text from where a path is found, and whether all of it is there. */
function at(text: string, path: FieldPath): [string, boolean] {
  const { offset, exact } = findPosition(yamlPositions(text, 250).root, path, unfolded);
  return [text.slice(offset, offset + 6).replace(/\s.*$/s, ''), exact];
}

describe('the place of a field', () => {
  const cases: [name: string, text: string, path: FieldPath, found: string, exact?: boolean][] = [
    ['is its key', 'a:\n  b: 1\n', ['a', 'b'], 'b:'],
    ['of a list is its item', 'a:\n- x\n- y\n', ['a', 1], 'y'],
    ['is its key also in a list', 'a:\n- b: 1\n  c: 2\n', ['a', 0, 'c'], 'c:'],
    ['in a list of lists', '- - a\n  - b\n-\n  - c\n', [1, 0], 'c'],
    ['after items without value', 'a:\n-\n- # c\n\n-\n- x\n-\n', ['a', 3], 'x'],
    ['that is an item without value', 'a:\n- x\n-\n- y\n', ['a', 2], 'y'],
    ['behind comments', '# c\na: # c\n  # - b: 2\n  - b: 1 # c\n', ['a', 0, 'b'], 'b:'],
    ['in braces', '{a: {b: [x, {c: d}]}}', ['a', 'b', 1, 'c'], 'c:'],
    ['in JSON', '{"a":{"b":["x",{"c":"d"}]}}', ['a', 'b', 1, 'c'], '"c":"d'],
    ['of a pair in a list', '[a, b: c, d]', [1, 'b'], 'b:'],
    ['after a pair in a list', '[a, b: c, d]', [2], 'd]'],
    ['without value in braces', '{a, b: 1}', ['b'], 'b:'],
    ['with an explicit key', '? a\n: x\n? b\n: - y\n', ['b', 0], 'y'],
    ['with quotes', '"a b": 1\n\'c: d\':\n  e: 1\n', ['c: d', 'e'], 'e:'],
    ['after block scalars', 'a: |\n  b: 1\n\n  c\nd: >-\n e: 2\nf: 1\n', ['f'], 'f:'],
    ['after texts of several lines', 'a: x\n  y: z\n'.replace(': z', ' z') + 'b: "c\n\n  d: e"\nf: 1\n', ['f'], 'f:'],
    ['with an anchor', 'a: &x\n  b: &y 1\n', ['a', 'b'], 'b:'],
    ['in a list with an anchor', 'a: &x\n- &y b: 1\n- c\n', ['a', 1], 'c'],
    ['in an alias is where the anchor is', 'a: &x {b: 1}\nc: *x\n', ['c', 'b'], 'b:'],
    ['that is an alias', 'a: &x [1]\nc: [*x]\n', ['c', 0], '*x]'],
    ['in an alias of a list', 'a: &x [y, z]\nc: *x\n', ['c', 1], 'z]'],
    ['that is merged', 'a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n', ['c', 'b'], 'b:'],
    ['that is merged and overridden', 'a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n', ['c', 'b'], 'b:'],
    ['that two maps merge', 'a: &x {b: 1}\nc: &y {d: 1}\ne: {<<: [*y, *x]}\n', ['e', 'b'], 'b:'],
    ['with a tag', 'a: !!map\n  b: !!seq\n  - !!str c\n', ['a', 'b', 0], '!!str'],
    ['with keys that YAML converts', 'on: 1\n0x10: 2\n', ['16'], '0x10:'],
    ['called __proto__', '__proto__: {a: 1}\n', ['__proto__', 'a'], 'a:'],
    ['that is not there is what holds it', 'a:\n  b: 1\n', ['a', 'c', 0], 'a:', false],
    ['behind a scalar is the scalar', 'a:\n  b: 1\n', ['a', 'b', 'c'], 'b:', false],
    ['behind the end of a list is the list', 'a: [x]\n', ['a', 1], 'a:', false],
    ['that is no field at all is the document', '# c\n\na: 1\n', ['x'], 'a:', false],
  ];
  for (const [name, text, path, found, exact = true] of cases) {
    it(name, () => assert.deepEqual(at(text, path), [found, exact]));
    it(`${name}, with other line ends`, () => {
      assert.deepEqual(at(text.replaceAll('\n', '\r\n'), path), [found, exact]);
      assert.deepEqual(at(text.replaceAll('\n', '\r'), path), [found, exact]);
    });
  }
});

/** Every path of a document with the place that another YAML parser has for it. */
function* places(node: unknown, path: FieldPath = []): Generator<[FieldPath, number]> {
  if (isMap(node)) {
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key) || !key.range) continue;
      const inner = [...path, String(key.value)];
      yield [inner, key.range[0]];
      yield* places(value, inner);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of (node.items as Node[]).entries()) {
      const inner = [...path, index];
      // An item without a value has no place to compare.
      if (item.range && item.range[0] !== item.range[1]) yield [inner, item.range[0]];
      yield* places(item, inner);
    }
  }
}

/** One value, written in many ways. */
function* writings(value: unknown, choices: readonly number[]): Generator<string> {
  yield serializeValue(value);
  yield dump(value, { flowLevel: 2 });
  yield dump(value, { forceQuotes: true, noArrayIndent: true, indent: 4 });
  yield JSON.stringify(value, null, 2);
  yield JSON.stringify(value);
  const document = new Document(value);
  let next = 0;
  const choose = (n: number): number => (choices[next++ % choices.length] ?? 0) % n;
  const styles = ['QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED', 'PLAIN'] as const;
  visit(document, {
    Node(_, node) {
      if (choose(6) === 0) node.comment = ' - c: x';
      if (choose(9) === 0) node.commentBefore = ' before: x';
      if (isCollection(node) && choose(5) === 0) node.flow = true;
      const style = styles[choose(8)];
      if (isScalar(node) && typeof node.value === 'string' && style) node.type = style;
    },
  });
  yield document.toString({ indentSeq: choose(2) === 0 });
}

/** What our reader sees in a text; undefined when it refuses it. */
function dataOf(text: string): unknown {
  try {
    return loadYaml(text, { maxDepth: 250, aliases: aliasBudget(0) });
  } catch {
    return undefined;
  }
}

describe('places of all fields', () => {
  const data = fc.dictionary(
    awkwardText.filter((key) => key !== '__proto__'),
    plainData,
    { minKeys: 1, maxKeys: 4, noNullPrototype: true },
  );
  const choices = fc.array(fc.nat(1000), { minLength: 7, maxLength: 40 });

  it('are those that another parser finds, in any style of writing', () => {
    let compared = 0;
    fc.assert(
      fc.property(data.map(wellFormed), choices, fc.boolean(), (value, numbers, crlf) => {
        for (const writing of writings(value, numbers)) {
          const text = crlf ? writing.replaceAll('\n', '\r\n') : writing;
          // A key of spaces alone may be written so that it reads as the empty one, and is there twice: an error.
          const document = parseDocument(text, { version: '1.2', uniqueKeys: true, logLevel: 'error' });
          // Our reader takes a byte order mark off before it asks for positions.
          if (document.errors.length > 0 || text.startsWith('\ufeff')) continue;
          // Only where both read the same can they find the same.
          if (!isDeepStrictEqual(document.toJS(), dataOf(text))) continue;
          const { root } = yamlPositions(text, 250);
          for (const [path, offset] of places(document.contents)) {
            const found = findPosition(root, path, unfolded);
            assert.deepEqual([path, found.offset, found.exact], [path, offset, true], text);
            compared += 1;
          }
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(compared > 1000, `only ${compared} compared`);
  });

  it('in JSON are the same for the JSON reader', () => {
    fc.assert(
      fc.property(data.map(wellFormed), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { root, repeated } = jsonPositions(text, 0);
        assert.deepEqual(repeated, []);
        for (const [path, offset] of places(parseDocument(text, { version: '1.2' }).contents)) {
          const found = findPosition(root, path, unfolded);
          assert.deepEqual([path, found.offset, found.exact], [path, offset, true], text);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('locate', () => {
  /** Every path of an object. */
  function* paths(value: unknown, path: FieldPath = []): Generator<FieldPath> {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const next = [...path, Array.isArray(value) ? Number(key) : key];
      yield next;
      yield* paths(inner, next);
    }
  }

  // js-yaml by itself leaves bare what YAML 1.1 converts, and `a:{`, which it cannot read back in braces.
  const quoted = { flowLevel: 3, forceQuotes: true };
  const writers: ((objects: object[]) => string)[] = [
    (objects) => objects.map((object) => serializeValue(object)).join('--- # next\n'),
    (objects) => serializeValue({ apiVersion: 'v1', kind: 'List', items: objects }),
    (objects) => `# first\n---\n${dump({ apiVersion: 'v1', kind: 'List', items: objects }, quoted)}`,
    (objects) => dump({ apiVersion: 'v1', items: objects, kind: 'List' }, { indent: 3, forceQuotes: true }),
    (objects) => objects.map((object) => JSON.stringify(object)).join('\n'),
    (objects) => JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objects }, null, 2),
  ];

  it('points at every field of every object, however it is written', () => {
    fc.assert(
      fc.property(validObjects, fc.constantFrom(...writers), fc.boolean(), (objects, write, crlf) => {
        const text = crlf ? write(objects).replaceAll('\n', '\r\n') : write(objects);
        const lines = text.split(/\r?\n/);
        const manifests = parseManifests(text, 'f.yaml');
        assert.equal(manifests.objects.length, objects.length);
        for (const object of manifests.objects) {
          for (const path of paths(object)) {
            const place = manifests.locate(object, path);
            assert.ok(place);
            const rest = lines[place.line - 1]?.slice(place.column - 1) ?? '';
            const last = path.at(-1);
            if (typeof last !== 'string') continue;
            const written = [last, JSON.stringify(last), `'${last.replaceAll("'", "''")}'`].map((key) => `${key}:`);
            assert.ok(
              written.some((key) => rest.startsWith(key)),
              `${path.join('.')} is not at ${JSON.stringify(rest)}`,
            );
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  const list = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata: {name: a}
-   apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: b
`;

  it('finds the objects of lists, defaults at the nearest field, and nothing for strangers', () => {
    const manifests = parseManifests(list, 'f.yaml');
    const [namespace, account] = manifests.objects;
    assert.ok(namespace && account);
    const place = (line: number, column: number): object => ({ file: 'f.yaml', line, column });
    assert.deepEqual(manifests.locate(namespace), place(4, 3));
    assert.deepEqual(manifests.locate(namespace, ['metadata', 'name']), place(6, 14));
    assert.deepEqual(manifests.locate(account), place(7, 5));
    assert.deepEqual(manifests.locate(account, ['metadata', 'name']), place(10, 7));
    assert.equal(account.metadata.namespace, 'default');
    assert.deepEqual(manifests.locate(account, ['metadata', 'namespace']), place(9, 5));
    assert.deepEqual(manifests.locate(account, ['spec', 'nothing', 0]), place(7, 5));
    assert.equal(manifests.locate(structuredClone(account)), undefined);
  });

  it('finds fields of list items that share anchors', () => {
    const shared = `kind: List
apiVersion: v1
items:
- apiVersion: v1
  kind: Service
  metadata: {name: a, namespace: &ns curl, labels: &labels {app: x}}
- apiVersion: v1
  kind: Service
  metadata: {name: b, namespace: *ns, labels: *labels}
`;
    const manifests = parseManifests(shared, 'f.yaml');
    const second = manifests.objects[1];
    assert.ok(second);
    assert.deepEqual(manifests.locate(second, ['metadata', 'namespace']), { file: 'f.yaml', line: 9, column: 23 });
    assert.deepEqual(manifests.locate(second, ['metadata', 'labels', 'app']), { file: 'f.yaml', line: 6, column: 61 });
  });

  it('serves every object of a large input from a small memory of what was asked for', () => {
    const object = (i: number): object => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: `a${i}` } });
    const objects = Array.from({ length: 1500 }, (_, i) => object(i));
    const padding = `# ${'x'.repeat(2000)}\n`;
    for (const [text, first, step] of [
      [objects.map((one) => padding + serializeValue(one)).join('---\n'), 5, 6],
      [serializeValue({ apiVersion: 'v1', kind: 'List', items: objects }), 7, 4],
    ] as const) {
      const manifests = parseManifests(text, 'f.yaml');
      for (const backwards of [false, true]) {
        const order = backwards ? [...manifests.objects].reverse() : manifests.objects;
        for (const one of order) {
          const line = first + step * Number(one.metadata.name.slice(1));
          assert.equal(manifests.locate(one, ['metadata', 'name'])?.line, line);
        }
      }
    }
  });
});
