import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';
import { whyNoLab } from '../../scripts/observe/lab.js';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function observe(words: readonly string[], env: NodeJS.ProcessEnv = {}, interruptAfter?: number): Promise<Run> {
  const program = ['--import', 'tsx', join(packageRoot, 'scripts', 'observe', 'main.ts'), ...words];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, program, { cwd: packageRoot, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    if (interruptAfter !== undefined) setTimeout(() => child.kill('SIGTERM'), interruptAfter);
  });
}

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-observe-test-'));
after(() => rmSync(scratch, { recursive: true }));
const judgements = ({ stdout }: Run) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, 9).trim());

/** Processes that run in a lab of this test, by the folder for temporary files that it was given. */
function leftIn(folder: string): string[] {
  const commandLines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
  return [
    ...commandLines.filter((line) => line.includes(folder)),
    ...readdirSync(folder).filter((name) => name.startsWith('osm-ts-')),
  ];
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

  it('leaves nothing behind, a signal included', async () => {
    const folder = mkdtempSync(join(scratch, 'tmp-'));
    await observe(['examples/http', 'http://httpbin.org/get'], { TMPDIR: folder });
    assert.deepEqual(leftIn(folder), []);
    const { code } = await observe(['--random', '500', '--seed', '1'], { TMPDIR: folder }, 6000);
    assert.equal(code, 143);
    assert.deepEqual(leftIn(folder), []);
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
