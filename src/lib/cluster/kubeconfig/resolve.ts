import { ClusterError, InputError, UsageError } from '../../errors.js';
import { Fields } from './fields.js';
import type { Access, ClusterEntry, ExecPlugin, Impersonation, RawConfig, UserEntry } from './types.js';

/**
 * Picks the context (`wanted`, else the current one) and reads its cluster and its user.
 * Throws `UsageError` for an unknown `wanted`, `InputError` for a kubeconfig that contradicts itself, `ClusterError`
 * when no context is selected.
 */
export async function resolveAccess(
  config: RawConfig,
  wanted: string | undefined,
  warn: (line: string) => void,
): Promise<Access> {
  const name = wanted ?? config.currentContext?.name;
  if (name === undefined) {
    throw new ClusterError(
      `the kubeconfig selects no context; ${describeContexts(config)}`,
      'choose one with --context NAME, or for good with `kubectl config use-context NAME`',
    );
  }
  const context = config.contexts.get(name);
  if (!context) {
    if (wanted !== undefined) {
      throw new UsageError(
        `the kubeconfig has no context "${name}"; ${describeContexts(config)}`,
        'name one of them with --context, or another file with --kubeconfig',
      );
    }
    const file = config.currentContext?.file ?? '';
    throw new InputError(
      `kubeconfig: current-context "${name}" does not exist; ${describeContexts(config)}`,
      { file },
      'choose one with --context NAME, or for good with `kubectl config use-context NAME`',
    );
  }
  const fields = new Fields(context);
  const clusterName = await fields.string('cluster');
  const cluster = config.clusters.get(clusterName ?? '');
  if (!cluster)
    throw await fields.fail('cluster', `names the cluster "${clusterName ?? ''}", which is not in clusters`);
  const userName = await fields.string('user');
  const user = userName === undefined ? undefined : config.users.get(userName);
  // `kubectl` goes on without credentials too, so that a kubeconfig for `kubectl proxy` needs no user.
  if (userName !== undefined && !user) {
    warn(`the kubeconfig has no user "${userName}", which the context "${name}" names: going on without credentials`);
  }
  const namespace = await fields.string('namespace');
  const clientIdentity: UserEntry = user ? await readUser(user.name, new Fields(user)) : { name: userName ?? '' };
  return {
    context: name,
    ...(namespace === undefined ? {} : { namespace }),
    cluster: await readCluster(cluster.name, new Fields(cluster), clientIdentity.cert !== undefined),
    user: clientIdentity,
    origin: context.file,
  };
}

/** `its contexts are "a", "b"`; long lists are cut, because the message is one line. */
function describeContexts(config: RawConfig): string {
  const names = [...config.contexts.keys()];
  if (names.length === 0) return 'it has none';
  const shown = names.slice(0, 20).map((name) => `"${name}"`);
  if (names.length > shown.length) shown.push(`and ${names.length - shown.length} more`);
  return `its contexts are ${shown.join(', ')}`;
}

async function readCluster(name: string, fields: Fields, hasClientCert: boolean): Promise<ClusterEntry> {
  const ca = await fields.content('certificate-authority');
  const insecureSkipTlsVerify = await fields.boolean('insecure-skip-tls-verify');
  if (ca && insecureSkipTlsVerify) {
    throw await fields.fail(
      'insecure-skip-tls-verify',
      'is true although a certificate authority is given',
      'keep one of the two',
    );
  }
  const tlsServerName = await fields.string('tls-server-name');
  const proxyUrl = await fields.string('proxy-url');
  if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
    throw await fields.fail('proxy-url', 'must be a URL with the scheme http, https or socks5');
  }
  const execConfig = (await fields.list('extensions')).find(
    (item) => item.raw('name') === 'client.authentication.k8s.io/exec',
  );
  return {
    name,
    server: await readServer(fields, ca !== undefined || insecureSkipTlsVerify || hasClientCert),
    insecureSkipTlsVerify,
    ...(ca ? { ca } : {}),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(execConfig ? { execConfig: execConfig.raw('extension') } : {}),
  };
}

/** A server without scheme means https when the entry says anything about TLS, as in client-go. */
async function readServer(fields: Fields, usesTls: boolean): Promise<string> {
  const given = await fields.string('server');
  if (given === undefined) throw await fields.fail('server', 'is missing: it must be the URL of the API server');
  const withScheme = given.includes('://') ? given : `${usesTls ? 'https' : 'http'}://${given}`;
  if (!URL.canParse(withScheme) || !/^https?:/i.test(withScheme)) {
    throw await fields.fail('server', 'must be a URL with the scheme https or http');
  }
  const url = new URL(withScheme);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** True for a URL of a scheme that both client-go and client-node speak. */
export function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && /^(https?|socks5h?):$/.test(new URL(text).protocol) && new URL(text).hostname !== '';
}

async function readUser(name: string, fields: Fields): Promise<UserEntry> {
  const cert = await fields.content('client-certificate');
  const key = await fields.content('client-key');
  if (cert && !key) throw await fields.fail('client-key', 'is missing although there is a client-certificate');
  if (key && !cert) throw await fields.fail('client-certificate', 'is missing although there is a client-key');
  const [token, tokenFile] = [await fields.string('token'), await fields.filePath('tokenFile')];
  const [username, password] = [await fields.string('username'), await fields.string('password')];
  if ((token ?? tokenFile) !== undefined && (username ?? password) !== undefined) {
    throw await fields.fail('username', 'is given besides a token: only one of the two can be used');
  }
  const exec = await readExec(await fields.map('exec'));
  const provider = await fields.map('auth-provider');
  if (exec && provider)
    throw await fields.fail('auth-provider', 'is given besides exec: only one of the two can be used');
  const impersonate = await readImpersonation(fields);
  return {
    name,
    ...(cert && key ? { cert, key } : {}),
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(username === undefined ? {} : { username, password: password ?? '' }),
    ...(exec ? { exec } : {}),
    ...(provider ? { authProvider: await readAuthProvider(provider) } : {}),
    ...(impersonate ? { impersonate } : {}),
  };
}

async function readAuthProvider(fields: Fields): Promise<NonNullable<UserEntry['authProvider']>> {
  const name = await fields.string('name');
  if (name !== 'oidc') {
    throw await fields.fail(
      'name',
      `is "${name ?? ''}": this way to log in was removed from Kubernetes; only oidc is left`,
      'let the provider write an exec entry, e.g. `gcloud container clusters get-credentials` or `kubelogin convert-kubeconfig`',
    );
  }
  const config = await fields.map('config');
  return { name, config: Object.fromEntries((config?.names() ?? []).map((key) => [key, config?.raw(key)])) };
}

async function readExec(fields: Fields | undefined): Promise<ExecPlugin | undefined> {
  if (!fields) return undefined;
  const command = await fields.commandPath('command');
  if (command === undefined) throw await fields.fail('command', 'is missing');
  const apiVersion = await fields.string('apiVersion');
  if (apiVersion !== 'client.authentication.k8s.io/v1' && apiVersion !== 'client.authentication.k8s.io/v1beta1') {
    throw await fields.fail(
      'apiVersion',
      'must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1',
      'update the plugin and let it write its kubeconfig entry again',
    );
  }
  const interactiveMode =
    (await fields.string('interactiveMode')) ?? (apiVersion.endsWith('/v1') ? undefined : 'IfAvailable');
  if (interactiveMode !== 'Never' && interactiveMode !== 'IfAvailable' && interactiveMode !== 'Always') {
    throw await fields.fail('interactiveMode', 'must be Never, IfAvailable or Always');
  }
  const env: { name: string; value: string }[] = [];
  for (const item of await fields.list('env')) {
    const name = await item.string('name');
    if (name === undefined) throw await item.fail('name', 'is missing');
    env.push({ name, value: (await item.string('value')) ?? '' });
  }
  const installHint = await fields.string('installHint');
  return {
    command,
    args: await fields.strings('args'),
    env,
    apiVersion,
    ...(installHint === undefined ? {} : { installHint }),
    provideClusterInfo: await fields.boolean('provideClusterInfo'),
    interactiveMode,
  };
}

async function readImpersonation(fields: Fields): Promise<Impersonation | undefined> {
  const user = await fields.string('as');
  const uid = await fields.string('as-uid');
  const groups = await fields.strings('as-groups');
  const extraFields = await fields.map('as-user-extra');
  const extra: Record<string, string[]> = {};
  for (const key of extraFields?.names() ?? []) extra[key] = (await extraFields?.strings(key)) ?? [];
  if (user === undefined) {
    if (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
    throw await fields.fail('as', 'is missing although as-uid, as-groups or as-user-extra is given');
  }
  return { user, ...(uid === undefined ? {} : { uid }), groups, extra };
}
