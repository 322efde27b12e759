import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundleFileWith, install } from '../support/install.js';
import { runProgram } from '../support/run-cli.js';
import type { Run } from '../support/run-cli.js';

/** What the program says, and what planted code says. They are equally long: V8 takes the one's code for the other's source. */
const [genuine, planted] = ['kind:"Version"', 'kind:"Planted"'];

/** Scripts that are run before the program, in its process. */
const shims = {
  otherUser: 'const own = process.getuid(); process.getuid = process.geteuid = () => own + 1;',
  privileged: 'const own = process.getuid(); process.geteuid = () => own + 1;',
  killedWhileWriting: `const fs = require('node:fs'); const write = fs.writeFileSync;
    fs.writeFileSync = (file, bytes) => { write(file, bytes.subarray(0, bytes.length / 2)); process.kill(process.pid, 'SIGKILL'); };`,
  killedBeforeRenaming: `require('node:fs').renameSync = () => process.kill(process.pid, 'SIGKILL');`,
  diskFull: `require('node:fs').writeFileSync = () => { throw Object.assign(new Error('full'), { code: 'ENOSPC' }); };`,
};

describe('the code cache', function () {
  this.timeout(60_000);
  let work: string;
  let installed: string;
  let poisoned: string;
  let home: string;

  async function run(
    words: readonly string[],
    env: Record<string, string | undefined> = {},
    shim?: keyof typeof shims,
  ): Promise<Run> {
    const before = shim ? ['--require', join(work, `${shim}.cjs`)] : [];
    const program = [...before, join(installed, 'bin', 'run.js'), ...words];
    return runProgram(process.execPath, program, { cwd: work, env: { HOME: home, ...env } });
  }

  /** Who answers: the program as it is, or the code that was planted. */
  async function answer(env?: Record<string, string | undefined>, shim?: keyof typeof shims): Promise<string> {
    const { stdout, stderr, code } = await run(['version', '-o', 'json'], env, shim);
    assert.deepEqual([stderr, code], ['', 0]);
    return (JSON.parse(stdout) as { kind: string }).kind;
  }

  const folder = (): string => join(home, '.cache', 'osm-ts');

  function cacheFile(): string {
    const [name, ...others] = readdirSync(folder());
    assert.ok(name && others.length === 0, `one cache, not ${[name, ...others].join(', ')}`);
    return join(folder(), name);
  }

  /** Where each script is: offset, length of the source, length of the code. */
  function places(file: string): Record<string, [offset: number, source: number, data: number]> {
    const text = readFileSync(file, 'latin1');
    const header = JSON.parse(text.slice(8, 8 + Number(text.slice(0, 8)))) as { scripts: ReturnType<typeof places> };
    return header.scripts;
  }

  const scripts = (): string[] => Object.keys(places(cacheFile()));

  function freshHome(from?: string): void {
    home = mkdtempSync(join(work, 'home-'));
    if (from) cpSync(from, home, { recursive: true });
  }

  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'osm-ts-cache-'));
    installed = install();
    for (const [name, text] of Object.entries(shims)) writeFileSync(join(work, `${name}.cjs`), text);
    // A cache with code that is not the program's, although it says so.
    const file = bundleFileWith(installed, genuine);
    const source = readFileSync(file, 'latin1');
    writeFileSync(file, source.replace(genuine, planted), 'latin1');
    freshHome();
    await run(['version', '-o', 'json']);
    writeFileSync(file, source, 'latin1');
    const text = readFileSync(cacheFile(), 'latin1');
    assert.equal(text.split(planted).length, 2);
    writeFileSync(cacheFile(), text.replace(planted, genuine), 'latin1');
    poisoned = home;
  });

  after(() => {
    for (const path of [work, installed]) rmSync(path, { recursive: true, force: true });
  });

  it('is made by the first run, for nobody but the user, and used by the next', async () => {
    freshHome();
    assert.equal(await answer(), 'Version');
    for (const path of [join(home, '.cache'), folder()]) assert.equal(lstatSync(path).mode & 0o777, 0o700);
    assert.equal(lstatSync(cacheFile()).mode & 0o777, 0o600);
    const { mtimeMs, ino } = lstatSync(cacheFile());
    assert.equal(await answer(), 'Version');
    assert.deepEqual([lstatSync(cacheFile()).mtimeMs, lstatSync(cacheFile()).ino], [mtimeMs, ino]);
    // What is planted in all the tests below would show.
    freshHome(poisoned);
    assert.equal(await answer(), 'Planted');
  });

  it('learns what further commands need, and forgets nothing', async () => {
    freshHome();
    await run(['version']);
    const first = scripts();
    await run(['namespace', 'add', '--help']);
    await run(['egress', 'explain', '--from', 'a/b', '-f', join(work, 'none.yaml'), '--url', 'http://x']);
    const all = scripts();
    assert.ok(all.length > first.length);
    assert.deepEqual(
      first.filter((name) => !all.includes(name)),
      [],
    );
    const { ino } = lstatSync(cacheFile());
    await run(['version']);
    await run(['namespace', 'add', '--help']);
    assert.equal(lstatSync(cacheFile()).ino, ino);
  });

  it('is in XDG_CACHE_HOME where that is given, but not in a relative one', async () => {
    freshHome();
    assert.equal(await answer({ XDG_CACHE_HOME: join(home, 'xdg') }), 'Version');
    assert.deepEqual(readdirSync(home), ['xdg']);
    freshHome();
    cpSync(join(poisoned, '.cache'), join(work, 'relative'), { recursive: true });
    assert.equal(await answer({ XDG_CACHE_HOME: 'relative' }), 'Version');
  });

  const holes: Record<string, () => void> = {
    'a folder that all may write': () => chmodSync(folder(), 0o777),
    'a folder that its group may write': () => chmodSync(folder(), 0o770),
    'a file that all may write': () => chmodSync(cacheFile(), 0o666),
    'a file that its group may write': () => chmodSync(cacheFile(), 0o660),
    'a folder that is a link': () => {
      renameSync(folder(), join(home, 'elsewhere'));
      symlinkSync(join(home, 'elsewhere'), folder());
    },
    'a file that is a link': () => {
      const file = cacheFile();
      renameSync(file, join(home, 'elsewhere'));
      symlinkSync(join(home, 'elsewhere'), file);
    },
    'a file that has another name as well': () => linkSync(cacheFile(), join(home, 'elsewhere')),
    'a pipe': () => {
      const file = cacheFile();
      rmSync(file);
      execFileSync('mkfifo', ['-m', '600', file]);
    },
    'a folder in place of the file': () => {
      const file = cacheFile();
      rmSync(file);
      mkdirSync(file);
    },
  };
  for (const [what, dig] of Object.entries(holes)) {
    it(`is not used from ${what}`, async () => {
      freshHome(poisoned);
      dig();
      assert.equal(await answer(), 'Version');
    });
  }

  it('is not used when it belongs to somebody else, and nothing is written there', async () => {
    freshHome(poisoned);
    const before = lstatSync(cacheFile());
    assert.equal(await answer({}, 'otherUser'), 'Version');
    assert.deepEqual([lstatSync(cacheFile()).ino, lstatSync(cacheFile()).mtimeMs], [before.ino, before.mtimeMs]);
    freshHome();
    assert.equal(await answer({}, 'otherUser'), 'Version');
    assert.deepEqual(readdirSync(home), []);
  });

  it('is not used by a process that has more rights than its user, or where Node.js is told to have none', async () => {
    freshHome(poisoned);
    assert.equal(await answer({}, 'privileged'), 'Version');
    assert.equal(await answer({ NODE_DISABLE_COMPILE_CACHE: '1' }), 'Version');
  });

  it('is not used for a source that has been edited', async () => {
    freshHome();
    await answer();
    const file = bundleFileWith(installed, genuine);
    const source = readFileSync(file, 'latin1');
    try {
      writeFileSync(file, source.replace(genuine, 'kind:"Noisrev"'), 'latin1');
      assert.equal(await answer(), 'Noisrev');
    } finally {
      writeFileSync(file, source, 'latin1');
    }
    assert.equal(await answer(), 'Version');
  });

  const damages: Record<string, (file: string) => void> = {
    empty: (file) => writeFileSync(file, ''),
    'cut in the header': (file) => truncateSync(file, 100),
    'cut in the code': (file) => {
      const [offset, source, data] = places(file)['main.cjs']!;
      truncateSync(file, offset + source + data - 1000);
    },
    'all zeros': (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length)),
    'something else': (file) => writeFileSync(file, '00000004null'),
    'a header with wild places': (file) => {
      const text = '{"scripts":{"main.cjs":[1e9,-5,1e99]},"modules":[]}';
      writeFileSync(file, String(text.length).padStart(8, '0') + text);
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`is not used, and made anew, when it is ${what}`, async () => {
      freshHome(poisoned);
      const file = cacheFile();
      damage(file);
      const damaged = readFileSync(file);
      assert.equal(await answer(), 'Version');
      assert.ok(!readFileSync(cacheFile()).equals(damaged));
      assert.equal(await answer(), 'Version');
      assert.ok(scripts().length > 0);
    });
  }

  for (const shim of ['killedWhileWriting', 'killedBeforeRenaming'] as const) {
    it(`is not there after a run that was ${shim.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`, async () => {
      freshHome();
      assert.equal((await run(['version'], {}, shim)).signal, 'SIGKILL');
      const [left = '', ...others] = readdirSync(folder());
      assert.ok(left.endsWith('.new') && others.length === 0, 'the run was killed while it wrote');
      assert.equal(await answer(), 'Version');
      // What was left is removed, but not what another run may be writing now.
      assert.equal(readdirSync(folder()).length, 2);
      utimesSync(join(folder(), left), new Date(0), new Date(0));
      rmSync(join(folder(), readdirSync(folder()).find((name) => name !== left) ?? ''));
      assert.equal(await answer(), 'Version');
      assert.ok(!cacheFile().endsWith('.new'));
    });
  }

  it('is of no matter: the program runs without a HOME, with one that cannot be written, and on a full disk', async () => {
    freshHome();
    for (const HOME of [undefined, '', '/proc', '/dev/null/x', join(work, 'missing'), 'relative']) {
      assert.equal(await answer({ HOME }), 'Version', String(HOME));
    }
    assert.ok(!existsSync(join(work, 'missing')));
    assert.equal(await answer({}, 'diskFull'), 'Version');
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('is whole after many first runs at once', async () => {
    freshHome();
    const answers = await Promise.all(Array.from({ length: 6 }, () => answer()));
    assert.deepEqual(new Set(answers), new Set(['Version']));
    assert.ok(scripts().includes('main.cjs'));
    assert.equal(await answer(), 'Version');
  });

  it('takes the place of those of older versions', async () => {
    freshHome();
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    const old = Array.from({ length: 6 }, (_, index) => `${String(index).repeat(16)}-v20.19.${index}-linux-x64`);
    for (const [index, name] of old.entries()) {
      writeFileSync(join(folder(), name), '');
      utimesSync(join(folder(), name), index, index);
    }
    writeFileSync(join(folder(), 'of-somebody-else'), '');
    await answer();
    const left = readdirSync(folder());
    assert.ok(left.includes('of-somebody-else'));
    assert.deepEqual(
      left.filter((name) => old.includes(name)),
      old.slice(3),
    );
    assert.equal(left.length, 5);
  });
});
