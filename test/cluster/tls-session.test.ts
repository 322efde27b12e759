import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server, ServerOptions } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { createCluster } from '../../src/lib/cluster/client.js';
import { createApi } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import type { OwnFiles } from '../../src/lib/own-files.js';
import { createAuthority } from '../integration/support/certificates.js';
import type { Certificate } from '../integration/support/certificates.js';
import { endAfterEach, listenOn } from '../support/loopback.js';
import { until } from '../support/until.js';
import { runCli } from '../support/run-cli.js';

const ends = endAfterEach();

/** Sets the clock by which the program counts the age of sessions, to the end of the test. */
function setClock(now: number): void {
  const real = Date.now;
  Date.now = () => now;
  ends.push(() => (Date.now = real));
}

/** Sets a variable of the environment to the end of the test. */
function setVariable(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  ends.push(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

const hour = 3_600_000;
const authority = createAuthority('ours');
const issued = (notAfter?: Date): Certificate =>
  authority.issue({ commonName: 's', names: ['127.0.0.1', 'localhost'], ...(notAfter && { notAfter }) });
const client = authority.issue({ commonName: 'client' });

/** A server, and for each connection: whether it took up a session, and whom it has on the other side. */
async function serve(
  options: ServerOptions & { readonly headers?: Record<string, string> } = issued(),
  port = 0,
): Promise<{ server: Server; url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer({ ca: authority.cert, requestCert: true, rejectUnauthorized: false, ...options });
  server.on('secureConnection', (socket: TLSSocket) => {
    const name = String(socket.getPeerCertificate().subject?.CN ?? '-');
    seen.push(`${socket.isSessionReused() ? 'again' : 'anew'} ${socket.getProtocol()} ${name}`);
  });
  server.on('request', (_request, response) =>
    response.writeHead(200, options.headers).end('{"kind":"NamespaceList","items":[]}'),
  );
  const at = await listenOn(server, ends, port);
  return { server, url: `https://127.0.0.1:${at}`, seen };
}

function inMemory(): OwnFiles & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    read: (name) => (all.has(name) ? Buffer.from(all.get(name) ?? '') : undefined),
    write: (name, bytes) => void all.set(name, Buffer.from(bytes).toString()),
  };
}

interface Settings {
  readonly cluster?: Partial<Access['cluster']>;
  readonly user?: Partial<Access['user']>;
  readonly signal?: AbortSignal;
  readonly connectTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** Default one. */
  readonly requests?: number;
}

/** What one run of the program does: requests. */
async function run(url: string, files: OwnFiles | undefined, settings: Settings = {}): Promise<string> {
  const access: Access = {
    context: 'c',
    cluster: {
      name: 'k',
      server: url,
      ca: Buffer.from(authority.cert),
      insecureSkipTlsVerify: false,
      ...settings.cluster,
    },
    user: { name: 'u', ...settings.user },
    origin: '/kubeconfig',
  };
  const silent = (): void => undefined;
  const { connectTimeoutMs = 5000, timeoutMs = connectTimeoutMs, signal, requests = 1 } = settings;
  const common = { verbose: silent, connectTimeoutMs, signal };
  const credentials = createCredentials(access, { ...common, env: {}, pluginTimeoutMs: 2000, terminal: false, files });
  const api = createApi({ ...common, access, credentials, warn: silent, timeoutMs });
  const cluster = createCluster(api, { server: url, context: 'c', defaultNamespace: 'n' });
  for (let more = 1; more < requests; more++) await cluster.getText('/x');
  return cluster.getText('/x');
}

const messageOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => assert.fail('this should have failed'),
    (error: Error) => error.message,
  );

/** The one file there is. */
function kept({ all }: ReturnType<typeof inMemory>): { until: number; session?: string } {
  assert.equal(all.size, 1);
  return JSON.parse([...all.values()][0] ?? '') as { until: number; session?: string };
}

describe('TLS sessions', () => {
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    it(`of a run are taken up by the next, ${maxVersion}, as the same user`, async () => {
      const { url, seen } = await serve({ ...issued(), maxVersion });
      const files = inMemory();
      const user = { cert: Buffer.from(client.cert), key: Buffer.from(client.key) };
      const now = Date.now();
      setClock(now);
      for (let time = 0; time < 3; time++) await run(url, files, { user });
      assert.deepEqual(seen, [`anew ${maxVersion} client`, ...Array<string>(2).fill(`again ${maxVersion} client`)]);
      // the first connection's, so that its certificates are looked at again in time
      assert.equal(kept(files).until, now + hour);
      assert.match([...files.all.keys()][0] ?? '', /^tls-[0-9a-f]{32}$/);
    });
  }

  it('hold at most an hour, and not longer than a certificate', async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const soon = new Date(now + 600_000);
    const { url, seen } = await serve(issued(soon));
    const files = inMemory();
    setClock(now);
    await run(url, files);
    assert.equal(kept(files).until, soon.getTime());
    const [name = ''] = files.all.keys();
    const { session } = kept(files);
    const nothing = ['', 'null', '{', '{"until":1e999}', JSON.stringify({ until: 'x', session }), '\xff'];
    const untimely = [now - 1, now, now + hour + 1].map((until) => JSON.stringify({ until, session }));
    for (const text of [...nothing, ...untimely]) {
      files.all.set(name, text);
      await run(url, files);
      assert.equal(seen.at(-1), 'anew TLSv1.3 -', text);
      assert.equal(kept(files).until, soon.getTime(), 'and are learnt again');
    }
    for (const until of [now + 1, now + hour]) {
      files.all.set(name, JSON.stringify({ until, session }));
      await run(url, files);
      assert.equal(seen.at(-1), 'again TLSv1.3 -');
    }
    const brief = createAuthority('brief', soon);
    const other = await serve(brief.issue({ commonName: 's', names: ['127.0.0.1'] }));
    const others = inMemory();
    await run(other.url, others, { cluster: { ca: Buffer.from(brief.cert) } });
    assert.equal(kept(others).until, soon.getTime(), "that of the server's authority, too");
  });

  it('that the server does not take up cost a second connection once', async () => {
    const { server, url, seen } = await serve({ ...issued(), headers: { connection: 'close' } });
    const files = inMemory();
    await run(url, files);
    server.setTicketKeys(randomBytes(48));
    assert.equal(await run(url, files, { requests: 3 }), '{"kind":"NamespaceList","items":[]}');
    assert.deepEqual(Object.keys(kept(files)), ['until']);
    await run(url, files, { requests: 2 });
    assert.deepEqual(Object.keys(kept(files)), ['until']);
    // within a run Node.js takes up what it has got itself; the first attempt ends when it sees a certificate
    const whole = ['anew', 'anew', 'again', 'again', 'anew', 'again'].map((how) => `${how} TLSv1.3 -`);
    assert.deepEqual(seen.length === whole.length ? seen : seen.toSpliced(1, 1), whole);
    files.all.clear();
    await run(url, files);
    await run(url, files);
    assert.equal(seen.at(-1), 'again TLSv1.3 -');
  });

  it('of a garbled kind are of no matter', async () => {
    const { url, seen } = await serve();
    const files = inMemory();
    await run(url, files);
    const [name = ''] = files.all.keys();
    for (const session of [
      '',
      'AAAA',
      Buffer.from(kept(files).session ?? '', 'base64')
        .subarray(0, 99)
        .toString('base64'),
    ]) {
      files.all.set(name, JSON.stringify({ until: Date.now() + 1000, session }));
      await run(url, files);
    }
    assert.deepEqual(new Set(seen), new Set(['anew TLSv1.3 -']));
    const odd: OwnFiles = {
      ...files,
      read: () => Buffer.from(JSON.stringify({ until: Date.now() + 1000, session: '' })),
    };
    const user = { cert: Buffer.from('no certificate'), key: Buffer.from(client.key) };
    const usual = await messageOf(run(url, undefined, { user }));
    assert.match(usual, /certificate/);
    assert.equal(await messageOf(run(url, odd, { user })), usual);
  });

  it('are of one server, its name, its authorities, and one certificate of a client', async () => {
    const { url, seen } = await serve();
    const files = inMemory();
    const [cert, key] = [Buffer.from(client.cert), Buffer.from(client.key)];
    const two = createAuthority('theirs').cert;
    const variants: Settings[] = [
      {},
      { user: { cert, key } },
      { user: { cert: Buffer.from(authority.issue({ commonName: 'other', key: client.key }).cert), key } },
      { cluster: { ca: Buffer.from(authority.cert + two) } },
      { cluster: { tlsServerName: 'localhost' } },
      { cluster: { server: url.replace('127.0.0.1', 'localhost') } },
    ];
    for (const variant of variants) await run(variant.cluster?.server ?? url, files, variant);
    assert.deepEqual(
      seen.map((line) => line.split(' ')[0]),
      Array<string>(variants.length).fill('anew'),
    );
    assert.equal(files.all.size, variants.length);
    for (const variant of variants) await run(variant.cluster?.server ?? url, files, variant);
    assert.deepEqual(
      seen.slice(variants.length).map((line) => line.split(' ')[0]),
      Array<string>(variants.length).fill('again'),
    );
    const otherKey = Buffer.from(authority.issue({ commonName: 'client' }).key);
    assert.match(await messageOf(run(url, files, { user: { cert, key: otherKey } })), /key/);
    const { version } = process;
    ends.push(() => Object.defineProperty(process, 'version', { value: version }));
    Object.defineProperty(process, 'version', { value: 'v99.0.0' });
    await run(url, files);
    assert.match(seen.at(-1) ?? '', /^anew/, 'and of one version of Node.js');
  });

  it('are not kept where nobody looked at the certificates, or found them bad', async () => {
    const { url, seen } = await serve();
    const files = inMemory();
    await run(url, files, { cluster: { insecureSkipTlsVerify: true } });
    assert.equal(files.all.size, 0);
    const stranger = Buffer.from(createAuthority('theirs').cert);
    assert.match(await messageOf(run(url, files, { cluster: { ca: stranger } })), /no known authority signed/);
    setVariable('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const closing = await serve({ ...issued(), headers: { connection: 'close' } });
    await run(closing.url, files, { cluster: { ca: stranger }, requests: 2 });
    assert.equal(closing.seen.at(-1), 'again TLSv1.3 -', 'by Node.js itself, within a run');
    assert.equal(files.all.size, 0);
    await run(url, undefined);
    await run(url, undefined);
    assert.equal(seen.at(-1), 'anew TLSv1.3 -');
  });

  it('do not make a stranger trusted who has taken the place of the server', async () => {
    const { server, url } = await serve();
    const files = inMemory();
    await run(url, files);
    server.close();
    server.closeAllConnections();
    const theirs = createAuthority('theirs').issue({ commonName: 's', names: ['127.0.0.1'] });
    const { server: stranger, seen } = await serve(theirs, Number(new URL(url).port));
    const [[name = '', learnt = ''] = []] = files.all;
    assert.match(await messageOf(run(url, files)), /no known authority signed/);
    assert.deepEqual(Object.keys(kept(files)), ['until']);
    // who wants no look at certificates still asks this server as the user, not as nobody
    setVariable('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    files.all.set(name, learnt);
    // long enough for no connection to be closed because nobody needs it
    stranger.keepAliveTimeout = 60_000;
    await run(url, files, { connectTimeoutMs: 60_000 });
    assert.deepEqual(Object.keys(kept(files)), ['until']);
    assert.ok(!seen.some((line) => line.startsWith('again')));
    const open = (): Promise<number> =>
      new Promise((resolve) => void stranger.getConnections((_error, count) => resolve(count)));
    await until(async () => (await open()) === 1);
  });

  it('stay when the server is not there, and nothing of an attempt does when it is silent or the user gives up', async () => {
    const { server, url } = await serve();
    const files = inMemory();
    await run(url, files);
    const { session } = kept(files);
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    assert.match(await messageOf(run(url, files)), /connection refused$/);
    assert.equal(kept(files).session, session);
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined).resume()));
    await listenOn(silent, ends, Number(new URL(url).port));
    assert.match(
      await messageOf(run(url, files, { connectTimeoutMs: 300 })),
      /did not answer within 0.3 s|no connection within 0.3 s/,
    );
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    assert.equal(kept(files).session, session);
    const abort = new AbortController();
    const holding = (): number =>
      process.getActiveResourcesInfo().filter((name) => /(TLS|TCPSocket)/.test(name)).length;
    // what is closed is gone a moment later
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    const before = holding();
    const interrupted = messageOf(run(url, files, { signal: abort.signal, connectTimeoutMs: 700 }));
    await once(silent, 'connection');
    // the server's, and not the client's, so that the program may end; other tests of the process may have some of their own
    assert.ok(holding() <= before + 1);
    abort.abort();
    assert.equal(await interrupted, 'interrupted');
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    assert.equal(kept(files).session, session);
  });
});

describe('a connection that has taken up a session', () => {
  /** Behind a first connection, which the server answers at once, what it does with the next. */
  async function second(
    handle: (response: ServerResponse, socket: Socket) => void,
    settings: Settings,
  ): Promise<string> {
    const { server, url, seen } = await serve();
    const files = inMemory();
    await run(url, files);
    const { session } = kept(files);
    server.removeAllListeners('request').on('request', (request, response) => handle(response, request.socket));
    try {
      return await run(url, files, settings);
    } finally {
      assert.equal(seen[1], 'again TLSv1.3 -');
      assert.equal(kept(files).session, session);
    }
  }

  it('is as any other: may wait longer for its answer than for the connection, and breaks once', async () => {
    const slowly = (response: ServerResponse): void => void setTimeout(() => response.end('late'), 500);
    assert.equal(await second(slowly, { connectTimeoutMs: 250, timeoutMs: 5000 }), 'late');
    const broken = messageOf(second((_response, socket) => socket.destroy(), { timeoutMs: 300 }));
    assert.match(await broken, /closed the connection before its answer was complete$/);
  });
});

describe('the files of TLS sessions', () => {
  let home: string;
  let kubeconfig: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'osm-ts-session-'));
    kubeconfig = join(home, 'kubeconfig');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** A server that the kubeconfig names. */
  const serveAs = async (): ReturnType<typeof serve> => {
    const served = await serve();
    const cluster = {
      server: served.url,
      'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
    };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        clusters: [{ name: 'k', cluster }],
        users: [{ name: 'u', user: {} }],
      }),
    );
    return served;
  };
  const list = async (env: Record<string, string> = {}): Promise<void> => {
    const words = ['namespace', 'list', '--kubeconfig', kubeconfig];
    const { code, stderr } = await runCli(words, { env: { HOME: home, ...env } });
    assert.deepEqual([stderr, code], ['', 0]);
  };
  const folder = (): string => join(home, '.cache', 'osm-ts');
  const sessions = (): string[] => readdirSync(folder()).filter((name) => name.startsWith('tls-'));

  it("are the user's alone, and used by the program as it is installed", async () => {
    const { seen } = await serveAs();
    const how = (): string | undefined => seen.at(-1)?.split(' ')[0];
    await list();
    const [name = '', ...others] = sessions();
    assert.deepEqual(others, []);
    const file = join(folder(), name);
    assert.equal(lstatSync(file).mode & 0o777, 0o600);
    const learnt = readFileSync(file);
    await list();
    assert.equal(how(), 'again');
    assert.deepEqual(readFileSync(file), learnt);
    chmodSync(file, 0o666);
    await list();
    assert.equal(how(), 'anew');
    assert.equal(lstatSync(file).mode & 0o777, 0o600);
    await list();
    assert.equal(how(), 'again');
    await list({ NODE_DISABLE_COMPILE_CACHE: '1' });
    assert.equal(how(), 'anew');
  });

  it('are the latest sixteen, and leave the code cache alone', async () => {
    await serveAs();
    await list();
    const old = Array.from({ length: 20 }, (_, index) => `tls-${String(index).padStart(32, '0')}`);
    for (const [index, name] of old.entries()) {
      writeFileSync(join(folder(), name), '');
      utimesSync(join(folder(), name), index, index);
    }
    const [learnt = ''] = sessions().filter((name) => !old.includes(name));
    rmSync(join(folder(), learnt));
    const others = readdirSync(folder()).filter((name) => !name.startsWith('tls-'));
    await list();
    assert.deepEqual(sessions(), [...old.slice(5), learnt].sort());
    assert.deepEqual(
      readdirSync(folder()).filter((name) => !name.startsWith('tls-')),
      others,
    );
  });
});
