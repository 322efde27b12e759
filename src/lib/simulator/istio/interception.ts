import type { FieldRef, Pod } from '../../resources/types.js';
import { podField } from '../../resources/workloads.js';
import { ownValue } from '../../text/plain-data.js';
import { cidrContains, isCidr, networkContains } from '../../text/ip.js';
import { parseIptablesRange, type AddressLiteral } from '../address.js';
import {
  containerSettingsOf,
  isLoopback,
  TO_THE_POD,
  type BrokenPod,
  type ClientContainer,
  type Interception,
  type InterceptionRule,
  type Interceptor,
  type RangeRule,
  type SidecarState,
} from '../interception.js';
import { fieldRef, type Source } from '../world.js';
import type { IstioWorld } from './world.js';

/** Pod annotations that say which connections reach the sidecar. */
export const TRAFFIC = 'traffic.sidecar.istio.io/';
export const TRAFFIC_LISTS = [
  'includeOutboundIPRanges',
  'excludeOutboundIPRanges',
  'includeOutboundPorts',
  'excludeOutboundPorts',
  'excludeInterfaces',
] as const;
export type TrafficList = (typeof TRAFFIC_LISTS)[number];

/** Whose connections pass: the sidecar's user, and its container. */
export const ISTIO_SIDECAR = { user: 1337, container: 'istio-proxy' } as const;

const INJECT = 'sidecar.istio.io/inject';
const REVISION = 'istio.io/rev';
const INJECTION = 'istio-injection';
const NEVER_INJECTED = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

/** The iptables rules of a pod. Istio egress §1. */
export function createIstioInterceptor(
  world: IstioWorld,
  source: Source,
  pod: Pod | undefined,
  container: ClientContainer,
  podInterface = 'eth0',
): Interceptor {
  const broken: BrokenPod[] = [];
  const ports = (list: TrafficList) => portsOf(pod, list, broken);
  const ranges = (list: TrafficList) => rangesOf(pod, list, broken);
  const excludedPorts = ports('excludeOutboundPorts');
  const excludedRanges = ranges('excludeOutboundIPRanges');
  const everyPort = valueOf(pod, 'includeOutboundPorts')?.trim() === '*';
  const includedPorts = everyPort ? new Map<number, FieldRef>() : ports('includeOutboundPorts');
  const written = valueOf(pod, 'includeOutboundIPRanges');
  const everyRange = written === undefined || written.trim() === '*';
  const includesAll = everyRange || everyPort;
  const includedRanges = everyRange ? [] : ranges('includeOutboundIPRanges');
  const interfaces = (valueOf(pod, 'excludeInterfaces') ?? '').split(',').map((name) => name.trim());
  const excludedInterface = interfaces.includes(podInterface) ? annotationAt(pod!, 'excludeInterfaces') : undefined;
  const sidecar = istioSidecarState(world, source, pod);
  const isIn = (address: AddressLiteral, list: TrafficList, ofIpv4: readonly RangeRule[]): boolean =>
    address.family === 4
      ? ofIpv4.some(({ network }) => networkContains(network, address.value))
      : itemsOf(pod, list).some((text) => cidrContains(text, address.text.replace(/%.*/, '')));

  return {
    mesh: 'istio',
    sidecar,
    broken: sidecar.injected ? broken[0] : undefined,
    networks: [...excludedRanges, ...includedRanges].map(({ network }) => network),
    rules: { excludedPorts, excludedRanges, includedRanges, excludedInterface, includedPorts, includesAll, broken },
    intercept(address: AddressLiteral, port: number): Interception {
      if (isLoopback(address)) return TO_THE_POD;
      if (!sidecar.injected) return direct('no-sidecar', sidecar.at);
      if (container.asProxy) return direct('proxy-user', container.asProxy);
      if (excludedInterface) return direct('excluded-interface', excludedInterface);
      if (address.family === 6 && !world.ipv6.redirected) return direct('ipv6');
      const excludedPort = excludedPorts.get(port);
      if (excludedPort) return direct('excluded-port', excludedPort);
      if (isIn(address, 'excludeOutboundIPRanges', excludedRanges))
        return direct('excluded-range', annotationAt(pod!, 'excludeOutboundIPRanges'));
      if (includesAll) return REDIRECTED;
      if (isIn(address, 'includeOutboundIPRanges', includedRanges))
        return { redirected: true, rule: 'in-included-range', at: annotationAt(pod!, 'includeOutboundIPRanges') };
      const includedPort = includedPorts.get(port);
      if (includedPort) return { redirected: true, rule: 'included-port', at: includedPort };
      const at = annotationAt(pod!, 'includeOutboundIPRanges');
      return direct(includedRanges.length > 0 ? 'not-in-included-range' : 'nothing-included', at);
    },
  };
}

function direct(rule: InterceptionRule, at?: FieldRef): Interception {
  return { redirected: false, rule, at };
}

const REDIRECTED: Interception = { redirected: true, rule: 'everything-else' };

function valueOf(pod: Pod | undefined, list: TrafficList): string | undefined {
  return pod?.metadata.annotations?.[TRAFFIC + list];
}

function annotationAt(pod: Pod, list: TrafficList): FieldRef {
  return podField(pod, 'metadata', 'annotations', TRAFFIC + list);
}

/** Names of services that iptables looks up, of those that somebody may want to exclude. */
const SERVICE_NAMES: Readonly<Record<string, number>> = {
  ssh: 22,
  smtp: 25,
  domain: 53,
  http: 80,
  ntp: 123,
  imap2: 143,
  ldap: 389,
  https: 443,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  'ms-sql-s': 1433,
  mysql: 3306,
  postgresql: 5432,
  amqp: 5672,
  redis: 6379,
};

/**
 * Spaces around ports do not matter. The injector refuses a name of a service, which iptables takes: where the sidecar is there
 * all the same, the name counts.
 */
function portsOf(pod: Pod | undefined, list: TrafficList, broken: BrokenPod[]): Map<number, FieldRef> {
  const ports = new Map<number, FieldRef>();
  const names = showsSidecar(pod) ? SERVICE_NAMES : {};
  for (const item of itemsOf(pod, list)) {
    const at = annotationAt(pod!, list);
    const text = item.trim();
    const port = /^\d+$/.test(text) ? Number(text) : ownValue(names, text);
    const why = port === undefined ? 'not-valid' : port > 65535 ? 'port-too-large' : undefined;
    if (why) broken.push({ at, value: text, why });
    else ports.set(port!, at);
  }
  return ports;
}

/** Spaces around ranges make the injector refuse the pod; a range of IPv6 concerns no IPv4 connection. */
function rangesOf(pod: Pod | undefined, list: TrafficList, broken: BrokenPod[]): RangeRule[] {
  return itemsOf(pod, list).flatMap((text): RangeRule[] => {
    const at = annotationAt(pod!, list);
    if (isCidr(text) && text.includes(':')) return [];
    const network = parseIptablesRange(text);
    if (network) return [{ network, at }];
    broken.push({ at, value: text, why: isCidr(text) ? 'range-does-not-load' : 'not-valid' });
    return [];
  });
}

function itemsOf(pod: Pod | undefined, list: TrafficList): string[] {
  const value = valueOf(pod, list);
  return value === undefined || value === '' ? [] : value.split(',');
}

function showsSidecar(pod: Pod | undefined): boolean {
  const { containers = [], initContainers = [] } = pod?.spec ?? {};
  return [...containers, ...initContainers].some(({ name }) => name === ISTIO_SIDECAR.container);
}

/** Whether the source has a sidecar: what the pod shows, else its labels, else the namespace's, else assumed. */
function istioSidecarState({ base }: IstioWorld, source: Source, pod: Pod | undefined): SidecarState {
  const not = (at: FieldRef | undefined): SidecarState => ({ injected: false, at });
  const { containers = [] } = pod?.spec ?? {};
  if (showsSidecar(pod)) return { injected: true, assumed: false };
  if (pod?.status?.phase !== undefined && containers.length > 0) return not(podField(pod, 'spec', 'containers'));
  if (pod?.spec?.hostNetwork === true) return not(podField(pod, 'spec', 'hostNetwork'));
  const namespace = base.namespaces.get(source.namespace);
  if (NEVER_INJECTED.has(source.namespace)) return not(namespace && fieldRef(namespace, 'metadata', 'name'));
  const labels = namespace?.metadata.labels ?? {};
  const ownLabel = pod?.metadata.labels?.[INJECT];
  const own = ownLabel ?? pod?.metadata.annotations?.[INJECT];
  if (labels[INJECTION] === 'disabled') return not(fieldRef(namespace!, 'metadata', 'labels', INJECTION));
  if (own === 'false')
    return not(podField(pod!, 'metadata', ownLabel === undefined ? 'annotations' : 'labels', INJECT));
  const revision = labels[REVISION] ?? pod?.metadata.labels?.[REVISION];
  if (labels[INJECTION] === 'enabled' || revision !== undefined || ownLabel === 'true') {
    return { injected: true, assumed: false };
  }
  return namespace ? not(fieldRef(namespace, 'metadata', 'labels')) : { injected: true, assumed: true };
}

/**
 * Everything in a pod that decides about interception, as a text to compare; its own address excepted.
 * @param container the one that the client runs in, where that is known
 */
export function istioTrafficSettingsOf(pod: Pod, container?: string): string {
  const { annotations = {}, labels = {} } = pod.metadata;
  const { spec, status } = pod;
  return JSON.stringify([
    ...TRAFFIC_LISTS.map((list) => annotations[TRAFFIC + list]),
    labels[INJECT] ?? annotations[INJECT],
    labels[REVISION] !== undefined,
    spec?.hostNetwork === true,
    status?.phase !== undefined,
    showsSidecar(pod),
    containerSettingsOf(pod, container, ISTIO_SIDECAR),
  ]);
}
