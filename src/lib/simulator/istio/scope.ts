import type { Sidecar, VirtualService } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { fieldRef } from '../world.js';
import { homeOf, hostsOf, isWithin, selects } from './hosts.js';
import { servicesVisibleIn, type MeshService } from './services.js';
import { isExported, outboundModeOf, type IstioWorld, type OutboundMode } from './world.js';

/** Who a proxy is, as far as its configuration depends on it. */
export interface Proxy {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It answers its pod's DNS, and hands out addresses that istiod invents. */
  readonly capturesDns: boolean;
}

/** What one of a Sidecar's egress listeners imports. */
export interface EgressScope {
  /** Of the listener; undefined: all that no other one has. */
  readonly port?: number | undefined;
  readonly services: readonly MeshService[];
  readonly virtualServices: readonly VirtualService[];
}

/** What of the mesh a proxy gets to know. Istio egress §2. */
export interface SidecarScope {
  readonly proxy: Proxy;
  /** The Sidecar that counts; undefined: none does. */
  readonly sidecar: Sidecar | undefined;
  readonly egress: readonly EgressScope[];
  readonly mode: OutboundMode;
  readonly modeAt: FieldRef;
}

/** The scope of a proxy: by the Sidecar that selects it, else its namespace's, else the root namespace's, else everything. */
export function scopeOf(world: IstioWorld, proxy: Proxy): SidecarScope {
  const sidecar = sidecarFor(world, proxy);
  const services = servicesVisibleIn(world, proxy.namespace, proxy.capturesDns);
  const virtualServices = world.virtualServices.filter(
    (one) => isVisible(world, one, proxy.namespace) && isForMesh(one),
  );
  const own = sidecar?.spec?.outboundTrafficPolicy;
  const mode = own && (outboundModeOf(own.mode) ?? 'REGISTRY_ONLY');
  return {
    proxy,
    sidecar,
    egress: sidecar?.spec?.egress
      ? sidecar.spec.egress.map(({ port, hosts = [] }) =>
          imported(hosts, port?.number, services, virtualServices, proxy),
        )
      : [{ services, virtualServices }],
    mode: mode ?? world.outboundMode,
    modeAt: mode ? fieldRef(sidecar, 'spec', 'outboundTrafficPolicy') : world.meshConfigAt,
  };
}

function sidecarFor({ sidecars, rootNamespace }: IstioWorld, { namespace, labels }: Proxy): Sidecar | undefined {
  const inNamespace = (name: string) => sidecars.filter((one) => homeOf(one) === name);
  const own = inNamespace(namespace);
  const selector = ({ spec }: Sidecar) => spec?.workloadSelector?.labels;
  return (
    own.find((one) => hasSelector(one) && selects(selector(one), labels)) ??
    own.find((one) => !hasSelector(one)) ??
    inNamespace(rootNamespace).find((one) => !hasSelector(one))
  );
}

function hasSelector({ spec }: Sidecar): boolean {
  return Object.keys(spec?.workloadSelector?.labels ?? {}).length > 0;
}

export function isVisible(world: IstioWorld, virtualService: VirtualService, namespace: string): boolean {
  const usual = world.meshConfig.defaultVirtualServiceExportTo;
  return isExported(virtualService.spec.exportTo, usual, homeOf(virtualService), namespace);
}

/** Is it for sidecars? */
export function isForMesh({ spec: { gateways = [] } }: VirtualService): boolean {
  return gateways.length === 0 || gateways.includes('mesh');
}

function imported(
  hosts: readonly string[],
  port: number | undefined,
  services: readonly MeshService[],
  virtualServices: readonly VirtualService[],
  { namespace }: Proxy,
): EgressScope {
  const wanted = hosts.map((text) => text.split('/') as [string, string]);
  const imports = (home: string, name: string) =>
    wanted.some(([from, pattern]) => {
      const isFrom = from === '*' || from === home || (from === '.' && home === namespace);
      return isFrom && isWithin(name, pattern);
    });
  return {
    port,
    services: services.filter(({ namespace: home, host }) => imports(home, host)),
    virtualServices: virtualServices.filter((one) => hostsOf(one).some((host) => imports(homeOf(one), host))),
  };
}

/** Of services of one host those whose clusters there are: the oldest, and those that resolve as it does. */
export function withClusters(scope: SidecarScope): MeshService[] {
  const first = new Map<string, MeshService>();
  return scope.egress.flatMap(({ port, services }) =>
    services.flatMap((service) => {
      const oldest = first.get(service.host);
      if (!oldest) first.set(service.host, service);
      const isMerged = !oldest || oldest.resolution === service.resolution;
      if (!isMerged) return [];
      return port === undefined
        ? [service]
        : [{ ...service, ports: service.ports.filter(({ number }) => number === port) }];
    }),
  );
}
