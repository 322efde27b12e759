import { ownValue } from '../text/plain-data.js';
import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  ServiceEntry,
  Sidecar,
  VirtualService,
} from './istio-types.js';
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

function defineKind<T extends KubernetesObject = KubernetesObject>(
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
  Namespace: defineKind<Namespace>('Namespace', 'namespaces', '', 'v1', 'cluster'),
  Pod: defineKind<Pod>('Pod', 'pods', '', 'v1'),
  Service: defineKind<Service>('Service', 'services', '', 'v1'),
  Endpoints: defineKind<Endpoints>('Endpoints', 'endpoints', '', 'v1'),
  EndpointSlice: defineKind<EndpointSlice>('EndpointSlice', 'endpointslices', 'discovery.k8s.io', 'v1'),
  ServiceAccount: defineKind<ServiceAccount>('ServiceAccount', 'serviceaccounts', '', 'v1'),
  Secret: defineKind('Secret', 'secrets', '', 'v1'),
  ConfigMap: defineKind('ConfigMap', 'configmaps', '', 'v1'),
  Event: defineKind('Event', 'events', '', 'v1'),
  Deployment: defineKind<Workload>('Deployment', 'deployments', 'apps', 'v1'),
  StatefulSet: defineKind<Workload>('StatefulSet', 'statefulsets', 'apps', 'v1'),
  DaemonSet: defineKind<Workload>('DaemonSet', 'daemonsets', 'apps', 'v1'),
  ReplicaSet: defineKind<Workload>('ReplicaSet', 'replicasets', 'apps', 'v1'),
  ReplicationController: defineKind<Workload>('ReplicationController', 'replicationcontrollers', '', 'v1'),
  Job: defineKind<Workload>('Job', 'jobs', 'batch', 'v1'),
  CronJob: defineKind<Workload>('CronJob', 'cronjobs', 'batch', 'v1'),
  /** OpenShift's, and Argo Rollouts': their pod templates are those of Deployments. */
  DeploymentConfig: defineKind<Workload>('DeploymentConfig', 'deploymentconfigs', 'apps.openshift.io', 'v1'),
  Rollout: defineKind<Workload>('Rollout', 'rollouts', 'argoproj.io', 'v1alpha1'),
  Ingress: defineKind('Ingress', 'ingresses', 'networking.k8s.io', 'v1'),
  Role: defineKind('Role', 'roles', RBAC, 'v1'),
  RoleBinding: defineKind('RoleBinding', 'rolebindings', RBAC, 'v1'),
  ClusterRole: defineKind('ClusterRole', 'clusterroles', RBAC, 'v1', 'cluster'),
  ClusterRoleBinding: defineKind('ClusterRoleBinding', 'clusterrolebindings', RBAC, 'v1', 'cluster'),
  CustomResourceDefinition: defineKind(
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'apiextensions.k8s.io',
    'v1',
    'cluster',
  ),
  MutatingWebhookConfiguration: defineKind(
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    ADMISSION,
    'v1',
    'cluster',
  ),
  ValidatingWebhookConfiguration: defineKind(
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    ADMISSION,
    'v1',
    'cluster',
  ),
  MeshConfig: defineKind<MeshConfig>('MeshConfig', 'meshconfigs', CONFIG, 'v1alpha2'),
  MeshRootCertificate: defineKind('MeshRootCertificate', 'meshrootcertificates', CONFIG, 'v1alpha2'),
  Egress: defineKind<Egress>('Egress', 'egresses', POLICY, 'v1alpha1'),
  IngressBackend: defineKind('IngressBackend', 'ingressbackends', POLICY, 'v1alpha1'),
  Retry: defineKind('Retry', 'retries', POLICY, 'v1alpha1'),
  UpstreamTrafficSetting: defineKind<UpstreamTrafficSetting>(
    'UpstreamTrafficSetting',
    'upstreamtrafficsettings',
    POLICY,
    'v1alpha1',
  ),
  HTTPRouteGroup: defineKind<HTTPRouteGroup>('HTTPRouteGroup', 'httproutegroups', SPECS, 'v1alpha4'),
  TCPRoute: defineKind('TCPRoute', 'tcproutes', SPECS, 'v1alpha4'),
  TrafficTarget: defineKind<TrafficTarget>('TrafficTarget', 'traffictargets', ACCESS, 'v1alpha3'),
  TrafficSplit: defineKind('TrafficSplit', 'trafficsplits', SPLIT, 'v1alpha2'),
} as const;

const NETWORKING = 'networking.istio.io';

/** The kinds of Istio that osm-ts reads or writes. */
export const istioKinds = {
  ServiceEntry: defineKind<ServiceEntry>('ServiceEntry', 'serviceentries', NETWORKING, 'v1'),
  VirtualService: defineKind<VirtualService>('VirtualService', 'virtualservices', NETWORKING, 'v1'),
  DestinationRule: defineKind<DestinationRule>('DestinationRule', 'destinationrules', NETWORKING, 'v1'),
  Sidecar: defineKind<Sidecar>('Sidecar', 'sidecars', NETWORKING, 'v1'),
  Gateway: defineKind<Gateway>('Gateway', 'gateways', NETWORKING, 'v1'),
  AuthorizationPolicy: defineKind<AuthorizationPolicy>(
    'AuthorizationPolicy',
    'authorizationpolicies',
    'security.istio.io',
    'v1',
  ),
} as const;

/** Groups whose kinds come from OSM's CustomResourceDefinitions rather than from Kubernetes itself. */
const osmGroups: ReadonlySet<string> = new Set([CONFIG, POLICY, SPECS, ACCESS, SPLIT]);

/** What the MeshConfig is called that the control plane reads, unless it was told another name. */
export const usualMeshConfigName = 'osm-mesh-config';

/** True when the kind is there only after Istio's CRDs have been installed. */
export function comesWithIstio({ group }: ResourceKind): boolean {
  return group.endsWith('.istio.io');
}

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
  for (const table of [kinds, istioKinds] as readonly Readonly<Record<string, ResourceKind>>[]) {
    const candidate = ownValue(table, object.kind);
    if (candidate && apiVersionOf(candidate) === object.apiVersion) return candidate;
  }
  return undefined;
}
