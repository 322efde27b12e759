import assert from 'node:assert/strict';

import { kinds } from '../../src/lib/resources/kinds.js';
import { specRule } from '../../src/lib/mesh/meshconfig/schema.js';
import type { Rule } from '../../src/lib/mesh/meshconfig/schema.js';
import { changeMeshConfig } from '../../src/lib/mesh/meshconfig/service.js';
import { turn } from '../../src/lib/mesh/meshconfig/switches.js';
import type { MeshConfig } from '../../src/lib/resources/types.js';
import { cliFor } from '../mesh/support/cli.js';
import { PATCHED, UNCHANGED, meshSuite } from '../mesh/support/meshconfig.js';

meshSuite('meshconfig: other writers, rights, and what is missing', (suite, server) => {
  const { mesh } = suite;

  describe('beside other writers', () => {
    it('leaves their fields alone', async () => {
      const { namespace, now } = await mesh();
      const ref = { name: 'osm-mesh-config', namespace };
      const options = { dryRun: 'none' } as const;
      const outcomes = await Promise.all([
        changeMeshConfig(suite.admin, ref, [turn('egress-policy', true)], options),
        changeMeshConfig(suite.admin, ref, [turn('mesh-wide-egress', false)], options),
        changeMeshConfig(suite.admin, ref, [turn('permissive', false)], options),
        changeMeshConfig(suite.admin, ref, [{ path: ['sidecar', 'logLevel'], value: 'info' }], options),
      ]);
      assert.ok(outcomes.every(({ result }) => result === 'patched'));
      const { spec } = (await now()) as unknown as MeshConfig;
      assert.equal(spec?.featureFlags?.enableEgressPolicy, true);
      assert.equal(spec.traffic?.enableEgress, false);
      assert.equal(spec.traffic.enablePermissiveTrafficPolicyMode, false);
      assert.equal((spec as { sidecar?: { logLevel?: string } }).sidecar?.logLevel, 'info');
    });

    it('tries again after a conflict, and not after a refusal', async () => {
      const { cli, now } = await mesh('admin', suite.proxy.url);
      const body = {
        kind: 'Status',
        status: 'Failure',
        reason: 'Conflict',
        code: 409,
        message: 'the object has been modified',
      };
      const isPatch = ({ method }: { method: string }): boolean => method === 'PATCH';
      suite.proxy.plan({ fault: { status: 409, body }, when: isPatch });
      assert.equal((await cli('enable-egress')).stdout, PATCHED);
      const before = await now();

      const denied = { ...body, reason: 'Invalid', code: 422, message: 'spec: refused by a webhook' };
      suite.proxy.plan({ fault: { status: 422, body: denied }, when: isPatch });
      const run = await cli('disable-egress');
      assert.deepEqual([run.code, run.stdout], [3, '']);
      assert.match(run.stderr, /^error: spec: refused by a webhook\n/);
      assert.deepEqual(await now(), before);
    });

    it('does not report what the server did not answer', async () => {
      const { cli } = await mesh('admin', suite.proxy.url);
      for (const drop of ['request', 'answer'] as const) {
        suite.proxy.plan({ fault: { drop }, when: ({ method }) => method === 'PATCH' });
        assert.equal((await cli('enable-permissive')).stdout, UNCHANGED);
        const patch = await cli('disable-permissive');
        assert.deepEqual([patch.code, patch.stdout], [3, '']);
        assert.match(patch.stderr, /^error: the API server/);
      }
    });
  });

  describe('without rights', () => {
    const all: string[][] = [
      ['get'],
      ['enable-egress'],
      ['disable-egress', '--mesh-wide'],
      ['enable-permissive'],
      ['disable-permissive'],
      ['set', 'sidecar.logLevel=info'],
    ];

    it('is refused', async () => {
      const { cli, now } = await mesh('nobody');
      const before = await now();
      for (const args of all) {
        const run = await cli(...args);
        assert.deepEqual([run.code, run.stdout], [3, '']);
        assert.match(
          run.stderr,
          /^error: meshconfigs.config.openservicemesh.io "osm-mesh-config" is forbidden: User "nobody"/,
        );
        assert.match(run.stderr, /hint: ask an administrator/);
      }
      assert.deepEqual(await now(), before);
    });

    it('to write, shows and dry-runs, and is refused the rest', async () => {
      const { namespace } = await mesh();
      const rules = [{ apiGroups: ['config.openservicemesh.io'], resources: ['meshconfigs'], verbs: ['get'] }];
      const user = await server.createUser('reader', { namespaces: { [namespace]: rules } });
      const cli = cliFor(server, user);
      const place = ['--osm-namespace', namespace];
      assert.equal((await cli('meshconfig', 'get', '-o', 'name', ...place)).code, 0);
      assert.equal((await cli('meshconfig', 'enable-egress', '--dry-run=client', ...place)).code, 0);
      assert.equal((await cli('meshconfig', 'enable-permissive', ...place)).stdout, UNCHANGED);
      for (const dryRun of ['none', 'server']) {
        const run = await cli('meshconfig', 'enable-egress', '--dry-run', dryRun, ...place);
        assert.deepEqual([run.code, run.stdout], [3, '']);
        assert.match(run.stderr, /cannot patch resource "meshconfigs"/);
      }
      // A missing name is told without the list that this user may not read.
      const missing = await cli('meshconfig', 'get', '--name', 'x', ...place);
      assert.equal(
        missing.stderr,
        `error: MeshConfig ${namespace}/x not found\n` +
          '  hint: name the namespace of the control plane with --osm-namespace, and the object with --name\n',
      );
    });
  });

  describe('that is not there', () => {
    it('is told with where there is one', async () => {
      const { namespace } = await mesh();
      const run = await cliFor(server)('meshconfig', 'enable-egress', '--osm-namespace', 'osm-nowhere');
      assert.deepEqual([run.code, run.stdout], [3, '']);
      assert.match(run.stderr, /^error: MeshConfig osm-nowhere\/osm-mesh-config not found\n/);
      assert.match(run.stderr, / {2}hint: there is MeshConfig \S+\/osm-mesh-config: use -n \S+\n/);
      const name = await cliFor(server)('meshconfig', 'get', '--osm-namespace', namespace, '--name', 'mesh-config');
      assert.match(
        name.stderr,
        new RegExp(`there is MeshConfig ${namespace}/osm-mesh-config: use --name osm-mesh-config\n`),
      );
      assert.equal(name.code, 3);
    });

    it('anywhere, or whose CRD is missing', async () => {
      const none = {
        kind: 'MeshConfigList',
        apiVersion: 'config.openservicemesh.io/v1alpha2',
        metadata: {},
        items: [],
      };
      const cli = cliFor(server, 'admin', suite.proxy.url);
      suite.proxy.plan({ fault: { status: 200, body: none }, when: ({ path }) => path.includes('/meshconfigs?') });
      const nowhere = await cli('meshconfig', 'get', '--osm-namespace', 'osm-nowhere');
      assert.match(nowhere.stderr, /hint: there is no MeshConfig in this cluster: install OSM/);
      const elsewhere = (path: string): string =>
        path.replace('config.openservicemesh.io', 'config.not-installed.example');
      suite.proxy.plan({ fault: { rewrite: elsewhere }, times: 100 });
      for (const args of [['get'], ['enable-egress'], ['set', 'sidecar.logLevel=info']]) {
        const run = await cli('meshconfig', ...args);
        assert.deepEqual([run.code, run.stdout], [3, '']);
        assert.match(
          run.stderr,
          /^error: the cluster does not know the kind MeshConfig .*: the CRD meshconfigs.config.openservicemesh.io is not installed\n {2}hint: install OSM/,
        );
      }
    });
  });

  it('checks by the rules of the CRD that the cluster has', async () => {
    const crd = (await suite.admin.get({
      kind: kinds.CustomResourceDefinition,
      name: 'meshconfigs.config.openservicemesh.io',
    })) as unknown as {
      spec: { versions: { name: string; schema: { openAPIV3Schema: { properties: { spec: CrdSchema } } } }[] };
    };
    const version = crd.spec.versions.find(({ name }) => name === 'v1alpha2');
    assert.ok(version);
    compare(specRule, version.schema.openAPIV3Schema.properties.spec, 'spec');
  });
});

interface CrdSchema {
  type: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  required?: string[];
  properties?: Record<string, CrdSchema>;
  items?: CrdSchema;
  additionalProperties?: unknown;
}

function compare(rule: Rule, schema: CrdSchema, path: string): void {
  const type = {
    boolean: 'boolean',
    integer: 'integer',
    string: 'string',
    list: 'array',
    object: 'object',
    map: 'object',
  };
  assert.equal(schema.type, type[rule.type], path);
  switch (rule.type) {
    case 'boolean':
      return;
    case 'integer':
      return assert.deepEqual([rule.minimum, rule.maximum], [schema.minimum, schema.maximum], path);
    case 'string':
      return assert.deepEqual(rule.choices, schema.enum, path);
    case 'list':
      assert.equal(rule.minItems, schema.minItems, path);
      return compare(rule.items, schema.items!, `${path}[]`);
    case 'map':
      return assert.equal(
        schema.additionalProperties ??
          (schema as unknown as Record<string, unknown>)['x-kubernetes-preserve-unknown-fields'],
        true,
        path,
      );
    case 'object':
      assert.deepEqual(Object.keys(rule.fields).sort(), Object.keys(schema.properties ?? {}).sort(), path);
      assert.deepEqual([...(rule.required ?? [])].sort(), [...(schema.required ?? [])].sort(), path);
      for (const [name, field] of Object.entries(rule.fields))
        compare(field, schema.properties![name]!, `${path}.${name}`);
  }
}
