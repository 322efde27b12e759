import { retryAfterSeconds, statusOf } from './answers.js';
import { now } from './timers.js';
import { TransportError } from './transport.js';
import type { HttpAnswer } from './transport.js';

/**
 * What may be sent twice:
 * - `read`: anything that changes nothing. Sent again after a lost connection and after 429, 502, 503 and 504.
 * - `write`: sent again only after 429, which the server gives before it looks at the request.
 * - `patch`: a merge, strategic or apply patch that names no resourceVersion. As `write`, and also after a 409 that says
 *   that somebody else wrote at the same moment: nothing has been stored then, and the patch does not depend on what it
 *   replaces. Not after a 409 about field managers, which would only come again.
 */
export type Safety = 'read' | 'write' | 'patch';

const maxRetries = 4;
const firstPauseMs = 100;
const longestPauseMs = 60_000;
const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ANSWER_CUT']);

export interface RetryOptions {
  readonly safety: Safety;
  /** No attempt starts, and no pause ends, after this time (`now()`); Infinity for no limit. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry: (reason: string, pauseMs: number) => void;
}

/** Repeats `attempt` while that is safe and useful. Gives the last answer, or throws the last `TransportError`. */
export async function withRetries(attempt: () => Promise<HttpAnswer>, options: RetryOptions): Promise<HttpAnswer> {
  for (let retries = 0; ; retries++) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof TransportError) return error;
      throw error;
    });
    const reason = reasonToRetry(outcome, options.safety);
    const wanted = outcome instanceof TransportError ? undefined : retryAfterSeconds(outcome);
    const pauseMs = wanted === undefined ? firstPauseMs * 3 ** retries : wanted * 1000;
    const inTime = now() + pauseMs < options.deadline && pauseMs <= longestPauseMs;
    if (reason === undefined || retries === maxRetries || !inTime) {
      if (outcome instanceof TransportError) throw outcome;
      return outcome;
    }
    options.onRetry(reason, pauseMs);
    await pause(pauseMs, options.signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(ms, undefined, { signal });
  } catch (error) {
    throw new TransportError('interrupted', 'ABORTED', false, { cause: error });
  }
}

function reasonToRetry(outcome: HttpAnswer | TransportError, safety: Safety): string | undefined {
  if (outcome instanceof TransportError) {
    return safety === 'read' && lostConnection.has(outcome.code) ? outcome.message : undefined;
  }
  const { status } = outcome;
  if (status === 429) return 'the server answers 429';
  if (safety === 'read' && (status === 502 || status === 503 || status === 504)) return `the server answers ${status}`;
  if (safety === 'patch' && status === 409) {
    const failure = statusOf(outcome);
    const lostRace = failure?.reason === 'Conflict' && failure.details.causes.length === 0;
    return lostRace ? 'somebody else wrote at the same moment' : undefined;
  }
  return undefined;
}
