import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureBuilt } from '../support/built.js';
import { environment, packageRoot, runProgram, type Run } from '../support/run-cli.js';

/** What the steps of the Containerfile run, and what the tests do. */
const PROGRAMS = ['env', 'git', 'gzip', 'id', 'ln', 'mkdir', 'node', 'rm', 'sh', 'tar'];

function whyNoEngine(): string | undefined {
  if (spawnSync('buildah', ['--version']).status !== 0) return 'there is no buildah (apt-get install buildah)';
  if (process.getuid?.() !== 0) return 'it takes root';
  return spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'nothing may be mounted here';
}

/** The image, built and run by a real engine. Its base is made here, of this machine's programs, because nothing is fetched. */
describe('the Containerfile, before buildah', function () {
  this.timeout(300_000);
  let root: string;
  let repository: string;

  const engine = ['--storage-driver', 'vfs'];
  const buildah = (...words: string[]): string =>
    execFileSync('buildah', [...engine, ...words], { encoding: 'utf8', env: environment(), stdio: 'pipe' }).trim();

  /** A file system with some programs, and what they need to start. */
  function makeBase(folder: string): void {
    for (const name of ['usr/bin', 'usr/local/bin', 'etc', 'root', 'tmp', 'proc', 'sys', 'dev']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    symlinkSync('usr/bin', join(folder, 'bin'));
    const copy = (from: string, to: string): void => {
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      if (!existsSync(join(folder, to))) copyFileSync(realpathSync(from), join(folder, to));
    };
    for (const name of PROGRAMS) {
      const path = name === 'node' ? process.execPath : execFileSync('which', [name], { encoding: 'utf8' }).trim();
      copy(path, `usr/bin/${name}`);
      const libraries = spawnSync('ldd', [realpathSync(path)], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
      for (const library of libraries.filter((word) => existsSync(word))) copy(library, library);
    }
    // git is there already
    writeFileSync(join(folder, 'usr/bin/apk'), '#!/bin/sh\n[ "$*" = "add --no-cache git" ]\n');
    chmodSync(join(folder, 'usr/bin/apk'), 0o755);
  }

  before(function () {
    const why = whyNoEngine();
    if (why !== undefined) {
      console.log(`the Containerfile was not built: ${why}`);
      return this.skip();
    }
    ensureBuilt();
    root = mkdtempSync(join(tmpdir(), 'osm-ts-image-'));
    chmodSync(root, 0o755);
    engine.push('--root', join(root, 'store'), '--runroot', join(root, 'run'));
    const context = join(root, 'context');
    mkdirSync(context);
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', context], {
      ...{ cwd: packageRoot, encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'ignore'] as const },
    });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    makeBase(join(root, 'base'));
    const file = join(packageRoot, 'Containerfile');
    const bases = new Set([...readFileSync(file, 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, name]) => name!));
    const container = buildah('from', 'scratch');
    buildah('add', '-q', container, join(root, 'base'), '/');
    for (const base of bases) buildah('commit', '-q', container, base);
    const build = ['build', '--pull-never', '--isolation', 'chroot', '--build-arg', `PACKAGE=${filename}`];
    buildah(...build, '-t', 'osm-ts', '-f', file, context);
    buildah('from', '--pull-never', '--name', 'osm-ts', 'osm-ts');
    repository = join(root, 'repository');
    cpSync(join(packageRoot, 'examples', 'http'), join(repository, 'policies'), { recursive: true });
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: repository });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'before');
  });
  after(() => {
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  const run = (...words: string[]): Promise<Run> =>
    runProgram('buildah', [
      ...engine,
      ...['run', '--isolation', 'chroot', '-v', `${repository}:/work:ro`, 'osm-ts', '--', ...words],
    ]);

  it('runs as another user, and starts the program', async () => {
    assert.match((await run('id', '-u')).stdout, /^65532$/m);
    const { OCIv1 } = JSON.parse(buildah('inspect', '--type', 'image', 'osm-ts')) as {
      OCIv1: { config: { Entrypoint: string[]; User: string; WorkingDir: string } };
    };
    const { Entrypoint, User, WorkingDir } = OCIv1.config;
    assert.deepEqual(
      { Entrypoint, User, WorkingDir },
      { Entrypoint: ['node', '--use-openssl-ca', '/opt/osm-ts/bin/run.js'], User: '65532:65532', WorkingDir: '/work' },
    );
    const { stdout, code } = await run('osm-ts', '--version');
    assert.deepEqual([code, stdout.startsWith('osm-ts')], [0, true], stdout);
  });

  it('reads what is mounted, commits of somebody else among it', async () => {
    const linted = await run('osm-ts', 'egress', 'lint', '-R', '-f', 'policies');
    assert.deepEqual([linted.code, /no findings/.test(linted.stderr)], [0, true], linted.stderr);
    const policy = join(repository, 'policies', 'egress.yaml');
    writeFileSync(policy, readFileSync(policy, 'utf8').replace('- httpbin.org', '- example.com'));
    const differing = await run('osm-ts', 'egress', 'diff', 'git:HEAD:policies', 'policies');
    assert.equal(differing.code, 1, differing.stderr);
    assert.match(differing.stdout, /example\.com/);
  });
});
