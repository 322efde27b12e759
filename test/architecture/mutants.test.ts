import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { packageRoot } from '../../scripts/build/package.js';
import { describe as describeMutant, keyOf } from '../../scripts/mutate/describe.js';
import { parseExplanations } from '../../scripts/mutate/explanations.js';
import { mutationsOf } from '../../scripts/mutate/mutations.js';

const page = 'test/mutants.md';

describe('test/mutants.md', () => {
  it('explains mutants that the sources have', () => {
    const explanations = parseExplanations(readFileSync(join(packageRoot, page), 'utf8'), page);
    const files = [...new Set(explanations.map(({ file }) => file))];
    const keys = new Set(files.flatMap(keysOf));
    const stale = explanations.filter((explanation) => !keys.has(keyOf({ ...explanation, line: 0 })));
    assert.ok(explanations.length > 0);
    assert.deepEqual(
      stale.map(({ file, line, within, diff }) => `${page}:${line}: ${file} ${within}\n${diff.join('\n')}`),
      [],
    );
  });
});

function keysOf(file: string): string[] {
  if (!existsSync(join(packageRoot, file))) return [];
  const source = ts.createSourceFile(file, readFileSync(join(packageRoot, file), 'utf8'), ts.ScriptTarget.Latest, true);
  return mutationsOf(source).map((mutation) => keyOf(describeMutant(source, file, mutation)));
}
