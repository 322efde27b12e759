import { spawn } from 'node:child_process';

import { UsageError } from '../errors.js';

/** How a run of helm ended. */
export interface HelmRun {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It was ended because it took longer than it may. */
  readonly late: boolean;
}

export interface HelmRunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds after which it is ended. */
  readonly limitMs: number;
  /** Once aborted, helm gets SIGINT, and so the chance to note down what it has done. */
  readonly signal?: AbortSignal | undefined;
  /** Gets each line that helm writes to standard error, as it is written. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** More than the manifest of any chart; a helm that writes without end is ended. In characters. */
const MOST = 32 * 1024 * 1024;
/** How long helm may take to note down what it has done after an interruption. */
const GRACE_MS = 15_000;

/**
 * Variables that make helm speak to another cluster, as another user, or keep its releases elsewhere than the command line says.
 * Those that say where its own files are, stay.
 */
const LEADS_ASTRAY = /^HELM_(?:KUBE|NAMESPACE$|DRIVER|DEBUG$|MAX_HISTORY$|BURST_LIMIT$|QPS$|COLOR$)/;

/**
 * Runs helm, without a shell and without standard input.
 * @throws UsageError when it cannot be started
 */
export function runHelm(program: string, args: readonly string[], options: HelmRunOptions): Promise<HelmRun> {
  const { signal, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment(options.env), stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    let [late, line] = [false, ''];
    const kill = (): void => void child.kill('SIGKILL');
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      grace = setTimeout(kill, GRACE_MS);
    }, options.limitMs);
    let grace: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      child.kill('SIGINT');
      grace = setTimeout(kill, GRACE_MS);
    };
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt);
    const end = (): void => {
      clearTimeout(limit);
      clearTimeout(grace);
      signal?.removeEventListener('abort', interrupt);
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (said[name].length + text.length > MOST) return kill();
        said[name] += text;
        if (name !== 'stderr' || !onLine) return;
        const lines = (line + text).split('\n');
        line = lines.pop() ?? '';
        lines.forEach(onLine);
      });
    }
    child.on('error', (cause) => {
      end();
      reject(new UsageError(`${program} cannot be started: ${cause.message}`, 'check: helm version', { cause }));
    });
    child.on('close', (code) => {
      end();
      resolve({ code, ...said, late });
    });
  });
}

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !LEADS_ASTRAY.test(name));
  // where the mirrored program keeps its releases
  return { ...Object.fromEntries(kept), HELM_DRIVER: 'secret' };
}
