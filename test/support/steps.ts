import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

let session: Session | undefined;

/**
 * How much work a piece of code does: how often the blocks of our sources are run in all, as V8 counts them for reports of
 * coverage. Unlike the time that it takes, this is the same on a busy machine. What JavaScript's own functions do is not
 * counted. From the first call on, V8 counts until the process ends: it would not count in what it has optimised meanwhile.
 */
export function stepsOf(run: () => void): number {
  session ??= startCounting();
  ask(session, 'Profiler.takePreciseCoverage');
  run();
  const { result } = ask(session, 'Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
  let steps = 0;
  for (const { url, functions } of result) {
    if (!url.includes('/src/lib/')) continue;
    for (const { ranges } of functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}

function startCounting(): Session {
  const started = new Session();
  started.connect();
  ask(started, 'Profiler.enable');
  ask(started, 'Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return started;
}

function ask(of: Session, method: string, options: object = {}): unknown {
  let answer: unknown;
  of.post(method, options, (error, result) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}
