import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Endpoints, KubernetesObject, Pod, Service } from '../../resources/types.js';
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
  readonly protocol: string;
}

/**
 * Answers `verify ingress` (osm-cli §13.5).
 * @throws ClusterError when the MeshConfig cannot be read
 */
export async function verifyIngress(
  cluster: Cluster,
  question: IngressQuestion,
  options: VerifyOptions,
): Promise<Verification> {
  const { from, pod, protocol } = question;
  await meshConfigOf(cluster, options.osmNamespace);
  const context = `Verify if service "${podText(from)}" can access pod "${podText(pod)}" for app protocol "${protocol}" via ingress`;
  if (protocol !== 'http') return failure(context, 'Ingress verifier only supports the following protocol(s): "http"');
  let controllers: readonly Pod[];
  try {
    controllers = await podsBehind(cluster, from);
  } catch (error) {
    const missing = `Error retrieving source ingress service ${podText(from)}: ${notFound('services', from.name)}`;
    return unread(context, error, missing);
  }
  const { meshName } = options;
  return together(context, [
    await verifyNamespace(cluster, from.namespace, meshName),
    await verifyNamespace(cluster, pod.namespace, meshName),
    ...controllers.map((one) => sidecarOf(one, { namespace: from.namespace, name: one.metadata.name }, 'absent')),
    await verifySidecar(cluster, pod),
    await verifyBackend(cluster, question),
    await ingressConfig(cluster, question, options),
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
    readonly backends?: readonly { readonly port?: { readonly number?: number; readonly protocol?: string } }[];
    readonly sources?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
  };
}

/** osm-cli §13.1, I. */
async function verifyBackend(
  cluster: Cluster,
  { from, pod: { namespace }, ingressBackend: name, port, protocol }: IngressQuestion,
): Promise<Verification> {
  const text = `IngressBackend "${namespace}/${name}"`;
  const context = `Verify ${text}`;
  let backend: IngressBackend;
  try {
    backend = await cluster.get<IngressBackend>({ kind: kinds.IngressBackend, namespace, name });
  } catch (error) {
    return unread(
      context,
      error,
      notFound('ingressbackends.policy.openservicemesh.io', name),
      `Confirm ${text} exists`,
    );
  }
  const { backends = [], sources = [] } = backend.spec ?? {};
  if (backends.length === 0)
    return failure(context, `No backends detected for ${text}`, `Add a valid backend for ${text}`);
  if (!backends.some((one) => one.port?.number === port && one.port.protocol === protocol)) {
    const what = `backend matching port ${port} and protocol ${protocol}`;
    return failure(context, `No ${what} found in ${text}`, `Add a ${what} to ${text}`);
  }
  if (sources.length === 0) {
    const suggestion =
      'Allowing HTTP ingress without sources is insecure; use IngressBackend.Spec.Sources to restrict clients';
    return success(context, { suggestion });
  }
  const isNamed = sources.some(
    (source) => source.kind === 'Service' && source.namespace === from.namespace && source.name === from.name,
  );
  if (isNamed) return success(context);
  const service = `service "${podText(from)}"`;
  return failure(context, `No source matching ${service} found in ${text}`, `Add a source for ${service} in ${text}`);
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
    const endpoints = await cluster.find<Endpoints>({ kind: kinds.Endpoints, ...from });
    const clients = endpoints
      ? addressesOf(endpoints)
      : { problem: `ingress source service "${podText(from)}" not found: ${notFound('endpoints', from.name)}` };
    const ingress = ingressProblem(found.names, traffic, question, clients);
    return ingress ? failure(onDestination, ingress) : success(onDestination);
  };
  try {
    return together(context, [await step()], 'silent');
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return together(context, [unknown(onDestination, error.message, error.hint)], 'silent');
  }
}

function addressesOf(endpoints: Endpoints): string[] {
  return (endpoints.subsets ?? []).flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));
}
