import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { createCluster } from '../../src/lib/cluster/client.js';
import { createApi } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import { after as afterMs } from '../../src/lib/cluster/connection/timers.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { fetchResources } from '../../src/lib/cluster/fetch-resources.js';
import { readBounded } from '../../src/lib/cluster/read-bounded.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { ClusterError, InputError } from '../../src/lib/errors.js';
import { createAuthority } from '../integration/support/certificates.js';
import { freePorts } from '../integration/support/processes.js';
import { startConnectProxy } from '../integration/support/tunnels.js';
import { endAfterEach, listenOn } from '../support/loopback.js';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-connection-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const ends = endAfterEach();

const listen = (server: Server): Promise<number> => listenOn(server, ends);

const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
/** A server that answers every request with this JSON. */
const serveJson = (body: unknown, status = 200): Promise<string> =>
  serve((_q, r) => r.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
/** A server that does this with every connection. */
const serveTcp = async (handle: (socket: Socket) => void): Promise<string> => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    handle(socket);
  });
  return `http://127.0.0.1:${await listen(server)}`;
};

interface Settings {
  readonly cluster?: Partial<Access['cluster']>;
  readonly user?: Partial<Access['user']>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

function open(server: string, { cluster, user, timeoutMs = 400, signal, now }: Settings = {}): Cluster {
  const access: Access = {
    context: 'c',
    cluster: { name: 'k', server, insecureSkipTlsVerify: false, ...cluster },
    user: { name: 'u', ...user },
    origin: '/kubeconfig',
  };
  const silent = (): void => undefined;
  const connectTimeoutMs = Math.min(timeoutMs, 250);
  const credentials = createCredentials(access, {
    env: {},
    terminal: false,
    pluginTimeoutMs: 2000,
    connectTimeoutMs,
    verbose: silent,
    ...(now ? { now } : {}),
  });
  const api = createApi({ access, credentials, verbose: silent, warn: silent, timeoutMs, connectTimeoutMs, signal });
  return createCluster(api, { server, context: 'c', defaultNamespace: 'n' });
}

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ClusterError, String(error));
  assert.equal(error.exitCode, 3);
  return error;
}

const pod = { kind: kinds.Pod, name: 'p', namespace: 'n' };
const egress = { kind: kinds.Egress, name: 'e', namespace: 'n' };
const told = async (server: string, settings?: Settings): Promise<string> =>
  (await failure(open(server, settings).get(pod))).message.replace(/^.*?:\d+( through the proxy \S+)? /, '');

describe('connections that fail', () => {
  it('refused, reset, silent', async () => {
    const [port = 0] = await freePorts(1);
    const refused = await failure(open(`http://127.0.0.1:${port}`).get(pod));
    assert.match(refused.message, /cannot be reached: connection refused$/);
    assert.match(refused.hint ?? '', /^check that the cluster runs\n/);
    assert.match(
      await told(await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))),
      /^closed the connection before its answer was complete$/,
    );
    assert.equal(await told(await serveTcp((socket) => void socket.resume())), 'did not answer within 0.4 s');
  });

  it('an answer that is garbage, cut in its head, cut in its body, or that never ends', async () => {
    const answering = (text: string, end = true) =>
      serveTcp((socket) => socket.once('data', () => void (end ? socket.end(text) : socket.write(text))));
    assert.match(await told(await answering('nonsense\r\n\r\n')), /^does not speak HTTP \(HPE_/);
    const cut = 'closed the connection before its answer was complete';
    assert.equal(await told(await answering('HTTP/1.1 200 OK\r\ncontent-le')), cut);
    assert.equal(await told(await answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"kind"')), cut);
    const endless = await serve((_q, r) => {
      const timer = setInterval(() => r.write(' '), 5);
      r.on('close', () => clearInterval(timer));
    });
    assert.equal(await told(endless), 'did not answer within 0.4 s');
    const slow = await answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n', false);
    assert.equal(await told(slow), 'did not answer within 0.4 s');
  });

  it('TLS that never comes about, from a stranger, for another host', async () => {
    const authority = createAuthority('ours');
    const tls = async (names: string[], by = authority): Promise<string> => {
      const { cert, key } = by.issue({ commonName: 's', names });
      return `https://127.0.0.1:${await listen(createHttpsServer({ cert, key }))}`;
    };
    const cluster = { ca: Buffer.from(authority.cert) };
    const silent = (await serveTcp(() => undefined)).replace('http:', 'https:');
    assert.equal(await told(silent, { cluster }), 'cannot be reached: no connection within 0.25 s');
    const stranger = createAuthority('theirs');
    assert.match(
      await told(await tls(['127.0.0.1'], stranger), { cluster }),
      /^shows a certificate that no known authority signed/,
    );
    assert.match(
      await told(await tls(['other.example']), { cluster }),
      /^shows a certificate that is not for 127\.0\.0\.1/,
    );
    const plain = (await serve((_q, r) => r.end())).replace('http:', 'https:');
    assert.equal(await told(plain, { cluster }), 'does not speak TLS');
  });

  it('a proxy that refuses, wants a login, is silent or is not there', async () => {
    const authority = createAuthority('ours');
    const { cert, key } = authority.issue({ commonName: 's', names: ['127.0.0.1'] });
    const port = await listen(createHttpsServer({ cert, key }));
    const through = async (options: object): Promise<string> => {
      const proxy = await startConnectProxy(port, options);
      ends.push(() => proxy.close());
      const proxyUrl = `http://user:secret@127.0.0.1:${proxy.port}`;
      const message = (
        await failure(
          open(`https://127.0.0.1:${port}`, { cluster: { ca: Buffer.from(authority.cert), proxyUrl } }).get(pod),
        )
      ).message;
      assert(!message.includes('secret'));
      return message.replace(/^.* through the proxy \S+ /, '');
    };
    assert.equal(await through({ refuse: 503 }), 'cannot be reached: the proxy refuses the connection (503)');
    assert.equal(await through({ login: 'a:b' }), 'cannot be reached: the proxy wants a user and a password (407)');
    assert.equal(await through({ silent: true }), 'cannot be reached: no connection within 0.25 s');
    const [closed = 0] = await freePorts(1);
    const gone = open(`https://127.0.0.1:${port}`, { cluster: { proxyUrl: `http://127.0.0.1:${closed}` } });
    const error = await failure(gone.get(pod));
    assert.match(error.message, /cannot be reached: connection refused$/);
    assert.match(error.hint ?? '', /^check the proxy /);
  });
});

describe('answers of a wrong shape', () => {
  const meta = { name: 'p', namespace: 'n' };
  const of = async (body: unknown, status?: number): Promise<Cluster> => open(await serveJson(body, status));

  it('are the cluster’s fault, and say what is wrong', async () => {
    const objects: readonly [body: unknown, fault: RegExp][] = [
      [{ kind: 'Pod' }, /a malformed Pod: metadata is not a map$/],
      [{ kind: 'Pod', metadata: [] }, /metadata is not a map$/],
      [{ kind: 'Pod', metadata: { name: 1 } }, /metadata\.name is not a string$/],
      [{ kind: 'Pod', metadata: { name: 'p', namespace: 1 } }, /metadata\.namespace is not a string$/],
      [{ kind: 'Pod', metadata: { ...meta, labels: { a: 1 } } }, /metadata\.labels is not a map of strings$/],
      [{ kind: 'Pod', metadata: { ...meta, annotations: 'x' } }, /metadata\.annotations is not a map of strings$/],
      [{ kind: 'Egress', metadata: meta }, /answers 200 with Egress in the place of Pod$/],
      [{ kind: 'PodList', items: [] }, /with PodList in the place of Pod$/],
      [{ kind: 7, metadata: meta }, /JSON that is no Kubernetes object/],
      [[], /JSON that is no Kubernetes object/],
      [null, /JSON that is no Kubernetes object/],
    ];
    for (const [body, fault] of objects) {
      const error = await failure((await of(body)).get(pod));
      assert.match(error.message, fault);
      assert.match(error.hint ?? '', /^check that "server" of cluster "k"/);
    }
    const lists: readonly [body: unknown, fault: RegExp][] = [
      [{ kind: 'EgressList', items: [] }, /with EgressList in the place of PodList$/],
      [{ kind: 'Pod', metadata: meta }, /with Pod in the place of PodList$/],
      [{ kind: 'PodList', items: {} }, /items is not a list$/],
      [{ kind: 'PodList', items: [{ metadata: meta }, 7] }, /items\[1\]: it is not a map$/],
      [{ kind: 'PodList', items: [{}] }, /items\[0\]: metadata is not a map$/],
      [{ kind: 'PodList', metadata: { continue: 5 }, items: [] }, /metadata\.continue is not a string$/],
    ];
    for (const [body, fault] of lists) assert.match((await failure((await of(body)).list(kinds.Pod))).message, fault);
    for (const body of [{ kind: 'PodList' }, { kind: 'PodList', metadata: null, items: null }]) {
      assert.deepEqual(await (await of(body)).list(kinds.Pod), []);
    }
    assert.equal((await (await of({ kind: 'Pod', metadata: { ...meta, labels: null } })).get(pod)).metadata.name, 'p');
    await (await of({ kind: 'Status', status: 'Success' })).delete(pod);
  });

  it('refusals too', async () => {
    const bodies: unknown[] = [
      { kind: 'Status', message: 5, reason: {}, details: 'x' },
      { kind: 'Status', message: 'no', details: { causes: {}, retryAfterSeconds: 'soon' } },
      { kind: 'Status', details: { causes: [null, 1, { reason: 2, field: [] }] } },
      { kind: 'Status', metadata: null },
      'text',
      null,
    ];
    for (const body of bodies) {
      for (const status of [400, 401, 403, 404, 409, 422, 429, 500]) {
        const cluster = await of(body, status);
        await failure(cluster.patch(egress, 'merge', {}));
        await failure(cluster.get(egress));
      }
    }
    const versions = await serve((q, r) =>
      q.url === '/apis/policy.openservicemesh.io'
        ? r.writeHead(200).end('{"versions":{"a":1}}')
        : r.writeHead(404).end('404 page not found'),
    );
    assert.match((await failure(open(versions).get(egress))).message, /does not know the kind Egress/);
  }).timeout(60_000);

  it('pages without end are ended', async () => {
    let page = 0;
    const url = await serve((_q, r) =>
      r.end(JSON.stringify({ kind: 'PodList', metadata: { continue: String(page++) }, items: [] })),
    );
    const error = await failure(open(url).list(kinds.Pod));
    assert.equal(error.message, 'the API server sends more than 2000 pages of pods');
    assert.match(error.hint ?? '', /^ask for less/);
    assert.equal(page, 2000);
  });
});

describe('a write without an answer', () => {
  const look = 'look before you try again: kubectl get egresses.policy.openservicemesh.io e -n n -o yaml';
  const done = /; what was asked may have been done all the same$/;
  const object = {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'e', namespace: 'n' },
  };
  const writes: readonly ((cluster: Cluster, dryRun?: boolean) => Promise<unknown>)[] = [
    (cluster, dryRun) => cluster.create(object, { dryRun }),
    (cluster, dryRun) => cluster.patch(egress, 'merge', {}, { dryRun }),
    (cluster, dryRun) => cluster.delete(egress, { dryRun }),
  ];

  it('says that it may have been done, and how to look', async () => {
    let requests = 0;
    const cut = await serve((q) => {
      requests++;
      q.socket.destroy();
    });
    const silent = await serve(() => undefined);
    for (const server of [cut, silent, await serveJson({}, 502), await serveJson({}, 504)]) {
      for (const write of writes) {
        const error = await failure(write(open(server)));
        assert.match(error.message, done);
        assert.equal(error.hint?.split('\n')[0], look);
      }
    }
    assert.equal(requests, writes.length);
  });

  it('does not when the server cannot have seen it, has refused it, or was asked to do nothing', async () => {
    const [closed = 0] = await freePorts(1);
    const reset = await serve((q) => void q.socket.destroy());
    for (const write of writes) {
      assert.doesNotMatch((await failure(write(open(`http://127.0.0.1:${closed}`)))).message, done);
      assert.doesNotMatch((await failure(write(open(await serveJson({}, 500))))).message, done);
      assert.doesNotMatch((await failure(write(open(reset), true))).message, done);
    }
    assert.doesNotMatch((await failure(open(reset).get(egress))).message, done);
  });
});

describe('credentials', () => {
  const bearer = (listener: (token: string | undefined) => number): Promise<string> =>
    serve((q, r) =>
      r
        .writeHead(listener(q.headers.authorization))
        .end(JSON.stringify({ kind: 'Pod', metadata: { name: q.headers.authorization } })),
    );
  const whoami = async (cluster: Cluster): Promise<string> => (await cluster.get(pod)).metadata.name;

  it('a token file is read again after 50 seconds, and not before', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, ' one \n');
    let now = 1_000_000;
    const cluster = open(await bearer(() => 200), { user: { tokenFile, token: 'static' }, now: () => now });
    assert.equal(await whoami(cluster), 'Bearer one');
    writeFileSync(tokenFile, 'two');
    now += 49_999;
    assert.equal(await whoami(cluster), 'Bearer one');
    now += 1;
    assert.equal(await whoami(cluster), 'Bearer two');
    now += 60_000;
    rmSync(tokenFile);
    assert.equal(await whoami(cluster), 'Bearer two', 'a file that is gone for a moment');
  });

  it('and at once after a 401, once', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'one');
    const seen: (string | undefined)[] = [];
    const cluster = open(
      await bearer((token) => {
        seen.push(token);
        return token === 'Bearer two' ? 200 : 401;
      }),
      { user: { tokenFile } },
    );
    assert.equal((await failure(cluster.get(pod))).hint, `renew the token in ${tokenFile}`);
    assert.deepEqual(seen.splice(0), ['Bearer one', 'Bearer one']);
    writeFileSync(tokenFile, 'two');
    assert.equal(await whoami(cluster), 'Bearer two');
    assert.deepEqual(seen.splice(0), ['Bearer one', 'Bearer two']);
    const fixed = open(await bearer((token) => (seen.push(token), 401)), { user: { token: 'x' } });
    await failure(fixed.get(pod));
    assert.equal(seen.length, 1, 'a token that cannot change is not tried again');
  });

  it('a token file that cannot be read', async () => {
    const server = await bearer(() => 200);
    const gone = { tokenFile: join(folder, 'gone') };
    const unreadable = (message: RegExp) => (error: Error) =>
      error instanceof InputError && message.test(error.message);
    await assert.rejects(
      open(server, { user: gone }).get(pod),
      unreadable(/which the kubeconfig names, cannot be read/),
    );
    assert.equal(await whoami(open(server, { user: { ...gone, token: 'static' } })), 'Bearer static');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    await assert.rejects(open(server, { user: { tokenFile: empty } }).get(pod), unreadable(/is empty$/));
    await assert.rejects(open(server, { user: { tokenFile: '/dev/zero' } }).get(pod), unreadable(/more than 10 MiB/));
  });
});

describe('small files', () => {
  const said = async (file: string, limits?: { maxBytes: number; patienceMs: number }): Promise<string> => {
    const error: unknown = await readBounded(file, limits).then(
      () => assert.fail('this should have failed'),
      (reason: unknown) => reason,
    );
    assert(error instanceof InputError);
    return error.describe();
  };
  const fifo = (name: string): string => {
    execFileSync('mkfifo', [join(folder, name)]);
    return join(folder, name);
  };

  it('are read to their end, and not beyond a bound', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x'.repeat(100_000));
    assert.equal((await readBounded(file)).length, 100_000);
    assert.equal((await readBounded(file, { maxBytes: 100_000, patienceMs: 0 })).length, 100_000);
    assert.match(await said(file, { maxBytes: 99_999, patienceMs: 0 }), /cannot be read: it has more than 97\.7 KiB/);
    assert.equal((await readBounded('/dev/null')).length, 0);
    assert.match(await said('/dev/zero'), /it has more than 10 MiB/);
    assert.match(await said(folder), /it is a directory$/);
    assert.match(await said(join(folder, 'none')), /no such file or directory$/);
  });

  it('a pipe is read, one that nobody writes to does not hold up the program', async () => {
    assert.match(await said(fifo('lonely')), /nobody writes to this pipe$/);
    const silent = fifo('silent');
    const { open: openFile } = await import('node:fs/promises');
    const both = await openFile(silent, 'r+');
    ends.push(() => both.close());
    assert.match(await said(silent, { maxBytes: 10, patienceMs: 60 }), /nothing came out of it within 0\.06 s$/);
    const reading = readBounded(silent);
    await both.write('late');
    await both.close();
    ends.pop();
    assert.equal(String(await reading), 'late');
    const withoutReader = (): number => openSync(silent, constants.O_WRONLY | constants.O_NONBLOCK);
    assert.throws(withoutReader, { code: 'ENXIO' }, 'nobody reads any more');
  });

  it('a pipe has 10 seconds', async () => {
    const slow = fifo('slow');
    const { open: openFile } = await import('node:fs/promises');
    const both = await openFile(slow, 'r+');
    ends.push(() => both.close());
    const real = process.hrtime;
    let passed = 0;
    const clock = (): [number, number] => [real()[0] + passed, 0];
    process.hrtime = Object.assign(clock, { bigint: real.bigint });
    ends.push(() => (process.hrtime = real));
    const reading = readBounded(slow).catch((error: unknown) => error as InputError);
    passed = 8;
    const [first] = await Promise.all([Promise.race([reading, sleep(100, 'it waits')]), sleep(100)]);
    assert.equal(first, 'it waits');
    passed = 12;
    const error = await reading;
    assert(error instanceof InputError);
    assert.equal(error.describe(), `${slow}: cannot be read: nothing came out of it within 10 s`);
    assert.equal(((error.cause as Error).cause as NodeJS.ErrnoException).code, 'EAGAIN');
  });
});

describe('time-outs', () => {
  it('longer than a timer can be do not end at once', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    ends.push(() => process.off('warning', onWarning));
    let fired = false;
    const timer = afterMs(30 * 86_400_000, () => (fired = true));
    const url = await serve((_q, r) => void setTimeout(() => r.end('{"kind":"Pod","metadata":{"name":"p"}}'), 30));
    assert.equal((await open(url, { timeoutMs: 2 ** 40 }).get(pod)).metadata.name, 'p');
    clearTimeout(timer);
    assert.deepEqual([fired, warnings], [false, []]);
    assert.equal(
      afterMs(Infinity, () => undefined),
      undefined,
    );
  });
});

describe('reads at the same time', () => {
  it('end when one has failed, and the failure is the first', async () => {
    let open_ = 0;
    const url = await serve((q, r) => {
      if (q.url?.includes('/namespaces?')) {
        return void setTimeout(() => r.writeHead(500).end('{"kind":"Status","message":"broken"}'), 50);
      }
      open_++;
      q.socket.on('close', () => open_--);
    });
    const need = { osmNamespace: 'osm-system', services: true, pods: true };
    const error = await failure(fetchResources(open(url, { timeoutMs: 10_000 }), need));
    assert.equal(error.message, 'broken');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(open_, 0, 'no request goes on');
  });
});
