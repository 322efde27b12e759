import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';

import { build, type Plugin } from 'esbuild';
import ts from 'typescript';

import { packageRoot } from '../../scripts/build/package.js';

export interface Counted<T> {
  /** What the module exports: the same code, but for the counting. */
  readonly module: T;
  /**
   * How much work something does: how often functions of our sources are called, and bodies of loops run. Unlike the time that
   * it takes, this is the same on a busy machine. What JavaScript's own functions do does not count.
   */
  stepsOf(run: () => void): number;
}

/**
 * Loads a module and all that it needs once more, with a counter in it.
 * @param path from the package's root
 */
export async function counted<T>(path: string): Promise<Counted<T>> {
  const { outputFiles } = await build({
    entryPoints: [join(packageRoot, path)],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    write: false,
    plugins: [counters],
  });
  const load = runInThisContext(`(function (module, exports, $step) {${outputFiles[0]!.text}\n})`) as (
    module: object,
    exports: object,
    step: () => void,
  ) => void;
  let steps = 0;
  const module = { exports: {} };
  load(module, module.exports, () => void steps++);
  return {
    module: module.exports as T,
    stepsOf(run) {
      const before = steps;
      run();
      return steps - before;
    },
  };
}

const counters: Plugin = {
  name: 'counters',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/lib\/.*\.ts$/ }, ({ path }) => ({
      contents: withCounters(readFileSync(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

/** The source with a call of `$step` at the start of each function and of each loop's body. */
function withCounters(text: string): string {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const body = ts.isFunctionLike(node) && 'body' in node ? node.body : bodyOfLoop(node);
    if (body && ts.isBlock(body)) insertions.push({ at: body.getStart() + 1, text: ' $step();' });
    else if (body && ts.isIterationStatement(node, false)) {
      insertions.push({ at: body.getStart(), text: '{ $step(); ' }, { at: body.end, text: ' }' });
    } else if (body) insertions.push({ at: body.getStart(), text: '($step(), ' }, { at: body.end, text: ')' });
    node.forEachChild(visit);
  };
  visit(source);
  // where one ends and another begins at the same place, the inner one was found later
  return insertions
    .map((insertion, order) => ({ ...insertion, order }))
    .sort((one, other) => other.at - one.at || one.order - other.order)
    .reduce((result, { at, text: inserted }) => result.slice(0, at) + inserted + result.slice(at), text);
}

function bodyOfLoop(node: ts.Node): ts.Statement | undefined {
  return ts.isIterationStatement(node, false) ? node.statement : undefined;
}
