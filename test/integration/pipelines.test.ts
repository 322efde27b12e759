import assert from 'node:assert/strict';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Run } from '../support/run-cli.js';
import { integration } from './support/api-server.js';

/** Shell scripts and pipelines, run by sh as people write them. */
integration('osm-ts in shell scripts', (server) => {
  let namespace: string;
  let env: Record<string, string>;

  /** Stands in for jq where that is not installed; it knows paths of fields only. */
  const JQ = `#!/usr/bin/env node
const path = process.argv.at(-1).split('.').filter(Boolean);
for (const line of require('node:fs').readFileSync(0, 'utf8').trim().split('\\n')) {
  console.log(path.reduce((at, key) => at[key], JSON.parse(line)));
}
`;

  before(async () => {
    namespace = await server.freshNamespace('pipes', { 'openservicemesh.io/monitored-by': 'pipes' });
    const osm = await server.freshNamespace('pipes-osm');
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${osm}}
spec:
  featureFlags: {enableEgressPolicy: true}
  traffic: {enableEgress: false, enablePermissiveTrafficPolicyMode: false}
`);
    env = {
      KUBECONFIG: server.kubeconfigFor('admin'),
      OSM_NAMESPACE: osm,
      NS: namespace,
      SERVER: server.url,
    };
    // as npm installs it: a link on the PATH
    const bin = mkdtempSync(join(tmpdir(), 'osm-ts-bin-'));
    const { executable, runCli, runProgram } = await import('../support/run-cli.js');
    await runCli(['version']);
    symlinkSync(executable, join(bin, 'osm-ts'));
    const { code } = await runProgram('sh', ['-c', 'command -v jq']);
    if (code !== 0) writeFileSync(join(bin, 'jq'), JQ, { mode: 0o755 });
    env['PATH'] = [bin, dirname(process.execPath), process.env['PATH']].join(':');
  });

  async function sh(script: string): Promise<Run> {
    const { packageRoot, runProgram } = await import('../support/run-cli.js');
    return runProgram('sh', ['-euc', script], { env, cwd: packageRoot });
  }

  it('if … then … else follows the exit code', async () => {
    const { stdout } = await sh(`
for url in http://httpbin.org/ https://httpbin.org/; do
  if osm-ts egress explain --url "$url" --from curl/curl -f examples/http >/dev/null; then echo "yes $url"; else echo "no $? $url"; fi
done`);
    assert.equal(stdout, 'yes http://httpbin.org/\nno 1 https://httpbin.org/\n');
  });

  it('-o json | jq', async () => {
    const { stdout } = await sh(`
osm-ts egress explain --url https://httpbin.org/ --from curl/curl -f examples/http -o json | jq -r .outcome.class || true
printf 'http://httpbin.org/\\nhttp://example.com/\\n' | osm-ts egress explain --targets - --from curl/curl -f examples/http -o json | jq -r .verdict`);
    assert.equal(stdout, 'closed\nallowed\ndenied\n');
  });

  it('xargs, one target at a time, keeps the loop’s input', async () => {
    const { stdout } = await sh(`
printf 'http://httpbin.org/a\\nhttp://httpbin.org/b\\n' | xargs -n 1 osm-ts egress explain --from curl/curl -f examples/http --url | grep -c ALLOWED
printf 'one\\ntwo\\n' | while read -r line; do osm-ts egress explain --url http://httpbin.org/ --from curl/curl -f examples/http >/dev/null; echo "$line"; done`);
    assert.equal(stdout, '2\none\ntwo\n');
  });

  it('create --dry-run=client -o yaml reaches the API server through a pipe', async () => {
    await server.apply('{apiVersion: v1, kind: ServiceAccount, metadata: {name: curl}}', namespace);
    const { stdout, stderr, code } = await sh(`
osm-ts egress create piped -n "$NS" --from "$NS/curl" --host httpbin.org --port 80/http --dry-run=client -o yaml |
  curl -fsSk -X PATCH -H 'Authorization: Bearer admin' -H 'Content-Type: application/apply-patch+yaml' --data-binary @- \
    "$SERVER/apis/policy.openservicemesh.io/v1alpha1/namespaces/$NS/egresses/piped?fieldManager=pipe" >/dev/null
if command -v kubectl >/dev/null; then
  osm-ts egress create applied -n "$NS" --from "$NS/curl" --host example.com --port 443/https --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  kubectl delete egress applied -n "$NS" >/dev/null
fi
osm-ts egress explain --mesh-name pipes --url http://httpbin.org/ --from "$NS/curl" -o json | jq -r .verdict`);
    assert.equal(stderr, '');
    assert.equal(stdout, 'allowed\n');
    assert.equal(code, 0);
    const admin = await server.connect('admin');
    const piped = await admin.get({ kind: kinds.Egress, name: 'piped', namespace });
    assert.deepEqual(piped.spec, {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace }],
      hosts: ['httpbin.org'],
      ports: [{ number: 80, protocol: 'http' }],
    });
  });

  it('-o name feeds another command', async () => {
    const { stdout } = await sh(`
osm-ts egress create named -n "$NS" --mesh-name pipes --from "$NS/curl" --host example.com --port 443/https -o name
osm-ts egress list -n "$NS" --mesh-name pipes -o name | grep /named | sed 's#.*/##' | xargs osm-ts egress delete --yes -n "$NS" --mesh-name pipes`);
    assert.match(stdout, /^egress\.policy\.openservicemesh\.io\/named\n/);
    assert.match(stdout, /egress\.policy\.openservicemesh\.io\/named deleted\n$/);
  });
});
