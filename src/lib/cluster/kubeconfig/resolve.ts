import { ClusterError, InputError, UsageError } from '../../errors.js';
import type { Entry, Kubeconfig } from './read.js';
import type { ClusterFields, ExecFields, UserFields } from './schema.js';
import type { Access, ClusterEntry, ExecPlugin, Impersonation, UserEntry } from './types.js';

/**
 * Picks the context (`wanted`, else the current one) and reads its cluster and its user. Empty strings count as absent, as
 * in client-go.
 * Throws `UsageError` for an unknown `wanted`, `InputError` for a kubeconfig that contradicts itself, `ClusterError`
 * when no context is selected.
 */
export async function resolveAccess(
  config: Kubeconfig,
  wanted: string | undefined,
  warn: (line: string) => void,
): Promise<Access> {
  const chosen = wanted === undefined ? config.current : { name: wanted };
  const choose = 'choose one with --context NAME, or for good with `kubectl config use-context NAME`';
  if (!chosen) throw new ClusterError(`the kubeconfig selects no context; ${describeContexts(config)}`, choose);
  const { name } = chosen;
  const context = config.contexts.get(name);
  if (!context) {
    if ('file' in chosen) {
      const problem = `kubeconfig: current-context "${name}" does not exist; ${describeContexts(config)}`;
      throw new InputError(problem, { file: chosen.file }, choose);
    }
    throw new UsageError(
      `the kubeconfig has no context "${name}"; ${describeContexts(config)}`,
      'name one of them with --context, or another file with --kubeconfig',
    );
  }
  const { cluster: clusterName = '', user: userName = '', namespace } = context.fields;
  const cluster = config.clusters.get(clusterName);
  if (!cluster) {
    const problem = `names the cluster "${clusterName}", which is not in clusters`;
    throw context.fail(['cluster'], problem, 'correct the name, or fetch the kubeconfig again');
  }
  // A context without user gets the user without name, if there is one.
  const user = config.users.get(userName);
  // `kubectl` goes on without credentials too, so that a kubeconfig for `kubectl proxy` needs no user.
  if (userName !== '' && !user) {
    warn(`the kubeconfig has no user "${userName}", which the context "${name}" names: going on without credentials`);
  }
  const clientIdentity: UserEntry = user ? await readUser(user) : { name: userName };
  const clusterEntry = await readCluster(cluster, clientIdentity.cert !== undefined);
  return {
    context: name,
    ...(namespace ? { namespace } : {}),
    cluster: clusterEntry,
    user: clusterEntry.server.startsWith('https:') ? clientIdentity : withoutSecrets(clientIdentity),
    origin: context.file,
  };
}

/** What is said of a user to whom listens in, where no TLS is spoken: what client-go does then. */
function withoutSecrets({ name, impersonate }: UserEntry): UserEntry {
  return { name, ...(impersonate && { impersonate }) };
}

/** `its contexts are "a", "b"`; long lists are cut, because the message is one line. */
function describeContexts(config: Kubeconfig): string {
  const names = [...config.contexts.keys()];
  if (names.length === 0) return 'it has none';
  const shown = names.slice(0, 20).map((name) => `"${name}"`);
  if (names.length > shown.length) shown.push(`and ${names.length - shown.length} more`);
  return `its contexts are ${shown.join(', ')}`;
}

async function readCluster(entry: Entry<ClusterFields>, hasClientCert: boolean): Promise<ClusterEntry> {
  const { fields } = entry;
  const authority = fields['certificate-authority-data'];
  const ca = await entry.content('certificate-authority', authority, fields['certificate-authority']);
  const insecureSkipTlsVerify = fields['insecure-skip-tls-verify'] ?? false;
  if (ca && insecureSkipTlsVerify) {
    const problem = 'is true although a certificate authority is given';
    throw entry.fail(['insecure-skip-tls-verify'], problem, 'keep one of the two');
  }
  const { 'tls-server-name': tlsServerName, 'proxy-url': proxyUrl } = fields;
  if (proxyUrl && !isProxyUrl(proxyUrl)) {
    throw entry.fail(
      ['proxy-url'],
      'must be a URL with the scheme http, https or socks5',
      'write for example http://proxy.example.com:3128',
    );
  }
  const exec = fields.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec');
  return {
    name: entry.name,
    server: readServer(entry, ca !== undefined || insecureSkipTlsVerify || hasClientCert),
    insecureSkipTlsVerify,
    ...(ca ? { ca } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
    ...(exec ? { execConfig: exec.extension } : {}),
  };
}

/** A server without scheme means https when the entry says anything about TLS, as in client-go. */
function readServer(entry: Entry<ClusterFields>, usesTls: boolean): string {
  const given = entry.fields.server;
  const hint = 'write for example https://10.0.0.1:6443';
  if (!given) throw entry.fail(['server'], 'is missing: it must be the URL of the API server', hint);
  const withScheme = given.includes('://') ? given : `${usesTls ? 'https' : 'http'}://${given}`;
  if (!URL.canParse(withScheme) || !/^https?:/i.test(withScheme)) {
    throw entry.fail(['server'], 'must be a URL with the scheme https or http', hint);
  }
  const url = new URL(withScheme);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** True for a URL of a scheme that both client-go and client-node speak. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return ['http:', 'https:', 'socks5:', 'socks5h:'].includes(protocol) && hostname !== '';
}

async function readUser(entry: Entry<UserFields>): Promise<UserEntry> {
  const { fields } = entry;
  const certificate = fields['client-certificate-data'];
  const cert = await entry.content('client-certificate', certificate, fields['client-certificate']);
  const key = await entry.content('client-key', fields['client-key-data'], fields['client-key']);
  const both = 'give both, or neither';
  if (cert && !key) throw entry.fail(['client-key'], 'is missing although there is a client-certificate', both);
  if (key && !cert) throw entry.fail(['client-certificate'], 'is missing although there is a client-key', both);
  const { token, username, password } = fields;
  const tokenFile = entry.path(fields.tokenFile);
  if ((token || tokenFile) && (username || password)) {
    throw entry.fail(['username'], 'is given besides a token: only one of the two can be used', 'keep one of the two');
  }
  const provider = fields['auth-provider'];
  if (fields.exec && provider) {
    const problem = 'is given besides exec: only one of the two can be used';
    throw entry.fail(['auth-provider'], problem, 'keep one of the two');
  }
  if (provider && provider.name !== 'oidc') {
    throw entry.fail(
      ['auth-provider', 'name'],
      `is "${provider.name ?? ''}": this way to log in was removed from Kubernetes; only oidc is left`,
      'let the provider write an exec entry, e.g. `gcloud container clusters get-credentials` or `kubelogin convert-kubeconfig`',
    );
  }
  const impersonate = readImpersonation(entry);
  return {
    name: entry.name,
    ...(cert && key ? { cert, key } : {}),
    ...(token ? { token } : {}),
    ...(tokenFile ? { tokenFile } : {}),
    ...(username || password ? { username: username ?? '', password: password ?? '' } : {}),
    ...(fields.exec ? { exec: readExec(entry, fields.exec) } : {}),
    ...(provider ? { authProvider: { name: 'oidc', config: provider.config ?? {} } } : {}),
    ...(impersonate ? { impersonate } : {}),
  };
}

function readExec(entry: Entry<UserFields>, fields: ExecFields): ExecPlugin {
  const again = 'update the plugin and let it write its kubeconfig entry again';
  const command = entry.command(fields.command);
  if (command === undefined) throw entry.fail(['exec', 'command'], 'is missing', again);
  const { apiVersion, interactiveMode: given } = fields;
  if (apiVersion !== 'client.authentication.k8s.io/v1' && apiVersion !== 'client.authentication.k8s.io/v1beta1') {
    const problem = 'must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1';
    throw entry.fail(['exec', 'apiVersion'], problem, again);
  }
  const interactiveMode = given || (apiVersion.endsWith('/v1') ? undefined : 'IfAvailable');
  if (interactiveMode !== 'Never' && interactiveMode !== 'IfAvailable' && interactiveMode !== 'Always') {
    throw entry.fail(['exec', 'interactiveMode'], 'must be Never, IfAvailable or Always', again);
  }
  const env = (fields.env ?? []).map(({ name, value = '' }, i) => {
    if (!name) throw entry.fail(['exec', 'env', i, 'name'], 'is missing', 'name the environment variable');
    return { name, value };
  });
  return {
    command,
    args: fields.args ?? [],
    env,
    apiVersion,
    ...(fields.installHint ? { installHint: fields.installHint } : {}),
    provideClusterInfo: fields.provideClusterInfo ?? false,
    interactiveMode,
  };
}

function readImpersonation({ fields, fail }: Entry<UserFields>): Impersonation | undefined {
  const { as: user, 'as-uid': uid, 'as-groups': groups = [], 'as-user-extra': extra = {} } = fields;
  if (user) return { user, ...(uid ? { uid } : {}), groups, extra };
  if (!uid && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  const problem = 'is missing although as-uid, as-groups or as-user-extra is given';
  throw fail(['as'], problem, 'name the user to act as, or remove them');
}
