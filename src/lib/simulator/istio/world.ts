import { ISTIO_KINDS } from './kinds.js';
import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  IstioMeshConfig,
  IstioResource,
  ServiceEntry,
  Sidecar,
  VirtualService,
} from '../../resources/istio-types.js';
import type { FieldRef, KubernetesObject, Resource } from '../../resources/types.js';
import { isWorkload } from '../../resources/workloads.js';
import type { PathNormalization } from '../envoy/types.js';
import { homeOf } from './hosts.js';
import { createWorld, type World } from '../world.js';
import { admissionOf, type Admission } from './admission.js';

/** What may be dual-stack: the redirection in the pod, and istiod. */
export interface Ipv6Mode {
  readonly redirected: boolean;
  readonly programmed: boolean;
}

export interface IstioWorldOptions {
  /** What the mesh's ConfigMaps say; absent: Istio's own defaults. */
  readonly meshConfig?: IstioMeshConfig | undefined;
  /** The object that holds it, to point at. */
  readonly meshConfigAt?: FieldRef | undefined;
  /** Default: of the mesh configuration, else `istio-system`. */
  readonly rootNamespace?: string | undefined;
  /** Default: IPv4 alone. */
  readonly ipv6?: Ipv6Mode | undefined;
  /** Kinds of which objects may exist that could not be read. */
  readonly unreadable?: ReadonlySet<string>;
}

export type OutboundMode = 'REGISTRY_ONLY' | 'ALLOW_ANY';

/** What Istio's control plane knows, its objects from the oldest to the youngest. Istio egress §2. */
export interface IstioWorld {
  /** Pods, Services and what else is no kind of Istio's. */
  readonly base: World;
  readonly serviceEntries: readonly ServiceEntry[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly sidecars: readonly Sidecar[];
  readonly gateways: readonly Gateway[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly meshConfig: IstioMeshConfig;
  /** Where the mesh configuration is, or would be. */
  readonly meshConfigAt: FieldRef;
  readonly hasMeshConfig: boolean;
  readonly outboundMode: OutboundMode;
  readonly pathNormalization: PathNormalization | undefined;
  /** Seconds; null: without end. */
  readonly detectionTimeout: number | null;
  readonly rootNamespace: string;
  readonly trustDomain: string;
  readonly ipv6: Ipv6Mode;
  /** Objects about which the webhook has something to say; those that it refuses are left out of everything else. */
  readonly admissions: readonly Admission[];
}

/** Kinds that mean the same under any mesh, as workloads do. */
const COMMON_KINDS = new Set(['Namespace', 'Service', 'Endpoints', 'EndpointSlice', 'Pod']);

function isIstioResource(object: KubernetesObject): object is IstioResource {
  return ISTIO_KINDS.has(object.kind) && /^(networking|security)\.istio\.io\//.test(object.apiVersion);
}

/**
 * Indexes objects of Istio and what is around them. Objects without a time of creation are as old as their place tells.
 */
export function createIstioWorld(objects: Iterable<KubernetesObject>, options: IstioWorldOptions = {}): IstioWorld {
  const latest = new Map<string, KubernetesObject>();
  const admissions: Admission[] = [];
  for (const object of objects) {
    const admission = isIstioResource(object) ? admissionOf(object) : undefined;
    if (admission) admissions.push(admission);
    // what was there before stays where a new version is refused
    if (admission?.error !== undefined) continue;
    latest.set(`${object.kind} ${homeOf(object)}/${object.metadata.name}`, object);
  }
  const all = [...latest.values()];
  const admitted = byAge(all.filter(isIstioResource));
  const ofKind = <T extends IstioResource>(kind: T['kind']) => admitted.filter((object) => object.kind === kind) as T[];
  const meshConfig = options.meshConfig ?? {};
  const rootNamespace = options.rootNamespace ?? meshConfig.rootNamespace ?? 'istio-system';
  return {
    base: createWorld(all.filter((object) => COMMON_KINDS.has(object.kind) || isWorkload(object)) as Resource[], {
      unreadable: options.unreadable as ReadonlySet<Resource['kind']> | undefined,
      osmNamespace: rootNamespace,
    }),
    serviceEntries: ofKind<ServiceEntry>('ServiceEntry'),
    virtualServices: ofKind<VirtualService>('VirtualService'),
    destinationRules: ofKind<DestinationRule>('DestinationRule'),
    sidecars: ofKind<Sidecar>('Sidecar'),
    gateways: ofKind<Gateway>('Gateway'),
    authorizationPolicies: ofKind<AuthorizationPolicy>('AuthorizationPolicy'),
    meshConfig,
    meshConfigAt: options.meshConfigAt ?? placeOfMeshConfig(rootNamespace),
    hasMeshConfig: options.meshConfig !== undefined,
    outboundMode: outboundModeOf(meshConfig.outboundTrafficPolicy?.mode) ?? 'ALLOW_ANY',
    pathNormalization: normalizationOf(meshConfig.pathNormalization?.normalization),
    detectionTimeout: secondsOf(meshConfig.protocolDetectionTimeout),
    rootNamespace,
    trustDomain: meshConfig.trustDomain ?? 'cluster.local',
    ipv6: options.ipv6 ?? { redirected: false, programmed: false },
    admissions,
  };
}

function placeOfMeshConfig(namespace: string): FieldRef {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace } };
  return { object, path: ['data', 'mesh'] };
}

/** Times of creation, which the API writes all in one form, decide where all have one; and names where they are equal. */
function byAge<T extends KubernetesObject>(objects: readonly T[]): T[] {
  if (!objects.every(({ metadata }) => metadata.creationTimestamp !== undefined)) return [...objects];
  const key = ({ metadata: { creationTimestamp, name, namespace } }: T) => `${creationTimestamp} ${name}.${namespace}`;
  return objects.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

export function outboundModeOf(mode: string | undefined): OutboundMode | undefined {
  return mode === 'REGISTRY_ONLY' || mode === 'ALLOW_ANY' ? mode : undefined;
}

/** `DEFAULT` is `BASE`. */
function normalizationOf(word = 'DEFAULT'): PathNormalization | undefined {
  if (word === 'NONE') return undefined;
  return word === 'MERGE_SLASHES' || word === 'DECODE_AND_MERGE_SLASHES' ? word : 'BASE';
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Seconds of a duration such as `1m30s`; null for none, and for zero. */
function secondsOf(duration: string | undefined): number | null {
  let sum = 0;
  for (const [, number, unit] of duration?.matchAll(/([\d.]+)(h|ms|m|us|µs|ns|s)/g) ?? []) {
    sum += Number(number) * UNITS[unit!]!;
  }
  return sum > 0 ? sum : null;
}

/**
 * Is something of one namespace visible in another one?
 * @param exportTo what it says itself; a list without entries says nothing
 * @param usual what the mesh says for all that say nothing; absent: everybody sees it
 */
export function isExported(
  exportTo: readonly string[] | undefined,
  usual: readonly string[] | undefined,
  own: string,
  namespace: string,
): boolean {
  const list = [exportTo, usual].find((one) => one?.length) ?? ['*'];
  return list.some((one) => one === '*' || one === namespace || (one === '.' && own === namespace));
}
