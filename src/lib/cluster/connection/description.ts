import { qualifiedPlural } from '../../resources/kinds.js';
import type { ResourceKind } from '../../resources/kinds.js';
import type { Access } from '../kubeconfig/types.js';

/** What messages say about the connection. */
export interface ConnectionDescription {
  readonly access: Access;
  /** Limit for a call, in milliseconds; Infinity for none. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** What a request is about, in the words of RBAC, as far as its answer is judged by it; nothing for a path that is no object. */
export interface Operation {
  readonly verb?: 'get' | 'list' | 'create' | 'patch' | 'delete' | undefined;
  readonly kind?: ResourceKind;
  readonly name?: string;
  /** Absent: all namespaces, or a kind that has none. */
  readonly namespace?: string;
}

/** How to see what became of an object. */
export function lookAt({ kind, name, namespace }: Operation): string | undefined {
  if (!kind) return undefined;
  return ['kubectl get', qualifiedPlural(kind), name, ...(namespace ? ['-n', namespace] : []), '-o yaml']
    .filter((word) => word !== undefined)
    .join(' ');
}

/** `the API server https://10.0.0.1:6443`, with the proxy when there is one; never with its password. */
export function describeServer({ access }: ConnectionDescription): string {
  const { server, proxyUrl } = access.cluster;
  if (proxyUrl === undefined) return `the API server ${server}`;
  return `the API server ${server} through the proxy ${withoutPassword(proxyUrl)}`;
}

/** `cluster "c" in FILE`: what to correct. */
export function describeClusterEntry({ access }: ConnectionDescription): string {
  return access.context === null ? access.origin : `cluster "${access.cluster.name}" in ${access.origin}`;
}

/** `user "u" (context "c")`, or the pod's ServiceAccount. */
export function describeUser({ access }: ConnectionDescription): string {
  if (access.context === null) return access.origin;
  return `user "${access.user.name}" (context "${access.context}")`;
}

/** A proxy's URL as far as it may be shown. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
