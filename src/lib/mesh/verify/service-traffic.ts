import type { DumpNames, NamedChain } from '../../analysis/envoy-dump/names.js';
import type { Pod, Service } from '../../resources/types.js';
import { accountOf } from '../../resources/workloads.js';
import { meshClusterName, type MeshService } from '../../simulator/control-plane/mesh-services.js';
import { cidrContains } from '../../text/ip.js';
import { podText, type PodName } from './steps.js';

/** A service of the mesh, the pod behind it or before it, and the ports that the control plane sees. */
export interface ServiceTraffic {
  readonly service: Service;
  readonly ports: readonly MeshService[];
}

/** Which filter OSM gives a protocol. */
const FILTERS: Readonly<Record<string, string>> = {
  http: 'http_connection_manager',
  grpc: 'http_connection_manager',
  tcp: 'tcp_proxy',
  https: 'tcp_proxy',
  'tcp-server-first': 'tcp_proxy',
};
const ROUTED: ReadonlySet<string> = new Set(['http', 'grpc']);

const nameOf = ({ service: { metadata } }: ServiceTraffic): string =>
  `${metadata.namespace ?? 'default'}/${metadata.name}`;
const setText = (texts: Iterable<string>): string => `Set{${[...texts].sort().join(', ')}}`;

/** Is a listener there and active? Undefined: it is. */
export function listenerProblem(
  { listeners }: DumpNames,
  direction: 'outbound' | 'inbound',
  pod: PodName,
): string | undefined {
  const name = `${direction}-listener`;
  const [word, side] = direction === 'outbound' ? ['Outbound', 'source'] : ['Inbound', 'destination'];
  const what = `${word} listener "${name}" on ${side} pod "${podText(pod)}"`;
  if (!listeners.has(name)) return `${word} listener "${name}" not found on ${side} pod "${podText(pod)}"`;
  return listeners.get(name) === undefined ? `${what} is not active` : undefined;
}

/** What keeps a pod from sending to a service, by the names in its proxy's dump (osm-cli §13.1, source checks 4 to 7). */
export function outboundProblem(
  names: DumpNames,
  traffic: ServiceTraffic,
  source: Pod,
  pod: PodName,
): string | undefined {
  const service = nameOf(traffic);
  const chains = names.listeners.get('outbound-listener') ?? [];
  for (const port of traffic.ports) {
    const name = `outbound_${port.namespace}/${port.name}_${port.port}_${port.protocol}`;
    const problem = chainProblem(chains, name, port.port, port.protocol, port.addresses);
    if (problem) return `Did not find matching outbound filter chain for service "${service}": ${problem}`;
  }
  for (const { protocol, port, name, namespace } of traffic.ports) {
    const problem = ROUTED.has(protocol) && domainProblem(names, `rds-outbound.${port}`, { name, namespace });
    if (problem) return `Did not find matching outbound route configuration for service "${service}": ${problem}`;
  }
  for (const { name, namespace, targetPort } of traffic.ports) {
    const cluster = meshClusterName(namespace, name, targetPort);
    if (!names.clusters.has(cluster))
      return `Did not find matching outbound cluster for service "${service}": cluster ${cluster} not found`;
  }
  const secrets = [`service-cert:${accountText(source)}`, `root-cert-for-mtls-outbound:${service}`];
  const missing = secrets.filter((secret) => !names.secrets.has(secret));
  if (missing.length === 0) return undefined;
  return `Client TLS secret not found for pod "${podText(pod)}": expected secrets ${setText(missing)} not found`;
}

/** What keeps a pod from being reached as part of a service (osm-cli §13.1, destination checks). */
export function inboundProblem(
  names: DumpNames,
  traffic: ServiceTraffic,
  destination: Pod,
  pod: PodName,
): string | undefined {
  const service = nameOf(traffic);
  const chains = names.listeners.get('inbound-listener') ?? [];
  for (const port of traffic.ports) {
    const name = `inbound_${port.namespace}/${port.name}_${port.targetPort}_${port.protocol}`;
    const problem = chainProblem(chains, name, port.targetPort, port.protocol);
    if (problem) return `Did not find matching inbound filter chain for service "${service}": ${problem}`;
  }
  for (const { protocol, targetPort, name, namespace } of traffic.ports) {
    const problem = ROUTED.has(protocol) && domainProblem(names, `rds-inbound.${targetPort}`, { name, namespace });
    if (problem) return `Did not find matching inbound route configuration for service "${service}": ${problem}`;
  }
  for (const { name, namespace, targetPort } of traffic.ports) {
    const cluster = `${meshClusterName(namespace, name, targetPort)}|local`;
    if (!names.clusters.has(cluster))
      return `Did not find matching inbound cluster for service "${service}": cluster ${cluster} not found`;
  }
  const account = accountText(destination);
  const secrets = [`service-cert:${account}`, `root-cert-for-mtls-inbound:${account}`];
  const missing = secrets.filter((secret) => !names.secrets.has(secret));
  if (missing.length === 0) return undefined;
  return `Server TLS secret not found for pod "${podText(pod)}": expected secrets ${setText(missing)} not found`;
}

/**
 * What keeps an ingress controller from reaching a pod (osm-cli §13.5, 5), by the name that the control plane gives the chain.
 * @param clients addresses of the controller's pods, or why there are none
 */
export function ingressProblem(
  { listeners }: DumpNames,
  traffic: ServiceTraffic,
  { port, protocol }: { readonly port: number; readonly protocol: string },
  clients: readonly string[] | { readonly problem: string },
): string | undefined {
  const { metadata } = traffic.service;
  const problem =
    'problem' in clients
      ? clients.problem
      : ingressChainProblem(
          listeners.get('inbound-listener') ?? [],
          `ingress_${metadata.namespace ?? 'default'}/${metadata.name}_${port}_${protocol}`,
          clients,
        );
  return problem && `Did not find matching inbound filter chain for ingress "${nameOf(traffic)}": ${problem}`;
}

function ingressChainProblem(
  chains: readonly NamedChain[],
  wanted: string,
  clients: readonly string[],
): string | undefined {
  // the protocol is written as in the IngressBackend, in capitals or not
  const chain = chains.find(({ name }) => name.toLowerCase() === wanted);
  if (!chain) return `ingress filter chain ${wanted} not found`;
  if (chain.sources.length === 0) return undefined;
  const missing = clients.find((client) => !chain.sources.some((range) => cidrContains(range, client)));
  return missing && `service endpoint ${missing} was not found in the ingress inbound filter chain`;
}

function accountText(pod: Pod): string {
  return `${pod.metadata.namespace ?? 'default'}/${accountOf(pod)}`;
}

function chainProblem(
  chains: readonly NamedChain[],
  name: string,
  port: number,
  protocol: string,
  addresses?: readonly string[],
): string | undefined {
  const chain = chains.find((one) => one.name === name);
  if (!chain) return `filter chain match ${name} not found`;
  if (chain.destinationPort !== port) return `filter chain match not found for port ${port}`;
  if (addresses && setText(addresses) !== setText(chain.prefixes))
    return `filter chain match not found for IP ranges ${setText(addresses)}, found ${setText(chain.prefixes)}`;
  const filter = FILTERS[protocol];
  if (filter === undefined) return `unsupported protocol ${protocol}`;
  return chain.filters.includes(filter) ? undefined : `filter ${filter} not found`;
}

function domainProblem(
  { domains }: DumpNames,
  table: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): string | undefined {
  const found = domains.get(table);
  const domain = `${name}.${namespace}.svc.cluster.local`;
  if (!found) return `route configuration ${table} not found`;
  return found.has(domain) ? undefined : `virtual host for domain ${domain} not found`;
}
