import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { Parser, type Result } from 'tap-parser';
import EgressTest from '../../src/commands/egress/test.js';
import { assertJunit, assertSarif } from '../support/report-formats.js';
import { environment, executable, packageRoot, runCli, runProgram, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-policy-test-'));

function file(name: string, text: string): string {
  writeFileSync(join(scratch, name), text);
  return name;
}

const run = (...words: string[]) => runWarm(['egress', 'test', ...words], { cwd: scratch });

interface Policy {
  ports?: string;
  hosts?: string;
  ranges?: string;
  account?: string;
}

function policy(name: string, { ports = '80/http', hosts, ranges, account = 'api' }: Policy): string {
  const entries = ports.split(',').map((port) => {
    const [number, protocol] = port.split('/');
    return `  - number: ${number}\n    protocol: ${protocol}\n`;
  });
  const list = (field: string, items: string | undefined) =>
    items === undefined
      ? ''
      : `  ${field}:\n${items
          .split(',')
          .map((item) => `  - "${item}"\n`)
          .join('')}`;
  return `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata:
  name: ${name}
  namespace: shop
spec:
  sources:
  - kind: ServiceAccount
    name: ${account}
    namespace: shop
  ports:
${entries.join('')}${list('hosts', hosts)}${list('ipAddresses', ranges)}`;
}

const tests = (text: string, resources = 'policies') =>
  `apiVersion: osm-ts/v1\nkind: EgressTest\nresources: [${resources}]\ntests:\n${text}`;

/** One of each status; the names have what formats escape. */
const mixed = tests(`- name: passes
  from: shop/api
  target: http://a.com/
  expect: allowed
- name: 'fails: #1 %, <&> "x"'
  from: shop/api
  target: http://other.com/
  expect: allowed
- name: undecided
  from: shop/api
  target: tcp://db.com:5432
  expect: allowed
- name: several
  from: [shop/api, shop/nobody]
  targets: [http://a.com/, https://a.com]
  expect: denied
`);

const names = [
  'passes',
  'fails: #1 %, <&> "x"',
  'undecided',
  'several: from shop/api, curl http://a.com/',
  'several: from shop/api, curl https://a.com',
  'several: from shop/nobody, curl http://a.com/',
  'several: from shop/nobody, curl https://a.com',
];
const statuses = ['passed', 'failed', 'undecided', 'failed', 'passed', 'passed', 'passed'];

interface Report {
  summary: Record<string, number>;
  cases: {
    name: string;
    line: number;
    column: number;
    status: string;
    target: string | null;
    want: string;
    got: string;
    decidedBy: { name: string; file: string; line: number }[];
  }[];
  coverage: { percent: number; uncovered: { part: string; name: string; field: string; line: number }[] } | null;
}

async function report(...words: string[]): Promise<Report> {
  const { stdout, stderr } = await run(...words, '-o', 'json');
  assert.notEqual(stdout, '', stderr);
  const document = JSON.parse(stdout) as Report;
  assertFits(document, 'egress-test-report');
  return document;
}

describe('egress test', () => {
  before(() => {
    mkdirSync(join(scratch, 'policies'));
    file('policies/web.yaml', policy('web', { hosts: 'a.com,b.com' }));
    file('policies/db.yaml', policy('db', { ports: '5432/tcp', ranges: '10.0.0.0/8' }));
    file('mixed.yaml', mixed);
  });

  it('says in one line what was wanted, what turned up, why, and where both stand', async () => {
    const { stdout, stderr, code } = await run('mixed.yaml');
    assert.equal(code, 1);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 7);
    assert.equal(lines[0], 'pass      passes');
    assert.match(
      lines[1]!,
      /^FAIL {6}fails: #1 %, <&> "x" \(mixed\.yaml:9:3\): want allowed, got denied: HTTP 404 from Envoy .*no virtual host.*; Egress shop\/web spec\.ports\[0\] \(policies\/web\.yaml:12\)$/,
    );
    assert.match(lines[2]!, /^UNDECIDED undecided \(mixed\.yaml:13:3\): want allowed, got unknown: /);
    assert.match(
      lines[3]!,
      /^FAIL {6}several: .* \(mixed\.yaml:19:13\): want denied, got allowed: a\.com:80.*web\.yaml:/,
    );
    assert.match(stderr, /^note: 4 passed, 2 failed, 1 undecided$/m);
  });

  it('exits with 0 when all pass, 1 when one fails, 4 when one cannot be decided', async () => {
    const codeOf = async (filter: string) => (await run('mixed.yaml', '--filter', filter)).code;
    assert.deepEqual(
      [await codeOf('passes'), await codeOf('fails'), await codeOf('undecided'), await codeOf('/^(pass|und)/')],
      [0, 1, 4, 4],
    );
  });

  it('JSON fits its schema and has every case', async () => {
    const { cases, summary, coverage } = await report('mixed.yaml');
    assert.deepEqual(
      cases.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      cases.map(({ status }) => status),
      statuses,
    );
    assert.deepEqual(summary, { cases: 7, passed: 4, failed: 2, undecided: 1, skipped: 0, leftOut: 0 });
    assert.equal(coverage, null);
    const [, failed] = cases;
    assert.deepEqual([failed!.line, failed!.column, failed!.want], [9, 3, 'allowed']);
    assert.deepEqual(
      failed!.decidedBy.map((one) => [one.name, one.file, one.line]),
      [['web', 'policies/web.yaml', 12]],
    );
  });

  it('TAP is read by a TAP parser, and has every case', async () => {
    const { stdout } = await run('mixed.yaml', '-o', 'tap', '--coverage');
    const results: Result[] = [];
    const parser = new Parser({ strict: true });
    parser.on('assert', (result: Result) => results.push(result));
    const done = once(parser, 'complete') as Promise<
      [{ plan: { end: number }; failures: { tapError?: string | null }[] }]
    >;
    parser.end(stdout);
    const [{ plan, failures }] = await done;
    assert.equal(plan.end, 7);
    assert.deepEqual(
      failures.filter(({ tapError }) => tapError),
      [],
    );
    assert.deepEqual(
      results.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      results.map(({ ok }) => ok),
      statuses.map((status) => status === 'passed'),
    );
    assert.match(String((results[1]!.diag as { message: string }).message), /^want allowed, got denied/);
    assert.match(stdout, /^# coverage /m);
  });

  it('JUnit fits the schema of Jenkins, and has every case', async () => {
    const { stdout } = await run('mixed.yaml', '-o', 'junit');
    await assertJunit(stdout);
    const found = [...stdout.matchAll(/<testcase classname="mixed\.yaml" name="([^"]*)"/g)].map(([, name]) => name);
    const escaped = names.map((name) =>
      name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    );
    assert.deepEqual(found, escaped);
    assert.match(stdout, /<testsuites [^>]*tests="7" failures="2" errors="1"/);
    assert.deepEqual([stdout.match(/<failure /g)!.length, stdout.match(/<error /g)!.length], [2, 1]);
  });

  it('SARIF fits its schema, and has every case as what it was', async () => {
    const { stdout } = await run('mixed.yaml', '-o', 'sarif');
    const log = JSON.parse(stdout) as {
      runs: { results: { kind: string; level: string; message: { text: string }; relatedLocations?: object[] }[] }[];
    };
    assertSarif(log);
    const { results } = log.runs[0]!;
    assert.deepEqual(
      results.map(({ kind }) => kind),
      statuses.map((status) => ({ passed: 'pass', failed: 'fail', undecided: 'open' })[status]),
    );
    results.forEach(({ message, kind, level }, index) => {
      assert.ok(message.text.startsWith(names[index]!));
      assert.equal(level, kind === 'fail' ? 'error' : 'none');
    });
    assert.deepEqual(results[1]!.relatedLocations, [
      {
        physicalLocation: { artifactLocation: { uri: 'policies/web.yaml' }, region: { startLine: 12, startColumn: 5 } },
        message: { text: 'Egress shop/web' },
      },
    ]);
  });

  it('GitHub gets an annotation for what did not pass, and a line for the rest', async () => {
    const { stdout } = await run('mixed.yaml', '-o', 'github');
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 7);
    assert.equal(lines[0], 'pass passes');
    assert.match(
      lines[1]!,
      /^::error file=mixed\.yaml,line=9,col=3,title=fails%3A #1 %25%2C <&> "x"::want allowed, got /,
    );
    assert.match(lines[2]!, /^::warning file=mixed\.yaml,line=13,col=3,title=undecided::want allowed, got unknown/);
  });

  it('--fail-fast names what it did not run, in every format', async () => {
    const { cases, summary } = await report('mixed.yaml', '--fail-fast');
    assert.deepEqual(
      cases.map(({ status }) => status),
      ['passed', 'failed', ...names.slice(2).map(() => 'skipped')],
    );
    assert.equal(summary['skipped'], 5);
    for (const [format, pattern] of [
      ['text', /^skip /gm],
      ['tap', /^ok \d+ - .* # SKIP /gm],
      ['junit', /<skipped>/g],
      ['github', /^skip /gm],
      ['sarif', /"kind": "notApplicable"/g],
    ] as const) {
      const { stdout, code } = await run('mixed.yaml', '--fail-fast', '-o', format);
      assert.equal(code, 1);
      assert.equal(stdout.match(pattern)?.length, 5, format);
    }
  });

  it('--filter takes a text or a regular expression, and says when nothing is left', async () => {
    assert.deepEqual(
      (await report('mixed.yaml', '--filter', '#1')).cases.map(({ name }) => name),
      [names[1]],
    );
    assert.equal((await report('mixed.yaml', '--filter', '/SEVERAL.*nobody/i')).cases.length, 2);
    assert.equal((await report('mixed.yaml', '--filter', '/SEVERAL/i')).summary['leftOut'], 3);
    const none = await run('mixed.yaml', '--filter', 'nothing of this name');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /none of the 7 cases has a name/);
    const broken = await run('mixed.yaml', '--filter', '/(/');
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, /--filter is no regular expression/);
  });

  it('compares class, status, exit code and the deciding object, and says what differs', async () => {
    const expecting = (expect: string) =>
      file('expect.yaml', tests(`- name: x\n  from: shop/api\n  target: http://other.com/\n  expect: ${expect}\n`));
    for (const expect of [
      'denied',
      '{ verdict: denied, class: http, status: 404, curlExitCode: 0, decidedBy: Egress shop/web }',
      '{ decidedBy: [shop/web] }',
      '{ decidedBy: web }',
    ]) {
      assert.equal((await run(expecting(expect))).code, 0, expect);
    }
    for (const [expect, found] of [
      ['{ verdict: allowed }', 'denied'],
      ['{ class: closed }', 'denied, class http'],
      ['{ status: 403 }', 'denied, status 404'],
      ['{ curlExitCode: 22 }', 'denied, curl exit code 0'],
      ['{ decidedBy: Egress shop/db }', 'denied, decided by Egress shop/web'],
      ['{ decidedBy: HTTPRouteGroup shop/web }', 'denied, decided by Egress shop/web'],
      ['{ decidedBy: [] }', 'denied, decided by Egress shop/web'],
      ['unknown', 'denied'],
    ] as const) {
      const { stdout, code } = await run(expecting(expect));
      assert.equal(code, 1, expect);
      assert.ok(stdout.includes(`got ${found}: `), stdout);
    }
  });

  it('names the parts of policies that no test has seen decide', async () => {
    const { stdout, code } = await run('mixed.yaml', '--filter', 'passes', '--coverage');
    assert.equal(code, 0);
    assert.deepEqual(stdout.trimEnd().split('\n').slice(1), [
      'coverage 50%: 1 of 2 policies, 1 of 2 ports, 1 of 2 hosts',
      'not covered: policy Egress shop/db (policies/db.yaml:1)',
      'not covered: port Egress shop/db spec.ports[0] (policies/db.yaml:12)',
      'not covered: host Egress shop/web spec.hosts[1] (policies/web.yaml:16)',
    ]);
    const { coverage } = await report('mixed.yaml', '--filter', 'passes', '--coverage');
    assert.equal(coverage!.percent, 50);
    assert.deepEqual(
      coverage!.uncovered.map(({ part, line }) => [part, line]),
      [
        ['policy', 1],
        ['port', 12],
        ['host', 16],
      ],
    );
    const github = await run('mixed.yaml', '--filter', 'passes', '--coverage', '-o', 'github');
    assert.equal(github.stdout.match(/^::notice file=policies\/(db|web)\.yaml,line=/gm)!.length, 3);
  });

  it('--min-coverage fails below its share, and not at it', async () => {
    const codeOf = async (percent: string) =>
      (await run('mixed.yaml', '--filter', 'passes', '--min-coverage', percent)).code;
    assert.deepEqual([await codeOf('50'), await codeOf('51')], [0, 1]);
    const { stderr } = await run('mixed.yaml', '--filter', 'passes', '--min-coverage', '51', '-o', 'junit');
    assert.match(stderr, /^warning: the coverage of 50% is below the 51% of --min-coverage$/m);
  });

  it('checks all requests against patterns, with a request that differs', async () => {
    const exact = (patterns: string) =>
      file('exact.yaml', tests(`- name: x\n  from: shop/api\n  allows exactly: ${patterns}\n`));
    const whole = '[{host: a.com, port: 80}, {host: b.com, port: 80}, {port: 5432, addresses: [10.0.0.0/8]}]';
    assert.deepEqual((await run(exact(whole))).code, 0);
    for (const [patterns, witness] of [
      ['[]', 'allowed: '],
      [whole.replace('{host: b.com, port: 80}, ', ''), 'allowed: curl --resolve b.com:80:'],
      [whole.replace('10.0.0.0/8', '10.0.0.0/9'), 'allowed: '],
      [whole.replace('10.0.0.0/8', '10.0.0.0/7'), 'denied: '],
      [whole.replace('host: a.com, port: 80', 'host: a.com, port: 80, methods: [GET]'), 'allowed: curl -X POST '],
      [whole.replace('host: a.com, port: 80', 'host: a.com, port: 80, paths: [/api/.*]'), 'allowed: curl '],
      [whole.replace(/\]$/, ', {host: c.com, port: 443}]'), 'denied: curl --resolve c.com:443:'],
    ] as const) {
      const { stdout, code } = await run(exact(patterns));
      assert.equal(code, 1, patterns);
      assert.ok(stdout.includes(`got ${witness}`), `${patterns}: ${stdout}`);
    }
  });

  it('all requests count as covered when they are all compared', async () => {
    const whole = '[{host: a.com, port: 80}, {host: b.com, port: 80}, {port: 5432, addresses: [10.0.0.0/8]}]';
    const name = file('exact.yaml', tests(`- name: x\n  from: shop/api\n  allows exactly: ${whole}\n`));
    assert.equal((await report(name, '--coverage')).coverage!.percent, 100);
  });

  it('compares with other policies: files, directories, commits', async () => {
    const wider = (old: string, from = '') =>
      file('wider.yaml', tests(`- name: x\n${from}  nothing wider than: ${old}\n`));
    mkdirSync(join(scratch, 'old'));
    file('old/web.yaml', policy('web', { hosts: 'a.com' }));
    file('old/db.yaml', policy('db', { ports: '5432/tcp', ranges: '10.0.0.0/8' }));
    const grown = await run(wider('old'));
    assert.equal(grown.code, 1);
    assert.match(
      grown.stdout,
      /want nothing wider than old, got allowed: curl --resolve b\.com:80:\S+ http:\/\/b\.com\/; Egress shop\/web spec\.hosts\[1\] \(policies\/web\.yaml:16\)$/m,
    );
    assert.equal((await run(wider('[policies]'))).code, 0);
    assert.equal((await run(wider('old', '  from: shop/other\n'))).code, 0);

    const git = (...words: string[]) =>
      runProgram('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...words], { cwd: scratch });
    await git('init', '-q');
    await git('add', 'policies', 'old');
    assert.equal((await git('commit', '-qm', 'x')).code, 0);
    assert.equal((await run(wider('git:HEAD'))).code, 0);
    assert.equal((await run(wider('git:HEAD:./old'))).code, 1);
    assert.equal((await run(wider('git:HEAD:old'))).code, 1);
    const missing = await run(wider('git:nowhere'));
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^error: wider\.yaml:6:3: git:nowhere:\.\/policies: there is no commit nowhere$/m);
  });

  it('cannot decide where a bound is met: 4, with the place and the bound', async () => {
    const paths = Array.from({ length: 30 }, (_, index) => {
      const [one, other] = [97 + (index % 26), 97 + ((index * 7) % 26)].map((code) => String.fromCharCode(code));
      return `  - name: m${index}\n    pathRegex: "/[a-z]{1,20}${one}[a-z]{1,20}${other}"\n`;
    });
    const group = `---\napiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata:\n  name: hard\n  namespace: shop\nspec:\n  matches:\n${paths.join('')}`;
    const matches = '  matches:\n  - apiGroup: specs.smi-spec.io/v1alpha4\n    kind: HTTPRouteGroup\n    name: hard\n';
    file('hard.yaml', `${policy('hard', { hosts: 'a.com' })}${matches}${group}`);
    const name = file(
      'bound.yaml',
      tests('- name: x\n  from: shop/api\n  allows exactly: [{host: a.com, port: 80, paths: [/a.*]}]\n', 'hard.yaml'),
    );
    const { stdout, code } = await run(name);
    assert.equal(code, 4, stdout);
    assert.match(
      stdout,
      /^UNDECIDED x \(bound\.yaml:5:3\): .* too large to decide here: the path on port 80 of a\.com has more than \d+ \w+; Egress shop\/hard spec\.hosts\[0\] \(hard\.yaml:15\)$/m,
    );
  });

  it('--init prints tests that pass, with one that is denied beside each that is allowed', async () => {
    const { stdout, stderr, code } = await runCli(['egress', 'test', '--init', '-f', 'policies'], { cwd: scratch });
    assert.equal(code, 0);
    assert.match(stderr, /note: .* save this one in the current folder/);
    file('initial.yaml', stdout);
    const { cases, summary, coverage } = await report('initial.yaml', '--coverage');
    assert.equal(summary['passed'], summary['cases']);
    assert.equal(coverage!.percent, 100);
    const wanted = cases.map(({ want }) => want);
    assert.ok(wanted.includes('allowed') && wanted.includes('denied'));
    file(
      'mutated.yaml',
      stdout.replaceAll(
        /expect: (allowed|denied)/g,
        (_, word) => `expect: ${word === 'denied' ? 'allowed' : 'denied'}`,
      ),
    );
    const mutated = await report('mutated.yaml');
    assert.equal(mutated.summary['failed'], mutated.summary['cases']);
    assert.equal((await run('--init')).code, 2);
  });

  it('--init names policies relative to the file that it writes, or that the shell writes for it', async () => {
    mkdirSync(join(scratch, 'elsewhere', 'deep'), { recursive: true });
    const named = await run('elsewhere/deep/new.yaml', '--init', '-f', 'policies', '-f', join(scratch, 'policies'));
    assert.deepEqual([named.code, named.stdout], [0, ''], named.stderr);
    assert.match(named.stderr, /note: elsewhere\/deep\/new\.yaml is written, with \d+ tests/);
    const written = readFileSync(join(scratch, 'elsewhere/deep/new.yaml'), 'utf8');
    assert.deepEqual((load(written) as { resources: string[] }).resources, [
      '../../policies',
      join(scratch, 'policies'),
    ]);
    assert.equal((await run('elsewhere/deep/new.yaml')).code, 0);
    const again = await run('elsewhere/deep/new.yaml', '--init', '-f', 'policies');
    assert.equal(again.code, 2);
    assert.match(again.stderr, /elsewhere\/deep\/new\.yaml: there is such a file already/);
    assert.equal(readFileSync(join(scratch, 'elsewhere/deep/new.yaml'), 'utf8'), written);
    assert.equal((await run('--init', '-f', 'policies', 'a.yaml', 'b.yaml')).code, 2);
    const missing = await run('nowhere/new.yaml', '--init', '-f', 'policies');
    assert.deepEqual([missing.code, /nowhere\/new\.yaml/.test(missing.stderr)], [2, true], missing.stderr);
    if (process.platform !== 'linux') return;
    const line = `'${process.execPath}' '${executable}' egress test --init -f policies > elsewhere/shell.yaml`;
    const shell = await runProgram('/bin/sh', ['-c', line], { cwd: scratch });
    assert.deepEqual([shell.code, shell.stderr], [0, '']);
    assert.equal((await run('elsewhere/shell.yaml')).code, 0);
  });

  it('--init tests the clients that are named, or all that the files know', async () => {
    const { stdout } = await run('--init', '-f', 'policies', '--from', 'shop/other');
    assert.match(stdout, /from: shop\/other/);
    assert.doesNotMatch(stdout, /from: shop\/api/);
  });

  it('reads several documents and files, and paths relative to each', async () => {
    mkdirSync(join(scratch, 'deep'), { recursive: true });
    const one = tests('- name: one\n  from: shop/api\n  target: http://a.com/\n  expect: allowed\n', '../policies');
    file('deep/two.yaml', `${one}---\n${one.replace('name: one', 'name: two')}---\n${policy('beside', {})}`);
    const { cases } = await report('mixed.yaml', 'deep');
    assert.equal(cases.length, 9);
    assert.deepEqual(
      cases.slice(7).map(({ name, status }) => [name, status]),
      [
        ['one', 'passed'],
        ['two', 'passed'],
      ],
    );
    const stdin = await runCli(['egress', 'test', '-'], { cwd: scratch, stdin: mixed });
    assert.equal(stdin.code, 1);
    assert.match(stdin.stdout, /\(<stdin>:9:3\)/);
  });

  it('takes clients in every form that --from takes', async () => {
    const workload = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { serviceAccountName: api, containers: [{ name: web, image: web }] }
`;
    file('workload.yaml', workload);
    const from = (word: string) =>
      file(
        'from.yaml',
        tests(
          `- name: x\n  from: ${word}\n  target: http://a.com/\n  expect: allowed\n- name: all\n  from: ${word}\n  nothing wider than: policies\n`,
          'policies, workload.yaml',
        ),
      );
    for (const word of ['shop/api', 'system:serviceaccount:shop:api', 'shop/deploy/web']) {
      const { code, stdout, stderr } = await run(from(word));
      assert.equal(code, 0, `${word}: ${stdout}${stderr}`);
    }
    const missing = await run(from('shop/deploy/wbe'));
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^error: from\.yaml:6:3: .*wbe/);
  });

  it('knows nothing of a source in another mesh', async () => {
    const elsewhere =
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    openservicemesh.io/monitored-by: other\n';
    file('elsewhere.yaml', elsewhere);
    const questions = [
      ['target: http://a.com/', 'expect: allowed'],
      ['target: http://a.com/', 'expect: denied'],
      ['allows exactly: []'],
      ['nothing wider than: policies'],
    ].map((lines, index) => `- name: q${index}\n  from: shop/api\n${lines.map((line) => `  ${line}\n`).join('')}`);
    const { cases, summary } = await report(file('mesh.yaml', tests(questions.join(''), 'policies, elsewhere.yaml')));
    assert.equal(summary['undecided'], 4, JSON.stringify(cases));
    for (const { got } of cases) assert.match(got, /mesh/);
  });

  it('hosts give names their addresses', async () => {
    const test = '- name: x\n  from: shop/api\n  target: tcp://db.com:5432\n  expect: allowed\n';
    const hosts = (address: string) => tests(test).replace('tests:', `hosts: { DB.com: ${address} }\ntests:`);
    assert.equal((await run(file('hosts.yaml', hosts('10.1.2.3')))).code, 0);
    assert.equal((await run(file('hosts.yaml', hosts('11.1.2.3')))).code, 1);
    assert.equal((await run(file('hosts.yaml', hosts('[10.1.2.3, 11.1.2.3]')))).code, 4);
  });

  it('what is wrong with a test file is told with file, line, column and remedy', async () => {
    const bad = (text: string) => run(file('bad.yaml', text));
    for (const [text, message] of [
      [
        '- name: x\n  from: a/b\n  from: c/d\n  target: http://a.com\n  expect: allowed\n',
        /bad\.yaml:7:3: the key "from" is defined twice/,
      ],
      [
        '- name: x\n  frm: a/b\n  target: http://a.com\n  expect: allowed\n',
        /bad\.yaml:6:3: tests\[0\]\.frm is not a field.*\n.*did you mean from\?/,
      ],
      [
        '- name: x\n  from: A/b\n  target: http://a.com\n  expect: allowed\n',
        /bad\.yaml:6:3: tests\[0\]\.from is no client.*\n.*write it like/,
      ],
      [
        '- name: x\n  from: a/b\n  target: http://\n  expect: allowed\n',
        /bad\.yaml:7:3: tests\[0\]\.target is no target/,
      ],
      [
        '- name: x\n  from: a/b\n  targets: [http://a.com, "x y"]\n  expect: allowed\n',
        /bad\.yaml:7:27: tests\[0\]\.targets\[1\] is no target/,
      ],
      [
        '- name: x\n  from: a/b\n  target: http://a.com\n  expect: alowed\n',
        /bad\.yaml:8:3: tests\[0\]\.expect must be one of.*\n.*did you mean allowed\?/,
      ],
      [
        '- name: x\n  from: a/b\n  target: http://a.com\n  expect: {}\n',
        /bad\.yaml:8:3: tests\[0\]\.expect expects nothing/,
      ],
      [
        '- name: x\n  from: a/b\n  target: http://a.com\n  expect: {verdict: unknown, status: 404}\n',
        /bad\.yaml:8:30: tests\[0\]\.expect\.status says nothing/,
      ],
      ['- name: x\n  from: a/b\n  target: http://a.com\n', /bad\.yaml:5:3: tests\[0\] does not say what is expected/],
      ['- name: x\n  from: a/b\n  expect: allowed\n', /bad\.yaml:5:3: tests\[0\] asks nothing/],
      ['- name: x\n  target: http://a.com\n  expect: allowed\n', /bad\.yaml:5:3: tests\[0\] does not say who sends/],
      [
        '- name: x\n  from: a/b\n  allows exactly: []\n  expect: allowed\n',
        /bad\.yaml:8:3: tests\[0\]\.expect belongs to target/,
      ],
      [
        '- name: x\n  from: a/b\n  allows exactly: [{host: a.com, port: 8080}]\n',
        /bad\.yaml:7:20: .* does not say its protocol/,
      ],
      [
        '- name: x\n  from: a/b\n  allows exactly: [{host: a.com, port: 80, paths: ["("]}]\n',
        /bad\.yaml:7:20: .*Envoy refuses the path/,
      ],
      [
        '- name: x\n  from: a/b\n  allows exactly: [{port: 5432, addresses: [10.0.0.0]}]\n',
        /bad\.yaml:7:45: .* not a range/,
      ],
      ['- name: x\n  nothing wider than: cluster\n', /bad\.yaml:6:3: .*names no policies/],
      [
        '- name: x\n  from: a/b\n  target: http://a.com\n  expect: allowed\n- name: x\n  nothing wider than: old\n',
        /bad\.yaml:9:3: tests\[1\]\.name is "x", as that of the test in line 5/,
      ],
    ] as const) {
      const { stdout, stderr, code } = await bad(tests(text));
      assert.deepEqual([stdout, code], ['', 2], text);
      assert.match(stderr, message);
    }
    const missing = await bad(
      tests('- name: x\n  from: a/b\n  target: http://a.com\n  expect: allowed\n', 'policies, nowhere'),
    );
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^error: bad\.yaml:3:23: nowhere cannot be read: no such file/);
    assert.match((await run('policies/web.yaml')).stderr, /policies\/web\.yaml: there is no EgressTest in this file/);
    assert.match(
      (await bad(mixed.replace('EgressTest', 'EgressTests'))).stderr,
      /bad\.yaml:2:1: osm-ts\/v1 has no kind "EgressTests"/,
    );
  });

  it('--watch runs again when a test or a policy changes, survives a broken file, and ends with 130', async () => {
    file(
      'watched.yaml',
      tests('- name: x\n  from: shop/api\n  target: http://w.com/\n  expect: allowed\n', 'watched-policy.yaml'),
    );
    file('watched-policy.yaml', policy('w', { hosts: 'a.com' }));
    const child = spawn(process.execPath, [executable, 'egress', 'test', 'watched.yaml', '--watch'], {
      cwd: scratch,
      env: environment(),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const seen = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(output)) await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
      output = '';
    };
    await seen(/FAIL[^]*waiting for a change/);
    file('watched-policy.yaml', policy('w', { hosts: 'w.com' }));
    await seen(/pass[^]*waiting for a change/);
    file('watched.yaml', 'apiVersion: osm-ts/v1\nkind: EgressTest\n');
    await seen(/error: watched\.yaml:1:1: [^]*waiting for a change/);
    file(
      'watched.yaml',
      tests('- name: x\n  from: shop/api\n  target: http://v.com/\n  expect: denied\n', 'watched-policy.yaml'),
    );
    await seen(/pass[^]*waiting for a change/);
    mkdirSync(join(scratch, 'watched'));
    const inFolder = tests(
      '- name: x\n  from: shop/api\n  target: http://v.com/\n  expect: allowed\n',
      'watched-policy.yaml, watched',
    );
    file('watched/one.yaml', policy('one', { hosts: 'one.com' }));
    file('watched.yaml', inFolder);
    await seen(/FAIL[^]*waiting for a change/);
    file('watched/notes.txt', 'no manifest');
    file('watched/two.yaml', policy('two', { hosts: 'v.com' }));
    await seen(/^pass {6}x\n[^]*waiting for a change/);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
  });

  it('every example of the help runs', async () => {
    for (const example of EgressTest.examples) {
      const line = example
        .replace('<%= config.bin %> <%= command.id %>', '')
        .replace(/ > \S+$/, '')
        .trim();
      const { code, stderr } = await runWarm(['egress', 'test', ...line.split(' ')], { cwd: packageRoot });
      assert.equal(code, 0, `${line}: ${stderr}`);
    }
  });

  for (const folder of ['http', 'https', 'http-routes', 'tcp']) {
    it(`the policy test beside the walkthrough's ${folder} policy passes, and covers all of it`, async () => {
      const example = join(packageRoot, 'examples', folder, 'egress-test.yaml');
      assertFits(load(readFileSync(example, 'utf8')), 'egress-test');
      const { summary, coverage } = await report(example, '--coverage');
      assert.ok(summary['cases']! >= 4);
      assert.equal(summary['passed'], summary['cases']);
      assert.equal(coverage!.percent, 100);
    });
  }
});
