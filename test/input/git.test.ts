import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { placeText, type InputError } from '../../src/lib/errors.js';
import { parseCommitWord } from '../../src/lib/input/git/word.js';
import type { Input } from '../../src/lib/input/load.js';
import { loadPolicySet } from '../../src/lib/input/policy-set.js';
import { silent } from '../../src/lib/reporter.js';

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;

describe('git:REV[:PATH]', () => {
  const home = process.cwd();
  let root: string;

  before(() => {
    root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osm-ts-git-')));
    git('init', '--quiet', '--initial-branch=main');
    write('top.yaml', namespace('top'));
    write('policies/b.yaml', namespace('b-old'));
    write('policies/a.yml', `${namespace('a')}---\n${namespace('a2')}`);
    write('policies/notes.txt', 'no manifest');
    write('policies/deep/c.json', '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"c"}}');
    write('other/d.yaml', namespace('d'));
    write('other/odd ü\t.yaml', namespace('odd'));
    fs.symlinkSync('../other/d.yaml', join(root, 'policies/z.yaml'));
    fs.symlinkSync('policies', join(root, 'linked'));
    write('outside/e.yaml', '');
    fs.rmSync(join(root, 'outside/e.yaml'));
    fs.symlinkSync('/etc/hostname', join(root, 'outside/e.yaml'));
    write('empty/readme', '');
    write('bad/x.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: 7\n');
    commit('first');
    git('tag', 'v1');
    write('policies/b.yaml', namespace('b-new'));
    commit('second');
    write('policies/b.yaml', namespace('b-unsaved'));
  });
  after(() => fs.rmSync(root, { recursive: true }));
  beforeEach(() => process.chdir(root));
  afterEach(() => process.chdir(home));

  function git(...args: string[]): void {
    execFileSync('git', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  function commit(message: string): void {
    git('add', '--all');
    const who = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.com', '-c', 'commit.gpgsign=false'];
    git(...who, 'commit', '--quiet', '--no-verify', '-m', message);
  }

  function write(path: string, text: string): void {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  }

  function read(words: string | string[], recursive = false): Promise<Input> {
    const options = { recursive, meshName: 'osm', osmNamespace: 'osm-system', namespace: 'default' };
    return loadPolicySet([words].flat(), 'OLD', options, {}, silent);
  }

  async function names(words: string | string[], recursive = false): Promise<string[]> {
    const { objects } = await read(words, recursive);
    return objects.map(({ metadata }) => metadata.name);
  }

  async function refused(words: string | string[], pattern: RegExp, kind = 'InputError') {
    await assert.rejects(
      async () => read(words),
      (error: InputError) => {
        assert.equal(error.name, kind, error.stack);
        assert.equal(error.exitCode, 2);
        const said = kind === 'InputError' ? error.describe() : error.message;
        assert.match(`${said} | ${error.hint ?? ''}`, pattern);
        return true;
      },
    );
  }

  it('reads a directory of a commit as -f reads one on disk: in order, links followed, what is not committed left out', async () => {
    assert.deepEqual(await names('git:HEAD:policies'), ['a', 'a2', 'b-new', 'd']);
    assert.deepEqual(await names('git:HEAD:policies/', true), ['a', 'a2', 'b-new', 'c', 'd']);
    assert.deepEqual(await names('policies'), ['a', 'a2', 'b-unsaved', 'd']);
  });

  it('takes branches, tags and what git counts from them', async () => {
    for (const revision of ['v1', 'main~1', 'HEAD^', 'main@{0}~1']) {
      assert.deepEqual(await names(`git:${revision}:policies/b.yaml`), ['b-old'], revision);
    }
  });

  it('begins at the top of the repository, or in the current directory', async () => {
    assert.deepEqual(await names('git:HEAD'), ['top']);
    process.chdir(join(root, 'policies/deep'));
    assert.deepEqual(await names('git:HEAD'), ['c']);
    assert.deepEqual(await names('git:HEAD:./c.json'), ['c']);
    assert.deepEqual(await names('git:HEAD:..'), ['a', 'a2', 'b-new', 'd']);
    assert.deepEqual(await names('git:HEAD:other/d.yaml'), ['d']);
    await refused('git:HEAD:c.json', /has no file or directory c\.json .*git:HEAD:\.\/c\.json/);
  });

  it('follows a link to a directory that is named, and names what git does', async () => {
    const input = await read('git:v1:linked');
    const b = input.objects.find(({ metadata }) => metadata.name === 'b-old')!;
    assert.equal(placeText(input.locate(b, ['metadata', 'name'])!), 'git:v1:linked/b.yaml:4:3');
    assert.deepEqual(await names('git:HEAD:other'), ['d', 'odd']);
  });

  it('reads several words as one set, commits and files alike', async () => {
    assert.deepEqual(await names(['git:v1:policies/b.yaml', 'top.yaml']), ['b-old', 'top']);
  });

  it('reports faults of a file with its place in the commit', () =>
    refused('git:HEAD:bad', /^git:HEAD:bad\/x\.yaml:3:\d+: /));

  it('says what is missing', async () => {
    await refused('git:nowhere', /git:nowhere: there is no commit nowhere/);
    await refused('git:HEAD..main', /there is no commit HEAD\.\.main/);
    await refused('git:HEAD:top.yaml:1', /no file or directory top\.yaml:1/);
    await refused('git:HEAD:polices', /did you mean git:HEAD:policies\?/);
    await refused('git:HEAD:policies/c.yaml', /no file or directory policies\/c\.yaml/);
    await refused('git:HEAD:../x', /leads out of the repository/);
    await refused('git:HEAD:/etc/passwd', /not absolute/);
    await refused('git:HEAD:empty', /has no manifests in empty/);
    await refused('git:HEAD:outside', /git:HEAD:outside\/e\.yaml: this link leads to no file of the commit/);
  });

  it('refuses what git would take for an option, and words without a revision or a path', async () => {
    for (const word of ['git:', 'git::x', 'git:--help', 'git:-h:policies', 'git:HEAD:', 'git:HEAD:a\nb']) {
      await refused(word, /write git:REV or git:REV:PATH/, 'UsageError');
    }
  });

  it('keeps colons within braces in the revision', () => {
    const word = 'git:main@{2026-01-31 12:00}:a:b';
    assert.deepEqual(parseCommitWord(word), { text: word, revision: 'main@{2026-01-31 12:00}', path: 'a:b' });
    assert.equal(parseCommitWord('./git:x'), undefined);
  });

  it('says that there is no repository, or no git', async () => {
    process.chdir(tmpdir());
    await refused('git:HEAD', /in no git repository/);
    process.chdir(root);
    const path = process.env['PATH'];
    process.env['PATH'] = join(root, 'empty');
    try {
      await refused('git:HEAD', /there is no git program/);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('reads more than a pipe holds', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `many-${index}`);
    for (const name of many) write(`many/${name}.yaml`, `${namespace(name)}# ${'x'.repeat(2000)}\n`);
    commit('many');
    assert.deepEqual(await names('git:HEAD:many'), [...many].sort());
  });

  it('does not mix the cluster with files, and wants a name', async () => {
    await refused(['cluster', 'top.yaml'], /OLD names the cluster and files/, 'UsageError');
    await refused('', /OLD names no policies/, 'UsageError');
  });
});
