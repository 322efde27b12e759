import type { Egress, FieldRef, KubernetesObject, Pod } from '../../resources/types.js';
import { fieldRef, type Source, type World } from '../world.js';
import {
  UNLIMITED,
  type Cluster,
  type FilterChain,
  type ProxyConfiguration,
  type RouteConfiguration,
} from '../envoy/types.js';
import { egressConfigurationOf, egressRouteConfigName } from './egress.js';
import { inboundOf, podsOfSource } from './inbound.js';
import { meshConfigurationOf } from './mesh.js';
import type { Notice } from './notices.js';

const PASSTHROUGH_CLUSTER = 'passthrough-outbound';

/** What of Istio's resources holds for all connections of a proxy. */
export interface IstioFacts {
  /** What becomes of connections that nothing is registered for, and what says so. */
  readonly mode: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  readonly modeAt: FieldRef;
  /** The Sidecar that counts. */
  readonly sidecar: KubernetesObject | undefined;
  /** Kinds without all of whose objects nothing can be told. */
  readonly decisiveKinds: readonly string[];
  /** Places that close a connection without a certificate of the mesh, by `address:port`. */
  readonly certified: ReadonlyMap<string, FieldRef>;
  /** Objects about which the webhook has something to say. */
  readonly admissions: readonly {
    readonly object: KubernetesObject;
    readonly error?: string;
    readonly warning?: string;
  }[];
}

export interface Program extends ProxyConfiguration {
  readonly notices: readonly Notice[];
  /** Policies that take effect, in input order. */
  readonly applied: readonly Egress[];
  /** Istio's control plane made the program; undefined: OSM's did. */
  readonly istio?: IstioFacts;
}

/**
 * What the control plane sends to the proxies of a ServiceAccount. Egress semantics §3.1.
 * @param pods whose proxies; default: all of the ServiceAccount
 */
export function programFor(world: World, source: Source, pods: readonly Pod[] = podsOfSource(world, source)): Program {
  const inbound = inboundOf(world, source, pods);
  const mesh = meshConfigurationOf(world, source);
  const egress = world.egressPolicyEnabled ? egressConfigurationOf(world, source) : undefined;
  const filterChains = [...mesh.filterChains, ...(egress?.filterChains ?? [])];
  const defaultFilterChain = world.meshWideEgress ? passThrough(world) : undefined;

  const routeConfigurations = new Map<string, RouteConfiguration>(mesh.routeConfigurations);
  for (const [port, virtualHosts] of egress?.virtualHosts ?? []) {
    const name = egressRouteConfigName(port);
    routeConfigurations.set(name, { name, port, origin: 'egress', virtualHosts });
  }

  const clusters = new Map<string, Cluster>(mesh.clusters);
  for (const [name, cluster] of egress?.clusters ?? []) clusters.set(name, cluster);
  if (defaultFilterChain) {
    clusters.set(PASSTHROUGH_CLUSTER, { kind: 'original-destination', name: PASSTHROUGH_CLUSTER, limits: UNLIMITED });
  }

  return {
    listener:
      filterChains.length === 0 && !defaultFilterChain
        ? undefined
        : {
            filterChains,
            defaultFilterChain,
            detection: world.egressPolicyEnabled,
            undecodableBeside: inbound.portUnknown,
            detectionDisabledPorts: new Map([...mesh.serverFirstPorts, ...(egress?.serverFirstPorts ?? [])]),
          },
    routeConfigurations,
    clusters,
    inbound: inbound.routes,
    notices: egress?.notices ?? [],
    applied: egress?.applied ?? [],
  };
}

function passThrough(world: World): FilterChain {
  const source = fieldRef(world.meshConfig!, 'spec', 'traffic', 'enableEgress');
  return {
    name: 'mesh-wide egress',
    origin: 'mesh-wide-egress',
    match: {
      destinationPort: 0,
      prefixRanges: [],
      networks: [],
      ipv6Networks: [],
      serverNames: [],
      applicationProtocols: [],
    },
    target: { filter: 'tcp_proxy', clusters: [{ clusters: [{ name: PASSTHROUGH_CLUSTER, weight: 100 }], source }] },
    sources: [source],
  };
}
