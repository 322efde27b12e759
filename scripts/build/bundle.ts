import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';

import { packCommands } from '../../src/lib/cli/prepared-plugin.js';
import type { CommandHead, Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { asFunction, inAscii } from './as-function.js';
import { lazyRequires } from './lazy-requires.js';
import { packageRoot } from './package.js';

export interface Bundle {
  /**
   * Text of each file by its name: an object with a function for each module. `main.cjs` has `./main.js`, which starts, and
   * begins with a comment that names the build, a hash of all files.
   */
  readonly files: ReadonlyMap<string, string>;
  /** esbuild's account of what went into which file; the names there end in `.js`. */
  readonly metafile: Metafile;
}

/**
 * The program as a few files that load one another: one with what every command needs, one for each command and for each part
 * that the sources import with `import()`, such as the Kubernetes client. esbuild splits ES modules only, so it bundles to ES
 * modules first and then turns each file into CommonJS, which can be started with a code cache (see `bin/run.js`). What is
 * needed at every start, and what is small, is put together in one file.
 * @throws Error when something that the build replaces in a package is not there
 */
export async function bundle(manifest: Manifest): Promise<Bundle> {
  const slim = slimCore();
  const { heads, details } = packCommands(Object.values(manifest.commands));
  const result = await build({
    stdin: { contents: entry(manifest, heads), resolveDir: packageRoot, sourcefile: 'main.js' },
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
    external: ['typescript', 'ts-node', 'tsx', 'pnpapi', detailsModule],
    plugins: [slim.plugin, osWhenNeeded, lazyRequires(), onlyWhatIsUsed, notThere, namedExports],
  });
  slim.assertAllReplaced();
  const { outputs } = result.metafile;
  for (const [name, { imports }] of Object.entries(outputs))
    for (const { path, kind } of imports)
      if (kind === 'import-statement' && outputs[path] && neededAtOnce(path, outputs).has(name))
        throw new Error(`the bundle has a circle: ${name} and ${path} import each other`);
  const groups = groupsOf(outputs);
  const places: Record<string, string> = {};
  const modules = new Map<string, string[]>();
  const shortened = shortNames(result.outputFiles.map(({ path }) => basename(path, '.js')));
  for (const { path, text } of result.outputFiles) {
    const named = basename(path, '.js');
    const name = shortened(named);
    const output = `bundle/${named}.js`;
    const group = groups.find(({ holds }) => holds.has(output))?.file;
    if (group !== undefined && group !== 'main.cjs') places[`./${name}.js`] = group;
    const file = group ?? `${name}.cjs`;
    modules.set(file, [
      ...(modules.get(file) ?? []),
      // Our own names stay, for stack traces that a report can use.
      `"./${name}.js":${await asFunction(text.replaceAll(hashed, shortened), isOthers(outputs[output]))}`,
    ]);
  }
  modules.get('main.cjs')!.push(`places:{__proto__:null,${JSON.stringify(places).slice(1)}`);
  const detailsText = inAscii(`module.exports=${JSON.stringify(details)}`);
  modules.set('details.cjs', [`"${detailsModule}":function(exports,require,module){${detailsText}}`]);
  const files = new Map([...modules].map(([file, texts]) => [file, `({__proto__:null,${texts.join(',\n')}})`]));
  return { files: withName(files), metafile: result.metafile };
}

/** The name of a file as esbuild makes it: it ends in a hash of what is inside, here of what it imports as well. */
const hashed = /\b[\w-]+-[A-Z0-9]{8}\b/g;

/**
 * Names without hashes, which do not compress: a hundredth of the package. Most files have no name but that, and get a number.
 * @returns gives the short name for one of `names`, and anything else as it is
 */
function shortNames(names: readonly string[]): (name: string) => string {
  const given = new Map<string, string>();
  const taken = new Set(names);
  for (const name of names.filter((one) => new RegExp(`^${hashed.source}$`).test(one))) {
    const stem = name.slice(0, -9).replace(/^chunk$/, 'c');
    let short = stem;
    for (let count = 1; taken.has(short); count++) short = `${stem}${count}`;
    taken.add(short);
    given.set(name, short);
  }
  return (name) => given.get(name) ?? name;
}

function withName(files: ReadonlyMap<string, string>): Map<string, string> {
  const name = createHash('sha256')
    .update(JSON.stringify([...files].sort()))
    .digest('hex')
    .slice(0, 16);
  return new Map([...files].map(([file, text]) => [file, file === 'main.cjs' ? `/*${name}*/${text}` : text]));
}

interface Group {
  readonly file: string;
  /** Names of esbuild's files; those of an earlier group are there. */
  readonly holds: ReadonlySet<string>;
}

/**
 * What is put together in one file, so that a start opens three files instead of forty, which is worth a tenth of it: what the
 * smallest command needs, and so all do; what one needs that only asks a server, and most others as well; what `egress explain` needs.
 */
function groupsOf(outputs: Metafile['outputs']): readonly Group[] {
  const needed = (...starts: string[]): Set<string> =>
    new Set(starts.flatMap((start) => [...neededAtOnce(start, outputs)]));
  const fileNamed = (source: string): string => fileOf(source, outputs);
  return [
    { file: 'main.cjs', holds: needed('bundle/main.js', fileNamed('src/commands/version.ts')) },
    {
      file: 'server.cjs',
      holds: needed(fileNamed('src/commands/namespace/add.ts'), fileNamed('src/lib/cluster/index.ts')),
    },
    { file: 'explain.cjs', holds: neededByExplain(outputs) },
  ];
}

/**
 * What a run of `egress explain` over files may load, apart from what only a few runs do: clusters, git, Istio, packages behind `import()`.
 */
function neededByExplain(outputs: Metafile['outputs']): Set<string> {
  const files = new Set<string>();
  const isRare = (name: string): boolean => {
    const inputs = Object.keys(outputs[name]?.inputs ?? {});
    return inputs.some((path) =>
      /^src\/(?!lib\/)|^src\/lib\/(cluster|input\/(git|istio)|simulator\/istio\/index|cli\/(help|prompt))\b/.test(path),
    );
  };
  const visit = (name: string): void => {
    if (files.has(name)) return;
    files.add(name);
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement') visit(path);
      else if (kind === 'dynamic-import' && outputs[path]?.entryPoint?.startsWith('src/') === true && !isRare(path))
        visit(path);
    }
  };
  visit(fileOf('src/commands/egress/explain.ts', outputs));
  return files;
}

/** The file that one of the sources begins. */
function fileOf(source: string, outputs: Metafile['outputs']): string {
  const file = Object.keys(outputs).find((name) => outputs[name]?.entryPoint === source);
  if (file === undefined) throw new Error(`the bundle has no file for ${source}`);
  return file;
}

/** Whether all in a file of the bundle is of packages. */
function isOthers(output: Metafile['outputs'][string] | undefined): boolean {
  return Object.keys(output?.inputs ?? {}).every((path) => path.includes('node_modules'));
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

/** What help and errors need of the commands: a file of its own, which grows with every command and few starts read. */
const detailsModule = './details.js';

/** Where the bundle starts: package.json and the heads of all commands are inside, commands are loaded one at a time. */
function entry(manifest: Manifest, heads: readonly CommandHead[]): string {
  const modules = Object.entries(manifest.commands).map(([id, { relativePath }]) => {
    const [, ...rest] = relativePath as string[];
    return `  '${id}': () => import('./${['src', ...rest].join('/')}'),\n`;
  });
  return `
    import { main, programName } from './src/lib/cli/main.js';
    import { preparedOptions } from './src/lib/cli/prepared-plugin.js';
    import { stderr, stdout } from './src/lib/cli/streams.js';
    import { name, version, description, oclif } from './package.json';
    import { keepIn } from './src/lib/own-files.js';
    export { fail } from './src/lib/cli/main.js';
    const modules = { __proto__: null,\n${modules.join('')}};
    const heads = JSON.parse(${JSON.stringify(JSON.stringify(heads))});
    const details = () => require('${detailsModule}');
    export const run = (argv, root, files) => {
      keepIn(files);
      stdout.direct = stderr.direct = true;
      const bin = programName(process.argv[1], oclif.bin);
      return main(argv, preparedOptions(argv, root, { name, version, description, oclif: { ...oclif, bin } }, heads, details, modules));
    };
  `;
}

interface Replacing {
  readonly plugin: Plugin;
  /** @throws Error when there was nothing to replace for one of the replacements */
  assertAllReplaced(): void;
}

/** Parts of @oclif/core that a start would load for nothing, which is worth 10 ms. */
function slimCore(): Replacing {
  const nothing = 'module.exports = {};';
  const replacements: readonly (readonly [path: RegExp, contents: string])[] = [
    // The index re-exports everything; the parts that we use have entries of their own.
    [
      /@oclif[\\/]core[\\/]lib[\\/]index\.js$/,
      `export { Command } from '@oclif/core/command';
       export { Config } from '@oclif/core/config';
       export * as Args from '@oclif/core/args';
       export * as Flags from '@oclif/core/flags';`,
    ],
    // Loads tty and more, to print nothing unless DEBUG is set.
    [/[\\/]debug[\\/]src[\\/]index\.js$/, `module.exports = () => Object.assign(() => {}, { enabled: false });`],
    // Look for plugins and draw spinners; not with the prepared commands.
    [/node_modules[\\/]minimatch[\\/]/, nothing],
    [/node_modules[\\/]tinyglobby[\\/]/, nothing],
    [/node_modules[\\/]lilconfig[\\/]/, nothing],
    [/node_modules[\\/]cli-spinners[\\/]/, nothing],
    [/node_modules[\\/]get-package-type[\\/]/, nothing],
    // A language of templates, for `<%= config.bin %>` and the like in help.
    [
      /node_modules[\\/]ejs[\\/]lib[\\/]cjs[\\/]ejs\.js$/,
      `exports.render = (text, values) =>
         text.replace(/<%= ([\\w.]+) %>/g, (_, path) => path.split('.').reduce((value, name) => value[name], values));`,
    ],
    // Questions that nobody asks (`src/lib/cli/prompt.ts`). The one that opens an editor has tables of character sets: a fifth of the package.
    [/@inquirer[\\/](editor|expand|number|password|rawlist|search)[\\/]/, 'export default undefined;'],
    // The other side of a WebSocket.
    [/node_modules[\\/]ws[\\/]lib[\\/]websocket-server\.js$/, nothing],
    // Ways to log in that kubectl has no more, and are refused before; with the only user of a language of paths.
    [/client-node[\\/]dist[\\/]azure_auth\.js$/, 'export class AzureAuth { isAuthProvider() { return false; } }'],
    [
      /client-node[\\/]dist[\\/]gcp_auth\.js$/,
      'export class GoogleCloudPlatformAuth { isAuthProvider() { return false; } }',
    ],
    // The client's requests; ours are sent by our own transport.
    [
      /node_modules[\\/]node-fetch[\\/]/,
      'export class Headers {}\nexport class AbortError {}\nexport class FetchError {}\nexport default undefined;',
    ],
    // Looks into files to tell WSL from Linux, and asks PowerShell what shell there is: oclif wants it for names of download archives.
    [
      /@oclif[\\/]core[\\/]lib[\\/]util[\\/]os\.js$/,
      `const { basename } = require('node:path');
       exports.getHomeDir = () => process.getBuiltinModule('node:os').homedir();
       exports.getPlatform = () => process.platform;
       exports.getShell = () => basename(process.env.SHELL ?? process.env.COMSPEC ?? 'unknown');`,
    ],
  ];
  const replaced = new Set<RegExp>();
  const plugin: Plugin = {
    name: 'slim-core',
    setup(build) {
      for (const [filter, contents] of replacements) {
        build.onLoad({ filter }, () => {
          replaced.add(filter);
          return { contents, resolveDir: packageRoot };
        });
      }
    },
  };
  const assertAllReplaced = (): void => {
    const missed = replacements.map(([filter]) => filter).filter((filter) => !replaced.has(filter));
    if (missed.length > 0) throw new Error(`the bundle has no such module to replace: ${missed.join(', ')}`);
  };
  return { plugin, assertAllReplaced };
}

/** oclif asks `node:os` at every start for what the process knows by itself. */
const osWhenNeeded: Plugin = {
  name: 'os-when-needed',
  setup(build) {
    const isConfig = /[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]config\.js$/;
    build.onResolve({ filter: /^node:os$/ }, ({ path, importer }) =>
      isConfig.test(importer) ? { path, namespace: osWhenNeeded.name } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: osWhenNeeded.name }, () => ({
      contents: `exports.arch = () => process.arch;
        for (const name of ['release', 'tmpdir', 'type']) exports[name] = () => process.getBuiltinModule('node:os')[name]();`,
    }));
  },
};

/**
 * Loading a module of the Kubernetes client does nothing but define what it exports, which its package.json does not say. Said, a
 * thousand files of types of resources stay out that nobody uses.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup(build) {
    build.onResolve({ filter: /^\./ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === onlyWhatIsUsed || !/[\\/]@kubernetes[\\/]client-node[\\/]/.test(importer)) return undefined;
      return { ...(await build.resolve(path, { kind, resolveDir, pluginData: onlyWhatIsUsed })), sideEffects: false };
    });
  },
};

/**
 * Packages that others use where they happen to be installed. They are not looked for: that takes time, and the single executable warns
 * of it.
 */
const notThere: Plugin = {
  name: 'not-there',
  setup(build) {
    build.onResolve({ filter: /^(?:bufferutil|utf-8-validate|encoding)$/ }, ({ path }) => ({
      path,
      namespace: notThere.name,
    }));
    build.onLoad({ filter: /.*/, namespace: notThere.name }, ({ path }) => ({
      contents: `throw Object.assign(new Error('${path} is not there'), { code: 'MODULE_NOT_FOUND' });`,
    }));
  },
};

/**
 * A CommonJS package in `import('…')` gives all that it gives in Node.js. By itself, esbuild exports nothing of it but
 * `default` when it splits, and whatever else the sources ask for is undefined.
 */
const namedExports: Plugin = {
  name: 'named-exports',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === namedExports || isBuiltin(path)) return undefined;
      const resolved = await build.resolve(path, { kind, resolveDir, pluginData: namedExports });
      if (resolved.errors.length > 0 || resolved.external || !isCommonJs(resolved.path)) return resolved;
      return { path, namespace: namedExports.name, pluginData: resolved.path };
    });
    build.onLoad({ filter: /.*/, namespace: namedExports.name }, async ({ pluginData }) => {
      const file = pluginData as string;
      const names = Object.keys((await import(pathToFileURL(file).href)) as object);
      const identifiers = names.filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
      const contents = `export { ${identifiers.join(', ')} } from ${JSON.stringify(file)};`;
      return { contents, resolveDir: dirname(file) };
    });
  },
};

/** As Node.js decides it: by the name's end, else by the package.json above. */
function isCommonJs(file: string): boolean {
  if (!file.endsWith('.js')) return file.endsWith('.cjs');
  let directory = dirname(file);
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  const { type } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { type?: string };
  return type !== 'module';
}
