import { UsageError } from '../errors.js';
import type { KubernetesObject } from '../resources/types.js';
import type { Api } from './connection/api.js';
import type { Operation } from './connection/description.js';
import { isForbidden, isNotFound } from './errors.js';
import { findKind } from '../resources/kinds.js';
import { listAll } from './paging.js';
import { sameObject, withoutHistory } from '../resources/server-fields.js';
import { collectionPath, objectPath } from './paths.js';
import type { ApplyOptions, Cluster, PatchBody, PatchKind, ResourceRef, WriteOptions } from './types.js';

const contentTypes: Readonly<Record<PatchKind | 'apply', string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** The `Cluster` on top of a connected API. */
export function createCluster(api: Api, about: Pick<Cluster, 'server' | 'context' | 'defaultNamespace'>): Cluster {
  const operationOn = (verb: Operation['verb'], { kind, name, namespace }: ResourceRef): Operation => ({
    verb,
    kind,
    name,
    ...(kind.namespaced ? { namespace: namespace ?? about.defaultNamespace } : {}),
  });

  function refOf<T extends KubernetesObject>(object: T): ResourceRef<T> {
    const kind = findKind(object);
    if (!kind) {
      throw new UsageError(
        `osm-ts does not know the kind ${object.kind} of ${object.apiVersion}`,
        'check apiVersion and kind, or write the object with kubectl',
      );
    }
    return { kind, name: object.metadata.name, namespace: object.metadata.namespace };
  }

  async function get<T extends KubernetesObject>(ref: ResourceRef<T>, signal?: AbortSignal): Promise<T> {
    const operation = operationOn('get', ref);
    return (await api.send({
      operation,
      path: objectPath(ref, operation.namespace),
      safety: 'read',
      signal,
    })) as unknown as T;
  }

  async function find<T extends KubernetesObject>(ref: ResourceRef<T>): Promise<T | undefined> {
    try {
      return await get(ref);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  return {
    ...about,
    get,
    find,
    list: (kind, query = {}) => listAll(api, kind, query),

    async create<T extends KubernetesObject>(object: T, options: WriteOptions = {}): Promise<T> {
      const ref = refOf(object);
      const operation = operationOn('create', ref);
      return (await api.send({
        operation,
        method: 'POST',
        path: collectionPath(ref.kind, operation.namespace),
        query: writeQuery(options),
        body: object,
        safety: options.dryRun ? 'read' : 'write',
      })) as unknown as T;
    },

    async patch<T extends KubernetesObject>(
      ref: ResourceRef<T>,
      kind: PatchKind,
      body: PatchBody,
      options: WriteOptions = {},
    ): Promise<T> {
      const operation = operationOn('patch', ref);
      return (await api.send({
        operation,
        method: 'PATCH',
        path: objectPath(ref, operation.namespace),
        query: writeQuery(options),
        body: requireVersion(body, options.resourceVersion),
        contentType: contentTypes[kind],
        // A JSON patch addresses list items by position, which another write may have moved.
        safety: options.dryRun ? 'read' : kind === 'json' || options.resourceVersion !== undefined ? 'write' : 'patch',
      })) as unknown as T;
    },

    async apply<T extends KubernetesObject>(object: T, options: ApplyOptions = {}) {
      const ref = refOf(object);
      const operation = operationOn('patch', ref);
      // Only the state before tells whether the write changed anything; who may not read it still may write.
      const before = await find(ref).catch((error: unknown) => {
        if (isForbidden(error)) return null;
        throw error;
      });
      const version = options.resourceVersion ?? object.metadata.resourceVersion;
      const { metadata, ...rest } = withoutHistory(object);
      const after = (await api.send({
        operation,
        method: 'PATCH',
        path: objectPath(ref, operation.namespace),
        query: { ...writeQuery(options), force: options.force ? 'true' : undefined },
        body: { ...rest, metadata: { ...metadata, resourceVersion: version } },
        contentType: contentTypes.apply,
        safety: options.dryRun ? 'read' : version === undefined ? 'patch' : 'write',
      })) as unknown as T;
      const change =
        before === undefined ? 'created' : before && sameObject(before, after) ? 'unchanged' : 'configured';
      return { object: after, change };
    },

    async delete(ref, options = {}) {
      const operation = operationOn('delete', ref);
      await api.send({
        operation,
        method: 'DELETE',
        path: objectPath(ref, operation.namespace),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          // In the body, because the server ignores the query of a DELETE that has one.
          ...(options.dryRun ? { dryRun: ['All'] } : {}),
          propagationPolicy: options.propagation ?? 'Background',
          ...(options.resourceVersion === undefined
            ? {}
            : { preconditions: { resourceVersion: options.resourceVersion } }),
        },
        safety: options.dryRun ? 'read' : 'write',
      });
    },

    async getText(path) {
      return api.sendForText({ operation: {}, path, safety: 'read' });
    },

    async tunnel() {
      const { createTunnel } = await import('./tunnel.js');
      return createTunnel(api, about.defaultNamespace);
    },
  };
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    dryRun: options.dryRun ? 'All' : undefined,
    fieldManager: options.fieldManager ?? 'osm-ts',
    fieldValidation: options.fieldValidation ?? 'Strict',
  };
}

/**
 * Makes a patch fail with 409 unless the object still has the version. In a JSON patch a `test` would do so with a mere
 * "error in our request", so the version is set instead, which the server takes as the same condition.
 */
function requireVersion(body: PatchBody, resourceVersion: string | undefined): PatchBody {
  if (resourceVersion === undefined) return body;
  if (isOperations(body)) {
    return [...body, { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }];
  }
  return { ...body, metadata: { ...(body['metadata'] as object | undefined), resourceVersion } };
}

function isOperations(body: PatchBody): body is Exclude<PatchBody, Readonly<Record<string, unknown>>> {
  return Array.isArray(body);
}
