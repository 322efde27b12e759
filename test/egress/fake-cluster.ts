import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';

export interface FakeCluster {
  readonly cluster: Cluster;
  readonly calls: string[];
  readonly objects: Map<string, KubernetesObject>;
  /** What the next call of a verb throws. */
  fail(verb: string, error: Error): void;
}

const keyOf = (kind: string, namespace: string | undefined, name: string) => `${kind} ${namespace ?? ''}/${name}`;

/** Objects in memory, with the calls that were made; just enough of a cluster to test what is done in which order. */
export function fakeCluster(initial: readonly KubernetesObject[] = []): FakeCluster {
  const objects = new Map(
    initial.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]),
  );
  const calls: string[] = [];
  const failures = new Map<string, Error>();
  const call = (verb: string, what: string): void => {
    calls.push(`${verb} ${what}`);
    const failure = failures.get(verb);
    failures.delete(verb);
    if (failure) throw failure;
  };
  const answer = async <T>(body: () => T): Promise<T> => {
    await Promise.resolve();
    return body();
  };
  const cluster = {
    server: 'https://fake.test',
    context: null,
    defaultNamespace: 'curl',
    find: (ref: { kind: { kind: string }; name: string; namespace?: string }) =>
      answer(() => {
        call('find', ref.name);
        return objects.get(keyOf(ref.kind.kind, ref.namespace, ref.name));
      }),
    get: (ref: { kind: { kind: string }; name: string; namespace?: string }) =>
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
    create: (object: KubernetesObject, { dryRun }: { dryRun?: boolean }) =>
      answer(() => {
        call('create', `${object.metadata.name}${dryRun ? ' (dry run)' : ''}`);
        return object;
      }),
    patch: (ref: { name: string }, kind: string, body: unknown, options: object) =>
      answer(() => {
        call('patch', `${ref.name} ${kind} ${JSON.stringify(body)} ${JSON.stringify(options)}`);
        return { apiVersion: '', kind: kinds.Egress.kind, metadata: { name: ref.name } };
      }),
    delete: (ref: { name: string }, options: object) =>
      answer(() => {
        call('delete', `${ref.name} ${JSON.stringify(options)}`);
      }),
  } as unknown as Cluster;
  return { cluster, calls, objects, fail: (verb, error) => void failures.set(verb, error) };
}
