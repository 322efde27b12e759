import { readAll, type Unread, type UnreadKind } from '../analysis/unread.js';
import type { World as Fetched } from '../cluster/index.js';
import { ClusterError } from '../errors.js';
import type { Snapshot } from '../resources/snapshot.js';

/** What of a cluster could not be read, with the server's words. */
export interface ClusterUnread extends Unread {
  /** The server's words on why a kind cannot be read in a namespace (null: in all at once); undefined when it can. */
  refusal(kind: UnreadKind, namespace: string | null): ClusterError | undefined;
}

export const nothingUnread: ClusterUnread = { ...readAll, refusal: () => undefined };

/** @param tried namespaces that were read one by one where a kind could not be read in all at once */
export function unreadOf(parts: readonly Fetched[], tried: readonly string[]): ClusterUnread {
  const forbidden = parts.flatMap((part) => part.forbidden);
  if (forbidden.length === 0) return nothingUnread;
  /** By kind, then by namespace; all at once is the empty name. */
  const gaps = new Map<string, Map<string, ClusterError>>();
  for (const { kind, namespace, name, error } of forbidden) {
    const gap = gaps.get(kind) ?? new Map<string, ClusterError>();
    gaps.set(kind, gap.set((kind === 'Namespace' ? name : namespace) ?? '', error));
  }
  const refusal = (kind: UnreadKind, namespace: string | null): ClusterError | undefined => {
    const gap = gaps.get(kind);
    const [all] = gap?.values() ?? [];
    if (!gap || namespace === null || kind === 'MeshConfig') return all;
    return gap.get(namespace) ?? (tried.includes(namespace) ? undefined : all);
  };
  return {
    kinds: new Set(gaps.keys()),
    refusal,
    knows: (kind, namespace) => refusal(kind, namespace) === undefined,
  };
}

/** What of an archived cluster could not be read. */
export function unreadOfSnapshot({ gaps }: Snapshot): ClusterUnread {
  const forbidden = gaps.map(({ message, ...gap }) => ({ ...gap, error: new ClusterError(message, undefined, 403) }));
  const tried = gaps.flatMap(({ namespace }) => namespace ?? []);
  return unreadOf([{ objects: [], missingKinds: [], missingObjects: [], forbidden }], tried);
}
