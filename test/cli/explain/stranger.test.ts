import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { executable, packageRoot, runCli, runOnTerminal, runProgram } from '../../support/run-cli.js';

const cwd = packageRoot;
const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-explain-'));
const BASE = ['egress', 'explain', '--from', 'curl/curl'];
const EXAMPLE = [...BASE, '-f', 'examples/http', '--url', 'http://httpbin.org:80/get'];

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

const POLICY = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata:
  name: web
  namespace: curl
spec:
  sources:
  - {kind: ServiceAccount, name: curl, namespace: curl}
  hosts:
  - httpbin.org
  ports:
  - number: 80
    protocol: http
`;

describe('egress explain, as a stranger would try it', () => {
  it('a typo in a file: file, line, column and remedy, exit code 2', async () => {
    const typo = file('typo.yaml', POLICY.replace('number: 80', 'number: eighty'));
    const { stdout, stderr, code } = await runCli([...BASE, '-f', typo, '--url', 'http://httpbin.org'], { cwd });
    assert.equal(stdout, '');
    assert.match(stderr, /typo\.yaml:12:\d+: .*Egress curl\/web/);
    assert.match(stderr, /hint: /);
    assert.equal(code, 2);
  });

  it('YAML that cannot be parsed', async () => {
    const broken = file('broken.yaml', POLICY.replace('  ports:', '\tports:'));
    const { stderr, code } = await runCli([...BASE, '-f', broken, '--url', 'http://httpbin.org'], { cwd });
    assert.match(stderr, /broken\.yaml:11:/);
    assert.equal(code, 2);
  });

  it('a field with a misspelt name is a warning, because the API server would drop it', async () => {
    const misspelt = file('misspelt.yaml', POLICY.replace('hosts:', 'host:'));
    const { stderr, code } = await runCli([...BASE, '-f', misspelt, '--url', 'http://httpbin.org'], { cwd });
    assert.match(stderr, /warning: .*misspelt\.yaml:9:3: .*hosts/);
    assert.equal(code, 1);
  });

  it('a missing file', async () => {
    const { stderr, code } = await runCli([...BASE, '-f', 'no/such/file.yaml', '--url', 'http://x'], { cwd });
    assert.match(stderr, /no\/such\/file\.yaml/);
    assert.equal(code, 2);
  });

  it('an unknown flag', async () => {
    const { stderr, code } = await runCli([...EXAMPLE, '--form', 'x'], { cwd });
    assert.match(stderr, /--form/);
    assert.match(stderr, /did you mean --from\?/);
    assert.equal(code, 2);
  });

  it('no source, no target, two targets', async () => {
    const noSource = await runCli(['egress', 'explain', '-f', 'examples/http', '--url', 'http://x'], { cwd });
    assert.match(noSource.stderr, /--from/);
    const noTarget = await runCli([...BASE, '-f', 'examples/http'], { cwd });
    assert.match(noTarget.stderr, /--url/);
    const two = await runCli([...EXAMPLE, '--', 'curl', 'http://x'], { cwd });
    assert.match(two.stderr, /more than one/);
    assert.deepEqual([noSource.code, noTarget.code, two.code], [2, 2, 2]);
  });

  it('a curl option that curl does not have', async () => {
    const { stderr, code } = await runCli([...BASE, '-f', 'examples/http', '--', 'curl', '--header=a: b', 'http://x'], {
      cwd,
    });
    assert.match(stderr, /--header/);
    assert.equal(code, 2);
  });

  it('manifests on standard input, targets on standard input, not both', async () => {
    const piped = await runCli([...BASE, '-f', '-', '--url', 'http://httpbin.org'], { cwd, stdin: POLICY });
    assert.match(piped.stdout, /^ALLOWED/m);
    assert.match(piped.stdout, /<stdin>:\d+|-:\d+/);
    const targets = await runCli([...BASE, '-f', 'examples/http', '--targets', '-'], {
      cwd,
      stdin: 'http://httpbin.org/\r\nhttp://example.com/\r\n',
    });
    assert.deepEqual(
      targets.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
      ['ALLOWED', 'DENIED'],
    );
    const both = await runCli([...BASE, '-f', '-', '--targets', '-'], { cwd, stdin: POLICY });
    assert.match(both.stderr, /standard input/);
    assert.equal(both.code, 2);
  });

  it('a line that cannot be read is told with file, line and column, and the others are answered', async () => {
    const targets = file('targets.txt', 'http://httpbin.org/\ncurl --no-such-option http://x\nhttp://example.com/\n');
    const words = [...BASE, '-f', 'examples/http', '--targets', targets];
    const { stdout, stderr, code } = await runCli(words, { cwd });
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    assert.match(stderr, /targets\.txt:2:6: /);
    assert.match(stderr, /^1 allowed, 1 denied, 1 line not read$/m);
    assert.equal(code, 2);

    const json = await runCli([...words, '-o', 'json'], { cwd });
    const documents = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; line?: number });
    assert.deepEqual(
      documents.map(({ kind, line }) => [kind, line]),
      [
        ['EgressExplanation', undefined],
        ['TargetError', 2],
        ['EgressExplanation', undefined],
      ],
    );
    const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/target-error.json'), 'utf8')) as Schema;
    const { valid, errors } = new Validator(schema, '2020-12', false).validate(documents[1]);
    assert.ok(valid, JSON.stringify(errors));
  });

  it('lines of answers fit the terminal', async () => {
    const targets = file('wide.txt', 'http://httpbin.org/\nhttps://example.com/some/long/path\ntcp://db:3306\n');
    for (const columns of [60, 80, 120]) {
      const words = [...BASE, '--from', 'shop/cart', '-f', 'examples/http', '--targets', targets, '--no-color'];
      const { stdout } = await runOnTerminal(words, { cwd, columns });
      for (const line of stdout.split('\n')) assert.ok(line.length <= columns, line);
      assert.match(stdout, /^1 allowed, 5 denied$/m);
    }
  });

  it('a pipe that is closed early ends quietly', async () => {
    const targets = file('many.txt', 'http://httpbin.org/\n'.repeat(20_000));
    const command = `"$0" "$1" egress explain --from curl/curl -f examples/http --targets "$2" | head -1`;
    const { stdout, stderr, code } = await runProgram('sh', ['-c', command, process.execPath, executable, targets], {
      cwd,
    });
    assert.equal(stdout.split('\n').length, 2);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('answers a line of standard input before the next one comes', async () => {
    const words = [...BASE, '-f', 'examples/http', '--targets', '-'];
    const child = spawn(process.execPath, [executable, ...words], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    const answers = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
    child.stdin.write('http://httpbin.org/\n');
    // Whoever waits for the second line to answer the first waits here for ever.
    assert.match((await answers.next()).value as string, /^ALLOWED .*\n$/);
    child.stdin.end('http://example.com/\n');
    assert.match((await answers.next()).value as string, /^DENIED .*\n$/);
    assert.equal((await answers.next()).done, true);
  });

  it('works without HOME and without a terminal, and prints no colour there', async () => {
    const { stdout, stderr, code } = await runCli(EXAMPLE, { cwd, env: { HOME: undefined, TERM: undefined } });
    assert.equal(stderr, '');
    assert.match(stdout, /^ALLOWED/m);
    assert.ok(!stdout.includes('\u001B'));
    assert.equal(code, 0);
  });

  it('fits a terminal of 60 columns, in colour', async () => {
    const { stdout } = await runOnTerminal(EXAMPLE, { cwd, columns: 60 });
    assert.ok(stdout.includes('\u001B['));
    // eslint-disable-next-line no-control-regex -- colours take no room
    const lines = stdout.replaceAll(/\u001B\[\d+m/g, '').split('\n');
    for (const line of lines) assert.ok(line.length <= 60, line);
    const plain = await runOnTerminal([...EXAMPLE, '--no-color'], { cwd, columns: 60 });
    assert.ok(!plain.stdout.includes('\u001B['));
  });

  it('--strict refuses to assume', async () => {
    const { stderr, stdout, code } = await runCli([...EXAMPLE, '--strict'], { cwd });
    assert.equal(stdout, '');
    assert.match(stderr, /would assume/);
    assert.equal(code, 2);
  });

  it('--pod takes the annotations and the ServiceAccount of a pod', async () => {
    const pod = file(
      'pod.yaml',
      `apiVersion: v1
kind: Pod
metadata:
  name: curl-0
  namespace: curl
  annotations:
    openservicemesh.io/outbound-port-exclusion-list: "443"
spec: {serviceAccountName: curl}
`,
    );
    const words = ['egress', 'explain', '-f', 'examples/http', '-f', pod, '--url', 'https://example.com/'];
    const { stdout, code } = await runCli([...words, '--pod', 'curl/curl-0'], { cwd });
    assert.match(stdout, /excluded/);
    assert.match(stdout, /pod\.yaml:7/);
    assert.equal(code, 0);
    const missing = await runCli([...words, '--pod', 'curl/nobody'], { cwd });
    assert.match(missing.stderr, /Pod curl\/nobody is not among the resources/);
    assert.equal(missing.code, 2);
  });

  it('opens no socket and asks no resolver when everything comes from files', async () => {
    const guard = file(
      'guard.cjs',
      `const refuse = (what) => () => { throw new Error(what + ' was used'); };
const net = require('node:net'); net.Socket.prototype.connect = refuse('a socket');
const dns = require('node:dns'); dns.lookup = refuse('the resolver'); dns.promises.lookup = refuse('the resolver');
require('node:dgram').createSocket = refuse('a datagram socket');
`,
    );
    const { stderr, code } = await runCli(EXAMPLE, { cwd, env: { NODE_OPTIONS: `--require ${guard}` } });
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('--help names the exit codes and an example', async () => {
    const { stdout, code } = await runCli(['egress', 'explain', '--help'], { cwd });
    assert.match(stdout, /osm-ts egress explain --url/);
    assert.match(stdout, /4 .*cannot be known/);
    assert.equal(code, 0);
  });
});
