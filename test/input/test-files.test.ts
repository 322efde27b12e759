import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { packageRoot } from '../../scripts/build/package.js';
import { parseClient } from '../../src/lib/command/words/names.js';
import { InputError } from '../../src/lib/errors.js';
import { readTestSuites } from '../../src/lib/input/tests/read.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-test-files-'));
const file = join(scratch, 'test.json');
const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'egress-test.json'), 'utf8')) as Schema;
const validator = new Validator(schema, '2020-12');

async function isRead(document: unknown): Promise<boolean> {
  writeFileSync(file, JSON.stringify(document));
  try {
    return (await readTestSuites([file], { recursive: false, readClient: parseClient('ServiceAccount') })).length === 1;
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return false;
  }
}

/** A map with some of these fields; of its values the first is the likeliest. */
const some = (fields: Readonly<Record<string, readonly unknown[]>>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      ...Object.entries(fields).map(([name, [first, ...others]]) => {
        const value = fc.oneof(
          { weight: 8, arbitrary: fc.constant(first) },
          { weight: 1, arbitrary: fc.constantFrom(...others, first) },
        );
        return fc.oneof(
          { weight: 2, arbitrary: fc.constant({}) },
          { weight: 1, arbitrary: value.map((one) => ({ [name]: one })) },
        );
      }),
    )
    .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>);

const expectation = some({
  verdict: ['allowed', 'denied', 'unknown', 'unpredictable', 'alowed', 1],
  class: ['http', 'closed', 'HTTP', true],
  status: [404, 99, 600, '404', 40.4],
  curlExitCode: [0, 56, 256, -1],
  decidedBy: ['Egress shop/web', 'web', 'a b c', [], ['shop/web', 'HTTPRouteGroup shop/g'], [1], 'a/b/c', ''],
});
const pattern = fc
  .tuple(
    fc.constantFrom({ port: 80 }, { port: 443 }, { port: 8080 }, { port: 0 }, {}),
    some({
      protocol: ['http', 'https', 'tcp', 'udp'],
      addresses: [['10.0.0.0/8'], ['10.0.0.0/8'], [], 1],
      host: ['a.com', '', 1],
      methods: [['GET'], [], 'GET'],
      paths: [['/a', '/b.*'], ['']],
      unknown: ['x'],
    }),
  )
  .map(([port, fields]) => ({ ...port, ...fields }));
const test = fc
  .tuple(
    some({
      name: ['x', 'y', '', 5],
      from: ['a/b', ['a/b', 'c'], [], 5, ''],
      target: ['http://a.com', 'curl -I https://b.com', '', 7],
      targets: [['http://a.com', 'tcp://b.com:1'], [], 'http://a.com'],
      'nothing wider than': ['old', ['old', 'git:HEAD'], [], 1],
    }),
    fc.option(fc.oneof(fc.constantFrom('allowed', 'denied', 'maybe', 1), expectation), { nil: undefined }),
    fc.option(fc.array(pattern, { maxLength: 2 }), { nil: undefined, freq: 3 }),
  )
  .map(([fields, expect, exactly]) => ({
    ...fields,
    ...(expect !== undefined && { expect }),
    ...(exactly && { 'allows exactly': exactly }),
  }));

/** Without faults, so that those that are put in show. */
const sound = fc.constantFrom(
  { name: '1', from: 'a/b', target: 'http://a.com', expect: 'allowed' },
  { name: '2', from: ['a/b'], targets: ['http://a.com'], expect: { verdict: 'denied', status: 404, decidedBy: [] } },
  { name: '3', from: 'a', 'allows exactly': [{ port: 80, host: 'a.com', paths: ['/x'] }, { port: 443 }] },
  { name: '4', 'nothing wider than': ['old'] },
);
const suite = fc
  .tuple(
    some({
      recursive: [true, 'yes'],
      hosts: [
        {},
        { 'a.com': '192.0.2.1' },
        { 'a.com': ['192.0.2.1', '2001:db8::1'] },
        { 'a.com': [] },
        { 'a.com': 1 },
        [],
      ],
      meshName: ['osm', '', 1],
      namespace: ['shop', 5],
      osmNamespace: ['osm-system'],
      osmVersion: ['1.2.4', '9.9', 1.2],
    }),
    fc.constantFrom(['policies'], ['policies'], ['policies'], ['a', 'b'], [], 'policies', undefined),
    fc.array(sound, { minLength: 1, maxLength: 1 }),
    fc.constantFrom({}, {}, {}, { resource: ['x'] }, { metadata: { name: 'x' } }),
  )
  .map(([fields, resources, tests, more]) => ({ ...document(tests), ...fields, resources, ...more }));

const document = (tests: readonly unknown[]) => ({
  apiVersion: 'osm-ts/v1',
  kind: 'EgressTest',
  resources: ['policies'],
  tests,
});

describe('the schema of test files', () => {
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  let accepted = 0;
  const agree = async (one: object): Promise<void> => {
    const { valid } = validator.validate(JSON.parse(JSON.stringify(one)));
    if (valid) accepted += 1;
    assert.equal(await isRead(one), valid, JSON.stringify(one));
  };

  it('says yes to the tests that the reader takes, and no to all others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 2 }), (patterns) =>
        agree(document([{ name: 'x', from: 'a/b', 'allows exactly': patterns }])),
      ),
      { numRuns: 400 },
    );
    assert.ok(accepted > 10, `${accepted} were sound`);
    await fc.assert(
      fc.asyncProperty(test, (one) => agree(document([one]))),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        sound,
        test,
        fc.constantFrom('name', 'from', 'target', 'targets', 'expect'),
        (one, other, field) => {
          const value = (other as Record<string, unknown>)[field];
          return agree(document([value === undefined ? one : { ...one, [field]: value }]));
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(accepted > 30, `${accepted} were sound`);
  });

  it('agrees with the reader about what is around them', async () => {
    accepted = 0;
    await fc.assert(fc.asyncProperty(suite, agree), { numRuns: 200 });
    assert.ok(accepted > 10, `${accepted} were sound`);
  });

  it('says yes to the example of docs/policy-tests.md, and so does the reader', async () => {
    const page = readFileSync(join(packageRoot, 'docs', 'policy-tests.md'), 'utf8');
    const [whole, more] = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => load(text!) as object);
    const { tests } = whole as { tests: object[] };
    const example = { ...whole, tests: [...tests, ...(more as object[])] };
    assert.equal(example.tests.length, 4);
    assert.ok(validator.validate(example).valid);
    assert.ok(await isRead(example));
  });

  it('knows every field that the reader knows', async () => {
    const { testFileSchema, expectationSchema, patternSchema } = await import('../../src/lib/input/tests/schema.js');
    const { properties, $defs } = schema as unknown as {
      properties: object;
      $defs: Record<'test' | 'expectation' | 'pattern', { properties: object }>;
    };
    const tests = testFileSchema.fields['tests'] as unknown as { items: { fields: object } };
    for (const [ours, theirs] of [
      [testFileSchema.fields, properties],
      [tests.items.fields, $defs.test.properties],
      [expectationSchema.fields, $defs.expectation.properties],
      [patternSchema.fields, $defs.pattern.properties],
    ] as const) {
      assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort());
    }
  });
});
