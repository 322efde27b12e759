import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, it } from 'mocha';
import { createApi } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import { impersonationHeaders } from '../../src/lib/cluster/connection/kube-config.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import { createAuthority } from '../integration/support/certificates.js';
import type { Certificate } from '../integration/support/certificates.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    (server as Server & { closeAllConnections?: () => void }).closeAllConnections?.();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const ok: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"kind":"Status"}');
};

async function serveTls({ cert, key }: Certificate): Promise<string> {
  return `https://127.0.0.1:${await listen(createHttpsServer({ cert, key }, ok))}`;
}

async function get(
  server: string,
  cluster: Partial<Access['cluster']> = {},
  user: Partial<Access['user']> = {},
): Promise<string> {
  const access: Access = {
    context: 'c',
    cluster: { name: 'k', server, insecureSkipTlsVerify: false, ...cluster },
    user: { name: 'u', ...user },
    origin: '/kubeconfig',
  };
  const silent = (): void => undefined;
  const limits = { connectTimeoutMs: 2000, timeoutMs: 2000 };
  const credentials = createCredentials(access, {
    env: {},
    terminal: false,
    pluginTimeoutMs: 2000,
    verbose: silent,
    ...limits,
  });
  const api = createApi({ access, credentials, verbose: silent, warn: silent, ...limits });
  // of no kind: what a server here answers is no list of anything
  const operation = { verb: 'list' } as const;
  return JSON.stringify(await api.send({ operation, method: 'GET', path: '/x', safety: 'write' }));
}

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ClusterError, String(error));
  return error;
}

describe('TLS', () => {
  const authority = createAuthority('test');
  const ca = Buffer.from(authority.cert);
  const day = 86_400_000;
  const request = { commonName: 'server', names: ['127.0.0.1', 'server.example'] };

  it('a good certificate', async () => {
    assert.equal(await get(await serveTls(authority.issue(request)), { ca }), '{"kind":"Status"}');
  });

  it('one that has expired, is not valid yet, or is for another name', async () => {
    const expired = authority.issue({
      ...request,
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    });
    const late = await failure(get(await serveTls(expired), { ca }));
    assert.match(late.message, /shows a certificate that has expired$/);
    assert.match(late.hint ?? '', /check the clock of this machine/);
    const early = authority.issue({
      ...request,
      notBefore: new Date(Date.now() + day),
      notAfter: new Date(Date.now() + 2 * day),
    });
    assert.match((await failure(get(await serveTls(early), { ca }))).message, /is not valid yet$/);
    const elsewhere = authority.issue({ ...request, names: ['other.example', '10.0.0.1'] });
    const error = await failure(get(await serveTls(elsewhere), { ca }));
    assert.match(error.message, /is not for 127\.0\.0\.1, but for /);
    const named = await failure(get(await serveTls(elsewhere), { ca, tlsServerName: 'x.example' }));
    assert.match(named.message, /is not for x\.example, but for DNS:other\.example, IP Address:10\.0\.0\.1$/);
  });

  it('none that is checked, when told so', async () => {
    const expired = authority.issue({
      ...request,
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    });
    assert.equal(await get(await serveTls(expired), { insecureSkipTlsVerify: true }), '{"kind":"Status"}');
  });
});

describe('answers', () => {
  const serve = async (listener: RequestListener): Promise<string> =>
    `http://127.0.0.1:${await listen(createHttpServer(listener))}`;

  it('compressed ones, and one that cannot be unpacked', async () => {
    const zipped = gzipSync('{"kind":"ä"}');
    const good = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped));
    assert.equal(await get(good), '{"kind":"ä"}');
    const cut = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped.subarray(0, 15)));
    assert.match((await failure(get(cut))).message, /closed the connection before its answer was complete; /);
  });

  it('one that unpacks to more than memory should hold', async function () {
    this.timeout(20_000);
    const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 });
    const url = await serve((_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    assert.match((await failure(get(url))).message, /sends an answer of more than 256 MiB; /);
  });

  it('what is not HTTP', async () => {
    const port = await listen(
      createTcpServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n')),
    );
    assert.match((await failure(get(`http://127.0.0.1:${port}`))).message, /does not speak HTTP \(HPE_/);
  });

  it('keeps the path of the server in front', async () => {
    const url = await serve((request, r) => r.writeHead(200).end(JSON.stringify({ kind: request.url })));
    assert.equal(await get(`${url}/k8s/clusters/c-1`), '{"kind":"/k8s/clusters/c-1/x"}');
  });

  it('user and password go as basic authentication', async () => {
    const url = await serve((request, r) =>
      r.writeHead(200).end(JSON.stringify({ kind: request.headers.authorization })),
    );
    assert.equal(
      await get(url, {}, { username: 'u', password: 'p' }),
      `{"kind":"Basic ${Buffer.from('u:p').toString('base64')}"}`,
    );
  });

  it('an OpenID Connect token goes as it is while it is good', async () => {
    const url = await serve((request, r) =>
      r.writeHead(200).end(JSON.stringify({ kind: request.headers.authorization })),
    );
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 600 })}.x`;
    const authProvider = { name: 'oidc', config: { 'id-token': token } };
    assert.equal(await get(url, {}, { authProvider }), `{"kind":"Bearer ${token}"}`);
  });

  it('a token that HTTP cannot carry is refused without showing it', async () => {
    const error = await failure(get('http://127.0.0.1:1', {}, { token: 'secret\ntoken' }));
    assert.match(error.message, /the credentials hold characters that HTTP cannot carry$/);
    assert(!`${error.message}${error.hint}`.includes('secret'));
  });
});

describe('impersonation', () => {
  it('escapes the keys of extra for a header name', () => {
    assert.deepEqual(
      impersonationHeaders({ user: 'a', uid: '1', groups: ['g', 'h'], extra: { 'example.com/Team ä': ['x', 'y'] } }),
      {
        'Impersonate-User': 'a',
        'Impersonate-Uid': '1',
        'Impersonate-Group': ['g', 'h'],
        'Impersonate-Extra-example.com%2Fteam%20%C3%A4': ['x', 'y'],
      },
    );
    assert.deepEqual(impersonationHeaders(undefined), {});
  });
});
