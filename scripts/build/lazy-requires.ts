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
      contents: makeLazy(readFileSync(path, 'utf8')),
    }));
  },
};

const requireLine = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm;

/** The source of a compiled CommonJS module with its top-level requires delayed. */
export function makeLazy(source: string): string {
  const names: string[] = [];
  const declared = source.replace(requireLine, (_line, name: string, value: string) => {
    names.push(name);
    return `let ${name}_; const ${name}$ = () => ${name}_ ??= ${value};`;
  });
  return names.reduce(
    (text, name) => text.replace(new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, 'g'), `(${name}$())`),
    declared,
  );
}
