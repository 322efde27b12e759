import { setMaxListeners } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does work that has to end in good order when somebody ends it: the first signal aborts, and the work says what is left;
 * a second one ends the process as it would without this.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // As many as there are requests under way; Node.js warns of more than ten.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}
