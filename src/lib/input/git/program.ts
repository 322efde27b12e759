import { spawn } from 'node:child_process';
import { InputError } from '../../errors.js';
import { formatBytes } from '../../resources/limits.js';

/** What the git program said. */
export interface GitAnswer {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Git's own words, of which the first are kept. */
  readonly stderr: string;
}

const maxStderr = 16 * 1024;

/**
 * The environment and the configuration under which git only reads what is there: nothing is fetched (a partial clone would
 * ask its server for a missing file), nothing is locked or asked for, and its words can be understood.
 */
const quietEnvironment = {
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
} as const;
const quietConfiguration = ['--no-pager', '-c', 'protocol.allow=never'];

/**
 * Runs git, without a shell, in the current directory.
 * @param subject what is being read, for errors
 * @throws InputError when there is no git, or when it says more than `maxBytes`
 */
export function runGit(
  args: readonly string[],
  subject: string,
  { maxBytes, input = '' }: { readonly maxBytes: number; readonly input?: string },
): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...quietConfiguration, ...args], {
      env: { ...process.env, ...quietEnvironment },
      stdio: 'pipe',
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    child.on('error', (error: NodeJS.ErrnoException) => reject(cannotStart(subject, error)));
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return chunks.push(chunk);
      child.kill('SIGKILL');
      const message = `what git answers is larger than ${formatBytes(maxBytes)}, the most that osm-ts reads`;
      return reject(new InputError(message, { file: subject }, 'name a directory with the policies only'));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < maxStderr) stderr += text;
    });
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr: stderr.trim() }));
    // git ends before it has read everything when it cannot answer; its exit code tells
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function cannotStart(subject: string, error: NodeJS.ErrnoException): InputError {
  const reason = error.code === 'ENOENT' ? 'there is no git program' : `git cannot be started: ${error.message}`;
  const hint = 'install git and put it on PATH, or unpack the commit and name its files';
  return new InputError(reason, { file: subject }, hint, { cause: error });
}
