import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BOOTSTRAP_FILE, type EnvoyFiles } from '../../scripts/observe/envoy-files.js';

export interface RealEnvoy {
  /** Of its administration interface, on 127.0.0.1. */
  readonly adminPort: number;
  ask(path: string): Promise<string>;
  /** Puts a file in the place of another, as a control plane that sends an update; Envoy looks at it soon. */
  update(name: string, text: string): void;
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/**
 * Starts an Envoy with configuration files. Its ports are chosen by the kernel, so that several can run on one machine.
 * @param envoy path of the binary
 * @throws Error with what Envoy says when it does not come up
 */
export async function startEnvoy(envoy: string, files: EnvoyFiles): Promise<RealEnvoy> {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-real-envoy-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), withFreePorts(text));
  const addressFile = join(folder, 'admin-address');
  const words = ['--config-path', BOOTSTRAP_FILE, '--admin-address-path', addressFile, '--use-dynamic-base-id'];
  const child = spawn(envoy, [...words, '--log-level', 'error', '--concurrency', '1'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`Envoy did not come up: ${errors.trim()}`);
    }
    const adminPort = portIn(addressFile);
    if (adminPort !== undefined) {
      const ask = (path: string) => fetchText(adminPort, path);
      const ready = await ask('/ready').catch(() => '');
      if (ready.trim() === 'LIVE') {
        return {
          adminPort,
          ask,
          update: (name, text) => {
            writeFileSync(join(folder, 'draft'), withFreePorts(text));
            renameSync(join(folder, 'draft'), join(folder, name));
          },
          stop,
        };
      }
    }
    await delay(50);
  }
}

function withFreePorts(text: string): string {
  return text.replaceAll(/"port_value":\s*1500[01]\b/g, '"port_value":0');
}

function portIn(file: string): number | undefined {
  try {
    const port = Number(/:(\d+)\s*$/.exec(readFileSync(file, 'utf8'))?.[1]);
    return port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

function fetchText(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, timeout: PATIENCE_MS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more: string) => (text += more)).on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('Envoy does not answer')));
    request.on('error', reject);
  });
}
