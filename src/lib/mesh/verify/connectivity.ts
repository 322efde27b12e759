import type { DumpNames } from '../../analysis/envoy-dump/names.js';
import { isNotFound } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { kinds, usualMeshConfigName } from '../../resources/kinds.js';
import type { MeshConfig, Pod, Resource, Service } from '../../resources/types.js';
import { accountOf } from '../../resources/workloads.js';
import { meshServicesOf } from '../../simulator/control-plane/mesh-services.js';
import { createWorld, type World } from '../../simulator/world.js';
import { verifyExternal, type ExternalTraffic } from './external-traffic.js';
import { proxyConfigOf, type ProxyConfig, type ProxyOptions } from './proxy-config.js';
import { failure, success, together, unknown, type Verification } from './result.js';
import { inboundProblem, listenerProblem, outboundProblem, type ServiceTraffic } from './service-traffic.js';
import { notFound, podText, verifyNamespace, verifySidecar, type PodName } from './steps.js';
import { verifyPath } from './service-path.js';

export interface VerifyOptions extends ProxyOptions {
  readonly meshName: string;
  readonly osmNamespace: string;
}

/** Where a pod should be able to send something. */
export type Destination =
  | ({ readonly kind: 'external' } & ExternalTraffic)
  | { readonly kind: 'pod'; readonly pod: PodName; readonly service: string; readonly protocol: string };

/**
 * Answers `verify connectivity` (osm-cli §13.2).
 * @throws ClusterError when the MeshConfig cannot be read
 */
export async function verifyConnectivity(
  cluster: Cluster,
  source: PodName,
  destination: Destination,
  options: VerifyOptions,
): Promise<Verification> {
  const config = await meshConfigOf(cluster, options.osmNamespace);
  const { meshName } = options;
  if (destination.kind === 'external') {
    return together(`Verify if pod "${podText(source)}" can access external service on port ${destination.port}`, [
      await verifyNamespace(cluster, source.namespace, meshName),
      await verifySidecar(cluster, source),
      await externalConfig(cluster, source, destination, config, options),
    ]);
  }
  const { pod, service } = destination;
  return together(
    `Verify if pod "${podText(source)}" can access pod "${podText(pod)}" for service "${pod.namespace}/${service}"`,
    [
      await verifyNamespace(cluster, source.namespace, meshName),
      await verifyNamespace(cluster, pod.namespace, meshName),
      await verifySidecar(cluster, source),
      await verifySidecar(cluster, pod),
      await serviceConfig(cluster, source, destination, config, options),
    ],
  );
}

/** @throws ClusterError in Kubernetes' own words when there is none */
export async function meshConfigOf(cluster: Cluster, namespace: string): Promise<MeshConfig> {
  const name = usualMeshConfigName;
  try {
    return await cluster.get({ kind: kinds.MeshConfig, name, namespace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = notFound('meshconfigs.config.openservicemesh.io', name);
    throw new ClusterError(
      message,
      `name the namespace of the control plane: --osm-namespace (it is ${namespace} now)`,
      404,
    );
  }
}

const onSource = 'Verify Envoy config on source';
const onDestination = 'Verify Envoy config on destination';

/** What traffic is asked about, a line for each thing that is set. */
export function trafficContext(lines: Readonly<Record<string, string | number | undefined>>): string {
  const told = Object.entries(lines).filter(([, value]) => value !== undefined);
  return ['Verify Envoy config for traffic: ', ...told.map(([name, value]) => `\t${name}: ${value}`)].join('\n');
}

async function externalConfig(
  cluster: Cluster,
  source: PodName,
  traffic: ExternalTraffic,
  config: MeshConfig,
  options: VerifyOptions,
): Promise<Verification> {
  const context = trafficContext({
    'source pod': podText(source),
    'external host': traffic.host,
    'external port': traffic.port,
    'destination protocol': traffic.protocol,
  });
  const found = await proxyConfigOf(cluster, source, options);
  if (typeof found === 'string') return together(context, [notRetrieved(onSource, source, found)], 'silent');
  const problem = listenerProblem(found.names, 'outbound', source);
  if (problem) return together(context, [failure(onSource, problem)], 'silent');
  if (typeof found.dump === 'string') {
    if (!isLeftToDefaultChain(found.names, traffic)) {
      return together(context, [notRetrieved(onSource, source, found.dump)], 'silent');
    }
    options.report.note(`${found.dump}: the cluster of the default filter chain is taken to be there`);
    return together(context, [success(onSource)], 'silent');
  }
  const pod = await cluster.get({ kind: kinds.Pod, ...source });
  const client = { world: worldOf([config, pod], options), pod, source: sourceOf(pod), dump: found.dump };
  const step = verifyExternal(onSource, traffic, client, (note) => options.report.note(note));
  return together(context, [step], 'silent');
}

/** Part of a dump is enough where no filter chain has the port, and the default one of mesh-wide egress passes everything on. */
function isLeftToDefaultChain({ listeners, defaults }: DumpNames, { port }: ExternalTraffic): boolean {
  const chains = listeners.get('outbound-listener') ?? [];
  const isFree = chains.every(({ destinationPort }) => destinationPort !== undefined && destinationPort !== port);
  const [filter, ...others] = defaults.get('outbound-listener')?.filters ?? [];
  return isFree && filter === 'tcp_proxy' && others.length === 0;
}

export function notRetrieved(context: string, pod: PodName, error: string): Verification {
  return unknown(context, `Error retrieving Envoy config for pod "${podText(pod)}", err: "${error}"`);
}

function worldOf(objects: readonly Resource[], { meshName, osmNamespace }: VerifyOptions): World {
  return createWorld(objects, { meshName, osmNamespace });
}

function sourceOf(pod: Pod) {
  return { namespace: pod.metadata.namespace ?? 'default', serviceAccount: accountOf(pod) };
}

async function serviceConfig(
  cluster: Cluster,
  source: PodName,
  { pod: target, service, protocol }: Extract<Destination, { kind: 'pod' }>,
  config: MeshConfig,
  options: VerifyOptions,
): Promise<Verification> {
  const context = trafficContext({
    'source pod': podText(source),
    'destination pod': podText(target),
    'destination service': `${target.namespace}/${service}`,
    'destination protocol': protocol,
  });
  const place = { name: service, namespace: target.namespace };
  const from = await sourceStep(cluster, source, place, config, options);
  if (from.status !== 'Success') return together(context, [from], 'silent');
  return together(context, [from, await destinationStep(cluster, target, place, options)], 'silent');
}

/** What both steps look at first: the proxy of their pod, and what goes to the service. A verification where that has failed. */
async function lookAt(
  cluster: Cluster,
  direction: 'inbound' | 'outbound',
  pod: PodName,
  service: PodName,
  options: VerifyOptions,
) {
  const context = direction === 'outbound' ? onSource : onDestination;
  const found = await proxyConfigOf(cluster, pod, options);
  if (typeof found === 'string') return notRetrieved(context, pod, found);
  const problem = listenerProblem(found.names, direction, pod);
  if (problem) return failure(context, problem);
  const traffic = await trafficOf(cluster, service, options);
  return 'problem' in traffic ? failure(context, traffic.problem) : { found, traffic };
}

async function sourceStep(
  cluster: Cluster,
  source: PodName,
  service: PodName,
  config: MeshConfig,
  options: VerifyOptions,
): Promise<Verification> {
  const seen = await lookAt(cluster, 'outbound', source, service, options);
  if ('status' in seen) return seen;
  const { found, traffic } = seen;
  const pod = await cluster.get({ kind: kinds.Pod, ...source });
  const named = outboundProblem(found.names, traffic, pod, source);
  if (named) return failure(onSource, named);
  return walk(found, traffic, pod, config, options);
}

/** Names alone do not say which chain a connection finds: the simulator does. */
function walk(
  { dump }: ProxyConfig,
  traffic: ServiceTraffic & { readonly objects: readonly Resource[] },
  pod: Pod,
  config: MeshConfig,
  options: VerifyOptions,
): Verification {
  if (typeof dump === 'string') return unknown(onSource, dump);
  const world = worldOf([config, pod, ...traffic.objects], options);
  return verifyPath(onSource, traffic.ports, { world, pod, source: sourceOf(pod), dump });
}

async function destinationStep(
  cluster: Cluster,
  target: PodName,
  service: PodName,
  options: VerifyOptions,
): Promise<Verification> {
  const seen = await lookAt(cluster, 'inbound', target, service, options);
  if ('status' in seen) return seen;
  const { found, traffic } = seen;
  const named = inboundProblem(found.names, traffic, await cluster.get({ kind: kinds.Pod, ...target }), target);
  return named ? failure(onDestination, named) : success(onDestination);
}

type FoundTraffic = ServiceTraffic & { readonly objects: readonly Resource[] };

/** A service and its ports as the control plane sees them; or why there are none. */
export async function trafficOf(
  cluster: Cluster,
  { namespace, name }: PodName,
  options: VerifyOptions,
): Promise<FoundTraffic | { readonly problem: string }> {
  const missing = `Destination service "${namespace}/${name}" not found: ${notFound('services', name)}`;
  const service = await cluster.find<Service>({ kind: kinds.Service, name, namespace });
  if (!service) return { problem: missing };
  const endpoints = await cluster.find({ kind: kinds.Endpoints, name, namespace });
  if (!endpoints)
    return { problem: `endpoints not found for service ${namespace}/${name}, err: ${notFound('endpoints', name)}` };
  const objects = [service, endpoints];
  return { service, objects, ports: meshServicesOf(worldOf(objects, options), service) };
}
