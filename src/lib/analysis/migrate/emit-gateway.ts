/** What an egress gateway gets: servers, routes, the hosts that it looks up, and who may send what. docs/migrate.md. */
import type { FieldRef } from '../../resources/types.js';
import { distinct, emittedObject, portOf, type Emitted, type EmittedKind } from './emit-parts.js';
import type { Demand, EgressGateway } from './emit-routed.js';
import { inKeyOrder, nameOfHost, objectNames } from './names.js';

/** @returns nothing where nothing is demanded */
export function gatewayResources(gateway: EgressGateway, demands: readonly Demand[]): Emitted[] {
  if (demands.length === 0) return [];
  const { namespace, labels } = gateway;
  const names = objectNames();
  const emitted: Emitted[] = [];
  const add = (kind: EmittedKind, wanted: string, spec: object, some: readonly Demand[]) => {
    const from = distinct(some.flatMap((demand): readonly FieldRef[] => demand.from));
    const object = emittedObject(kind, namespace, names(kind, wanted), spec, from);
    emitted.push(object);
    return object.object.metadata.name;
  };
  for (const [client, own] of groupedBy(demands, (demand) => demand.namespace)) {
    const spec = { selector: { matchLabels: labels }, action: 'ALLOW', rules: own.map(ruleFor) };
    add('AuthorizationPolicy', `egress-${client}`, spec, own);
  }
  const name = add('Gateway', 'osm-egress', { selector: labels, servers: serversFor(demands) }, demands);
  const gateways = [`${namespace}/${name}`];
  // TLS is a stream of bytes to the gateway, of which the name that the sidecar gave is all that it knows
  for (const [host, own] of groupedBy(demands, ({ kind, host: of, serverName }) =>
    kind === 'http' ? of : serverName,
  )) {
    const http = byPort(own, 'http').map(([port]) => ({ match: [{ port }], route: [routeTo(host, port)] }));
    const tcp = byPort(own, 'tls').map(([port, [first]]) => ({
      match: [{ port }],
      route: [routeTo(first!.host, port)],
    }));
    const spec = {
      hosts: [host],
      gateways,
      exportTo: ['.'],
      ...(http.length > 0 && { http }),
      ...(tcp.length > 0 && { tcp }),
    };
    add('VirtualService', `via-${nameOfHost(host)}`, spec, own);
  }
  for (const [host, own] of groupedBy(demands, (demand) => demand.host)) {
    const ports = new Map(byPort(own, 'tls').map(([port]) => [port, portOf('tls', port)]));
    for (const [port] of byPort(own, 'http')) ports.set(port, portOf('http', port));
    const sorted = [...ports].sort(([a], [b]) => a - b).map(([, port]) => port);
    const spec = { hosts: [host], exportTo: ['.'], location: 'MESH_EXTERNAL', resolution: 'DNS', ports: sorted };
    add('ServiceEntry', `via-${nameOfHost(host)}`, spec, own);
  }
  return emitted;
}

/** One for all that is HTTP on a port, and one for each name of TLS: what a server takes as bytes has one way out. */
function serversFor(demands: readonly Demand[]) {
  const tls = { mode: 'ISTIO_MUTUAL' };
  const ofHttp = byPort(demands, 'http').map(([number, own]) => ({
    port: { number, name: `http-${number}`, protocol: 'HTTPS' },
    hosts: [...new Set(own.flatMap(({ host, serverName }) => [host, serverName]))].sort(),
    tls,
  }));
  const ofTls = byPort(demands, 'tls').flatMap(([number, own]) =>
    groupedBy(own, ({ serverName }) => serverName).map(([serverName], index) => ({
      port: { number, name: `tls-${number}-${index + 1}`, protocol: 'TLS' },
      hosts: [serverName],
      tls,
    })),
  );
  return [...ofHttp, ...ofTls];
}

/** Who may send it, by the certificate; and what it is, by the name that the sidecar gave and, of HTTP, by the Host. */
function ruleFor({ kind, host, port, serverName, sources }: Demand) {
  const principals = sources.map(
    ({ namespace, serviceAccount }) => `cluster.local/ns/${namespace}/sa/${serviceAccount}`,
  );
  return {
    from: [{ source: { principals } }],
    ...(kind === 'http' && { to: [{ operation: { hosts: [host, `${host}:${port}`] } }] }),
    when: [{ key: 'connection.sni', values: [serverName] }],
  };
}

function routeTo(host: string, port: number) {
  return { destination: { host, port: { number: port } } };
}

function byPort(demands: readonly Demand[], kind: Demand['kind']): [number, Demand[]][] {
  const own = demands.filter((demand) => demand.kind === kind);
  const ports = [...new Set(own.map(({ port }) => port))].sort((one, other) => one - other);
  return ports.map((port) => [port, own.filter((demand) => demand.port === port)]);
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return inKeyOrder(groups);
}
