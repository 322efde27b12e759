import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, it } from 'mocha';
import { connect } from '../../src/lib/cluster/connect.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { keepIn } from '../../src/lib/own-files.js';
import type { ClusterError } from '../../src/lib/errors.js';
import { integration } from './support/api-server.js';
import { failure, opener, whoAmI } from './support/connections.js';
import { createAuthority } from './support/certificates.js';
import { startConnectProxy, startSocksProxy } from './support/tunnels.js';
import type { ConnectProxyOptions, Tunnel } from './support/tunnels.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const portOf = (url: string): number => Number(new URL(url).port);

integration('cluster: who one is', (server) => {
  const open = opener(server);

  it('a token', async () => {
    assert.equal(await whoAmI(await open({})), 'nobody');
    assert.equal(await whoAmI(await server.connect('admin')), 'admin');
  });

  it('no credentials: anonymous', async () => {
    assert.equal(await whoAmI(await open({ user: { token: '' } })), 'system:anonymous');
  });

  it("a context without user: anonymous, and still the cluster's authority counts", async () => {
    assert.equal(await whoAmI(await open({ context: { user: '' } })), 'system:anonymous');
  });

  it('a wrong token', async () => {
    const error = await failure(whoAmI(await open({ user: { token: 'wrong' } })));
    assert.equal(error.status, 401);
    assert.match(
      error.message,
      /^the API server https:\S+ does not accept the credentials of user "nobody" \(context "nobody"\): Unauthorized$/,
    );
    assert.match(error.hint ?? '', /^the token has expired or was revoked: put a new one into the user "nobody" in \//);
    assert(!`${error.message}${error.hint}`.includes('wrong'));
  });

  it('a token file, relative to the kubeconfig, with a line end, and read again after a refusal', async () => {
    const tokenFile = server.file('token', 'nobody\n');
    const cluster = await open({ user: { token: 'wrong', tokenFile: tokenFile.slice(dirname(tokenFile).length + 1) } });
    assert.equal(await whoAmI(cluster), 'nobody');
    writeFileSync(tokenFile, 'revoked');
    assert.equal(await whoAmI(cluster), 'nobody');
    const other = await open({ user: { token: '', tokenFile } });
    writeFileSync(tokenFile, 'expired');
    const first = failure(other.list(kinds.Pod));
    assert.equal((await first).status, 401);
    writeFileSync(tokenFile, 'admin');
    assert.equal(await whoAmI(other), 'admin');
  });

  it('a token file that is missing', async () => {
    const asked = whoAmI(await open({ user: { token: '', tokenFile: '/nonexistent/token' } }));
    await assert.rejects(asked, (error: Error & { exitCode: number }) => {
      assert.match(error.message, /^the token file \/nonexistent\/token, which the kubeconfig names, cannot be read/);
      return error.exitCode === 2;
    });
    assert.equal(await whoAmI(await open({ user: { tokenFile: '/nonexistent/token' } })), 'nobody');
  });

  it('a client certificate, as data and as files relative to the kubeconfig', async () => {
    const { cert, key } = server.control.authority.issue({ commonName: 'carol' });
    const data = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    assert.equal(await whoAmI(await open({ user: { token: '', ...data } })), 'carol');
    const name = (path: string): string => path.slice(dirname(path).length + 1);
    const files = {
      'client-certificate': name(server.file('c.crt', cert)),
      'client-key': name(server.file('c.key', key)),
    };
    assert.equal(await whoAmI(await open({ user: { token: '', ...files } })), 'carol');
  });

  it('judged for each request, although the TLS session is that of an earlier run', async () => {
    const all = new Map<string, Buffer>();
    keepIn({ read: (name) => all.get(name), write: (name, bytes) => void all.set(name, Buffer.from(bytes)) });
    try {
      const { cert, key } = server.control.authority.issue({ commonName: 'carol' });
      const carol = { token: '', 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
      for (let run = 0; run < 3; run++) assert.equal(await whoAmI(await open({ user: carol })), 'carol');
      for (const token of ['nobody', 'admin']) assert.equal(await whoAmI(await open({ user: { token } })), token);
      assert.equal((await failure(whoAmI(await open({ user: { token: 'wrong' } })))).status, 401);
    } finally {
      keepIn(undefined);
    }
    // a session that is not taken up is forgotten
    const kept = [...all.values()].map((bytes) => Object.keys(JSON.parse(String(bytes)) as object).sort());
    assert.deepEqual(kept, Array<string[]>(2).fill(['session', 'until']));
  });

  it('data beats file, for the authority and for the client certificate', async () => {
    const { cert, key } = server.control.authority.issue({ commonName: 'dave' });
    const cluster = await open({
      cluster: { 'certificate-authority': '/nonexistent/ca' },
      user: {
        token: '',
        'client-certificate-data': base64(cert),
        'client-key-data': base64(key),
        'client-certificate': '/nonexistent/crt',
        'client-key': '/nonexistent/key',
      },
    });
    assert.equal(await whoAmI(cluster), 'dave');
  });

  it('a client certificate that cannot be used', async () => {
    const good = server.control.authority.issue({ commonName: 'erin' });
    const other = server.control.authority.issue({ commonName: 'erin' });
    const mismatch = { 'client-certificate-data': base64(good.cert), 'client-key-data': base64(other.key) };
    const garbage = { 'client-certificate-data': base64('no'), 'client-key-data': base64('no') };
    for (const user of [mismatch, garbage]) {
      const error = await failure(whoAmI(await open({ user: { token: '', ...user } })));
      assert.match(error.message, /was not asked: a certificate or key of the kubeconfig cannot be used/);
      assert.match(error.hint ?? '', /^correct the certificates of cluster "test" in \S+ and of the user "nobody"$/);
    }
    const stranger = createAuthority('stranger').issue({ commonName: 'mallory' });
    const refused = await failure(
      (
        await open({
          user: {
            token: '',
            'client-certificate-data': base64(stranger.cert),
            'client-key-data': base64(stranger.key),
          },
        })
      ).list(kinds.Pod),
    );
    assert.equal(refused.status, 401);
    assert.match(refused.hint ?? '', /^the client certificate has expired or is not trusted/);
  });

  it('somebody else: as, as-groups, as-uid, as-user-extra', async () => {
    const cluster = await connect({
      kubeconfig: server.kubeconfigFor('admin', {
        user: {
          as: 'someone',
          'as-groups': ['a', 'b'],
          'as-uid': '42',
          'as-user-extra': { 'example.com/Team': ['x', 'y'] },
        },
      }),
      env: {},
    });
    assert.equal(await whoAmI(cluster), 'someone');
    const group = await connect({
      kubeconfig: server.kubeconfigFor('admin', {
        user: { as: 'someone', 'as-groups': ['nothing', 'system:masters'] },
      }),
      env: {},
    });
    assert.equal(await whoAmI(group), 'admin');
    const refused = await failure((await open({ user: { as: 'someone' } })).list(kinds.Pod));
    assert.match(refused.message, /User "nobody" cannot impersonate/);
    assert.match(refused.hint ?? '', /^remove "as" from the user "nobody" in /);
  });

  it('the ServiceAccount of a pod', async () => {
    const folder = server.file('serviceaccount', '') + '.d';
    mkdirSync(folder);
    writeFileSync(join(folder, 'token'), 'nobody');
    writeFileSync(join(folder, 'ca.crt'), server.control.authority.cert);
    writeFileSync(join(folder, 'namespace'), 'apps\n');
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(portOf(server.url)) };
    const cluster = await connect({ env }, { serviceAccountFolder: folder });
    assert.deepEqual([cluster.context, cluster.defaultNamespace, cluster.server], [null, 'apps', server.url]);
    assert.equal(await whoAmI(cluster), 'nobody');
    const named = await connect({ env, namespace: 'other' }, { serviceAccountFolder: folder });
    assert.equal(named.defaultNamespace, 'other');
    writeFileSync(join(folder, 'token'), 'revoked');
    const error = await failure((await connect({ env }, { serviceAccountFolder: folder })).list(kinds.Pod));
    assert.match(error.message, /does not accept the credentials of the pod's service account/);
  });
});

integration('cluster: ways to the server', (server) => {
  const open = opener(server);
  const tunnels: Tunnel[] = [];
  const proxy = async (options?: ConnectProxyOptions): Promise<Tunnel> => {
    const tunnel = await startConnectProxy(portOf(server.url), options);
    tunnels.push(tunnel);
    return tunnel;
  };
  afterEach(async () => {
    await Promise.all(tunnels.splice(0).map((tunnel) => tunnel.close()));
  });

  it("checks the server's name, or the one that tls-server-name gives", async () => {
    const port = portOf(server.url);
    assert.equal(await whoAmI(await open({ cluster: { server: `https://localhost:${port}` } })), 'nobody');
    const wrong = { cluster: { 'tls-server-name': 'other.example.com' } };
    const error = await failure(whoAmI(await open(wrong)));
    assert.match(
      error.message,
      /shows a certificate that is not for other\.example\.com, but for DNS:localhost, DNS:kubernetes, /,
    );
    assert.match(error.hint ?? '', /tls-server-name, of cluster "test" in \//);
    assert.equal(await whoAmI(await open({ cluster: { 'tls-server-name': 'kubernetes' } })), 'nobody');
  });

  it("trusts the kubeconfig's authority, as data or file, and no other", async () => {
    const file = server.file('ca.crt', server.control.authority.cert);
    const relative = {
      'certificate-authority-data': '',
      'certificate-authority': file.slice(dirname(file).length + 1),
    };
    assert.equal(await whoAmI(await open({ cluster: relative })), 'nobody');
    const stranger = { 'certificate-authority-data': base64(createAuthority('stranger').cert) };
    const none = { 'certificate-authority-data': '' };
    for (const cluster of [stranger, none]) {
      const error = await failure(whoAmI(await open({ cluster })));
      assert.match(error.message, /shows a certificate that no known authority signed \([A-Z_]+\)$/);
    }
    const system = { env: { SSL_CERT_FILE: file } };
    assert.equal(await whoAmI(await open({ cluster: none }, system)), 'nobody');
    const own = { env: { SSL_CERT_FILE: '/nowhere', NODE_EXTRA_CA_CERTS: file } };
    assert.equal(await whoAmI(await open({ cluster: none }, own)), 'nobody');
    const nobody = await failure(whoAmI(await open({ cluster: none }, { env: { SSL_CERT_FILE: '/nowhere' } })));
    assert.match(nobody.message, /shows a certificate that no known authority signed \([A-Z_]+\)$/);
    const insecure = { 'certificate-authority-data': '', 'insecure-skip-tls-verify': true };
    assert.equal(await whoAmI(await open({ cluster: insecure })), 'nobody');
    const garbage = await failure(whoAmI(await open({ cluster: { 'certificate-authority-data': base64('garbage') } })));
    assert.match(garbage.message, /certificate/);
  });

  it('goes through proxy-url, by http, with login, and by socks5', async () => {
    const host = 'api.cluster.example';
    const cluster = { server: `https://${host}:6443`, 'tls-server-name': 'kubernetes' };
    const plain = await proxy();
    const withLogin = await proxy({ login: 'me:p w' });
    const socks = await startSocksProxy(portOf(server.url));
    tunnels.push(socks);
    for (const [url, tunnel] of [
      [`http://127.0.0.1:${plain.port}`, plain],
      [`http://me:p%20w@127.0.0.1:${withLogin.port}`, withLogin],
      [`socks5://127.0.0.1:${socks.port}`, socks],
    ] as const) {
      const connection = await open({ cluster: { ...cluster, 'proxy-url': url } });
      assert.equal(await whoAmI(connection), 'nobody', url);
      assert.equal(await connection.list(kinds.Pod, { namespace: 'x' }).catch((e: ClusterError) => e.status), 403);
      assert.deepEqual(tunnel.asked, [`${host}:6443`], url);
    }
  });

  it("checks the server's certificate behind a proxy too", async () => {
    const plain = await proxy();
    const socks = await startSocksProxy(portOf(server.url));
    tunnels.push(socks);
    for (const url of [`http://127.0.0.1:${plain.port}`, `socks5://127.0.0.1:${socks.port}`]) {
      const stranger = base64(createAuthority('stranger').cert);
      const cluster = { 'proxy-url': url, 'certificate-authority-data': stranger };
      const error = await failure(whoAmI(await open({ cluster })));
      assert.match(error.message, /no known authority signed/, url);
    }
  });

  it('says what a proxy refuses, without the password', async () => {
    const login = await proxy({ login: 'me:secret' });
    const refusing = await proxy({ refuse: 403 });
    const closed = await proxy();
    await closed.close();
    const cases: [url: string, message: RegExp][] = [
      [
        `http://me:wrong-secret@127.0.0.1:${login.port}`,
        /cannot be reached: the proxy wants a user and a password \(407\)$/,
      ],
      [`http://127.0.0.1:${refusing.port}`, /cannot be reached: the proxy refuses the connection \(403\)$/],
      [`http://127.0.0.1:${closed.port}`, /cannot be reached: connection refused$/],
      [`socks5://127.0.0.1:${closed.port}`, /cannot be reached: /],
    ];
    for (const [url, message] of cases) {
      const error = await failure(whoAmI(await open({ cluster: { 'proxy-url': url } })));
      assert.match(error.message, message);
      assert.match(error.message, / through the proxy (http|socks5):\/\/127\.0\.0\.1:\d+ /);
      assert.match(error.hint ?? '', /^check the proxy (http|socks5):\/\/127/);
      assert(!`${error.message}${error.hint}`.includes('secret'));
    }
  });

  it('does not wait for a proxy that never answers', async () => {
    const silent = await proxy({ silent: true });
    const cluster = { 'proxy-url': `http://127.0.0.1:${silent.port}` };
    const error = await failure(whoAmI(await open({ cluster }, { timeoutSeconds: 0.5 })));
    assert.match(error.message, /no connection within 0\.5 s$/);
  });

  it('goes through HTTPS_PROXY, unless NO_PROXY or loopback says otherwise', async () => {
    const tunnel = await proxy();
    const cluster = { server: 'https://api.cluster.example:6443', 'tls-server-name': 'kubernetes' };
    const HTTPS_PROXY = `127.0.0.1:${tunnel.port}`;
    assert.equal(await whoAmI(await open({ cluster }, { env: { HTTPS_PROXY } })), 'nobody');
    assert.deepEqual(tunnel.asked, ['api.cluster.example:6443']);
    assert.equal(await whoAmI(await open({}, { env: { HTTPS_PROXY } })), 'nobody');
    assert.equal(tunnel.asked.length, 1);
    const direct = await failure(
      whoAmI(await open({ cluster }, { env: { HTTPS_PROXY, NO_PROXY: 'cluster.example' } })),
    );
    assert.match(direct.message, /its name cannot be resolved$/);
    await assert.rejects(
      open({ cluster }, { env: { HTTPS_PROXY: 'ftp://x' } }),
      /HTTPS_PROXY or HTTP_PROXY is not a URL/,
    );
  });
});
