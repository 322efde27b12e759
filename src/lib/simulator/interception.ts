import {
  IGNORE,
  OUTBOUND_PORT_EXCLUSION,
  OUTBOUND_RANGE_EXCLUSION,
  OUTBOUND_RANGE_INCLUSION,
  PROXY_UUID,
  SIDECAR_INJECTION,
} from '../resources/labels.js';
import type { FieldRef, Pod } from '../resources/types.js';
import { type AddressLiteral } from './address.js';
import { type Ipv4Network, networkContains, parseCidr, parseIpv4 } from '../text/ip.js';
import { fieldRef, type Source, type World } from './world.js';

/** The rule that sent a connection past the proxy or to it. Egress semantics §2. */
export type InterceptionRule =
  | 'no-sidecar'
  | 'ipv6'
  | 'loopback'
  | 'excluded-interface'
  | 'excluded-range'
  | 'excluded-port'
  | 'not-in-included-range'
  | 'in-included-range'
  | 'everything-else';

export interface Interception {
  readonly redirected: boolean;
  readonly rule: InterceptionRule;
  /** The list entry, annotation or label that decided, where one did. */
  readonly at: FieldRef | undefined;
}

interface RangeRule {
  readonly network: Ipv4Network;
  readonly at: FieldRef;
}

export type SidecarState =
  | { readonly injected: true; readonly assumed: boolean }
  | { readonly injected: false; readonly at: FieldRef | undefined };

/** A value that the injector refuses, or that iptables cannot take: such a pod does not come up. */
export interface BrokenPod {
  readonly at: FieldRef;
  readonly value: string;
}

export interface Interceptor {
  readonly sidecar: SidecarState;
  readonly broken: BrokenPod | undefined;
  /** Networks whose edges can change the answer. */
  readonly networks: readonly Ipv4Network[];
  intercept(address: AddressLiteral, port: number): Interception;
}

/** The network interface of a pod, by the convention of container runtimes. */
const POD_INTERFACE = 'eth0';
const LOOPBACK: Ipv4Network = { base: 0x7f000000, prefixLength: 8 };

export function isLoopback(address: AddressLiteral): boolean {
  return address.family === 4 ? networkContains(LOOPBACK, address.value) : /^(0{0,4}:){2,7}0{0,3}1$/.test(address.text);
}

/** The iptables rules of the source's pod. Egress semantics §2. */
export function createInterceptor(world: World, source: Source, pod: Pod | undefined): Interceptor {
  const broken: BrokenPod[] = [];
  const excludedPorts = new Map<number, FieldRef>();
  const excludedRanges: RangeRule[] = [];
  const includedRanges: RangeRule[] = [];

  for (const [text, at] of annotationItems(pod, OUTBOUND_PORT_EXCLUSION)) {
    const port = /^\+?\d+$/.test(text) ? Number(text) : NaN;
    if (port > 0) excludedPorts.set(port, at);
    else broken.push({ at, value: text });
  }
  const traffic = world.meshConfig?.spec?.traffic;
  const meshAt = (field: string, index: number) => fieldRef(world.meshConfig!, 'spec', 'traffic', field, index);
  traffic?.outboundPortExclusionList?.forEach((port, index) => {
    if (!excludedPorts.has(port)) excludedPorts.set(port, meshAt('outboundPortExclusionList', index));
  });
  const addRanges = (
    rules: RangeRule[],
    annotation: string,
    field: 'outboundIPRangeExclusionList' | 'outboundIPRangeInclusionList',
  ) => {
    const items = [
      ...annotationItems(pod, annotation),
      ...(traffic?.[field] ?? []).map((text, index) => [text, meshAt(field, index)] as const),
    ];
    for (const [text, at] of items) {
      const network = parseCidr(text);
      if (network) rules.push({ network, at });
      else broken.push({ at, value: text });
    }
  };
  addRanges(excludedRanges, OUTBOUND_RANGE_EXCLUSION, 'outboundIPRangeExclusionList');
  addRanges(includedRanges, OUTBOUND_RANGE_INCLUSION, 'outboundIPRangeInclusionList');
  const interfaceIndex = traffic?.networkInterfaceExclusionList?.indexOf(POD_INTERFACE) ?? -1;
  const excludedInterface = interfaceIndex < 0 ? undefined : meshAt('networkInterfaceExclusionList', interfaceIndex);

  const sidecar = sidecarState(world, source, pod);
  const ownAddress = parseIpv4(pod?.status?.podIP ?? '');

  return {
    sidecar,
    broken: sidecar.injected ? broken[0] : undefined,
    networks: [...excludedRanges, ...includedRanges].map(({ network }) => network),
    intercept(address, port) {
      const direct = (rule: InterceptionRule, at?: FieldRef): Interception => ({ redirected: false, rule, at });
      if (!sidecar.injected) return direct('no-sidecar', sidecar.at);
      if (address.family === 6) return direct('ipv6');
      const { value } = address;
      if (isLoopback(address) || value === ownAddress) return direct('loopback');
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

const REDIRECTED: Interception = { redirected: true, rule: 'everything-else', at: undefined };

function annotationItems(pod: Pod | undefined, annotation: string): (readonly [string, FieldRef])[] {
  const value = pod?.metadata.annotations?.[annotation];
  if (value === undefined || value.trim() === '') return [];
  const at = fieldRef(pod!, 'metadata', 'annotations', annotation);
  return value.split(',').map((item) => [item.trim(), at] as const);
}

/** Namespaces whose pods never get a sidecar, besides the control plane's own. */
const NEVER_INJECTED = new Set(['kube-system', 'kube-public']);

/** Whether the source has a sidecar: what the pod shows, else its annotation, else the namespace's, else assumed. */
function sidecarState(world: World, source: Source, pod: Pod | undefined): SidecarState {
  if (pod?.metadata.labels?.[PROXY_UUID] !== undefined) return { injected: true, assumed: false };
  const not = (at: FieldRef | undefined): SidecarState => ({ injected: false, at });
  if (pod?.spec?.hostNetwork === true) return not(fieldRef(pod, 'spec', 'hostNetwork'));
  const namespace = world.namespaces.get(source.namespace);
  if (NEVER_INJECTED.has(source.namespace) || source.namespace === world.osmNamespace) {
    return not(namespace && fieldRef(namespace, 'metadata', 'name'));
  }
  if (namespace && !world.isMonitored(source.namespace)) return not(fieldRef(namespace, 'metadata', 'labels'));
  if (namespace?.metadata.labels?.[IGNORE] !== undefined) {
    return not(fieldRef(namespace, 'metadata', 'labels', IGNORE));
  }
  for (const object of [pod, namespace]) {
    const value = object?.metadata.annotations?.[SIDECAR_INJECTION]?.toLowerCase();
    if (value === undefined) continue;
    if (['enabled', 'yes', 'true'].includes(value)) return { injected: true, assumed: false };
    if (['disabled', 'no', 'false'].includes(value)) {
      return not(fieldRef(object!, 'metadata', 'annotations', SIDECAR_INJECTION));
    }
  }
  return { injected: true, assumed: true };
}

/** Everything in a pod that decides about interception, as a text to compare; its own address excepted. */
export function trafficSettingsOf({ metadata, spec }: Pod): string {
  const { labels = {}, annotations = {} } = metadata;
  const keys = [OUTBOUND_PORT_EXCLUSION, OUTBOUND_RANGE_EXCLUSION, OUTBOUND_RANGE_INCLUSION, SIDECAR_INJECTION];
  return JSON.stringify([
    PROXY_UUID in labels,
    spec?.hostNetwork === true,
    ...keys.map((key) => annotations[key] ?? null),
  ]);
}
