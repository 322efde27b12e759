import assert from 'node:assert/strict';
import {
  chmodSync,
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
import { writeFiles } from '../../src/lib/resources/edit/write-files.js';

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
