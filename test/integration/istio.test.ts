import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { istioKinds, kinds, qualifiedPlural } from '../../src/lib/resources/kinds.js';
import { cliFor, type Cli } from '../mesh/support/cli.js';
import { integration } from './support/api-server.js';
import { wipe } from './support/wipe.js';

/** A CRD of Istio's, as far as the API server has to know it; what its webhook says is modelled, and not here. */
function crdOf(kind: (typeof istioKinds)[keyof typeof istioKinds]): string {
  const { group, version, plural, singular } = kind;
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${qualifiedPlural(kind)}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: ${kind.kind}, plural: ${plural}, singular: ${singular}}
  versions:
    - name: ${version}
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
}

interface Grid {
  destinations: string[];
  rows: { source: { namespace: string; serviceAccount: string } }[];
}

integration('Istio’s resources of a cluster', (server) => {
  const mesh = 'istio-mesh';
  let osm: string;
  let client: string;
  let cli: Cli;

  before(async function () {
    this.timeout(60_000);
    // A migration is of all policies in the cluster.
    await wipe(server, await server.connect('admin'));
    osm = await server.freshNamespace('istio-osm');
    client = await server.freshNamespace('istio', {
      'istio-injection': 'enabled',
      'openservicemesh.io/monitored-by': mesh,
    });
    cli = cliFor(server);
    await server.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: curl, namespace: ${client}}
`);
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${osm}}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: false}}
`);
    await server.apply(`
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: web, namespace: ${client}}
spec:
  sources: [{kind: ServiceAccount, name: curl, namespace: ${client}}]
  hosts: [httpbin.org]
  ports: [{number: 80, protocol: http}]
`);
  });

  after(async () => {
    const admin = await server.connect('admin');
    // Other suites look at all CRDs.
    for (const kind of Object.values(istioKinds)) {
      const ref = { kind: kinds.CustomResourceDefinition, name: qualifiedPlural(kind) };
      if (await admin.find(ref)) await admin.delete(ref);
      while (await admin.find(ref)) await sleep(50);
    }
  });

  it('are missed with a word where Istio is not installed', async () => {
    const { code, stderr } = await cli(
      'egress',
      'explain',
      '--mesh',
      'istio',
      'http://httpbin.org/',
      '--from',
      `${client}/curl`,
    );
    assert.equal(code, 3);
    assert.match(stderr, /ServiceEntry .*is not installed/);
  });

  it('decide, with the mesh configuration; and what a migration writes is taken', async () => {
    for (const kind of Object.values(istioKinds)) await server.apply(crdOf(kind));
    await server.apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n');
    await server.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}
`);
    const entry = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: httpbin, namespace: ${client}}
spec: {hosts: [httpbin.org], resolution: DNS, exportTo: ["."], ports: [{number: 80, name: http, protocol: HTTP}]}
`;
    await applyOnceThere(() => server.apply(entry));
    const explain = (target: string) => cli('egress', 'explain', '--mesh', 'istio', target, '--from', `${client}/curl`);
    const allowed = await explain('http://httpbin.org/');
    assert.equal(allowed.code, 0, allowed.stdout + allowed.stderr);
    assert.equal((await explain('http://example.com/')).code, 1);

    const names = ['--mesh-name', mesh, '--osm-namespace', osm];
    const moved = await cli('egress', 'migrate', '--to', 'istio', ...names, '--dry-run', '-n', client);
    assert.equal(moved.code, 0, moved.stderr);
    assert.match(moved.stderr, /takes all \d+ resources; nothing was changed/);
    assert.match(moved.stdout, /kind: VirtualService/);

    const grid = await cli('egress', 'matrix', '--mesh', 'istio', '-o', 'json');
    assert.equal(grid.code, 0, grid.stderr);
    const { rows, destinations } = JSON.parse(grid.stdout) as Grid;
    const row = rows.find(({ source }) => source.namespace === client && source.serviceAccount === 'curl');
    assert.ok(row && destinations.includes('httpbin.org:80/http'), grid.stdout);

    await server.apply(`
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: till, namespace: ${client}}
spec:
  sources: [{kind: ServiceAccount, name: till, namespace: ${client}}]
  hosts: [example.com]
  ports: [{number: 443, protocol: https}]
`);
    const gateway = ['--identity', 'gateway', '--gateway', `${osm}/egress`];
    const apart = await cli('egress', 'migrate', '--to', 'istio', ...names, ...gateway, '--dry-run', '-n', client);
    assert.equal(apart.code, 0, apart.stderr);
    for (const kind of ['AuthorizationPolicy', 'DestinationRule', 'Gateway'])
      assert.match(apart.stdout, new RegExp(`kind: ${kind}$`, 'm'));
    assert.match(apart.stderr, /takes all \d+ resources; nothing was changed/);
  });
});

/** A kind is served some time after its CRD was stored. */
async function applyOnceThere(apply: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await apply();
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
