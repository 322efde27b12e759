import { hasFlag } from './arguments.js';

/**
 * Sets the few environment variables that libraries look at, before any of them does.
 * - `NO_COLOR` for `--no-color`: one decision that every library sees;
 * - `HOME` where it is neither set nor known to the system, as in a container whose user has no entry in /etc/passwd: oclif asks for
 *   it and would fail;
 * - oclif's themes are off: they cost a look into the home directory at every start.
 * @param homedir is called where it is missing
 */
export function prepareEnvironment(
  argv: readonly string[],
  env: Record<string, string | undefined> = process.env,
  homedir: () => string = () => process.getBuiltinModule('node:os').homedir(),
): void {
  if (hasFlag(argv, '--no-color')) env['NO_COLOR'] = '1';
  if (!env['HOME'] && !succeeds(homedir)) env['HOME'] = '/nonexistent';
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
