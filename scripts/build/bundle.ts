import { basename } from 'node:path';

import { build, transform } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';

import type { Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { lazyRequires } from './lazy-requires.js';
import { manifestText } from './manifest.js';
import { packageRoot } from './package.js';

export interface Bundle {
  /** Text of each file by its name; `main.cjs` is the one to start with. */
  readonly files: ReadonlyMap<string, string>;
  /** esbuild's account of what went into which file; the names there end in `.js`. */
  readonly metafile: Metafile;
}

/**
 * The program as a few files that load one another: one with what every command needs, one for each command and for each part
 * that the sources import with `import()`, such as the Kubernetes client. esbuild splits ES modules only, so it bundles to ES
 * modules first and then turns each file into CommonJS, which can be started with a code cache (see `bin/run.js`).
 */
export async function bundle(manifest: Manifest): Promise<Bundle> {
  const result = await build({
    stdin: { contents: entry(manifest), resolveDir: packageRoot, sourcefile: 'main.js' },
    outdir: 'bundle',
    entryNames: 'main',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    absWorkingDir: packageRoot,
    // Optional parts of oclif that only its development mode uses.
    external: ['typescript', 'ts-node', 'tsx', 'pnpapi'],
    plugins: [slimCore, lazyRequires],
  });
  const files = new Map<string, string>();
  for (const file of result.outputFiles) {
    const { code } = await transform(file.text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // Names stay, for stack traces that a report can use.
      minifyWhitespace: true,
      supported: { 'dynamic-import': false },
    });
    files.set(chunkName(file.path), wrap(code.replaceAll(/(["'`])\.\/([\w-]+)\.js\1/g, '"./$2.cjs"')));
  }
  return { files, metafile: result.metafile };
}

/** `dir/explain-ABC.js` → `explain-ABC.cjs` */
export function chunkName(path: string): string {
  return `${basename(path, '.js')}.cjs`;
}

/** Where the bundle starts: package.json and manifest are inside, commands are loaded one at a time. */
function entry(manifest: Manifest): string {
  const modules = Object.entries(manifest.commands).map(([id, { relativePath }]) => {
    const [, ...rest] = relativePath as string[];
    return `  '${id}': () => import('./${['src', ...rest].join('/')}'),\n`;
  });
  return `
    import { main } from './src/lib/cli/main.js';
    import { preparedOptions } from './src/lib/cli/prepared-plugin.js';
    import { name, version, description, oclif } from './package.json';
    export { fail } from './src/lib/cli/main.js';
    const modules = {\n${modules.join('')}};
    const manifest = ${manifestText(manifest)};
    export const run = (argv, root) =>
      main(argv, preparedOptions(root, { name, version, description, oclif }, manifest, modules));
  `;
}

/** Parts of @oclif/core that a start would load for nothing. */
const slimCore: Plugin = {
  name: 'slim-core',
  setup(build) {
    const replace = (filter: RegExp, contents: string): void => {
      build.onLoad({ filter }, () => ({ contents, resolveDir: packageRoot }));
    };
    // The index re-exports everything; the parts that we use have entries of their own.
    replace(
      /@oclif[\\/]core[\\/]lib[\\/]index\.js$/,
      `export { Command } from '@oclif/core/command';
       export { Config } from '@oclif/core/config';
       export { Help, CommandHelp } from '@oclif/core/help';
       export * as Args from '@oclif/core/args';
       export * as Flags from '@oclif/core/flags';`,
    );
    // Loads tty and more, to print nothing unless DEBUG is set.
    replace(/[\\/]debug[\\/]src[\\/]index\.js$/, `module.exports = () => Object.assign(() => {}, { enabled: false });`);
    // Looks into files to tell WSL from Linux; oclif wants it for names of download archives.
    replace(/[\\/]wsl-utils[\\/]index\.js$/, `export const isWsl = false;`);
  },
};

/** As `bin/run.js` wants it: a function expression in ASCII. */
function wrap(code: string): string {
  const escaped = code.replaceAll(/[^\p{ASCII}]/gu, (char) =>
    [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
  return `(function(exports,require,module){${escaped}})`;
}
