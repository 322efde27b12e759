/** Pieces of which Istio's resources for OSM's grants are made. */
import type { HTTPMatchRequest, IstioResource } from '../../resources/istio-types.js';
import type { FieldRef, UpstreamTrafficSetting } from '../../resources/types.js';
import { matcherOfAnySize } from '../../simulator/envoy/re2.js';
import { admissionOf } from '../../simulator/istio/admission.js';
import { quoteRegex } from '../../simulator/istio/hosts.js';
import type { Limits, RouteGrant } from './grants.js';
import { INVENTED } from './names.js';
import type { Labels } from './selectors.js';

export interface Emitted {
  readonly object: IstioResource;
  /** What of OSM's resources it comes from. */
  readonly from: readonly FieldRef[];
}

/** Something that Istio's resources cannot say. */
export interface Inexpressible {
  readonly code: 'route' | 'server-name' | 'host';
  readonly at: FieldRef;
  readonly what: string;
}

/** Kinds in the order in which they are applied: until the entries are there, nothing is open that they open. */
export const KINDS_IN_ORDER = [
  'Sidecar',
  'AuthorizationPolicy',
  'DestinationRule',
  'Gateway',
  'VirtualService',
  'ServiceEntry',
] as const;
export type EmittedKind = (typeof KINDS_IN_ORDER)[number];

export const NOT_FOUND = { directResponse: { status: 404 } };

/** An object of Istio's with the labels and the annotation that tell where it comes from. */
export function emittedObject(
  kind: EmittedKind,
  namespace: string,
  name: string,
  spec: object,
  from: readonly FieldRef[],
): Emitted {
  const group = kind === 'AuthorizationPolicy' ? 'security' : 'networking';
  const object = {
    apiVersion: `${group}.istio.io/v1`,
    kind,
    metadata: { name, namespace, ...originOf(from) },
    spec,
  } as unknown as IstioResource;
  return { object, from };
}

export function inOrder(emitted: readonly Emitted[]): Emitted[] {
  // entries come last
  const rank = ({ object }: Emitted) => KINDS_IN_ORDER.indexOf(object.kind) + rankOfEntry(object);
  return emitted.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * What closes a part of a port to others comes before these: ranges that lead nowhere, names and bytes of ranges before what knows no
 * range, what reads HTTP or names before what takes any bytes.
 */
function rankOfEntry(object: IstioResource): number {
  if (object.kind !== 'ServiceEntry') return 0;
  const { hosts, addresses = [], ports = [], resolution } = object.spec;
  const protocols = ports.map(({ protocol }) => protocol);
  if (protocols.includes('HTTP')) return 3;
  if (protocols.includes('TLS')) return hosts[0]!.endsWith(INVENTED) ? 1 : 4;
  if (resolution === 'STATIC') return 0;
  return addresses.length > 0 ? 2 : 5;
}

/**
 * The limits of a cluster as a DestinationRule says them.
 * @param defined what the definitions of the cluster say; several that differ are left to chance under OSM, and are not carried over
 */
export function poolOf(
  defined: Limits,
): { readonly pool: object; readonly setting: UpstreamTrafficSetting } | undefined {
  const [only, ...others] = new Set(defined.map((limits) => limits?.source.object));
  if (!only || others.length > 0) return undefined;
  const setting = only as UpstreamTrafficSetting;
  const { tcp = {}, http = {} } = setting.spec.connectionSettings ?? {};
  // to Istio 0 is as good as nothing
  const given = (fields: Readonly<Record<string, number | string | undefined>>) => {
    const list = Object.entries(fields).filter(([, value]) => value !== undefined && value !== 0);
    return list.length > 0 ? Object.fromEntries(list) : undefined;
  };
  const ofTcp = given({ maxConnections: tcp.maxConnections, connectTimeout: tcp.connectTimeout });
  const ofHttp = given({
    http1MaxPendingRequests: http.maxPendingRequests,
    http2MaxRequests: http.maxRequests,
    maxRequestsPerConnection: http.maxRequestsPerConnection,
    maxRetries: http.maxRetries,
  });
  return { pool: { ...(ofTcp && { tcp: ofTcp }), ...(ofHttp && { http: ofHttp }) }, setting };
}

/** Does Istio's admission take a host of a ServiceEntry? */
export function isTaken(host: string): boolean {
  return admissionOf(emittedObject('ServiceEntry', 'any', 'any', { hosts: [host] }, []).object)?.error === undefined;
}

const IN_EVERY_REQUEST: ReadonlySet<string> = new Set([':authority', ':path', ':scheme']);
const ANYTHING: ReadonlySet<string> = new Set(['.*', '.+']);

/**
 * The Hosts that OSM takes, with the host's own port or none, as far as a route wants them: Istio looks at one expression alone.
 * @returns undefined where there are none in small letters
 */
function takenHosts(host: string, port: number, regex: string): string | undefined {
  const isWanted = matcherOfAnySize(regex);
  const taken = [host, `${host}:${port}`].filter((one) => isWanted?.(one) === true);
  return taken.length > 0 ? taken.map(quoteRegex).join('|') : undefined;
}

/**
 * What a route asks, as a VirtualService says it.
 * @returns undefined where no request gets there, or where Istio has no words for it, which `report` is told
 */
export function matchOf(
  route: RouteGrant,
  host: string,
  port: number,
  sourceLabels: Labels | undefined,
  report: (one: Inexpressible) => void,
): HTTPMatchRequest | undefined {
  const headers: Record<string, { regex: string }> = {};
  const match: HTTPMatchRequest = {
    port,
    ...(sourceLabels && { sourceLabels }),
    // OSM takes the host with its own port or none, Istio with any
    authority: { regex: `(?i)${quoteRegex(host)}(:${port})?` },
    ...(route.method !== null && { method: { exact: route.method } }),
    ...(route.pathRegex !== '.*' && { uri: { regex: route.pathRegex } }),
  };
  const said = new Map<string, string>();
  for (const { name, regex } of route.headers) {
    if (name === ':method' && route.method !== null) {
      if (matcherOfAnySize(regex)?.(route.method) !== true) return undefined;
      continue;
    }
    if (IN_EVERY_REQUEST.has(name) && ANYTHING.has(regex)) continue;
    // a second condition on the same header would have no place
    const hasPlace = said.get(name) === undefined || said.get(name) === regex;
    said.set(name, regex);
    const authority = name === ':authority' ? takenHosts(host, port, regex) : undefined;
    if (hasPlace && authority !== undefined) match.authority = { regex: authority };
    else if (hasPlace && name === ':method') match.method = { regex };
    else if (hasPlace && name === ':scheme') match.scheme = { regex };
    else if (hasPlace && !name.startsWith(':')) headers[name] = { regex };
    else {
      report({ code: 'route', at: route.from, what: `header ${name}` });
      return undefined;
    }
  }
  return Object.keys(headers).length > 0 ? { ...match, headers } : match;
}

export function portOf(word: 'http' | 'tls' | 'tcp', number: number) {
  return { number, name: `${word}-${number}`, protocol: word.toUpperCase() };
}

export function distinct(refs: readonly FieldRef[]): FieldRef[] {
  return [...new Map(refs.map((ref) => [fieldKey(ref), ref])).values()];
}

/** The same for the same field of the same object. */
export function fieldKey({ object: { kind, metadata }, path }: FieldRef): string {
  return JSON.stringify([kind, metadata.namespace, metadata.name, path]);
}

/** By which label and annotation one finds what came from a policy. */
function originOf(from: readonly FieldRef[]) {
  const names = [
    ...new Set(
      from.map(({ object }) => `${object.kind}/${object.metadata.namespace ?? 'default'}/${object.metadata.name}`),
    ),
  ];
  const policies = names.filter((name) => name.startsWith('Egress/')).map((name) => name.split('/').slice(1).join('.'));
  const label = policies.length === 1 ? policies[0]!.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '') : 'several';
  return {
    labels: { 'app.kubernetes.io/managed-by': 'osm-ts', 'osm-ts/from': names.length === 0 ? 'mesh-config' : label },
    ...(names.length > 0 && { annotations: { 'osm-ts/from': names.join(', ') } }),
  };
}
