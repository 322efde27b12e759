import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { rootCertificates, type TLSSocket } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import { connect } from '../../src/lib/cluster/connect.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import { authorities } from '../../src/lib/cluster/connection/kube-config.js';
import { systemCertificates } from '../../src/lib/cluster/connection/system-certificates.js';
import { firstOf, now } from '../../src/lib/cluster/connection/timers.js';
import { exchange } from '../../src/lib/cluster/connection/transport.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import type { Cluster, ClusterOptions } from '../../src/lib/cluster/types.js';
import { ClusterError, InputError, UsageError } from '../../src/lib/errors.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { createAuthority } from '../integration/support/certificates.js';
import { startConnectProxy, startSocksProxy } from '../integration/support/tunnels.js';
import { handClock, type HandClock } from '../support/hand-clock.js';
import { until } from '../support/until.js';
import { endAfterEach, listenOn } from '../support/loopback.js';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-connect-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const ends = endAfterEach();

const listen = (server: Server): Promise<number> => listenOn(server, ends);

const pod = { kind: kinds.Pod, name: 'p' };
const podOf: RequestListener = (request, response) => {
  const name = (request.url ?? '').split('/').at(-3);
  response.end(JSON.stringify({ kind: 'Pod', metadata: { name } }));
};

let files = 0;
/** A kubeconfig of one context, `c`, with what is added to its parts. */
function kubeconfig(server: string, parts: { cluster?: object; user?: object; context?: object } = {}): string {
  const file = join(folder, `kubeconfig${files++}`);
  const content = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', ...parts.context } }],
    clusters: [{ name: 'k', cluster: { server, ...parts.cluster } }],
    users: [{ name: 'u', user: { ...parts.user } }],
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

async function failure<T extends Error>(
  type: abstract new (...args: never[]) => T,
  promise: Promise<unknown>,
): Promise<T> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  // what is imported while running comes from another loader here, and has classes of its own
  assert.equal((error as Error).constructor.name, type.name, String(error));
  return error as T;
}

function ourClock(): HandClock {
  const clock = handClock();
  ends.push(clock.restore);
  return clock;
}

describe('connecting to a cluster', () => {
  it('the kubeconfig is found as the options and the environment say', async () => {
    const lines: string[] = [];
    const verbose = (line: string) => lines.push(line);
    const [one, two] = [kubeconfig('http://one'), kubeconfig('http://two', { context: { namespace: 'home' } })];
    const of = async (options: ClusterOptions) => {
      const { server, context, defaultNamespace } = await connect({ verbose, ...options });
      return [server, context, defaultNamespace];
    };
    assert.deepEqual(await of({ env: { KUBECONFIG: one } }), ['http://one', 'c', 'default']);
    assert.deepEqual(await of({ env: { KUBECONFIG: one }, kubeconfig: two }), ['http://two', 'c', 'home']);
    assert.deepEqual(await of({ env: {}, kubeconfig: two, namespace: 'n' }), ['http://two', 'c', 'n']);
    const own = process.env['KUBECONFIG'];
    process.env['KUBECONFIG'] = one;
    try {
      assert.deepEqual(await of({}), ['http://one', 'c', 'default']);
    } finally {
      if (own === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = own;
    }
    assert.deepEqual(lines, [
      `using http://one, context "c" of ${one}`,
      ...[two, two].map((file) => `using http://two, context "c" of ${file}`),
      `using http://one, context "c" of ${one}`,
    ]);
    const unknown = await failure(UsageError, of({ env: {}, kubeconfig: one, context: 'x' }));
    assert.match(unknown.message, /no context "x"/);
  });

  it('in a pod its account', async () => {
    const serviceAccountFolder = join(folder, 'sa');
    mkdirSync(serviceAccountFolder);
    writeFileSync(join(serviceAccountFolder, 'token'), 'x');
    const lines: string[] = [];
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const cluster = await connect({ env, verbose: (line) => lines.push(line) }, { serviceAccountFolder });
    assert.equal(cluster.context, null);
    assert.deepEqual(lines, [`using https://10.0.0.1:443, the pod's service account (${serviceAccountFolder})`]);
  });

  it('what a person should see is a warning, or a detail where nobody takes warnings', async () => {
    const port = await listen(createHttpServer((q, r) => podOf(q, r.setHeader('warning', '299 - "old"') as never)));
    const missing = join(folder, 'missing');
    const file = kubeconfig(`http://127.0.0.1:${port}`);
    const env = { KUBECONFIG: [missing, file].join(delimiter) };
    const [warnings, details]: [string[], string[]] = [[], []];
    const lines = [`KUBECONFIG names ${missing}, which does not exist`, 'old'];
    const options = { env, verbose: (line: string) => details.push(line) };
    const write = async (cluster: Cluster) => cluster.patch(pod, 'merge', {});
    await write(await connect({ ...options, warn: (line) => warnings.push(line) }));
    assert.deepEqual(warnings, lines);
    assert(!details.some((line) => lines.includes(line)));
    await write(await connect(options));
    assert.deepEqual(
      details.filter((line) => lines.includes(line)),
      lines,
    );
    await write(await connect({ env }));
  });

  it('a time-out is a number of seconds', async () => {
    for (const timeoutSeconds of [-1, -0.001, NaN, Infinity]) {
      const error = await failure(UsageError, connect({ kubeconfig: kubeconfig('http://a'), env: {}, timeoutSeconds }));
      assert.equal(error.message, `the time-out ${timeoutSeconds} is not a number of seconds`);
    }
  });

  for (const [timeoutSeconds, passes] of [
    [undefined, 30_000],
    [0.5, 500],
    [1, 1000],
    [90, 90_000],
  ] as const) {
    it(`an answer has ${passes / 1000} s for ${timeoutSeconds}`, async () => {
      const clock = ourClock();
      const server = createHttpServer(() => undefined);
      const url = `http://127.0.0.1:${await listen(server)}`;
      const cluster = await connect({ kubeconfig: kubeconfig(url), env: {}, timeoutSeconds });
      const late = failure(ClusterError, cluster.get(pod));
      await once(server, 'request');
      clock.pass(passes);
      assert.match((await late).message, new RegExp(`did not answer within ${passes / 1000} s$`));
    });
  }

  it('an answer has any time for 0', async () => {
    const clock = ourClock();
    const server = createHttpServer(() => undefined);
    const url = `http://127.0.0.1:${await listen(server)}`;
    const patient = await connect({ kubeconfig: kubeconfig(url), env: {}, timeoutSeconds: 0 });
    const answer = patient.getText('/slow');
    const [, response] = (await once(server, 'request')) as [IncomingMessage, { end(text: string): void }];
    clock.pass(1e9);
    response.end('at last');
    assert.equal(await answer, 'at last');
  });

  for (const [timeoutSeconds, seconds] of [
    [90, 10],
    [0, 10],
    [5, 5],
  ] as const) {
    it(`a connection has 10 seconds at most: ${seconds} s for ${timeoutSeconds}`, async () => {
      const clock = ourClock();
      const server = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
      const url = `https://127.0.0.1:${await listen(server)}`;
      const cluster = { 'insecure-skip-tls-verify': true };
      const { get } = await connect({ kubeconfig: kubeconfig(url, { cluster }), env: {}, timeoutSeconds });
      const late = failure(ClusterError, get(pod));
      await once(server, 'connection');
      clock.pass(seconds * 1000);
      assert.match((await late).message, new RegExp(`no connection within ${seconds} s$`));
    });
  }

  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'exec sleep 100'],
    interactiveMode: 'IfAvailable',
  };
  const withPlugin = async (options: ClusterOptions) => {
    const file = kubeconfig('https://127.0.0.1:1', { user: { exec } });
    return connect({ kubeconfig: file, env: { PATH: process.env['PATH'] }, ...options }, { terminal: false });
  };
  for (const [timeoutSeconds, seconds] of [
    [5, 60],
    [90, 90],
  ] as const) {
    it(`a plugin that nobody talks to has 60 seconds at least: ${seconds} s for ${timeoutSeconds}`, async () => {
      const clock = ourClock();
      const late = failure(ClusterError, (await withPlugin({ timeoutSeconds })).get(pod));
      await until(() => clock.waiting() > 0);
      clock.pass(seconds * 1000);
      assert.equal((await late).message, `the credential plugin sh did not answer within ${seconds} s`);
    });
  }

  it('a plugin may ask who is at the terminal', async () => {
    const status = { token: 't' };
    const answer = JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion, status });
    const asking = { ...exec, args: ['-c', `printf %s '${answer}'`], interactiveMode: 'Always' };
    const certificate = createAuthority('s').issue({ commonName: 's', names: ['127.0.0.1'] });
    const server = createHttpsServer(certificate, (q, r) => r.end(q.headers.authorization));
    const url = `https://127.0.0.1:${await listen(server)}`;
    const file = kubeconfig(url, { user: { exec: asking }, cluster: { 'insecure-skip-tls-verify': true } });
    const options = { kubeconfig: file, env: { PATH: process.env['PATH'] } };
    assert.equal(await (await connect(options, { terminal: true })).getText('/x'), 'Bearer t');
    const alone = failure(ClusterError, (await connect(options, { terminal: false })).getText('/x'));
    assert.match((await alone).message, /must ask on a terminal/);
  });

  it('a connection that nobody needs is closed', async () => {
    const server = createHttpServer({ keepAliveTimeout: 0 }, podOf);
    const url = `http://127.0.0.1:${await listen(server)}`;
    const { get } = await connect({ kubeconfig: kubeconfig(url), env: {}, timeoutSeconds: 0.3 });
    const connection = once(server, 'connection') as Promise<[Socket]>;
    await get(pod);
    const [socket] = await connection;
    await once(socket, 'close');
  });

  it('a plugin ends with the signal', async () => {
    const clock = ourClock();
    const abort = new AbortController();
    const interrupted = failure(ClusterError, (await withPlugin({ signal: abort.signal })).get(pod));
    await until(() => clock.waiting() > 0);
    abort.abort();
    assert.equal((await interrupted).message, 'interrupted');
  });

  it('all requests end with the signal', async () => {
    const abort = new AbortController();
    const server = createHttpServer(() => undefined);
    const url = `http://127.0.0.1:${await listen(server)}`;
    const { get } = await connect({ kubeconfig: kubeconfig(url), env: {}, signal: abort.signal });
    const sent = failure(ClusterError, get(pod));
    await once(server, 'request');
    abort.abort();
    assert.equal((await sent).message, 'interrupted');
  });
});

describe('a proxy to the cluster', () => {
  const authority = createAuthority('ours');
  const issued = (names: string[]) => authority.issue({ commonName: 's', names });
  /** A server of HTTPS that is asked through proxies only, and tells who asks. */
  const secure = async (names = ['cluster.example']): Promise<number> =>
    listen(
      createHttpsServer(
        { ...issued(names), ca: authority.cert, requestCert: true, rejectUnauthorized: false },
        (q, r) => {
          const { authorization = '', 'impersonate-user': as = '' } = q.headers;
          const { subject } = (q.socket as TLSSocket).getPeerCertificate();
          r.end([authorization, String(as), subject?.CN ?? ''].join('|'));
        },
      ),
    );
  const withProxy = async (target: number, options?: Parameters<typeof startConnectProxy>[1]) => {
    const proxy = await startConnectProxy(target, options);
    ends.push(() => proxy.close());
    return proxy;
  };
  const trust = { 'certificate-authority-data': Buffer.from(authority.cert).toString('base64') };
  const server = 'https://cluster.example:6443';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('of the environment, unless the kubeconfig names one', async () => {
    const port = await secure();
    const [named, other] = [await withProxy(port), await withProxy(port)];
    const env = { HTTPS_PROXY: `127.0.0.1:${other.port}` };
    const user = { token: 't' };
    const plain = await connect({ kubeconfig: kubeconfig(server, { cluster: trust, user }), env });
    assert.equal(await plain.getText('/x'), 'Bearer t||');
    assert.deepEqual([named.asked, other.asked], [[], ['cluster.example:6443']]);
    assert.equal(plain.context, 'c');
    const cluster = { ...trust, 'proxy-url': `http://127.0.0.1:${named.port}` };
    const chosen = await connect({ kubeconfig: kubeconfig(server, { cluster, user }), env });
    assert.equal(await chosen.getText('/x'), 'Bearer t||');
    assert.deepEqual([named.asked.length, other.asked.length], [1, 1]);
    const wrong = await failure(
      InputError,
      connect({ kubeconfig: kubeconfig(server), env: { HTTPS_PROXY: 'ftp://p' } }),
    );
    assert.equal(wrong.message, 'HTTPS_PROXY or HTTP_PROXY is not a URL with the scheme http, https or socks5');
  });

  it('everything else is as without', async () => {
    const port = await secure();
    const proxy = await withProxy(port, { login: 'socks5:pw' });
    const proxyUrl = { 'proxy-url': `http://socks5:pw@127.0.0.1:${proxy.port}` };
    const client = authority.issue({ commonName: 'client' });
    const asked = async (user: object, cluster: object = trust, env = {}): Promise<string> =>
      (await connect({ kubeconfig: kubeconfig(server, { cluster: { ...cluster, ...proxyUrl }, user }), env })).getText(
        '/x',
      );
    assert.equal(await asked({}), '||');
    assert.equal(await asked({ token: 't', as: 'me' }), 'Bearer t|me|');
    assert.equal(await asked({ as: 'me' }), '|me|');
    assert.equal(await asked({ username: 'u', password: 'p' }), `Basic ${base64('u:p')}||`);
    const pair = { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) };
    assert.equal(await asked(pair), '||client');
    assert.equal(await asked({}, { 'insecure-skip-tls-verify': true }), '||');
    const stranger = await failure(ClusterError, asked({}, {}));
    assert.match(stranger.message, /certificate that no known authority signed/);
    const elsewhere = await failure(ClusterError, asked({}, { ...trust, 'tls-server-name': 'other.example' }));
    assert.match(elsewhere.message, /is not for other\.example/);
    assert.equal(await asked({}, { ...trust, 'tls-server-name': 'cluster.example' }), '||');
    const extra = join(folder, 'extra.crt');
    writeFileSync(extra, authority.cert);
    const ownAuthorities = { SSL_CERT_FILE: join(folder, 'none'), NODE_EXTRA_CA_CERTS: extra };
    assert.equal(await asked({}, {}, ownAuthorities), '||', 'those of Node.js, which are text');
  });

  it('of SOCKS resolves the name', async () => {
    const port = await secure();
    const proxy = await startSocksProxy(port);
    ends.push(() => proxy.close());
    for (const scheme of ['socks5', 'SOCKS5', 'socks5h']) {
      const cluster = { ...trust, 'proxy-url': `${scheme}://127.0.0.1:${proxy.port}` };
      const { getText } = await connect({ kubeconfig: kubeconfig(server, { cluster }), env: {} });
      assert.equal(await getText('/x'), '||', scheme);
    }
    assert.deepEqual(proxy.asked, Array<string>(3).fill('cluster.example:6443'));
    const plain = await startSocksProxy(await listen(createHttpServer((_q, r) => r.end('plain'))));
    ends.push(() => plain.close());
    const cluster = { 'proxy-url': `socks5://127.0.0.1:${plain.port}` };
    const { getText } = await connect({ kubeconfig: kubeconfig('http://cluster.example', { cluster }), env: {} });
    assert.equal(await getText('/x'), 'plain');
    assert.deepEqual(plain.asked, ['cluster.example:80']);
  });

  it('keeps a connection that will be used again', async () => {
    const port = await secure();
    const kept = async (scheme: string, start: typeof startSocksProxy): Promise<string[]> => {
      const proxy = await start(port);
      ends.push(() => proxy.close());
      const cluster = { ...trust, 'proxy-url': `${scheme}://127.0.0.1:${proxy.port}` };
      const { getText } = await connect({
        kubeconfig: kubeconfig('https://cluster.example', { cluster }),
        env: {},
      });
      for (let i = 0; i < 2; i++) {
        await getText('/x');
        await new Promise(setImmediate);
      }
      return proxy.asked;
    };
    assert.deepEqual(await kept('socks5', startSocksProxy), ['cluster.example:443']);
    assert.deepEqual(await kept('http', startConnectProxy), ['cluster.example:443']);
  });
});

describe('who asks', () => {
  const authority = createAuthority('ours');
  const ca = Buffer.from(authority.cert);
  const certificate = authority.issue({ commonName: 's', names: ['127.0.0.1'] });

  const credentialsOf = (
    server: string,
    {
      cluster,
      user,
      ...more
    }: {
      cluster?: Partial<Access['cluster']>;
      user?: Partial<Access['user']>;
      env?: NodeJS.ProcessEnv;
      connectTimeoutMs?: number;
    } = {},
  ) =>
    createCredentials(
      {
        context: 'c',
        cluster: { name: 'k', server, insecureSkipTlsVerify: false, ...cluster },
        user: { name: 'u', ...user },
        origin: '/kubeconfig',
      },
      {
        env: {},
        terminal: false,
        connectTimeoutMs: 10_000,
        pluginTimeoutMs: Infinity,
        verbose: () => undefined,
        ...more,
      },
    );
  const ask = async (server: string, credentials: ReturnType<typeof createCredentials>): Promise<string> =>
    (
      await exchange(
        new URL(server),
        await credentials.requestOptions(),
        { method: 'GET', path: '/x', headers: {} },
        { connectMs: Infinity, totalMs: Infinity },
      )
    ).body;
  const serveTls = async (): Promise<string> => {
    const options = { ...certificate, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
    const server = createHttpsServer(options, (q, r) =>
      r.end(
        `${String((q.socket as TLSSocket).getPeerCertificate().subject?.CN ?? '')}|${q.headers.authorization ?? ''}`,
      ),
    );
    return `https://127.0.0.1:${await listen(server)}`;
  };

  it('a certificate, a name, a name with a password, or nobody', async () => {
    const server = await serveTls();
    const client = authority.issue({ commonName: 'client' });
    const pair = { cert: Buffer.from(client.cert), key: Buffer.from(client.key) };
    const asked = (user: Partial<Access['user']>) => ask(server, credentialsOf(server, { cluster: { ca }, user }));
    assert.equal(await asked(pair), 'client|');
    assert.equal(await asked({}), '|');
    const basic = (text: string): string => `|Basic ${Buffer.from(text).toString('base64')}`;
    assert.equal(await asked({ username: 'u', password: 'p' }), basic('u:p'));
    assert.equal(await asked({ username: 'u' }), basic('u:'));
    assert.equal(await asked({ username: '', password: 'p' }), '|');
  });

  it('a certificate that a plugin renews for the same token', async () => {
    const server = await serveTls();
    const answers = ['one', 'two'].map((commonName) => {
      const { cert, key } = authority.issue({ commonName });
      const expired = { expirationTimestamp: '2020-01-01T00:00:00Z' };
      const status = { token: 't', clientCertificateData: cert, clientKeyData: key, ...expired };
      return JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status });
    });
    for (const [i, answer] of answers.entries()) writeFileSync(join(folder, `answer${i}`), answer);
    const exec = {
      command: 'sh',
      args: ['-c', 'cd "$FOLDER"; if [ -e second ]; then cat answer1; else : > second; cat answer0; fi'],
      env: [],
      apiVersion: 'client.authentication.k8s.io/v1',
      provideClusterInfo: false,
      interactiveMode: 'Never',
    } as const;
    const env = { PATH: process.env['PATH'], FOLDER: folder };
    const credentials = credentialsOf(server, { cluster: { ca }, user: { exec }, env });
    assert.equal(await ask(server, credentials), 'one|Bearer t');
    assert.equal(await ask(server, credentials), 'two|Bearer t');
  });

  it('on one connection, of HTTP and HTTPS, which is closed when nobody has needed it for some time', async () => {
    for (const [scheme, event, server] of [
      ['http', 'connection', createHttpServer(podOf)],
      ['https', 'secureConnection', createHttpsServer(certificate, podOf)],
    ] as const) {
      const url = `${scheme}://127.0.0.1:${await listen(server)}`;
      const connections: Socket[] = [];
      server.on(event, (socket: Socket) => connections.push(socket));
      const credentials = credentialsOf(url, { cluster: { ca }, connectTimeoutMs: 100 });
      for (let i = 0; i < 2; i++) {
        await ask(url, credentials);
        await new Promise(setImmediate);
      }
      assert.equal(connections.length, 1);
      await once(connections[0]!, 'close');
    }
  });

  it('certificates that make no sense, before anything is sent', async () => {
    const user = { cert: Buffer.from('nonsense'), key: Buffer.from('nonsense') };
    const url = 'https://127.0.0.1:1';
    const error: unknown = await ask(url, credentialsOf(url, { user })).catch((reason: unknown) => reason);
    const proxied = credentialsOf(url, { cluster: { proxyUrl: 'http://127.0.0.1:1' }, user });
    for (const each of [error, await proxied.requestOptions().catch((reason: unknown) => reason)]) {
      const { name, code, connected, cause } = each as Error & { code: string; connected: boolean };
      assert.equal(name, 'TransportError');
      assert.deepEqual([code.startsWith('ERR_OSSL'), connected, cause instanceof Error], [true, false, true]);
    }
    const plain = credentialsOf('http://127.0.0.1:1', { user });
    assert((await plain.requestOptions()).agent, 'where no TLS is spoken they do not matter');
  });

  it('a login that can be renewed is tried twice, one that cannot once', async () => {
    let count = 0;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 600 })}.x`;
    const port = await listen(createHttpsServer(certificate, (_q, r) => (count++, r.writeHead(401).end())));
    const cluster = { 'insecure-skip-tls-verify': true };
    const asked = async (user: object): Promise<number> => {
      count = 0;
      const file = kubeconfig(`https://127.0.0.1:${port}`, { user, cluster });
      const { get } = await connect({ kubeconfig: file, env: {} });
      await failure(ClusterError, get(pod));
      return count;
    };
    assert.equal(await asked({ 'auth-provider': { name: 'oidc', config: { 'id-token': token } } }), 2);
    assert.equal(await asked({ token: 't' }), 1);
    const broken = { 'auth-provider': { name: 'oidc', config: { 'id-token': 'a.b.c' } } };
    const file = kubeconfig(`https://127.0.0.1:${port}`, { user: broken, cluster });
    const { get } = await connect({ kubeconfig: file, env: {} });
    const error = await failure(ClusterError, get(pod));
    assert.match(error.message, /^the credentials of the user "u" cannot be used: /);
    assert.match(error.hint ?? '', /^log in again, or correct the user in /);
    assert(error.cause instanceof Error);
  });

  it('the token of a file that cannot be read is told with its reason', async () => {
    const tokenFile = join(folder, 'no-token');
    const error = await failure(InputError, credentialsOf('http://h', { user: { tokenFile } }).requestOptions());
    assert(error.cause instanceof InputError);
  });
});

describe('whom a server without authority is checked against', () => {
  const authority = createAuthority('system');
  // crypto/x509/root_linux.go and root_bsd.go of Go, in their order
  const places = [
    'etc/ssl/certs/ca-certificates.crt',
    'etc/pki/tls/certs/ca-bundle.crt',
    'etc/ssl/ca-bundle.pem',
    'etc/pki/tls/cacert.pem',
    'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    'etc/ssl/cert.pem',
    'usr/local/etc/ssl/cert.pem',
  ];
  const ofNode = rootCertificates.join('\n');
  const put = (root: string, place: string, text: string): void => {
    const file = join(root, place);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  };

  it('the first file of the system that has certificates', async () => {
    const root = join(folder, 'root');
    assert.equal(await systemCertificates({}, join(folder, 'nothing')), ofNode);
    for (const place of places.toReversed()) {
      put(root, place, `-----BEGIN CERTIFICATE-----\n${place}`);
      assert.match(String(await systemCertificates({}, root)), new RegExp(`\\n${place}$`));
      put(root, place, 'nothing of the kind');
      const behind = places[places.indexOf(place) + 1];
      const next = String(await systemCertificates({}, root));
      if (behind === undefined) assert.equal(next, ofNode);
      else assert.match(next, new RegExp(`\\n${behind}$`));
      put(root, place, `-----BEGIN CERTIFICATE-----\n${place}`);
    }
  });

  it('those of Node.js where the system has none, and those that are added to them', async () => {
    const root = join(folder, 'nothing');
    const NODE_EXTRA_CA_CERTS = join(folder, 'extra.pem');
    writeFileSync(NODE_EXTRA_CA_CERTS, authority.cert);
    assert.equal(await systemCertificates({ NODE_EXTRA_CA_CERTS }, root), `${ofNode}\n${authority.cert}`);
    const gone = { NODE_EXTRA_CA_CERTS: join(folder, 'gone.pem') };
    assert.equal(await systemCertificates(gone, root), ofNode);
  });

  it('none where nothing is checked', async () => {
    const of = (server: string, insecureSkipTlsVerify: boolean) => {
      const access = { context: 'c', cluster: { name: 'k', server, insecureSkipTlsVerify }, user: { name: 'u' } };
      return authorities({ ...access, origin: '/kubeconfig' }, { SSL_CERT_FILE: join(folder, 'none') });
    };
    assert.equal(await of('http://k.test', false), undefined);
    assert.equal(await of('https://k.test', true), undefined);
    assert.equal(await of('https://k.test', false), ofNode);
  });

  it('SSL_CERT_FILE, and no other then', async () => {
    const root = join(folder, 'chosen');
    put(root, places[0]!, '-----BEGIN CERTIFICATE-----');
    const file = join(root, 'own.pem');
    writeFileSync(file, authority.cert);
    assert.equal(String(await systemCertificates({ SSL_CERT_FILE: file }, root)), authority.cert);
    assert.equal(await systemCertificates({ SSL_CERT_FILE: join(root, 'none') }, root), ofNode);
    const server = createHttpsServer(authority.issue({ commonName: 's', names: ['127.0.0.1'] }), podOf);
    const url = `https://127.0.0.1:${await listen(server)}`;
    const other = { 'certificate-authority-data': Buffer.from(createAuthority('other').cert).toString('base64') };
    const asked = async (env: NodeJS.ProcessEnv, cluster: object = {}) =>
      (await connect({ kubeconfig: kubeconfig(url, { cluster }), env })).get(pod);
    await asked({ SSL_CERT_FILE: file });
    for (const [env, cluster] of [
      [{}, {}],
      [{ SSL_CERT_FILE: file }, other],
    ] as const) {
      assert.match((await failure(ClusterError, asked(env, cluster))).message, /no known authority signed/);
    }
    await asked({}, { 'insecure-skip-tls-verify': true });
  });
});

describe('time', () => {
  it('is told in milliseconds', () => {
    const real = process.hrtime;
    try {
      process.hrtime = Object.assign((): [number, number] => [2, 500_000_000], { bigint: real.bigint });
      assert.equal(now(), 2500);
    } finally {
      process.hrtime = real;
    }
  });

  it('the first of two signals', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    assert.equal(firstOf(undefined, undefined), undefined);
    assert.equal(firstOf(undefined, a.signal)?.aborted, false);
    const both = firstOf(a.signal, b.signal);
    b.abort();
    assert.deepEqual([both?.aborted, firstOf(b.signal, undefined)?.aborted], [true, true]);
  });
});
