import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what other parts of a test bring about; fails when it does not come. */
export async function until(happened: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await happened()); tries++) {
    if (tries === 1000) throw new Error('what was waited for did not happen');
    await sleep(10);
  }
}
