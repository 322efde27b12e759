/** A clock that a test moves on, in the place of `setTimeout`. What the system itself times goes on as ever. */
export interface HandClock {
  /** Lets this many milliseconds pass, and calls what is due in its order. */
  pass(ms: number): void;
  /** How many timers wait. */
  waiting(): number;
  restore(): void;
}

interface Timer {
  at: number;
  readonly act: () => void;
}

export function handClock(): HandClock {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  const waiting = new Map<object, Timer>();
  let time = 0;
  const set = (act: () => void, ms = 0): object => {
    const timer: Timer = { at: time + ms, act };
    const handle = {
      refresh() {
        if (waiting.has(handle)) timer.at = time + ms;
        return handle;
      },
    };
    waiting.set(handle, timer);
    return handle;
  };
  globalThis.setTimeout = set as unknown as typeof setTimeout;
  globalThis.clearTimeout = (handle) => {
    if (typeof handle !== 'object' || !waiting.delete(handle)) real.clearTimeout(handle);
  };
  return {
    pass(ms) {
      for (const end = time + ms; ;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
        if (!next) return void (time = end);
        const [handle, { at, act }] = next;
        waiting.delete(handle);
        time = Math.max(time, at);
        act();
      }
    },
    waiting: () => waiting.size,
    restore: () => void Object.assign(globalThis, real),
  };
}
