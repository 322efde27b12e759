/**
 * `npm run mutate -- PATH…`: changes the sources a little, in one place at a time, and tells whether a unit test notices. See
 * scripts/mutate/README.md.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';

import ts from 'typescript';

import { sources } from '../test/architecture/graph.js';
import { packageRoot } from './build/package.js';
import { compileCopy, copyBuild, copyProject } from './mutate/copy.js';
import { describe, keyOf, type Mutant } from './mutate/describe.js';
import { parseExplanations } from './mutate/explanations.js';
import { Judge, type Outcome } from './mutate/judge.js';
import { instrument, mutationsOf } from './mutate/mutations.js';
import { reachOfTests } from './mutate/reach.js';
import { report } from './mutate/report.js';
import { chosenBy, random } from './mutate/sample.js';
import { judgeByRecordings, playedByRecordings } from './mutate/recorded.js';
import { Memory } from './mutate/memory.js';
import { Ledger } from './mutate/ledger.js';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    since: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    budget: { type: 'string', default: '10' },
    tests: { type: 'string', multiple: true, default: [] },
    grep: { type: 'string' },
    only: { type: 'string' },
    unexplained: { type: 'boolean', default: false },
    untried: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const files = chosenFiles(positionals, flags.since);
if (files.length === 0) {
  console.error('name source files or folders: npm run mutate -- src/lib/simulator');
  process.exit(2);
}

const parsed = files.map((file) => {
  const text = readFileSync(join(packageRoot, file), 'utf8');
  return { file, source: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
});
const mutants: Mutant[] = [];
const instrumented = new Map<string, string>();
for (const { file, source } of parsed) {
  const mutations = mutationsOf(source);
  if (mutations.length === 0) continue;
  instrumented.set(file, instrument(source, mutants.length));
  mutants.push(...mutations.map((mutation) => describe(source, file, mutation)));
}

const explanationsFile = join(packageRoot, 'test', 'mutants.md');
const explanations = existsSync(explanationsFile) ? parseExplanations(readFileSync(explanationsFile, 'utf8')) : [];
const explained = new Set(explanations.map((explanation) => keyOf({ ...explanation, line: 0 })));
const ledger = new Ledger(join(packageRoot, 'test', 'mutants-tried.txt'), mutants);
const changed = flags.since === undefined ? undefined : changedLines(flags.since);
const wanted = mutants.flatMap((mutant, number) => {
  const isChanged = !changed || changed.get(mutant.file)?.has(mutant.line);
  const key = keyOf(mutant);
  if (!isChanged || (flags.grep !== undefined && !key.includes(flags.grep))) return [];
  return (flags.unexplained && explained.has(key)) || (flags.untried && ledger.isDone(number)) ? [] : [number];
});
const chosen = flags.sample === undefined ? wanted : chosenBy(random(Number(flags.seed)), wanted, Number(flags.sample));

if (flags.list) {
  for (const number of chosen) {
    const { file, line, within, diff } = mutants[number]!;
    console.log([`${file}:${line} in ${within}`, ...diff].join('\n'));
  }
} else {
  const outcomes = await outcomesOf(chosen);
  const isGood = report(mutants, outcomes, explanations, { files, isComplete: chosen.length === mutants.length });
  process.exitCode = isGood ? 0 : 1;
}

async function outcomesOf(numbers: readonly number[]): Promise<ReadonlyMap<number, Outcome>> {
  const reach = await reachOfTests(flags.tests);
  const means = [flags.budget, flags.only, ...flags.tests].join(' ');
  const memory = new Memory(join(packageRoot, 'node_modules', '.cache', 'mutate.json'), mutants, reach, means);
  const found = new Map<number, Outcome>();
  for (const number of flags.fresh ? [] : numbers) {
    const outcome = memory.recall(number);
    if (outcome) found.set(number, outcome);
  }
  const open = numbers.filter((number) => !found.has(number));
  console.log(`${numbers.length} mutants, ${found.size} of them known from before`);
  process.on('exit', () => {
    ledger.record(files, found, (mutant) => explained.has(keyOf(mutant)));
  });
  if (open.length === 0) return found;
  process.on('exit', () => {
    memory.save();
  });
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  const settle = (number: number, outcome: Outcome): void => void found.set(number, outcome);
  let left = open;
  if (flags.only !== 'tests' && (await playedByRecordings(files))) {
    left = await judgeByRecordings(files, open, memory, { workers: Number(flags.workers), settle });
  }
  if (flags.only === 'recordings') for (const number of left) settle(number, { killer: undefined, tests: 0 });
  if (left.length === 0 || flags.only === 'recordings') return found;
  const copy = copyProject();
  process.on('exit', () => {
    rmSync(copy, { recursive: true, force: true });
  });
  for (const [file, text] of instrumented) write(join(copy, file), text);
  await compileCopy(copy);
  copyBuild(copy);
  const judge = new Judge(copy, mutants, reach, memory, {
    workers: Number(flags.workers),
    budget: 1000 * Number(flags.budget),
  });
  await judge.survey([...new Set(left.map((number) => mutants[number]!.file))]);
  await judge.judgeAll(left, settle);
  return found;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function chosenFiles(paths: readonly string[], since: string | undefined): string[] {
  const named = (paths.length === 0 && since !== undefined ? ['src'] : paths).flatMap((path) => {
    const inside = normalize(path).replace(/\/$/, '');
    if (!existsSync(join(packageRoot, inside))) throw new Error(`${path} does not exist`);
    return statSync(join(packageRoot, inside)).isDirectory() ? sources(inside) : [inside];
  });
  const touched = since === undefined ? undefined : changedLines(since);
  return [...new Set(named)].filter((file) => !touched || touched.has(file)).sort();
}

/** The lines of source files, from 1, that were added or changed since a revision. */
function changedLines(since: string): Map<string, Set<number>> {
  const diff = execFileSync('git', ['diff', '--unified=0', '--no-color', '--no-prefix', since, '--', 'src'], {
    cwd: packageRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const lines = new Map<string, Set<number>>();
  let current = new Set<number>();
  for (const line of diff.split('\n')) {
    const file = /^\+\+\+ (.*\.ts)$/.exec(line)?.[1];
    if (file !== undefined) lines.set(file, (current = new Set()));
    const hunk = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    const count = Number(hunk?.[2] ?? 1);
    for (let offset = 0; hunk && offset < count; offset++) current.add(Number(hunk[1]) + offset);
  }
  return lines;
}
