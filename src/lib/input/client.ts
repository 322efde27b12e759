import { sendersIn } from '../analysis/reach/senders.js';
import { ClusterError, UsageError } from '../errors.js';
import { kinds } from '../resources/kinds.js';
import { MONITORED_BY } from '../resources/labels.js';
import { accountOf, clientKindOf, hasEnded, isWorkload, podOf, stands, workloadOf } from '../resources/workloads.js';
import type { Pod, Resource, Workload, WorkloadKind } from '../resources/types.js';
import type { Sender } from '../simulator/request/index.js';
import { nameOf, namespacedName, type Source, type World } from '../simulator/world.js';
import { closest } from '../text/closest.js';
import type { Input } from './load.js';

/** A name as a person gives it, perhaps with its namespace. */
export interface GivenName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Who sends requests, as a person names it. */
export interface ClientName extends GivenName {
  readonly kind: 'ServiceAccount' | 'Pod' | WorkloadKind;
  /** Of a pod, where one is named. */
  readonly container?: string | undefined;
}

/**
 * The client that a command line such as `kubectl exec` tells.
 * @throws UsageError where it tells none that could be looked up
 */
export function clientOfSender({ namespace, workload, container, serviceAccount }: Sender): ClientName {
  if (serviceAccount !== undefined) return { kind: 'ServiceAccount', namespace, name: serviceAccount };
  if (workload === undefined) {
    throw new UsageError(
      'the command line does not tell in which pod it runs',
      'add --from NAMESPACE/SERVICEACCOUNT or --pod NAMESPACE/POD',
    );
  }
  const [, pod] = /^(?:pods?\/|po\/)?([^/]+)$/.exec(workload) ?? [];
  if (pod !== undefined) return { kind: 'Pod', namespace, name: pod, container };
  const [, word = '', name = ''] = /^([^/]+)\/([^/]+)$/.exec(workload) ?? [];
  const kind = clientKindOf(word);
  if (kind !== undefined) return { kind, namespace, name, container };
  throw new UsageError(`the ServiceAccount of ${workload} is not looked up`, 'add --from NAMESPACE/SERVICEACCOUNT');
}

/** How it is known that there is a client: the files have it, the cluster has it, or nothing shows it. */
export type Known = 'given' | 'found' | 'assumed';

export interface Client {
  readonly source: Source;
  /** Set when a workload was named. */
  readonly workload?: Workload | undefined;
  /** Set when a pod was named, or a workload: one of its pods, or the one that it would make. */
  readonly pod?: Pod | undefined;
  /** Set when one of the pod's containers was named. */
  readonly container?: string | undefined;
  readonly known: Known;
  /** Where its namespace comes from. */
  readonly namespaceFrom: 'name' | Input['defaultNamespaceFrom'];
}

/**
 * Finds the client of a request.
 * @throws ClusterError when a cluster that was read does not have its namespace, ServiceAccount or pod; UsageError when the
 *   files alone do not have the pod
 */
export function findClient(input: Input, { kind, name, container, ...given }: ClientName): Client {
  const namespace = given.namespace ?? input.defaultNamespace;
  const namespaceFrom = given.namespace === undefined ? input.defaultNamespaceFrom : 'name';
  requireNamespace(input, namespace);
  if (kind === 'Pod') {
    const pod = input.world.pods.find((candidate) => nameOf(candidate) === namespacedName(namespace, name));
    if (!pod) throw podMissing(input, namespace, name);
    const source = { namespace, serviceAccount: accountOf(pod) };
    requireContainer(input, pod, container);
    return { source, pod, container, known: originOf(input, pod), namespaceFrom };
  }
  if (kind !== 'ServiceAccount') {
    const workload = input.objects.find(
      (object): object is Workload =>
        isWorkload(object) && object.kind === kind && nameOf(object) === namespacedName(namespace, name),
    );
    if (!workload) throw workloadMissing(input, kind, namespace, name);
    const template = podOf(workload);
    const running =
      template &&
      input.world.pods.find(
        (pod) => !workloadOf(pod) && !hasEnded(pod) && inNamespace(pod, namespace) && stands(pod, template),
      );
    const pod = running ?? template;
    const source = { namespace, serviceAccount: pod ? accountOf(pod) : 'default' };
    if (pod) requireContainer(input, pod, container);
    return { source, pod, workload, container, known: originOf(input, workload), namespaceFrom };
  }
  const source = { namespace, serviceAccount: name };
  const evidence = evidenceOf(input, source);
  if (!evidence) requireAccount(input, source);
  return { source, known: evidence ? originOf(input, evidence) : 'assumed', namespaceFrom };
}

/** Every client that the input knows, by name; those that only a policy names are assumed to be there. */
export function knownClients(input: Input): Client[] {
  return sendersIn(input.objects, input.world).map(({ source, evidence }) => ({
    source,
    known: evidence ? originOf(input, evidence as Resource) : 'assumed',
    namespaceFrom: 'name',
  }));
}

/** The mesh that a source's namespace is in, where that is not the world's. */
export function otherMeshOf({ namespaces, meshName }: World, { namespace }: Source): string | undefined {
  const mesh = namespaces.get(namespace)?.metadata.labels?.[MONITORED_BY];
  return mesh === meshName ? undefined : mesh;
}

function inNamespace({ metadata }: Pod, namespace: string): boolean {
  return (metadata.namespace ?? 'default') === namespace;
}

/** What shows that there is a ServiceAccount: itself, or a pod that runs under it. */
function evidenceOf({ objects, world }: Input, { namespace, serviceAccount }: Source): Resource | undefined {
  const here = objects.filter(({ metadata }) => metadata.namespace === namespace);
  return (
    here.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === serviceAccount) ??
    world.pods
      .filter((pod) => inNamespace(pod, namespace) && accountOf(pod) === serviceAccount)
      .map((pod) => workloadOf(pod) ?? pod)[0]
  );
}

function originOf(input: Input, object: Resource): Known {
  return input.manifests?.locate(object) ? 'given' : 'found';
}

/** @throws ClusterError for a namespace that the cluster does not have */
export function requireNamespace({ cluster, world, unread }: Input, namespace: string): void {
  if (!cluster || world.namespaces.has(namespace) || !unread.knows('Namespace', namespace)) return;
  const meant = closest(namespace, world.namespaces.keys());
  throw new ClusterError(
    `there is no namespace ${namespace}`,
    meant === undefined ? 'kubectl get namespaces names all there are' : `did you mean ${meant}?`,
    404,
  );
}

/** The account `default` of a namespace comes by itself. */
function requireAccount({ cluster, objects, world, unread }: Input, { namespace, serviceAccount }: Source): void {
  if (!cluster || unread.kinds.has('ServiceAccount') || serviceAccount === 'default') return;
  const here = objects.filter(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.namespace === namespace);
  const meant = closest(
    serviceAccount,
    here.map(({ metadata }) => metadata.name),
  );
  const elsewhere = sendersIn(objects, world).find(({ source }) => source.serviceAccount === serviceAccount)?.source;
  throw new ClusterError(
    `there is no ServiceAccount ${namespace}/${serviceAccount}`,
    meant !== undefined
      ? `did you mean ${namespace}/${meant}?`
      : elsewhere
        ? `did you mean ${elsewhere.namespace}/${serviceAccount}?`
        : `kubectl get serviceaccounts -n ${namespace} names all there are`,
    404,
  );
}

function workloadMissing({ cluster, objects }: Input, kind: WorkloadKind, namespace: string, name: string) {
  const here = objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace);
  const meant = closest(
    name,
    here.map(({ metadata }) => metadata.name),
  );
  const suggestion = meant === undefined ? undefined : `did you mean ${kind}/${meant}?`;
  if (cluster) {
    const all = `kubectl get ${kinds[kind].plural} -n ${namespace} names all there are`;
    return new ClusterError(`there is no ${kind} ${namespace}/${name}`, suggestion ?? all, 404);
  }
  return new UsageError(
    `${kind} ${namespace}/${name} is not among the resources`,
    suggestion ?? 'give its manifest with -f, name its namespace with -n, or name the ServiceAccount with --from',
  );
}

function requireContainer({ cluster }: Input, pod: Pod, container: string | undefined): void {
  const names = (pod.spec?.containers ?? []).flatMap(({ name }) => name ?? []);
  if (container === undefined || names.length === 0 || names.includes(container)) return;
  const message = `${workloadOf(pod)?.kind ?? 'Pod'} ${nameOf(pod)} has no container ${container}`;
  const hint = `it has: ${names.join(', ')}`;
  throw cluster ? new ClusterError(message, hint, 404) : new UsageError(message, hint);
}

function podMissing({ cluster, world }: Input, namespace: string, name: string): ClusterError | UsageError {
  const here = world.pods.filter((pod) => inNamespace(pod, namespace));
  const running = here.filter((pod) => !workloadOf(pod));
  const meant = closest(
    name,
    (running.length > 0 ? running : here).map(({ metadata }) => metadata.name),
  );
  const suggestion = meant === undefined ? undefined : `did you mean ${namespace}/${meant}?`;
  if (!cluster) {
    return new UsageError(
      `Pod ${namespace}/${name} is not among the resources`,
      suggestion ?? 'give its manifest with -f, or name the ServiceAccount with --from',
    );
  }
  return new ClusterError(
    `there is no Pod ${namespace}/${name}`,
    suggestion ?? `kubectl get pods -n ${namespace} names all there are`,
    404,
  );
}
