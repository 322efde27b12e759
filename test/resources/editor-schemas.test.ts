import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';

import { editorSchemas } from '../../scripts/editor-schemas.js';
import { packageRoot } from '../../scripts/build/package.js';
import { parseManifests } from '../../src/lib/resources/index.js';

interface Manifest {
  kind: string;
  spec?: Record<string, unknown>;
}

const folder = join(packageRoot, 'schemas', 'manifests');
const read = (name: string): Schema => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schema;
const validators = new Map(
  readdirSync(folder).map((name) => [name.replace('.json', ''), new Validator(read(name), '7')] as const),
);
const fits = (name: string, object: unknown): boolean => validators.get(name)!.validate(object).valid;

/** What both the schema of the kind and that of all kinds say. */
function isAccepted(object: Manifest): boolean {
  const [own, all] = [fits(object.kind.toLowerCase(), object), fits('all', object)];
  assert.equal(own, all, JSON.stringify(object));
  return own;
}

/** How many faults the reader tells. */
function faultsOf(object: Manifest): number {
  try {
    return parseManifests(JSON.stringify(object), 'f').warnings.length;
  } catch {
    return 1;
  }
}

describe('schemas for editors', () => {
  const policy = {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'a', namespace: 'b' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'c', namespace: 'd' }],
      hosts: ['example.com'],
      ipAddresses: ['10.0.0.0/8'],
      ports: [{ number: 80, protocol: 'http' }],
    },
  };

  it('are what the tables of the reader say', () => {
    const made = editorSchemas();
    assert.deepEqual([...made.keys()].sort(), readdirSync(folder).sort());
    for (const [name, text] of made) assert.equal(readFileSync(join(folder, name), 'utf8'), text, name);
  });

  it('accept every recorded resource', () => {
    const seen = new Map<string, number>();
    for (const file of ['named.jsonl', 'generated.jsonl']) {
      const lines = readFileSync(join(packageRoot, 'test', 'conformance', file), 'utf8')
        .trimEnd()
        .split('\n');
      for (const line of lines) {
        for (const object of (JSON.parse(line) as { resources: Manifest[] }).resources) {
          if (!validators.has(object.kind.toLowerCase())) continue;
          seen.set(object.kind, (seen.get(object.kind) ?? 0) + 1);
          assert.ok(isAccepted(object), JSON.stringify(object));
        }
      }
    }
    for (const kind of ['Egress', 'HTTPRouteGroup', 'UpstreamTrafficSetting', 'MeshConfig']) {
      assert.ok((seen.get(kind) ?? 0) > 0, `no ${kind} is recorded`);
    }
  });

  const faults: [string, object][] = [
    ['a field that is not there', { ports: undefined }],
    ['a misspelt field', { host: ['example.com'] }],
    ['a list that is none', { hosts: 'example.com' }],
    ['a number in quotes', { ports: [{ number: '80', protocol: 'http' }] }],
    ['a port beyond the last', { ports: [{ number: 65536, protocol: 'http' }] }],
    ['another kind of source', { sources: [{ kind: 'User', name: 'c', namespace: 'd' }] }],
    ['an address that is no range', { ipAddresses: ['10.0.0.1'] }],
  ];
  for (const [name, change] of faults) {
    it(`refuse ${name}, as the reader does`, () => {
      const spoiled = JSON.parse(JSON.stringify({ ...policy, spec: { ...policy.spec, ...change } })) as Manifest;
      assert.equal(isAccepted(spoiled), false);
      assert.equal(faultsOf(spoiled), 1);
    });
  }

  it('know both versions of MeshConfig, and no other', () => {
    const config = (version: string, traffic: object): Manifest => ({
      ...{ apiVersion: `config.openservicemesh.io/${version}`, kind: 'MeshConfig', metadata: { name: 'a' } },
      spec: { traffic },
    });
    assert.ok(isAccepted(policy));
    assert.ok(isAccepted(config('v1alpha1', { enableEgress: true })));
    assert.ok(isAccepted(config('v1alpha2', { outboundIPRangeInclusionList: ['10.0.0.0/8'] })));
    assert.ok(!isAccepted(config('v1alpha1', { outboundIPRangeInclusionList: ['10.0.0.0/8'] })));
    assert.ok(!isAccepted(config('v1', {})));
  });

  it('leave other kinds alone', () => {
    assert.ok(fits('all', { apiVersion: 'v1', kind: 'ConfigMap', data: {} }));
    assert.ok(fits('all', { apiVersion: 'example.org/v1', kind: 'Egress' }));
  });
});
