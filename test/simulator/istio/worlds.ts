import type { KubernetesObject, Pod } from '../../../src/lib/resources/types.js';
import type { Program } from '../../../src/lib/simulator/control-plane/program.js';
import type { ClusterChoices, FilterChain, Listener, Route } from '../../../src/lib/simulator/envoy/types.js';
import { istioProgramFor } from '../../../src/lib/simulator/istio/program.js';
import { createIstioWorld, type IstioWorldOptions } from '../../../src/lib/simulator/istio/world.js';
import type { FieldRef } from '../../../src/lib/resources/types.js';

/** Worlds of Istio to ask, and what its control plane makes of them as lines of text. */

export const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
export const REGISTRY_ONLY = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
export const ALLOW_ANY = { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } };

export type Port = readonly [number: number, protocol?: string, targetPort?: number];

/** An object; names tell namespaces apart: `NAMESPACE/NAME`, or a name in `curl`. */
export function object(kind: string, name: string, spec: object | undefined, more: object = {}): KubernetesObject {
  const [own, namespace = 'curl'] = name.split('/').reverse() as [string, string?];
  const apiVersion =
    kind === 'AuthorizationPolicy'
      ? 'security.istio.io/v1'
      : kind === 'Service' || kind === 'Pod'
        ? 'v1'
        : 'networking.istio.io/v1';
  return { apiVersion, kind, metadata: { name: own, namespace, ...more }, ...(spec && { spec }) };
}

export function entry(name: string, hosts: string, ports: readonly Port[], more: object = {}): KubernetesObject {
  const all = ports.map(([number, protocol, targetPort]) => ({
    number,
    name: `p${number}`,
    ...(protocol && { protocol }),
    ...(targetPort && { targetPort }),
  }));
  return object('ServiceEntry', name, { hosts: hosts.split(' '), ports: all, ...more });
}

export function service(
  name: string,
  ports: readonly [number: number, name: string, targetPort?: number | string][],
  more: object = {},
) {
  const all = ports.map(([port, called, targetPort]) => ({ port, name: called, ...(targetPort && { targetPort }) }));
  return object('Service', name, { clusterIP: '10.96.0.1', selector: { app: 'x' }, ports: all, ...more });
}

export function virtualService(name: string, hosts: string, spec: object): KubernetesObject {
  return object('VirtualService', name, { hosts: hosts.split(' '), ...spec });
}

export const to = (host: string, more: object = {}) => ({ route: [{ destination: { host, ...more } }] });

export function pod(labels: Record<string, string> = {}, annotations: Record<string, string> = {}): Pod {
  return { ...object('Pod', 'client', { serviceAccountName: 'curl' }, { labels, annotations }), kind: 'Pod' };
}

export interface Given extends IstioWorldOptions {
  readonly pod?: Pod;
}

export function programOf(objects: readonly KubernetesObject[], { pod: own, ...options }: Given = {}): Program {
  const world = createIstioWorld(objects, { meshConfig: REGISTRY_ONLY, ...options });
  return istioProgramFor(world, SOURCE, own);
}

const place = ({ object: { kind, metadata }, path }: FieldRef): string =>
  kind === 'ConfigMap' ? 'the mesh' : `${kind} ${metadata.name} ${path.join('.')}`;
const choices = (all: ClusterChoices): string =>
  all
    .map(
      ({ clusters, source }) =>
        `${clusters.map(({ name, weight }) => `${name} (${weight})`).join(', ')} by ${place(source)}`,
    )
    .join(' or ');

function chainText({ name, match, target, origin, sources }: FilterChain): string {
  const { destinationPort, prefixRanges, networks, ipv6Networks, serverNames, applicationProtocols } = match;
  if (networks.length + ipv6Networks.length !== prefixRanges.length) throw new Error('ranges do not parse');
  const asked = [...prefixRanges, ...serverNames, ...applicationProtocols].join(' ') || 'anything';
  const led = target.filter === 'tcp_proxy' ? choices(target.clusters) : `routes ${target.routeConfigName}`;
  return `${name}, ${destinationPort}: ${asked} → ${led} [${origin}] of ${sources.map(place).join(' and ')}`;
}

/** Lines about listeners: what connections are asked for, and where they go. */
function listenerText({ filterChains, defaultFilterChain, detection, detectionTimeout, ...more }: Listener): string[] {
  if (more.plaintextOnly !== true || more.detectionDisabledPorts.size !== 0) throw new Error('not one of Istio');
  const waits = detection
    ? `, waits ${detectionTimeout ?? 'without end'}`
    : detectionTimeout
      ? `, ${detectionTimeout}?`
      : '';
  return [...filterChains.map(chainText), `else ${chainText(defaultFilterChain!)}${waits}`];
}

function routeText({ pathRegex, method, headers, clusters, directResponse, notUnderstood, source }: Route): string {
  const asked = [
    ...(pathRegex === '.*' ? [] : [pathRegex]),
    ...(method === null ? [] : [method]),
    ...headers.map(({ name, regex }) => `${name}=${regex}`),
  ].join(' and ');
  const answer =
    directResponse && `${directResponse.status}${directResponse.cluster ? ` behind ${directResponse.cluster}` : ''}`;
  const unread = notUnderstood && `? ${notUnderstood.what} at ${place(notUnderstood.at)}`;
  const led = clusters.length > 0 ? choices(clusters) : undefined;
  return `${asked || 'any'} → ${[unread, answer, led].filter(Boolean).join(' and ')} of ${place(source)}`;
}

/** Lines about the virtual hosts of a route configuration. */
export function routesText(program: Program, name: string): string[] {
  const { virtualHosts, ...settings } = program.routeConfigurations.get(name)!;
  return [
    Object.entries(settings)
      .map(([field, value]) => `${field} ${JSON.stringify(value)}`)
      .join(', '),
    ...virtualHosts.flatMap(({ domains, routes, source }) => [
      `${domains.join(' ')} of ${place(source)}`,
      ...routes.map((route) => `  ${routeText(route)}`),
    ]),
  ];
}

/** A cluster, without its name. */
export function clusterText(program: Program, name: string): string {
  const { limits, name: own, ...cluster } = program.clusters.get(name)!;
  if (limits.length !== 1 || limits[0] !== null || own !== name) throw new Error(`${name} is called ${own}`);
  switch (cluster.kind) {
    case 'dns':
      return `dns ${cluster.host}:${cluster.port}`;
    case 'dynamic-dns':
      return `dynamic-dns ${cluster.port}`;
    case 'static':
      return ['static', ...cluster.endpoints.map(({ address, port }) => `${address}:${port}`)].join(' ');
    case 'original-destination': {
      const closed = [...cluster.closedAt!].map(([at, source]) => `${at} (${place(source)})`);
      return ['as dialled', ...closed].join(' but ');
    }
    case 'mesh-service':
      return `service ${place(cluster.service)}: ${cluster.endpoints}, ${cluster.farSide.others}`;
    case 'closing':
      return `closing: ${cluster.why} at ${place(cluster.at)}`;
  }
}

/** Everything of a program, by what it is called. */
export function programText(program: Program): Record<string, string | string[]> {
  const { sidecar, mode } = program.istio!;
  return Object.fromEntries<string | string[]>([
    [
      `${mode}${sidecar ? ` by ${sidecar.metadata.namespace}/${sidecar.metadata.name}` : ''}`,
      listenerText(program.listener!),
    ] as const,
    ...[...program.boundListeners!].map(([name, listener]) => [`listener ${name}`, listenerText(listener)] as const),
    ...[...program.routeConfigurations.keys()].map((name) => [`routes ${name}`, routesText(program, name)] as const),
    ...[...program.clusters.keys()].map((name) => [name, clusterText(program, name)] as const),
  ]);
}
