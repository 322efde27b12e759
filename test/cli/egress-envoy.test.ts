import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { packageRoot, runWarm } from '../support/run-cli.js';

const envoy = (...words: string[]) => runWarm(['egress', 'envoy', ...words], { cwd: packageRoot });

interface Printed {
  listeners: { filter_chains: { name: string }[] }[];
  routes: { name: string }[];
  clusters: { name: string }[];
}

describe('egress envoy, from files', () => {
  it('prints the three updates as YAML, and the same as JSON', async () => {
    const [yaml, json] = [
      await envoy('--from', 'curl/curl', '-f', 'examples/http'),
      await envoy('--from', 'curl/curl', '-f', 'examples/http', '-o', 'json'),
    ];
    assert.deepEqual([yaml.code, yaml.stderr, json.code, json.stderr], [0, '', 0, '']);
    const document = load(yaml.stdout) as Printed;
    assert.deepEqual(document, JSON.parse(json.stdout));
    assert.deepEqual(
      document.listeners[0]!.filter_chains.map(({ name }) => name),
      ['egress-http.80'],
    );
    assert.deepEqual([document.routes[0]!.name, document.clusters[0]!.name], ['rds-egress.80', 'httpbin.org:80']);
  });

  it('prints with --bootstrap one configuration, whose routes are in the listener', async () => {
    const { stdout, code } = await envoy('--from', 'curl/curl', '-f', 'examples/http', '--bootstrap');
    assert.equal(code, 0);
    const { admin, node, static_resources } = load(stdout) as Record<string, unknown>;
    assert.ok(admin && node);
    assert.match(JSON.stringify(static_resources), /"route_config":\{"name":"rds-egress.80"/);
    assert.doesNotMatch(stdout, /ads:/);
  });

  it('prints what Envoy would refuse, and says so', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-envoy-')), 'policies.yaml');
    const policy = (name: string, port: number, protocol: string, hosts: string) => `
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: ${name}, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: ${hosts}
  ports: [{ number: ${port}, protocol: ${protocol} }]
---`;
    writeFileSync(file, [policy('a', 443, 'https', '[a.com, a.com]'), policy('b', 80, 'http', '[a.com]')].join(''));
    const listener = await envoy('--from', 'curl/curl', '-f', file);
    assert.equal(listener.code, 0);
    assert.match(listener.stderr, /note: egress policies on, .*no MeshConfig is given/);
    assert.match(listener.stderr, /note: Envoy refuses the listener: one filter chain lists the same thing twice/);
    writeFileSync(file, policy('b', 80, 'http', '[a.com, a.com]'));
    const routes = await envoy('--from', 'curl/curl', '-f', file);
    assert.match(routes.stderr, /note: rds-egress.80: Envoy refuses the routes: the domain a.com is there twice/);
    const setting = `
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: { name: u, namespace: curl }
spec: { host: a.com, connectionSettings: { tcp: { connectTimeout: 0s } } }
---`;
    const named = policy('b', 80, 'http', '[a.com]').replace(
      '---',
      '  matches: [{ apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: u }]\n---',
    );
    writeFileSync(file, setting + named);
    const clusters = await envoy('--from', 'curl/curl', '-f', file);
    assert.match(clusters.stderr, /note: Envoy refuses every cluster: the connect timeout of a.com:80 is not above 0/);
    const nothing = await envoy('--from', 'other/other', '-f', file, '-o', 'json');
    assert.deepEqual(JSON.parse(nothing.stdout), { listeners: [], routes: [], clusters: [] });
    assert.match(nothing.stderr, /note: nothing is programmed to listen for/);
  });

  it('needs a source', async () => {
    const { code, stderr } = await envoy('-f', 'examples/http');
    assert.equal(code, 2);
    assert.match(stderr, /who sends the request is missing/);
  });
});
