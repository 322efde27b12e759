import { isIpAddress } from '../../text/ip.js';
import { dnsSubdomain } from './names.js';
import { describeValue, type ObjectSchema, type Schema } from './schema.js';

/**
 * What the simulator reads of the kinds of Kubernetes itself. Their other fields are known by name, to tell a typing error
 * from a field of no concern, and are not looked into: a Pod without containers is good enough to simulate.
 */

const string: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const port: Schema = { type: 'integer', min: 1, max: 65535 };
const portOrName: Schema = { type: 'integer', min: 0, max: 65535, orString: true };
const labels: Schema = { type: 'map', values: string, nullValue: '' };
const protocol: Schema = { type: 'string', values: ['TCP', 'UDP', 'SCTP'] };
const anything: ObjectSchema = { type: 'object', fields: {}, others: null };

const ipAddress: Schema = {
  type: 'string',
  check: (value) =>
    isIpAddress(value) ? undefined : { message: `must be an IP address, not ${describeValue(value)}` },
};

const clusterIp: Schema = {
  type: 'string',
  check: (value) =>
    value === '' || value === 'None' || isIpAddress(value)
      ? undefined
      : { message: `must be an IP address or None, not ${describeValue(value)}` },
};

const service: ObjectSchema = {
  type: 'object',
  fields: {
    clusterIP: clusterIp,
    type: { type: 'string', values: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] },
    selector: labels,
    ipFamilies: { type: 'list', items: string },
    ports: {
      type: 'list',
      items: {
        type: 'object',
        fields: {
          name: string,
          port,
          targetPort: portOrName,
          protocol,
          appProtocol: string,
        },
        required: ['port'],
        others: ['nodePort'],
      },
    },
  },
  others: words(
    'clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy',
    'ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges allocateLoadBalancerNodePorts',
    'publishNotReadyAddresses sessionAffinity sessionAffinityConfig trafficDistribution',
  ),
};

const targetRef: ObjectSchema = {
  type: 'object',
  fields: { kind: string, namespace: string, name: string },
  others: null,
};

const endpointAddresses: Schema = {
  type: 'list',
  items: {
    type: 'object',
    fields: { ip: ipAddress, hostname: string, targetRef },
    required: ['ip'],
    others: words('nodeName'),
  },
};

const subsets: Schema = {
  type: 'list',
  items: {
    type: 'object',
    fields: {
      addresses: endpointAddresses,
      notReadyAddresses: endpointAddresses,
      ports: {
        type: 'list',
        items: { type: 'object', fields: { name: string, port, protocol, appProtocol: string }, required: ['port'] },
      },
    },
  },
};

const sliceEndpoints: Schema = {
  type: 'list',
  items: {
    type: 'object',
    fields: {
      addresses: { type: 'list', items: string },
      conditions: { type: 'object', fields: { ready: flag }, others: words('serving terminating') },
      hostname: string,
      targetRef,
    },
    required: ['addresses'],
    others: words('nodeName zone hints deprecatedTopology'),
  },
};

const slicePorts: Schema = {
  type: 'list',
  items: { type: 'object', fields: { name: string, port, protocol, appProtocol: string } },
};

const user: ObjectSchema = { type: 'object', fields: { runAsUser: { type: 'integer' } }, others: null };
const probed: ObjectSchema = { type: 'object', fields: { port: portOrName }, others: null };
const probe: ObjectSchema = { type: 'object', fields: { httpGet: probed, tcpSocket: probed }, others: null };
const containers: Schema = {
  type: 'list',
  items: {
    type: 'object',
    fields: {
      name: string,
      securityContext: user,
      ports: {
        type: 'list',
        items: { type: 'object', fields: { containerPort: { type: 'integer' }, protocol }, others: null },
      },
      restartPolicy: string,
      livenessProbe: probe,
      readinessProbe: probe,
      startupProbe: probe,
    },
    others: null,
  },
};
const podFields = {
  serviceAccountName: dnsSubdomain,
  serviceAccount: string,
  hostNetwork: flag,
  securityContext: user,
  initContainers: containers,
  containers,
} as const;

const pod: ObjectSchema = {
  type: 'object',
  fields: podFields,
  others: words(
    'activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks',
    'ephemeralContainers hostAliases hostIPC hostPID hostUsers hostname hostnameOverride imagePullSecrets',
    'nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources',
    'restartPolicy runtimeClassName schedulerName schedulingGates setHostnameAsFQDN',
    'shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes workloadRef',
  ),
};

/** Whatever else is wrong with a workload is no concern of egress. */
const template: ObjectSchema = {
  type: 'object',
  fields: {
    metadata: { type: 'object', fields: { labels, annotations: labels }, others: null },
    spec: { type: 'object', fields: podFields, others: null },
  },
  others: null,
};
const workload: ObjectSchema = { type: 'object', fields: { template }, others: null };
const cronJob: ObjectSchema = {
  type: 'object',
  fields: { jobTemplate: { type: 'object', fields: { spec: workload }, others: null } },
  others: null,
};

function words(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}

const podIPs: Schema = {
  type: 'list',
  items: { type: 'object', fields: { ip: string }, required: ['ip'] },
};

/** The fields beside `apiVersion`, `kind` and `metadata`. */
export const coreFields = {
  Namespace: { spec: anything, status: anything },
  ServiceAccount: {
    secrets: { type: 'any' },
    imagePullSecrets: { type: 'any' },
    automountServiceAccountToken: flag,
  },
  Service: { spec: service, status: anything },
  Endpoints: { subsets },
  EndpointSlice: { addressType: string, endpoints: sliceEndpoints, ports: slicePorts },
  Pod: {
    spec: pod,
    status: {
      type: 'object',
      fields: { podIP: string, podIPs, phase: string },
      others: null,
    },
  },
  Workload: { spec: workload, status: anything },
  CronJob: { spec: cronJob, status: anything },
} as const satisfies Record<string, Record<string, Schema>>;
