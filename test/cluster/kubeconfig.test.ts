import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { serviceAccountFolder as mounted } from '../../src/lib/cluster/kubeconfig/in-cluster.js';
import { kubeconfigFiles } from '../../src/lib/cluster/kubeconfig/files.js';
import { contextNames, loadAccess } from '../../src/lib/cluster/kubeconfig/load.js';
import type { LoadOptions } from '../../src/lib/cluster/kubeconfig/load.js';
import { ClusterError, InputError, UsageError } from '../../src/lib/errors.js';

let folder: string;
let warnings: string[];
before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-kubeconfig-'))));
after(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => (warnings = []));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const load = (options: Partial<LoadOptions>) =>
  loadAccess({ env: {}, warn: (line) => warnings.push(line), serviceAccountFolder: join(folder, 'none'), ...options });

/** A kubeconfig of one cluster, user and context, all of the same name. */
function single(
  name: string,
  extra: { current?: boolean; cluster?: string; user?: string; context?: string } = {},
): string {
  return `
apiVersion: v1
kind: Config
${extra.current === false ? '' : `current-context: ${name}`}
clusters: [{name: ${name}, cluster: {server: 'https://${name}.example:6443'${extra.cluster ?? ''}}}]
users: [{name: ${name}, user: {token: t-${name}${extra.user ?? ''}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}${extra.context ?? ''}}}]
`;
}

async function caught<T extends Error>(
  type: abstract new (...args: never[]) => T,
  promise: Promise<unknown>,
): Promise<T> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof type, String(error));
  return error;
}

describe('kubeconfig: which files', () => {
  it('--kubeconfig is one file, whatever KUBECONFIG says', async () => {
    const [a, b] = [file('a', single('a')), file('b', single('b'))];
    assert.equal((await load({ kubeconfig: a, env: { KUBECONFIG: b } })).context, 'a');
  });

  it('KUBECONFIG beats ~/.kube/config, which counts when KUBECONFIG is empty', async () => {
    const HOME = join(folder, 'home');
    file('home/.kube/config', single('home'));
    const a = file('a', single('a'));
    assert.equal((await load({ env: { HOME, KUBECONFIG: a } })).context, 'a');
    assert.equal((await load({ env: { HOME, KUBECONFIG: '' } })).context, 'home');
    assert.equal((await load({ env: { HOME } })).context, 'home');
    assert.equal((await load({ env: { USERPROFILE: HOME } })).context, 'home', 'on Windows');
  });

  it('a KUBECONFIG that names no file is not empty: kubectl 1.32 does not look at home then', async () => {
    const HOME = join(folder, 'home');
    file('home/.kube/config', single('home'));
    const error = await caught(ClusterError, load({ env: { HOME, KUBECONFIG: delimiter } }));
    assert.equal(error.message, 'no cluster is configured: KUBECONFIG names no file');
    // whether a cluster is meant, which input/connection asks
    assert.deepEqual(kubeconfigFiles({ HOME, KUBECONFIG: delimiter }), { files: [], listed: false });
    assert.deepEqual(kubeconfigFiles({ HOME, KUBECONFIG: 'a' }), { files: ['a'], listed: true });
    assert.deepEqual(kubeconfigFiles({ HOME }), { files: [join(HOME, '.kube', 'config')], listed: false });
  });

  it('skips the files of KUBECONFIG that are missing, and says so', async () => {
    const a = file('a', single('a'));
    const missing = join(folder, 'missing');
    const access = await load({ env: { KUBECONFIG: [missing, '', a, a].join(delimiter) } });
    assert.equal(access.context, 'a');
    assert.deepEqual(warnings.splice(0), [`KUBECONFIG names ${missing}, which does not exist`]);
    await load({ env: { KUBECONFIG: [join(a, 'below'), a].join(delimiter) } });
    assert.deepEqual(warnings, [`KUBECONFIG names ${join(a, 'below')}, which does not exist`]);
  });

  it('the contexts of all of them, for completion', async () => {
    const both = [file('a', single('a')), file('b', single('b')), join(folder, 'missing')].join(delimiter);
    const names = (options: Partial<LoadOptions>) => contextNames({ env: {}, warn: () => undefined, ...options });
    assert.deepEqual(await names({ env: { KUBECONFIG: both } }), ['a', 'b']);
    assert.deepEqual(await names({ env: { KUBECONFIG: both }, kubeconfig: file('c', single('c')) }), ['c']);
    assert.deepEqual(await names({ env: { KUBECONFIG: both }, kubeconfig: join(folder, 'missing') }), []);
  });

  it('takes every entry, and the current context, whole from the first file that has it', async () => {
    const a = file(
      'one/a',
      `
clusters: [{name: c, cluster: {server: 'https://first'}}]
users: [{name: u, user: {token: first}}]
`,
    );
    const b = file(
      'two/b',
      `
current-context: x
clusters: [{name: c, cluster: {server: 'https://second', tls-server-name: second}}]
users: [{name: u, user: {username: second, password: p}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: second}}]
`,
    );
    const c = file('three/c', 'current-context: z\ncontexts: [{name: x, context: {cluster: c, user: other}}]');
    const access = await load({ env: { KUBECONFIG: [a, b, c].join(delimiter) } });
    assert.deepEqual(access, {
      context: 'x',
      namespace: 'second',
      cluster: { name: 'c', server: 'https://first', insecureSkipTlsVerify: false },
      user: { name: 'u', token: 'first' },
      origin: b,
    });
  });

  it('an empty file says nothing', async () => {
    const a = file('a', single('a'));
    const empty = file('empty', '');
    const comment = file('comment', '# nothing\n---\n');
    assert.equal((await load({ env: { KUBECONFIG: [empty, comment, a].join(delimiter) } })).context, 'a');
  });

  it('JSON is YAML', async () => {
    const json = {
      'current-context': 'j',
      clusters: [{ name: 'c', cluster: { server: 'https://j' } }],
      contexts: [{ name: 'j', context: { cluster: 'c' } }],
    };
    assert.equal((await load({ kubeconfig: file('j', JSON.stringify(json)) })).cluster.server, 'https://j');
  });
});

describe('kubeconfig: nothing configured', () => {
  it('names the place that was looked at, and the next step', async () => {
    const HOME = join(folder, 'nobody');
    const error = await caught(ClusterError, load({ env: { HOME } }));
    assert.equal(error.message, `no cluster is configured: ${join(HOME, '.kube', 'config')} does not exist`);
    assert.match(error.hint ?? '', /--kubeconfig FILE or the environment variable KUBECONFIG, or work offline/);
    assert.deepEqual(warnings, [], 'nobody has named the file at home');
    const homeless = await caught(ClusterError, load({ env: {} }));
    assert.equal(homeless.message, 'no cluster is configured: neither KUBECONFIG nor HOME is set');
    const empty = await caught(ClusterError, load({ env: { KUBECONFIG: file('empty', '') } }));
    assert.match(empty.message, /empty is empty$/);
    const [a, b] = [join(folder, 'missing-a'), join(folder, 'missing-b')];
    const both = { KUBECONFIG: [a, b].join(delimiter) };
    const two = await caught(ClusterError, load({ env: both }));
    assert.equal(two.message, `no cluster is configured: ${a}, ${b} does not exist`);
    const asked = async (env: NodeJS.ProcessEnv): Promise<string> =>
      (await caught(UsageError, load({ env, context: 'x' }))).message.replace(/^.*"x" /, '');
    assert.equal(await asked(both), `(looked at ${a}, ${b})`);
    assert.equal(await asked({}), '(looked at nothing)');
  });

  it('a file that says anything is no empty one', async () => {
    const user = 'users: [{name: u, user: {token: t}}]\n';
    const cluster = "clusters: [{name: c, cluster: {server: 'https://c'}}]\n";
    const context = 'contexts: [{name: x, context: {cluster: c, user: u}}]\n';
    for (const text of [user, cluster, context, user + cluster, user + context, cluster + context]) {
      const error = await caught(ClusterError, load({ env: { KUBECONFIG: file('some', text) } }));
      assert.match(error.message, /^the kubeconfig selects no context/, text);
    }
    const gone = load({ env: { KUBECONFIG: file('some', 'current-context: x\n') } });
    assert.match((await caught(InputError, gone)).message, /current-context "x" does not exist/);
  });

  it('in a pod: its ServiceAccount, unless a context is asked for', async () => {
    const serviceAccountFolder = join(folder, 'sa');
    file('sa/token', 'x');
    file('sa/namespace', 'apps');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const access = await load({ env, serviceAccountFolder });
    assert.deepEqual(access, {
      context: null,
      namespace: 'apps',
      cluster: { name: 'in-cluster', server: 'https://[fd00::1]:443', insecureSkipTlsVerify: false },
      user: { name: 'service account', tokenFile: join(serviceAccountFolder, 'token') },
      origin: `the pod's service account (${serviceAccountFolder})`,
    });
    file('sa/namespace', ' apps\n');
    file('sa/ca.crt', 'CA');
    const { namespace, cluster } = await load({
      env: { ...env, KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      serviceAccountFolder,
    });
    assert.deepEqual([namespace, cluster.server, String(cluster.ca)], ['apps', 'https://10.0.0.1:443', 'CA']);
    file('sa/namespace', '\n');
    assert(!('namespace' in (await load({ env, serviceAccountFolder }))));
    const error = await caught(UsageError, load({ env, serviceAccountFolder, context: 'x' }));
    assert.match(error.message, /no kubeconfig that could hold the context "x"/);
    const a = file('a', single('a'));
    assert.equal((await load({ env: { ...env, KUBECONFIG: a }, serviceAccountFolder })).context, 'a');
  });

  it('not in a pod: without the address, or without a token that is a file', async () => {
    const serviceAccountFolder = join(folder, 'sa2');
    file('sa2/token', 'x');
    const [KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT] = ['10.0.0.1', '443'];
    const no = (options: Partial<LoadOptions>) => caught(ClusterError, load({ serviceAccountFolder, ...options }));
    await no({ env: { KUBERNETES_SERVICE_HOST } });
    await no({ env: { KUBERNETES_SERVICE_PORT } });
    const env = { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT };
    await no({ env, serviceAccountFolder: join(folder, 'none') });
    file('sa3/token/file', 'x');
    await no({ env, serviceAccountFolder: join(folder, 'sa3') });
    // where these tests run in a pod, it is theirs
    const here = await loadAccess({ env, warn: () => undefined }).catch((error: unknown) => error as ClusterError);
    assert(here instanceof ClusterError || here.user.tokenFile === join(mounted, 'token'));
  });

  it('a --kubeconfig that is missing, a directory, or empty', async () => {
    const missing = await caught(InputError, load({ kubeconfig: join(folder, 'missing') }));
    assert.match(missing.describe(), /missing: the kubeconfig does not exist$/);
    const directory = await caught(InputError, load({ kubeconfig: folder }));
    assert.equal(directory.describe(), `${folder}: the kubeconfig cannot be read: it is a directory`);
    assert(directory.cause instanceof InputError);
    await caught(UsageError, load({ kubeconfig: '' }));
  });
});

describe('kubeconfig: which context', () => {
  it('--context beats current-context', async () => {
    const both = [file('a', single('a')), file('b', single('b'))].join(delimiter);
    assert.equal((await load({ env: { KUBECONFIG: both }, context: 'b' })).cluster.server, 'https://b.example:6443');
  });

  it('an unknown one: what there is', async () => {
    const both = [file('a', single('a')), file('b', single('b'))].join(delimiter);
    const error = await caught(UsageError, load({ env: { KUBECONFIG: both }, context: 'c' }));
    assert.equal(error.message, 'the kubeconfig has no context "c"; its contexts are "a", "b"');
    const many = Array.from({ length: 30 }, (_, i) => `{name: n${i}, context: {cluster: c}}`).join(',');
    const long = await caught(UsageError, load({ kubeconfig: file('many', `contexts: [${many}]`), context: 'c' }));
    assert.match(long.message, /"n19", and 10 more$/);
    const none = await caught(UsageError, load({ kubeconfig: file('none', 'clusters: []'), context: 'c' }));
    assert.match(none.message, /; it has none$/);
  });

  it('none selected, and a current one that is gone', async () => {
    const none = await caught(ClusterError, load({ kubeconfig: file('a', single('a', { current: false })) }));
    assert.equal(none.message, 'the kubeconfig selects no context; its contexts are "a"');
    assert.match(none.hint ?? '', /--context NAME/);
    const path = file('gone', 'current-context: gone\ncontexts: []\n');
    const gone = await caught(InputError, load({ kubeconfig: path }));
    assert.equal(gone.describe(), `${path}: kubeconfig: current-context "gone" does not exist; it has none`);
  });
});

describe('kubeconfig: entries', () => {
  const access = (entry: { cluster?: string; user?: string; context?: string }) =>
    load({ kubeconfig: file('sub/k', single('k', entry)) });

  it('reads servers as client-go does', async () => {
    const server = async (text: string, more = ''): Promise<string> =>
      (
        await load({
          kubeconfig: file(
            's',
            `current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: ${text}${more}}}]`,
          ),
        })
      ).cluster.server;
    assert.equal(await server('https://h:6443/'), 'https://h:6443');
    assert.equal(await server('https://h/k8s/clusters/c-1/'), 'https://h/k8s/clusters/c-1');
    assert.equal(await server('http://h:8001'), 'http://h:8001');
    assert.equal(await server('h:8080'), 'http://h:8080');
    assert.equal(await server('h:6443', ', insecure-skip-tls-verify: true'), 'https://h:6443');
    assert.equal(await server('h:6443', ', certificate-authority-data: eA=='), 'https://h:6443');
    assert.equal(await server('HTTPS://H:6443'), 'https://h:6443');
    const pair = ', client-certificate-data: eA==, client-key-data: eQ==';
    const mutual = single('k', { user: pair }).replace('https://', '');
    assert.equal((await load({ kubeconfig: file('s', mutual) })).cluster.server, 'https://k.example:6443');
    assert.equal(await server("'https://[fd00::1]:6443'"), 'https://[fd00::1]:6443');
    assert.equal(await server('h:6443', ', insecure-skip-tls-verify: yes'), 'https://h:6443');
    assert.equal(await server('h:8080', ', insecure-skip-tls-verify: off'), 'http://h:8080');
    await assert.rejects(server('h', ', insecure-skip-tls-verify: maybe'), /must be true or false/);
    await assert.rejects(server("''"), /clusters\[0\]\.cluster\.server is missing/);
    for (const wrong of ['ftp://h', 'xhttps://h', "'https://'", "'https://a b'"]) {
      await assert.rejects(
        server(wrong),
        /clusters\[0\]\.cluster\.server must be a URL with the scheme https or http/,
        wrong,
      );
    }
  });

  it('files are relative to their kubeconfig, and data beats file', async () => {
    file('sub/ca.pem', 'CA');
    const fromFile = await access({ cluster: ', certificate-authority: ca.pem' });
    assert.equal(fromFile.cluster.ca?.toString(), 'CA');
    const data = await access({ cluster: ', certificate-authority: missing, certificate-authority-data: REFUQQ==' });
    assert.equal(data.cluster.ca?.toString(), 'DATA');
    await assert.rejects(
      access({ cluster: ', certificate-authority: missing' }),
      /certificate-authority names \S+sub\/missing, which cannot be read: no such file or directory/,
    );
    await assert.rejects(
      access({ cluster: ", certificate-authority-data: '%%'" }),
      /certificate-authority-data is not base64/,
    );
    assert.equal((await access({ user: ', tokenFile: token' })).user.tokenFile, join(folder, 'sub/token'));
  });

  it('keeps what an exec plugin needs', async () => {
    const plugin = (more: string) =>
      access({ user: `, exec: {command: bin/login, apiVersion: client.authentication.k8s.io/v1, ${more}}` });
    assert.deepEqual(
      (await plugin('interactiveMode: Never, args: [a], env: [{name: A, value: b}], installHint: h')).user.exec,
      {
        command: join(folder, 'sub/bin/login'),
        args: ['a'],
        env: [{ name: 'A', value: 'b' }],
        apiVersion: 'client.authentication.k8s.io/v1',
        installHint: 'h',
        provideClusterInfo: false,
        interactiveMode: 'Never',
      },
    );
    await assert.rejects(plugin('args: []'), /exec\.interactiveMode must be Never, IfAvailable or Always/);
    await assert.rejects(plugin('interactiveMode: Never, args: x'), /exec\.args must be a list, not a string/);
    await assert.rejects(plugin('interactiveMode: Never, env: [{value: x}]'), /exec\.env\[0\]\.name is missing/);
    await assert.rejects(
      access({ user: ', exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}' }),
      /exec\.apiVersion must be/,
    );
    await assert.rejects(
      access({ user: ', exec: {apiVersion: client.authentication.k8s.io/v1}' }),
      /exec\.command is missing/,
    );
    await assert.rejects(
      access({ user: ", exec: {command: '', apiVersion: client.authentication.k8s.io/v1}" }),
      /exec\.command is missing/,
    );
    const old = await access({ user: ', exec: {command: login, apiVersion: client.authentication.k8s.io/v1beta1}' });
    assert.deepEqual(old.user.exec, {
      command: 'login',
      args: [],
      env: [],
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      provideClusterInfo: false,
      interactiveMode: 'IfAvailable',
    });
    for (const mode of ['Never', 'IfAvailable', 'Always']) {
      assert.equal((await plugin(`interactiveMode: ${mode}`)).user.exec?.interactiveMode, mode);
    }
    const informed = await load({
      kubeconfig: file(
        'sub/k',
        single('k', {
          cluster:
            ', extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, extension: {a: [b]}}]',
          user: ', exec: {command: login, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, provideClusterInfo: true, env: [{name: A}]}',
        }),
      ),
    });
    assert.deepEqual(informed.cluster.execConfig, { a: ['b'] });
    assert.equal(informed.user.exec?.provideClusterInfo, true);
    assert.deepEqual(informed.user.exec.env, [{ name: 'A', value: '' }]);
    const nothing = ', extensions: [{name: client.authentication.k8s.io/exec, extension: null}]';
    assert.equal((await access({ cluster: nothing })).cluster.execConfig, undefined);
    assert(!('execConfig' in (await access({ cluster: ', extensions: [{name: other, extension: 1}]' })).cluster));
  });

  it('keeps certificates, keys, names and passwords', async () => {
    file('sub/cert.pem', 'CERT');
    const pair = await access({ user: ', client-certificate: cert.pem, client-key-data: S0VZ' });
    assert.deepEqual([String(pair.user.cert), String(pair.user.key)], ['CERT', 'KEY']);
    const user = async (text: string) =>
      (await load({ kubeconfig: file('sub/k', single('k').replace('token: t-k', text)) })).user;
    assert.deepEqual(await user('username: u, password: p'), { name: 'k', username: 'u', password: 'p' });
    assert.deepEqual(await user('username: u'), { name: 'k', username: 'u', password: '' });
    assert.deepEqual(await user('password: p'), { name: 'k', username: '', password: 'p' });
  });

  it('keeps the name of the certificate and the proxy, of the schemes that there are', async () => {
    const { cluster } = await access({ cluster: ", tls-server-name: sni, proxy-url: 'http://p:1'" });
    assert.deepEqual([cluster.tlsServerName, cluster.proxyUrl], ['sni', 'http://p:1']);
    for (const proxy of ['https://p', 'HTTP://p', 'socks5://p:1080', 'socks5h://u:p@p']) {
      assert.equal((await access({ cluster: `, proxy-url: '${proxy}'` })).cluster.proxyUrl, proxy);
    }
    for (const proxy of ['p:3128', 'socks4://p', 'xhttp://p', 'socks5:///p', 'http://']) {
      await assert.rejects(access({ cluster: `, proxy-url: '${proxy}'` }), /cluster\.proxy-url must be a URL/, proxy);
    }
  });

  it('empty strings count as absent', async () => {
    const text = `
kind: Config
current-context: x
clusters:
- name: c
  cluster: {server: http://c, tls-server-name: '', certificate-authority: '', certificate-authority-data: '', proxy-url: ''}
users:
- name: u
  user: {client-certificate: '', client-certificate-data: '', client-key: '', client-key-data: '', token: '', tokenFile: '', username: '', password: '', as: '', as-uid: ''}
contexts: [{name: x, context: {cluster: c, user: u, namespace: ''}}]
`;
    const kubeconfig = file('empty-strings', text);
    assert.deepEqual(await load({ kubeconfig }), {
      context: 'x',
      cluster: { name: 'c', server: 'http://c', insecureSkipTlsVerify: false },
      user: { name: 'u' },
      origin: kubeconfig,
    });
  });

  it('where no TLS is spoken, nothing that proves who asks is used, as from kubectl', async () => {
    const exec = '{command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}';
    const pair = 'client-certificate-data: eA==, client-key-data: eQ==';
    for (const secret of [
      'token: t',
      'tokenFile: t',
      'username: a',
      `exec: ${exec}`,
      'auth-provider: {name: oidc}',
      pair,
    ]) {
      const text = single('k').replace('https://', 'http://').replace('token: t-k', `${secret}, as: b`);
      const { user } = await load({ kubeconfig: file('clear', text) });
      assert.deepEqual(user, { name: 'k', impersonate: { user: 'b', groups: [], extra: {} } }, secret);
    }
  });

  it('a context without user gets the user without name, as from kubectl', async () => {
    const text = single('k', { user: '' }).replace('users: [{name: k', "users: [{name: ''").replace(', user: k}', '}');
    assert.deepEqual((await load({ kubeconfig: file('k', text) })).user, { name: '', token: 't-k' });
    assert.deepEqual(warnings, []);
  });

  it('a plugin beside a kubeconfig in the current folder is not looked up in PATH', async () => {
    const user = ', exec: {command: ./login, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}';
    const path = relative(process.cwd(), file('here', single('k', { user })));
    assert.equal((await load({ kubeconfig: path })).user.exec?.command, join(folder, 'login'));
  });

  it('refuses two ways to log in, and half a certificate', async () => {
    const user = (text: string) => load({ kubeconfig: file('sub/k', single('k').replace('token: t-k', text)) });
    for (const both of ['token: t, username: u', 'token: t, password: p', 'tokenFile: t, username: u']) {
      await assert.rejects(user(both), /username is given besides a token/, both);
    }
    await assert.rejects(
      access({
        user: ', auth-provider: {name: oidc}, exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}',
      }),
      /users\[0\]\.user\.auth-provider is given besides exec/,
    );
    await assert.rejects(access({ user: ', auth-provider: {}' }), /auth-provider\.name is "": this way/);
    await assert.rejects(
      access({ user: ', client-key-data: eA==' }),
      /client-certificate is missing although there is a client-key/,
    );
    await assert.rejects(access({ user: ', client-certificate-data: eA==' }), /client-key is missing although/);
    await assert.rejects(
      access({ user: ', auth-provider: {name: gcp}' }),
      /auth-provider\.name is "gcp": this way to log in was removed/,
    );
    for (const more of ['as-groups: [a]', 'as-uid: "1"', 'as-user-extra: {a: [b]}']) {
      await assert.rejects(access({ user: `, ${more}` }), /user\.as is missing although/, more);
    }
    await assert.rejects(
      access({ cluster: ', certificate-authority-data: eA==, insecure-skip-tls-verify: true' }),
      /insecure-skip-tls-verify is true although/,
    );
    await assert.rejects(
      access({ cluster: ', proxy-url: nonsense' }),
      /proxy-url must be a URL with the scheme http, https or socks5/,
    );
  });

  it('reads impersonation and oidc', async () => {
    const { user } = await access({ user: ', as: a, as-uid: "1", as-groups: [g], as-user-extra: {k: [v]}' });
    assert.deepEqual(user.impersonate, { user: 'a', uid: '1', groups: ['g'], extra: { k: ['v'] } });
    const short = await access({ user: ', as: a' });
    assert.deepEqual(short.user.impersonate, { user: 'a', groups: [], extra: {} });
    const oidc = await access({ user: ', auth-provider: {name: oidc, config: {id-token: x, empty: null}}' });
    assert.deepEqual(oidc.user.authProvider, { name: 'oidc', config: { 'id-token': 'x', empty: '' } });
    const bare = await access({ user: ', auth-provider: {name: oidc}' });
    assert.deepEqual(bare.user.authProvider, { name: 'oidc', config: {} });
  });

  it('names what a context refers to and what is not there', async () => {
    const dangling = (context: string) =>
      load({
        kubeconfig: file(
          'd',
          `current-context: x\ncontexts:\n- name: x\n  context: ${context}\nclusters: [{name: c, cluster: {server: 'https://c'}}]\n`,
        ),
      });
    const error = await caught(InputError, dangling('{cluster: gone}'));
    assert.match(
      error.describe(),
      /d:4:13: kubeconfig: contexts\[0\]\.context\.cluster names the cluster "gone", which is not in clusters$/,
    );
    assert.deepEqual((await dangling('{cluster: c, user: gone}')).user, { name: 'gone' });
    assert.deepEqual(warnings.splice(0), [
      'the kubeconfig has no user "gone", which the context "x" names: going on without credentials',
    ]);
    assert.equal((await dangling('{cluster: c}')).user.name, '');
    assert.deepEqual(warnings, []);
  });
});

describe('kubeconfig: malformed', () => {
  const described = async (text: string): Promise<string> => {
    const error = await caught(InputError, load({ kubeconfig: file('m', text) }));
    return error.describe().slice(folder.length + 1);
  };

  it('names line and column, and never what stands there', async () => {
    const broken = await described('users:\n- name: u\n  user:\n    token: "secret\n  x: [\n');
    assert.match(broken, /^m:\d+:\d+: kubeconfig: not valid YAML: /);
    assert(!broken.includes('secret'));
    assert.match(await described('a: b: c'), /^m:1:5: kubeconfig: not valid YAML: /);
    assert.match(await described('a: \u0000'), /^m:1:4: kubeconfig: the file is not text: it contains a NUL byte$/);
    // of a file whose first document is empty
    assert.equal(await described('---\n---\na: *secret\n'), 'm:3:4: kubeconfig: this is not valid YAML');
    assert.match(await described('---\n---\na: b: c\n'), /^m:3:5: kubeconfig: not valid YAML: /);
  });

  it('aliases count, as far as they end', async () => {
    const text = single('k', { user: ', as: &a x, as-uid: *a, as-groups: &b [team], as-user-extra: {z: *b}' });
    assert.deepEqual((await load({ kubeconfig: file('m', text) })).user.impersonate, {
      user: 'x',
      uid: 'x',
      groups: ['team'],
      extra: { z: ['team'] },
    });
    assert.match(await described('a: &a [*a]'), /an alias stands inside the value that it repeats/);
    assert.match(
      await described(`a: ${'['.repeat(260)}${']'.repeat(260)}`),
      /values are nested deeper than 250 levels/,
    );
  });

  it('every field has a type', async () => {
    const exec = 'command apiVersion installHint interactiveMode'.split(' ');
    const user =
      'client-certificate client-certificate-data client-key client-key-data token tokenFile username password as as-uid';
    const fields: readonly (readonly [path: string, wanted: string])[] = [
      ...['kind', 'apiVersion', 'current-context'].map((path) => [path, 'a string'] as const),
      ...['clusters', 'users', 'contexts'].map((path) => [path, 'a list'] as const),
      ...['clusters[0].name', 'users[0].name', 'contexts[0].name'].map((path) => [path, 'a string'] as const),
      ['clusters[0].cluster', 'a map of fields'],
      ...'server tls-server-name certificate-authority certificate-authority-data proxy-url'
        .split(' ')
        .map((name) => [`clusters[0].cluster.${name}`, 'a string'] as const),
      ['clusters[0].cluster.insecure-skip-tls-verify', 'true or false'],
      ['clusters[0].cluster.extensions', 'a list'],
      ['clusters[0].cluster.extensions[0].name', 'a string'],
      ['users[0].user', 'a map of fields'],
      ...user.split(' ').map((name) => [`users[0].user.${name}`, 'a string'] as const),
      ['users[0].user.as-groups', 'a list'],
      ['users[0].user.as-groups[0]', 'a string'],
      ['users[0].user.as-user-extra', 'a map'],
      ['users[0].user.as-user-extra.a', 'a list'],
      ['users[0].user.auth-provider', 'a map of fields'],
      ['users[0].user.auth-provider.name', 'a string'],
      ['users[0].user.auth-provider.config', 'a map'],
      ['users[0].user.auth-provider.config.a', 'a string'],
      ['users[0].user.exec', 'a map of fields'],
      ...exec.map((name) => [`users[0].user.exec.${name}`, 'a string'] as const),
      ['users[0].user.exec.args', 'a list'],
      ['users[0].user.exec.args[0]', 'a string'],
      ['users[0].user.exec.provideClusterInfo', 'true or false'],
      ['users[0].user.exec.env', 'a list'],
      ['users[0].user.exec.env[0].name', 'a string'],
      ['users[0].user.exec.env[0].value', 'a string'],
      ['contexts[0].context', 'a map of fields'],
      ...'cluster user namespace'.split(' ').map((name) => [`contexts[0].context.${name}`, 'a string'] as const),
    ];
    for (const [path, wanted] of fields) {
      const keys = path.split(/\.|(?=\[)/);
      const text = keys.reduceRight<unknown>((value, key) => (key === '[0]' ? [value] : { [key]: value }), 5);
      const problem = await described(JSON.stringify(text));
      assert.equal(problem.replace(/^\S+ /, ''), `kubeconfig: ${path} must be ${wanted}, not a number`);
    }
  });

  it('names the field that has the wrong type', async () => {
    assert.equal(await described('clusters:\n  a: b\n'), 'm:1:1: kubeconfig: clusters must be a list, not a map');
    assert.equal(await described('users:\n- 1\n'), 'm:2:3: kubeconfig: users[0] must be a map of fields, not a number');
    assert.equal(
      await described('users:\n- name: 1\n'),
      'm:2:3: kubeconfig: users[0].name must be a string, not a number',
    );
    assert.equal(
      await described('users: [{name: a, user: x}]'),
      'm:1:19: kubeconfig: users[0].user must be a map of fields, not a string',
    );
    assert.equal(
      await described('current-context: 1'),
      'm:1:1: kubeconfig: current-context must be a string, not a number',
    );
    assert.equal(
      await described('users:\n- {name: a}\n- {name: a}\n'),
      'm:3:4: kubeconfig: users[1].name "a" is there twice',
    );
    assert.equal(
      await described(single('k').replace('token: t-k', 'token: 12345')),
      'm:6:26: kubeconfig: users[0].user.token must be a string, not a number',
    );
    const quoted = await caught(InputError, load({ kubeconfig: file('m', 'current-context: yes') }));
    assert.equal(quoted.hint, 'put the value in quotes');
    const encoded = await caught(
      InputError,
      load({ kubeconfig: file('m', single('k', { user: ', client-key-data: x' })) }),
    );
    assert.equal(encoded.hint, 'encode the PEM text: base64 -w0 FILE');
  });

  it('no message shows a secret, whatever is wrong with it', async () => {
    const secret = 'hunter2';
    const texts = [
      ...[
        `*${secret}`,
        `%${secret}`,
        `!${secret} x`,
        `"\\${secret}`,
        `[${secret}`,
        `\`${secret}`,
        `!!int ${secret}`,
      ].map((value) => `users:\n- name: u\n  user:\n    password: ${value}\n`),
      `users:\n- name: u\n  user:\n    token:${secret}\n    password: x\n`,
      `users:\n- name: u\n  user:\n    exec: ${secret}\n`,
      `users:\n- name: u\n  user:\n    as-groups: ${secret}\n`,
      `users:\n- name: u\n  user:\n    client-key-data: "${secret}!"\n`,
      `kind: ${secret}\n`,
      `clusters: [{name: c, cluster: {insecure-skip-tls-verify: ${secret}}}]`,
      `users: [{name: u, user: {token: {a: ${secret}}}}]`,
    ];
    for (const text of texts) {
      const error = await caught(InputError, load({ kubeconfig: file('m', text) }));
      assert(error.location && 'line' in error.location, text);
      assert(error.hint, text);
      assert(!`${error.describe()} ${error.hint}`.includes(secret), error.describe());
    }
  });

  it('accepts and refuses what kubectl 1.32 was seen to accept and refuse', async () => {
    const rest = `contexts: [{name: k, context: {cluster: k}}]\n`;
    const clusters = `clusters: [{name: k, cluster: {server: 'https://k'}}]\n`;
    const accepted = {
      'of a key that is there twice the last counts': `current-context: a\ncurrent-context: k\n${clusters}${rest}`,
      'in JSON too': `{"current-context":"a","current-context":"k",${JSON.stringify({
        clusters: [{ name: 'k', cluster: { server: 'https://k' } }],
        contexts: [{ name: 'k', context: { cluster: 'k' } }],
      }).slice(1)}`,
      'a directive': `%YAML 1.1\n---\ncurrent-context: k\n${clusters}${rest}`,
      'junk after the end of the document': `current-context: k\n${clusters}${rest}...\njunk: [\n`,
      'a second document': `current-context: k\n${clusters}${rest}---\ncurrent-context: other\n`,
      'empty kind and version': `kind: ""\napiVersion: ""\ncurrent-context: k\n${clusters}${rest}`,
      'fields that nobody knows': `preferences: {a: 1}\nx: y\ncurrent-context: k\n${clusters}${rest}`,
      'an entry without name, and one without content': `users: [{user: {token: a}}, {name: u, user: null}]\ncurrent-context: k\n${clusters}${rest}`,
      'base64 in lines': `users: [{name: u, user: {client-key-data: "eHh4\\neHh4"}}]\ncurrent-context: k\n${clusters}${rest}`,
    };
    for (const [what, text] of Object.entries(accepted)) {
      assert.equal((await load({ kubeconfig: file('m', text) })).context, 'k', what);
    }
    const valid = `current-context: k\n${clusters}${rest}`;
    const refused: Readonly<Record<string, [text: string, message: RegExp]>> = {
      'a boolean as name': [`${valid}current-context: y`, /current-context must be a string/],
      'another version': [`apiVersion: v2\n${valid}`, /apiVersion must be v1/],
      'a quoted boolean': [
        `${valid}clusters: [{name: k, cluster: {insecure-skip-tls-verify: "yes"}}]`,
        /must be true or false/,
      ],
      'base64 without padding': [`${valid}users: [{name: u, user: {client-key-data: eA}}]`, /is not base64/],
      'base64 with spaces': [`${valid}users: [{name: u, user: {client-key-data: "eA= ="}}]`, /is not base64/],
      'a map of users': [`${valid}users: {}`, /users must be a list/],
      'an entry that no context uses': [`${valid}users: [{name: u, user: {token: 1}}]`, /token must be a string/],
    };
    for (const [what, [text, message]] of Object.entries(refused)) {
      await assert.rejects(load({ kubeconfig: file('m', text) }), message, what);
    }
    const cased = valid.replace('current-context', 'Current-Context');
    await assert.rejects(load({ kubeconfig: file('m', cased) }), /selects no context/);
  });

  it('says when it is something else', async () => {
    assert.match(await described('just text'), /^m:1:1: kubeconfig: the file must hold a map/);
    assert.match(await described('- a'), /the file must hold a map/);
    assert.match(await described('apiVersion: v1\nkind: Pod\n'), /^m:2:1: kubeconfig: kind must be Config$/);
  });

  it('ends with a file that never does, or nests without end', async () => {
    await assert.rejects(load({ kubeconfig: '/dev/zero' }), /the kubeconfig cannot be read: it has more than 10 MiB/);
    assert.match(
      await described('['.repeat(1_000_000)),
      /^m:1:\d+: kubeconfig: not valid YAML: values are nested deeper/,
    );
  });

  it('a broken file in the list of KUBECONFIG is an error, not skipped', async () => {
    const list = [file('a', single('a')), file('m', 'a: [')].join(delimiter);
    await caught(InputError, load({ env: { KUBECONFIG: list } }));
  });
});
