import type { Cluster, ClusterOptions, WorldProgress } from '../cluster/index.js';
import type { MeshConfig, Resource, TrafficTarget } from '../resources/types.js';
import { MONITORED_BY } from '../resources/labels.js';
import { withSpec } from './with-spec.js';

export interface LiveWorld {
  readonly cluster: Cluster;
  readonly objects: readonly Resource[];
  /** Kinds that the user may not read, whole or in part. */
  readonly unreadable: ReadonlySet<Resource['kind']>;
  /** Sentences for a person: what could not be read, what is not installed. */
  readonly notes: readonly string[];
}

export interface LiveOptions extends ClusterOptions {
  readonly osmNamespace: string;
  readonly meshName: string;
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Namespace of the client, whose pods may carry annotations. */
  readonly clientNamespace: (cluster: Cluster) => string;
}

/**
 * Reads from the cluster what a question about egress needs: policies, MeshConfig and namespaces; the client's pods; the
 * services of the mesh with their endpoints, whose ports name the clusters; their pods only where TrafficTargets decide.
 * @throws ClusterError when the cluster cannot be reached
 */
export async function readLiveWorld(options: LiveOptions): Promise<LiveWorld> {
  const { connect, fetchResources } = await import('../cluster/index.js');
  const cluster = await connect(options);
  const client = options.clientNamespace(cluster);
  const base = {
    osmNamespace: options.osmNamespace,
    fallbackNamespaces: [client],
    onProgress: ({ kind, received }: WorldProgress) => options.onProgress?.(`reading ${kind}: ${received}`),
  };
  const first = await fetchResources(cluster, {
    ...base,
    pods: { namespaces: [client] },
    services: true,
    trafficTargets: true,
    trafficSplits: true,
  });
  const monitored = monitoredNamespaces(first.objects, options.meshName);
  const withServices = namespacesOf(first.objects, ({ kind }) => kind === 'Service').filter((name) =>
    monitored.has(name),
  );
  const destinations = isPermissive(first.objects)
    ? []
    : namespacesOf(first.objects, isTrafficTarget).filter((name) => name !== client);
  const more =
    withServices.length + destinations.length > 0
      ? await fetchResources(cluster, {
          ...base,
          policies: false,
          endpoints: { namespaces: withServices },
          pods: { namespaces: destinations },
        })
      : undefined;
  const parts = more ? [first, more] : [first];
  const forbidden = parts.flatMap((part) => part.forbidden);
  const missingKinds = parts.flatMap((part) => part.missingKinds);
  return {
    cluster,
    objects: parts.flatMap((part) => part.objects).map(withSpec),
    unreadable: new Set(forbidden.map(({ kind }) => kind as Resource['kind'])),
    notes: [
      ...new Set([...forbidden.map(({ error }) => error.message), ...missingKinds.map(({ error }) => error.message)]),
    ],
  };
}

function isPermissive(objects: readonly Resource[]): boolean {
  const meshConfig = objects.find((object): object is MeshConfig => object.kind === 'MeshConfig');
  return meshConfig?.spec?.traffic?.enablePermissiveTrafficPolicyMode === true;
}

function isTrafficTarget(object: Resource): object is TrafficTarget {
  return object.kind === 'TrafficTarget';
}

function monitoredNamespaces(objects: readonly Resource[], meshName: string): Set<string> {
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
  return new Set(
    namespaces
      .filter(({ metadata }) => metadata.labels?.[MONITORED_BY] === meshName)
      .map(({ metadata }) => metadata.name),
  );
}

function namespacesOf(objects: readonly Resource[], wanted: (object: Resource) => boolean): string[] {
  return [...new Set(objects.filter(wanted).map(({ metadata }) => metadata.namespace ?? 'default'))];
}
