import type { Cluster, ClusterOptions, World as Fetched } from '../cluster/index.js';
import type { Manifests } from '../resources/index.js';
import type { Egress, KubernetesObject, Resource, Locate, UpstreamTrafficSetting } from '../resources/types.js';
import { parseCidr } from '../simulator/address.js';
import { createWorld, type World, type WorldOptions } from '../simulator/world.js';
import { readAll, unreadOf, type Unread } from './unread.js';
import { withSpec } from './with-spec.js';

/** Where policies come from. The names are those of the flags. */
export interface PolicySourceOptions {
  filename?: readonly string[] | undefined;
  recursive?: boolean | undefined;
  'mesh-name': string;
  'osm-namespace': string;
  namespace?: string | undefined;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  verbose?: ((line: string) => void) | undefined;
  warn?: ((line: string) => void) | undefined;
  /** Default: the cluster where no file is given. `always` lays the files over it, `never` leaves nothing but files. */
  cluster?: 'without-files' | 'always' | 'never';
  /** An open connection to use. */
  connection?: Cluster | undefined;
  /** Namespaces to read one by one where the user may not read all at once, besides the default namespace. */
  fallbackNamespaces?: readonly string[];
  /** A policy that is not there yet, which may meet what otherwise would not matter. */
  planned?: Egress;
  /** Namespaces whose pods are read too, because their annotations decide what is intercepted, and whose ServiceAccounts. */
  clientNamespaces?: (objects: readonly Resource[]) => readonly string[];
}

/** Everything that decides what the policies do. */
export interface PolicyWorld {
  readonly world: World;
  readonly objects: readonly Resource[];
  readonly worldOptions: WorldOptions;
  readonly unread: Unread;
  readonly cluster: Cluster | undefined;
  /** Where an object without namespace lives. */
  readonly defaultNamespace: string;
  readonly locate: Locate;
  /** Does the object come from the cluster? */
  isLive(object: KubernetesObject): boolean;
  /** The object as it was read, for printing. */
  raw(object: KubernetesObject): KubernetesObject;
  /** The same with one more object of the cluster. */
  with(object: Egress): PolicyWorld;
  /** What a person should know about the input. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads policies and everything that they depend on.
 * @throws UsageError, InputError, ClusterError; a kind or right that is missing is data (`unread`, `notes`) unless it is the
 *   policies' own kind that the cluster does not have
 */
export async function loadPolicyWorld(options: PolicySourceOptions): Promise<PolicyWorld> {
  const manifests = await readFiles(options);
  const wanted = options.cluster ?? 'without-files';
  const live = wanted === 'always' || (wanted === 'without-files' && !manifests) ? await readLive(options) : undefined;
  return createPolicyWorld(live?.objects ?? [], {
    files: manifests?.objects ?? [],
    worldOptions: { meshName: options['mesh-name'], osmNamespace: options['osm-namespace'] },
    unread: live?.unread ?? readAll,
    cluster: live?.cluster,
    defaultNamespace: options.namespace ?? live?.cluster.defaultNamespace ?? 'default',
    locate: (object, path) => manifests?.locate(object, path),
    notes: [...notesOnFiles(manifests), ...(live?.notes ?? [])],
    warnings: (manifests?.warnings ?? []).map(({ message }) => message),
  });
}

type Parts = Omit<PolicyWorld, 'world' | 'objects' | 'isLive' | 'raw' | 'with'> & {
  readonly files: readonly Resource[];
};

function createPolicyWorld(live: readonly Resource[], { files, ...parts }: Parts): PolicyWorld {
  const originals = new Map<KubernetesObject, KubernetesObject>();
  const objects = live.map((object) => {
    const whole = withSpec(object);
    originals.set(whole, object);
    return whole;
  });
  const all = [...objects, ...files];
  return {
    ...parts,
    world: createWorld(all, parts.worldOptions),
    objects: all,
    isLive: (object) => originals.has(object),
    raw: (object) => originals.get(object) ?? object,
    with: (object) => createPolicyWorld([...live, object], { files, ...parts }),
  };
}

/** Opens the connection that the flags describe. Nothing is sent yet. @throws UsageError, InputError, ClusterError */
export async function openCluster(options: PolicySourceOptions): Promise<Cluster> {
  if (options.connection) return options.connection;
  const { connect } = await import('../cluster/index.js');
  const { kubeconfig, context, namespace, verbose, warn } = options;
  return connect({ kubeconfig, context, namespace, verbose, warn } satisfies ClusterOptions);
}

async function readFiles({ filename, recursive, namespace }: PolicySourceOptions): Promise<Manifests | undefined> {
  if (!filename || filename.length === 0) return undefined;
  const { readManifests } = await import('../resources/index.js');
  return readManifests({ filenames: filename, recursive: recursive === true, defaultNamespace: namespace });
}

interface Live {
  readonly cluster: Cluster;
  readonly objects: readonly Resource[];
  readonly unread: Unread;
  readonly notes: readonly string[];
}

async function readLive(options: PolicySourceOptions): Promise<Live> {
  const { fetchResources } = await import('../cluster/index.js');
  const cluster = await openCluster(options);
  const fallbackNamespaces = [...new Set([cluster.defaultNamespace, ...(options.fallbackNamespaces ?? [])])];
  const base = { osmNamespace: options['osm-namespace'], fallbackNamespaces };
  const first = await fetchResources(cluster, { ...base, trafficSplits: true });
  const missing = first.missingKinds.find(({ kind }) => kind === 'Egress');
  if (missing) throw missing.error;
  const clients = { namespaces: options.clientNamespaces?.(first.objects.map(withSpec)) ?? [] };
  const withServices = mayMeetServices([...first.objects, ...(options.planned ? [options.planned] : [])]);
  const services = withServices && { services: true, endpoints: true, trafficTargets: !isPermissive(first) };
  const more = { pods: withServices && !isPermissive(first) ? true : clients, serviceAccounts: clients };
  const second =
    withServices || clients.namespaces.length > 0
      ? [await fetchResources(cluster, { ...base, policies: false, ...services, ...more })]
      : [];
  const parts = [first, ...second];
  return {
    cluster,
    objects: parts.flatMap((part) => part.objects),
    unread: unreadOf(parts, fallbackNamespaces),
    notes: notesOnCluster(parts, options['osm-namespace']),
  };
}

/**
 * The chain of a service stands for one address, which only a policy for one address can meet; a TrafficSplit, or a setting
 * with a bad timeout, may take everything down with it. Egress semantics §3.4, §4.
 */
function mayMeetServices(objects: readonly Resource[]): boolean {
  return objects.some((object) => {
    if (object.kind === 'TrafficSplit') return true;
    if (object.kind === 'UpstreamTrafficSetting') return mayRefuseClusters(object);
    return object.kind === 'Egress' && rangesOf(object).some((range) => (parseCidr(range)?.prefixLength ?? 0) === 32);
  });
}

function mayRefuseClusters({ spec }: Partial<UpstreamTrafficSetting>): boolean {
  return spec?.connectionSettings?.tcp?.connectTimeout !== undefined;
}

function rangesOf(policy: Partial<Egress>): readonly string[] {
  return policy.spec?.ipAddresses ?? [];
}

/** Without permissive mode, TrafficTargets and the accounts of pods decide which services a source has chains for. */
function isPermissive({ objects }: Fetched): boolean {
  return objects.some(
    (object) => object.kind === 'MeshConfig' && object.spec?.traffic?.enablePermissiveTrafficPolicyMode === true,
  );
}

function notesOnFiles(manifests: Manifests | undefined): string[] {
  if (!manifests || manifests.skipped.size === 0) return [];
  const kinds = [...manifests.skipped];
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [`skipped ${total} object${total === 1 ? '' : 's'} of other kinds: ${list}`];
}

function notesOnCluster(parts: readonly Fetched[], osmNamespace: string): string[] {
  const notes = parts.flatMap(({ forbidden, missingKinds }) => [
    ...forbidden.map(({ error }) => error.message),
    ...missingKinds.map(({ error }) => error.message),
  ]);
  const missing = parts.flatMap(({ missingObjects }) => missingObjects).find(({ kind }) => kind === 'MeshConfig');
  if (missing) {
    notes.push(
      `there is no MeshConfig ${missing.name} in namespace ${osmNamespace}, so egress policies are taken to be on (--osm-namespace says where it is)`,
    );
  }
  return [...new Set(notes)];
}
