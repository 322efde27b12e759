import type { Pod } from '../../resources/types.js';
import type { IstioFacts, Program } from '../control-plane/program.js';
import type { RouteConfiguration } from '../envoy/types.js';
import type { Source } from '../world.js';
import { certifiedPlaces, clustersOf } from './clusters.js';
import { EgressGateways } from './gateway.js';
import { listenersOf } from './listeners.js';
import { routeConfigurationOf } from './routes.js';
import { scopeOf, type Proxy } from './scope.js';
import { ISTIO_KINDS } from './kinds.js';
import { type IstioWorld } from './world.js';

/** What istiod sends to the sidecar of a pod. Istio egress §2. */
export function istioProgramFor(world: IstioWorld, source: Source, pod: Pod | undefined): Program {
  const scope = scopeOf(world, proxyOf(world, source, pod));
  const { general, bound, routes } = listenersOf(world, scope);
  const certified = certifiedPlaces(world);
  const clusters = clustersOf(world, scope, certified);
  const gateways = new EgressGateways(world, source, scope, clusters, certified);
  const routeConfigurations = new Map<string, RouteConfiguration>();
  for (const [name, { port, services, context }] of routes) {
    const configuration = routeConfigurationOf(world, scope, context, name, port, services);
    routeConfigurations.set(name, gateways.expand(configuration));
  }
  gateways.replaceL4();
  const { sidecar, mode, modeAt } = scope;
  const istio: IstioFacts = {
    mode,
    modeAt,
    sidecar,
    admissions: world.admissions,
    certified,
    decisiveKinds: [...ISTIO_KINDS],
  };
  return {
    listener: general,
    boundListeners: bound,
    ...(world.ipv6.programmed && { listensOnIpv6: true as const }),
    routeConfigurations,
    clusters,
    notices: [],
    applied: [],
    istio,
  };
}

/** Who the pod's sidecar is to the control plane. */
function proxyOf(world: IstioWorld, { namespace }: Source, pod: Pod | undefined): Proxy {
  return { namespace, labels: pod?.metadata.labels ?? {}, capturesDns: capturesDns(world, pod) };
}

function capturesDns({ meshConfig }: IstioWorld, pod: Pod | undefined): boolean {
  const config = pod?.metadata.annotations?.['proxy.istio.io/config'];
  const own = config?.match(/ISTIO_META_DNS_CAPTURE:\s*["']?(\w+)/)?.[1];
  return (own ?? meshConfig.defaultConfig?.proxyMetadata?.['ISTIO_META_DNS_CAPTURE']) === 'true';
}

/** What of a pod decides about its program, as a text to compare. */
export function programSettingsOf(world: IstioWorld, pod: Pod): string {
  const { labels = {} } = pod.metadata;
  const asked = new Set<string>();
  for (const { spec } of world.sidecars)
    for (const key of Object.keys(spec?.workloadSelector?.labels ?? {})) asked.add(key);
  for (const { spec } of world.destinationRules)
    for (const key of Object.keys(spec.workloadSelector?.matchLabels ?? {})) asked.add(key);
  for (const { spec } of world.virtualServices) {
    for (const rule of [...(spec.http ?? []), ...(spec.tls ?? []), ...(spec.tcp ?? [])]) {
      for (const { sourceLabels = {} } of rule.match ?? []) for (const key of Object.keys(sourceLabels)) asked.add(key);
    }
  }
  return JSON.stringify([capturesDns(world, pod), [...asked].map((key) => labels[key])]);
}
