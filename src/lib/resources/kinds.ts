import type {
  Egress,
  Endpoints,
  EndpointSlice,
  HTTPRouteGroup,
  KubernetesObject,
  MeshConfig,
  Namespace,
  Pod,
  Service,
  ServiceAccount,
  TrafficTarget,
  UpstreamTrafficSetting,
  Workload,
} from './types.js';

/** What must be known of a kind to address its objects through the API (osm-cli §15). */
export interface ResourceKind<T extends KubernetesObject = KubernetesObject> {
  readonly kind: string;
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Name in URLs and RBAC rules, lower case. */
  readonly plural: string;
  /** Name as `kubectl` prints it before the slash, without the group. */
  readonly singular: string;
  readonly namespaced: boolean;
  /** Never there at run time. It ties the kind to its type, so that `get` and `list` know what they return. */
  describes?(object: T): void;
}

const CONFIG = 'config.openservicemesh.io';
const POLICY = 'policy.openservicemesh.io';
const SPECS = 'specs.smi-spec.io';
const ACCESS = 'access.smi-spec.io';
const SPLIT = 'split.smi-spec.io';
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

function define<T extends KubernetesObject = KubernetesObject>(
  kind: string,
  plural: string,
  group: string,
  version: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): ResourceKind<T> {
  return { kind, group, version, plural, singular: kind.toLowerCase(), namespaced: scope === 'namespaced' };
}

/** The kinds that osm-ts reads or writes, by kind. */
export const kinds = {
  Namespace: define<Namespace>('Namespace', 'namespaces', '', 'v1', 'cluster'),
  Pod: define<Pod>('Pod', 'pods', '', 'v1'),
  Service: define<Service>('Service', 'services', '', 'v1'),
  Endpoints: define<Endpoints>('Endpoints', 'endpoints', '', 'v1'),
  EndpointSlice: define<EndpointSlice>('EndpointSlice', 'endpointslices', 'discovery.k8s.io', 'v1'),
  ServiceAccount: define<ServiceAccount>('ServiceAccount', 'serviceaccounts', '', 'v1'),
  Secret: define('Secret', 'secrets', '', 'v1'),
  ConfigMap: define('ConfigMap', 'configmaps', '', 'v1'),
  Event: define('Event', 'events', '', 'v1'),
  Deployment: define<Workload>('Deployment', 'deployments', 'apps', 'v1'),
  StatefulSet: define<Workload>('StatefulSet', 'statefulsets', 'apps', 'v1'),
  DaemonSet: define<Workload>('DaemonSet', 'daemonsets', 'apps', 'v1'),
  ReplicaSet: define<Workload>('ReplicaSet', 'replicasets', 'apps', 'v1'),
  Job: define<Workload>('Job', 'jobs', 'batch', 'v1'),
  CronJob: define<Workload>('CronJob', 'cronjobs', 'batch', 'v1'),
  Ingress: define('Ingress', 'ingresses', 'networking.k8s.io', 'v1'),
  Role: define('Role', 'roles', RBAC, 'v1'),
  RoleBinding: define('RoleBinding', 'rolebindings', RBAC, 'v1'),
  ClusterRole: define('ClusterRole', 'clusterroles', RBAC, 'v1', 'cluster'),
  ClusterRoleBinding: define('ClusterRoleBinding', 'clusterrolebindings', RBAC, 'v1', 'cluster'),
  CustomResourceDefinition: define(
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'apiextensions.k8s.io',
    'v1',
    'cluster',
  ),
  MutatingWebhookConfiguration: define(
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    ADMISSION,
    'v1',
    'cluster',
  ),
  ValidatingWebhookConfiguration: define(
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    ADMISSION,
    'v1',
    'cluster',
  ),
  MeshConfig: define<MeshConfig>('MeshConfig', 'meshconfigs', CONFIG, 'v1alpha2'),
  MeshRootCertificate: define('MeshRootCertificate', 'meshrootcertificates', CONFIG, 'v1alpha2'),
  Egress: define<Egress>('Egress', 'egresses', POLICY, 'v1alpha1'),
  IngressBackend: define('IngressBackend', 'ingressbackends', POLICY, 'v1alpha1'),
  Retry: define('Retry', 'retries', POLICY, 'v1alpha1'),
  UpstreamTrafficSetting: define<UpstreamTrafficSetting>(
    'UpstreamTrafficSetting',
    'upstreamtrafficsettings',
    POLICY,
    'v1alpha1',
  ),
  HTTPRouteGroup: define<HTTPRouteGroup>('HTTPRouteGroup', 'httproutegroups', SPECS, 'v1alpha4'),
  TCPRoute: define('TCPRoute', 'tcproutes', SPECS, 'v1alpha4'),
  TrafficTarget: define<TrafficTarget>('TrafficTarget', 'traffictargets', ACCESS, 'v1alpha3'),
  TrafficSplit: define('TrafficSplit', 'trafficsplits', SPLIT, 'v1alpha2'),
} as const;

/** Groups whose kinds come from OSM's CustomResourceDefinitions rather than from Kubernetes itself. */
const osmGroups: ReadonlySet<string> = new Set([CONFIG, POLICY, SPECS, ACCESS, SPLIT]);

/** True when the kind is there only after OSM's CRDs have been installed. */
export function comesWithOsm(kind: ResourceKind): boolean {
  return osmGroups.has(kind.group);
}

/** `policy.openservicemesh.io/v1alpha1`, or `v1` for the core group. */
export function apiVersionOf(kind: ResourceKind, version = kind.version): string {
  return kind.group ? `${kind.group}/${version}` : version;
}

/** `egresses.policy.openservicemesh.io`, or `pods` for the core group: the name that RBAC errors and CRDs carry. */
export function qualifiedPlural(kind: ResourceKind): string {
  return kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
}

/** `egress.policy.openservicemesh.io/x` or `namespace/x`: how `kubectl` and osm-ts name an object that was written. */
export function qualifiedName(kind: ResourceKind, name: string): string {
  return kind.group ? `${kind.singular}.${kind.group}/${name}` : `${kind.singular}/${name}`;
}

/** The table's entry for an object; undefined when osm-ts does not know its kind in that version. */
export function findKind(object: { readonly apiVersion: string; readonly kind: string }): ResourceKind | undefined {
  const candidate = (kinds as Readonly<Record<string, ResourceKind>>)[object.kind];
  return candidate && Object.hasOwn(kinds, object.kind) && apiVersionOf(candidate) === object.apiVersion
    ? candidate
    : undefined;
}
