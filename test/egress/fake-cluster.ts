import type { Cluster, DeleteOptions, WriteOptions } from '../../src/lib/cluster/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { merged } from '../support/small-api-server.js';

export interface FakeCluster {
  readonly cluster: Cluster;
  readonly calls: string[];
  readonly objects: Map<string, KubernetesObject>;
  /** What a call of a verb throws: the next one, or the one after so many. */
  fail(verb: string, error: Error, after?: number): void;
}

const keyOf = (kind: string, namespace: string | undefined, name: string) => `${kind} ${namespace ?? ''}/${name}`;

interface Ref {
  readonly kind: { readonly kind: string };
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Objects in memory, with the calls that were made; just enough of a cluster to test what is done in which order, and what
 * is there in the end.
 */
export function fakeCluster(initial: readonly KubernetesObject[] = []): FakeCluster {
  const objects = new Map(
    initial.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]),
  );
  const calls: string[] = [];
  const failures = new Map<string, { readonly error: Error; after: number }>();
  const call = (verb: string, what: string): void => {
    calls.push(`${verb} ${what}`);
    const failure = failures.get(verb);
    if (!failure || failure.after-- > 0) return;
    failures.delete(verb);
    throw failure.error;
  };
  let version = 100;
  const store = (object: KubernetesObject): KubernetesObject => {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    objects.set(keyOf(object.kind, object.metadata.namespace, object.metadata.name), stored);
    return stored;
  };
  const current = (ref: Ref, { resourceVersion }: { resourceVersion?: string | undefined }) => {
    const found = objects.get(keyOf(ref.kind.kind, ref.namespace, ref.name));
    if (resourceVersion !== undefined && found?.metadata.resourceVersion !== resourceVersion) {
      throw new ClusterError(`${ref.name} has been changed`, undefined, 409);
    }
    return found;
  };
  const answer = async <T>(body: () => T): Promise<T> => {
    await Promise.resolve();
    return body();
  };
  const cluster = {
    server: 'https://fake.test',
    context: null,
    defaultNamespace: 'curl',
    find: (ref: Ref) =>
      answer(() => {
        call('find', ref.name);
        return objects.get(keyOf(ref.kind.kind, ref.namespace, ref.name));
      }),
    get: (ref: Ref) =>
      answer(() => {
        call('get', ref.name);
        const found = objects.get(keyOf(ref.kind.kind, ref.namespace, ref.name));
        if (!found) throw new ClusterError(`${ref.name} not found`, undefined, 404);
        return found;
      }),
    list: (kind: { kind: string }) =>
      answer(() => {
        call('list', kind.kind);
        return [...objects.values()].filter((object) => object.kind === kind.kind);
      }),
    create: (object: KubernetesObject, { dryRun }: WriteOptions = {}) =>
      answer(() => {
        call('create', `${object.metadata.name}${dryRun ? ' (dry run)' : ''}`);
        return dryRun ? object : store(object);
      }),
    patch: (ref: Ref, kind: string, body: object, options: WriteOptions = {}) =>
      answer(() => {
        call('patch', `${ref.name} ${kind} ${JSON.stringify(body)} ${JSON.stringify(options)}`);
        const found = current(ref, options);
        const patched = merged(found ?? { apiVersion: '', kind: ref.kind.kind, metadata: { name: ref.name } }, body);
        return options.dryRun ? patched : store(patched as KubernetesObject);
      }),
    delete: (ref: Ref, options: DeleteOptions = {}) =>
      answer(() => {
        call('delete', `${ref.name} ${JSON.stringify(options)}`);
        current(ref, options);
        objects.delete(keyOf(ref.kind.kind, ref.namespace, ref.name));
      }),
  } as unknown as Cluster;
  return { cluster, calls, objects, fail: (verb, error, after = 0) => void failures.set(verb, { error, after }) };
}
