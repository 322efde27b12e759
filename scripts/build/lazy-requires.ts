import { readFileSync } from 'node:fs';

import type { Plugin } from 'esbuild';

/**
 * Makes the modules of @oclif/core load one another when they are first used, not all at once: of its 150 modules (terminal
 * detection, spinners, plugin discovery, child processes…) a command needs a third. Worth 4 of 40 ms at every start.
 *
 * Its compiled files start with lines such as `const errors_1 = require("../errors");` and use `errors_1.x` below. Each such
 * line becomes a function that requires on the first call, and each use becomes a call: what Babel does with `lazy: true`.
 * Only names that TypeScript generates (`…_1`) are touched, so nothing else in a file can carry such a name.
 */
export const lazyRequires: Plugin = {
  name: 'lazy-requires',
  setup(build) {
    build.onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: makeLazy(withoutEarlyStreams(readFileSync(path, 'utf8')), coreModules),
    }));
  },
};

/** Lines that TypeScript writes for imports, in @oclif/core. */
const coreModules = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm;

/** Lines that esbuild writes for imports of Node's own modules, some of which take a millisecond to load. */
const nodeModules = /^var (import_\w+) = ((?:__toESM\()?require\("node:[^"]+"\)\)?);$/gm;

/** Node's own modules, too, are loaded when they are first used. For a whole file of the bundle, before white space goes. */
export function lazyNodeModules(source: string): string {
  return makeLazy(source, nodeModules);
}

/**
 * The source of a CommonJS module with its top-level requires delayed.
 * @param lines matches such lines: the name, then the expression that requires
 */
function makeLazy(source: string, lines: RegExp): string {
  const names: string[] = [];
  const declared = source.replace(lines, (_line, name: string, value: string) => {
    names.push(name);
    return `let ${name}_; const ${name}$ = () => ${name}_ ??= ${value};`;
  });
  return names.reduce(
    (text, name) => text.replace(new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, 'g'), `(${name}$())`),
    declared,
  );
}

/** oclif listens for errors of standard output as soon as it is loaded, which loads Node's streams; ours does so when needed. */
function withoutEarlyStreams(source: string): string {
  return source.replace(/^process\.stdout\.on\('error', [^]*?^\}\);$/m, '');
}
