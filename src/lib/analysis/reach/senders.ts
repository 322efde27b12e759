/** Who may send requests at all, as far as the input tells, and which of them fare alike. */
import { accountOf, hasEnded, isWorkload } from '../../resources/workloads.js';
import { inboundOf, podsOfSource } from '../../simulator/control-plane/inbound.js';
import { refusalsOfAllRoutes } from '../../simulator/envoy/acceptance.js';
import { hasOwnSettings, listeningPorts, trafficSettingsOf } from '../../simulator/interception.js';
import { probePorts } from '../../simulator/pod-ports.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';

interface PodSpec {
  readonly serviceAccountName?: string;
}

/** As much as is looked at of an object of any kind. */
interface AnyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

export interface Sender {
  readonly source: Source;
  /** What shows that it is there: its ServiceAccount, a pod or a workload. undefined: only a policy names it. */
  readonly evidence: AnyObject | undefined;
}

/** Every source that the input knows, by name: those of policies, ServiceAccounts, and whatever runs pods. */
export function sendersIn(objects: Iterable<AnyObject>, world: World): Sender[] {
  const found = new Map<string, Sender>();
  const add = (namespace: string | undefined, serviceAccount: string, evidence?: AnyObject): void => {
    const key = namespacedName(namespace, serviceAccount);
    if (found.get(key)?.evidence) return;
    found.set(key, { source: { namespace: namespace ?? 'default', serviceAccount }, evidence });
  };
  for (const object of objects) {
    const { kind, metadata } = object;
    if (kind === 'ServiceAccount') add(metadata.namespace, metadata.name, object);
    const podSpec = podSpecOf(object);
    if (podSpec) add(metadata.namespace, podSpec.serviceAccountName || 'default', object);
  }
  const named = [...world.egresses, ...world.trafficTargets].flatMap(({ spec }) => spec.sources);
  for (const { kind, namespace, name } of named) if (kind === 'ServiceAccount') add(namespace, name);
  return [...found.keys()].sort().map((name) => found.get(name)!);
}

/** Of a pod, or of what makes pods after a template. */
function podSpecOf(object: AnyObject): PodSpec | undefined {
  const spec: unknown = object.spec;
  if (object.kind === 'Pod') return spec ?? {};
  const { template, jobTemplate } = (spec ?? {}) as {
    template?: { spec?: PodSpec };
    jobTemplate?: { spec?: { template?: { spec?: PodSpec } } };
  };
  return isWorkload(object) ? (template?.spec ?? jobTemplate?.spec?.template?.spec) : undefined;
}

/**
 * Puts together sources for which the same is programmed, and whose pods are alike to interception: what holds for one holds
 * for all of a group. Sources of different namespaces are never together: names resolve otherwise there.
 * @param dialled addresses that requests are sent to; a pod's own is one that matters
 */
export function alikeSenders<T extends { readonly source: Source }>(
  senders: readonly T[],
  world: World,
  dialled: ReadonlySet<string> = new Set(),
): T[][] {
  const pods = podsBySource(world, dialled);
  const numbers = new Map(world.egresses.map((policy, index) => [policy, index]));
  const groups = new Map<string, T[]>();
  for (const sender of senders) {
    const { source } = sender;
    const { namespace, serviceAccount } = source;
    const key = JSON.stringify([
      // what leads in and is refused takes along what leads out
      isRefusedInbound(world, source, pods) ? source : namespace,
      world.policiesNaming(source).map(({ policy }) => numbers.get(policy)),
      pods.get(namespacedName(namespace, serviceAccount)),
      world.permissive ? [] : trafficTargetsNaming(world, source),
    ]);
    const group = groups.get(key);
    if (group) group.push(sender);
    else groups.set(key, [sender]);
  }
  return [...groups.values()];
}

function isRefusedInbound(world: World, source: Source, pods: ReturnType<typeof podsBySource>): boolean {
  if (!pods.has(namespacedName(source.namespace, source.serviceAccount))) return false;
  const { routes, portUnknown } = inboundOf(world, source, podsOfSource(world, source));
  return Boolean(portUnknown ?? refusalsOfAllRoutes({ inbound: routes, routeConfigurations: new Map() })[0]);
}

function podsBySource({ pods }: World, dialled: ReadonlySet<string>): ReadonlyMap<string, string[]> {
  const bySource = new Map<string, string[]>();
  for (const pod of pods) {
    if (hasEnded(pod)) continue;
    const key = namespacedName(pod.metadata.namespace, accountOf(pod));
    const { podIP = '' } = pod.status ?? {};
    const own = dialled.has(podIP) ? podIP : '';
    const name = hasOwnSettings(pod) ? pod.metadata.name : '';
    const text = JSON.stringify([trafficSettingsOf(pod), listeningPorts(pod), probePorts(pod), own, name]);
    const known = bySource.get(key);
    if (!known) bySource.set(key, [text]);
    else if (!known.includes(text)) known.push(text);
  }
  return bySource;
}

function trafficTargetsNaming({ trafficTargets }: World, { namespace, serviceAccount }: Source): number[] {
  return trafficTargets.flatMap(({ spec }, index) =>
    spec.sources.some((subject) => subject.name === serviceAccount && subject.namespace === namespace) ? [index] : [],
  );
}
