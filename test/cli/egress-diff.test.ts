import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressDiff from '../../src/commands/egress/diff.js';
import { packageRoot, runCli, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';
import { recordedWorlds } from '../conformance/recordings.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-diff-'));

function file(name: string, text: string): string {
  writeFileSync(join(scratch, name), text);
  return name;
}

interface Policy {
  readonly hosts?: string;
  readonly ports?: string;
  readonly from?: string;
  readonly more?: string;
}

const policy = (name: string, { hosts = 'a.com', ports = '443/https', from = 'client', more = '' }: Policy = {}) => {
  const [number, protocol] = ports.split('/');
  return `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: ${name}, namespace: shop }
spec:
  sources: [{ kind: ServiceAccount, name: ${from}, namespace: shop }]
  hosts: [${hosts}]
  ports: [{ number: ${number}, protocol: ${protocol} }]
${more}---
`;
};

const diff = (...words: string[]) => runWarm(['egress', 'diff', ...words], { cwd: scratch });

interface Difference {
  kind: string;
  sources: string[];
  requests: string;
  command: string;
  before: { verdict: string; decidedBy: { file: string; line: number }[] };
  after: { verdict: string; decidedBy: { file: string; line: number }[] };
}

interface Document {
  same: boolean;
  allowsMore: boolean;
  deniesMore: boolean;
  differences: Difference[];
  undecided: { message: string }[];
}

async function document(...words: string[]): Promise<Document> {
  const { stdout } = await diff(...words, '-o', 'json');
  const parsed = JSON.parse(stdout) as Document;
  assertFits(parsed, 'egress-diff');
  return parsed;
}

describe('egress diff', function () {
  this.timeout(120_000);
  let a: string;
  let more: string;

  before(() => {
    a = file('a.yaml', policy('web'));
    more = file('more.yaml', policy('web', { hosts: 'a.com, b.com' }));
  });

  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('proves that nothing differs, whatever order and names of objects', async () => {
    const one = file('one.yaml', policy('one') + policy('two', { hosts: 'b.com', ports: '80/http' }));
    const other = file('other.yaml', policy('three', { hosts: 'b.com', ports: '80/http' }) + policy('four'));
    const { stdout, code } = await diff(one, other);
    assert.equal(code, 0);
    assert.equal(stdout, 'nothing differs, for any request of 2 sources\n');
    assert.equal((await document(one, other)).same, true);
  });

  it('tells each class with before, after, the field that decides, and a command', async () => {
    const { stdout, code } = await diff(a, more);
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `newly allowed
  from shop/client: TLS on port 443 of b.com, wherever it resolves to
    curl https://b.com/
    before  the TLS handshake is cut off: curl exits with 35
    after   the server's answer: curl exits with 0; goes to the address dialled
    by      Egress shop/web spec.ports[0] (more.yaml:7)

1 newly allowed; nothing else differs, for any request of 2 sources
`,
    );
  });

  it('fails on what it is told to fail on', async () => {
    const codeOf = async (...words: string[]) => (await diff(...words)).code;
    assert.equal(await codeOf(a, more, '--fail-on', 'allowed'), 1);
    assert.equal(await codeOf(a, more, '--fail-on', 'denied'), 0);
    assert.equal(await codeOf(more, a, '--fail-on', 'allowed'), 0);
    assert.equal(await codeOf(more, a, '--fail-on', 'denied'), 1);
  });

  it('looks at the sources that are named, or at all', async () => {
    const others = file('others.yaml', policy('web') + policy('own', { hosts: 'c.com', from: 'other' }));
    const { differences } = await document(a, others);
    assert.deepEqual([...new Set(differences.flatMap(({ sources }) => sources))], ['shop/other']);
    assert.equal((await diff(a, others, '--from', 'shop/client')).code, 0);
    assert.equal((await diff(a, others, '--from', 'shop/client', '--from', 'shop/other')).code, 1);
  });

  it('tells what a MeshConfig changes for those that no policy names', async () => {
    const mesh = (enableEgress: boolean) => `apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: { name: osm-mesh-config, namespace: osm-system }
spec: { traffic: { enableEgress: ${enableEgress} }, featureFlags: { enableEgressPolicy: true } }
---
`;
    const [closed, open] = [
      file('closed.yaml', mesh(false) + policy('web')),
      file('open.yaml', mesh(true) + policy('web')),
    ];
    const { stdout, code } = await diff(closed, open);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^newly allowed\n[^]*\n {2}from any other ServiceAccount of shop: everything on every port, wherever it resolves to\n/,
    );
    // what one set does not have is taken from the other
    const { stderr, code: same } = await diff(open, file('less.yaml', policy('web')));
    assert.equal(same, 0);
    assert.match(stderr, /NEW has no MeshConfig: taken from OLD/);
  });

  it('says what is too large to decide, and exits with 4', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const paths = Array.from(
      { length: 40 },
      (_, index) => `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
    );
    const group = (list: readonly string[]) => `apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: hard, namespace: shop }
spec:
  matches: [${list.map((path, index) => `{ name: m${index}, pathRegex: "${path}", methods: [${index % 2 ? 'GET' : 'PUT'}] }`).join(', ')}]
---
`;
    const hard = policy('web', {
      ports: '80/http',
      more: '  matches: [{ apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: hard }]\n',
    });
    const [one, other] = [file('hard-1.yaml', hard + group(paths)), file('hard-2.yaml', hard + group(paths.slice(1)))];
    const { stdout, code } = await diff(one, other);
    assert.equal(code, 4, stdout);
    assert.match(
      stdout,
      /too large to decide here: the path on port 80 of a\.com has more than 20000 states, for requests from shop\/client \(Egress shop\/web \(hard-1\.yaml:1\)/,
    );
    const { same, undecided } = await document(one, other);
    assert.deepEqual([same, undecided.length > 0], [false, true]);
  });

  it('reads standard input, and commits of git', async () => {
    const piped = await runCli(['egress', 'diff', a, '-'], {
      cwd: scratch,
      stdin: readFileSync(join(scratch, more), 'utf8'),
    });
    assert.equal(piped.code, 1);
    assert.match(piped.stdout, /of b\.com/);
    assert.equal((await diff('-', '-')).code, 2);

    const repository = join(scratch, 'repository');
    mkdirSync(join(repository, 'policies'), { recursive: true });
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd: repository });
    cpSync(join(scratch, a), join(repository, 'policies', 'web.yaml'));
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'first');
    cpSync(join(scratch, more), join(repository, 'policies', 'web.yaml'));
    const { stdout, code } = await runWarm(['egress', 'diff', 'git:HEAD:policies', 'policies'], { cwd: repository });
    assert.equal(code, 1);
    assert.match(stdout, /of b\.com[^]*policies\/web\.yaml:7/);
  });

  it('prints Markdown in which nothing of an object is markup', async () => {
    const { stdout, code } = await diff(
      a,
      file('odd.yaml', policy('web') + policy('b', { hosts: '"<img>.com", b.com' })),
      '-o',
      'markdown',
    );
    assert.equal(code, 1);
    assert.match(stdout, /^### Egress: 1 newly allowed; /);
    assert.doesNotMatch(stdout.replaceAll(/```[^]*?```/g, ''), /(?<!\\)<img/);
    assert.match(
      stdout,
      /<details><summary>before, after, and how to try it<\/summary>\n\n {2}```sh\n {2}curl https:\/\/b\.com\/\n {2}```\n/,
    );
  });

  it('prints workflow commands of GitHub', async () => {
    const { stdout } = await diff(a, more, '-o', 'github');
    assert.match(
      stdout,
      /^::warning file=more\.yaml,line=7,col=\d+,title=newly allowed::from shop\/client: TLS on port 443 of b\.com, wherever it resolves to%0Acurl https:\/\/b\.com\/%0A/,
    );
    for (const line of stdout.trimEnd().split('\n')) assert.match(line, /^::(warning|notice) /);
  });

  it('runs the examples of its help', async () => {
    for (const example of EgressDiff.examples) {
      const words = example.replace('<%= config.bin %> <%= command.id %> ', '').split(' ');
      const cwd = words.some((word) => word.startsWith('git:')) ? join(scratch, 'repository') : packageRoot;
      const { code, stderr } = await runWarm(['egress', 'diff', ...words], { cwd });
      assert.equal(code, 1, stderr);
    }
  });

  it('law: on recorded worlds, the built program finds each command before and after as diff says, and nothing between equals', async () => {
    let commands = 0;
    const worlds = [...recordedWorlds('named')].filter(({ resources }) =>
      resources.some(({ kind }) => kind === 'Egress'),
    );
    for (const recorded of worlds.filter((_, index) => index % 12 === 0)) {
      const text = (resources: readonly unknown[]) => resources.map((one) => `${JSON.stringify(one)}\n---\n`).join('');
      const policies = recorded.resources.filter(({ kind }) => kind === 'Egress');
      const whole = file('whole.yaml', text(recorded.resources));
      const less = file('less-one.yaml', text(recorded.resources.filter((one) => one !== policies[0])));
      assert.equal(
        (await diff(whole, file('copy.yaml', text(recorded.resources.toReversed())))).code,
        0,
        recorded.name,
      );
      const { differences } = await document(whole, less);
      const own = differences.filter(({ sources }) => sources.includes(recorded.source)).slice(0, 6);
      for (const { command, before: was, after: is } of own) {
        for (const [input, { verdict }] of [
          [whole, was],
          [less, is],
        ] as const) {
          const words = ['egress', 'explain', '--from', recorded.source, '-f', input, '-o', 'json', command];
          const { stdout, stderr } = await runWarm(words, { cwd: scratch });
          assert.equal(
            (JSON.parse(stdout) as { verdict: string }).verdict,
            verdict,
            `${recorded.name}: ${command}\n${stderr}`,
          );
        }
        commands++;
      }
    }
    assert.ok(commands >= 10, String(commands));
  });
});
