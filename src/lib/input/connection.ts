import { existsSync } from 'node:fs';

import { kubeconfigFiles } from '../cluster/kubeconfig/files.js';
import type { Cluster } from '../cluster/types.js';
import { InputError, UsageError } from '../errors.js';
import type { Reporter } from '../reporter.js';

/** Which cluster, and where in it. Absent fields follow kubectl's rules. */
export interface ConnectionOptions {
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context. */
  readonly context?: string | undefined;
  /** Takes the place of the context's namespace. */
  readonly namespace?: string | undefined;
  /** Ends all requests, once aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the connection that a command line describes. The client is loaded now, not before; nothing is sent yet.
 * @throws UsageError, InputError, ClusterError as `connect` does
 */
export async function openCluster(options: ConnectionOptions, report: Reporter): Promise<Cluster> {
  const { connect } = await import('../cluster/index.js');
  const { kubeconfig, context, namespace, signal } = options;
  const verbose = (line: string): void => report.verbose(line);
  const warn = (line: string): void => report.warn(line);
  return connect({ kubeconfig, context, namespace, signal, verbose, warn });
}

/** Does anything name a cluster: an option, or a kubeconfig that is there? */
export function askedForCluster({ kubeconfig, context }: ConnectionOptions): boolean {
  if (kubeconfig !== undefined || context !== undefined) return true;
  const { files, listed } = kubeconfigFiles(process.env);
  return listed || files.some((file) => existsSync(file));
}

/**
 * The namespace that the context of the kubeconfig names, for who works on files: no socket is opened, and the account of a
 * pod that this runs in does not count. What is wrong with a kubeconfig matters only to who names it.
 * @throws UsageError, InputError about the kubeconfig or context that the options name
 */
export async function contextNamespace(options: ConnectionOptions, report: Reporter): Promise<string | undefined> {
  const { kubeconfig, context } = options;
  const isAsked = kubeconfig !== undefined || context !== undefined;
  // The reader of kubeconfigs takes a tenth of a start.
  if (!isAsked && !kubeconfigFiles(process.env).files.some((file) => existsSync(file))) return undefined;
  const { loadAccess } = await import('../cluster/kubeconfig/load.js');
  try {
    const access = await loadAccess({ kubeconfig, context, env: process.env, warn: (line) => report.verbose(line) });
    return access.context === null ? undefined : access.namespace;
  } catch (error) {
    if (isAsked && (error instanceof UsageError || error instanceof InputError)) throw error;
    report.verbose(`no kubeconfig is used: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Which cluster is meant, for questions: `in context "admin" (https://10.0.0.1:6443)`. */
export function contextText({ context, server }: Pick<Cluster, 'context' | 'server'>): string {
  return context === null ? `in the cluster of this pod (${server})` : `in context "${context}" (${server})`;
}
