import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { withRetries, type RetryOptions, type Safety } from '../../src/lib/cluster/connection/retries.js';
import { TransportError, type HttpAnswer } from '../../src/lib/cluster/connection/transport.js';

type Outcome = HttpAnswer | Error;

function answer(status: number, more: { headers?: HttpAnswer['headers']; body?: object } = {}): HttpAnswer {
  const body = JSON.stringify(more.body ?? {});
  return { status, headers: more.headers ?? {}, bytes: Buffer.from(body), body };
}
const failed = (code: string): TransportError => new TransportError(`failed with ${code}`, code, true);
const conflict = (reason: string, ...causes: object[]): HttpAnswer =>
  answer(409, { body: { kind: 'Status', reason, details: { causes } } });

/** What comes of these outcomes, one an attempt, the last one for ever; pauses take no time. */
async function run(outcomes: readonly Outcome[], options: Partial<RetryOptions> = {}) {
  const retries: string[] = [];
  let attempts = 0;
  const attempt = (): Promise<HttpAnswer> => {
    const outcome = outcomes[Math.min(attempts++, outcomes.length - 1)]!;
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const slept: number[] = [];
  const original = timers.setTimeout;
  Reflect.set(timers, 'setTimeout', (ms: number, ...rest: [undefined, { signal?: AbortSignal }]) => {
    slept.push(ms);
    return original(0, ...rest);
  });
  syncBuiltinESMExports();
  try {
    const result = await withRetries(attempt, {
      safety: 'read',
      deadline: Infinity,
      onRetry: (reason, pauseMs) => retries.push(`${reason} ${pauseMs}`),
      ...options,
    }).catch((error: unknown) => error);
    return { result, attempts, retries, slept };
  } finally {
    Reflect.set(timers, 'setTimeout', original);
    syncBuiltinESMExports();
  }
}

describe('what may be sent twice', () => {
  const again: readonly (readonly [what: string, outcome: Outcome, safe: readonly Safety[], reason?: string])[] = [
    ['429', answer(429), ['read', 'write', 'patch'], 'the server answers 429'],
    ['502', answer(502), ['read'], 'the server answers 502'],
    ['503', answer(503), ['read'], 'the server answers 503'],
    ['504', answer(504), ['read'], 'the server answers 504'],
    ['500', answer(500), []],
    ['501', answer(501), []],
    ['505', answer(505), []],
    ['401', answer(401), []],
    ['a conflict with another writer', conflict('Conflict'), ['patch'], 'somebody else wrote at the same moment'],
    ['a conflict of field managers', conflict('Conflict', { reason: 'FieldManagerConflict' }), []],
    ['an object that exists', conflict('AlreadyExists'), []],
    ['a conflict without words', answer(409), []],
    ...['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ANSWER_CUT'].map(
      (code) => [code, failed(code), ['read'], `failed with ${code}`] as const,
    ),
    ...['ECONNREFUSED', 'CONNECT_TIMEOUT', 'ANSWER_TIMEOUT', 'ANSWER_TOO_LONG', 'ABORTED'].map(
      (code) => [code, failed(code), []] as const,
    ),
    ['a bug', new TypeError('a bug'), []],
  ];
  for (const [what, outcome, safe, reason] of again) {
    it(`after ${what}: ${safe.join(', ') || 'nothing'}`, async () => {
      for (const safety of ['read', 'write', 'patch'] as const) {
        const fine = answer(200);
        const { result, attempts, retries } = await run([outcome, fine], { safety });
        const isSafe = safe.includes(safety);
        assert.equal(result, isSafe ? fine : outcome, safety);
        assert.equal(attempts, isSafe ? 2 : 1, safety);
        assert.deepEqual(retries, isSafe ? [`${reason} 100`] : [], safety);
      }
    });
  }

  it('an answer is final, whatever safety says', async () => {
    assert.equal((await run([answer(200)])).attempts, 1);
  });
});

describe('how often, and when', () => {
  it('four times, after ever longer pauses; the last outcome counts', async () => {
    const last = failed('EPIPE');
    const outcomes = [failed('EPIPE'), answer(503), failed('EPIPE'), answer(503), last];
    const { result, attempts, slept, retries } = await run(outcomes);
    assert.equal(result, last);
    assert.equal(attempts, 5);
    assert.deepEqual(slept, [100, 300, 900, 2700]);
    assert.deepEqual(
      retries.map((line) => Number(line.split(' ').at(-1))),
      slept,
    );
  });

  it('as long as the server asks for, if that is not more than a minute', async () => {
    const busy = (seconds: number) => answer(429, { headers: { 'retry-after': String(seconds) } });
    assert.deepEqual((await run([busy(0), busy(7), busy(60), answer(200)])).slept, [0, 7000, 60_000]);
    assert.equal((await run([busy(61), answer(200)])).attempts, 1);
    const inBody = answer(429, { body: { kind: 'Status', details: { retryAfterSeconds: 3 } } });
    assert.deepEqual((await run([inBody, answer(200)])).slept, [3000]);
  });

  it('not beyond the deadline', async () => {
    const busy = answer(503, { headers: { 'retry-after': '50' } });
    const beforeIt = await run([busy, answer(200)], { deadline: performance.now() + 60_000 });
    assert.equal(beforeIt.attempts, 2);
    const beyond = await run([busy, answer(200)], { deadline: performance.now() + 40_000 });
    assert.deepEqual([beyond.result, beyond.attempts], [busy, 1]);
  });

  it('a pause ends when all is interrupted', async () => {
    const controller = new AbortController();
    const { result, attempts } = await run([answer(503)], {
      signal: controller.signal,
      onRetry: () => controller.abort(new Error('enough')),
    });
    assert.ok(result instanceof TransportError);
    assert.deepEqual([result.code, result.connected, result.message, attempts], ['ABORTED', false, 'interrupted', 1]);
    assert.equal((result.cause as Error).name, 'AbortError');
  });
});
