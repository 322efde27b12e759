import { ClusterError } from '../../errors.js';
import type { KubeConfig } from '../client-node.js';
import type { Access, Impersonation } from '../kubeconfig/types.js';
import { systemCertificates } from './system-certificates.js';

/** Who asks: what overrides the certificate and the token that the kubeconfig has. */
export interface Credential {
  readonly token?: string | undefined;
  /** PEM. */
  readonly cert?: string | undefined;
  /** PEM. */
  readonly key?: string | undefined;
}

/**
 * One way into one cluster as client-node knows it: for its agents, which speak through proxies, its OpenID Connect, and
 * its streams. Its own impersonation knows users only, so the headers of ours are added to whatever it sets.
 */
export async function kubeConfigFor(
  access: Access,
  credential: Credential,
  env: NodeJS.ProcessEnv,
): Promise<KubeConfig> {
  const { cluster, user } = access;
  const usesTls = cluster.server.startsWith('https:');
  const ca = await authorities(access, env);
  const base64 = (pem: Buffer | string | undefined): string | undefined => pem && Buffer.from(pem).toString('base64');
  // Half a second unbundled: not before it is certain that a server will be asked.
  const { KubeConfig: ClientNodeConfig } = await import('../client-node.js');
  const kubeConfig = new ClientNodeConfig();
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
        token: credential.token,
        certData: base64(credential.cert ?? user.cert),
        keyData: base64(credential.key ?? user.key),
        username: user.username,
        password: user.password,
        authProvider: user.authProvider,
      },
    ],
  });
  const apply = kubeConfig.applyToHTTPSOptions.bind(kubeConfig);
  kubeConfig.applyToHTTPSOptions = async (options) => {
    try {
      await apply(options);
    } catch (error) {
      throw new ClusterError(
        `the credentials of the user "${user.name}" cannot be used: ${(error as Error).message}`,
        `log in again, or correct the user in ${access.origin}`,
        undefined,
        { cause: error },
      );
    }
    options.headers = { ...options.headers, ...impersonationHeaders(user.impersonate) };
  };
  return kubeConfig;
}

/** Who vouches for the server: the kubeconfig's certificates, else the system's; undefined where nobody has to. */
export async function authorities({ cluster }: Access, env: NodeJS.ProcessEnv): Promise<Buffer | string | undefined> {
  if (cluster.ca) return cluster.ca;
  return cluster.server.startsWith('https:') && !cluster.insecureSkipTlsVerify ? systemCertificates(env) : undefined;
}

/** The headers of Kubernetes' user impersonation; keys of `extra` are escaped, because header names are tokens. */
export function impersonationHeaders(impersonate: Impersonation | undefined): Record<string, string | string[]> {
  if (!impersonate) return {};
  const headers: Record<string, string | string[]> = {
    'Impersonate-User': impersonate.user,
    'Impersonate-Group': [...impersonate.groups],
  };
  if (impersonate.uid !== undefined) headers['Impersonate-Uid'] = impersonate.uid;
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
