import { hasFlag } from './arguments.js';

/** What the operating system knows of the user; either may throw in a container whose user has no entry in /etc/passwd. */
interface UserLookup {
  homedir(): string;
  userInfo(): unknown;
}

/**
 * Sets the few environment variables that libraries look at, before any of them does.
 * - `NO_COLOR` for `--no-color`: one decision that every library sees;
 * - `HOME` and `SHELL` where they are neither set nor known to the system: oclif asks for both and would fail;
 * - oclif's themes are off: they cost a look into the home directory at every start.
 * @param user is called where a variable is missing: to load `node:os` takes a hundredth of a start
 */
export function prepareEnvironment(
  argv: readonly string[],
  env: Record<string, string | undefined> = process.env,
  user: () => UserLookup = () => process.getBuiltinModule('node:os'),
): void {
  if (hasFlag(argv, '--no-color')) env['NO_COLOR'] = '1';
  if (!env['HOME'] && !succeeds(() => user().homedir())) env['HOME'] = '/nonexistent';
  if (!env['SHELL'] && !succeeds(() => user().userInfo())) env['SHELL'] = '/bin/sh';
  env['OSM_TS_DISABLE_THEME'] = '1';
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
