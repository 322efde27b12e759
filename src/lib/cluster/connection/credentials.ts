import { readFile } from 'node:fs/promises';
import type { Agent, RequestOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { ClusterError } from '../../errors.js';
import type { Access, Impersonation } from '../kubeconfig/types.js';
import { runExecPlugin } from './exec-plugin.js';
import type { ExecCredential } from './exec-plugin.js';
import { systemCertificates } from './system-certificates.js';
import { TransportError } from './transport.js';

export interface CredentialOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Limit for setting up a connection through a proxy. */
  readonly connectTimeoutMs: number;
  /** Limit for an exec plugin that nobody can talk to. */
  readonly pluginTimeoutMs: number;
  /** Whether a person could answer an exec plugin. */
  readonly terminal: boolean;
  readonly verbose: (line: string) => void;
}

/** Gives each request the TLS settings, proxy and identity of one kubeconfig context. */
export interface Credentials {
  /** Agent, headers and basic authentication for the next request. */
  requestOptions(): Promise<RequestOptions>;
  /**
   * After a 401 for a request with these options: forgets what can be fetched anew, unless another request has already
   * made it do so. False when trying again would send the same.
   */
  renew(refused: RequestOptions): boolean;
}

/** Tokens from files are rotated by the kubelet; client-go looks again after ten seconds. */
const tokenFileTtlMs = 10_000;

/** `access.cluster.proxyUrl` is final: a proxy of the environment has already been put there. */
export function createCredentials(access: Access, options: CredentialOptions): Credentials {
  const { exec, tokenFile } = access.user;
  let plugin: Promise<ExecCredential> | undefined;
  let fileToken: { readonly text: string; readonly readAt: number } | undefined;
  let current: { readonly identity: string; readonly options: RequestOptions } | undefined;
  let underWay: Promise<RequestOptions> | undefined;

  async function execCredential(): Promise<ExecCredential> {
    if (!exec) return {};
    const known = await plugin?.catch(() => undefined);
    if (!known || (known.expires !== undefined && known.expires <= Date.now())) {
      options.verbose(`running the credential plugin ${exec.command}`);
      plugin = runExecPlugin(exec, access.cluster, { ...options, timeoutMs: options.pluginTimeoutMs });
    }
    return plugin ?? {};
  }

  async function tokenFromFile(): Promise<string | undefined> {
    if (tokenFile === undefined) return undefined;
    if (!fileToken || Date.now() - fileToken.readAt > tokenFileTtlMs) {
      try {
        fileToken = { text: (await readFile(tokenFile, 'utf8')).trim(), readAt: Date.now() };
      } catch (error) {
        if (fileToken) return fileToken.text;
        if (access.user.token !== undefined) return undefined;
        throw new ClusterError(
          `the token file ${tokenFile}, which the kubeconfig names, cannot be read: ${(error as Error).message}`,
          `correct tokenFile of the user "${access.user.name}" in ${access.origin}`,
          undefined,
          { cause: error },
        );
      }
    }
    return fileToken.text || undefined;
  }

  async function build(): Promise<RequestOptions> {
    const credential = await execCredential();
    const token = credential.token ?? (await tokenFromFile()) ?? access.user.token;
    const identity = JSON.stringify([token, credential.cert, credential.key]);
    if (current?.identity !== identity) {
      current = { identity, options: await applyIdentity(access, token, credential, options) };
    }
    return current.options;
  }

  return {
    async requestOptions() {
      // Requests that start together share one look at the files and one run of the plugin.
      underWay ??= build().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    renew(refused) {
      if (!exec && tokenFile === undefined && !access.user.authProvider) return false;
      if (refused !== current?.options) return true;
      plugin = undefined;
      fileToken = undefined;
      current = undefined;
      return true;
    },
  };
}

async function applyIdentity(
  access: Access,
  token: string | undefined,
  credential: ExecCredential,
  { env, connectTimeoutMs }: CredentialOptions,
): Promise<RequestOptions> {
  const { cluster, user } = access;
  const usesTls = cluster.server.startsWith('https:');
  const ca = cluster.ca ?? (usesTls && !cluster.insecureSkipTlsVerify ? await systemCertificates(env) : undefined);
  const base64 = (pem: Buffer | string | undefined): string | undefined => pem && Buffer.from(pem).toString('base64');
  const certData = base64(credential.cert ?? user.cert);
  const keyData = base64(credential.key ?? user.key);
  // Half a second unbundled: not before it is certain that a server will be asked.
  const { KubeConfig } = await import('../client-node.js');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    currentContext: 'context',
    contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
    clusters: [
      {
        name: 'cluster',
        server: cluster.server,
        // client-node refuses plain http unless TLS checks are off, where they mean nothing.
        skipTLSVerify: cluster.insecureSkipTlsVerify || !usesTls,
        caData: base64(ca),
        tlsServerName: cluster.tlsServerName,
        // With `socks5h` the proxy resolves the server's name, which is what client-go means by `socks5`.
        proxyUrl: cluster.proxyUrl?.replace(/^socks5:/i, 'socks5h:'),
      },
    ],
    users: [
      {
        name: 'user',
        token,
        certData,
        keyData,
        username: user.username,
        password: user.password,
        authProvider: user.authProvider,
      },
    ],
  });
  const options: RequestOptions = { headers: {}, timeout: connectTimeoutMs };
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw new ClusterError(
      `the credentials of the user "${user.name}" cannot be used: ${(error as Error).message}`,
      `log in again, or correct the user in ${access.origin}`,
      undefined,
      { cause: error },
    );
  }
  if (options.agent) tune(options.agent as Agent, usesTls);
  const { agent, auth, headers } = options;
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(auth ? { auth } : {}),
    headers: { ...(headers as Record<string, string>), ...impersonationHeaders(user.impersonate) },
  };
}

/**
 * Makes the most of a connection: kept open, because a paged list is many requests in a row; and with certificates that
 * are read once, because reading those of a whole system again for each connection takes tens of milliseconds.
 */
function tune(agent: Agent, usesTls: boolean): void {
  (agent as Agent & { keepAlive: boolean }).keepAlive = true;
  if (!usesTls) return;
  const settings = agent.options as SecureContextOptions & { secureContext?: SecureContext };
  const { ca, cert, key } = settings;
  try {
    settings.secureContext = createSecureContext({ ca, cert, key });
  } catch (error) {
    const { message, code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw new TransportError(message, code, false, { cause: error });
  }
  delete settings.ca;
  delete settings.cert;
  delete settings.key;
}

/** The headers of Kubernetes' user impersonation; keys of `extra` are escaped, because header names are tokens. */
export function impersonationHeaders(impersonate: Impersonation | undefined): Record<string, string | string[]> {
  if (!impersonate) return {};
  const headers: Record<string, string | string[]> = { 'Impersonate-User': impersonate.user };
  if (impersonate.uid !== undefined) headers['Impersonate-Uid'] = impersonate.uid;
  if (impersonate.groups.length > 0) headers['Impersonate-Group'] = [...impersonate.groups];
  for (const [key, values] of Object.entries(impersonate.extra)) {
    headers[`Impersonate-Extra-${escapeHeaderKey(key)}`] = [...values];
  }
  return headers;
}

function escapeHeaderKey(key: string): string {
  return [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
