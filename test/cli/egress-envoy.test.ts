import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
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
    const limited = setting.replace('connectTimeout: 0s', 'connectTimeout: 1m0.25s, maxConnections: 5');
    writeFileSync(file, limited + named);
    const { clusters: kept } = JSON.parse((await envoy('--from', 'curl/curl', '-f', file, '-o', 'json')).stdout) as {
      clusters: { connect_timeout: string; circuit_breakers: { thresholds: { max_connections: number }[] } }[];
    };
    assert.deepEqual(
      kept.map((one) => [one.connect_timeout, one.circuit_breakers.thresholds[0]!.max_connections]),
      [['60.250s', 5]],
    );
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

describe('egress envoy --diff', () => {
  const dump = 'examples/proxy/config_dump';
  const both = ['-f', 'examples/http', '-f', 'examples/https'];
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/egress-proxy-comparison.json'), 'utf8')) as Schema;
  interface Comparison {
    same: boolean;
    differences: { part: string; sort: string; message: string; policies: object[]; proxy: { line: number }[] }[];
  }

  it('says that a proxy holds what the policies say', async () => {
    const { code, stdout } = await envoy('--diff', dump, ...both);
    assert.equal(code, 0);
    assert.match(stdout, /^proxy +curl\/curl, Envoy 1\.36\.4, listener version 1 of 2026-.*\nSAME /);
  });

  it('names what differs, where the policies and where the dump say it', async () => {
    const text = await envoy('--diff', dump, '-f', 'examples/http-routes');
    assert.equal(text.code, 1);
    const lines = text.stdout.replaceAll(/\n +/g, ' ');
    assert.match(lines, /DIFFERENT +3 differences/);
    assert.match(lines, /listener +extra: port 443, SNI httpbin\.org, to cluster 443 Listener .*config_dump:\d+\)/);
    assert.match(
      lines,
      /routes +different: rds-egress\.80: host httpbin\.org: route 1 is any method \.\* to httpbin\.org:80, and should be any method \/get to httpbin\.org:80 HTTPRouteGroup curl\/\S+ \(examples\/http-routes\/\S+:\d+\)/,
    );
    const { code, stdout } = await envoy('--diff', dump, '-f', 'examples/http-routes', '-o', 'json');
    assert.equal(code, 1);
    const document = JSON.parse(stdout) as Comparison;
    assert.deepEqual(new Validator(schema, '2020-12').validate(document).errors, []);
    assert.deepEqual(
      document.differences.map(({ part, sort, policies, proxy }) => [part, sort, policies.length, proxy.length]),
      [
        ['listener', 'extra', 0, 1],
        ['routes', 'different', 1, 1],
        ['clusters', 'extra', 0, 0],
      ],
    );
  });

  it('names an update that the proxy refused, and what it does not understand', async () => {
    const text = readFileSync(join(packageRoot, dump), 'utf8');
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-envoy-')), 'dump.json');
    const refused = `"error_state": { "version_info": "7", "last_update_attempt": "2026-11-26T11:00:00Z", "details": "filter chains with the same matching rules" },\n "active_state"`;
    writeFileSync(
      file,
      text.replace('"active_state"', refused).replace('"server_names"', '"source_ports": [1], "server_names"'),
    );
    const { code, stdout } = await envoy('--diff', file, ...both);
    assert.equal(code, 1);
    const lines = stdout.replaceAll(/\n +/g, ' ');
    assert.match(
      lines,
      /listener +refused: an update of outbound-listener \(version 7, 2026-11-26T11:00:00Z\): filter chains with the same matching rules/,
    );
    assert.match(lines, /proxy +not understood: the field source_ports of a filter chain’s match/);
  });

  it('knows proxies that older versions of OSM have programmed', async () => {
    const compare = async (name: string, ...more: string[]) => {
      const dump = `test/fixtures/config-dump/${name}.json`;
      const { code, stdout } = await envoy('--diff', dump, '-f', old, '-o', 'json', ...more);
      const { differences } = JSON.parse(stdout) as Comparison;
      return { code, told: differences.map(({ part, sort, message }) => `${part} ${sort} ${message}`) };
    };
    const old = 'test/fixtures/config-dump/policies.yaml';
    const upgrades = /^proxy other version HTTP chains let no connection be upgraded .*before 1\.2/;
    // OSM's main branch of May 2022, before 1.2: all else is as 1.2.4 would program it
    const egress = await compare('curl_egress');
    assert.deepEqual([egress.code, egress.told.length], [1, 1], egress.told.join('\n'));
    assert.match(egress.told[0]!, upgrades);
    assert.deepEqual(await compare('curl_egress', '--osm-version', '1.1'), { code: 0, told: [] });
    // what 1.2.4 programmed
    const newer = ['--diff', 'examples/proxy/config_dump', ...both, '--osm-version', '1.1', '-o', 'json'];
    const { differences } = JSON.parse((await envoy(...newer)).stdout) as Comparison;
    assert.deepEqual(
      differences.map(({ sort, message }) => [sort, /be upgraded to WebSockets, .* since 1\.2/.test(message)]),
      [['other version', true]],
    );
    // of July and August 2021, before 1.0
    for (const name of ['bookbuyer', 'bookstore']) {
      const { code, told } = await compare(name);
      assert.deepEqual([code, told.length], [1, 2], told.join('\n'));
      assert.match(told[0]!, /^proxy other version the routes rds-outbound .*before 1\.0.*services .* not compared$/);
      assert.match(told[1]!, upgrades);
    }
    const stale = await compare('curl_permissive');
    assert.match(
      stale.told.join('\n'),
      /^listener missing port 80, .*\n(.*\n)*listener extra port 14001, 10\.96\.15\.1/m,
    );
    const websocket = ['--config-dump', 'test/fixtures/config-dump/curl_egress.json', 'ws://httpbin.org/'];
    const answer = await runWarm(['egress', 'explain', ...websocket], { cwd: packageRoot });
    assert.deepEqual([answer.code, /HTTP 403 from Envoy/.test(answer.stdout)], [1, true], answer.stdout);
  });

  it('refuses a damaged dump, and -o text without --diff', async () => {
    const damaged = await envoy('--diff', 'examples/http/egress.yaml', ...both);
    assert.deepEqual([damaged.code, /egress\.yaml:2:1: there is no list of configs/.test(damaged.stderr)], [2, true]);
    const text = await envoy('--from', 'curl/curl', '-f', 'examples/http', '-o', 'text');
    assert.deepEqual([text.code, /-o text is for --diff/.test(text.stderr)], [2, true]);
  });
});
