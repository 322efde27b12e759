import {
  IGNORE,
  injectionEffect,
  INBOUND_PORT_EXCLUSION,
  isIgnored,
  NEVER_INJECTED,
  OUTBOUND_PORT_EXCLUSION,
  OUTBOUND_RANGE_EXCLUSION,
  OUTBOUND_RANGE_INCLUSION,
  PROXY_UUID,
  SIDECAR_CONTAINER,
  SIDECAR_INJECTION,
} from '../resources/labels.js';
import { podField } from '../resources/workloads.js';
import type { FieldRef, MeshConfig, Pod } from '../resources/types.js';
import { isCidr, networkContains, type Ipv4Network } from '../text/ip.js';
import { parseIptablesRange, type AddressLiteral } from './address.js';
import { fieldRef, type Source, type World } from './world.js';

/** The rule that sent a connection past the proxy or to it. Egress semantics §2. */
export type InterceptionRule =
  | 'udp'
  | 'no-sidecar'
  | 'proxy-user'
  | 'ipv6'
  | 'loopback'
  | 'excluded-interface'
  | 'excluded-range'
  | 'excluded-port'
  | 'not-in-included-range'
  | 'in-included-range'
  | 'everything-else'
  /** Istio alone: a port that is included, and `includeOutboundIPRanges` without a range. */
  | 'included-port'
  | 'nothing-included';

export interface Interception {
  readonly redirected: boolean;
  readonly rule: InterceptionRule;
  /** The list entry, annotation or label that decided, where one did. */
  readonly at?: FieldRef | undefined;
}

export interface RangeRule {
  readonly network: Ipv4Network;
  readonly at: FieldRef;
}

export type SidecarState =
  | { readonly injected: true; readonly assumed: boolean }
  | { readonly injected: false; readonly at: FieldRef | undefined };

/** A value that the injector refuses, or that iptables cannot take: such a pod does not come up. Or one without its Envoy. */
export interface BrokenPod {
  readonly at: FieldRef;
  readonly value: string;
  readonly why:
    'not-valid' | 'too-many-ports' | 'port-too-large' | 'range-does-not-load' | 'interface-does-not-load' | 'no-envoy';
}

export interface Interceptor {
  readonly sidecar: SidecarState;
  readonly broken: BrokenPod | undefined;
  /** Networks whose edges can change the answer. */
  readonly networks: readonly Ipv4Network[];
  /** Whose sidecar it is; absent: OSM's. */
  readonly mesh?: 'istio';
  /** The lists that decide. */
  readonly rules: InterceptionRules;
  /** What becomes of a connection to an address, which is not the pod's own one. */
  intercept(address: AddressLiteral, port: number): Interception;
}

/** The network interface of a pod, by the convention of container runtimes. */
const POD_INTERFACE = 'eth0';
/** As many ports fit in one multiport match of iptables. */
const MAX_PORTS = 15;
/** The kernel's, less the byte that ends a name. */
const MAX_INTERFACE_NAME = 15;
/** Envoy's own, whose connections pass. */
export const PROXY_USER = 1500;
/** Addresses of the pod itself. */
export const LOOPBACK: Ipv4Network = { base: 0x7f000000, prefixLength: 8 };

export function isLoopback(address: AddressLiteral): boolean {
  return address.family === 4 ? networkContains(LOOPBACK, address.value) : /^(0{0,4}:){2,7}0{0,3}1$/.test(address.text);
}

/** A container of the pod that the client may run in, as far as interception cares. */
export interface ClientContainer {
  /** undefined: the pod tells no containers, so that only the pod's own setting counts. */
  readonly name: string | undefined;
  /** Where it says that it runs as Envoy's user; undefined when it does not. */
  readonly asProxy: FieldRef | undefined;
}

/**
 * Containers that differ in whether they run as the proxy's user, one of each sort.
 * @param given those of `everyContainerOf`
 */
export function clientContainersOf(...given: Parameters<typeof everyContainerOf>): ClientContainer[] {
  return oneOfEachSort(everyContainerOf(...given));
}

/** What of a pod's containers decides about interception, by the arguments of `everyContainerOf`; their names where they differ. */
export function containerSettingsOf(...given: Parameters<typeof everyContainerOf>): unknown[] {
  const sorts = clientContainersOf(...given);
  return sorts.map(({ name, asProxy }) => [sorts.length > 1 && name, asProxy !== undefined]);
}

export function oneOfEachSort(all: readonly ClientContainer[]): ClientContainer[] {
  return [all.find(({ asProxy }) => asProxy), all.find(({ asProxy }) => !asProxy)].flatMap((sort) => sort ?? []);
}

/**
 * Containers that the client may run in; at least one, which has no name where the pod tells of none.
 * @param named the one that the client runs in, where that is known
 * @param sidecar the proxy's user, and its container's name; default: OSM's
 */
export function everyContainerOf(
  pod: Pod | undefined,
  named?: string,
  sidecar?: { readonly user: number; readonly container: string },
): ClientContainer[] {
  const { containers = [], securityContext } = pod?.spec ?? {};
  const { user, container: sidecarName } = sidecar ?? { user: PROXY_USER, container: SIDECAR_CONTAINER };
  const ofPod =
    securityContext?.runAsUser === user ? podField(pod!, 'spec', 'securityContext', 'runAsUser') : undefined;
  const clients = containers.map((container, index) => ({ ...container, index }));
  const isInjected = sidecar !== undefined || sidecarShownBy(pod) === true;
  const theirs = isInjected ? clients.filter(({ name }) => name !== sidecarName) : clients;
  const all = theirs.map(({ name, securityContext: own, index }): ClientContainer => {
    if (own?.runAsUser === undefined) return { name, asProxy: ofPod };
    const at = podField(pod!, 'spec', 'containers', index, 'securityContext', 'runAsUser');
    return { name, asProxy: own.runAsUser === user ? at : undefined };
  });
  const own = all.find(({ name }) => name === named);
  if (own) return [own];
  return all.length > 0 ? all : [{ name: undefined, asProxy: ofPod }];
}

/** TCP ports on which a container of the pod says that it listens. */
export function listeningPorts(pod: Pod | undefined): readonly number[] {
  if (!pod) return [];
  let known = portsOfPods.get(pod);
  if (!known) portsOfPods.set(pod, (known = declaredPorts(pod)));
  return known;
}

/** Every pod of a source is asked for its ports, for each request to the pod itself. */
const portsOfPods = new WeakMap<Pod, readonly number[]>();

function declaredPorts({ spec }: Pod): number[] {
  const { initContainers = [], containers = [] } = spec ?? {};
  const running = [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers];
  const ports = running.flatMap((container) => container.ports ?? []);
  return ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort);
}

export function listensOn(pod: Pod | undefined, port: number): boolean {
  return listeningPorts(pod).includes(port);
}

/** The iptables rules of the source's pod. Egress semantics §2.
 * @param sidecar what is known of it otherwise than from objects
 */
export function createInterceptor(
  world: World,
  source: Source,
  pod: Pod | undefined,
  container: ClientContainer = clientContainersOf(pod)[0]!,
  sidecar: SidecarState = sidecarState(world, source, pod),
): Interceptor {
  const rules = readRules(world, pod);
  const { excludedPorts, excludedRanges, includedRanges, excludedInterface } = rules;

  return {
    sidecar,
    broken: (sidecar.injected ? rules.broken[0] : undefined) ?? withoutProxy(pod),
    networks: [...excludedRanges, ...includedRanges].map(({ network }) => network),
    rules,
    intercept(address, port) {
      if (isLoopback(address)) return TO_THE_POD;
      if (!sidecar.injected) return direct('no-sidecar', sidecar.at);
      if (address.family === 6) return direct('ipv6');
      const { value } = address;
      if (container.asProxy) return direct('proxy-user', container.asProxy);
      if (excludedInterface) return direct('excluded-interface', excludedInterface);
      const excluded = excludedRanges.find(({ network }) => networkContains(network, value));
      if (excluded) return direct('excluded-range', excluded.at);
      const excludedPort = excludedPorts.get(port);
      if (excludedPort) return direct('excluded-port', excludedPort);
      if (includedRanges.length === 0) return REDIRECTED;
      const included = includedRanges.find(({ network }) => networkContains(network, value));
      return included
        ? { redirected: true, rule: 'in-included-range', at: included.at }
        : direct('not-in-included-range', includedRanges[0]!.at);
    },
  };
}

function direct(rule: InterceptionRule, at?: FieldRef): Interception {
  return { redirected: false, rule, at };
}

export interface InterceptionRules {
  readonly excludedPorts: ReadonlyMap<number, FieldRef>;
  readonly excludedRanges: readonly RangeRule[];
  readonly includedRanges: readonly RangeRule[];
  readonly excludedInterface: FieldRef | undefined;
  /** Ports that are redirected wherever they are; not in OSM. */
  readonly includedPorts?: ReadonlyMap<number, FieldRef>;
  /** Whether all is redirected that is not excluded; not in OSM, where that is so without included ranges. */
  readonly includesAll?: boolean;
  readonly broken: readonly BrokenPod[];
}

type TrafficList = keyof NonNullable<NonNullable<MeshConfig['spec']>['traffic']>;

/** The merged lists of pod and MeshConfig, and what in them keeps the pod from starting. */
function readRules(world: World, pod: Pod | undefined): InterceptionRules {
  const broken: BrokenPod[] = [];
  const traffic = world.meshConfig?.spec?.traffic;
  const items = <Item>(field: TrafficList, list: readonly Item[] | undefined) =>
    (list ?? []).map((item, index) => [item, fieldRef(world.meshConfig!, 'spec', 'traffic', field, index)] as const);

  const ports = (annotation: string, field: 'outboundPortExclusionList' | 'inboundPortExclusionList') => {
    const merged = new Map<number, FieldRef>();
    for (const [text, at] of annotationItems(pod, annotation)) {
      const port = /^\+?\d+$/.test(text) ? Number(text) : NaN;
      if (!(port > 0)) broken.push({ at, value: text, why: 'not-valid' });
      else if (port > 65535) broken.push({ at, value: text, why: 'port-too-large' });
      else merged.set(port, at);
    }
    for (const [port, at] of items(field, traffic?.[field])) if (!merged.has(port)) merged.set(port, at);
    if (merged.size > MAX_PORTS) {
      const [port, at] = [...merged][MAX_PORTS]!;
      broken.push({ at, value: String(port), why: 'too-many-ports' });
    }
    return merged;
  };
  const ranges = (annotation: string, field: 'outboundIPRangeExclusionList' | 'outboundIPRangeInclusionList') =>
    [...annotationItems(pod, annotation), ...items(field, traffic?.[field])].flatMap(([text, at]): RangeRule[] => {
      const network = parseIptablesRange(text);
      if (!network) broken.push({ at, value: text, why: isCidr(text) ? 'range-does-not-load' : 'not-valid' });
      return network ? [{ network, at }] : [];
    });

  let excludedInterface: FieldRef | undefined;
  const interfaces = world.lacks.has('network-interface-exclusion') ? [] : traffic?.networkInterfaceExclusionList;
  for (const [name, at] of items('networkInterfaceExclusionList', interfaces)) {
    if (!loadsAsInterface(name)) broken.push({ at, value: name, why: 'interface-does-not-load' });
    else if (isPodInterface(name)) excludedInterface ??= at;
  }
  ports(INBOUND_PORT_EXCLUSION, 'inboundPortExclusionList');
  return {
    excludedPorts: ports(OUTBOUND_PORT_EXCLUSION, 'outboundPortExclusionList'),
    excludedRanges: ranges(OUTBOUND_RANGE_EXCLUSION, 'outboundIPRangeExclusionList'),
    includedRanges: world.lacks.has('outbound-range-inclusion')
      ? []
      : ranges(OUTBOUND_RANGE_INCLUSION, 'outboundIPRangeInclusionList'),
    excludedInterface,
    broken,
  };
}

function loadsAsInterface(name: string): boolean {
  return /^\S+$/.test(name) && new TextEncoder().encode(name).length <= MAX_INTERFACE_NAME;
}

/** A `+` at the end is iptables' wildcard. */
function isPodInterface(name: string): boolean {
  return name.endsWith('+') ? POD_INTERFACE.startsWith(name.slice(0, -1)) : name === POD_INTERFACE;
}

/** Never leaves the pod. */
export const TO_THE_POD = direct('loopback');
const REDIRECTED: Interception = { redirected: true, rule: 'everything-else' };

function annotationItems(pod: Pod | undefined, annotation: string): (readonly [string, FieldRef])[] {
  const value = pod?.metadata.annotations?.[annotation];
  if (value === undefined || value.trim() === '') return [];
  const at = podField(pod!, 'metadata', 'annotations', annotation);
  return value.split(',').map((item) => [item.trim(), at] as const);
}

/** What else the injector adds to a pod. */
const SIDECAR_INIT_CONTAINER = 'osm-init';

/** Does a pod show that it has a sidecar, or has none? A running one does, whatever its labels say; undefined: it does not tell. */
function sidecarShownBy(pod: Pod | undefined): boolean | undefined {
  if (initContainerOf(pod) >= 0 && hasProxy(pod)) return true;
  if (isRunning(pod)) return false;
  return pod?.metadata.labels?.[PROXY_UUID] === undefined ? undefined : true;
}

/** Its index, or -1. */
function initContainerOf(pod: Pod | undefined): number {
  return pod?.spec?.initContainers?.findIndex(({ name }) => name === SIDECAR_INIT_CONTAINER) ?? -1;
}

function hasProxy(pod: Pod | undefined): boolean {
  const { containers = [], initContainers = [] } = pod?.spec ?? {};
  return [...containers, ...initContainers].some(({ name }) => name === SIDECAR_CONTAINER);
}

/** Its containers are all that it has: none will be injected any more. */
function isRunning(pod: Pod | undefined): boolean {
  return pod?.status?.phase !== undefined && (pod.spec?.containers?.length ?? 0) > 0;
}

/** The init container sends connections to Envoy, and no Envoy is there to take them. */
function withoutProxy(pod: Pod | undefined): BrokenPod | undefined {
  const index = initContainerOf(pod);
  if (index < 0 || !isRunning(pod) || hasProxy(pod)) return undefined;
  return { at: podField(pod!, 'spec', 'initContainers', index), value: SIDECAR_INIT_CONTAINER, why: 'no-envoy' };
}

/** Whether the source has a sidecar: what the pod shows, else its annotation, else the namespace's, else assumed. */
export function sidecarState(world: World, source: Pick<Source, 'namespace'>, pod: Pod | undefined): SidecarState {
  const not = (at: FieldRef | undefined): SidecarState => ({ injected: false, at });
  const shown = sidecarShownBy(pod);
  if (shown === false) return not(podField(pod!, 'spec', 'containers'));
  if (shown === true) return { injected: true, assumed: false };
  if (pod?.spec?.hostNetwork === true) return not(podField(pod, 'spec', 'hostNetwork'));
  const namespace = world.namespaces.get(source.namespace);
  if (NEVER_INJECTED.includes(source.namespace) || source.namespace === world.osmNamespace) {
    return not(namespace && fieldRef(namespace, 'metadata', 'name'));
  }
  if (!world.isMonitored(source.namespace)) return not(fieldRef(namespace!, 'metadata', 'labels'));
  if (isIgnored(namespace)) return not(fieldRef(namespace!, 'metadata', 'labels', IGNORE));
  for (const object of [pod, namespace]) {
    const effect = injectionEffect(object?.metadata.annotations?.[SIDECAR_INJECTION]);
    if (effect === 'enabled') return { injected: true, assumed: false };
    if (effect === 'disabled') {
      const path = ['metadata', 'annotations', SIDECAR_INJECTION];
      return not(object === pod ? podField(pod!, ...path) : fieldRef(namespace!, ...path));
    }
  }
  return { injected: true, assumed: true };
}

/**
 * Everything in a pod that decides about interception, as a text to compare; its own address excepted.
 * @param container the one that the client runs in, where that is known
 */
export function trafficSettingsOf(pod: Pod, container?: string): string {
  const { annotations = {} } = pod.metadata;
  return JSON.stringify([
    sidecarShownBy(pod),
    withoutProxy(pod) !== undefined,
    pod.spec?.hostNetwork === true,
    containerSettingsOf(pod, container),
    ...SETTINGS.map((key) => annotations[key]),
  ]);
}

/** Does anything that is not of all pods decide about interception, so that a verdict names the pod? */
export function hasOwnSettings(pod: Pod): boolean {
  const { annotations = {} } = pod.metadata;
  return (
    withoutProxy(pod) !== undefined ||
    pod.spec?.hostNetwork === true ||
    clientContainersOf(pod).some(({ asProxy }) => asProxy) ||
    SETTINGS.some((key) => annotations[key] !== undefined)
  );
}

/** Annotations of pods. */
const SETTINGS = [
  OUTBOUND_PORT_EXCLUSION,
  INBOUND_PORT_EXCLUSION,
  OUTBOUND_RANGE_EXCLUSION,
  OUTBOUND_RANGE_INCLUSION,
  SIDECAR_INJECTION,
];
