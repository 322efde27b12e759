import { dirname } from 'node:path';

import { keyOf, type Mutant } from './describe.js';
import type { Explanation } from './explanations.js';
import type { Outcome } from './judge.js';

interface Counts {
  tried: number;
  killed: number;
  explained: number;
  survived: number;
}

/**
 * Prints what survived without explanation, explanations that no longer hold, and how many of each there are by folder.
 * @returns whether every mutant is killed or explained, and every explanation is needed
 */
export function report(
  mutants: readonly Mutant[],
  outcomes: ReadonlyMap<number, Outcome>,
  explanations: readonly Explanation[],
  { files, isComplete }: { readonly files: readonly string[]; readonly isComplete: boolean },
): boolean {
  const ofFiles = explanations.filter(({ file }) => files.includes(file));
  const explained = new Map(ofFiles.map((explanation) => [keyOf({ ...explanation, line: 0 }), explanation]));
  const keys = new Set(mutants.map(keyOf));
  const needed = new Set<string>();
  const folders = new Map<string, Counts>();
  const survivors: Mutant[] = [];
  for (const [number, { killer }] of outcomes) {
    const mutant = mutants[number]!;
    const folder = dirname(mutant.file);
    const counts = folders.get(folder) ?? { tried: 0, killed: 0, explained: 0, survived: 0 };
    folders.set(folder, counts);
    counts.tried++;
    if (killer !== undefined) counts.killed++;
    else if (explained.has(keyOf(mutant))) {
      counts.explained++;
      needed.add(keyOf(mutant));
    } else {
      counts.survived++;
      survivors.push(mutant);
    }
  }
  const stale = [...explained].filter(([key]) => !keys.has(key) || (isComplete && !needed.has(key)));
  printSurvivors(survivors, outcomes, mutants);
  for (const [key, { line, within, diff }] of stale) {
    const why = keys.has(key) ? 'a test notices it now' : 'there is no such code any more';
    console.log(`test/mutants.md:${line}: ${why}\n${[`@@ ${within}`, ...diff].join('\n')}`);
  }
  console.log('\ntried  killed  explained  survived');
  for (const [folder, counts] of [...folders].sort(([one], [other]) => (one < other ? -1 : 1))) {
    console.log(`${row(counts)}  ${folder}`);
  }
  console.log(row(sum([...folders.values()])));
  return survivors.length + stale.length === 0;
}

/** As `test/mutants.md` wants them, so that they can be explained there if they must. */
function printSurvivors(
  survivors: readonly Mutant[],
  outcomes: ReadonlyMap<number, Outcome>,
  mutants: readonly Mutant[],
): void {
  const numbers = new Map(mutants.map((mutant, number) => [mutant, number]));
  let file = '';
  for (const mutant of survivors) {
    if (mutant.file !== file) console.log(`\n## ${mutant.file}`);
    file = mutant.file;
    const { tests } = outcomes.get(numbers.get(mutant)!)!;
    console.log(`\n${file}:${mutant.line} SURVIVED ${tests === 0 ? '(no test comes there)' : `${tests} tests`}`);
    console.log(['```diff', `@@ ${mutant.within}`, ...mutant.diff, '```'].join('\n'));
  }
}

function sum(all: readonly Counts[]): Counts {
  const total = { tried: 0, killed: 0, explained: 0, survived: 0 };
  for (const counts of all) for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  return total;
}

function row({ tried, killed, explained, survived }: Counts): string {
  return [
    String(tried).padStart(5),
    String(killed).padStart(6),
    String(explained).padStart(9),
    String(survived).padStart(8),
  ].join('  ');
}
