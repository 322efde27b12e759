import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import { InputError } from '../../src/lib/errors.js';
import { FileExpander } from '../../src/lib/resources/files/expand.js';
import { compareBytewise } from '../../src/lib/resources/files/order.js';
import { ManifestErrors, readManifests, type Manifests, type ReadOptions } from '../../src/lib/resources/index.js';
import { stdinName } from '../../src/lib/resources/manifests.js';

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;

describe('files to read', () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'osm-ts-files-'));
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  function write(path: string, text: string | Uint8Array = namespace(`n${Buffer.from(path).toString('hex')}`)): string {
    const full = join(root, path);
    fs.mkdirSync(dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
    return full;
  }

  const read = (filenames: string[], more: Partial<ReadOptions> = {}): Promise<Manifests> =>
    readManifests({ filenames, ...more });

  /** What was read, without the temporary directory. */
  const filesOf = ({ files }: Manifests): string[] => files.map((file) => file.replace(`${root}/`, ''));
  const warningsOf = ({ warnings }: Manifests): string[] =>
    warnings.map(({ message, location }) => `${location.file.replace(`${root}/`, '')}: ${message}`);

  async function failure(promise: Promise<Manifests>): Promise<InputError> {
    try {
      await promise;
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      return error;
    }
    assert.fail('it is read');
  }

  it('are named files of any name, in the order given', async () => {
    const b = write('b.txt');
    const a = write('a.yaml');
    const manifests = await read([b, a]);
    assert.deepEqual(manifests.files, [b, a]);
    assert.deepEqual(
      manifests.objects.map(({ metadata }) => metadata.name),
      [b, a].map((file) => `n${Buffer.from(file.slice(root.length + 1)).toString('hex')}`),
    );
    assert.deepEqual(manifests.locate(manifests.objects[1]!, ['kind']), { file: a, line: 2, column: 1 });
  });

  it("are a directory's *.yaml, *.yml and *.json in the order of bytes, hidden ones too", async () => {
    for (const name of ['b.yaml', 'B.yaml', 'a.yml', '.h.yaml', 'é.json', 'z.YAML', 'x.txt', 'yaml', '.yaml'])
      write(name);
    write('sub/c.yaml');
    assert.deepEqual(filesOf(await read([root])), ['.h.yaml', '.yaml', 'B.yaml', 'a.yml', 'b.yaml', 'é.json']);
  });

  it('are those of its directories too with -R, directory by directory', async () => {
    for (const name of ['a/x.yaml', 'a.b/x.yaml', 'a/b/y.yaml', 'c.yaml', '.git/d.yaml']) write(name);
    assert.deepEqual(filesOf(await read([root], { recursive: true })), [
      '.git/d.yaml',
      'a/b/y.yaml',
      'a/x.yaml',
      'a.b/x.yaml',
      'c.yaml',
    ]);
  });

  it('keep the directory as it was written', async () => {
    write('a.yaml');
    assert.deepEqual((await read([`${root}/`])).files, [`${root}/a.yaml`]);
  });

  it('are read once, however often they are named', async () => {
    const a = write('a.yaml');
    fs.symlinkSync(a, join(root, 'b.yaml'));
    fs.linkSync(a, join(root, 'c.yaml'));
    assert.deepEqual(filesOf(await read([root, a, root])), ['a.yaml']);
  });

  it('may be links; a link to a directory is followed when named, and circles end', async () => {
    write('real/a.yaml');
    fs.symlinkSync(join(root, 'real'), join(root, 'link'));
    fs.symlinkSync('..', join(root, 'real', 'up.yaml'));
    fs.symlinkSync('loop.yaml', join(root, 'loop.yaml'));
    assert.deepEqual(filesOf(await read([join(root, 'link')])), ['link/a.yaml']);
    const { errors = [] } = { errors: [await failure(read([root], { recursive: true }))] };
    assert.match(errors[0]!.describe(), /loop\.yaml: cannot be read: the symbolic links lead in a circle$/);
    fs.rmSync(join(root, 'loop.yaml'));
    const manifests = await read([root], { recursive: true });
    assert.deepEqual(filesOf(manifests), ['real/a.yaml']);
    assert.deepEqual(warningsOf(manifests), [
      'link: a link to a directory is not followed; name the directory to read it',
      'real/up.yaml: a link to a directory is not followed; name the directory to read it',
    ]);
  });

  it('may be a pattern that the shell left alone', async () => {
    for (const name of ['p/a1.yaml', 'p/a2.yaml', 'p/b1.yaml', 'q/a1.txt', 'p/[x].yaml']) write(name);
    const globbed = async (pattern: string): Promise<string[]> => filesOf(await read([join(root, pattern)]));
    assert.deepEqual(await globbed('p/a*.yaml'), ['p/a1.yaml', 'p/a2.yaml']);
    assert.deepEqual(await globbed('*/?1.*'), ['p/a1.yaml', 'p/b1.yaml', 'q/a1.txt']);
    assert.deepEqual(await globbed('p/[!a]1.yaml'), ['p/b1.yaml']);
    assert.deepEqual(await globbed('p/[x].yaml'), ['p/[x].yaml']);
    assert.deepEqual(await globbed('[p]'), ['p/[x].yaml', 'p/a1.yaml', 'p/a2.yaml', 'p/b1.yaml']);
    assert.match(
      (await failure(read([join(root, 'none*.yaml')]))).describe(),
      /none\*\.yaml: no file matches this pattern$/,
    );
    assert.match((await failure(read([join(root, '[')]))).describe(), /no file matches/);
  });

  it('that do not exist are all told', async () => {
    const error = await failure(read([join(root, 'a.yaml'), write('b.yaml', '- x\n'), join(root, 'c/d.yaml')]));
    assert.ok(error instanceof ManifestErrors);
    assert.deepEqual(error.describe().replaceAll(`${root}/`, '').split('\n'), [
      'a.yaml: cannot be read: no such file or directory',
      '  check the path',
      'b.yaml:1:1: the document is a list, not a Kubernetes object',
      '  separate the objects by lines of ---, or put them in the items of an object of kind List',
      'c/d.yaml: cannot be read: no such file or directory',
      '  check the path',
    ]);
  });

  it('of a directory without manifests are missed, with the way to its directories', async () => {
    write('x.txt');
    const plain = await failure(read([root]));
    assert.match(plain.describe(), /: the directory has no manifests: no \*\.yaml, \*\.yml or \*\.json file$/);
    assert.equal(plain.hint, undefined);
    write('sub/a.yaml');
    assert.equal((await failure(read([root]))).hint, 'to look into its directories, add -R');
  });

  it('that may not be read are told with the reason', () => {
    const errors: InputError[] = [];
    const denied = (): never => {
      throw Object.assign(new Error('EACCES: permission denied, scandir'), { code: 'EACCES' });
    };
    const options = {
      recursive: false,
      mayBeEmpty: false,
      maxFiles: 9,
      onError: (e: InputError) => errors.push(e),
      onWarning: () => {},
    };
    assert.deepEqual(new FileExpander({ ...fs, readdirSync: denied }, options).expand(root), []);
    assert.deepEqual(new FileExpander({ ...fs, statSync: denied }, options).expand('x'), []);
    assert.deepEqual(
      errors.map((error) => error.describe()),
      [`${root}: cannot be read: permission denied`, 'x: cannot be read: permission denied'],
    );
  });

  it('that are too many are refused', async () => {
    for (let i = 0; i < 5; i += 1) write(`a${i}.yaml`);
    const error = await failure(read([root], { limits: { maxFiles: 3 } }));
    assert.match(error.describe(), /: the directories have more than 3 files$/);
  });

  it('that are URLs are refused with the command that fetches them', async () => {
    const error = await failure(read(['https://example.com/a.yaml?x=1&y=2']));
    assert.equal(error.describe(), 'https://example.com/a.yaml?x=1&y=2: URLs are not read: with -f no network is used');
    assert.equal(error.hint, "fetch it yourself: curl -fsSL 'https://example.com/a.yaml?x=1&y=2' | osm-ts … -f -");
    assert.match((await failure(read(['http://example.com/a.yaml']))).hint ?? '', /curl -fsSL http:\/\/example/);
  });

  it('may be pipes, as process substitution gives them', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `cat > "${pipe}"`], { stdio: ['pipe', 'ignore', 'ignore'] });
    writer.stdin.end(namespace('piped'));
    assert.deepEqual((await read([pipe])).objects[0]?.metadata.name, 'piped');
  });

  it('in directories are regular files: pipes and sockets are skipped with a word', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml')]);
    write('a.yaml');
    const manifests = await read([root]);
    assert.deepEqual(filesOf(manifests), ['a.yaml']);
    assert.deepEqual(warningsOf(manifests), [
      'pipe.yaml: this is not a regular file and is skipped; name it to read it',
    ]);
  });

  it('that are sockets cannot be read', async () => {
    const socket = join(root, 's');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    const error = await failure(read([socket]));
    server.close();
    assert.match(error.describe(), /: cannot be read: it is a socket, not a file$/);
  });

  it('that are devices without end are read up to the limit', async () => {
    const error = await failure(read(['/dev/zero'], { limits: { maxFileBytes: 100_000 } }));
    assert.equal(
      error.describe(),
      '/dev/zero: the input is larger than 97.7 KiB, the most that osm-ts reads of one file',
    );
    assert.match((await failure(read(['/dev/null']))).describe(), /there is no Kubernetes object/);
  });

  it('that are too large are refused before they are read', async () => {
    const file = write('big.yaml', '');
    fs.truncateSync(file, 65 * 1024 * 1024);
    const error = await failure(read([file]));
    assert.match(
      error.describe(),
      /big\.yaml: the input is larger than 64 MiB, the most that osm-ts reads of one file$/,
    );
    assert.match(error.hint ?? '', /^split the input/);
  });

  it('together have a limit too', async () => {
    const files = ['a.yaml', 'b.yaml'].map((name) => write(name));
    const error = await failure(read(files, { limits: { maxTotalBytes: 100, maxFileBytes: 80 } }));
    assert.match(
      error.describe(),
      /b\.yaml: the files together are larger than 100 bytes, the most that osm-ts reads$/,
    );
  });

  it('without an object are skipped in directories, told when named, and an error when there is nothing else', async () => {
    const empty = write('empty.yaml', '# later\n');
    write('full.yaml');
    const both = await read([root]);
    assert.deepEqual(filesOf(both), ['empty.yaml', 'full.yaml']);
    assert.deepEqual(both.warnings, []);
    assert.deepEqual(warningsOf(await read([empty, join(root, 'full.yaml')])), [
      'empty.yaml: the file has no Kubernetes object: it is empty, or has only comments',
    ]);
    assert.match(
      (await failure(read([empty]))).describe(),
      /empty\.yaml: there is no Kubernetes object: the input is empty/,
    );
    const other = write('other.yaml', '');
    assert.match(
      (await failure(read([empty, other]))).describe(),
      /there is no Kubernetes object in these 2 files: they are empty/,
    );
  });

  it('may be none at all', async () => {
    assert.deepEqual((await read([])).objects, []);
  });

  it('that are not text are refused with place and reason', async () => {
    const cases: [bytes: Uint8Array, expected: RegExp][] = [
      [Buffer.from([0x61, 0x3a, 0x20, 0xff, 0x0a]), /:1:4: the file is not valid UTF-8$/],
      [Buffer.concat([Buffer.from('a: \ufffd\nb: '), Buffer.from([0xe9, 0x0a])]), /:2:4: the file is not valid UTF-8$/],
      [Buffer.from('a: 1\nb: \0'), /:2:4: the file is not text: it contains a NUL byte$/],
      [gzipSync('a: 1'), /: the file is compressed \(gzip\), not text$/],
      [Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x3a]), /:1:2: the file is not valid UTF-16LE$/],
      [Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00, 0xd8, 0x61, 0x00]), /:1:2: the file is not valid UTF-16LE$/],
      [Buffer.from([0xfe, 0xff, 0x00, 0x61, 0x00]), /:1:2: the file is not valid UTF-16BE$/],
      // UTF-32 is UTF-16 with many NUL characters.
      [Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /:1:1: the file is not text: it contains a NUL byte$/],
    ];
    for (const [bytes, expected] of cases) {
      const error = await failure(read([write('x.yaml', bytes)]));
      assert.match(error.describe(), expected);
      assert.ok(error.hint);
    }
  });

  it('may be in UTF-8, or in UTF-16 with a byte order mark', async () => {
    const text = `# é 😀\n${namespace('x')}`;
    const units = Buffer.from(text, 'utf16le');
    const encodings: Uint8Array[] = [
      Buffer.from(text),
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
      Buffer.concat([Buffer.from([0xff, 0xfe]), units]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(units).swap16()]),
    ];
    for (const bytes of encodings) {
      const manifests = await read([write('x.yaml', bytes)]);
      assert.equal(manifests.objects[0]?.metadata.name, 'x');
      const { line, column } = manifests.locate(manifests.objects[0], ['kind'])!;
      assert.deepEqual([line, column], [3, 1]);
    }
  });

  describe('on standard input', () => {
    const stdin = (...chunks: (string | Buffer)[]) => ({ stdin: () => Readable.from(chunks) });

    it('come whole, however they are cut', async () => {
      const bytes = Buffer.from(`# é😀\n${namespace('x')}`);
      const manifests = await read(['-'], stdin(...[...bytes].map((byte) => Buffer.from([byte]))));
      assert.deepEqual(manifests.files, [stdinName]);
      assert.deepEqual(manifests.locate(manifests.objects[0]!), { file: '<stdin>', line: 2, column: 1 });
    });

    it('come in their place among the files', async () => {
      const a = write('a.yaml');
      const b = write('b.yaml');
      assert.deepEqual((await read([a, '-', b], stdin(namespace('x')))).files, [a, stdinName, b]);
    });

    it('come once', async () => {
      const error = await failure(read(['-', '-'], stdin(namespace('x'))));
      assert.equal(error.describe(), '<stdin>: standard input can be read once');
    });

    it('are missed when nothing comes, even beside files', async () => {
      const error = await failure(read([write('a.yaml'), '-'], stdin()));
      assert.match(error.describe(), /^<stdin>: there is no Kubernetes object: the input is empty/);
      assert.match(error.hint ?? '', /the command before the pipe printed nothing/);
    });

    it('have a limit, and are not read beyond it', async () => {
      let given = 0;
      async function* endless(): AsyncGenerator<Buffer> {
        for (;;) {
          given += 1000;
          yield await Promise.resolve(Buffer.alloc(1000, 'x'));
        }
      }
      const error = await failure(read(['-'], { stdin: endless, limits: { maxFileBytes: 10_000 } }));
      assert.match(error.describe(), /^<stdin>: the input is larger than 9\.8 KiB/);
      assert.equal(given, 11_000);
    });

    it('that fail are told', async () => {
      const broken = (): Readable =>
        new Readable({
          read() {
            this.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
          },
        });
      assert.equal((await failure(read(['-'], { stdin: broken }))).describe(), '<stdin>: cannot be read: read EIO');
    });
  });
});

describe('the order of file names', () => {
  it('is that of their bytes in UTF-8', () => {
    const names = [
      'a',
      'b',
      'A',
      '_',
      '.',
      'é',
      'z',
      '\ue000',
      '\uffee',
      '😀',
      '𐀀',
      'a😀',
      'a\uffee',
      '',
      'aa',
      '\ud7ff',
    ];
    const expected = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual([...names].sort(compareBytewise), expected);
  });
});
