import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot, runCli, runOnTerminal, type Run } from '../support/run-cli.js';
import { startSmallApiServer, type RecordedAnswer, type SmallApiServer } from '../support/small-api-server.js';

/** Clears the screen, sets the title, hides, breaks the line, turns the direction of writing, C1, a tag, no width. */
const HOSTILE =
  'x\u001B[2J\u001B]0;t\u0007\u001B[31m\u0008\r\nerror: gone\u202Eevil\u2066\u009B1m\u007F\u200B\u{E0041}y';

const UNSEEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|[\u{E0000}-\u{E007F}]/u;
const YAML = JSON.stringify(HOSTILE);

const policies = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: a, namespace: curl }
spec:
  sources:
    - { kind: ServiceAccount, name: curl, namespace: curl }
    - { kind: ServiceAccount, name: ${YAML}, namespace: ${YAML} }
  hosts: [${YAML}, httpbin.org]
  ports: [{ number: 80, protocol: http }, { number: 81, protocol: ${YAML} }, { number: 443, protocol: https }]
  matches: [{ apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g }]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: g, namespace: curl }
spec:
  matches:
    - { name: ${YAML}, pathRegex: ${YAML}, methods: [GET], headers: [{ x-a: ${YAML} }] }
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: b, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: [${YAML}]
  ports: [{ number: 80, protocol: http }]
  matches: [{ apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: ${YAML} }]
`;

/** A mesh in which every text is hostile. */
const objects = `
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: { name: osm-mesh-config, namespace: osm-system, resourceVersion: '1' }
spec:
  sidecar: { logLevel: ${YAML} }
  observability: { osmLogLevel: ${YAML} }
  certificate: { serviceCertValidityDuration: ${YAML} }
  traffic: { enablePermissiveTrafficPolicyMode: false }
  featureFlags: { enableEgressPolicy: true }
---
apiVersion: v1
kind: Namespace
metadata:
  name: curl
  resourceVersion: '1'
  labels: { openservicemesh.io/monitored-by: osm }
  annotations: { openservicemesh.io/sidecar-injection: ${YAML}, openservicemesh.io/metrics: ${YAML} }
---
apiVersion: v1
kind: Namespace
metadata: { name: other, labels: { openservicemesh.io/monitored-by: ${YAML} } }
---
apiVersion: v1
kind: Namespace
metadata: { name: ${YAML}, labels: { openservicemesh.io/monitored-by: osm } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: default, namespace: curl }
${['a', HOSTILE]
  .map((name) => JSON.stringify(name))
  .map(
    (name) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: ${name}, namespace: curl, resourceVersion: '1' }
spec:
  sources: [{ kind: ServiceAccount, name: ${YAML}, namespace: curl }, { kind: ServiceAccount, name: default, namespace: curl }]
  hosts: [${YAML}]
  ports: [{ number: 80, protocol: http }]
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: IngressBackend
metadata: { name: ${name}, namespace: curl }
spec:
  backends: [{ name: ${YAML}, port: { number: 80, protocol: http } }]
  sources: [{ kind: Service, name: a, namespace: curl }]
---
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: { name: ${name}, namespace: curl }
spec:
  destination: { kind: ServiceAccount, name: default, namespace: curl }
  sources: [{ kind: ServiceAccount, name: default, namespace: curl }]
  rules: [{ kind: HTTPRouteGroup, name: ${YAML} }]
---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: curl
  labels: { app: ${YAML}, osm-proxy-uuid: 0a0a0a0a-0000-4000-8000-000000000000 }
  annotations: { openservicemesh.io/metrics: enabled }
spec:
  serviceAccountName: default
  nodeName: ${YAML}
  initContainers: [{ name: osm-init, image: ${YAML} }]
  containers: [{ name: ${YAML}, image: ${YAML} }, { name: envoy, image: ${YAML} }]
status: { phase: Running, podIP: ${YAML}, reason: ${YAML}, message: ${YAML} }`,
  )
  .join('')}
${['osm', HOSTILE]
  .map((mesh, index) => ({ mesh: JSON.stringify(mesh), name: JSON.stringify(['osm-controller', HOSTILE][index]) }))
  .map(
    ({ mesh, name }) => `
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: osm-system
  labels: { app: osm-controller, meshName: ${mesh}, app.kubernetes.io/version: ${YAML} }
spec:
  selector: { matchLabels: { app: osm-controller } }
  template: { metadata: { labels: { app: osm-controller } }, spec: { containers: [{ name: ${YAML}, image: ${YAML} }] } }
status: { conditions: [{ type: Available, status: 'False', reason: ${YAML}, message: ${YAML} }] }`,
  )
  .join('')}
---
apiVersion: v1
kind: Pod
metadata: { name: ${YAML}, namespace: osm-system, labels: { app: osm-controller } }
spec: { containers: [{ name: ${YAML}, image: ${YAML} }] }
status: { phase: ${YAML}, conditions: [{ type: Ready, status: 'False', reason: ${YAML}, message: ${YAML} }] }
---
apiVersion: v1
kind: Service
metadata: { name: a, namespace: curl }
spec: { clusterIP: 10.0.0.1, selector: { app: ${YAML} }, ports: [{ port: 80, name: ${YAML}, targetPort: ${YAML} }] }
---
apiVersion: v1
kind: Event
metadata: { name: ${YAML}, namespace: curl }
reason: ${YAML}
message: ${YAML}
involvedObject: { kind: ${YAML}, name: ${YAML} }
`;

describe('terminal safety', () => {
  let root: string;
  let server: SmallApiServer;
  let kubeconfig: string;
  const refusals: RecordedAnswer[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'osm-ts-hostile-'));
    writeFileSync(join(root, 'p.yaml'), policies);
    writeFileSync(join(root, `${HOSTILE.replaceAll('/', '')}.yaml`), policies);
    writeFileSync(
      join(root, 'broken.yaml'),
      `apiVersion: v1\nkind: ${YAML}\nmetadata: 7\n---\n${HOSTILE.replaceAll('\n', '')}: [\n`,
    );
    writeFileSync(join(root, 'invalid.yaml'), policies.replace('number: 81', `number: ${YAML}`));
    writeFileSync(
      join(root, 'targets'),
      `curl -H 'x-a: \u001B[2J\u202E' http://httpbin.org/get\ncurl http://\u001B[2J/\n`,
    );
    writeFileSync(join(root, 'old.yaml'), policies.replaceAll('number: 80', 'number: 90'));
    writeFileSync(
      join(root, 'tests.txt'),
      JSON.stringify({
        apiVersion: 'osm-ts/v1',
        kind: 'EgressTest',
        resources: ['p.yaml'],
        tests: [
          { name: HOSTILE, from: 'curl/curl', target: 'http://httpbin.org/get', expect: 'allowed' },
          { name: 'all', from: 'curl/curl', 'nothing wider than': 'old.yaml' },
        ],
      }),
    );
    writeFileSync(
      join(root, 'dump.txt'),
      readFileSync(join(packageRoot, 'test', 'fixtures', 'config-dump', 'curl_egress.json'), 'utf8').replaceAll(
        'httpbin.org',
        YAML.slice(1, -1),
      ),
    );
    writeFileSync(join(root, 'hosts'), `${HOSTILE.replaceAll(/\s/g, '')} httpbin.org\n`);
    server = await startSmallApiServer(objects, refusals);
    kubeconfig = join(root, 'config');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': HOSTILE,
        contexts: [{ name: HOSTILE, context: { cluster: HOSTILE, user: HOSTILE, namespace: 'curl' } }],
        clusters: [{ name: HOSTILE, cluster: { server: server.url } }],
        users: [{ name: HOSTILE, user: {} }],
      }),
    );
  });
  after(() => {
    server.close();
    rmSync(root, { recursive: true });
  });

  const run = (words: string[], stdin = ''): Promise<Run> => runCli(words, { cwd: root, stdin });

  /** @param lines a line break begins a line of its own nowhere; cells of CSV have theirs in quotes */
  function assertSafe({ stdout, stderr, code }: Run, lines = true): void {
    for (const [name, text] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      assert.doesNotMatch(text, UNSEEN, `${name}: ${JSON.stringify(text)}`);
    }
    if (lines) assert.doesNotMatch(`\n${stdout}`, /\nerror: gone/);
    assert.doesNotMatch(`\n${stderr}`, /\nerror: gone/);
    assert.notEqual(code, 70, stderr);
    assert.ok(stdout.length + stderr.length > 0);
  }

  const explain = ['egress', 'explain', '--from', 'curl/curl', '-f', 'p.yaml'];
  const offline: [string, string[]][] = [
    ['explain', [...explain, 'http://httpbin.org/get']],
    ['explain --trace', [...explain, '--trace', 'http://httpbin.org/get']],
    [
      'explain of a request with such bytes',
      [...explain, '--', 'curl', '-H', `x-a: ${HOSTILE}`, 'http://httpbin.org/'],
    ],
    ['explain several', [...explain, 'http://httpbin.org/', 'https://httpbin.org/', 'http://example.com/']],
    ['explain a file of targets', [...explain, '--targets', 'targets']],
    ['explain -o json', [...explain, 'http://httpbin.org/get', '-o', 'json']],
    ['explain --since', [...explain, 'http://httpbin.org/get', '--since', 'p.yaml']],
    ['explain with such a file of hosts', [...explain, 'http://httpbin.org/', '--hosts', 'hosts']],
    ['explain a directory', ['egress', 'explain', '--from', 'curl/curl', '-f', '.', 'http://httpbin.org/']],
    [
      'explain a file that is not there',
      ['egress', 'explain', '--from', 'curl/curl', '-f', HOSTILE, 'http://httpbin.org/'],
    ],
    ['explain from such a name', ['egress', 'explain', '--from', HOSTILE, '-f', 'p.yaml', 'http://httpbin.org/']],
    ['explain such a URL', [...explain, HOSTILE]],
    ['explain a broken file', ['egress', 'explain', '--from', 'curl/curl', '-f', 'broken.yaml', 'http://a.org/']],
    ['explain an invalid file', ['egress', 'explain', '--from', 'curl/curl', '-f', 'invalid.yaml', 'http://a.org/']],
    ['list', ['egress', 'list', '-f', 'p.yaml']],
    ['list -o wide', ['egress', 'list', '-f', 'p.yaml', '-o', 'wide']],
    ['list -o json', ['egress', 'list', '-f', 'p.yaml', '-o', 'json']],
    ...['text', 'github', 'junit', 'sarif'].map((format): [string, string[]] => [
      `lint -o ${format}`,
      ['egress', 'lint', '-f', 'p.yaml', '-o', format],
    ]),
    ...['text', 'wide', 'markdown', 'csv', 'json'].flatMap((format): [string, string[]][] => [
      [`reach -o ${format}`, ['egress', 'reach', '--from', 'curl/curl', '-f', 'p.yaml', '-o', format]],
      [`who-can -o ${format}`, ['egress', 'who-can', 'http://httpbin.org/get', '-f', 'p.yaml', '-o', format]],
    ]),
    ...['text', 'json', 'junit', 'tap', 'github', 'sarif'].map((format): [string, string[]] => [
      `test -o ${format}`,
      ['egress', 'test', 'tests.txt', '--coverage', '-o', format],
    ]),
    ...['text', 'json', 'csv', 'markdown', 'html'].map((format): [string, string[]] => [
      `matrix -o ${format}`,
      ['egress', 'matrix', '-f', 'p.yaml', '--targets', 'targets', '-o', format],
    ]),
    ...['text', 'json', 'markdown', 'github'].map((format): [string, string[]] => [
      `diff -o ${format}`,
      ['egress', 'diff', 'old.yaml', 'p.yaml', '-o', format],
    ]),
    ...['text', 'json', 'markdown', 'html'].map((format): [string, string[]] => [
      `migrate -o ${format}`,
      ['egress', 'migrate', '--to', 'istio', '-f', 'p.yaml', '-o', format],
    ]),
    ...['text', 'json'].flatMap((format): [string, string[]][] => [
      [`envoy --diff -o ${format}`, ['egress', 'envoy', '--diff', 'dump.txt', '-f', 'p.yaml', '-o', format]],
      [
        `explain --config-dump -o ${format}`,
        ['egress', 'explain', 'http://httpbin.org/get', '--trace', '--config-dump', 'dump.txt', '-o', format],
      ],
    ]),
    ['lint --fix', ['egress', 'lint', '-f', 'old.yaml', '--fix']],
    ['lint with a rule that is none', ['egress', 'lint', '-f', 'p.yaml', '--ignore', HOSTILE]],
    ['get', ['egress', 'get', 'a', '-n', 'curl', '-f', 'p.yaml']],
    ['get one that is not there', ['egress', 'get', 'zz', '-n', 'curl', '-f', 'p.yaml']],
    ['allow', ['egress', 'allow', 'http://httpbin.org/x', '--from', 'curl/curl', '-f', 'p.yaml']],
    ['allow -o diff', ['egress', 'allow', 'http://example.com/x', '--from', 'curl/curl', '-f', 'p.yaml', '-o', 'diff']],
    [
      'create',
      [
        'egress',
        'create',
        'c',
        '--from',
        'curl/curl',
        '--host',
        HOSTILE,
        '--port',
        '80/http',
        '--dry-run',
        'client',
        '-f',
        'p.yaml',
      ],
    ],
    ['an unknown command', ['egress', HOSTILE]],
    ['an unknown flag', ['egress', 'list', `--${HOSTILE}`]],
    ['a wrong value', ['egress', 'list', '-o', HOSTILE]],
    ['git', [...explain, 'http://httpbin.org/', '--since', `git:${HOSTILE.replaceAll('\n', '')}`]],
  ];
  for (const [name, words] of offline) it(name, async () => assertSafe(await run(words), !words.includes('csv')));

  const live: [string, string[]][] = [
    ['meshconfig get', ['meshconfig', 'get']],
    ['meshconfig get -o wide', ['meshconfig', 'get', '-o', 'wide']],
    ['meshconfig set', ['meshconfig', 'set', 'sidecar.logLevel=info', '--dry-run', 'client']],
    ['namespace list', ['namespace', 'list']],
    ['namespace list -o wide', ['namespace', 'list', '-o', 'wide']],
    ['list of a cluster', ['egress', 'list', '-A', '-o', 'wide']],
    ['get of a cluster', ['egress', 'get', 'a']],
    ['delete --dry-run', ['egress', 'delete', 'a', '--dry-run', 'client']],
    ['explain of a cluster', ['egress', 'explain', 'http://a.org/', '--from', 'curl/default']],
    ['version', ['version', '--verbose']],
    ['lint of a cluster', ['egress', 'lint', '-A']],
    ['check-conflicts', ['policy', 'check-conflicts', 'Egress', '-n', 'curl']],
    ['check-pods', ['policy', 'check-pods', 'curl/a', 'curl/b']],
    ['mesh list', ['mesh', 'list']],
    ['namespace add --dry-run', ['namespace', 'add', 'a', '--dry-run', 'client']],
    ['metrics enable --dry-run', ['metrics', 'enable', '--namespace', 'curl', '--dry-run', 'client']],
    ['proxy get', ['proxy', 'get', 'config_dump', 'a', '-n', 'curl']],
    ['uninstall', ['uninstall', 'mesh', '--no-input']],
    ['uninstall --dry-run', ['uninstall', 'mesh', '--mesh-name', 'osm', '-a', '--dry-run', 'client']],
    ['uninstall --force', ['uninstall', 'mesh', '--mesh-name', 'zz', '--force']],
    ['install --dry-run', ['install', '--dry-run', 'client', '--osm-chart-path', 'p.yaml']],
    ['mesh upgrade', ['mesh', 'upgrade', '--dry-run', 'client', '--osm-chart-path', 'p.yaml']],
    ['bug-report', ['support', 'bug-report', '--all', '-o', 'report.tar.gz']],
    ['dashboard', ['dashboard', '-p', '0', '--open-browser=false']],
    [
      'verify connectivity',
      ['verify', 'connectivity', '--from-pod', 'curl/a', '--to-ext-port', '80', '--to-ext-host', 'a.org'],
    ],
    [
      'verify connectivity within',
      ['verify', 'connectivity', '--from-pod', 'curl/a', '--to-pod', 'curl/b', '--to-service', 's'],
    ],
    ['verify control-plane-health', ['verify', 'control-plane-health']],
    [
      'verify ingress',
      [
        'verify',
        'ingress',
        '--from-service',
        'curl/a',
        '--to-pod',
        'curl/a',
        '--to-service',
        'a',
        '--to-port',
        '80',
        '--ingress-backend',
        'a',
      ],
    ],
    ['namespace add', ['namespace', 'add', 'a']],
    ['namespace remove', ['namespace', 'remove', 'a', '--mesh-name', 'a']],
    ['allow', ['egress', 'allow', 'http://a.org/', '--from', 'curl/default', '--yes']],
    ['create', ['egress', 'create', 'c', '--from', 'curl/curl', '--host', 'a.org', '--port', '80/http']],
    ['migrate', ['egress', 'migrate', '--to', 'istio']],
    ['verify', ['egress', 'verify', 'http://a.org/', '--pod', 'curl/a', '--yes']],
  ];
  for (const [name, words] of live) {
    it(name, async () => assertSafe(await run([...words, '--kubeconfig', kubeconfig, '--verbose'])));
    it(`${name}, refused`, async () => {
      const body = { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: HOSTILE };
      refusals.push({ to: '.*', status: 403, body });
      try {
        assertSafe(await run([...words, '--kubeconfig', kubeconfig, '--verbose']));
      } finally {
        refusals.pop();
      }
    });
  }
  /** What a terminal shows has our own colours and line ends; what is asked there ends with the keys. */
  const OWN = // eslint-disable-next-line no-control-regex -- escape codes are control characters
    /\u001B\[(?:\?25[lh]|[0-9;]*[mGKJABCD])|\r(?=\n)|\u0007/g;
  const asked: [string, string[], string][] = [
    ['allow asks', ['egress', 'allow', 'http://a.org/', '--from', 'curl/default'], 'n\n'],
    ['delete asks', ['egress', 'delete', 'a'], 'n\n'],
    ['uninstall asks', ['uninstall', 'mesh', '--mesh-name', 'osm'], 'n\nn\n'],
    ['egress verify asks', ['egress', 'verify', 'http://a.org/', '--pod', 'curl/a'], 'n\n'],
    ['create asks', ['egress', 'create', '-n', 'curl'], '\u0003'],
  ];
  for (const [name, words, keys] of asked) {
    it(name, async () => {
      const { stdout, code } = await runOnTerminal([...words, '--kubeconfig', kubeconfig], {
        cwd: root,
        columns: 120,
        typed: keys,
      });
      assert.doesNotMatch(stdout.replaceAll(OWN, ''), UNSEEN, JSON.stringify(stdout));
      assert.doesNotMatch(stdout, /\nerror: gone/);
      assert.notEqual(code, 70, stdout);
    });
  }
  it('a context that is not there', async () =>
    assertSafe(await run(['egress', 'list', '--kubeconfig', kubeconfig, '--context', `${HOSTILE}z`])));

  it('JSON and YAML carry the bytes', async () => {
    const json = await run(['egress', 'list', '-f', 'p.yaml', '-o', 'json']);
    const { items } = JSON.parse(json.stdout) as { items: { policy: { spec: { hosts: string[] } } }[] };
    assert.equal(items[0]!.policy.spec.hosts[0], HOSTILE);
    const yaml = await run(['egress', 'get', 'a', '-n', 'curl', '-f', 'p.yaml', '-o', 'yaml']);
    const again = await run(['egress', 'list', '-f', '-', '-o', 'json'], yaml.stdout);
    const read = JSON.parse(again.stdout) as typeof JSON & { items: { policy: { spec: { hosts: string[] } } }[] };
    assert.equal(read.items[0]!.policy.spec.hosts[0], HOSTILE);
  });
});
