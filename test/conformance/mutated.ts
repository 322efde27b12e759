import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

import { build } from 'esbuild';
import ts from 'typescript';

import { packageRoot } from '../../scripts/build/package.js';
import { describe, keyOf } from '../../scripts/mutate/describe.js';
import { instrument, mutationsOf } from '../../scripts/mutate/mutations.js';

const require = createRequire(import.meta.url);

/** The recordings' player, made from sources with all mutations of some files in them. */
export interface MutatedPlayer<T> {
  /** Numbers of mutants by file, function and diff; places that look alike have several. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  /**
   * A new player each time, which has seen nothing yet.
   * @param awake numbers of mutants
   * @param pass told the number of each mutant whose place is passed
   */
  play(awake: readonly number[], pass?: (number: number) => void): T;
}

/**
 * @param files with mutations; paths from the package's root
 * @param player what is made of them: a module that plays recordings
 */
export async function mutatedPlayer<T>(files: readonly string[], player: string): Promise<MutatedPlayer<T>> {
  const numbers = new Map<string, number[]>();
  const instrumented = new Map<string, string>();
  let count = 0;
  for (const file of files) {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(packageRoot, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    instrumented.set(join(packageRoot, file), instrument(source, count));
    for (const mutation of mutationsOf(source)) {
      const key = keyOf(describe(source, file, mutation));
      numbers.set(key, [...(numbers.get(key) ?? []), count++]);
    }
  }
  const { outputFiles } = await build({
    entryPoints: [join(packageRoot, player)],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    write: false,
    plugins: [
      {
        name: 'mutants',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = instrumented.get(path);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          });
        },
      },
    ],
  });
  const script = new Script(`(function (module, globalThis, require) {${outputFiles[0]!.text}\n})`, {
    filename: 'replay.js',
  });
  const load = script.runInThisContext() as (
    module: { exports: object },
    global: object,
    require: NodeJS.Require,
  ) => void;
  return {
    numbers,
    play(awake, pass) {
      const module = { exports: {} };
      const $mutant = (number: number): boolean => {
        pass?.(number);
        return awake.includes(number);
      };
      load(module, { $mutant }, require);
      return module.exports as T;
    },
  };
}
