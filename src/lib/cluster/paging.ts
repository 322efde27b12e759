import { ClusterError } from '../errors.js';
import type { KubernetesObject } from '../resources/types.js';
import type { Api } from './connection/api.js';
import { apiVersionOf } from '../resources/kinds.js';
import type { ResourceKind } from '../resources/kinds.js';
import { hasStatus } from './errors.js';
import { collectionPath } from './paths.js';
import type { ListQuery } from './types.js';

const defaultPageSize = 500;
/** A million objects of the default size of a page: more than etcd holds. */
const maxPages = 2000;

/**
 * Reads a collection page by page. When the server has forgotten the state that the pages come from (410 Gone, after five
 * minutes by default), everything is read once more in one piece, as client-go does, because pages of two states
 * together could miss an object. Items get the apiVersion and kind that lists leave out.
 */
export async function listAll<T extends KubernetesObject>(
  api: Api,
  kind: ResourceKind<T>,
  query: ListQuery,
): Promise<T[]> {
  try {
    return await readPages(api, kind, query, query.pageSize ?? defaultPageSize);
  } catch (error) {
    if (!hasStatus(error, 410)) throw error;
    return readPages(api, kind, query, undefined);
  }
}

async function readPages<T extends KubernetesObject>(
  api: Api,
  kind: ResourceKind<T>,
  query: ListQuery,
  pageSize: number | undefined,
): Promise<T[]> {
  const namespace = kind.namespaced ? query.namespace : undefined;
  const type = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const items: T[] = [];
  let token: string | undefined;
  for (let pages = 1; ; pages++) {
    const page: Page = await api.send({
      operation: { verb: 'list', kind },
      path: collectionPath(kind, namespace),
      query: {
        labelSelector: query.labelSelector,
        fieldSelector: query.fieldSelector,
        limit: pageSize === undefined ? undefined : String(pageSize),
        continue: token,
      },
      safety: 'read',
      signal: query.signal,
    });
    for (const item of page.items ?? []) items.push({ ...type, ...(item as object) } as T);
    query.onPage?.(items.length);
    const next = page.metadata?.continue || undefined;
    if (next === undefined) return items;
    if (next === token) {
      throw new ClusterError(`the API server sends the same page of ${kind.plural} again and again`, strange);
    }
    if (pages === maxPages) {
      throw new ClusterError(`the API server sends more than ${maxPages} pages of ${kind.plural}`, strange);
    }
    token = next;
  }
}

const strange =
  'ask for less, such as one namespace; and check that the kubeconfig\'s "server" is a Kubernetes API server';

interface Page {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string | null } | null;
}
