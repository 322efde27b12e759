import assert from 'node:assert/strict';

import fc from 'fast-check';
import { dump, load as loadCore } from 'js-yaml';
import { parse as parseYaml12 } from 'yaml';

import { parseManifests, serialize } from '../../src/lib/resources/index.js';
import { serializeValue } from '../../src/lib/resources/serialize.js';
import { aliasBudget } from '../../src/lib/resources/yaml/aliases.js';
import { loadYaml } from '../../src/lib/resources/yaml/load.js';
import { awkwardText, plainData, wellFormed } from './support/arbitraries.js';

const load = (text: string): unknown => loadYaml(text, { maxDepth: 250, aliases: aliasBudget(0) });

describe('YAML that we write', () => {
  it('is read back as the same data, by kubectl rules and by those of YAML 1.2', () => {
    fc.assert(
      fc.property(plainData, (value) => {
        const text = serializeValue(value);
        assert.ok(text.endsWith('\n'));
        const expected = wellFormed(value);
        assert.deepEqual(load(text), expected);
        assert.deepEqual(parseYaml12(text, { version: '1.2' }), expected);
        assert.deepEqual(loadCore(text), expected);
      }),
      { numRuns: 400 },
    );
  });

  it('keeps awkward texts, as values, as keys and in lists', () => {
    fc.assert(
      fc.property(awkwardText, (text) => {
        const value = { [text]: text, list: [text, [text]], map: { [text]: { [text]: text } } };
        assert.deepEqual(load(serializeValue(value)), wellFormed(value));
      }),
      { numRuns: 600 },
    );
  });

  const cases: [value: unknown, text: string][] = [
    // The texts of a policy stay bare.
    ['httpbin.org', 'httpbin.org'],
    ['*.httpbin.org', '"*.httpbin.org"'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.1', '192.0.2.1'],
    ['/status/[0-9]+', '/status/[0-9]+'],
    ['/get.*', '/get.*'],
    ['.*', '.*'],
    ['.*\\d{2}', '.*\\d{2}'],
    ['specs.smi-spec.io/v1alpha4', 'specs.smi-spec.io/v1alpha4'],
    ['tcp-server-first', 'tcp-server-first'],
    ['curl/7.88', 'curl/7.88'],
    ['a b', 'a b'],
    ['a:b', 'a:b'],
    ['a#b', 'a#b'],
    ['é 😀', 'é 😀'],
    // Readers would see something else in these.
    ['', '""'],
    ['on', '"on"'],
    ['y', '"y"'],
    ['No', '"No"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['0777', '"0777"'],
    ['1_000', '"1_000"'],
    ['1e3', '"1e3"'],
    ['0x1F', '"0x1F"'],
    ['.5', '".5"'],
    ['1:30', '"1:30"'],
    ['2001-01-01', '"2001-01-01"'],
    ['<<', '"<<"'],
    ['=', '"="'],
    ['- a', '"- a"'],
    ['a: b', '"a: b"'],
    ['a #b', '"a #b"'],
    ['a:', '"a:"'],
    [' a', '" a"'],
    ['a ', '"a "'],
    ['[a', '"[a"'],
    ['@a', '"@a"'],
    ['...', '"..."'],
    ["'a'", '"\'a\'"'],
    ['"a"', '\'"a"\''],
    ['(?i)\\w: x', "'(?i)\\w: x'"],
    ['a\tb', '"a\\tb"'],
    ['a\u0085b', '"a\\u0085b"'],
    ['\ufeffa', '"\\ufeffa"'],
    ['\ud800', '"\\ufffd"'],
    [80, '80'],
    [1.5, '1.5'],
    [-0, '0'],
    [1e21, '1e+21'],
    [true, 'true'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
    [[[]], '- []'],
    [[[1, 2], { a: 1, b: [] }], '- - 1\n  - 2\n- a: 1\n  b: []'],
    [{ a: undefined, b: 1 }, 'b: 1'],
    [{ a: 'x\ny\n' }, 'a: |\n  x\n  y'],
    [{ a: 'x\ny' }, 'a: |-\n  x\n  y'],
    [{ a: 'x\n\n y\n\n', b: 1 }, 'a: |+\n  x\n\n   y\n\nb: 1'],
    [{ a: 'x \ny' }, 'a: "x \\ny"'],
    [{ a: '\nx' }, 'a: "\\nx"'],
    [{ on: { 'a: b': 1 } }, '"on":\n  "a: b": 1'],
  ];
  for (const [value, text] of cases) {
    it(`of ${JSON.stringify(value)} is ${JSON.stringify(text)}`, () =>
      assert.equal(serializeValue(value), `${text}\n`));
  }

  it('quotes no more than js-yaml does on ordinary policies', () => {
    const egress = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'httpbin', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts: ['httpbin.org'],
        ports: [{ number: 80, protocol: 'http' }],
      },
    };
    assert.equal(serializeValue(egress), dump(egress, { noArrayIndent: true }));
  });

  it('of keys longer than a simple key may be is read back', () => {
    const value = { ['k'.repeat(2000)]: { a: [1] }, ['on '.repeat(1000).trim()]: ['x'] };
    assert.deepEqual(load(serializeValue(value)), value);
  });

  it('of several objects are several documents', () => {
    const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const objects = [namespace('a'), namespace('b')];
    const text = serialize(objects);
    assert.equal(text.match(/^---$/gm)?.length, 1);
    assert.deepEqual(parseManifests(text, 'f.yaml').objects, objects);
    assert.equal(serialize([]), '');
  });
});
