/**
 * Kubernetes objects as osm-ts reads them: plain data with the field names of the real API.
 * Only the kinds and fields that decide how egress behaves are typed.
 */

import type { SourceLocation } from '../errors.js';

/** Steps from an object's root to one of its fields: `['spec', 'ports', 0, 'number']`. */
export type FieldPath = readonly (string | number)[];

export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  resourceVersion?: string;
  creationTimestamp?: string;
  /** What made the object. */
  ownerReferences?: { kind: string; name: string; controller?: boolean }[];
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A field of one object; the object is compared by identity. */
export interface FieldRef {
  readonly object: KubernetesObject;
  readonly path: FieldPath;
}

/** Tells where a field was read; undefined for an object that came from a cluster. */
export type Locate = (object: KubernetesObject, path: FieldPath) => SourceLocation | undefined;

export interface Namespace extends KubernetesObject {
  kind: 'Namespace';
}

export interface ServiceAccount extends KubernetesObject {
  kind: 'ServiceAccount';
}

/** `config.openservicemesh.io/v1alpha2`; absent fields are false or empty. */
export interface MeshConfig extends KubernetesObject {
  kind: 'MeshConfig';
  spec?: {
    featureFlags?: { enableEgressPolicy?: boolean };
    traffic?: {
      enableEgress?: boolean;
      enablePermissiveTrafficPolicyMode?: boolean;
      outboundPortExclusionList?: number[];
      inboundPortExclusionList?: number[];
      outboundIPRangeExclusionList?: string[];
      outboundIPRangeInclusionList?: string[];
      networkInterfaceExclusionList?: string[];
    };
  };
}

export interface EgressSource {
  kind: string;
  name: string;
  namespace: string;
}

export interface EgressPort {
  number: number;
  protocol: string;
}

/** A reference to an object in the policy's own namespace; `apiGroup` holds group and version. */
export interface TypedLocalReference {
  apiGroup: string;
  kind: string;
  name: string;
}

/** `policy.openservicemesh.io/v1alpha1` */
export interface Egress extends KubernetesObject {
  kind: 'Egress';
  spec: {
    sources: EgressSource[];
    hosts?: string[];
    ipAddresses?: string[];
    ports: EgressPort[];
    matches?: TypedLocalReference[];
  };
}

export interface HTTPMatch {
  name: string;
  pathRegex?: string;
  methods?: string[];
  /** A list of single-key maps. */
  headers?: Record<string, string>[];
}

/** `specs.smi-spec.io/v1alpha4` */
export interface HTTPRouteGroup extends KubernetesObject {
  kind: 'HTTPRouteGroup';
  spec: { matches: HTTPMatch[] };
}

/** `policy.openservicemesh.io/v1alpha1` */
export interface UpstreamTrafficSetting extends KubernetesObject {
  kind: 'UpstreamTrafficSetting';
  spec: {
    host: string;
    connectionSettings?: {
      /** `connectTimeout` as Go writes durations. */
      tcp?: { maxConnections?: number; connectTimeout?: string };
      http?: {
        maxRequests?: number;
        maxRequestsPerConnection?: number;
        maxPendingRequests?: number;
        maxRetries?: number;
      };
    };
  };
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
  appProtocol?: string;
}

export interface Service extends KubernetesObject {
  kind: 'Service';
  spec: {
    clusterIP?: string;
    type?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    ipFamilies?: string[];
  };
}

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string };
}

export interface Endpoints extends KubernetesObject {
  kind: 'Endpoints';
  subsets?: {
    addresses?: EndpointAddress[];
    ports?: { name?: string; port: number; appProtocol?: string }[];
  }[];
}

/** `discovery.k8s.io/v1`; the label `kubernetes.io/service-name` tells the Service. */
export interface EndpointSlice extends KubernetesObject {
  kind: 'EndpointSlice';
  addressType: 'IPv4' | 'IPv6' | 'FQDN';
  endpoints?: {
    addresses?: string[];
    conditions?: { ready?: boolean };
    hostname?: string;
    targetRef?: EndpointAddress['targetRef'];
  }[];
  ports?: { name?: string; port?: number; appProtocol?: string }[];
}

export interface PodContainer {
  name?: string;
  ports?: { containerPort: number; protocol?: string }[];
  securityContext?: { runAsUser?: number };
  livenessProbe?: PodProbe;
  readinessProbe?: PodProbe;
  startupProbe?: PodProbe;
}

export interface PodProbe {
  httpGet?: { port?: number | string };
  tcpSocket?: { port?: number | string };
}

export interface Pod extends KubernetesObject {
  kind: 'Pod';
  spec?: {
    serviceAccountName?: string;
    hostNetwork?: boolean;
    securityContext?: { runAsUser?: number };
    /** With `restartPolicy: Always` it runs beside the others. */
    initContainers?: (PodContainer & { restartPolicy?: string })[];
    containers?: PodContainer[];
  };
  status?: { podIP?: string; podIPs?: { ip: string }[]; phase?: string };
}

export type WorkloadKind =
  | 'Deployment'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'ReplicaSet'
  | 'ReplicationController'
  | 'Job'
  | 'CronJob'
  | 'DeploymentConfig'
  | 'Rollout';

/** What makes pods. A CronJob has its template in `spec.jobTemplate.spec`. */
export interface Workload extends KubernetesObject {
  kind: WorkloadKind;
  spec?: {
    template?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec?: Pod['spec'];
    };
  };
}

export interface TrafficTargetSubject {
  kind: string;
  name: string;
  namespace?: string;
}

/** `access.smi-spec.io/v1alpha3` */
export interface TrafficTarget extends KubernetesObject {
  kind: 'TrafficTarget';
  spec: {
    destination: TrafficTargetSubject;
    sources: TrafficTargetSubject[];
    rules?: { kind: string; name: string; matches?: string[] }[];
  };
}

/** `split.smi-spec.io/v1alpha2` */
export interface TrafficSplit extends KubernetesObject {
  kind: 'TrafficSplit';
  spec: {
    /** The root: a service's name, or one of its host names. */
    service: string;
    backends: { service: string; weight: number }[];
  };
}

/** Every kind the simulator reads. */
export type Resource =
  | Namespace
  | ServiceAccount
  | MeshConfig
  | Egress
  | HTTPRouteGroup
  | UpstreamTrafficSetting
  | Service
  | Endpoints
  | EndpointSlice
  | Pod
  | Workload
  | TrafficTarget
  | TrafficSplit;
