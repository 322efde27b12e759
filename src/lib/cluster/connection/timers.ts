/** Longest delay that `setTimeout` knows, 24.8 days: a longer one would end at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Calls `action` once after `ms` milliseconds, or never for Infinity; every timer of the connection to a cluster starts here.
 * @returns the timer, for `clearTimeout` and `refresh`
 */
export function after(ms: number, action: () => void): NodeJS.Timeout | undefined {
  return ms === Infinity ? undefined : setTimeout(action, Math.min(ms, longestMs));
}

/** The promise of `after`, for pauses that nothing cuts short. `timers/promises` would have to be loaded. */
export async function sleep(ms: number): Promise<void> {
  await new Promise<void>((resolve) => void after(ms, resolve));
}

/** A signal for whichever of these is aborted first. */
export function firstOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/**
 * A clock that is never set back, in milliseconds from some moment. As `performance.now()`, which takes a fiftieth of what a command
 * that asks a server does to load.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
