import { UNLIMITED, type Cluster, type NotUnderstood } from '../../simulator/envoy/types.js';
import { firstNotUnderstood, type Part } from './part.js';

/** Whether there are endpoints of a name; undefined where the dump has none of any. */
export type EndpointsOf = (service: string) => boolean | undefined;

/** What OSM writes for "as many as you like". */
const MOST = 0xffffffff;

/** Reads a cluster; what of it is not understood is marked there. @throws DumpProblem */
export function readCluster(part: Part, endpointsOf: EndpointsOf): Cluster {
  const name = part.text('name') ?? '';
  const type = part.text('type') ?? 'STATIC';
  const breakers = readLimits(part);
  const assignment = part.part('load_assignment');
  const inline = assignment ? addressesOf(assignment) : NO_ADDRESSES;
  const eds = part.part('eds_cluster_config');
  const service = eds?.text('service_name') ?? name;
  eds?.skip('eds_config');
  part.skip('alt_stat_name', 'lb_policy', 'metadata', 'dns_refresh_rate', 'respect_dns_ttl', 'outlier_detection');
  // one family alone may be the one in which the name has no address
  part.skipIf('dns_lookup_family', 'AUTO', 'V4_PREFERRED', 'ALL');
  if (type === 'EDS') part.skip('transport_socket', 'health_checks');
  const problems = [
    breakers.notUnderstood,
    inline.notUnderstood,
    eds?.notUnderstood('where a cluster has its addresses from'),
    protocolProblem(part.part('typed_extension_protocol_options')),
    part.notUnderstood(`cluster ${name}`),
  ];
  const common = { name, limits: breakers.limits, notUnderstood: firstNotUnderstood(problems) };
  const odd = (what: string): NotUnderstood => ({ what: `${what} of cluster ${name}`, at: part.ref });
  switch (type) {
    case 'ORIGINAL_DST':
      return { ...common, kind: 'original-destination' };
    case 'STRICT_DNS':
    case 'LOGICAL_DNS': {
      const [only, ...others] = inline.addresses;
      if (only && only.host !== '' && others.length === 0) return { ...common, ...only, kind: 'dns' };
      return { ...common, kind: 'dns', host: '', port: 0, notUnderstood: odd('the addresses') };
    }
    case 'EDS':
    case 'STATIC': {
      const some = type === 'EDS' ? endpointsOf(service) : inline.addresses.length > 0;
      const endpoints = some === undefined ? 'not-given' : some ? 'some' : 'none';
      return {
        ...common,
        kind: 'mesh-service',
        service: part.ref,
        endpoints,
        farSide: { others: 'assumed' },
      };
    }
    default:
      return { ...common, kind: 'original-destination', notUnderstood: odd(`the type ${type}`) };
  }
}

/** How Envoy speaks to the other end; filters may stand there too. */
function protocolProblem(options: Part | undefined): NotUnderstood | undefined {
  return firstNotUnderstood(
    Object.keys(options?.value ?? {}).map((type) => {
      if (!options!.has(type) || typeof options!.value[type] !== 'object') {
        return { what: 'how a cluster speaks to its servers', at: options!.refTo(type) };
      }
      const own = options!.part(type)!;
      own.skip('use_downstream_protocol_config', 'explicit_http_config', 'common_http_protocol_options');
      return own.notUnderstood('how a cluster speaks to its servers');
    }),
  );
}

interface ReadLimits {
  readonly limits: Cluster['limits'];
  readonly notUnderstood: NotUnderstood | undefined;
}

/** OSM has one set of limits, of Envoy's default priority. */
function readLimits(part: Part): ReadLimits {
  const breakers = part.part('circuit_breakers');
  const [first, ...others] = breakers?.parts('thresholds') ?? [];
  const limit = (field: string): number | undefined => {
    const value = first?.number(field);
    return value === MOST ? undefined : value;
  };
  const said = Object.entries({
    maxConnections: limit('max_connections'),
    maxPendingRequests: limit('max_pending_requests'),
    maxRequests: limit('max_requests'),
    connectTimeout: part.text('connect_timeout'),
  }).filter(([, value]) => value !== undefined);
  first?.skip('max_retries', 'track_remaining');
  const notUnderstood = firstNotUnderstood([
    others.length > 0 ? { what: 'several sets of a cluster’s limits', at: breakers!.ref } : undefined,
    first?.notUnderstood('a cluster’s limits'),
    breakers?.notUnderstood('a cluster’s limits'),
  ]);
  if (said.length === 0) return { limits: UNLIMITED, notUnderstood };
  return { limits: [{ ...Object.fromEntries(said), source: (first ?? part).ref }], notUnderstood };
}

interface ReadAddresses {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly notUnderstood?: NotUnderstood | undefined;
}

const NO_ADDRESSES: ReadAddresses = { addresses: [] };

/** Every address of a load assignment. */
export function addressesOf(assignment: Part): ReadAddresses {
  const word = 'a cluster’s addresses';
  const problems: (NotUnderstood | undefined)[] = [];
  const addresses = assignment.parts('endpoints').flatMap((locality) => {
    const found = locality.parts('lb_endpoints').map((entry) => {
      const endpoint = entry.part('endpoint');
      const address = endpoint?.part('address');
      const socket = address?.part('socket_address');
      const place = { host: socket?.text('address') ?? '', port: socket?.number('port_value') ?? 0 };
      socket?.skip('protocol');
      // where none is healthy, Envoy takes those that are not
      entry.skip('load_balancing_weight', 'metadata', 'health_status');
      problems.push(...[socket, address, endpoint, entry].map((one) => one?.notUnderstood(word)));
      return place;
    });
    locality.skip('locality', 'load_balancing_weight', 'priority', 'metadata');
    problems.push(locality.notUnderstood(word));
    return found;
  });
  assignment.skip('cluster_name');
  problems.push(assignment.notUnderstood(word));
  return { addresses, notUnderstood: firstNotUnderstood(problems) };
}
