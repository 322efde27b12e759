import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvoyFiles } from '../../../scripts/observe/envoy-files.js';
import { packageRoot } from '../../../scripts/build/package.js';

/** The network of a pod with a real Envoy, to which its TCP is redirected, and servers beyond it. */
export interface ProxiedPod {
  /** A port on 127.0.0.1 that leads to the administration of Envoy. */
  readonly adminPort: number;
  /** A folder with a `curl` that runs in the pod. */
  readonly bin: string;
  /** Sends Envoy an update, by the name of its file. */
  update(name: string, text: string): void;
  stop(): Promise<void>;
}

/**
 * A server: one that answers 200 in plain HTTP, where /never is not answered and /held tells how many such requests wait; or one of TLS; or one of raw TCP that says nothing,
 * sends a line and closes, or closes at the first byte.
 */
export type Served = readonly [address: string, port: number, sort?: 'secure' | 'silent' | 'greeting' | 'closing'];

/**
 * @param files of Envoy's configuration, as `envoyFiles` makes them
 */
export async function startProxiedPod(
  envoy: string,
  files: EnvoyFiles,
  servers: readonly Served[],
): Promise<ProxiedPod> {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-proxied-pod-'));
  const proxy = join(folder, 'proxy');
  mkdirSync(proxy);
  // Envoy runs as the user of sidecars
  chmodSync(folder, 0o755);
  chmodSync(proxy, 0o777);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(proxy, name), text);
  const program = join(packageRoot, 'test', 'integration', 'support', 'proxied-pod-inside.ts');
  const words = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child=SIGKILL', process.execPath];
  const tsx = ['--import', join(packageRoot, 'node_modules', 'tsx', 'dist', 'loader.mjs')];
  const child = spawn('unshare', [...words, ...tsx, program, proxy, envoy, JSON.stringify(servers)], {
    cwd: packageRoot,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await told(child);
  } catch (error) {
    await stop();
    throw error;
  }
  // the first process of the namespaces is the child of unshare
  const enter = ['nsenter', `--net=/proc/${child.pid}/ns/net`];
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const curl = join(bin, 'curl');
  writeFileSync(curl, `#!/bin/sh\nexec ${enter.join(' ')} /usr/bin/curl "$@"\n`);
  chmodSync(curl, 0o755);
  const pipe =
    "const s = require('node:net').connect(15000, '127.0.0.1'); process.stdin.pipe(s); s.pipe(process.stdout); s.on('error', () => process.exit(1)); s.on('close', () => process.exit(0))";
  const relay = createServer((socket) => {
    const [program = '', ...words] = [...enter, process.execPath, '-e', pipe];
    const other = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.pipe(other.stdin).on('error', () => socket.destroy());
    other.stdout.pipe(socket).on('error', () => other.kill());
    socket.on('close', () => other.kill());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    adminPort: (relay.address() as AddressInfo).port,
    bin,
    update: (name, text) => {
      writeFileSync(join(proxy, 'draft'), text);
      renameSync(join(proxy, 'draft'), join(proxy, name));
    },
    stop: async () => {
      relay.close();
      await stop();
    },
  };
}

function told(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: { failed?: string }) => {
      if (message.failed === undefined) resolve();
      else reject(new Error(message.failed));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the pod's namespaces ended with exit code ${code}`)));
  });
}
