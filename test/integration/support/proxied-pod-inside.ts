/** Runs in namespaces of its own: sets up the network, its servers and Envoy, and says when all of them are there. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer as createRawServer, type Server, type Socket } from 'node:net';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { BOOTSTRAP_FILE } from '../../../scripts/observe/envoy-files.js';
import { PROXY_USER } from '../../../src/lib/simulator/interception.js';
import { createAuthority } from './certificates.js';
import type { Served } from './proxied-pod.js';

const [folder = '', envoy = '', serverList = '[]'] = process.argv.slice(2);
const servers = JSON.parse(serverList) as Served[];

function run(program: string, words: readonly string[], input?: string): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8', input });
  if (error ?? status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr}`);
}

function isReady(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port: 15000, path: '/ready', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** Requests of /never, which wait for their clients to leave. */
let held = 0;

function answer({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/held') return void response.end(String(held));
  if (url !== '/never') return void response.end('reached\n');
  held++;
  response.on('close', () => held--);
}

function rawServer(sort: NonNullable<Served[2]>): Server {
  if (sort === 'secure')
    return createTlsServer(createAuthority('servers').issue({ commonName: 'server', names: ['server'] }));
  const answers: Record<typeof sort, (socket: Socket) => void> = {
    silent: (socket) => socket.resume(),
    greeting: (socket) => socket.end('SSH-2.0-hello\r\n'),
    closing: (socket) => socket.once('data', () => socket.end()),
  };
  return createRawServer((socket) => answers[sort](socket.on('error', () => undefined)));
}

async function main(): Promise<void> {
  run('ip', ['link', 'set', 'lo', 'up']);
  for (const address of new Set(servers.map(([one]) => one)))
    run('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
  // servers are local here, so that what leaves by lo is redirected too; Envoy's own connections are not
  const rules = [
    '*nat',
    `-A OUTPUT -p tcp -d 192.0.2.0/24 -m owner ! --uid-owner ${PROXY_USER} -j REDIRECT --to-ports 15001`,
    'COMMIT',
    '',
  ];
  run('iptables-restore', [], rules.join('\n'));
  for (const [address, port, sort] of servers) {
    const server = sort === undefined ? createServer(answer) : rawServer(sort);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
  }
  // in a place that the sidecar's user may look into
  const program = join(folder, 'envoy');
  writeFileSync(program, '');
  run('mount', ['--bind', envoy, program]);
  const log = ['--log-level', 'error', '--concurrency', '1', '--use-dynamic-base-id'];
  const child = spawn(program, ['--config-path', join(folder, BOOTSTRAP_FILE), ...log], {
    cwd: folder,
    uid: PROXY_USER,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  for (let tries = 0; !(await isReady()); tries++) {
    if (child.exitCode !== null || tries > 400) throw new Error(`Envoy did not come up: ${errors}`);
    await sleep(50);
  }
  process.send!({});
}

main().catch((error: unknown) => {
  process.send!({ failed: (error as Error).message }, () => process.exit(1));
});
