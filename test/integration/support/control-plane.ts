import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findAssets } from './assets.js';
import { createAuthority } from './certificates.js';
import type { Authority } from './certificates.js';
import { freePorts, guardDaemons, startDaemon, stopDaemon } from './processes.js';
import type { Daemon } from './processes.js';

/** A running etcd and kube-apiserver. There is no scheduler, kubelet or controller: objects are only records. */
export interface ControlPlane {
  readonly url: string;
  readonly etcdUrl: string;
  /** Signs the server's certificate, and the client certificates that it accepts. */
  readonly authority: Authority;
  /** For files of the tests; removed at the end. */
  readonly folder: string;
  readonly apiServer: Daemon;
  /** Stops both programs. With `keepLogs` the logs stay, and their folder is returned. */
  stop(keepLogs: boolean): Promise<string | undefined>;
}

/** Static users: the name is also the token. `admin` may do everything, `nobody` nothing. */
export const staticUsers = ['admin', 'nobody'] as const;

/** Starts the programs on free ports of loopback and waits until the API server is ready. */
export async function startControlPlane(): Promise<ControlPlane> {
  const assets = findAssets();
  // A port may be taken by another process between its choice and its use.
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(assets.etcd, assets.apiServer);
    } catch (error) {
      if (attempt === 3 || !/address already in use/.test(String(error))) throw error;
    }
  }
}

async function start(etcdProgram: string, apiServerProgram: string): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-integration-'));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [client = 0, peer = 0, port = 0] = await freePorts(3);
  const authority = createAuthority('osm-ts test authority');
  const serving = authority.issue({
    commonName: 'kube-apiserver',
    names: ['localhost', 'kubernetes', 'kubernetes.default.svc', '127.0.0.1'],
  });
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const etcdUrl = `http://127.0.0.1:${client}`;
  const etcd = startDaemon(
    etcdProgram,
    [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      // The data is thrown away: nothing is lost by not waiting for the disk.
      '--unsafe-no-fsync',
    ],
    join(folder, 'etcd.log'),
  );
  const apiServer = startDaemon(
    apiServerProgram,
    [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, 'certs')}`,
      `--tls-cert-file=${file('serving.crt', serving.cert)}`,
      `--tls-private-key-file=${file('serving.key', serving.key)}`,
      `--client-ca-file=${file('ca.crt', authority.cert)}`,
      '--service-account-issuer=https://localhost',
      `--service-account-key-file=${file('accounts.pub', accounts.publicKey.export({ type: 'spki', format: 'pem' }).toString())}`,
      `--service-account-signing-key-file=${file('accounts.key', accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      `--token-auth-file=${file('tokens.csv', 'admin,admin,admin,"system:masters"\nnobody,nobody,nobody\n')}`,
      '--authorization-mode=RBAC',
      // Pods could not be created otherwise: no controller makes the default ServiceAccounts.
      '--disable-admission-plugins=ServiceAccount',
      '--allow-privileged=true',
      // Without its cache, a kind's old states are those of etcd, and `forgetHistory` takes effect at once.
      '--watch-cache-sizes=serviceaccounts#0',
    ],
    join(folder, 'kube-apiserver.log'),
  );
  const daemons = [apiServer, etcd];
  const dismissGuard = guardDaemons(daemons, folder);
  const stop = async (keepLogs: boolean): Promise<string | undefined> => {
    for (const daemon of daemons) await stopDaemon(daemon);
    dismissGuard();
    if (keepLogs) return folder;
    await rm(folder, { recursive: true, force: true });
    return undefined;
  };
  const url = `https://127.0.0.1:${port}`;
  try {
    await waitUntilReady(url, authority.cert, daemons);
  } catch (error) {
    await stop(true);
    throw error;
  }
  return { url, etcdUrl, authority, folder, apiServer, stop };
}

async function waitUntilReady(url: string, ca: string, daemons: readonly Daemon[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isReady(url, ca))) {
    for (const daemon of daemons) {
      if (daemon.exit() !== null) throw new Error(`${daemon.log}: ${daemon.exit()}\n${await tail(daemon.log)}`);
    }
    if (Date.now() > deadline) throw new Error(`the API server is not ready after 60 s: see ${daemons[0]?.log ?? ''}`);
    await sleep(100);
  }
}

async function isReady(url: string, ca: string): Promise<boolean> {
  return send(url, ca, 'GET', '/readyz').then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** A request as admin without the code under test. Throws unless the answer is 2xx with JSON, or with what is expected. */
export async function asAdmin(
  control: ControlPlane,
  method: string,
  path: string,
  body?: object,
  expected: 'JSON' | 'text' = 'JSON',
): Promise<unknown> {
  const answer = await send(control.url, control.authority.cert, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return expected === 'text' ? answer.text : JSON.parse(answer.text);
}

function send(
  url: string,
  ca: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
    const outgoing = request(url + path, { method, ca, headers, timeout: 5000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('time-out')));
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

async function tail(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).split('\n').slice(-15).join('\n');
}
