/** The mesh as it is once everything was moved: what the account looks at. */
import type { Pod, Service } from '../../resources/types.js';
import { podsOfSource } from '../../simulator/control-plane/inbound.js';
import { createIstioWorld, type IstioWorld } from '../../simulator/istio/world.js';
import { TRAFFIC, type TrafficList } from '../../simulator/istio/interception.js';
import { createInterceptor, type InterceptionRules } from '../../simulator/interception.js';
import type { Source, World } from '../../simulator/world.js';
import { formatNetwork } from '../../text/ip.js';
import type { MigrationPlan } from './plan.js';

const OSM_CONTAINERS = new Set(['envoy', 'osm-init']);

/** Annotations by which Istio's sidecar leaves alone what OSM's did: those of the pod's lists and of the mesh's. */
export function annotationsFor(rules: InterceptionRules, podInterface = 'eth0'): Readonly<Record<string, string>> {
  const { excludedPorts, excludedRanges, includedRanges, excludedInterface } = rules;
  const ranges = (list: InterceptionRules['excludedRanges']) => [
    ...new Set(list.map(({ network }) => formatNetwork(network))),
  ];
  const lists: readonly (readonly [TrafficList, readonly (string | number)[]])[] = [
    ['excludeOutboundPorts', [...excludedPorts.keys()]],
    ['excludeOutboundIPRanges', ranges(excludedRanges)],
    ['includeOutboundIPRanges', ranges(includedRanges)],
    ['excludeInterfaces', excludedInterface ? [podInterface] : []],
  ];
  // a space in a list of ranges makes Istio's injector refuse the pod
  return Object.fromEntries(
    lists.flatMap(([list, items]) => (items.length > 0 ? [[TRAFFIC + list, items.join(',')]] : [])),
  );
}

/** A pod as it is under Istio: with the annotations that it needs, and a sidecar where it had one. */
export function podAfter(world: World, source: Source, pod: Pod | undefined): Pod {
  const { sidecar, rules } = createInterceptor(world, source, pod);
  const { name, namespace = source.namespace, labels } = pod?.metadata ?? { name: `${source.serviceAccount}-pod` };
  const { containers, initContainers, ...spec } = pod?.spec ?? {};
  const kept = (list: NonNullable<Pod['spec']>['containers'] = []) =>
    list.filter((one) => !OSM_CONTAINERS.has(one.name!));
  const podIP = pod?.status?.podIP;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...labels, 'sidecar.istio.io/inject': String(sidecar.injected) },
      annotations: annotationsFor(rules),
    },
    spec: {
      ...spec,
      serviceAccountName: source.serviceAccount,
      containers: kept(containers),
      initContainers: kept(initContainers),
    },
    ...(podIP !== undefined && { status: { podIP } }),
  };
}

/** The Service of the gateway that a plan needs, where the input does not have it. */
export function gatewayServices({ gateway }: MigrationPlan): Service[] {
  if (!gateway || gateway.isKnown) return [];
  const ports = gateway.ports.map((port) => ({ name: `tls-${port}`, port }));
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...gateway.place },
      spec: { clusterIP: 'None', selector: { ...gateway.labels }, ports },
    },
  ];
}

/** Istio's world after the resources of a plan were applied and the pods were started anew. */
export function worldAfter(world: World, plan: MigrationPlan, sources: readonly Source[]): IstioWorld {
  const pods = sources.flatMap((source) => {
    const own = podsOfSource(world, source);
    return (own.length > 0 ? own : [undefined]).map((pod) => podAfter(world, source, pod));
  });
  const namespaces = [...world.namespaces.values()].map(({ metadata: { name }, ...namespace }) => ({
    ...namespace,
    metadata: { name, labels: world.isMonitored(name) ? { 'istio-injection': 'enabled' } : {} },
  }));
  return createIstioWorld(
    [
      ...plan.emitted.map(({ object }) => object),
      ...world.services.values(),
      ...gatewayServices(plan),
      ...world.endpoints.values(),
      ...namespaces,
      ...pods,
    ],
    { meshConfig: plan.meshConfig },
  );
}
