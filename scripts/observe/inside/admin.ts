import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_PORT, UNNAMED_TABLES } from '../envoy-files.js';
import type { ProxyState } from '../sighting.js';

const START_MILLISECONDS = 20_000;
const SETTLE_MILLISECONDS = 200;

/** What Envoy's administration interface answers; undefined while nobody answers. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port: ADMIN_PORT, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? text : undefined));
      response.on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
  });
}

/**
 * Waits until Envoy has made up its mind about everything that it was given.
 * @param ended settles when the process ends
 * @param log what it logged
 * @throws Error with the log when it ends instead, or takes too long
 */
export async function untilReady(ended: Promise<void>, log: () => string): Promise<void> {
  const process = { hasEnded: false };
  void ended.then(() => (process.hasEnded = true));
  const deadline = Date.now() + START_MILLISECONDS;
  while (!process.hasEnded && Date.now() < deadline) {
    if (await ask('/ready')) return;
    await sleep(10);
  }
  throw new Error(`Envoy ${process.hasEnded ? 'ended' : 'is not ready'}: ${log().slice(-2000)}`);
}

/** How many updates of a kind Envoy has made up its mind about. */
export async function updateAttempts(kind: 'cds' | 'lds' | 'rds'): Promise<number> {
  const stats = (await ask(`/stats?filter=\\.${kind}\\..*update_(success|rejected|failure)$`)) ?? '';
  return stats.split('\n').reduce((sum, line) => sum + Number(line.split(': ')[1] ?? 0), 0);
}

/** @throws Error when Envoy does not look at an update */
export async function untilMore(kind: 'cds' | 'lds' | 'rds', attempts: number): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  while ((await updateAttempts(kind)) <= attempts) {
    if (Date.now() > deadline) throw new Error('Envoy does not look at an update');
    await sleep(10);
  }
  // a listener takes the place of another a moment after it was accepted
  await sleep(SETTLE_MILLISECONDS);
}

/** Waits until no client is connected any more. @throws Error when one stays */
export async function untilIdle(): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  while (/: [1-9]/.test((await ask('/stats?filter=^listener\\..*15001\\.downstream_cx_active$')) ?? '')) {
    if (Date.now() > deadline) throw new Error('a connection to Envoy stays open');
    await sleep(10);
  }
}

interface DynamicListener {
  readonly name: string;
  readonly active_state?: unknown;
  readonly error_state?: { readonly details?: string };
}

/** What a ready Envoy took, and what it refused. */
export async function proxyState(): Promise<ProxyState & { readonly anyTableRefused: boolean }> {
  const [dump, stats] = [
    await ask('/config_dump?resource=dynamic_listeners'),
    await ask('/stats?filter=update_(rejected|failure)'),
  ];
  if (dump === undefined || stats === undefined) throw new Error('Envoy does not tell its state');
  const refused = (pattern: RegExp) => stats.split('\n').some((line) => pattern.test(line) && !line.endsWith(': 0'));
  const { configs = [] } = JSON.parse(dump) as { configs?: DynamicListener[] };
  return {
    listener: refused(/^listener_manager\.lds\./)
      ? 'refused'
      : configs.some(({ name, active_state }) => active_state && name !== UNNAMED_TABLES)
        ? 'programmed'
        : 'absent',
    routes: refused(new RegExp(`^http\\.(?!${UNNAMED_TABLES}).*\\.rds\\.`)) ? 'refused' : 'accepted',
    anyTableRefused: refused(/\.rds\./),
    clusters: refused(/^cluster_manager\.cds\./) ? 'refused' : 'accepted',
    reasons: configs.flatMap(({ error_state }) => error_state?.details ?? []),
  };
}
