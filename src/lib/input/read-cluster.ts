import type { Cluster, World as Fetched, WorldNeed } from '../cluster/index.js';
import { ClusterError } from '../errors.js';
import { kinds, usualMeshConfigName } from '../resources/kinds.js';
import { MONITORED_BY } from '../resources/labels.js';
import type { NoBearing } from '../resources/collect.js';
import type { Egress, MeshConfig, Resource, UpstreamTrafficSetting, WorkloadKind } from '../resources/types.js';
import type { Reporter } from '../reporter.js';
import { findControlPlane, meshAt } from './control-planes.js';
import { foundElsewhere, usualNames, type MeshNames } from './mesh-names.js';
import { unreadOf, type ClusterUnread } from './unread.js';
import { withSpec } from '../resources/empty-spec.js';
import { networksOf } from '../simulator/address.js';
import { nameOf } from '../simulator/world.js';

/** What a question is about, as far as that decides what has to be read to answer it. */
export interface Question {
  /** Namespaces that matter most: read one by one where the user may not read all at once. */
  namespaces?(defaultNamespace: string): readonly string[];
  /** Namespaces of the clients whose requests are looked at: annotations of their pods decide what is intercepted. */
  clients?(defaultNamespace: string): readonly string[];
  /** The same, for clients that only the policies tell. */
  clientsOf?(policies: readonly Resource[]): readonly string[];
  /** Workloads that are named as clients. */
  workloads?(
    defaultNamespace: string,
  ): readonly { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string }[];
  /** Are the clients' ServiceAccounts looked at? */
  readonly accounts?: boolean;
  /** Requests may go to services of the mesh. Otherwise services count only where a policy may meet one. */
  readonly services?: boolean;
  /** A policy that is not there yet, which may meet a service. */
  readonly planned?: Egress;
  /** Which faulty objects of files decide nothing, so that a warning is enough. */
  noBearing?(defaultNamespace: string): NoBearing;
  /** Warnings about files are a part of the answer: whoever asks tells them. */
  readonly tellsWarnings?: boolean;
  /** Nothing is lost where the cluster has no control plane: only what would become of requests is told less surely. */
  readonly withoutControlPlane?: boolean;
}

export interface ClusterContent {
  /** As they were read, by the object that the simulator gets: one whose spec has the fields that it wants. */
  readonly originals: ReadonlyMap<Resource, Resource>;
  readonly unread: ClusterUnread;
  /** Sentences for a person: what could not be read, what is not installed. */
  readonly notes: readonly string[];
  /** As they were given, or of the control plane that was found. */
  readonly names: MeshNames;
}

/**
 * Reads from a cluster what a question needs, in as few requests as can be: first MeshConfig, namespaces and policies, and what
 * is wanted whatever they say; then what these make necessary. Services count for requests that may go to one, and where a
 * policy may meet one, together with their endpoints, whose ports name the clusters; the pods behind them where TrafficTargets
 * decide, or requests may go there.
 * @throws ClusterError when the cluster cannot be reached, or does not know the kind Egress
 */
export async function readCluster(
  cluster: Cluster,
  question: Question,
  given: MeshNames,
  report: Reporter,
): Promise<ClusterContent> {
  let names = given;
  const { fetchResources } = await import('../cluster/index.js');
  const fallbackNamespaces = [...new Set(question.namespaces?.(cluster.defaultNamespace))];
  const parts: Fetched[] = [];
  const read = async (need: Omit<WorldNeed, 'osmNamespace'>): Promise<void> => {
    const onProgress: WorldNeed['onProgress'] = ({ kind, received }) => report.progress(`reading ${kind}: ${received}`);
    const { osmNamespace } = names;
    parts.push(await fetchResources(cluster, { ...need, osmNamespace, fallbackNamespaces, onProgress }));
  };
  /** What only confirms an answer: where it may not be read, it is assumed. */
  const look = async (need: Omit<WorldNeed, 'osmNamespace'>): Promise<void> => {
    await read({ policies: false, ...need });
    parts.push({ ...parts.pop()!, forbidden: [] });
  };
  const objects = (): Resource[] => parts.flatMap((part) => part.objects).map(withSpec);

  const known = question.clients?.(cluster.defaultNamespace) ?? [];
  const always = question.services === true;
  await read({ ...ofClients(known, question), services: always, trafficTargets: always, trafficSplits: true });
  const missing = parts[0]!.missingKinds.find(({ kind }) => kind === 'Egress');
  if (missing) throw missing.error;
  if (lacksMeshConfig(parts[0]!) && !question.withoutControlPlane) {
    const controlPlane = await findControlPlane(cluster, given);
    const { name, namespace } = controlPlane;
    // a mesh name that nobody named is that of the control plane
    const meshName = given.meshName === usualNames.meshName && name !== '' ? name : given.meshName;
    names = { meshName, osmNamespace: namespace };
    await read({ policies: false, meshConfig: true });
    if (lacksMeshConfig(parts[1]!)) throw meshConfigMissing(names);
    report.note(foundElsewhere(controlPlane));
  } else {
    const mesh = await meshAt(cluster, given);
    if (mesh) {
      names = { ...given, meshName: mesh.name };
      report.note(`the control plane in namespace ${mesh.namespace} is that of mesh ${mesh.name}`);
    }
  }

  const policies = objects();
  const found = question.clientsOf?.(policies) ?? [];
  const meets = !always && mayMeetServices([...policies, ...(question.planned ? [question.planned] : [])]);
  if (meets || found.length > 0) {
    const trafficTargets = meets && !isPermissive(policies);
    await read({ policies: false, ...ofClients(found, question), services: meets, trafficTargets });
  }
  const clients = new Set([...known, ...found]);
  const more = behindServices(objects(), names.meshName, clients);
  if (more.endpoints.namespaces.length + more.pods.namespaces.length > 0) await read({ policies: false, ...more });
  const endpointSlices = { namespaces: withoutEndpoints(objects(), more.endpoints.namespaces) };
  const unseen = (name: string) => always && !clients.has(name) && !more.pods.namespaces.includes(name);
  const pods = { namespaces: more.endpoints.namespaces.filter(unseen) };
  if (endpointSlices.namespaces.length + pods.namespaces.length > 0) await look({ endpointSlices, pods });
  const workloads: Resource[] = [];
  for (const { kind, ...named } of question.workloads?.(cluster.defaultNamespace) ?? []) {
    const workload = await cluster.find({ kind: kinds[kind], ...named });
    if (workload) workloads.push(workload);
  }
  return {
    originals: new Map(
      [...parts.flatMap((part) => part.objects), ...workloads].map((object) => [withSpec(object), object]),
    ),
    unread: unreadOf(parts, fallbackNamespaces),
    notes: notesOn(names.osmNamespace === given.osmNamespace ? parts : parts.slice(1), names.osmNamespace),
    names,
  };
}

function lacksMeshConfig({ missingObjects, missingKinds }: Fetched): boolean {
  return [...missingObjects, ...missingKinds].some(({ kind }) => kind === 'MeshConfig');
}

function meshConfigMissing({ osmNamespace }: MeshNames): ClusterError {
  return new ClusterError(
    `the control plane is in namespace ${osmNamespace}, and there is no MeshConfig ${usualMeshConfigName} there`,
    'kubectl get meshconfigs --all-namespaces names all there are',
    404,
  );
}

function ofClients(namespaces: readonly string[], { accounts }: Question) {
  if (namespaces.length === 0) return {};
  return { pods: { namespaces }, ...(accounts === true && { serviceAccounts: { namespaces } }) };
}

/** What the services of the mesh leave open. */
function behindServices(objects: readonly Resource[], meshName: string, clients: ReadonlySet<string>) {
  const monitored = monitoredNamespaces(objects, meshName);
  const isMember = ({ kind, metadata }: Resource) =>
    kind === 'Service' && monitored.has(metadata.namespace ?? 'default');
  const isDestination = ({ kind }: Resource) => kind === 'TrafficTarget' && !isPermissive(objects);
  return {
    endpoints: { namespaces: namespacesOf(objects, isMember) },
    pods: { namespaces: namespacesOf(objects, isDestination).filter((name) => !clients.has(name)) },
  };
}

/** Namespaces with a Service that has no Endpoints, or may have some that may not be read: EndpointSlices may tell. */
function withoutEndpoints(objects: readonly Resource[], namespaces: readonly string[]): string[] {
  const found = new Set(objects.flatMap((object) => (object.kind === 'Endpoints' ? [nameOf(object)] : [])));
  const lacks = (object: Resource) =>
    object.kind === 'Service' && object.spec.type !== 'ExternalName' && !found.has(nameOf(object));
  return namespacesOf(objects, lacks).filter((name) => namespaces.includes(name));
}

/**
 * The chain of a service stands for one address, which only a policy for one address can meet; a TrafficSplit, or a setting
 * with a bad timeout, may take everything down with it. Egress semantics §3.4, §4.
 */
export function mayMeetServices(objects: readonly Resource[]): boolean {
  return objects.some((object) => {
    if (object.kind === 'TrafficSplit') return true;
    if (object.kind === 'UpstreamTrafficSetting') return mayRefuseClusters(object);
    if (object.kind !== 'Egress') return false;
    return networksOf(object.spec.ipAddresses ?? []).networks.some(({ prefixLength }) => prefixLength === 32);
  });
}

function mayRefuseClusters({ spec }: Partial<UpstreamTrafficSetting>): boolean {
  return spec?.connectionSettings?.tcp?.connectTimeout !== undefined;
}

/** Without permissive mode, TrafficTargets and the accounts of pods decide which services a source has chains for. */
function isPermissive(objects: readonly Resource[]): boolean {
  const meshConfig = objects.find((object): object is MeshConfig => object.kind === 'MeshConfig');
  return meshConfig?.spec?.traffic?.enablePermissiveTrafficPolicyMode === true;
}

function monitoredNamespaces(objects: readonly Resource[], meshName: string): Set<string> {
  const isMember = ({ kind, metadata }: Resource) =>
    kind === 'Namespace' && metadata.labels?.[MONITORED_BY] === meshName;
  return new Set(objects.filter(isMember).map(({ metadata }) => metadata.name));
}

function namespacesOf(objects: readonly Resource[], wanted: (object: Resource) => boolean): string[] {
  return [...new Set(objects.filter(wanted).map(({ metadata }) => metadata.namespace ?? 'default'))];
}

function notesOn(parts: readonly Fetched[], osmNamespace: string): string[] {
  const notes = parts.flatMap(({ forbidden, missingKinds }) =>
    [...forbidden, ...missingKinds].map(({ error }) => error.message),
  );
  const missing = parts.flatMap(({ missingObjects }) => missingObjects).find(({ kind }) => kind === 'MeshConfig');
  if (missing) {
    notes.push(
      `there is no MeshConfig ${missing.name} in namespace ${osmNamespace}, so egress policies are taken to be on (--osm-namespace says where it is)`,
    );
  }
  return [...new Set(notes)];
}
