import { UNLIMITED, type Cluster, type ClusterLimits, type NotUnderstood } from '../../simulator/envoy/types.js';
import { firstNotUnderstood, type Part } from './part.js';

/** Whether a cluster of the mesh has endpoints; undefined where the dump has none of any cluster. */
export type EndpointsOf = (cluster: string) => boolean | undefined;

/** What OSM writes for "as many as you like". */
const MOST = 0xffffffff;

/** Reads a cluster; what of it is not understood is marked there. @throws DumpProblem */
export function readCluster(part: Part, endpointsOf: EndpointsOf): Cluster {
  const name = part.text('name') ?? '';
  const type = part.text('type') ?? 'STATIC';
  const limits = readLimits(part);
  const assignment = part.part('load_assignment');
  part.skip('alt_stat_name', 'connect_timeout', 'lb_policy', 'typed_extension_protocol_options', 'metadata');
  part.skip('dns_lookup_family', 'dns_refresh_rate', 'respect_dns_ttl', 'outlier_detection', 'eds_cluster_config');
  if (type === 'EDS') part.skip('transport_socket', 'health_checks');
  const notUnderstood = part.notUnderstood(`cluster ${name}`);
  const odd = (what: string): NotUnderstood => ({ what: `${what} of cluster ${name}`, at: part.ref });
  const common = { name, limits, notUnderstood };
  switch (type) {
    case 'ORIGINAL_DST':
      return { ...common, kind: 'original-destination' };
    case 'STRICT_DNS':
    case 'LOGICAL_DNS': {
      const [only, ...others] = addressesOf(assignment);
      if (only && only.host !== '' && others.length === 0) return { ...common, ...only, kind: 'dns' };
      return { ...common, kind: 'dns', host: '', port: 0, notUnderstood: odd('the addresses') };
    }
    case 'EDS':
    case 'STATIC': {
      const some = type === 'EDS' ? endpointsOf(name) : addressesOf(assignment).length > 0;
      const endpoints = some === undefined ? 'not-given' : some ? 'some' : 'none';
      return { ...common, kind: 'mesh-service', service: part.ref, endpoints, withoutSidecar: undefined };
    }
    default:
      return { ...common, kind: 'original-destination', notUnderstood: firstNotUnderstood([odd(`the type ${type}`)]) };
  }
}

/** The limits of OSM's clusters are those of Envoy's default priority. */
function readLimits(part: Part): Cluster['limits'] {
  const [first] = part.part('circuit_breakers')?.parts('thresholds') ?? [];
  if (!first) return UNLIMITED;
  const limit = (field: string): number | undefined => {
    const value = first.number(field);
    return value === MOST ? undefined : value;
  };
  const [maxConnections, maxPendingRequests, maxRequests] = [
    limit('max_connections'),
    limit('max_pending_requests'),
    limit('max_requests'),
  ];
  if (maxConnections === undefined && maxPendingRequests === undefined && maxRequests === undefined) return UNLIMITED;
  const limits: ClusterLimits = {
    ...(maxConnections !== undefined && { maxConnections }),
    ...(maxPendingRequests !== undefined && { maxPendingRequests }),
    ...(maxRequests !== undefined && { maxRequests }),
    source: first.ref,
  };
  return [limits];
}

/** Every address of a load assignment. */
export function addressesOf(assignment: Part | undefined): { host: string; port: number }[] {
  return (assignment?.parts('endpoints') ?? []).flatMap((locality) =>
    locality.parts('lb_endpoints').map((endpoint) => {
      const address = endpoint.part('endpoint')?.part('address')?.part('socket_address');
      return { host: address?.text('address') ?? '', port: address?.number('port_value') ?? 0 };
    }),
  );
}
