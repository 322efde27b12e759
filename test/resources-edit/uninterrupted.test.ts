import assert from 'node:assert/strict';
import { once } from 'node:events';
import { uninterrupted } from '../../src/lib/resources/edit/uninterrupted.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals come in the order in which they are sent: when this one is here, those before it are. */
async function allSignalsHaveCome(): Promise<void> {
  const last = once(process, 'SIGUSR2');
  process.kill(process.pid, 'SIGUSR2');
  await last;
}

/** What happens, in order: each signal that arrives, and what the work notes. */
async function order(work: (note: (what: string) => void) => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const note = (what: string): void => void seen.push(what);
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    await uninterrupted(() => work(note)).catch((error: Error) => note(error.message));
    await allSignalsHaveCome();
    return seen;
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, note);
  }
}

describe('what is not to be left half done', () => {
  for (const signal of SIGNALS) {
    it(`${signal} is taken when it has come to its end`, async () => {
      const before = process.listenerCount(signal);
      const work = async (note: (what: string) => void): Promise<void> => {
        assert.ok(process.listenerCount(signal) > before + 1, 'it would end the process');
        process.kill(process.pid, signal);
        await allSignalsHaveCome();
        note('done');
      };
      assert.deepEqual(await order(work), [signal, 'done', signal]);
      assert.equal(process.listenerCount(signal), before);
    });
  }

  it('of several signals the first is taken, also where the work fails', async () => {
    const work = async (): Promise<void> => {
      process.kill(process.pid, 'SIGTERM');
      await allSignalsHaveCome();
      process.kill(process.pid, 'SIGHUP');
      await allSignalsHaveCome();
      throw new Error('failed');
    };
    assert.deepEqual(await order(work), ['SIGTERM', 'SIGHUP', 'failed', 'SIGTERM']);
  });

  it('without a signal none is sent', async () => {
    assert.deepEqual(await order(() => Promise.resolve()), []);
    assert.equal(await uninterrupted(() => Promise.resolve(7)), 7);
  });
});
