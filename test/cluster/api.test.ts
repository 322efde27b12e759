import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it } from 'mocha';
import { createApi, type Api, type ApiRequest } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import { MissingKindError } from '../../src/lib/cluster/errors.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { freePorts } from '../integration/support/processes.js';
import { handClock } from '../support/hand-clock.js';
import { endAfterEach, listenOn } from '../support/loopback.js';
import { until } from '../support/until.js';

const ends = endAfterEach();

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

interface Settings {
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly user?: Partial<Access['user']>;
}

interface Connected {
  readonly api: Api;
  readonly server: ReturnType<typeof createServer>;
  readonly url: string;
  readonly asked: IncomingMessage[];
  readonly verbose: string[];
  readonly warnings: string[];
}

/** The API of a server that answers so. */
async function serving(answer: Answer, settings: Settings = {}): Promise<Connected> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response, asked.length);
  });
  const url = `http://127.0.0.1:${await listenOn(server, ends)}`;
  const { api, verbose, warnings } = apiOf(url, settings);
  return { api, server, url, asked, verbose, warnings };
}

function apiOf(url: string, { timeoutMs = 60_000, connectTimeoutMs = 10_000, signal, user }: Settings = {}) {
  const access: Access = {
    context: 'c',
    cluster: { name: 'k', server: url, insecureSkipTlsVerify: false },
    user: { name: 'u', ...user },
    origin: '/kubeconfig',
  };
  const [verbose, warnings]: [string[], string[]] = [[], []];
  const common = { connectTimeoutMs, signal, verbose: (line: string) => verbose.push(line) };
  const credentials = createCredentials(access, { ...common, env: {}, pluginTimeoutMs: 1000 });
  const api = createApi({ ...common, access, credentials, timeoutMs, warn: (line) => warnings.push(line) });
  return { api, verbose, warnings };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ClusterError, String(error));
  return error;
}

const pod = { verb: 'get', kind: kinds.Pod, name: 'p', namespace: 'n' } as const;
const egress = { verb: 'patch', kind: kinds.Egress, name: 'e', namespace: 'n' } as const;
const object = { kind: 'Pod', metadata: { name: 'p' } };
const read: ApiRequest = { operation: pod, path: '/p', safety: 'read' };
const write: ApiRequest = { operation: egress, method: 'PATCH', path: '/e', safety: 'write', body: {} };

describe('a request to the API server', () => {
  it('says what it wants, and who asks', async () => {
    const { api, asked } = await serving((_q, r) => json(r, 200, object));
    await api.send(read);
    await api.send({ ...read, query: { a: 'b c', none: undefined } });
    await api.send({ ...read, method: 'POST', body: { a: 'ä' } });
    await api.send({ ...read, method: 'PATCH', body: [], contentType: 'application/json-patch+json' });
    const stream = await api.sendForStream(read);
    stream.resume();
    const common = { accept: 'application/json, */*;q=0.1', 'user-agent': 'osm-ts' };
    const gzip = { ...common, 'accept-encoding': 'gzip' };
    assert.deepEqual(
      asked.map(({ method, url, headers: { host: _host, connection: _connection, ...headers } }) => [
        method,
        url,
        headers,
      ]),
      [
        ['GET', '/p', gzip],
        ['GET', '/p?a=b+c', gzip],
        ['POST', '/p', { ...gzip, 'content-type': 'application/json', 'content-length': '10' }],
        ['PATCH', '/p', { ...gzip, 'content-type': 'application/json-patch+json', 'content-length': '2' }],
        ['GET', '/p', common],
      ],
    );
  });

  it('is told with its outcome, and with what it is sent again for', async () => {
    const [port = 0] = await freePorts(1);
    const refused = apiOf(`http://127.0.0.1:${port}`);
    await failure(refused.api.send(read));
    const { api, verbose, url } = await serving((_q, r, count) => json(r, count === 1 ? 503 : 200, object));
    await api.send({ ...read, query: { a: 'b' } });
    const lines = [...verbose, ...refused.verbose].map((line) => {
      const [, words, ms] = /^(.*?)(?: in (\d+) ms)?$/.exec(line) ?? [];
      assert(Number(ms ?? 0) < 60_000, line);
      return words;
    });
    assert.deepEqual(lines, [
      `GET ${url}/p?a=b: 503`,
      'the server answers 503: trying again',
      `GET ${url}/p?a=b: 200`,
      `GET http://127.0.0.1:${port}/p: connect ECONNREFUSED 127.0.0.1:${port}`,
    ]);
    assert.match(verbose[1] ?? '', / again in 100 ms$/);
  });

  it('shows the warnings of the server: of a write to everybody, of a read to who wants to know more', async () => {
    const warning = '299 - "old \\"v1\\"", 299 kube "and \\\\ more", 199 - "not this", 299 -no';
    const { api, verbose, warnings } = await serving((_q, r) =>
      json(r, 200, { ...object, kind: 'Egress' }, { warning }),
    );
    await api.send(write);
    const shown = ['old "v1"', 'and \\ more'];
    assert.deepEqual(warnings, shown);
    await api.send({ ...write, method: 'GET' });
    assert.deepEqual(warnings, shown);
    assert.deepEqual(verbose.slice(-2), shown);
  });

  it('has one limit, for the connection and for all', async () => {
    const clock = handClock();
    ends.push(clock.restore);
    const { api, server } = await serving(() => undefined, { timeoutMs: 30_000, connectTimeoutMs: 10_000 });
    const late = failure(api.send(read));
    await once(server, 'request');
    clock.pass(29_000);
    clock.pass(1000);
    assert.match((await late).message, /did not answer within 30 s$/);
  });

  it('ends when whoever asked, or everybody, is interrupted', async () => {
    for (const which of ['all', 'own'] as const) {
      const [all, own] = [new AbortController(), new AbortController()];
      const { api, server } = await serving(() => undefined, { signal: all.signal });
      for (const signals of which === 'all' ? [{}, { signal: own.signal }] : [{ signal: own.signal }]) {
        if (all.signal.aborted) break;
        const sent = failure(api.send({ ...read, ...signals }));
        await once(server, 'request');
        (which === 'all' ? all : own).abort();
        assert.equal((await sent).message, 'interrupted');
      }
    }
    const own = new AbortController();
    const { api, server } = await serving(() => undefined);
    const sent = failure(api.send({ ...read, signal: own.signal }));
    await once(server, 'request');
    own.abort();
    assert.equal((await sent).message, 'interrupted');
  });

  it('waits no longer for another attempt once it is interrupted', async () => {
    const all = new AbortController();
    const { api, verbose } = await serving((_q, r) => json(r, 429, { kind: 'Status' }, { 'retry-after': '50' }), {
      signal: all.signal,
    });
    const sent = failure(api.send(read));
    await until(() => verbose.some((line) => line.endsWith('trying again in 50000 ms')));
    all.abort();
    assert.equal((await sent).message, 'interrupted');
  });

  it('is not sent again after the time is over', async () => {
    const { api, asked } = await serving((_q, r) => json(r, 503, {}), { timeoutMs: 90 });
    await failure(api.send(read));
    assert.equal(asked.length, 1);
  });
});

describe('an answer as a stream', () => {
  it('comes while it is written; its head has to be in time, the rest may take any', async () => {
    const clock = handClock();
    ends.push(clock.restore);
    let go: ServerResponse | undefined;
    const { api } = await serving((_q, r) => {
      r.writeHead(200).write('one ');
      go = r;
    });
    const stream = await api.sendForStream(read);
    clock.pass(100_000);
    go?.end('two');
    assert.equal(await text(stream), 'one two');
  });

  it('shows warnings, and is refused as any other is', async () => {
    const { api, verbose } = await serving((_q, r, count) =>
      count === 1
        ? json(r, 200, {}, { warning: '299 - "old"' })
        : json(r, count === 2 ? 300 : 403, { kind: 'Status', message: 'no pods' }),
    );
    (await api.sendForStream(read)).resume();
    assert.equal(verbose.at(-1), 'old');
    const redirected = await failure(api.sendForStream(read));
    assert.equal(redirected.status, 300);
    assert.match(redirected.message, / answers 300: .*no pods/, 'what it says is read');
    const refused = await failure(api.sendForStream(read));
    assert.deepEqual([refused.status, refused.message], [403, 'no pods']);
  });
});

describe('a refusal', () => {
  const page = '404 page not found\n';
  const answering = (answers: readonly (readonly [status: number, body: string])[]) =>
    serving((_q, r, count) => {
      const [status, body] = answers[count - 1] ?? [500, ''];
      r.writeHead(status).end(body);
    });

  it('of a status from 300 on', async () => {
    const { api } = await serving((_q, r, count) => json(r, count === 1 ? 299 : 300, object));
    await api.send(read);
    assert.equal((await failure(api.send(read))).status, 300);
  });

  it('of a kind that the server does not have tells the versions that it has', async () => {
    const versions = JSON.stringify({ kind: 'APIGroup', versions: [{ version: 'v9' }] });
    // the second question is one that may be asked again
    const { api, asked } = await answering([
      [404, page],
      [503, ''],
      [200, versions],
    ]);
    const error = await failure(api.send(write));
    assert(error instanceof MissingKindError);
    assert.match(`${error.message} ${error.hint}`, /v9/);
    assert.deepEqual(
      asked.map(({ url }) => url),
      ['/e', '/apis/policy.openservicemesh.io', '/apis/policy.openservicemesh.io'],
    );
    const core = await answering([[404, page]]);
    assert((await failure(core.api.send(read))) instanceof MissingKindError);
    assert.equal(core.asked.length, 1, 'of a kind without group nothing more is asked');
  });

  it('of a path by what is no Kubernetes is not about kinds', async () => {
    const sure = [page, '404 page not found', '{"kind":"Status"}', '{}'];
    for (const body of sure) {
      const { api } = await answering([
        [404, body],
        [404, page],
      ]);
      assert((await failure(api.send(write))) instanceof MissingKindError, body);
    }
    for (const body of ['', '<html>', '<p>404 page not found', '404 page not found here']) {
      const { api } = await answering([
        [404, body],
        [404, page],
      ]);
      const error = await failure(api.send(write));
      assert(!(error instanceof MissingKindError), body);
      assert.match(error.message, /404/);
    }
    const { api } = await answering([[404, page]]);
    const text = await failure(api.sendForText({ operation: { verb: 'get' }, path: '/none', safety: 'read' }));
    assert.equal(text.status, 404);
  });

  it('is to be had for an answer that came another way', async () => {
    const { api } = await serving(() => undefined);
    const answer = { status: 403, headers: {}, bytes: Buffer.alloc(0), body: '{"kind":"Status","message":"no"}' };
    assert.equal((await api.refusal(answer, pod)).message, 'no');
  });
});

describe('a write whose answer is lost', () => {
  const look = 'look before you try again: kubectl get egresses.policy.openservicemesh.io e -n n -o yaml';
  const cut: Answer = (request) => void request.socket.destroy();
  const status =
    (code: number, message = 'broken'): Answer =>
    (_q, r) =>
      json(r, code, { kind: 'Status', message });

  it('may be done: where a gateway gave up, or the connection broke, and it was one that changes something', async () => {
    const done = '; what was asked may have been done all the same';
    const perhaps = async (answer: Answer, request: ApiRequest): Promise<boolean> => {
      const { api } = await serving(answer, { timeoutMs: 90 });
      return (await failure(api.send(request))).message.endsWith(done);
    };
    for (const [answer, expected] of [
      [cut, true],
      [status(502), true],
      [status(504), true],
      [status(503), false],
      [status(500), false],
      [status(409), false],
    ] as const) {
      assert.equal(await perhaps(answer, write), expected);
      assert.equal(await perhaps(answer, { ...write, safety: 'read' }), false);
    }
  });

  it('how to look, and what else there is to do but to try again', async () => {
    const hintOf = async (answer: Answer, operation: ApiRequest['operation'] = egress, signal?: AbortSignal) => {
      const { api } = await serving(answer, { timeoutMs: 200, ...(signal && { signal }) });
      const error = await failure(api.send({ ...write, operation }));
      return [error.hint, error.status, error.cause instanceof Error];
    };
    const silent: Answer = () => undefined;
    const nonsense: Answer = (request) => void request.socket.end('nonsense\r\n\r\n');
    assert.deepEqual(await hintOf(status(504)), [look, 504, false]);
    assert.deepEqual(await hintOf(cut), [look, undefined, true]);
    assert.deepEqual(await hintOf(silent), [look, undefined, true]);
    const [hint = ''] = (await hintOf(nonsense)) as [string];
    assert.match(hint, new RegExp(`^${look}\\ncheck `));
    const abort = new AbortController();
    assert.deepEqual(await hintOf(() => abort.abort(), egress, abort.signal), [look, undefined, true]);
    const unnamed = { verb: 'get' } as const;
    assert.deepEqual(await hintOf(silent, unnamed), [
      'try again; if it stays slow, look at the load of the API server',
      undefined,
      true,
    ]);
    const again = new AbortController();
    assert.deepEqual(await hintOf(() => again.abort(), unnamed, again.signal), ['', undefined, true]);
  });
});
