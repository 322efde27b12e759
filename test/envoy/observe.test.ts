import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../scripts/build/package.js';
import { whyNoLab } from '../../scripts/observe/lab.js';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param when settles when the run is to be interrupted */
function observe(words: readonly string[], env: NodeJS.ProcessEnv = {}, when?: () => Promise<void>): Promise<Run> {
  const program = ['--import', 'tsx', join(packageRoot, 'scripts', 'observe', 'main.ts'), ...words];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, program, { cwd: packageRoot, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    when?.().then(() => child.kill('SIGTERM'), reject);
  });
}

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-observe-test-'));
chmodSync(scratch, 0o755);
after(() => rmSync(scratch, { recursive: true }));

/** A folder that other users may enter. */
function openFolder(prefix: string): string {
  const folder = mkdtempSync(join(scratch, prefix));
  chmodSync(folder, 0o755);
  return folder;
}

const judgements = ({ stdout }: Run) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, 9).trim());

/** Command lines of the processes that were given a folder for temporary files, which children inherit. */
function processesWith(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      return environment.includes(`TMPDIR=${folder}`) ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1')] : [];
    } catch {
      return [];
    }
  });
}

const foldersIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('osm-ts-'));

/** Waits as long as the test may last. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50);
}

/** The kernel ends what is left in a namespace after its first process has ended, in a moment of its own. */
async function assertNothingLeft(folder: string): Promise<void> {
  assert.deepEqual(foldersIn(folder), []);
  await until(() => processesWith(folder).length === 0);
}

function tests(): void {
  it('agrees with the prediction: through a route, through none, through no chain, past Envoy', async () => {
    const run = await observe([
      'examples/http',
      'http://httpbin.org/get',
      'curl -I http://example.com/',
      'tcp://192.0.2.10:80',
      'curl -g http://[2001:db8::1]/',
      'http://nowhere.test/',
    ]);
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.deepEqual(judgements(run), Array<string>(7).fill('agree'));
    assert.match(run.stdout, /get: \{"class":"reached","address":"192.0.2.10:80","cluster":"httpbin.org:80"\}/);
    assert.match(run.stdout, /example.com\/: \{"class":"http","status":404\}/);
    assert.match(run.stdout, /tcp:.*: \{"class":"closed"\}/);
    assert.match(run.stdout, /2001.*: \{"class":"reached","address":"2001:db8::1:80","cluster":null\}/);
    assert.match(run.stdout, /nowhere.*: \{"class":"unresolved"\}/);
  });

  it('sees services of the mesh, and what a proxy refuses', async () => {
    const mesh = await observe([
      'test/analysis/envoy-config/world.yaml',
      'http://bookstore.bookstore/',
      'tcp://10.96.0.10:6000 --server-first',
    ]);
    assert.deepEqual([mesh.code, mesh.stderr], [0, '']);
    assert.match(mesh.stdout, /bookstore\/: \{"class":"mesh","cluster":"bookstore\/bookstore\|14001"\}/);
    assert.match(mesh.stdout, /server-first: \{"class":"mesh","cluster":"bookstore\/bookstore\|6000"\}/);
    const twice = join(scratch, 'twice.yaml');
    const policy = readFileSync(join(packageRoot, 'examples/https/egress.yaml'), 'utf8');
    const host = /^( *- )httpbin\.org$/m;
    assert.match(policy, host);
    writeFileSync(twice, policy.replace(host, '$1httpbin.org\n$1HTTPBIN.org'));
    const refused = await observe([twice, 'https://httpbin.org/']);
    assert.deepEqual([refused.code, refused.stderr], [0, '']);
    assert.match(refused.stdout, /^agree +listener: refused: .*matching rules/m);
    assert.match(refused.stdout, /httpbin.org\/: \{"class":"refused"\}/);
  });

  it('sees a pod that iptables keeps from starting, and a client of Envoy’s user', async () => {
    const file = join(scratch, 'pod.json');
    const pod = (annotations: object, runAsUser: number) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'curl', namespace: 'curl', annotations },
      spec: { serviceAccountName: 'curl', securityContext: { runAsUser }, containers: [{ name: 'c' }] },
    });
    const target = 'http://example.com/';
    writeFileSync(file, JSON.stringify(pod({ 'openservicemesh.io/outbound-port-exclusion-list': '65536' }, 1000)));
    const broken = await observe([file, target, '--record', 'broken']);
    assert.deepEqual([broken.code, broken.stderr], [0, '']);
    const { listener, probes } = JSON.parse(broken.stdout) as Record<string, unknown>;
    assert.deepEqual([listener, probes], ['?', [{ target, expect: { class: 'no-pod' } }]]);
    writeFileSync(file, JSON.stringify(pod({}, 1500)));
    const passing = await observe([file, target, 'tcp://192.0.2.10:25']);
    assert.deepEqual([passing.code, passing.stderr], [0, '']);
    assert.deepEqual(judgements(passing), ['agree', 'agree', 'agree', 'unjudged']);
    assert.match(passing.stdout, /example.com\/: \{"class":"reached","address":"198.51.100.20:80","cluster":null\}/);
  });

  it('records what it sees in the format of the recordings', async () => {
    const { code, stdout } = await observe(['examples/http', 'http://httpbin.org/get', '--record', 'example']);
    assert.equal(code, 0);
    const { name, source, listener, routes, probes } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([name, source, listener, routes], ['example', 'curl/curl', 'programmed', 'accepted']);
    assert.deepEqual(probes, [
      {
        target: 'http://httpbin.org/get',
        expect: { class: 'reached', address: '192.0.2.10:80', cluster: 'httpbin.org:80' },
      },
    ]);
  });

  it('hunts by itself, the same worlds for the same seed', async () => {
    const words = ['--random', '3', '--seed', '7', '--jobs', '2', '--out', join(scratch, 'found')];
    const [first, second] = [await observe(words), await observe(words)];
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.match(first.stdout, /^seed 7: 3 worlds, \d+ findings agree, 0 disagree in 0 worlds, \d+ not judged$/m);
    assert.equal(second.stdout, first.stdout);
  });

  it('leaves nothing behind', async () => {
    const folder = openFolder('once-');
    const { code, stderr } = await observe(['examples/http', 'http://httpbin.org/get'], { TMPDIR: folder });
    assert.deepEqual([code, stderr], [0, '']);
    await assertNothingLeft(folder);
  });

  it('leaves nothing behind when a signal ends it in the middle of an experiment', async () => {
    const folder = openFolder('signal-');
    const envoyRuns = () => until(() => processesWith(folder).some((line) => line.includes('bootstrap.json')));
    const run = await observe(['--random', '500', '--seed', '1', '--out', scratch], { TMPDIR: folder }, envoyRuns);
    assert.deepEqual(run, { code: 143, stdout: '', stderr: '' });
    await assertNothingLeft(folder);
  });

  it('does not begin where Envoy, as another user, could not look into the folder for temporary files', async () => {
    const folder = mkdtempSync(join(scratch, 'shut-'));
    const { code, stderr } = await observe(['examples/http', 'http://httpbin.org/get'], { TMPDIR: folder });
    assert.equal(code, 4);
    assert.ok(stderr.includes(`may not enter ${folder}: set TMPDIR`), stderr);
  });

  it('says what is wrong with its arguments', async () => {
    const runs = await Promise.all([
      observe([]),
      observe(['examples/http', 'curl --nonsense']),
      observe(['--random', 'x']),
    ]);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [2, 2, 2],
    );
    assert.match(runs[0].stderr, /npm run observe -- WORLD.yaml TARGET/);
  });
}

describe('npm run observe', function () {
  this.timeout(180_000);
  const obstacle = whyNoLab();
  if (obstacle === undefined) tests();
  else console.log(`npm run observe was not tested: ${obstacle}`);
});
