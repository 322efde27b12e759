import { Agent as HttpAgent } from 'node:http';
import type { Agent, RequestOptions } from 'node:https';
import type { SecureContext } from 'node:tls';
import { InputError } from '../../errors.js';
import { ownFiles } from '../../own-files.js';
import type { OwnFiles } from '../../own-files.js';
import type { Access } from '../kubeconfig/types.js';
import { readBounded } from '../read-bounded.js';
import type { ExecCredential } from './exec-plugin.js';
import { authorities, impersonationHeaders, kubeConfigFor } from './kube-config.js';
import type { Credential } from './kube-config.js';
import { ResumingAgent, contextOf } from './tls-session.js';
import type { Certificates } from './tls-session.js';

export interface CredentialOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Limit for setting up a connection through a proxy. */
  readonly connectTimeoutMs: number;
  /** Limit for an exec plugin that nobody can talk to. */
  readonly pluginTimeoutMs: number;
  /** Whether a person could answer an exec plugin; absent: where standard input is a terminal. */
  readonly terminal?: boolean | undefined;
  /** Milliseconds since the epoch; tests give another clock. */
  readonly now?: () => number;
  /** Where TLS sessions are kept; absent: where the program keeps what it keeps. */
  readonly files?: OwnFiles | undefined;
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

/** Tokens from files are rotated by the kubelet; client-go takes one for good for a minute, and looks ten seconds early. */
const tokenFileTtlMs = 50_000;

/** `access.cluster.proxyUrl` is final: a proxy of the environment has already been put there. */
export function createCredentials(access: Access, options: CredentialOptions): Credentials {
  const { exec, tokenFile } = access.user;
  const now = options.now ?? Date.now;
  let plugin: Promise<ExecCredential> | undefined;
  let fileToken: { readonly text: string; readonly readAt: number } | undefined;
  let current: { readonly identity: string; readonly options: RequestOptions } | undefined;
  let underWay: Promise<RequestOptions> | undefined;

  async function execCredential(): Promise<ExecCredential> {
    if (!exec) return {};
    const known = await plugin?.catch(() => undefined);
    if (known && (known.expires ?? Infinity) > now()) return known;
    options.verbose(`running the credential plugin ${exec.command}`);
    plugin = import('./exec-plugin.js').then(({ runExecPlugin }) =>
      runExecPlugin(exec, access.cluster, { ...options, timeoutMs: options.pluginTimeoutMs }),
    );
    return plugin;
  }

  async function tokenFromFile(): Promise<string | undefined> {
    if (tokenFile === undefined) return undefined;
    if (!fileToken || now() - fileToken.readAt >= tokenFileTtlMs) {
      try {
        const text = (await readBounded(tokenFile)).toString('utf8').trim();
        if (text === '') throw new Error('is empty');
        fileToken = { text, readAt: now() };
      } catch (error) {
        if (fileToken) return fileToken.text;
        if (access.user.token !== undefined) return undefined;
        throw new InputError(
          `the token file ${tokenFile}, which the kubeconfig names, ${(error as Error).message}`,
          undefined,
          `correct tokenFile of the user "${access.user.name}" in ${access.origin}`,
          { cause: error },
        );
      }
    }
    return fileToken.text;
  }

  async function build(): Promise<RequestOptions> {
    const credential = await execCredential();
    const token = credential.token ?? (await tokenFromFile()) ?? access.user.token;
    // A key belongs to its certificate.
    const identity = JSON.stringify([token, credential.cert]);
    if (current?.identity !== identity) {
      current = { identity, options: await applyIdentity(access, { ...credential, token }, options) };
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
  credential: Credential,
  { env, connectTimeoutMs, files = ownFiles() }: CredentialOptions,
): Promise<RequestOptions> {
  const { cluster, user } = access;
  const options: RequestOptions = { timeout: connectTimeoutMs };
  if (cluster.proxyUrl !== undefined || user.authProvider) {
    await (await kubeConfigFor(access, credential, env)).applyToHTTPSOptions(options);
    tune(options.agent as Agent, cluster.server.startsWith('https:'));
  } else await applyPlainly(options, access, credential, env, files);
  const { agent, auth, headers } = options;
  return { agent, auth, headers };
}

/** As client-node does where there is neither a proxy nor OpenID Connect: loading it takes longer than the rest of a request. */
async function applyPlainly(
  options: RequestOptions,
  access: Access,
  { token, cert, key }: Credential,
  env: NodeJS.ProcessEnv,
  files: OwnFiles | undefined,
): Promise<void> {
  const { cluster, user } = access;
  const common = { timeout: options.timeout, keepAlive: true };
  options.agent = cluster.server.startsWith('https:')
    ? new ResumingAgent(
        {
          ...common,
          servername: cluster.tlsServerName,
          ...(cluster.insecureSkipTlsVerify && { rejectUnauthorized: false }),
        },
        { ca: await authorities(access, env), cert: cert ?? user.cert, key: key ?? user.key },
        cluster.server,
        cluster.insecureSkipTlsVerify ? undefined : files,
      )
    : new HttpAgent(common);
  if (user.username) options.auth = `${user.username}:${user.password ?? ''}`;
  options.headers = {
    ...(token && { Authorization: `Bearer ${token}` }),
    ...impersonationHeaders(user.impersonate),
  };
}

/**
 * Makes the most of connections through a proxy: kept open, because a paged list is many requests in a row; and with certificates that
 * are read once, because reading those of a whole system again for each connection takes tens of milliseconds.
 */
function tune(agent: Agent, usesTls: boolean): void {
  (agent as Agent & { keepAlive: boolean }).keepAlive = true;
  if (!usesTls) return;
  const settings = agent.options as { -readonly [Name in keyof Certificates]: Certificates[Name] } & {
    secureContext?: SecureContext;
  };
  const { ca, cert, key } = settings;
  settings.secureContext = contextOf({ ca, cert, key });
  delete settings.ca;
  delete settings.cert;
  delete settings.key;
}
