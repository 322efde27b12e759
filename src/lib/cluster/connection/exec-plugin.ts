import { spawn } from 'node:child_process';
import { ClusterError } from '../../errors.js';
import type { ClusterEntry, ExecPlugin } from '../kubeconfig/types.js';
import { after } from './timers.js';

/** What a plugin gave: a token, a client certificate with its key (PEM), or both. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since the epoch; absent: good until the server refuses it. */
  readonly expires?: number;
}

export interface PluginRun {
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person could answer a question of the plugin; absent: where standard input is a terminal. */
  readonly terminal?: boolean | undefined;
  /** For a plugin that nobody can talk to; one that a person talks to may take any time. Infinity for none. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const maxOutputBytes = 1024 * 1024;

/**
 * Runs an exec credential plugin by the protocol client.authentication.k8s.io: the request in KUBERNETES_EXEC_INFO, an
 * ExecCredential on its standard output; its standard error is the user's.
 * Throws `ClusterError` when the plugin is missing, may not run without a terminal, fails, or answers something else.
 */
export async function runExecPlugin(
  plugin: ExecPlugin,
  cluster: ClusterEntry,
  run: PluginRun,
): Promise<ExecCredential> {
  const hasTerminal = (): boolean => run.terminal ?? process.stdin.isTTY;
  const interactive = plugin.interactiveMode !== 'Never' && hasTerminal();
  if (plugin.interactiveMode === 'Always' && !interactive) {
    throw new ClusterError(
      `the credential plugin ${plugin.command} must ask on a terminal, and standard input is none`,
      'run the command in a terminal, or use a kubeconfig user that needs no questions',
    );
  }
  const request = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(plugin.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const env: NodeJS.ProcessEnv = { ...run.env };
  for (const { name, value } of plugin.env) env[name] = value;
  env['KUBERNETES_EXEC_INFO'] = JSON.stringify(request);
  return parseCredential(await execute(plugin, env, interactive, run), plugin);
}

function clusterInfo(cluster: ClusterEntry): object {
  // JSON leaves out what is undefined.
  return {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify || undefined,
    'certificate-authority-data': cluster.ca?.toString('base64'),
    'proxy-url': cluster.proxyUrl,
    config: cluster.execConfig,
  };
}

function execute(plugin: ExecPlugin, env: NodeJS.ProcessEnv, interactive: boolean, run: PluginRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = start(plugin, env, interactive, run.signal);
    let problem: ClusterError | undefined;
    const giveUp = (error: ClusterError): void => {
      problem ??= error;
      child.kill('SIGKILL');
      // Something the plugin started may still hold the pipe: do not wait for it.
      child.stdout.destroy();
    };
    const timer = after(interactive ? Infinity : run.timeoutMs, () => {
      const seconds = run.timeoutMs / 1000;
      giveUp(failed(plugin, `did not answer within ${seconds} s`, `run it by hand to see what it waits for`));
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > maxOutputBytes) giveUp(failed(plugin, 'prints more than 1 MiB'));
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      problem ??= run.signal?.aborted
        ? new ClusterError('interrupted', undefined, undefined, { cause: error })
        : cannotStart(plugin, error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (!problem && code !== 0) {
        problem = failed(
          plugin,
          code === null ? `was ended by ${signal ?? 'a signal'}` : `failed with exit code ${code}`,
        );
      }
      if (problem) reject(problem);
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function start(plugin: ExecPlugin, env: NodeJS.ProcessEnv, interactive: boolean, signal: AbortSignal | undefined) {
  try {
    return spawn(plugin.command, plugin.args, {
      env,
      signal,
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
  } catch (error) {
    // Some errors of the system come at once, others as an event; so do words that it does not take, such as one with NUL.
    throw cannotStart(plugin, error as NodeJS.ErrnoException);
  }
}

function cannotStart(plugin: ExecPlugin, error: NodeJS.ErrnoException): ClusterError {
  const reason =
    error.code === 'ENOENT'
      ? 'is not installed'
      : error.code === 'EACCES'
        ? 'cannot be executed'
        : `cannot be started: ${error.message}`;
  return new ClusterError(
    `the credential plugin ${plugin.command}, which the kubeconfig names, ${reason}`,
    // The hint comes from a file: control characters in it could repaint the terminal.
    // eslint-disable-next-line no-control-regex
    plugin.installHint?.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '').trim() ||
      'install it, put it on PATH, or use another context',
    undefined,
    { cause: error },
  );
}

function failed(
  plugin: ExecPlugin,
  what: string,
  hint = 'its own message is above; log in again or use another context',
): ClusterError {
  return new ClusterError(`the credential plugin ${plugin.command} ${what}`, hint);
}

/** What a plugin has printed. Throws `ClusterError`, which does not repeat it: it may hold a token. */
export function parseCredential(output: string, plugin: ExecPlugin): ExecCredential {
  const hint = 'update the plugin and let it write its kubeconfig entry again';
  let answer: { kind?: unknown; apiVersion?: unknown; status?: Record<string, unknown> } | null;
  try {
    answer = JSON.parse(output) as typeof answer;
  } catch {
    throw failed(plugin, 'printed something that is not JSON', hint);
  }
  if (answer?.kind !== 'ExecCredential') {
    throw failed(plugin, 'printed JSON that is not an ExecCredential', hint);
  }
  if (answer.apiVersion !== plugin.apiVersion) {
    throw failed(plugin, `answered with apiVersion ${String(answer.apiVersion)} instead of ${plugin.apiVersion}`, hint);
  }
  const text = (field: string): string | undefined => {
    const value = answer.status?.[field];
    return typeof value === 'string' ? value : undefined;
  };
  const token = text('token');
  const [cert, key] = [text('clientCertificateData'), text('clientKeyData')];
  if (!token && !cert && !key) throw failed(plugin, 'gave neither a token nor a client certificate', hint);
  if (!cert !== !key)
    throw failed(plugin, 'gave a client certificate without its key, or a key without certificate', hint);
  const expires = Date.parse(text('expirationTimestamp') ?? '');
  return {
    ...(token ? { token } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}
