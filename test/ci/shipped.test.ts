import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';

import { splitShellWords } from '../../src/lib/simulator/request/index.js';
import { ensureBuilt } from '../support/built.js';
import { executable, packageRoot, runProgram, type Run } from '../support/run-cli.js';

interface Step {
  readonly id?: string;
  readonly name: string;
  readonly if?: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { default?: string; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const textOf = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');
const yamlOf = (name: string): unknown => load(textOf(name));

/** The code blocks of docs/ci.md in one language. */
const blocksOf = (language: string): string[] =>
  [...textOf('docs/ci.md').matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);

/** What is shipped for CI, run as CI would: in a repository with policies, tests, and a commit before. */
describe('in CI', function () {
  this.timeout(120_000);
  let root: string;
  let repository: string;
  let base: string;

  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();

  before(() => {
    ensureBuilt();
    root = mkdtempSync(join(tmpdir(), 'osm-ts-ci-'));
    repository = join(root, 'repository');
    cpSync(join(packageRoot, 'examples', 'http'), join(repository, 'policies'), { recursive: true });
    mkdirSync(join(repository, 'tests'));
    const test = join(repository, 'policies', 'egress-test.yaml');
    const text = readFileSync(test, 'utf8').replace(
      'resources: [egress.yaml, mesh.yaml]',
      'resources: [../policies/egress.yaml, ../policies/mesh.yaml]',
    );
    writeFileSync(join(repository, 'tests', 'egress.yaml'), text);
    rmSync(test);
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'before');
    base = git('rev-parse', 'HEAD');
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'osm-ts'), `#!/bin/sh\nexec '${process.execPath}' '${executable}' "$@"\n`);
    chmodSync(join(bin, 'osm-ts'), 0o755);
  });
  beforeEach(() => git('checkout', '-q', '--', '.'));
  after(() => {
    rmSync(root, { recursive: true });
  });

  const shell = (script: string, env: Record<string, string> = {}): Promise<Run> =>
    runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: repository,
      env: { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, ...env },
    });

  function edit(from: string, to: string): void {
    const file = join(repository, 'policies', 'egress.yaml');
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(from));
    writeFileSync(file, text.replace(from, to));
  }

  /** Runs the steps of the action; an expression is looked up, and one that nobody knows is an error. */
  async function runAction(
    given: Record<string, string>,
  ): Promise<{ codes: Record<string, number | null>; log: string; summary: string; outputs: string }> {
    const { inputs, runs } = yamlOf('action.yml') as Action;
    const files = { GITHUB_ENV: 'env', GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary' };
    const env: Record<string, string> = {};
    for (const [name, file] of Object.entries(files)) writeFileSync((env[name] = join(root, file)), '');
    const known: Record<string, string> = {
      'github.action_path': packageRoot,
      'inputs.base || github.event.pull_request.base.sha': given['base'] ?? base,
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, input]) => [`inputs.${name}`, given[name] ?? input.default ?? '']),
      ),
    };
    const valueOf = (text: string): string =>
      text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
        assert.ok(expression in known, expression);
        return known[expression]!;
      });
    const codes: Record<string, number | null> = {};
    let log = '';
    for (const { id, if: condition = '', run, env: own = {} } of runs.steps) {
      assert.ok(!run.includes('${{'), 'expressions in a script would let an input be run');
      if (condition.includes("inputs.tests != ''") && known['inputs.tests'] === '') continue;
      const said = readFileSync(env['GITHUB_ENV']!, 'utf8').trim().split('\n').filter(Boolean);
      const told = Object.fromEntries(said.map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string]));
      const values = Object.fromEntries(Object.entries(own).map(([name, text]) => [name, valueOf(text)]));
      const { code, stdout, stderr } = await shell(run, { ...env, ...told, ...values });
      codes[id!] = code;
      log += stdout + stderr;
    }
    const read = (name: string): string => readFileSync(env[name]!, 'utf8');
    return { codes, log, summary: read('GITHUB_STEP_SUMMARY'), outputs: read('GITHUB_OUTPUT') };
  }

  it('the action passes what is well', async () => {
    const { codes, summary, outputs, log } = await runAction({ policies: 'policies', tests: 'tests' });
    assert.deepEqual(codes, { install: 0, lint: 0, test: 0, diff: 0 }, log);
    assert.match(outputs, /^sarif=osm-ts\.sarif$/m);
    assert.match(outputs, /^differs=false$/m);
    assert.notEqual(summary, '');
    const sarif = JSON.parse(readFileSync(join(repository, 'osm-ts.sarif'), 'utf8')) as { version: string };
    assert.equal(sarif.version, '2.1.0');
  });

  it('the action fails for a test that does not pass, and tells what more is allowed', async () => {
    edit('- httpbin.org', '- httpbin.org\n  - example.com');
    const { codes, summary, outputs, log } = await runAction({ policies: 'policies', tests: 'tests' });
    assert.deepEqual(codes, { install: 0, lint: 0, test: 1, diff: 0 }, log);
    assert.match(outputs, /^differs=true$/m);
    assert.match(summary, /example\.com/);
  });

  it('the action fails for a finding, and annotates its line', async () => {
    edit('- httpbin.org', '- httpbin.org\n  - HTTPBIN.org');
    const { codes, log } = await runAction({ policies: 'policies' });
    assert.deepEqual([codes['lint'], codes['test']], [1, undefined]);
    assert.match(log, /^::error file=policies\/egress\.yaml,line=\d+/m);
  });

  it('the action fails for a file that cannot be read, also where it differs', async () => {
    edit('hosts:', 'hosts: [');
    const { codes } = await runAction({ policies: 'policies' });
    assert.ok(codes['lint'] !== 0 && codes['diff'] === 2, JSON.stringify(codes));
  });

  it('the lines for GitLab and for a shell do what they say', async () => {
    const gitlab = blocksOf('yaml')
      .map((text) => load(text))
      .find((block) => 'egress' in (block as object));
    const { script } = (gitlab as { egress: { script: string[] } }).egress;
    const env = { CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
    const lines = [
      ...script,
      ...blocksOf('sh')
        .find((text) => text.includes('egress lint'))!
        .trim()
        .split('\n'),
    ];
    assert.equal(lines.length, 6);
    for (const line of lines) {
      const { code, stderr } = await shell(line, env);
      assert.equal(code, 0, `${line}: ${stderr}`);
    }
    for (const file of ['lint.xml', 'tests.xml']) {
      assert.match(readFileSync(join(repository, file), 'utf8'), /^<\?xml[^]*<testsuites/);
    }
    edit('- httpbin.org', '- httpbin.org\n  - example.com');
    assert.deepEqual(
      await Promise.all(lines.slice(1).map(async (line) => (await shell(line, env)).code)),
      [1, 0, 0, 1, 1],
    );
  });

  it('the hooks of pre-commit run as they are declared', async () => {
    const hooks = yamlOf('.pre-commit-hooks.yaml') as { id: string; entry: string; args: string[]; files: string }[];
    const example = blocksOf('yaml')
      .map((text) => load(text))
      .find((block) => 'repos' in (block as object));
    const used = (example as { repos: { hooks: { id: string; args: string[] }[] }[] }).repos[0]!.hooks;
    assert.deepEqual(
      hooks.map(({ id, args }) => ({ id, args })),
      used,
    );
    for (const { entry, args, files } of hooks) {
      assert.ok(new RegExp(files).test('policies/egress.yaml'));
      const { code, stderr } = await shell([entry, ...args].join(' '));
      assert.equal(code, 0, `${entry}: ${stderr}`);
    }
    edit('- httpbin.org', '- httpbin.org\n  - HTTPBIN.org');
    assert.equal((await shell([hooks[0]!.entry, ...hooks[0]!.args].join(' '))).code, 1);
  });

  it('the steps of the Containerfile make a program that runs as another user', async function () {
    const place = join(root, 'image');
    mkdirSync(join(place, 'tmp'), { recursive: true });
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', place], {
      ...{ cwd: packageRoot, encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'ignore'] as const },
    });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    const text = textOf('Containerfile').replaceAll('\\\n', ' ');
    assert.match(text, /^COPY \$\{PACKAGE\} \/tmp\/osm-ts\.tgz$/m);
    cpSync(join(place, filename), join(place, 'tmp', 'osm-ts.tgz'));
    const [unpack] = [...text.matchAll(/^RUN (.*)$/gm)].map(([, command]) => command!);
    const moved = unpack!.replaceAll(/(?<=\s)\/(?=opt|tmp|work)/g, `${place}/`);
    assert.equal((await shell(moved)).code, 0);
    assert.ok(existsSync(join(place, 'work')) && !existsSync(join(place, 'opt', 'osm-ts', 'node_modules')));
    const user = /^USER (\d+):(\d+)$/m.exec(text);
    assert.ok(user && Number(user[1]) > 0, 'it does not run as root');
    const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]!) as string[];
    assert.ok(text.includes(`ln -s ${entry.at(-1)} /usr/local/bin/osm-ts`));
    const [node, ...start] = entry.map((word) => (word.startsWith('/') ? join(place, word) : word));
    assert.equal(node, 'node');
    const asked = [...start, ...splitShellWords('egress lint -R -f policies')];
    execFileSync('chmod', ['-R', 'a+rX,go-w', root]);
    const drop =
      process.getuid?.() === 0 ? ['setpriv', '--reuid', user[1]!, '--regid', user[2]!, '--clear-groups'] : [];
    const [program, ...words] = [...drop, process.execPath, ...asked];
    const run = await runProgram(program!, words, { cwd: repository, env: { HOME: '/nonexistent' } });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /no findings/);
  });
});
