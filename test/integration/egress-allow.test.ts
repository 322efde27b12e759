import assert from 'node:assert/strict';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { cliFor, whole, type Cli } from '../mesh/support/cli.js';
import { integration } from './support/api-server.js';

integration('egress allow in a cluster', (server) => {
  let admin: Cluster;
  let cli: Cli;
  let osm: string;
  const mesh = 'allow-mesh';

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    osm = await server.freshNamespace('allow-osm');
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${osm}}
spec:
  featureFlags: {enableEgressPolicy: true}
  traffic: {enableEgress: false, enablePermissiveTrafficPolicyMode: false}
`);
  });

  async function client(): Promise<string> {
    const name = await server.freshNamespace('allow', { 'openservicemesh.io/monitored-by': mesh });
    await server.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: curl, namespace: ${name}}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: web, namespace: ${name}, annotations: {note: kept}}
spec:
  sources: [{kind: ServiceAccount, name: curl, namespace: ${name}}]
  hosts: [httpbin.org]
  ports: [{number: 443, protocol: https}]
`);
    return name;
  }

  const flags = (namespace: string) => ['--from', `${namespace}/curl`, '--osm-namespace', osm, '--mesh-name', mesh];
  const allow = (namespace: string, ...words: string[]) => cli('egress', 'allow', ...flags(namespace), ...words);
  const policy = (namespace: string, name = 'web') => whole(admin, kinds.Egress, name, namespace);

  it('extends the policy, once, and leaves the rest of the object alone', async () => {
    const namespace = await client();
    const before = await policy(namespace);
    const first = await allow(namespace, 'https://example.com/', '--yes');
    assert.match(first.stdout, /egress\.policy\.openservicemesh\.io\/web configured\n$/);
    assert.equal(first.code, 0);
    const after = await policy(namespace);
    const { spec, ...rest } = before as { spec: { hosts: string[] } };
    assert.deepEqual(after, { ...rest, spec: { ...spec, hosts: ['httpbin.org', 'example.com'] } });
    const again = await allow(namespace, 'https://example.com/', '--yes');
    assert.match(again.stdout, /nothing: the request is allowed/);
    assert.deepEqual(await policy(namespace), after);
    const explained = await cli('egress', 'explain', ...flags(namespace), '--url', 'https://example.com/');
    assert.match(explained.stdout, /^ALLOWED/m);
  });

  it('creates a policy where none can be extended', async () => {
    const namespace = await client();
    const { stdout, code } = await allow(namespace, 'http://example.com/', '--yes', '--name', 'plain');
    assert.match(stdout, /egress\.policy\.openservicemesh\.io\/plain created/);
    assert.equal(code, 0);
    assert.deepEqual((await policy(namespace, 'plain'))['spec'], {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace }],
      hosts: ['example.com'],
      ports: [{ number: 80, protocol: 'http' }],
    });
  });

  for (const dryRun of ['client', 'server']) {
    it(`--dry-run=${dryRun} changes nothing`, async () => {
      const namespace = await client();
      const before = await policy(namespace);
      const { stdout, code } = await allow(namespace, 'https://example.com/', `--dry-run=${dryRun}`);
      assert.match(stdout, /\+ {2}- example\.com|example\.com/);
      assert.equal(code, 0);
      assert.deepEqual(await policy(namespace), before);
    });
  }

  it('without a terminal it wants --yes, and changes nothing', async () => {
    const namespace = await client();
    const before = await policy(namespace);
    const { stderr, code } = await allow(namespace, 'https://example.com/');
    assert.match(stderr, /--yes/);
    assert.equal(code, 2);
    assert.deepEqual(await policy(namespace), before);
  });

  it('a user who may read and not write is told so, and nothing changes', async () => {
    const namespace = await client();
    const read = (resources: string[], apiGroups: string[]) => ({ apiGroups, resources, verbs: ['get', 'list'] });
    const user = await server.createUser('allow-reader', {
      cluster: [
        read(['egresses', 'upstreamtrafficsettings'], ['policy.openservicemesh.io']),
        read(['httproutegroups'], ['specs.smi-spec.io']),
        read(['meshconfigs'], ['config.openservicemesh.io']),
        read(['namespaces', 'services', 'pods', 'endpoints'], ['']),
        read(['traffictargets'], ['access.smi-spec.io']),
      ],
    });
    const before = await policy(namespace);
    const run = await cliFor(server, user)('egress', 'allow', ...flags(namespace), 'https://example.com/', '--yes');
    assert.equal(run.code, 3);
    assert.match(run.stderr, /forbidden|cannot patch/i);
    assert.deepEqual(await policy(namespace), before);
  });

  it('a user who may read nothing learns that it cannot be known', async () => {
    const namespace = await client();
    const run = await cliFor(server, 'nobody')('egress', 'allow', ...flags(namespace), 'https://example.com/', '--yes');
    assert.equal(run.code, 4);
  });

  it('switches the feature flag on where that is what is missing', async () => {
    const namespace = await client();
    const own = await server.freshNamespace('allow-osm');
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${own}}
spec: {traffic: {enableEgress: false, enablePermissiveTrafficPolicyMode: false}}
`);
    const words = ['--from', `${namespace}/curl`, '--osm-namespace', own, '--mesh-name', mesh];
    const { stdout, code } = await cli('egress', 'allow', ...words, 'https://httpbin.org/', '--yes');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /meshconfig\.config\.openservicemesh\.io\/osm-mesh-config configured/);
    const config = await whole(admin, kinds.MeshConfig, 'osm-mesh-config', own);
    assert.equal(
      (config['spec'] as { featureFlags: { enableEgressPolicy: boolean } }).featureFlags.enableEgressPolicy,
      true,
    );
  });

  it('leaves an address out of interception in the MeshConfig, where no policy can serve', async () => {
    const own = await server.freshNamespace('allow-excl');
    const inMesh = { 'openservicemesh.io/monitored-by': own };
    const home = await server.freshNamespace('allow-excl', inMesh);
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${own}}
spec:
  featureFlags: {enableEgressPolicy: true}
  traffic: {enablePermissiveTrafficPolicyMode: true, outboundIPRangeExclusionList: [192.0.2.0/24]}
`);
    await server.apply(`{apiVersion: v1, kind: ServiceAccount, metadata: {name: curl, namespace: ${home}}}`);
    await server.apply(`
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${home}}
spec: {ports: [{name: http, port: 80}]}
`);
    await server.apply(`
apiVersion: v1
kind: Endpoints
metadata: {name: web, namespace: ${home}}
subsets: [{addresses: [{ip: 198.51.100.7, targetRef: {kind: Node, name: n}}], ports: [{name: http, port: 80}]}]
`);
    const run = (...words: string[]) =>
      cli(
        'egress',
        'allow',
        `http://web.${home}/`,
        '--from',
        `${home}/curl`,
        '--osm-namespace',
        own,
        '--mesh-name',
        own,
        ...words,
      );
    assert.equal((await run('--yes')).code, 1);
    const { code, stdout } = await run('--allow-exclusion', '--yes');
    assert.match(stdout, /every pod of the mesh/);
    assert.match(stdout, /meshconfig\.config\.openservicemesh\.io\/osm-mesh-config configured\n$/);
    assert.equal(code, 0);
    const { spec } = (await whole(admin, kinds.MeshConfig, 'osm-mesh-config', own)) as {
      spec: { traffic: { outboundIPRangeExclusionList: string[] } };
    };
    const [first, added, ...more] = spec.traffic.outboundIPRangeExclusionList;
    assert.deepEqual([first, more], ['192.0.2.0/24', []]);
    assert.match(added!, /^[\d.]+\/32$/);
    assert.match((await run('--allow-exclusion', '--yes')).stdout, /nothing: the request is allowed/);
  });
});
