import assert from 'node:assert/strict';
import { packageRoot } from '../support/run-cli.js';
import { controlPlane } from '../mesh/support/cli.js';
import { integration } from './support/api-server.js';

/** The guide's walkthrough from beginning to end, with osm-ts alone. */
integration('the walkthrough', (server) => {
  let env: Record<string, string>;
  let osm: string;

  before(async () => {
    osm = await server.freshNamespace('walk-osm');
    await server.apply(JSON.stringify(controlPlane('walk', osm)));
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${osm}}
spec:
  featureFlags: {enableEgressPolicy: false}
  traffic: {enableEgress: false, enablePermissiveTrafficPolicyMode: false}
`);
    env = { KUBECONFIG: server.kubeconfigFor('admin'), OSM_NAMESPACE: osm };
  });

  async function osmTs(words: string, expectedCode = 0): Promise<string> {
    const { runCli } = await import('../support/run-cli.js');
    const { stdout, stderr, code } = await runCli(words.split(' '), { env, cwd: packageRoot });
    assert.equal(code, expectedCode, `osm-ts ${words}\n${stdout}${stderr}`);
    return stdout;
  }

  it('leads from a closed mesh over HTTP, routes, HTTPS and TCP back to a closed mesh', async () => {
    const client = await server.freshNamespace('walk');
    await server.apply('{apiVersion: v1, kind: ServiceAccount, metadata: {name: curl}}', client);
    const explain = `egress explain --mesh-name walk --from ${client}/curl`;
    const create = `egress create -n ${client} --mesh-name walk --from ${client}/curl`;

    assert.match(await osmTs('meshconfig enable-egress'), /osm-mesh-config patched/);
    assert.match(await osmTs('meshconfig enable-egress'), /osm-mesh-config unchanged/);
    assert.match(await osmTs(`namespace add ${client} --mesh-name walk`), /successfully added to mesh \[walk\]/);
    assert.match(await osmTs('namespace list walk'), new RegExp(client));

    const closed = await osmTs(`${explain} --url http://httpbin.org/get`, 1);
    assert.match(closed, /connection refused: curl exits with 7/);

    assert.match(await osmTs(`${create} httpbin-80 --host httpbin.org --port 80/http`), /httpbin-80 created/);
    assert.match(await osmTs(`${create} httpbin-80 --host httpbin.org --port 80/http`), /httpbin-80 unchanged/);
    assert.match(await osmTs(`${explain} --url http://httpbin.org/get`), /^ALLOWED/m);
    assert.match(await osmTs(`egress delete httpbin-80 -n ${client} --yes`), /httpbin-80 deleted/);

    await server.apply(`
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: httpbin-routes, namespace: ${client}}
spec: {matches: [{name: get, pathRegex: /get}, {name: status, pathRegex: /status.*}]}
`);
    await osmTs(`${create} httpbin-routed --host httpbin.org --port 80/http --route httpbin-routes`);
    assert.match(await osmTs(`${explain} --url http://httpbin.org/status/200`), /^ALLOWED/m);
    assert.match(await osmTs(`${explain} --url http://httpbin.org/post`, 1), /HTTP 404 from Envoy/);

    assert.match(await osmTs(`${explain} --url https://httpbin.org/`, 1), /curl exits with 35/);
    await osmTs(`${create} httpbin-443 --host httpbin.org --port 443/https`);
    assert.match(await osmTs(`${explain} --url https://httpbin.org/`), /^ALLOWED/m);
    assert.match(await osmTs(`${explain} --url https://example.com/`, 1), /^DENIED/m);

    await osmTs(`${create} database --port 5432/tcp`);
    assert.match(await osmTs(`${explain} --url tcp://db.example.com:5432`), /^ALLOWED/m);
    const list = await osmTs(`egress list -n ${client} --mesh-name walk`);
    for (const name of ['httpbin-routed', 'httpbin-443', 'database'])
      assert.match(list, new RegExp(`${name} .*active`));

    await osmTs(`egress delete httpbin-routed httpbin-443 database -n ${client} --yes`);
    await osmTs(`namespace remove ${client} --mesh-name walk`);
    assert.match(await osmTs('meshconfig disable-egress'), /osm-mesh-config patched/);
    assert.match(await osmTs(`${explain} --url http://httpbin.org/get`), /nothing is intercepted/);
  }).timeout(60_000);
});
