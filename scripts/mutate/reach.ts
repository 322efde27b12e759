import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { imports, sources } from '../../test/architecture/graph.js';
import { packageRoot } from '../build/package.js';

/** The unit tests, and what they are made of. */
export interface Reach {
  /** Test files that import the source file, directly or not. */
  testsOf(file: string): string[];
  /** Changes when what these test files import changes, or the data of tests. */
  fingerprintOf(testFiles: readonly string[]): string;
}

/**
 * Of the unit tests: integration tests need servers, and those of the architecture read sources instead of running
 * them.
 * @param paths only tests whose paths begin so; none: all
 */
export async function reachOfTests(paths: readonly string[]): Promise<Reach> {
  const tests = sources('test').filter(
    (file) => file.endsWith('.test.ts') && !/^test\/(integration|architecture|bench)\//.test(file),
  );
  const wanted = tests.filter((file) => paths.length === 0 || paths.some((path) => file.startsWith(path)));
  const graph = await imports(tests);
  const closures = new Map(tests.map((file) => [file, closureOf(file)]));
  const data = hash(dataFiles().map((file) => readFileSync(join(packageRoot, file), 'latin1')));
  const hashes = new Map<string, string>();

  function closureOf(file: string): Set<string> {
    const found = new Set<string>([file]);
    for (const path of found) {
      for (const item of graph[path]?.imports ?? []) if (!item.external) found.add(item.path);
    }
    return found;
  }

  function hashOf(file: string): string {
    const known = hashes.get(file) ?? hash([readFileSync(join(packageRoot, file), 'utf8')]);
    hashes.set(file, known);
    return known;
  }

  return {
    testsOf: (file) => wanted.filter((test) => closures.get(test)!.has(file)),
    fingerprintOf(testFiles) {
      const all = new Set(testFiles.flatMap((test) => [...(closures.get(test) ?? [])]));
      return hash([data, ...[...all].sort().map((file) => `${file} ${hashOf(file)}`)]);
    },
  };
}

/** Golden files, recordings and manifests; not what surveys write, or what one finds would be forgotten by the next. */
function dataFiles(): string[] {
  return ['test', 'examples']
    .flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
        .map((entry) => join(entry.parentPath, entry.name).slice(packageRoot.length)),
    )
    .filter((file) => !file.startsWith('test/mutants') && !file.endsWith('/README.md'))
    .sort();
}

function hash(parts: readonly string[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex').slice(0, 16);
}
