const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does something that is not to be left half done: a signal is taken when it has come to its end. */
export async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const remember = (signal: NodeJS.Signals): void => void (received ??= signal);
  for (const signal of SIGNALS) process.on(signal, remember);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, remember);
    if (received) process.kill(process.pid, received);
  }
}
