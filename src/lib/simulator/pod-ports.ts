import { formatIpv4 } from '../text/ip.js';
import type { AddressLiteral } from './address.js';
import { listensOn, type Interceptor } from './interception.js';
import type { Pod } from '../resources/types.js';

/**
 * What answers at a port of the client's own pod: a container that declares the port, one of the sidecar's own listeners, nothing
 * for certain, or whatever may listen there. Egress semantics §2.
 */
export type PodPort = 'declared' | 'sidecar' | 'probe' | 'outbound' | 'inbound' | 'nothing' | 'not-known';

/** Of the listener to which interception redirects. */
export const OUTBOUND_PORT = 15001;

/** The ports of OSM's sidecar: Envoy's administration, its two listeners, its metrics, and the rewritten health probes. */
const SIDECAR_PORTS: ReadonlyMap<number, PodPort> = new Map([
  [15000, 'sidecar'],
  [OUTBOUND_PORT, 'outbound'],
  [15003, 'inbound'],
  [15010, 'sidecar'],
  [15901, 'probe'],
  [15902, 'probe'],
  [15903, 'probe'],
  [15904, 'probe'],
]);
/** The ports of Istio's: Envoy's administration, its two listeners, the agent's status and metrics, Envoy's health and metrics. */
const ISTIO_PORTS: ReadonlyMap<number, PodPort> = new Map([
  [15000, 'sidecar'],
  [OUTBOUND_PORT, 'outbound'],
  [15004, 'sidecar'],
  [15006, 'inbound'],
  [15020, 'sidecar'],
  [15021, 'sidecar'],
  [15090, 'sidecar'],
]);
/** Bound to 127.0.0.1 alone; the others to every IPv4 address. */
const LOCAL_PORTS: ReadonlySet<number> = new Set([15000, 15004]);

export const sidecarPorts: readonly number[] = [...SIDECAR_PORTS.keys()];

/** Those of the sidecar that an interceptor is about. */
export function ownPortsOf({ mesh }: Pick<Interceptor, 'mesh'>): readonly number[] {
  return mesh === 'istio' ? [...ISTIO_PORTS.keys()] : sidecarPorts;
}

/** Of HTTP probes for liveness, readiness and startup, one after the other. */
const HTTP_PROBES = 15901;
const TCP_PROBES = 15904;

/**
 * Where OSM's sidecar answers the health probes of the pod: those by HTTP at a port for each sort, those of TCP at another one; the
 * injector writes the ports into a pod that runs.
 * @returns undefined when the pod shows no container
 */
export function probePorts(pod: Pod | undefined): readonly number[] | undefined {
  const { containers = [] } = pod?.spec ?? {};
  if (containers.length === 0) return undefined;
  const ports = containers.flatMap(({ livenessProbe, readinessProbe, startupProbe }) =>
    [livenessProbe, readinessProbe, startupProbe].flatMap((probe, sort) => {
      if (probe?.tcpSocket || probe?.httpGet?.port === TCP_PROBES) return [TCP_PROBES];
      return probe?.httpGet ? [HTTP_PROBES + sort] : [];
    }),
  );
  return [...new Set(ports)].sort();
}

/** @param literal an address of the pod itself */
export function podPortAt(
  { sidecar, mesh }: Pick<Interceptor, 'sidecar' | 'mesh'>,
  pod: Pod | undefined,
  literal: AddressLiteral,
  port: number,
): PodPort {
  const ports = mesh === 'istio' ? ISTIO_PORTS : SIDECAR_PORTS;
  if (sidecar.injected && literal.family === 4) {
    const isElsewhere = LOCAL_PORTS.has(port) && formatIpv4(literal.value) !== '127.0.0.1';
    const own = ports.get(port);
    const probes = own === 'probe' ? probePorts(pod) : undefined;
    if (probes?.includes(port)) return 'sidecar';
    if (own !== undefined && !probes) return isElsewhere ? 'nothing' : own;
  }
  return listensOn(pod, port) ? 'declared' : 'not-known';
}
