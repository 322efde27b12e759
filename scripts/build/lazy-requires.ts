import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin } from 'esbuild';

import { packageRoot } from './package.js';

const folder = join(packageRoot, 'node_modules', '@oclif', 'core', 'lib');

/** Lines that TypeScript writes for imports. */
const requireLine = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm;

/** oclif listens for errors of standard output as soon as it is loaded, which loads Node's streams; ours does so when needed. */
const earlyStream = /^process\.stdout\.on\('error', \(err\) => \{\n(?: {4}.*\n)+\}\);$/gm;

/** How often that occurs in the version of @oclif/core that package.json names: lines, uses of their names, and the listener. */
const expected: Occurrences = { requires: 230, uses: 517, listeners: 1 };

interface Occurrences {
  readonly requires: number;
  readonly uses: number;
  readonly listeners: number;
}

/**
 * Makes the modules of @oclif/core load one another when they are first used, not all at once: of its 150 modules (terminal
 * detection, spinners, plugin discovery, child processes…) a command needs a third. `README.md` has what it is worth.
 *
 * Its compiled files start with lines such as `const errors_1 = require("../errors");` and use `errors_1.x` below. Each such
 * line becomes a function that requires on the first call, and each use becomes a call: what Babel does with `lazy: true`.
 * Only names that TypeScript generates (`…_1`) are touched, so nothing else in a file can carry such a name.
 * @throws Error when @oclif/core is not as expected
 */
export function lazyRequires(): Plugin {
  const counts = { requires: 0, uses: 0, listeners: 0 };
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  const texts = new Map(
    files.map((name) => [join(folder, name), rewrite(readFileSync(join(folder, name), 'utf8'), counts)]),
  );
  assertExpected(counts);
  return {
    name: 'lazy-requires',
    setup(build) {
      build.onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
        const contents = texts.get(path);
        if (contents === undefined) throw new Error(`${path} is another @oclif/core than the package's own`);
        return { contents };
      });
    },
  };
}

/** @throws Error when the numbers are not those of the version that the patterns were made for */
export function assertExpected(counts: Occurrences): void {
  const [found, wanted] = [JSON.stringify(counts), JSON.stringify(expected)];
  if (found === wanted) return;
  throw new Error(
    `@oclif/core has ${found} of what the build rewrites, not ${wanted}: see what has changed there, then change ` +
      `'expected' in scripts/build/lazy-requires.ts`,
  );
}

/** The source of a CommonJS module with its top-level requires delayed; what is found is added to `counts`. */
export function rewrite(source: string, counts: { requires: number; uses: number; listeners: number }): string {
  const names: string[] = [];
  const declared = source
    .replace(earlyStream, () => {
      counts.listeners++;
      return '';
    })
    .replace(requireLine, (_line, name: string, value: string) => {
      names.push(name);
      return `let ${name}_; const ${name}$ = () => ${name}_ ??= ${value};`;
    });
  counts.requires += names.length;
  return names.reduce(
    (text, name) =>
      text.replace(new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, 'g'), () => {
        counts.uses++;
        return `(${name}$())`;
      }),
    declared,
  );
}
