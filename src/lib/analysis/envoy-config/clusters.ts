import type * as program from '../../simulator/envoy/types.js';
import type { Source } from '../../simulator/world.js';
import type { Cluster, ClusterLoadAssignment, ConfigSource, TypedExtensionConfig } from './types.js';

export const ADS: ConfigSource = { ads: {}, resource_api_version: 'V3' };

export interface Endpoint {
  /** IP address */
  readonly address: string;
  readonly port: number;
}

/** Where the endpoints of the mesh's services come from: the control plane's stream, with mTLS; or these, in plain text. */
export type MeshEndpoints = 'ads' | ((cluster: MeshCluster) => readonly Endpoint[]);
export type MeshCluster = Extract<program.Cluster, { kind: 'mesh-service' }>;

/** A cluster as Envoy configuration. Egress semantics §3.2, §3.4. */
export function envoyCluster(cluster: program.Cluster, source: Source, meshEndpoints: MeshEndpoints): Cluster {
  const { name } = cluster;
  switch (cluster.kind) {
    case 'original-destination':
      return { name, type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', ...limits(cluster.limits) };
    case 'dns': {
      const endpoints = [{ address: cluster.host, port: cluster.port }];
      return {
        name,
        type: 'STRICT_DNS',
        alt_stat_name: name.replace(/[.:]/g, '_'),
        load_assignment: loadAssignment(name, endpoints),
        ...limits(cluster.limits),
      };
    }
    case 'static':
    case 'dynamic-dns':
    case 'closing':
      throw new Error(`OSM makes no cluster such as ${name}`);
    case 'mesh-service':
      return meshEndpoints === 'ads'
        ? {
            name,
            type: 'EDS',
            eds_cluster_config: { eds_config: ADS },
            ...limits(cluster.limits),
            transport_socket: meshTls(cluster, source),
          }
        : {
            name,
            type: 'STATIC',
            load_assignment: loadAssignment(name, meshEndpoints(cluster)),
            ...limits(cluster.limits),
          };
  }
}

function loadAssignment(name: string, endpoints: readonly Endpoint[]): ClusterLoadAssignment {
  const lbEndpoints = endpoints.map(({ address, port }) => ({
    endpoint: { address: { socket_address: { address, port_value: port } } },
  }));
  return { cluster_name: name, endpoints: endpoints.length > 0 ? [{ lb_endpoints: lbEndpoints }] : [] };
}

const UNLIMITED = 0xffffffff;
const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Of several settings that the control plane takes by chance, the first. */
function limits([setting]: program.Cluster['limits']) {
  const unlimited = { max_retries: UNLIMITED, track_remaining: true };
  return {
    ...(setting?.connectTimeout !== undefined && { connect_timeout: setting.connectTimeout }),
    circuit_breakers: {
      thresholds: [
        {
          max_connections: setting?.maxConnections ?? UNLIMITED,
          max_pending_requests: setting?.maxPendingRequests ?? UNLIMITED,
          max_requests: setting?.maxRequests ?? UNLIMITED,
          ...unlimited,
        },
      ],
    },
    typed_extension_protocol_options: {
      [HTTP_PROTOCOL_OPTIONS]: {
        '@type': `type.googleapis.com/${HTTP_PROTOCOL_OPTIONS}`,
        use_downstream_protocol_config: { http2_protocol_options: {} },
      },
    },
  };
}

/** Mutual TLS inside the mesh, with certificates that the control plane hands out. */
function meshTls({ service }: MeshCluster, source: Source): TypedExtensionConfig {
  const { name, namespace = 'default' } = service.object.metadata;
  const secret = (of: string) => ({ name: of, sds_config: ADS });
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      common_tls_context: {
        alpn_protocols: ['osm'],
        tls_certificate_sds_secret_configs: [secret(`service-cert:${source.namespace}/${source.serviceAccount}`)],
        validation_context_sds_secret_config: secret(`root-cert-for-mtls-outbound:${namespace}/${name}`),
      },
      sni: `${name}.${namespace}.svc.cluster.local`,
    },
  };
}
