import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A server program in a process group of its own, so that Ctrl-C in the terminal leaves its end to us. */
export interface Daemon {
  readonly pid: number;
  readonly log: string;
  /** Null while it runs. */
  exit(): string | null;
  signal(name: NodeJS.Signals): void;
  stopped: Promise<void>;
}

/** Starts a program with both outputs in the file `log`. */
export function startDaemon(
  program: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = process.env,
): Daemon {
  const output = openSync(log, 'w');
  const child: ChildProcess = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env });
  closeSync(output);
  let exit: string | null = null;
  const stopped = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      exit = error.message;
      resolve();
    });
    child.on('exit', (code, signal) => {
      exit = `exit ${signal ?? code}`;
      resolve();
    });
  });
  child.unref();
  return {
    pid: child.pid ?? 0,
    log,
    exit: () => exit,
    signal(name) {
      if (exit === null && child.pid !== undefined) process.kill(-child.pid, name);
    },
    stopped,
  };
}

/** Ends a daemon, by force after five seconds. */
export async function stopDaemon(daemon: Daemon): Promise<void> {
  daemon.signal('SIGCONT');
  daemon.signal('SIGTERM');
  const timer = setTimeout(() => daemon.signal('SIGKILL'), 5000);
  await daemon.stopped;
  clearTimeout(timer);
}

/**
 * Ends the daemons and removes the folder when this process is gone, however it ends: the guard waits for the end of its
 * standard input, which the system closes even after SIGKILL.
 */
export function guardDaemons(daemons: readonly Daemon[], folder: string): () => void {
  const kills = daemons.map(({ pid }) => `kill -s KILL -- -${pid} 2>/dev/null`).join('; ');
  const guard = spawn('/bin/sh', ['-c', `cat >/dev/null; ${kills}; rm -rf -- "$1"`, 'guard', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => {
    if (guard.pid !== undefined && guard.exitCode === null) process.kill(-guard.pid, 'SIGKILL');
  };
}

/** TCP ports on loopback that nobody listens on right now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => {
        server.on('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server));
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
