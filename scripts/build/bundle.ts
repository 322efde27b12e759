import { basename } from 'node:path';

import { build, transform } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';

import { packCommand } from '../../src/lib/cli/prepared-plugin.js';
import type { Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { lazyNodeModules, lazyRequires } from './lazy-requires.js';
import { packageRoot } from './package.js';

export interface Bundle {
  /** Text of each file by its name: an object with a function for each module. `main.cjs` has `./main.js`, which starts. */
  readonly files: ReadonlyMap<string, string>;
  /** esbuild's account of what went into which file; the names there end in `.js`. */
  readonly metafile: Metafile;
}

/**
 * The program as a few files that load one another: one with what every command needs, one for each command and for each part
 * that the sources import with `import()`, such as the Kubernetes client. esbuild splits ES modules only, so it bundles to ES
 * modules first and then turns each file into CommonJS, which can be started with a code cache (see `bin/run.js`). What is
 * needed at every start, and what is small, is put together in one file.
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
  const { outputs } = result.metafile;
  const atOnce = neededAtOnce('bundle/main.js', outputs);
  const files = new Map<string, string[]>();
  for (const { path, text } of result.outputFiles) {
    const name = basename(path, '.js');
    const output = `bundle/${name}.js`;
    const inMain = atOnce.has(output) || text.length < smallFile;
    const file = inMain ? 'main.cjs' : `${name}.cjs`;
    files.set(file, [
      ...(files.get(file) ?? []),
      `"./${name}.js":${await asFunction(text, Object.keys(outputs[output]?.inputs ?? {}))}`,
    ]);
  }
  return {
    files: new Map([...files].map(([file, modules]) => [file, `({${modules.join(',\n')}})`])),
    metafile: result.metafile,
  };
}

/** Below this many characters, opening a file costs more than having its text in the main file for nothing. */
const smallFile = 2000;

/**
 * An ES module as the text of a function `(exports, require, module)`, as `bin/run.js` wants it: in ASCII.
 * @param inputs the source files that are in it
 */
async function asFunction(text: string, inputs: readonly string[]): Promise<string> {
  const common = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
  });
  const { code } = await transform(lazyNodeModules(withoutCopies(common.code)), {
    minifyWhitespace: true,
    // Our own names stay, for stack traces that a report can use.
    minifyIdentifiers: inputs.every((path) => path.includes('node_modules')),
  });
  const escaped = code.replaceAll(/[^\p{ASCII}]/gu, (char) =>
    [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
  return `function(exports,require,module){${escaped}}`;
}

/**
 * Between our own files, leaves out what esbuild does for strangers: it copies the exports of a module, a getter each, once for
 * whoever exports and once for whoever imports.
 */
function withoutCopies(code: string): string {
  return code
    .replace(
      'module.exports = __toCommonJS(stdin_exports);',
      'module.exports = __defProp(stdin_exports, "__esModule", { value: true });',
    )
    .replaceAll('__toESM(require("./', '(require("./');
}

/** The files that one file of the bundle imports, directly or not, other than with `import()`; itself included. */
export function neededAtOnce(start: string, outputs: Metafile['outputs']): Set<string> {
  const files = new Set<string>();
  const visit = (name: string): void => {
    if (files.has(name)) return;
    files.add(name);
    for (const { path, kind } of outputs[name]?.imports ?? []) if (kind === 'import-statement') visit(path);
  };
  visit(start);
  return files;
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
    import { stderr, stdout } from './src/lib/cli/streams.js';
    import { name, version, description, oclif } from './package.json';
    export { fail } from './src/lib/cli/main.js';
    const modules = {\n${modules.join('')}};
    const commands = ${JSON.stringify(Object.values(manifest.commands).map(packCommand))};
    export const run = (argv, root) => {
      stdout.direct = stderr.direct = true;
      return main(argv, preparedOptions(root, { name, version, description, oclif }, commands, modules));
    };
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
    // Looks for plugins and draws spinners; not with the prepared commands.
    replace(
      /node_modules[\\/](minimatch|tinyglobby|lilconfig|cli-spinners|get-package-type)[\\/]/,
      'module.exports = {};',
    );
    // Looks into files to tell WSL from Linux; oclif wants it for names of download archives.
    replace(/[\\/]wsl-utils[\\/]index\.js$/, `export const isWsl = false;`);
  },
};
