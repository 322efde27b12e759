import { InputError, UsageError } from '../errors.js';
import { createCluster } from './client.js';
import { createApi } from './connection/api.js';
import { createCredentials } from './connection/credentials.js';
import { proxyFromEnvironment } from './connection/proxy-environment.js';
import { loadAccess } from './kubeconfig/load.js';
import { isProxyUrl } from './kubeconfig/resolve.js';
import type { Access } from './kubeconfig/types.js';
import type { Cluster, ClusterOptions } from './types.js';

const defaultTimeoutSeconds = 30;
const maxConnectTimeoutMs = 10_000;
/** A plugin may have to ask a server of its own, so it gets more time than a request. */
const minPluginTimeoutMs = 60_000;

/**
 * Finds the cluster by `kubectl`'s rules and prepares to speak to it. Nothing is sent yet, and no credential plugin runs,
 * before the first call.
 * Throws `UsageError` (no such context), `InputError` (a kubeconfig that is malformed, with file and line) or
 * `ClusterError` (no cluster is configured).
 */
export async function connect(options: ClusterOptions = {}, surroundings: Surroundings = {}): Promise<Cluster> {
  const env = options.env ?? process.env;
  const verbose = options.verbose ?? (() => undefined);
  const warn = options.warn ?? verbose;
  const loaded = await loadAccess({
    kubeconfig: options.kubeconfig,
    context: options.context,
    env,
    warn,
    ...surroundings,
  });
  const access = withProxy(loaded, env);
  const timeoutMs = toMilliseconds(options.timeoutSeconds);
  const connectTimeoutMs = Math.min(maxConnectTimeoutMs, timeoutMs);
  verbose(
    `using ${access.cluster.server}, ${access.context === null ? '' : `context "${access.context}" of `}${access.origin}`,
  );
  const credentials = createCredentials(access, {
    env,
    signal: options.signal,
    connectTimeoutMs,
    pluginTimeoutMs: Math.max(timeoutMs, minPluginTimeoutMs),
    terminal: surroundings.terminal,
    verbose,
  });
  const api = createApi({
    access,
    timeoutMs,
    connectTimeoutMs,
    credentials,
    signal: options.signal,
    verbose,
    warn,
  });
  return createCluster(api, {
    server: access.cluster.server,
    context: access.context,
    defaultNamespace: options.namespace ?? access.namespace ?? 'default',
  });
}

/** What tests set in place of the real surroundings. */
export interface Surroundings {
  /** Where a pod's ServiceAccount is mounted. */
  readonly serviceAccountFolder?: string;
  /** Whether a person could answer a credential plugin. */
  readonly terminal?: boolean;
}

function withProxy(access: Access, env: NodeJS.ProcessEnv): Access {
  if (access.cluster.proxyUrl !== undefined) return access;
  const proxyUrl = proxyFromEnvironment(new URL(access.cluster.server), env);
  if (proxyUrl === undefined) return access;
  if (!isProxyUrl(proxyUrl)) {
    throw new InputError(
      'HTTPS_PROXY or HTTP_PROXY is not a URL with the scheme http, https or socks5',
      undefined,
      'correct the variable, or name the API server in NO_PROXY',
    );
  }
  return { ...access, cluster: { ...access.cluster, proxyUrl } };
}

function toMilliseconds(seconds: number = defaultTimeoutSeconds): number {
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new UsageError(
      `the time-out ${seconds} is not a number of seconds`,
      'give 0 (no limit) or a positive number',
    );
  }
  return seconds === 0 ? Infinity : seconds * 1000;
}
