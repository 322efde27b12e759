import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { readPackageJson } from '../../scripts/build/package.js';
import { ensureBuilt } from '../support/built.js';
import { bundleFileWith, install } from '../support/install.js';
import { packageRoot, runProgram } from '../support/run-cli.js';

/** The files that npm would publish, and the bytes of all together, compressed. */
function packed(): { files: string[]; size: number } {
  ensureBuilt();
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report] = JSON.parse(text) as [{ files: { path: string }[]; size: number }];
  return { files: report.files.map(({ path }) => path), size: report.size };
}

/** Puts a file of the package where npm would. */
function copy(name: string, folder: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  cpSync(join(packageRoot, name), join(folder, name));
}

describe('the npm package', function () {
  this.timeout(60_000);
  let files: string[];
  let size: number;

  before(() => {
    ({ files, size } = packed());
  });

  it('has the program, and nothing that fits only one machine', () => {
    for (const name of ['bin/run.js', 'bin/cache-store.js', 'dist/bundle/main.cjs']) {
      assert.ok(files.includes(name), name);
    }
    assert.ok(
      !files.some((name) => name.includes('/re2/')),
      'the library says nothing of types that are behind none of its own',
    );
    const known = /\.(js|cjs|d\.ts|json|md|ya?ml|txt|1)$|^(LICENSE|examples\/.*)$/;
    assert.deepEqual(
      files.filter((name) => !known.test(name)),
      [],
    );
  });

  it('is under a megabyte, and npm installs nothing else with it', () => {
    assert.ok(size < 1_000_000, `${size} bytes`);
    const { dependencies, optionalDependencies, peerDependencies } = readPackageJson() as Record<string, unknown>;
    assert.deepEqual([dependencies, optionalDependencies, peerDependencies], [undefined, undefined, undefined]);
  });

  it('has the licence of each package that is bundled, each text once', () => {
    const page = readFileSync(join(packageRoot, 'dist', 'bundle', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    const titles = page.match(/^==== .*$/gm)!;
    assert.equal(new Set(titles).size, titles.length);
    for (const name of ['@oclif/core', '@kubernetes/client-node', 'js-yaml', 'ws']) {
      const text = page
        .split(`==== ${name} `)[1]
        ?.replace(/^.*\n(==== .*\n)*/, '')
        .split('\n\n==== ')[0];
      assert.ok(text && text.length > 500, name);
      assert.equal(page.split(text).length, 2, `the licence of ${name} stands once`);
    }
  });

  it('has a library that others can use, with its types', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-library-'));
    try {
      for (const name of files) copy(name, join(folder, 'node_modules', 'osm-ts'));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(folder, 'use.ts'),
        `import { createWorld, parseTarget, simulate, type Source } from 'osm-ts';
         const source: Source = { namespace: 'apps', serviceAccount: 'web' };
         const verdict: 'allowed' | 'denied' | 'unknown' | 'unpredictable' =
           simulate(createWorld([]), source).decide(parseTarget('https://example.com/')).verdict;
         console.log(verdict);
`,
      );
      const compiler = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
      const options = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--typeRoots'];
      const types = [join(packageRoot, 'node_modules', '@types'), 'use.ts'];
      const compiled = await runProgram(process.execPath, [compiler, ...options, ...types], { cwd: folder });
      assert.deepEqual([compiled.stdout, compiled.code], ['', 0]);
      const { stdout } = await runProgram(process.execPath, ['use.js'], { cwd: folder });
      assert.equal(stdout, 'denied\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names no folder of the machine that built it', () => {
    const root = resolve(packageRoot);
    const places = [root, dirname(root), homedir(), tmpdir() + '/osm-ts', hostname()].filter(
      (place) => place.length > 5,
    );
    assert.ok(places.includes(root) || root.length <= 5);
    for (const name of files) {
      const bytes = readFileSync(join(packageRoot, name));
      for (const place of places) assert.ok(!bytes.includes(place), `${name} has ${place}`);
    }
  });

  it('runs by itself, unpacked elsewhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-package-'));
    try {
      for (const name of files) copy(name, folder);
      const words = [
        'egress',
        'explain',
        '--from',
        'curl/curl',
        '-f',
        'examples/http',
        '--url',
        'http://httpbin.org:80/get',
      ];
      const { code, stderr } = await runProgram(process.execPath, [join(folder, 'bin', 'run.js'), ...words], {
        cwd: folder,
      });
      assert.deepEqual([code, stderr], [0, '']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows in a stack trace where in the bundle the error is, and no folder that another copy was run from', async () => {
    const home = mkdtempSync(join(tmpdir(), 'osm-ts-home-'));
    const [first, second] = [install(), install()];
    try {
      for (const folder of [first, second]) {
        const file = bundleFileWith(folder, 'kind:"Version"');
        const source = readFileSync(file, 'latin1');
        writeFileSync(file, source.replace('kind:"Version"', 'kind:null.x'), 'latin1');
        // The code cache is made, from the first copy.
        const args = (words: string[]) => [join(folder, 'bin', 'run.js'), 'version', ...words];
        await runProgram(process.execPath, args([]), { env: { HOME: home } });
        const { code, stderr } = await runProgram(process.execPath, args(['-o', 'json', '--verbose']), {
          env: { HOME: home },
        });
        assert.equal(code, 70, stderr);
        assert.match(stderr, /\(osm-ts\/[\w-]+\.cjs:\d+:\d+\)/);
        for (const place of [packageRoot, folder === second ? first : second])
          assert.ok(!stderr.includes(place), stderr);
      }
    } finally {
      for (const folder of [home, first, second]) rmSync(folder, { recursive: true });
    }
  });
});
