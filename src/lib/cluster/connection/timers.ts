/** Longest delay that `setTimeout` knows, 24.8 days: a longer one would end at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Calls `action` once after `ms` milliseconds, or never for Infinity; every timer of the connection to a cluster starts here.
 * @returns the timer, for `clearTimeout` and `refresh`
 */
export function after(ms: number, action: () => void): NodeJS.Timeout | undefined {
  return ms === Infinity ? undefined : setTimeout(action, Math.min(ms, longestMs));
}
