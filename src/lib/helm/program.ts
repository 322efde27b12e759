import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { UsageError } from '../errors.js';
import { visible } from '../text/visible.js';
import { runHelm } from './run.js';

/** The helm program of this machine. */
export interface Helm {
  /** Path of the executable. */
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/** The oldest that has every flag in use (`--kube-tls-server-name`, `--set-json`): of September 2022. */
const OLDEST = { major: 3, minor: 10 };
/** The newest line that the integration tests run. */
const NEWEST_MAJOR = 4;
const VERSION_MS = 15_000;

const hint =
  'get Helm 3.10 or newer: https://helm.sh/docs/intro/install\nput its folder on PATH, and check: helm version';

/**
 * Finds helm on PATH and looks at its version.
 * @param warn gets a word on a version that is newer than those that osm-ts has been tried with
 * @throws UsageError when there is none, it does not run, or it is too old
 */
export async function findHelm(env: NodeJS.ProcessEnv, warn: (text: string) => void): Promise<Helm> {
  const path = await onPath(env['PATH'] ?? '');
  if (path === undefined) throw new UsageError('there is no helm program on PATH, which does the installing', hint);
  const { code, stdout, stderr } = await runHelm(path, ['version', '--template', '{{.Version}}'], {
    env,
    limitMs: VERSION_MS,
  });
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(stdout.trim()) ?? [];
  if (code !== 0 || major === undefined || minor === undefined) {
    const said = visible((stderr || stdout).trim().split('\n')[0] ?? '').slice(0, 200);
    throw new UsageError(`${path} does not tell its version${said === '' ? '' : `: ${said}`}`, hint);
  }
  const helm = { path, major: Number(major), minor: Number(minor) };
  if (helm.major < OLDEST.major || (helm.major === OLDEST.major && helm.minor < OLDEST.minor))
    throw new UsageError(`${path} is of version ${visible(stdout.trim())}, which is too old`, hint);
  if (helm.major > NEWEST_MAJOR)
    warn(`${path} is of version ${visible(stdout.trim())}; osm-ts has been tried with Helm 3 and 4`);
  return helm;
}

async function onPath(path: string): Promise<string | undefined> {
  const names = process.platform === 'win32' ? ['helm.exe'] : ['helm'];
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    for (const name of names) if (await isProgram(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
