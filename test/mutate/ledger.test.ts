import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Mutant } from '../../scripts/mutate/describe.js';
import type { Outcome } from '../../scripts/mutate/judge.js';
import { Ledger } from '../../scripts/mutate/ledger.js';

const mutant = (within: string, text: string): Mutant => ({ file: 'src/a.ts', line: 1, within, diff: [`- ${text}`] });
const killed: Outcome = { killer: 'test/a.test.ts: works', tests: 1 };
const survived: Outcome = { killer: undefined, tests: 1 };
const none = (): boolean => false;

describe('the ledger of mutants', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'osm-ts-ledger-'));
    path = join(folder, 'tried.txt');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const mutants = [mutant('Some.first', 'a'), mutant('Some.first', 'b'), mutant('second', 'c')];
  const done = (of: readonly Mutant[] = mutants): boolean[] => {
    const ledger = new Ledger(path, of);
    return of.map((_, number) => ledger.isDone(number));
  };

  it('has a function once all its mutants are noticed or explained', () => {
    new Ledger(path, mutants).record(['src/a.ts'], new Map([[0, killed]]), none);
    assert.deepEqual(done(), [false, false, false]);
    new Ledger(path, mutants).record(['src/a.ts'], new Map([[0, killed]]), ({ diff }) => diff[0] === '- b');
    assert.deepEqual(done(), [true, true, false]);
    assert.match(readFileSync(path, 'utf8'), /\n\nsrc\/a\.ts\n {2}Some\.first: 2 1 1 [0-9a-f]{8}\n$/);
  });

  it('takes out a function of which a mutant survives, and keeps those that were not tried', () => {
    const all = new Map([0, 1, 2].map((number) => [number, killed] as const));
    new Ledger(path, mutants).record(['src/a.ts'], all, none);
    new Ledger(path, mutants).record(['src/a.ts'], new Map([[1, survived]]), none);
    assert.deepEqual(done(), [false, false, true]);
  });

  it('does not know a function that was written anew, and forgets one that is gone', () => {
    const all = new Map([0, 1, 2].map((number) => [number, killed] as const));
    new Ledger(path, mutants).record(['src/a.ts'], all, none);
    const later = [mutant('Some.first', 'a'), mutant('Some.first', 'other')];
    assert.deepEqual(done(later), [false, false]);
    new Ledger(path, later).record(['src/b.ts'], new Map(), none);
    assert.match(readFileSync(path, 'utf8'), /second/);
    new Ledger(path, later).record(['src/a.ts'], new Map(), none);
    assert.doesNotMatch(readFileSync(path, 'utf8'), /second/);
  });
});
