import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../build/package.js';

/** Manifests that are whole, to be spoiled: the examples, and a small one of everything. */
export function manifests(): string[] {
  const examples = join(packageRoot, 'examples');
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return [...files.map((name) => readFileSync(join(examples, name), 'utf8')), everything, asJson];
}

/** What a real Envoy held. */
export const configDump = (): string => readFileSync(join(packageRoot, 'examples', 'proxy', 'config_dump'), 'utf8');

export const everything = `# all kinds
apiVersion: v1
kind: Namespace
metadata: {name: curl, labels: {openservicemesh.io/monitored-by: osm}}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: curl}
  spec: {clusterIP: 10.0.0.7, selector: {app: web}, ports: [{name: http, port: 80, appProtocol: http, targetPort: 8080}]}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-1, namespace: curl, labels: {kubernetes.io/service-name: web}}
  addressType: IPv4
  endpoints:
  - {addresses: [10.1.0.7], conditions: {ready: true}, hostname: web-1, targetRef: {kind: Pod, name: web-1, namespace: curl}}
  ports: [{name: http, port: 8080, protocol: TCP}]
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1, namespace: curl, labels: {app: web}}
  spec: {serviceAccountName: web, initContainers: [{name: osm-init}], containers: [{name: web}, {name: envoy}]}
  status: {phase: Running, podIP: 10.1.0.7}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: curl, namespace: curl}
  spec:
    selector: {matchLabels: {app: curl}}
    template:
      metadata: {annotations: {openservicemesh.io/outbound-port-exclusion-list: "6379"}, labels: {app: curl}}
      spec: {serviceAccountName: curl, containers: [{name: curl, image: curl, ports: [{containerPort: 8080}]}]}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata:
  name: web   # the web
  namespace: curl
spec:
  sources: &sources
  - {kind: ServiceAccount, name: curl, namespace: curl}
  hosts:
  - example.com   # kept
  - "*.example.org"
  ipAddresses: [192.0.2.0/24]
  ports:
  - {number: 80, protocol: http}
  matches:
  - {apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: routes}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: tls, namespace: curl}
spec:
  sources: [{kind: ServiceAccount, name: curl, namespace: curl}]
  hosts: [example.net]
  ports: [{number: 443, protocol: https}, {number: 5432, protocol: tcp-server-first}]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: routes, namespace: curl}
spec: {matches: [{name: get, pathRegex: "/a[0-9]+", methods: [GET], headers: [{x-a: "b.*"}]}]}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: {name: limit, namespace: curl}
spec: {host: example.com, connectionSettings: {tcp: {maxConnections: 9, connectTimeout: 1s}}}
`;

const asJson = `${JSON.stringify(
  {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'EgressList',
    items: [
      {
        metadata: { name: 'web', namespace: 'curl', managedFields: [] },
        spec: {
          sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
          hosts: ['example.com'],
          ports: [{ number: 80, protocol: 'http' }],
        },
      },
    ],
  },
  null,
  2,
)}\n`;

export const policyTest = `apiVersion: osm-ts/v1
kind: EgressTest
resources: [in.yaml]
hosts: { example.com: 192.0.2.10 }
tests:
- name: the client may fetch
  from: curl/curl
  targets: [http://example.com/a1, curl -X POST http://example.com/a1]
  expect: { verdict: allowed, decidedBy: Egress curl/web }
- name: nothing else leaves
  from: [curl/curl, deploy/curl]
  target: tcp://db.example.com:3306
  expect: denied
- name: this is all there is
  from: curl/curl
  allows exactly:
  - { host: example.com, port: 80, method: GET, path: "/a[0-9]+" }
`;

export const targets: readonly string[] = [
  'http://example.com/a1?b#c',
  'https://user:pw@example.com:8443/x',
  'tcp://192.0.2.7:5432 --server-first',
  'tls://example.net:443',
  'udp://10.0.0.1:53',
  'postgres://db.example.com/x',
  `curl -sS -X POST -H 'x-a: b' --resolve example.com:80:192.0.2.1 http://example.com/`,
  'kubectl exec -n curl deploy/curl -c curl -- curl -I https://example.net',
  `sh -c 'time curl http://example.com:80/'`,
  'openssl s_client -connect example.net:443 -servername a.example.net',
  'nc -zv example.com 80',
  'psql -h db.example.com -p 5432',
];

export function kubeconfig(server: string): string {
  return `apiVersion: v1
kind: Config
current-context: c
contexts:
- name: c
  context: {cluster: k, user: u, namespace: curl}
clusters:
- name: k
  cluster:
    server: ${server}
users:
- name: u
  user:
    token: abc
`;
}

const metadata = { name: 'a', namespace: 'curl', resourceVersion: '1', uid: 'u' };
const list = (apiVersion: string, kind: string, item: object): object => ({
  apiVersion,
  kind: `${kind}List`,
  metadata: { resourceVersion: '5' },
  items: [item],
});

/** What an API server answers to a request for these paths. */
export function answerTo(url: string): object {
  if (url.includes('/meshconfigs')) {
    const spec = { traffic: { enableEgress: false }, featureFlags: { enableEgressPolicy: true } };
    const object = { apiVersion: 'config.openservicemesh.io/v1alpha2', kind: 'MeshConfig', metadata, spec };
    return /meshconfigs\/\w/.test(url) ? object : list(object.apiVersion, 'MeshConfig', object);
  }
  if (url.includes('/egresses')) {
    const spec = {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      hosts: ['example.com'],
      ports: [{ number: 80, protocol: 'http' }],
    };
    const object = { apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'Egress', metadata, spec };
    return /egresses\/\w/.test(url) ? object : list(object.apiVersion, 'Egress', object);
  }
  const labels = { 'openservicemesh.io/monitored-by': 'osm' };
  if (/\/namespaces(\?|$)/.test(url)) return list('v1', 'Namespace', { metadata: { name: 'curl', labels } });
  if (/\/serviceaccounts/.test(url)) {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name: 'curl' } };
    return /serviceaccounts\/\w/.test(url) ? account : list('v1', 'ServiceAccount', account);
  }
  const named = (name: string) => ({ ...metadata, name });
  if (/\/services(\?|$)/.test(url)) {
    const spec = { clusterIP: '10.0.0.7', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] };
    return list('v1', 'Service', { metadata: named('web'), spec });
  }
  if (/\/endpointslices/.test(url)) {
    return list('discovery.k8s.io/v1', 'EndpointSlice', {
      metadata: { ...named('web-1'), labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.0.7'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web-1' } }],
      ports: [{ name: 'http', port: 8080 }],
    });
  }
  if (/\/endpoints/.test(url)) {
    const subsets = [{ addresses: [{ ip: '10.1.0.8' }], ports: [{ name: 'http', port: 8080 }] }];
    return list('v1', 'Endpoints', { metadata: named('other'), subsets });
  }
  if (/\/pods/.test(url)) {
    const spec = {
      serviceAccountName: 'curl',
      containers: [{ name: 'web' }, { name: 'envoy' }],
      initContainers: [{ name: 'osm-init' }],
    };
    const pod = {
      metadata: { ...named('web-1'), labels: { app: 'web' } },
      spec,
      status: { phase: 'Running', podIP: '10.1.0.7' },
    };
    return list('v1', 'Pod', pod);
  }
  if (/\/deployments/.test(url)) return list('apps/v1', 'Deployment', { metadata, spec: { template: {} } });
  return list('v1', 'Object', { metadata, spec: { ports: [{ port: 80 }] }, status: {} });
}
