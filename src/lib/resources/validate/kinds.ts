import { ownValue } from '../../text/plain-data.js';
import { apiVersionOf, comesWithOsm, kinds, type ResourceKind } from '../kinds.js';
import { coreFields } from './core-schemas.js';
import { dnsLabel, dnsSubdomain, metadataSchema } from './names.js';
import { osmSpecs } from './osm-schemas.js';
import { hasField, type Finding, type ObjectSchema, type Schema, type StringSchema } from './schema.js';

/** A kind that the simulator reads. */
export interface KindInfo extends ResourceKind {
  /** By version. */
  readonly served: Readonly<Record<string, ObjectSchema>>;
  /** Versions that the CRD lists and the API server does not serve. */
  readonly unserved: readonly string[];
  readonly nameRule: StringSchema;
}

const string: Schema = { type: 'string' };

function whole(fields: Readonly<Record<string, Schema>>, alsoFields: readonly string[] = []): ObjectSchema {
  return {
    type: 'object',
    fields: { apiVersion: string, kind: string, metadata: metadataSchema, ...fields },
    // what the cluster says of an object is printed with it, and decides nothing
    others: ['status', ...alsoFields],
  };
}

/** @param fields of the version to write, besides those that every object has */
export function readable(
  kind: ResourceKind,
  fields: Readonly<Record<string, Schema>>,
  {
    served,
    versions = [],
    alsoFields,
    ...more
  }: Partial<Omit<KindInfo, keyof ResourceKind>> & {
    /** Older ones that are as good, with the same fields. */
    readonly versions?: readonly string[];
    /** At the top, besides metadata. */
    readonly alsoFields?: readonly string[];
  } = {},
): KindInfo {
  return {
    unserved: [],
    nameRule: dnsSubdomain,
    ...kind,
    ...more,
    served: {
      ...Object.fromEntries([kind.version, ...versions].map((version) => [version, whole(fields, alsoFields)])),
      ...served,
    },
  };
}

/** Versions that older clusters serve, and files still name. */
function old(fields: Readonly<Record<string, Schema>>, ...versions: string[]): Pick<KindInfo, 'served'> {
  return { served: Object.fromEntries(versions.map((version) => [version, whole(fields)])) };
}

const readableKinds: readonly KindInfo[] = [
  readable(kinds.Namespace, coreFields.Namespace, { nameRule: dnsLabel }),
  readable(kinds.ServiceAccount, coreFields.ServiceAccount),
  readable(kinds.Service, coreFields.Service, { nameRule: dnsLabel }),
  readable(kinds.Endpoints, coreFields.Endpoints),
  readable(kinds.EndpointSlice, coreFields.EndpointSlice, old(coreFields.EndpointSlice, 'v1beta1')),
  readable(kinds.Pod, coreFields.Pod),
  ...[kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet, kinds.ReplicaSet].map((kind) =>
    readable(kind, coreFields.Workload, old(coreFields.Workload, 'v1beta2', 'v1beta1')),
  ),
  ...[kinds.ReplicationController, kinds.Job, kinds.DeploymentConfig, kinds.Rollout].map((kind) =>
    readable(kind, coreFields.Workload),
  ),
  readable(kinds.CronJob, coreFields.CronJob, old(coreFields.CronJob, 'v1beta1')),
  readable(
    kinds.MeshConfig,
    { spec: osmSpecs.meshConfigV1alpha2 },
    { served: { v1alpha1: whole({ spec: osmSpecs.meshConfigV1alpha1 }) } },
  ),
  readable(kinds.Egress, { spec: osmSpecs.egress }),
  readable(kinds.UpstreamTrafficSetting, { spec: osmSpecs.upstream }),
  readable(kinds.HTTPRouteGroup, { spec: osmSpecs.routeGroup }, { unserved: ['v1alpha3', 'v1alpha2', 'v1alpha1'] }),
  readable(kinds.TrafficTarget, { spec: osmSpecs.trafficTarget }, { unserved: ['v1alpha2', 'v1alpha1'] }),
  readable(kinds.TrafficSplit, { spec: osmSpecs.trafficSplit }, { unserved: ['v1alpha4', 'v1alpha3'] }),
];

/** Kinds of the groups of which the simulator reads some that osm-ts has no use for. */
const unusedKinds: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Binding',
    'ComponentStatus',
    'LimitRange',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'PodTemplate',
    'ResourceQuota',
  ],
  apps: ['ControllerRevision'],
  'specs.smi-spec.io': ['UDPRoute'],
  'access.smi-spec.io': ['IdentityBinding'],
};

/** Groups with kinds of others, too: not every one is known. */
const openGroups: ReadonlySet<string> = new Set([kinds.DeploymentConfig.group, kinds.Rollout.group]);

const byName = new Map(readableKinds.map((info) => [`${info.group}/${info.kind}`, info]));

/** What is known of a kind that the simulator reads; undefined for others. */
export function findReadable(group: string, kind: string): KindInfo | undefined {
  return byName.get(`${group}/${kind}`);
}

/** Every kind of a group of which the simulator reads some; undefined for other groups. */
export function kindsOfGroup(group: string): readonly string[] | undefined {
  if (openGroups.has(group) || !readableKinds.some((info) => info.group === group)) return undefined;
  const used = Object.values<ResourceKind>(kinds).filter((kind) => kind.group === group);
  return [...used.map(({ kind }) => kind), ...(ownValue(unusedKinds, group) ?? [])];
}

/** The kinds that only OSM and SMI have. */
export const customKinds: readonly KindInfo[] = readableKinds.filter(comesWithOsm);

/** A field that only the version to write has. */
export function inNewerVersion(finding: Finding, info: KindInfo, version: string): Finding {
  const newest = info.served[info.version];
  if (version === info.version || finding.severity !== 'warning' || !newest || !hasField(newest, finding.path)) {
    return finding;
  }
  return { ...finding, hint: `${apiVersionOf(info)} has it` };
}
