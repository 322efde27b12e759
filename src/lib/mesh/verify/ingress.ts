import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Endpoints, KubernetesObject, Pod, Service } from '../../resources/types.js';
import { cidrContains } from '../../text/ip.js';
import { meshConfigOf, notRetrieved, trafficContext, trafficOf, type VerifyOptions } from './connectivity.js';
import { proxyConfigOf } from './proxy-config.js';
import { failure, success, together, unknown, type Verification } from './result.js';
import { inboundProblem, ingressProblem, listenerProblem } from './service-traffic.js';
import { notFound, podText, sidecarOf, unread, verifyNamespace, verifySidecar, type PodName } from './steps.js';

export interface IngressQuestion {
  /** The ingress controller's Service. */
  readonly from: PodName;
  readonly pod: PodName;
  /** In the pod's namespace, like the IngressBackend. */
  readonly service: string;
  readonly ingressBackend: string;
  readonly port: number;
  readonly protocol: IngressProtocol;
}

/** What an IngressBackend may name as the protocol of a port. */
export const ingressProtocols = ['http', 'https'] as const;
export type IngressProtocol = (typeof ingressProtocols)[number];

/** Where requests come from: the addresses of the ingress controller's pods, or why they are not known. */
type Clients = readonly string[] | { readonly problem: string };

/**
 * Answers `verify ingress` (osm-cli §13.5).
 * @throws ClusterError when the MeshConfig cannot be read
 */
export async function verifyIngress(
  cluster: Cluster,
  question: Omit<IngressQuestion, 'protocol'> & { readonly protocol: string },
  options: VerifyOptions,
): Promise<Verification> {
  const { from, pod } = question;
  await meshConfigOf(cluster, options.osmNamespace);
  const context = `Verify if service "${podText(from)}" can access pod "${podText(pod)}" for app protocol "${question.protocol}" via ingress`;
  const protocol = ingressProtocols.find((one) => one === question.protocol.toLowerCase());
  if (!protocol) {
    const known = ingressProtocols.map((one) => `"${one}"`).join(', ');
    return failure(context, `Ingress verifier only supports the following protocol(s): ${known}`);
  }
  let controllers: readonly Pod[];
  try {
    controllers = await podsBehind(cluster, from);
  } catch (error) {
    const missing = `Error retrieving source ingress service ${podText(from)}: ${notFound('services', from.name)}`;
    return unread(context, error, missing);
  }
  const { meshName } = options;
  const asked = { ...question, protocol };
  return together(context, [
    await verifyNamespace(cluster, from.namespace, meshName),
    await verifyNamespace(cluster, pod.namespace, meshName),
    ...controllers.map((one) => sidecarOf(one, { namespace: from.namespace, name: one.metadata.name }, 'absent')),
    await verifySidecar(cluster, pod),
    await verifyBackend(cluster, asked),
    await ingressConfig(cluster, asked, options),
  ]);
}

/** A Service without selector selects no pod. @throws ClusterError */
async function podsBehind(cluster: Cluster, { namespace, name }: PodName): Promise<Pod[]> {
  const { spec } = await cluster.get<Service>({ kind: kinds.Service, namespace, name });
  const selector = Object.entries(spec.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  if (selector.length === 0) return [];
  return cluster.list<Pod>(kinds.Pod, { namespace, labelSelector: selector.join(',') });
}

interface IngressBackend extends KubernetesObject {
  readonly spec?: {
    readonly backends?: readonly Backend[];
    readonly sources?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
  };
}

interface Backend {
  readonly name?: string;
  readonly port?: { readonly number?: number; readonly protocol?: string };
  readonly tls?: { readonly sniHosts?: readonly string[]; readonly skipClientCertValidation?: boolean };
}

/** osm-cli §13.1, I; besides, a backend is of one Service, and a range of addresses lets in whose addresses it holds. */
async function verifyBackend(cluster: Cluster, question: IngressQuestion): Promise<Verification> {
  const { from, pod, ingressBackend: name, service, port, protocol } = question;
  const text = `IngressBackend "${pod.namespace}/${name}"`;
  const context = `Verify ${text}`;
  let found: IngressBackend;
  let clients: Clients;
  try {
    found = await cluster.get<IngressBackend>({ kind: kinds.IngressBackend, namespace: pod.namespace, name });
    clients = await clientsOf(cluster, from);
  } catch (error) {
    return unread(
      context,
      error,
      notFound('ingressbackends.policy.openservicemesh.io', name),
      `Confirm ${text} exists`,
    );
  }
  const { backends = [], sources = [] } = found.spec ?? {};
  if (backends.length === 0)
    return failure(context, `No backends detected for ${text}`, `Add a valid backend for ${text}`);
  const fitting = backends.filter((one) => one.port?.number === port && one.port.protocol?.toLowerCase() === protocol);
  const backend = fitting.find((one) => one.name === service);
  if (!backend) {
    const whose = fitting.length > 0 ? ` for service "${service}"` : '';
    const what = `backend matching port ${port} and protocol ${protocol}${whose}`;
    return failure(context, `No ${what} found in ${text}`, `Add a ${what} to ${text}`);
  }
  const ranges = sources.flatMap(({ kind, name: range = '' }) => (kind === 'IPRange' ? [range] : []));
  const services = sources.filter(({ kind }) => kind === 'Service');
  const isNamed =
    services.some((source) => source.namespace === from.namespace && source.name === from.name) ||
    (ranges.length > 0 &&
      !('problem' in clients) &&
      clients.every((client) => ranges.some((range) => cidrContains(range, client))));
  const isOpen = ranges.length + services.length === 0;
  if (!isNamed && !isOpen) {
    const whose = `service "${podText(from)}"`;
    return failure(context, `No source matching ${whose} found in ${text}`, `Add a source for ${whose} in ${text}`);
  }
  if (protocol === 'https') return verifyHandshake(context, backend, found);
  if (!isOpen) return success(context);
  const suggestion =
    'Allowing HTTP ingress without sources is insecure; use IngressBackend.Spec.Sources to restrict clients';
  return success(context, { suggestion });
}

/** What the ingress controller itself has to bring along, nothing in the cluster tells. */
function verifyHandshake(context: string, { tls }: Backend, { spec }: IngressBackend): Verification {
  const principals = (spec?.sources ?? []).flatMap(({ kind, name }) =>
    kind === 'AuthenticatedPrincipal' ? [`"${name}"`] : [],
  );
  const whose = principals.length > 0 ? ` for ${principals.join(' or ')}` : '';
  const hosts = (tls?.sniHosts ?? []).map((host) => `"${host}"`).join(' or ');
  const conditions = [
    ...(tls?.skipClientCertValidation ? [] : [`shows a certificate of the mesh's authority${whose}`]),
    ...(hosts ? [`asks for the server name ${hosts}`] : []),
  ];
  if (conditions.length === 0) return success(context);
  return unknown(
    context,
    `Requests pass if the ingress controller ${conditions.join(' and ')}`,
    'Look into the configuration of the ingress controller',
  );
}

const onDestination = 'Verify Envoy config on destination';

async function ingressConfig(
  cluster: Cluster,
  question: IngressQuestion,
  options: VerifyOptions,
): Promise<Verification> {
  const { from, pod, service, protocol } = question;
  const context = trafficContext({
    'source service': podText(from),
    'destination pod': podText(pod),
    'destination service': `${pod.namespace}/${service}`,
    'destination protocol': protocol,
  });
  const found = await proxyConfigOf(cluster, pod, options);
  if (typeof found === 'string') return together(context, [notRetrieved(onDestination, pod, found)], 'silent');
  const step = async (): Promise<Verification> => {
    const problem = listenerProblem(found.names, 'inbound', pod);
    if (problem) return failure(onDestination, problem);
    const traffic = await trafficOf(cluster, { namespace: pod.namespace, name: service }, options);
    if ('problem' in traffic) return failure(onDestination, traffic.problem);
    const named = inboundProblem(found.names, traffic, await cluster.get({ kind: kinds.Pod, ...pod }), pod);
    if (named) return failure(onDestination, named);
    const ingress = ingressProblem(found.names, traffic, question, await clientsOf(cluster, from));
    return ingress ? failure(onDestination, ingress) : success(onDestination);
  };
  try {
    return together(context, [await step()], 'silent');
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return together(context, [unknown(onDestination, error.message, error.hint)], 'silent');
  }
}

/** @throws ClusterError when it cannot be read */
async function clientsOf(cluster: Cluster, from: PodName): Promise<Clients> {
  const endpoints = await cluster.find<Endpoints>({ kind: kinds.Endpoints, ...from });
  if (!endpoints)
    return { problem: `ingress source service "${podText(from)}" not found: ${notFound('endpoints', from.name)}` };
  return (endpoints.subsets ?? []).flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));
}
