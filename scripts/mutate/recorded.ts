import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { imports } from '../../test/architecture/graph.js';
import { packageRoot } from '../build/package.js';
import type { Outcome } from './judge.js';
import type { Memory } from './memory.js';
import { random } from './sample.js';

/** What the worker of this file says and hears. */
export interface Asked {
  /** Index of the recorded world. */
  readonly world: number;
  /** Index of the question about it. */
  readonly question: number;
  readonly digest: string;
  /** Places of mutants that were passed. */
  readonly steps: number;
  readonly milliseconds: number;
}

export type Order =
  | { readonly files: readonly string[]; readonly part: number; readonly parts: number }
  | { readonly mutant: number; readonly asked: readonly Asked[] };

export type Told =
  | { readonly kind: 'asked'; readonly asked: readonly Asked[]; readonly reaches: readonly Uint32Array[] }
  | { readonly kind: 'surveyed' }
  /** The world whose answer differs. */
  | { readonly kind: 'judged'; readonly world: string | undefined };

const answers = 'test/conformance/answers.ts';

/** Questions that a mutant is worth, and milliseconds that they took without it. */
const mostQuestions = 60;
const mostMilliseconds = 400;
const surveyMilliseconds = 30 * 60_000;
const judgeMilliseconds = 30_000;

/**
 * Tries mutants on answers about recorded worlds, which is what test/conformance/answers.test.ts does, some hundred times as fast: the
 * sources are bundled once with all mutants, and only questions are asked that come past the mutant.
 * @param files the files with mutants, in the order of their numbers
 * @returns the mutants that no answer shows
 */
export async function judgeByRecordings(
  files: readonly string[],
  numbers: readonly number[],
  memory: Memory,
  { workers, settle }: { readonly workers: number; readonly settle: (number: number, outcome: Outcome) => void },
): Promise<number[]> {
  const begun = performance.now();
  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(0);
  const children = Array.from({ length: workers }, start);
  const reaching = new Map<number, Asked[]>();
  const counts = new Map<number, number>();
  const chance = random(1);
  await Promise.all(
    children.map(async (child, part) => {
      child.on('message', (told: Told) => {
        if (told.kind !== 'asked') return;
        told.asked.forEach((asked, index) => {
          for (const number of told.reaches[index]!) keep(number, asked);
        });
      });
      child.send({ files, part, parts: workers } satisfies Order);
      const told = await answerOf(child, surveyMilliseconds);
      if (typeof told === 'string') throw new Error(`the recordings do not play without mutants: ${told}`);
      child.removeAllListeners('message');
    }),
  );
  console.log(`${reaching.size} mutants are on the way of recordings (${seconds()} s)`);

  /** Each with the same chance, however many there are. */
  function keep(number: number, asked: Asked): void {
    const count = (counts.get(number) ?? 0) + 1;
    counts.set(number, count);
    const list = reaching.get(number) ?? [];
    if (count === 1) reaching.set(number, list);
    if (list.length < mostQuestions) list.push(asked);
    else {
      const place = Math.floor(chance() * count);
      if (place < mostQuestions) list[place] = asked;
    }
  }

  const left: number[] = [];
  let index = 0;
  let tried = 0;
  await Promise.all(
    children.map(async (first) => {
      let child = first;
      while (index < numbers.length) {
        const number = numbers[index++]!;
        const asked = affordable(reaching.get(number));
        if (!asked) {
          left.push(number);
          continue;
        }
        child.send({ mutant: number, asked } satisfies Order);
        const told = await answerOf(child, judgeMilliseconds);
        if (typeof told === 'string') {
          child.kill('SIGKILL');
          child = start();
          child.send({ files, part: 0, parts: 0 } satisfies Order);
          await answerOf(child, judgeMilliseconds);
        }
        const world = typeof told === 'string' ? told : told.kind === 'judged' ? told.world : undefined;
        if (world === undefined) left.push(number);
        else {
          const outcome = { killer: `test/conformance/answers.test.ts: answers › ${world}`, tests: asked.length };
          settle(number, outcome);
          memory.keep(number, outcome);
        }
        if (++tried % 1000 === 0)
          console.log(`… ${index} of ${numbers.length}, ${left.length} not noticed, ${seconds()} s`);
      }
      child.kill('SIGKILL');
    }),
  );
  console.log(
    `${numbers.length - left.length} of ${numbers.length} mutants are noticed by recordings (${seconds()} s)`,
  );
  return left.sort((one, other) => one - other);
}

/** The quickest, within what a mutant is worth; one at least. */
function affordable(asked: Asked[] | undefined): Asked[] | undefined {
  let left = mostMilliseconds;
  return asked
    ?.sort((one, other) => one.milliseconds - other.milliseconds)
    .filter(({ milliseconds }, index) => (left -= milliseconds) > 0 || index === 0);
}

/** Do answers about recorded worlds come past any of these files? */
export async function playedByRecordings(files: readonly string[]): Promise<boolean> {
  const graph = await imports([answers]);
  return files.some((file) => graph[file] !== undefined);
}

function start(): ChildProcess {
  const script = join(packageRoot, 'scripts', 'mutate', 'recorded-worker.ts');
  return fork(script, { cwd: packageRoot, execArgv: ['--import', 'tsx'], serialization: 'advanced' });
}

/** The next word but what was asked, or why there is none. */
function answerOf(child: ChildProcess, limit: number): Promise<Told | string> {
  return new Promise((resolve) => {
    const hear = (told: Told): void => {
      if (told.kind !== 'asked') settle(told);
    };
    const settle = (told: Told | string): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.removeAllListeners('exit');
      resolve(told);
    };
    const timer = setTimeout(() => {
      settle('does not end');
    }, limit);
    child.on('message', hear);
    child.on('exit', (code, signal) => {
      settle(`the process ended (${signal ?? code})`);
    });
  });
}
