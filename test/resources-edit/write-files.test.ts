import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/lib/errors.js';
import { draftOf, writeFiles } from '../../src/lib/resources/edit/write-files.js';
import { executable, packageRoot } from '../support/run-cli.js';

const folder = () => mkdtempSync(join(tmpdir(), 'osm-ts-write-'));
const bytes = (text: string) => Buffer.from(text);
const read = (path: string) => readFileSync(path, 'utf8');

describe('writing files', () => {
  it('replaces and creates, keeps permissions, and leaves nothing else behind', async () => {
    const at = folder();
    const path = join(at, 'a.yaml');
    writeFileSync(path, 'old', { mode: 0o640 });
    await writeFiles([
      { path, before: bytes('old'), after: bytes('new') },
      { path: join(at, 'b.yaml'), before: null, after: bytes('created') },
    ]);
    assert.deepEqual([read(path), read(join(at, 'b.yaml'))], ['new', 'created']);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(at).sort(), ['a.yaml', 'b.yaml']);
  });

  it('follows a symbolic link, which stays one', async () => {
    const at = folder();
    mkdirSync(join(at, 'real'));
    writeFileSync(join(at, 'real', 'a.yaml'), 'old');
    symlinkSync(join('real', 'a.yaml'), join(at, 'link.yaml'));
    await writeFiles([{ path: join(at, 'link.yaml'), before: bytes('old'), after: bytes('new') }]);
    assert.ok(lstatSync(join(at, 'link.yaml')).isSymbolicLink());
    assert.equal(read(join(at, 'real', 'a.yaml')), 'new');
    assert.deepEqual(readdirSync(join(at, 'real')), ['a.yaml']);
  });

  it('of two writes of one file one is refused, however their steps meet', async () => {
    const at = folder();
    const path = join(at, 'a.yaml');
    for (let round = 0; round < 20; round++) {
      writeFileSync(path, 'old');
      const writes = ['one', 'two'].map((text) => writeFiles([{ path, before: bytes('old'), after: bytes(text) }]));
      const results = await Promise.allSettled(writes);
      const done = results.map(({ status }) => status === 'fulfilled');
      assert.deepEqual([...done].sort(), [false, true]);
      assert.equal(read(path), done[0] ? 'one' : 'two');
      assert.deepEqual(readdirSync(at), ['a.yaml']);
    }
  });

  it('nothing is left behind by a signal, which ends the process when everything is written', async () => {
    const at = folder();
    const path = join(at, 'a.yaml');
    writeFileSync(path, 'old');
    const program = `
      import { writeFiles } from ${JSON.stringify(new URL('../../src/lib/resources/edit/write-files.ts', import.meta.url).href)};
      const writing = writeFiles([{ path: process.argv[1], before: Buffer.from('old'), after: Buffer.from('new') }]);
      process.kill(process.pid, 'SIGTERM');
      await writing;
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program, path], {
      stdio: 'inherit',
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    assert.equal(signal, 'SIGTERM');
    assert.deepEqual([readdirSync(at), read(path)], [['a.yaml'], 'new']);
  });

  it('keeps extended attributes', function () {
    const at = folder();
    const path = join(at, 'a.yaml');
    writeFileSync(path, 'old');
    const python = (code: string) => spawnSync('python3', ['-c', `import os,sys\n${code}`, path], { encoding: 'utf8' });
    if (python("os.setxattr(sys.argv[1], 'user.osm', b'kept')").status !== 0) return this.skip();
    return writeFiles([{ path, before: bytes('old'), after: bytes('new') }]).then(() => {
      assert.equal(read(path), 'new');
      assert.equal(python("print(os.getxattr(sys.argv[1], 'user.osm').decode())").stdout, 'kept\n');
    });
  });

  /** Two good files around the bad one: neither may change. */
  async function refused(prepare: (at: string) => { path: string; before: Buffer | null }, message: RegExp) {
    const at = folder();
    for (const name of ['first', 'last']) writeFileSync(join(at, name), 'old');
    const good = (name: string) => ({ path: join(at, name), before: bytes('old'), after: bytes('new') });
    const bad = { ...prepare(at), after: bytes('x') };
    const names = readdirSync(at).sort();
    await assert.rejects(writeFiles([good('first'), bad, good('last')]), (error: InputError) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.describe(), message);
      return true;
    });
    assert.deepEqual([read(join(at, 'first')), read(join(at, 'last'))], ['old', 'old']);
    assert.deepEqual(readdirSync(at).sort(), names);
  }

  it('all or nothing: a file that somebody changed', () =>
    refused((at) => {
      writeFileSync(join(at, 'bad'), 'changed');
      return { path: join(at, 'bad'), before: bytes('old') };
    }, /bad: the file has changed since it was read; nothing was written/));

  it('all or nothing: a new file whose place is taken, after others took theirs', () =>
    refused((at) => {
      writeFileSync(join(at, 'bad'), 'theirs');
      return { path: join(at, 'bad'), before: null };
    }, /bad: there is such a file already; nothing was written/));

  it('all or nothing: a file that another osm-ts is writing', () =>
    refused((at) => {
      writeFileSync(join(at, 'middle'), 'old');
      writeFileSync(draftOf(join(at, 'middle')), 'theirs');
      return { path: join(at, 'middle'), before: bytes('old') };
    }, /another osm-ts is writing this file; nothing was written/));

  it('all or nothing: a file with other names', () =>
    refused((at) => {
      writeFileSync(join(at, 'middle'), 'old');
      linkSync(join(at, 'middle'), join(at, 'other'));
      return { path: join(at, 'middle'), before: bytes('old') };
    }, /has other names \(hard links\)/));

  it('all or nothing: a name that leaves no room for a draft', () =>
    refused((at) => {
      const path = join(at, 'x'.repeat(252));
      writeFileSync(path, 'old');
      return { path, before: bytes('old') };
    }, /the name is too long/));

  it('all or nothing: a file that is mounted where it is', function () {
    if (process.getuid?.() !== 0) return this.skip();
    const at = folder();
    for (const name of ['a', 'b', 'source']) writeFileSync(join(at, name), 'old');
    const script = `mount --bind "$1/source" "$1/b" && exec "$2" --import tsx --input-type=module --eval "$3" "$1"`;
    const program = `
      import { writeFiles } from ${JSON.stringify(new URL('../../src/lib/resources/edit/write-files.ts', import.meta.url).href)};
      const write = (name) => ({ path: process.argv[1] + name, before: Buffer.from('old'), after: Buffer.from('new') });
      await writeFiles([write('/a'), write('/b')]).catch((error) => console.log(error.name, error.describe()));
    `;
    const run = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', at, process.execPath, program], {
      encoding: 'utf8',
    });
    if (/Operation not permitted/.test(run.stderr)) return this.skip();
    assert.match(run.stdout, /^InputError .*b: the file is mounted where it is.*; nothing was written/, run.stderr);
    assert.deepEqual([read(join(at, 'a')), read(join(at, 'b'))], ['old', 'old']);
    assert.deepEqual(readdirSync(at).sort(), ['a', 'b', 'source']);
  });

  it('writes into another file system, and not over what is mounted from one', function () {
    if (process.getuid?.() !== 0) return this.skip();
    const at = folder();
    const original = join(packageRoot, 'examples', 'http', 'egress.yaml');
    writeFileSync(join(at, 'mounted.yaml'), read(original));
    const script = `at=$1 original=$2; shift 2
      mkdir "$at/other" && mount -t tmpfs tmpfs "$at/other" && cp "$original" "$at/other/plain.yaml" || exit 77
      ln -s other/plain.yaml "$at/linked.yaml" && cp "$original" "$at/other/source.yaml" || exit 77
      mount --bind "$at/other/source.yaml" "$at/mounted.yaml" || exit 77
      for name in linked mounted; do "$@" "$at/$name.yaml" >/dev/null; echo "$name $?"; done
      grep -c example.org "$at/other/plain.yaml" "$at/mounted.yaml" "$at/other/source.yaml"
      ls -A "$at" "$at/other"`;
    const words = ['egress', 'allow', 'http://example.org/', '--from', 'curl/curl', '--write', '--yes', '-f'];
    const command = ['--mount', 'sh', '-c', script, 'sh', at, original, process.execPath, executable, ...words];
    const run = spawnSync('unshare', command, { encoding: 'utf8' });
    if (run.status === 77 || /Operation not permitted/.test(run.stderr)) return this.skip();
    assert.match(run.stdout, /^linked 0\nmounted 2\n\S+:1\n\S+:0\n\S+:0\n/, run.stdout + run.stderr);
    assert.match(run.stderr, /mounted\.yaml: the file is mounted where it is.*; nothing was written/);
    assert.deepEqual(run.stdout.match(/^\S+\.yaml$/gm), ['linked.yaml', 'mounted.yaml', 'plain.yaml', 'source.yaml']);
    assert.equal(read(join(at, 'mounted.yaml')), read(original));
  });

  it('all or nothing: a file that is gone', () =>
    refused(
      (at) => ({ path: join(at, 'gone', 'bad'), before: bytes('old') }),
      /not there any more; nothing was written/,
    ));

  it('all or nothing: a directory in the place of a file', () =>
    refused((at) => {
      mkdirSync(join(at, 'bad'));
      return { path: join(at, 'bad'), before: bytes('') };
    }, /no file that could be written/));

  it('all or nothing: a file that may not be written', async function () {
    if (process.getuid?.() === 0) return;
    await refused((at) => {
      writeFileSync(join(at, 'bad'), 'old');
      chmodSync(join(at, 'bad'), 0o444);
      return { path: join(at, 'bad'), before: bytes('old') };
    }, /may not be written; nothing was written/);
  });
});
