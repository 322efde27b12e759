import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readManifest } from '../../scripts/build/manifest.js';
import { kindOfArgument, kindOfFlag } from '../../src/lib/cli/completion/kinds.js';
import { powershellFaults } from '../support/powershell.js';
import { executable, packageRoot, runCli, runProgram, runWarm } from '../support/run-cli.js';

/** What may follow, without descriptions, and the directive. */
async function follows(...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await runWarm(['__complete', ...words], { cwd: packageRoot });
  assert.deepEqual([stderr, code], ['', 0]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]!);
}

describe('completion', () => {
  it('knows what every flag and argument takes', async () => {
    const { commands } = await readManifest();
    for (const { id, flags, args } of Object.values(commands)) {
      for (const flag of Object.values(flags)) {
        if (flag.type === 'boolean' || flag.options) continue;
        assert.notEqual(
          kindOfFlag(flag.name, flag.helpValue as string),
          undefined,
          `${id} --${flag.name} in completion/kinds.ts`,
        );
      }
      for (const arg of Object.values(args))
        if (!arg.options)
          assert.notEqual(kindOfArgument(id, arg.name), undefined, `${id} ${arg.name} in completion/kinds.ts`);
    }
  });

  it('completes commands, level by level, and leaves out hidden ones', async () => {
    const first = await follows('');
    assert.ok(first.includes('egress') && first.includes('version') && first.includes('completion'));
    assert.deepEqual(
      first.filter((word) => /^_|^ns$/.test(word)),
      [],
    );
    assert.deepEqual(await follows('egress', 'expl'), ['explain', ':4']);
    assert.deepEqual(await follows('support', 'e'), ['error-info', ':4']);
    assert.deepEqual(await follows('-n', 'web', '--verbose', 'egress', 'expl'), ['explain', ':4']);
    assert.deepEqual(await follows('help', 'meshc'), ['meshconfig', ':4']);
    assert.deepEqual(await follows('nothing', ''), [':4']);
  });

  it('completes flags that are not there yet, and their values', async () => {
    assert.deepEqual(await follows('egress', 'explain', '--fro'), ['--from', ':4']);
    assert.ok((await follows('egress', 'explain', '--from', 'a/b', '--')).includes('--from'), 'repeatable');
    assert.ok(!(await follows('egress', 'explain', '--strict', '--')).includes('--strict'));
    assert.ok((await follows('egress', 'explain', '--h')).includes('--help'));
    assert.deepEqual(await follows('egress', 'explain', '-o', ''), ['text', 'json', 'yaml', ':4']);
    assert.deepEqual(await follows('egress', 'explain', '--output=j'), ['--output=json', ':4']);
    assert.deepEqual(await follows('egress', 'check', '--fail-on', 'w'), ['warning', ':4']);
    assert.deepEqual(await follows('egress', 'lint', '--explain', 'OSM-E001'), ['OSM-E001', ':4']);
  });

  it('completes arguments by where they stand', async () => {
    assert.deepEqual(await follows('completion', 'z'), ['zsh', ':4']);
    assert.deepEqual(await follows('completion', 'zsh', ''), [':4']);
    assert.deepEqual(await follows('egress', 'diff', 'old', ''), [':0']);
    assert.deepEqual(await follows('egress', 'diff', 'old', 'new', ''), [':4']);
    assert.deepEqual(await follows('egress', 'test', 'a', 'b', ''), [':0'], 'several files');
    assert.deepEqual(await follows('meshconfig', 'set', 'spec.traffic.enableE'), ['spec.traffic.enableEgress=', ':6']);
    assert.deepEqual(await follows('support', 'error-info', 'E1000'), ['E1000', ':4']);
    assert.deepEqual(await follows('egress', 'explain', '--', 'cu'), [':4']);
  });

  it('says what words mean, unless it is not to', async () => {
    const meant = await runWarm(['__complete', 'egress', 'expl'], {});
    assert.match(meant.stdout, /^explain\tSay whether .+\n:4\n$/);
    const plain = await runWarm(['__completeNoDesc', 'egress', 'expl'], {});
    assert.equal(plain.stdout, 'explain\n:4\n');
  });

  it('takes help flags for words like others', async () => {
    assert.deepEqual(await follows('egress', '--help', ''), await follows('egress', ''));
  });

  it('has contexts of the kubeconfig, and nothing where it cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-completion-'));
    try {
      const config = join(folder, 'config');
      const context = (name: string) => ({ name, context: { cluster: 'c', user: 'u' } });
      writeFileSync(
        config,
        JSON.stringify({ apiVersion: 'v1', kind: 'Config', contexts: [context('one'), context('two\u001b')] }),
      );
      assert.deepEqual(await follows('mesh', 'list', '--kubeconfig', config, '--context', ''), [
        'one',
        String.raw`two\u001b`,
        ':4',
      ]);
      assert.deepEqual(await follows('mesh', 'list', `--kubeconfig=${config}`, '--context', 'o'), ['one', ':4']);
      writeFileSync(config, '{');
      assert.deepEqual(await follows('mesh', 'list', '--kubeconfig', config, '--context', ''), [':4']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('goes without names of a cluster that does not answer', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-completion-'));
    try {
      const { port } = server.address() as AddressInfo;
      const config = join(folder, 'config');
      const clusters = [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }];
      const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
      const users = [{ name: 'u', user: {} }];
      writeFileSync(
        config,
        JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters, contexts, users, 'current-context': 'x' }),
      );
      const run = await runCli(['__complete', 'egress', 'explain', '--from', ''], { env: { KUBECONFIG: config } });
      assert.deepEqual([run.stdout, run.stderr, run.code], [':4\n', '', 0]);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** Whether a shell is on this machine. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

describe('completion in shells', function () {
  this.timeout(60_000);
  let folder: string;
  const env = (): Record<string, string> => ({ PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb' });
  const inShell = (program: string, args: string[]) => runProgram(program, args, { cwd: packageRoot, env: env() });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'osm-ts-shell-'));
    symlinkSync(executable, join(folder, 'osm-ts'));
    symlinkSync(executable, join(folder, 'kubectl-osm_ts'));
    symlinkSync(join(packageRoot, 'bin', 'kubectl-complete.js'), join(folder, 'kubectl_complete-osm_ts'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('works in bash, which cuts words at = and :', async () => {
    const script = String.raw`
      source <(osm-ts completion bash)
      try() { # LINE TYPE WORD...
        COMP_LINE=$1 COMP_POINT=${'$'}{#1} COMP_TYPE=$2; shift 2
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _osm_ts_complete
        (IFS='|'; echo "${'$'}{COMPREPLY[*]}")
      }
      try 'osm-ts egress expl' 9 osm-ts egress expl
      try 'osm-ts egress explain --output=' 9 osm-ts egress explain --output =
      try 'osm-ts egress explain --output=j' 9 osm-ts egress explain --output = j
      try 'osm-ts egress explain -o ' 9 osm-ts egress explain -o ''
      try 'osm-ts mesh' 63 osm-ts mesh
      try 'osm-ts egress explain --url http://x' 9 osm-ts egress explain --url http : //x
      complete -p osm-ts`;
    const { stdout, stderr } = await inShell('bash', ['-c', script]);
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'explain',
      'text|json|yaml',
      'json',
      'text|json|yaml',
      'mesh        (The meshes of a cluster)|meshconfig  (The mesh-wide configuration)',
      '',
      'complete -F _osm_ts_complete osm-ts',
    ]);
  });

  it('works in zsh', async function () {
    if (!has('zsh')) return this.skip();
    const script = String.raw`
      zmodload zsh/zpty
      zpty shell 'zsh -f -i'
      send() { zpty -w -n shell "$1" }
      send $'PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u; source <(osm-ts completion zsh); echo be""gin\n'
      zpty -r -m shell out '*begin*'
      try() { send "$1"; zpty -r -m shell out "$2"; print -r -- "${'$'}{out//[$'\r\n']/}"; send $'\C-u' }
      try $'osm-ts egress expl\t' '*egress explain *'
      try $'osm-ts egress explain --output=j\t' '*--output=json*'
      try $'osm-ts egress explain -f exampl\t' '*examples/*'
      try $'osm-ts meshconfig set spec.traffic.enableE\tfalse' '*enableEgress=false*'
      try $'osm-ts mesh\t\t' '*The mesh-wide configuration*'`;
    const { stdout } = await inShell('zsh', ['-f', '-c', script]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
    assert.equal(lines.length, 5, stdout);
    assert.match(lines[4]!, /mesh +-- The meshes of a cluster/);
  });

  it('works in fish', async function () {
    if (!has('fish')) return this.skip();
    const lines = ['osm-ts egress expl', 'osm-ts egress explain -o j', 'osm-ts egress explain --filename=exampl'];
    const script = `osm-ts completion fish | source; ${lines.map((line) => `complete -C '${line}'`).join('; ')}`;
    const { stdout } = await inShell('fish', ['-c', script]);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]),
      ['explain', 'json', '--filename=examples/'],
    );
    const plain = await inShell('fish', [
      '-c',
      "osm-ts completion fish --no-descriptions | source; complete -C 'osm-ts egress expl'",
    ]);
    assert.equal(plain.stdout, 'explain\n');
  });

  it('works in PowerShell', async function () {
    if (!has('pwsh')) return this.skip();
    const script = `osm-ts completion powershell | Out-String | Invoke-Expression
      [System.Management.Automation.CommandCompletion]::CompleteInput('osm-ts egress expl', 18, $null).CompletionMatches.CompletionText`;
    const { stdout } = await inShell('pwsh', ['-NoProfile', '-Command', script]);
    assert.equal(stdout.trim(), 'explain');
  });

  it('is understood by a grammar of PowerShell, with and without descriptions, which finds each bracket that is gone', async () => {
    for (const flags of [[], ['--no-descriptions']]) {
      const { stdout: script } = await runWarm(['completion', 'powershell', ...flags], {});
      assert.match(script, /Register-ArgumentCompleter/);
      assert.deepEqual(await powershellFaults(script), [], flags.join(' '));
      const marks = [...script.matchAll(/#.*|'[^']*'|[(){}]/g)].filter(([mark]) => mark.length === 1);
      assert.equal(marks.length > 40, true);
      for (const { index } of marks) {
        const broken = script.slice(0, index) + script.slice(index + 1);
        assert.notDeepEqual(await powershellFaults(broken), [], `without its character ${index}`);
      }
    }
  });

  it('is there for the plugin of kubectl, whose usage names it', async () => {
    assert.equal((await inShell('kubectl_complete-osm_ts', ['egress', 'expl'])).stdout.split('\t')[0], 'explain');
    const help = await inShell('kubectl-osm_ts', ['egress', 'explain', '--help']);
    assert.match(help.stdout, /\$ kubectl osm_ts egress explain \[TARGET\.\.\.\]/);
    const wrong = await inShell('kubectl-osm_ts', ['egres']);
    assert.match(wrong.stderr, /did you mean kubectl osm_ts egress\?/);
  });

  it('has a script for four shells, and an error for others', async () => {
    const wrong = await runWarm(['completion', 'tcsh'], {});
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /bash.*fish.*powershell.*zsh/);
    assert.equal((await runWarm(['completion'], {})).code, 2);
  });
});
