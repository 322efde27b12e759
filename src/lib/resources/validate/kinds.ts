import { coreFields } from './core-schemas.js';
import { dnsLabel, dnsSubdomain, metadataSchema } from './names.js';
import { osmSpecs } from './osm-schemas.js';
import type { ObjectSchema, Schema, StringSchema } from './schema.js';

/** A kind that the simulator reads. */
export interface KindInfo {
  readonly kind: string;
  /** Empty for Kubernetes' own. */
  readonly group: string;
  /** By version. */
  readonly served: Readonly<Record<string, ObjectSchema>>;
  /** The version to write. */
  readonly preferred: string;
  /** Versions that the CRD lists and the API server does not serve. */
  readonly unserved: readonly string[];
  readonly namespaced: boolean;
  readonly nameRule: StringSchema;
  /** What stands for a `spec` that is absent, which the CRDs allow; it selects nothing. */
  readonly emptySpec?: () => Record<string, unknown>;
}

const string: Schema = { type: 'string' };
const anything: Schema = { type: 'object', fields: {}, others: null };

function whole(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { type: 'object', fields: { apiVersion: string, kind: string, metadata: metadataSchema, ...fields } };
}

function core(kind: keyof typeof coreFields, namespaced: boolean, nameRule: StringSchema): KindInfo {
  const served = { v1: whole(coreFields[kind]) };
  return { kind, group: '', served, preferred: 'v1', unserved: [], namespaced, nameRule };
}

function custom(
  apiVersion: string,
  kind: string,
  spec: ObjectSchema,
  more: { unserved?: string[]; status?: boolean; emptySpec?: () => Record<string, unknown> },
): KindInfo {
  const [group = '', version = ''] = apiVersion.split('/');
  const fields = more.status ? { spec, status: anything } : { spec };
  return {
    kind,
    group,
    served: { [version]: whole(fields) },
    preferred: version,
    unserved: more.unserved ?? [],
    namespaced: true,
    nameRule: dnsSubdomain,
    ...(more.emptySpec && { emptySpec: more.emptySpec }),
  };
}

const kinds: readonly KindInfo[] = [
  core('Namespace', false, dnsLabel),
  core('ServiceAccount', true, dnsSubdomain),
  { ...core('Service', true, dnsLabel), emptySpec: () => ({}) },
  core('Endpoints', true, dnsSubdomain),
  core('Pod', true, dnsSubdomain),
  {
    ...custom('config.openservicemesh.io/v1alpha2', 'MeshConfig', osmSpecs.meshConfigV1alpha2, {}),
    served: {
      v1alpha2: whole({ spec: osmSpecs.meshConfigV1alpha2 }),
      v1alpha1: whole({ spec: osmSpecs.meshConfigV1alpha1 }),
    },
  },
  custom('policy.openservicemesh.io/v1alpha1', 'Egress', osmSpecs.egress, {
    emptySpec: () => ({ sources: [], ports: [] }),
  }),
  custom('policy.openservicemesh.io/v1alpha1', 'UpstreamTrafficSetting', osmSpecs.upstream, {
    status: true,
    emptySpec: () => ({ host: '' }),
  }),
  custom('specs.smi-spec.io/v1alpha4', 'HTTPRouteGroup', osmSpecs.routeGroup, {
    unserved: ['v1alpha3', 'v1alpha2', 'v1alpha1'],
    emptySpec: () => ({ matches: [] }),
  }),
  custom('access.smi-spec.io/v1alpha3', 'TrafficTarget', osmSpecs.trafficTarget, {
    unserved: ['v1alpha2', 'v1alpha1'],
    emptySpec: () => ({ destination: { kind: '', name: '' }, sources: [], rules: [] }),
  }),
  custom('split.smi-spec.io/v1alpha2', 'TrafficSplit', osmSpecs.trafficSplit, {
    unserved: ['v1alpha4', 'v1alpha3'],
    emptySpec: () => ({ service: '', backends: [] }),
  }),
];

/** Kinds of the groups that we know, which say nothing about egress. */
const otherKinds: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Binding',
    'ComponentStatus',
    'ConfigMap',
    'Event',
    'LimitRange',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'PodTemplate',
    'ReplicationController',
    'ResourceQuota',
    'Secret',
  ],
  'config.openservicemesh.io': ['MeshRootCertificate'],
  'policy.openservicemesh.io': ['IngressBackend', 'Retry'],
  'specs.smi-spec.io': ['TCPRoute', 'UDPRoute'],
  'access.smi-spec.io': ['IdentityBinding'],
  'split.smi-spec.io': [],
};

const byName = new Map(kinds.map((info) => [`${info.group}/${info.kind}`, info]));

export function findKind(group: string, kind: string): KindInfo | undefined {
  return byName.get(`${group}/${kind}`);
}

/** Every kind of a group of which the simulator reads some; undefined for other groups. */
export function kindsOfGroup(group: string): readonly string[] | undefined {
  if (!Object.hasOwn(otherKinds, group)) return undefined;
  return [...kinds.filter((info) => info.group === group).map((info) => info.kind), ...(otherKinds[group] ?? [])];
}

/** The kinds that only OSM and SMI have, by name. */
export function customKinds(): readonly KindInfo[] {
  return kinds.filter((info) => info.group !== '');
}

export function knownGroups(): readonly string[] {
  return Object.keys(otherKinds).filter((group) => group !== '');
}

export function apiVersionOf(info: KindInfo, version = info.preferred): string {
  return info.group ? `${info.group}/${version}` : version;
}
