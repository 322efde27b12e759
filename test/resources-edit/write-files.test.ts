import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fsPromises, { open, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InputError } from '../../src/lib/errors.js';
import { draftOf, writeFiles, type FileWrite } from '../../src/lib/resources/edit/write-files.js';
import { executable, packageRoot } from '../support/run-cli.js';

const folder = () => mkdtempSync(join(tmpdir(), 'osm-ts-write-'));
const bytes = (text: string) => Buffer.from(text);
const read = (path: string) => readFileSync(path, 'utf8');

/** Files that this process has open in a folder. */
function openIn(at: string): string[] {
  if (process.platform !== 'linux') return [];
  const links = readdirSync('/proc/self/fd').map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(at));
}

/** Looks again and again until something has ended. */
async function whileDoing(work: Promise<void>, look: () => void): Promise<void> {
  let isDone = false;
  const doing = work.finally(() => (isDone = true));
  const looking = (async () => {
    for (; !isDone; await setImmediate()) look();
  })();
  await Promise.all([doing, looking]);
}

/** Writes many files, so that the first has its place long before the last, and looks at them all the while. */
async function writeMany(at: string, look: (first: string) => void, last?: FileWrite): Promise<void> {
  const writes = Array.from({ length: 10 }, (_, index): FileWrite => {
    const path = join(at, `${index}.yaml`);
    writeFileSync(path, 'old', { mode: 0o600 });
    return { path, before: bytes('old'), after: bytes('new') };
  });
  await whileDoing(writeFiles(last ? [...writes, last] : writes), () => look(writes[0]!.path));
}

/** For what root may do, and others not. */
async function asNobody(act: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return act();
  process.seteuid!(65534);
  try {
    await act();
  } finally {
    process.seteuid!(0);
  }
}

/** As on a file system, or a disk, on which something fails. */
async function withFailing(calls: Readonly<Record<string, string>>, act: () => Promise<void>): Promise<void> {
  const originals = { ...fsPromises };
  for (const [syscall, code] of Object.entries(calls)) {
    Reflect.set(fsPromises, syscall, failing(code, syscall));
  }
  syncBuiltinESMExports();
  try {
    await act();
  } finally {
    Object.assign(fsPromises, originals);
    syncBuiltinESMExports();
  }
}

/** With something else in the place of what is done with open files. */
async function withHandles(
  method: 'sync' | 'chown',
  instead: (handle: FileHandle) => Promise<void>,
  act: () => Promise<void>,
): Promise<void> {
  const handle = await open(tmpdir());
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const original = Object.getOwnPropertyDescriptor(prototype, method)!;
  Reflect.set(prototype, method, function (this: FileHandle) {
    return instead(this);
  });
  try {
    await act();
  } finally {
    Object.defineProperty(prototype, method, original);
  }
}

const failing = (code: string, syscall: string) => (): Promise<void> =>
  Promise.reject(Object.assign(new Error(`${code}: it fails, ${syscall}`), { code, syscall }));

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
    assert.equal(statSync(join(at, 'b.yaml')).mode & 0o777, 0o666 & ~process.umask());
    assert.deepEqual(readdirSync(at).sort(), ['a.yaml', 'b.yaml']);
    assert.deepEqual(openIn(at), []);
  });

  it('keeps the owner, and permissions that a change of owner takes away', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const at = folder();
    for (const [name, uid, gid] of [
      ['both', 1234, 4321],
      ['owner', 1234, 0],
      ['group', 0, 4321],
    ] as const) {
      const path = join(at, name);
      writeFileSync(path, 'old');
      chownSync(path, uid, gid);
      chmodSync(path, 0o6751);
      await writeFiles([{ path, before: bytes('old'), after: bytes('new') }]);
      const stats = statSync(path);
      assert.deepEqual([stats.uid, stats.gid, stats.mode & 0o7777], [uid, gid, 0o6751]);
    }
  });

  it('what nobody else may read is not to be read in its draft either', async () => {
    const modes = new Set<number>();
    await writeMany(folder(), (first) => {
      const draft = statSync(draftOf(first), { throwIfNoEntry: false });
      if (draft) modes.add(draft.mode & 0o777);
    });
    assert.deepEqual([...modes], [0o600]);
  });

  it('what another osm-ts has begun, once a file has its place, stays', async () => {
    const at = folder();
    let theirs: string | undefined;
    await writeMany(at, (first) => {
      if (theirs !== undefined || read(first) !== 'new') return;
      theirs = draftOf(first);
      writeFileSync(theirs, 'theirs', { flag: 'wx' });
    });
    assert.equal(read(theirs!), 'theirs');
  });

  it('what somebody else has written, once a file had its place, is not put back', async () => {
    const at = folder();
    const [taken, gone] = [join(at, 'taken'), join(at, '1.yaml')];
    writeFileSync(taken, 'theirs');
    let first = '';
    const writing = writeMany(
      at,
      (path) => {
        if (first !== '' || read(path) !== 'new') return;
        first = path;
        writeFileSync(path, 'newer');
      },
      { path: taken, before: null, after: bytes('new') },
    );
    await assert.rejects(writing, ({ errors }: AggregateError) => {
      assert.deepEqual(
        errors.map((error: InputError) => error.describe()),
        [
          `${taken}: there is such a file already; nothing was written`,
          `${first}: the file has its new text, and cannot be put back: somebody else has changed it since`,
        ],
      );
      return true;
    });
    assert.deepEqual([read(first), read(gone), read(taken)], ['newer', 'old', 'theirs']);
    assert.equal(statSync(gone).mode & 0o777, 0o600);
  });

  it('what cannot be put back is named, and no draft stays', async () => {
    const at = folder();
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let broken: Promise<void> | undefined;
    const writing = writeMany(at, (first) => {
      if (read(first) === 'new') broken ??= withFailing({ rename: 'EIO' }, () => ended);
    }).finally(() => {
      end();
      return broken;
    });
    await assert.rejects(writing, ({ errors: [failure, ...others] }: AggregateError) => {
      assert.match(String(failure), /the file cannot be written: EIO: it fails, rename; nothing was written/);
      assert.ok(others.length > 0);
      for (const error of others) assert.match(String(error), /cannot be put back: EIO: it fails, rename/);
      return true;
    });
    assert.equal(readdirSync(at).length, 10);
    assert.deepEqual(openIn(at), []);
  });

  it('a new file has all its content as soon as it is there', async () => {
    const path = join(folder(), 'a');
    const seen = new Set<string>();
    await whileDoing(writeFiles([{ path, before: null, after: bytes('new') }]), () => {
      if (existsSync(path)) seen.add(read(path));
    });
    assert.ok(!seen.has(''));
    assert.equal(read(path), 'new');
  });

  it('makes new files where there are no links', async () => {
    const at = folder();
    const write = (name: string) => ({ path: join(at, name), before: null, after: bytes('new') });
    writeFileSync(join(at, 'theirs'), 'theirs');
    await withFailing({ link: 'EPERM' }, async () => {
      await writeFiles([write('a')]);
      await assert.rejects(writeFiles([write('b'), write('theirs')]), /there is such a file already/);
    });
    await withFailing({ link: 'EPERM', rename: 'EIO' }, () =>
      assert.rejects(
        writeFiles([write('c')]),
        /the file cannot be written: EIO: it fails, rename; nothing was written/,
      ),
    );
    assert.deepEqual([read(join(at, 'a')), read(join(at, 'theirs'))], ['new', 'theirs']);
    assert.deepEqual(readdirSync(at).sort(), ['a', 'theirs']);
    assert.deepEqual(openIn(at), []);
  });

  it('writes where files have no owners', async () => {
    const path = join(folder(), 'a');
    writeFileSync(path, 'old');
    await withHandles('chown', failing('ENOSYS', 'fchown'), () =>
      writeFiles([{ path, before: bytes('old'), after: bytes('new') }]),
    );
    assert.equal(read(path), 'new');
  });

  it('what is written lasts: content is forced to the disk before it has its place, then the folder', async () => {
    const at = folder();
    mkdirSync(join(at, 'b'));
    const write = (name: string) => ({ path: join(at, name), before: null, after: bytes('new') });
    const synced: string[] = [];
    const note = async (handle: FileHandle) => {
      const { ino } = await handle.stat();
      const name = ['.', '.a.osm-ts', 'b', 'b/.c.osm-ts'].find(
        (one) => statSync(join(at, one), { throwIfNoEntry: false })?.ino === ino,
      );
      synced.push(name!);
    };
    await withHandles('sync', note, () => writeFiles([write('a'), write('b/c')]));
    assert.deepEqual(synced, ['.a.osm-ts', 'b/.c.osm-ts', '.', 'b']);

    // some file systems cannot do that for folders
    const notForFolders = async (handle: FileHandle): Promise<void> => {
      if ((await handle.stat()).isDirectory()) await failing('EINVAL', 'fsync')();
    };
    await withHandles('sync', notForFolders, () => writeFiles([write('d')]));
    assert.equal(read(join(at, 'd')), 'new');
    assert.deepEqual(openIn(at), []);
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

  /** Good files around the bad one: none may change, or be there. */
  async function refused(
    prepare: (at: string) => { path: string; before: Buffer | null },
    message: RegExp,
    hint?: RegExp,
    cause?: RegExp,
  ): Promise<void> {
    const at = folder();
    const olds = ['first', 'last'].map((name) => join(at, name));
    for (const path of olds) writeFileSync(path, 'old', { mode: 0o640 });
    const good = (name: string, before: Buffer | null) => ({ path: join(at, name), before, after: bytes('new') });
    const bad = { ...prepare(at), after: bytes('x') };
    const names = readdirSync(at).sort();
    const writes = [good('first', bytes('old')), good('new', null), bad, good('last', bytes('old'))];
    await assert.rejects(writeFiles(writes), (error: InputError) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.describe(), message);
      if (hint) assert.match(error.hint!, hint);
      if (cause) assert.match(String(error.cause), cause);
      return true;
    });
    for (const path of olds) assert.deepEqual([read(path), statSync(path).mode & 0o777], ['old', 0o640]);
    assert.deepEqual(readdirSync(at).sort(), names);
    assert.deepEqual(openIn(at), []);
  }

  it('all or nothing: a file that somebody changed', () =>
    refused(
      (at) => {
        writeFileSync(join(at, 'bad'), 'changed');
        return { path: join(at, 'bad'), before: bytes('old') };
      },
      /bad: the file has changed since it was read; nothing was written/,
      /run the command again/,
    ));

  it('all or nothing: a new file whose place is taken, after others took theirs', () =>
    refused((at) => {
      writeFileSync(join(at, 'bad'), 'theirs');
      return { path: join(at, 'bad'), before: null };
    }, /bad: there is such a file already; nothing was written/));

  it('all or nothing: a file that another osm-ts is writing', () =>
    refused(
      (at) => {
        writeFileSync(join(at, 'middle'), 'old');
        writeFileSync(draftOf(join(at, 'middle')), 'theirs');
        return { path: join(at, 'middle'), before: bytes('old') };
      },
      /middle: another osm-ts is writing this file; nothing was written/,
      /\.middle\.osm-ts: remove it$/,
    ));

  it('all or nothing: a file with other names', () =>
    refused(
      (at) => {
        writeFileSync(join(at, 'middle'), 'old');
        linkSync(join(at, 'middle'), join(at, 'other'));
        return { path: join(at, 'middle'), before: bytes('old') };
      },
      /middle: the file has other names \(hard links\)/,
      /-o diff/,
    ));

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
    }, /bad: this is no file that could be written/));

  it('all or nothing: a file that may not be written', () =>
    asNobody(() =>
      refused((at) => {
        writeFileSync(join(at, 'bad'), 'old');
        chmodSync(join(at, 'bad'), 0o444);
        return { path: join(at, 'bad'), before: bytes('old') };
      }, /bad: the file may not be written; nothing was written/),
    ));

  it('all or nothing: a file of somebody else, whose it would not stay', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    for (const [uid, gid] of [
      [0, 65534],
      [65534, 1234],
    ] as const) {
      const path = join(folder(), 'theirs');
      chmodSync(dirname(path), 0o777);
      writeFileSync(path, 'old');
      chmodSync(path, 0o666);
      chownSync(path, uid, gid);
      await asNobody(() =>
        refused(
          () => ({ path, before: bytes('old') }),
          /theirs: the file belongs to somebody else, whose it would not stay; nothing was written/,
          /-o diff/,
          /EPERM/,
        ),
      );
      assert.deepEqual([read(path), readdirSync(dirname(path))], ['old', ['theirs']]);
    }
  });

  it('all or nothing: a disk that fails when content is forced to it', async () => {
    await withHandles('sync', failing('EIO', 'fsync'), () =>
      refused(
        (at) => ({ path: join(at, 'bad'), before: null }),
        /first: the file cannot be written: EIO: it fails, fsync; nothing was written/,
      ),
    );
  });
});
