import { ensureBuilt } from './built.js';

/** Before all tests, so that no test's time limit has to hold for a build. */
export function mochaGlobalSetup(): void {
  ensureBuilt();
}
