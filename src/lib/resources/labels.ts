import { valueAt } from '../text/plain-data.js';
import type { Namespace, Pod } from './types.js';

/** Labels and annotations by which a namespace takes part in a mesh (osm-cli §8.1, §15.2). */

/** Namespace label; its value is the mesh's name. */
export const MONITORED_BY = 'openservicemesh.io/monitored-by';
/** Namespace label; the control plane reacts to its presence, whatever the value. */
export const IGNORE = 'openservicemesh.io/ignore';
/** Annotation of namespaces and pods; see `injectionEffect`. */
export const SIDECAR_INJECTION = 'openservicemesh.io/sidecar-injection';
/** Namespace annotation. */
export const METRICS = 'openservicemesh.io/metrics';
/** Pod label that the injector adds together with the sidecar. */
export const PROXY_UUID = 'osm-proxy-uuid';

/** The container that the injector adds. */
export const SIDECAR_CONTAINER = 'envoy';

const UUID = /^(?:[\da-f]{32}|(?:urn:uuid:|\{)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}?)$/i;

/** Has a pod a sidecar whose control plane can tell it from others? One rule for every command (osm-cli §17, defect 16). */
export function isMeshed({ metadata, spec }: Pod): boolean {
  const uuid = valueAt(metadata.labels, [PROXY_UUID]);
  const containers = spec?.containers ?? [];
  return typeof uuid === 'string' && UUID.test(uuid) && containers.some(({ name }) => name === SIDECAR_CONTAINER);
}

/** Pod annotations that say which connections reach the proxy: comma-separated ports, CIDRs, CIDRs. Egress semantics §2. */
export const OUTBOUND_PORT_EXCLUSION = 'openservicemesh.io/outbound-port-exclusion-list';
export const INBOUND_PORT_EXCLUSION = 'openservicemesh.io/inbound-port-exclusion-list';
export const OUTBOUND_RANGE_EXCLUSION = 'openservicemesh.io/outbound-ip-range-exclusion-list';
export const OUTBOUND_RANGE_INCLUSION = 'openservicemesh.io/outbound-ip-range-inclusion-list';

/** Namespaces whose pods the injector never touches, besides the control plane's own (osm-cli §15.5). */
export const NEVER_INJECTED: readonly string[] = ['kube-system', 'kube-public'];

/**
 * Does a control plane watch the namespace? One that is not known (undefined) counts as watched.
 * @param meshName of which mesh; undefined: of any
 */
export function isMonitored(namespace: Namespace | undefined, meshName?: string): boolean {
  if (!namespace) return true;
  const mesh = valueAt(namespace.metadata.labels, [MONITORED_BY]);
  return meshName === undefined ? mesh !== undefined : mesh === meshName;
}

/** Does the namespace carry the label that takes it out of every mesh's webhooks? */
export function isIgnored(namespace: Namespace | undefined): boolean {
  return valueAt(namespace?.metadata.labels, [IGNORE]) !== undefined;
}

export type Injection = 'enabled' | 'disabled';

/**
 * What the injector makes of a `sidecar-injection` annotation: letter case does not matter, and `yes`, `true`, `no`, `false`
 * are understood. `invalid` values make it refuse pods; undefined: there is no annotation (osm-cli §8.1).
 */
export function injectionEffect(annotation: string | undefined): Injection | 'invalid' | undefined {
  switch (annotation?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'enabled':
    case 'yes':
    case 'true':
      return 'enabled';
    case 'disabled':
    case 'no':
    case 'false':
      return 'disabled';
    default:
      return 'invalid';
  }
}

/** On an EndpointSlice: the Service's name, and who keeps it. */
export const SLICE_SERVICE = 'kubernetes.io/service-name';
export const SLICE_MANAGER = 'endpointslice.kubernetes.io/managed-by';
