import assert from 'node:assert/strict';
import { cliFor, type Cli } from '../mesh/support/cli.js';
import { runCli } from '../support/run-cli.js';
import { integration } from './support/api-server.js';

interface Answer {
  verdict: string;
  outcome: { class: string; curlExitCodes: number[]; httpStatus: number | null } | null;
  destination: { cluster: string | null } | null;
  decidedBy: { kind: string; name: string; file: string | null; field: string }[];
  assumptions: { code: string }[];
  findings: { code: string; message: string }[];
}

integration('egress explain from the cluster', (server) => {
  const mesh = 'explain-mesh';
  let osm: string;
  let client: string;
  let services: string;
  let cli: Cli;

  const policy = (name: string, spec: string) => `
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: ${name}, namespace: ${client}}
spec:
  sources: [{kind: ServiceAccount, name: curl, namespace: ${client}}]
  ${spec}
`;

  before(async () => {
    osm = await server.freshNamespace('explain-osm');
    client = await server.freshNamespace('explain', { 'openservicemesh.io/monitored-by': mesh });
    services = await server.freshNamespace('explain-svc', { 'openservicemesh.io/monitored-by': mesh });
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
spec:
  featureFlags: {enableEgressPolicy: true}
  traffic: {enableEgress: false, enablePermissiveTrafficPolicyMode: true, outboundPortExclusionList: [6379]}
`);
    await server.apply(
      policy(
        'web',
        `hosts: [httpbin.org]
  ports: [{number: 80, protocol: http}]
  matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: routes}]`,
      ),
    );
    await server.apply(`
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: routes, namespace: ${client}}
spec: {matches: [{name: get, pathRegex: /get, methods: [GET]}]}
`);
    await server.apply(`
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: ${services}}
spec: {ports: [{name: http, port: 8080, targetPort: web}], selector: {app: shop}}
`);
    await server.apply(`
apiVersion: v1
kind: Endpoints
metadata: {name: shop, namespace: ${services}}
subsets: [{addresses: [{ip: 192.0.2.77}], ports: [{name: http, port: 9090}]}]
`);
  });

  async function explain(
    words: string[],
    run: Cli = cli,
  ): Promise<{ code: number | null; answer: Answer; stderr: string }> {
    const flags = ['--from', `${client}/curl`, '--osm-namespace', osm, '--mesh-name', mesh, '-o', 'json'];
    const { stdout, stderr, code } = await run('egress', 'explain', ...flags, ...words);
    return { code, stderr, answer: (stdout ? JSON.parse(stdout) : {}) as Answer };
  }

  it('allows what the policies of the cluster allow, and names them', async () => {
    const { code, answer } = await explain(['--url', 'http://httpbin.org/get']);
    assert.equal(code, 0);
    assert.equal(answer.verdict, 'allowed');
    assert.equal(answer.destination?.cluster, 'httpbin.org:80');
    assert.deepEqual(
      answer.decidedBy.map(({ kind, name, file }) => `${kind} ${name} ${file}`),
      ['Egress web null', 'HTTPRouteGroup routes null'],
    );
  });

  it('denies the rest, with the exit codes of curl', async () => {
    const path = await explain(['--url', 'http://httpbin.org/post']);
    assert.deepEqual([path.code, path.answer.outcome?.httpStatus], [1, 404]);
    const port = await explain(['--url', 'https://httpbin.org/']);
    assert.deepEqual([port.code, port.answer.outcome?.curlExitCodes], [1, [35]]);
  });

  it('a workload can be named, and its template counts while it has no pod', async () => {
    await server.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: queue, namespace: ${client}}
spec:
  serviceName: queue
  selector: {matchLabels: {app: queue}}
  template:
    metadata:
      labels: {app: queue}
      annotations: {openservicemesh.io/outbound-port-exclusion-list: "5672"}
    spec: {serviceAccountName: curl, containers: [{name: app, image: app}]}
`);
    const place = ['-n', client, '--osm-namespace', osm, '--mesh-name', mesh];
    const { stdout, code } = await cli('egress', 'explain', 'tcp://192.0.2.1:5672', '--from', 'sts/queue', ...place);
    assert.match(stdout, new RegExp(`^from +${client}/curl.*, StatefulSet queue, in mesh ${mesh}\\nALLOWED`));
    assert.equal(code, 0);
    await server.apply(`
apiVersion: v1
kind: ReplicationController
metadata: {name: mail, namespace: ${client}}
spec:
  selector: {app: mail}
  template:
    metadata:
      labels: {app: mail}
      annotations: {openservicemesh.io/outbound-port-exclusion-list: "25"}
    spec: {serviceAccountName: curl, containers: [{name: app, image: app}]}
`);
    const mail = await cli('egress', 'explain', 'tcp://192.0.2.1:25', '--pod', 'rc/mail', ...place);
    assert.match(
      mail.stdout,
      new RegExp(`^from +${client}/curl.*, ReplicationController mail, in mesh ${mesh}\\nALLOWED`),
    );
    const missing = await cli('egress', 'explain', 'tcp://192.0.2.1:5672', '--from', 'sts/queu', ...place);
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /there is no StatefulSet .*queu/);
  });

  it('kubectl exec into a workload tells who asks', async () => {
    const place = ['-n', client, '--osm-namespace', osm, '--mesh-name', mesh];
    const exec = (workload: string) =>
      cli('egress', 'explain', ...place, '--', 'kubectl', 'exec', workload, '--', 'nc', '192.0.2.1', '5672');
    const { stdout, code } = await exec('sts/queue');
    assert.match(stdout, new RegExp(`^from +${client}/curl.*, StatefulSet queue, in mesh ${mesh}\\nALLOWED`));
    assert.equal(code, 0);
    assert.deepEqual([(await exec('sts/queu')).code, (await exec('deploy/queue')).code], [3, 3]);
    const allow = await cli(
      'egress',
      'allow',
      ...place,
      '--dry-run=client',
      '--',
      'kubectl',
      'exec',
      'sts/queue',
      '--',
      'nc',
      '192.0.2.1',
      '5673',
    );
    assert.match(allow.stdout, /5673/);
  });

  it('each line of a batch tells who asks', async () => {
    const place = ['--osm-namespace', osm, '--mesh-name', mesh];
    const exec = (words: string) => `kubectl ${words} -n ${client} --`;
    const lines = [
      `${exec('exec sts/queue')} curl -s http://httpbin.org/get | head`,
      `${exec('exec sts/queu')} curl http://httpbin.org/get`,
      `${exec('exec pod/none-0')} curl http://httpbin.org/get`,
      `${exec('--context admin exec sts/queue')} nc 192.0.2.1 5672`,
      'http://httpbin.org/get',
    ];
    const file = server.file('lines.txt', `${lines.join('\n')}\n`);
    const { code, stdout, stderr } = await cli('egress', 'explain', ...place, '--targets', file);
    assert.equal(code, 2, stderr);
    assert.match(
      stdout,
      new RegExp(
        `^ALLOWED +${client}/curl +kubectl exec sts/queue [^|]*\\S\\nALLOWED +${client}/curl .*5672.*past Envoy\\n$`,
      ),
    );
    assert.deepEqual(
      stderr.match(/^error: \S+lines\.txt:\d.*$/gm)?.map((line) => /lines\.txt:(\d):1: (.{16})/.exec(line)!.slice(1)),
      [
        ['2', 'there is no Stat'],
        ['3', 'there is no Pod '],
        ['5', 'who sends the re'],
      ],
    );
    const piped = await runCli(['egress', 'explain', ...place, '--targets', '-'], {
      stdin: lines[0]!,
      env: { KUBECONFIG: server.kubeconfigFor('admin') },
    });
    assert.deepEqual([piped.code, /^ALLOWED/.test(piped.stdout)], [0, true], piped.stderr);
    const nobody = await cli(
      'egress',
      'explain',
      ...place,
      '--targets',
      server.file('urls.txt', 'http://httpbin.org/get\n'),
    );
    assert.deepEqual([nobody.code, /who sends the request is missing/.test(nobody.stderr)], [2, true]);
  });

  it('asks the cluster that kubectl would', async () => {
    const place = ['--osm-namespace', osm, '--mesh-name', mesh];
    const line = (context: string) => `kubectl --context ${context} exec sts/queue -n ${client} -- nc 192.0.2.1 5672`;
    assert.equal((await cli('egress', 'explain', ...place, line('admin'))).code, 0);
    const nowhere = await cli('egress', 'explain', ...place, line('nowhere'));
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /context "?nowhere/);
    const kubeconfig = line('admin').replace('--context', '--kubeconfig /nonexistent/config --context');
    assert.match((await cli('egress', 'explain', ...place, kubeconfig)).stderr, /\/nonexistent\/config/);
    assert.equal((await cli('egress', 'explain', ...place, '--context', 'admin', line('nowhere'))).code, 0);
    const several = await cli('egress', 'explain', ...place, line('admin'), line('nowhere'));
    assert.deepEqual([several.code, /several clusters/.test(several.stderr)], [2, true]);
    const file = server.file('contexts.txt', `${line('admin')}\n${line('nowhere')}\n`);
    const named = await cli('egress', 'explain', ...place, '--from', `${client}/curl`, '--targets', file);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /contexts\.txt:2:1: the command line is about context nowhere, and admin is asked/);
    const allow = await cli('egress', 'allow', ...place, '--dry-run=client', line('nowhere'));
    assert.equal(allow.code, 2);
  });

  it('takes MeshConfig and services of the cluster into account', async () => {
    const excluded = await explain(['--url', 'tcp://cache.example.com:6379']);
    assert.equal(excluded.answer.destination?.cluster, null);
    const service = await explain(['--url', `http://shop.${services}:8080/`]);
    assert.deepEqual([service.code, service.answer.outcome?.class], [0, 'mesh']);
    // the port of the endpoints, which is what the name `web` stands for
    assert.equal(service.answer.destination?.cluster, `${services}/shop|9090`);
  });

  it('looks at the pods behind a service, and at EndpointSlices where there are no Endpoints', async () => {
    const home = await server.freshNamespace('explain-slices', { 'openservicemesh.io/monitored-by': mesh });
    await server.apply(`
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: ${home}}
spec: {ports: [{name: http, port: 8080}], selector: {app: shop}}
`);
    await server.apply(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: shop-a1, namespace: ${home}, labels: {kubernetes.io/service-name: shop}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.78]}]
ports: [{name: http, port: 9091}]
`);
    const url = `http://shop.${home}:8080/`;
    const assumed = await explain(['--url', url]);
    assert.equal(assumed.answer.destination?.cluster, `${home}/shop|9091`);
    assert.ok(assumed.answer.assumptions.some(({ code }) => code === 'far-side'));
    await server.apply(`{apiVersion: v1, kind: ServiceAccount, metadata: {name: shop, namespace: ${home}}}`);
    const pod = (containers: string) => `
apiVersion: v1
kind: Pod
metadata: {name: shop-1, namespace: ${home}, labels: {app: shop}}
spec:
  serviceAccountName: shop
  containers: [{name: app, image: app}${containers}]
  initContainers: [{name: osm-init, image: init}]
`;
    await server.apply(pod(', {name: envoy, image: envoy}'));
    const confirmed = await explain(['--url', url]);
    assert.equal(confirmed.answer.verdict, 'allowed');
    assert.ok(!confirmed.answer.assumptions.some(({ code }) => code === 'far-side'));
    const { stdout } = await cli(
      'egress',
      'explain',
      url,
      '--from',
      `${home}/shop`,
      '-n',
      home,
      '--osm-namespace',
      osm,
      '--mesh-name',
      mesh,
      '--strict',
    );
    assert.match(stdout, /^ALLOWED/m);
  });

  it('a policy that has no spec, which the API server keeps, changes nothing', async () => {
    await server.apply(`
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: empty, namespace: ${client}}
`);
    assert.equal((await explain(['--url', 'http://httpbin.org/get'])).code, 0);
  });

  it('--live answers what would be if files were applied', async () => {
    const file = server.file(
      'more.yaml',
      policy('tls', 'hosts: [httpbin.org]\n  ports: [{number: 443, protocol: https}]'),
    );
    const { code, answer } = await explain(['-f', file, '--live', '--url', 'https://httpbin.org/']);
    assert.equal(code, 0);
    assert.deepEqual(
      answer.decidedBy.map(({ name, file: place }) => [name, place]),
      [['tls', file]],
    );
    const both = await explain(['-f', file, '--live', '--url', 'http://httpbin.org/get']);
    assert.equal(both.code, 0);
    const closed = server.file(
      'closed.yaml',
      policy('web', 'hosts: [example.com]\n  ports: [{number: 80, protocol: http}]'),
    );
    const replaced = await explain(['-f', closed, '--live', '--url', 'http://httpbin.org/get']);
    assert.equal(replaced.code, 1);
  });

  it('a user without rights gets no verdict, and hears what may not be read', async () => {
    const { code, answer, stderr } = await explain(['--url', 'http://httpbin.org/get'], cliFor(server, 'nobody'));
    assert.equal(code, 4);
    assert.equal(answer.verdict, 'unknown');
    assert.deepEqual(
      answer.findings.map(({ code: reason }) => reason),
      ['not-readable'],
    );
    assert.match(stderr, /egresses/);
  });

  it('a missing right matters only where it decides', async () => {
    const read = (resources: string[], apiGroups: string[]) => ({ apiGroups, resources, verbs: ['get', 'list'] });
    const user = await server.createUser('explain-no-groups', {
      cluster: [
        read(['egresses', 'upstreamtrafficsettings'], ['policy.openservicemesh.io']),
        read(['meshconfigs'], ['config.openservicemesh.io']),
        read(['namespaces', 'services', 'pods', 'endpoints'], ['']),
        read(['traffictargets'], ['access.smi-spec.io']),
      ],
    });
    const run = cliFor(server, user);
    const routed = await explain(['--url', 'http://httpbin.org/get'], run);
    assert.deepEqual([routed.code, routed.answer.verdict], [4, 'unknown']);
    assert.match(routed.answer.findings[0]!.message, /HTTPRouteGroup/);
    const elsewhere = await explain(['--url', 'https://httpbin.org/'], run);
    assert.deepEqual([elsewhere.code, elsewhere.answer.verdict], [1, 'denied']);
    const direct = await explain(['--url', 'tcp://cache.example.com:6379'], run);
    assert.deepEqual([direct.code, direct.answer.verdict], [0, 'allowed']);
  });

  it('who asks has to be there: the namespace, the ServiceAccount, the pod, the mesh; else the closest name is told', async () => {
    const ask = async (...words: string[]) =>
      cli('egress', 'explain', 'http://httpbin.org/get', '--osm-namespace', osm, ...words);
    const found = await ask('--from', `${client}/curl`, '--mesh-name', mesh);
    assert.match(found.stdout, new RegExp(`^from +${client}/curl, in mesh ${mesh}\nALLOWED`));
    assert.doesNotMatch(found.stdout, /there is a ServiceAccount/);
    const wrong: [string[], RegExp, RegExp][] = [
      [['--from', `${client}x/curl`], /there is no namespace/, new RegExp(`did you mean ${client}\\?`)],
      [['--from', `${client}/cull`], /there is no ServiceAccount/, new RegExp(`did you mean ${client}/curl\\?`)],
      [['--pod', `${client}/curl`], /there is no Pod/, /kubectl get pods -n/],
    ];
    for (const [words, message, hint] of wrong) {
      const { stderr, stdout, code } = await ask(...words, '--mesh-name', mesh);
      assert.deepEqual([stdout, code], ['', 3], words.join(' '));
      assert.match(stderr, message);
      assert.match(stderr, hint);
    }
    const strange = await ask('--from', `${client}/curl`, '--mesh-name', `${mesh}s`);
    assert.equal(strange.code, 3);
    assert.match(strange.stderr, new RegExp(`no namespace is in mesh ${mesh}s\n.*--mesh-name ${mesh}\\?`));
  });

  it('a cluster that does not answer is exit code 3', async () => {
    const { stderr, code } = await cliFor(
      server,
      'admin',
      'http://127.0.0.1:9',
    )(...['egress', 'explain', '--from', 'curl/curl', '--url', 'http://x']);
    assert.equal(code, 3);
    assert.match(stderr, /error: .*127\.0\.0\.1:9/);
    assert.match(stderr, /hint: /);
  });

  // it stays there: this is the last one
  it('reads the TrafficSplits of the cluster, and names the one that takes everything down', async () => {
    const name = `${services}/broken`;
    await server.apply(`
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: broken, namespace: ${services}}
spec: {service: shop, backends: [{service: nobody, weight: 100}]}
`);
    const { code, answer } = await explain(['--url', 'http://httpbin.org/get']);
    assert.deepEqual([code, answer.outcome?.httpStatus], [1, 404]);
    assert.deepEqual(
      answer.decidedBy.map(({ kind, name: split }) => `${kind} ${services}/${split}`),
      [`TrafficSplit ${name}`],
    );
  });
});
