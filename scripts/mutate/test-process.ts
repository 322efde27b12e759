import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import type { Job, Report, Setup, Survey, Verdict } from './protocol.js';

const megabytes = 2048;
/** Loading the tests takes a second or two; on a busy machine some more. */
const loadingMilliseconds = 120_000;

type Noticed = Pick<Verdict, 'killer' | 'reason' | 'spoiled'>;

/** A process that runs tests in a copy of the project. */
export class TestProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** What the mutant that was awake from the start did while the tests were loaded. */
    readonly atStart: Noticed | undefined,
  ) {}

  /** @returns what the tests reach, without any mutant */
  static async survey(copy: string, files: readonly string[], limit: number): Promise<Survey> {
    const child = forkIn(copy);
    child.send({ files, survey: true } satisfies Setup);
    const report = await nextReport(child, limit);
    child.kill('SIGKILL');
    if (typeof report === 'string') throw new Error(`the tests do not run without mutants: ${report}`);
    return report as Survey;
  }

  static async start(copy: string, setup: Omit<Setup, 'survey'>): Promise<TestProcess> {
    const child = forkIn(copy);
    child.send({ ...setup, survey: false } satisfies Setup);
    const report = await nextReport(child, loadingMilliseconds);
    if (typeof report === 'string') {
      child.kill('SIGKILL');
      if (setup.active === undefined) throw new Error(`the tests cannot be loaded: ${report}`);
      return new TestProcess(child, { killer: 'loading', reason: report, spoiled: true });
    }
    return new TestProcess(child, report.kind === 'verdict' ? report : undefined);
  }

  /** @param limit milliseconds; tests that take longer count as failed */
  async judge(job: Job, limit: number): Promise<Noticed> {
    this.child.send(job);
    const report = await nextReport(this.child, limit);
    if (typeof report !== 'string') return report as Verdict;
    return { killer: report, spoiled: true };
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

function forkIn(copy: string): ChildProcess {
  const script = join(copy, 'scripts', 'mutate', 'worker.js');
  return fork(script, {
    cwd: copy,
    execArgv: [`--max-old-space-size=${megabytes}`],
    env: { ...process.env, UPDATE_GOLDEN: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** The next message, or in words why there is none. */
function nextReport(child: ChildProcess, limit: number): Promise<Report | string> {
  return new Promise((resolve) => {
    let errors = '';
    const settle = (result: Report | string): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.stderr?.removeAllListeners('data');
      child.stderr?.resume();
      resolve(result);
    };
    const timer = setTimeout(() => {
      settle('does not end');
    }, limit);
    child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
    child.on('message', settle);
    child.on('error', (error) => {
      settle(String(error));
    });
    child.on('exit', (code, signal) => {
      settle(`the process ended (${signal ?? code}) ${errors.trim()}`.trim());
    });
  });
}
