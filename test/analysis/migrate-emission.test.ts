import assert from 'node:assert/strict';
import { join } from 'node:path';
import { messagesOf, planMigration, type MigrationOptions } from '../../src/lib/analysis/migrate/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { FieldRef, KubernetesObject } from '../../src/lib/resources/types.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { assertGolden } from '../support/golden.js';
import { packageRoot } from '../support/run-cli.js';

/** All that a migration writes and says, for policies of each sort: the mapping of docs/migrate.md, object by object. */

const HEAD = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: false}}`;
const group = (name: string, matches: string) => `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: ${name}, namespace: shop}
spec: {matches: [${matches}]}`;
const setting = (name: string, spec: string) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: {name: ${name}, namespace: shop}
spec: {host: any.test, connectionSettings: {${spec}}}`;
const pod = (name: string, more = '') => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}${more}}
spec: {serviceAccountName: ${name}}`;
const namespace = (name: string, labels = '{openservicemesh.io/monitored-by: osm}') => `
---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: ${labels}}`;
const routes = (name: string) =>
  `matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: ${name}}]`;
const limits = (name: string) =>
  `matches: [{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: ${name}}]`;
/** `ports(80, 'http', 443, 'https')` */
const ports = (...words: (number | string)[]) => {
  const pairs = Array.from({ length: words.length / 2 }, (_, index) => words.slice(2 * index, 2 * index + 2));
  return `ports: [${pairs.map(([number, protocol]) => `{number: ${number}, protocol: ${protocol}}`).join()}]`;
};

interface Options extends MigrationOptions {
  /** Other manifests. */
  readonly more?: string;
  /** Instead of what the usual manifests say. */
  readonly replace?: readonly [string, string];
}

const name = ({ object: { kind, metadata } }: FieldRef) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** Policies as `ACCOUNTS: SPEC`, an account as NAMESPACE/NAME or a NAME in shop. */
function planned(policies: readonly string[], { more = '', replace = ['', ''], ...options }: Options) {
  const split = policies.map((text) => {
    const [, words, spec] = /^([\w /]+): (.*)$/s.exec(text)!;
    const sources = words!.split(' ').map((word) => {
      const [serviceAccount, home = 'shop'] = word.split('/').reverse() as [string, string?];
      return { namespace: home, serviceAccount };
    });
    return { sources, spec };
  });
  const egresses = split.map(
    ({ sources, spec }, index) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e${index}, namespace: ${sources[0]!.namespace}}
spec: {sources: [${sources.map((one) => `{kind: ServiceAccount, name: ${one.serviceAccount}, namespace: ${one.namespace}}`).join()}], ${spec}}`,
  );
  const manifests = (HEAD + egresses.join('') + more).replace(...replace);
  const all = split.flatMap(({ sources }) => sources);
  const sources = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  const { objects } = parseManifests(manifests, 'p.yaml');
  // a cluster may hold what manifests must not have
  const text = JSON.stringify(objects)
    .replaceAll('203.0.113.96/28', '2001:db8::/32')
    .replaceAll('203.0.113.112/28', '2001:db9::/32')
    .replaceAll('empty.test', '');
  const held = JSON.parse(text) as typeof objects;
  const world = createWorld(held);
  return { world, sources, plan: planMigration(world, sources, options) };
}

function told(policies: readonly string[], options: Options): string {
  const { world, sources, plan } = planned(policies, options);
  const told = plan.emitted.map(({ object: { kind, metadata, spec }, from }) =>
    [`${kind} ${metadata.namespace}/${metadata.name}`, ...Object.entries(spec!).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`), `  # ${from.map((ref) => `${name(ref)} ${ref.path.join('.')}`).join(', ')}`, `  # ${JSON.stringify(metadata.labels)} ${JSON.stringify(metadata.annotations)}`].join('\n'),
  ); // prettier-ignore
  const said = messagesOf(world, plan, sources).map(({ level, code, at, ...what }) => {
    const places = at.map((ref) => `${name(ref)} ${ref.path.join('.')}`);
    const json = JSON.stringify(what, (key, value: unknown) => (isObject(value) ? name({ object: value, path: [] }) : key === 'at' ? undefined : value));
    return `${level} ${code} ${json} at ${places.join(', ')}`;
  }); // prettier-ignore
  const { meshConfig, inexpressible, limited, gateway } = plan;
  const rest = {
    meshConfig,
    inexpressible: inexpressible.map(({ code, at, what }) => `${code} ${what} ${name(at)}`),
    limited: [...limited].map(({ metadata }) => metadata.name),
    gateway,
  };
  return [...told, ...said, JSON.stringify(rest)].join('\n'); // prettier-ignore
}

const isObject = (value: unknown): value is KubernetesObject =>
  typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value;

const DEPLOYMENT = `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: clerk, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: clerk}}
  template:
    metadata: {labels: {app: clerk}, annotations: {openservicemesh.io/outbound-port-exclusion-list: "9"}}
    spec: {serviceAccountName: till, containers: [{name: c, image: x}]}`;
const SERVICE = `
---
apiVersion: v1
kind: Service
metadata: {name: out, namespace: gates}
spec: {clusterIP: 10.0.0.9, selector: {gate: out}, ports: [{name: tls, port: 443}]}`;

const WORLDS: readonly (readonly [title: string, policies: readonly string[], options?: Options])[] = [
  ['hosts of http: ports in order, capitals, an address', [`web: hosts: [b.test, A.test, 192.0.2.10], ${ports(8080, 'http', 80, 'http')}`]],
  ['routes, of which Istio has no words for one', [`web: hosts: [a.test], ${ports(80, 'http')}, ${routes('g')}`, `web: hosts: [a.test], ${ports(8080, 'http')}`], { more: group('g', '{name: get, methods: [GET, PUT], pathRegex: /x}, {name: host, headers: [{host: q.test}]}, {name: any, headers: [{x-a: b}]}') }],
  ['a host of http without routes that take effect', [`web: hosts: [a.test], ${ports(80, 'http')}, ${routes('missing')}`]],
  ['names of their own', [`web: hosts: [b.test, a.test], ${ports(8443, 'https', 443, 'https')}`]],
  ['a name that is a host of http', [`web: hosts: [b.test, a.test], ${ports(443, 'https')}`, `web: hosts: [a.test], ${ports(443, 'http')}`]],
  ['names that meet, on several ports', [`web: hosts: ['*.b.test', z.test], ${ports(8443, 'https')}`, `web: hosts: [x.b.test, y.test], ${ports(443, 'https')}`, `web: hosts: ['*.x.b.test'], ${ports(9443, 'https')}`, `web: hosts: [c.y.test, '*.y.test'], ${ports(443, 'https')}`, `web: hosts: [a.y.test], ipAddresses: [10.0.0.0/8], ${ports(443, 'https')}`]],
  ['names with ranges', [`web: hosts: ['*.ab'], ipAddresses: [9.0.0.0/8], ${ports(8443, 'https')}`, `web: hosts: [f.org], ${ports(8443, 'https')}`, `web: hosts: [f.org], ipAddresses: [9.0.0.0/8], ${ports(8443, 'https')}`, `web: hosts: [f.org], ${ports(443, 'https')}`, `web: hosts: ['*.test', a.test, c.org], ipAddresses: [192.0.2.0/24, 10.0.0.0/8], ${ports(443, 'https')}`, `web: hosts: [x.test], ${ports(443, 'https')}`, `web: hosts: [d.org], ${ports(8443, 'https')}`, `web: hosts: [e.org], ipAddresses: [9.0.0.0/8], ${ports(443, 'https')}`]],
  ['bytes', [`web: ${ports(443, 'tcp', 80, 'tcp')}`, `web: ipAddresses: [192.0.2.0/24, 10.0.0.0/8, 0.0.0.0/4, 5.0.0.0/9], ${ports(443, 'tcp')}`, `web: ipAddresses: [10.0.0.0/8, 10.0.0.0/7, 0.0.0.0/0], ${ports(25, 'tcp')}`, `web: hosts: [a.test], ipAddresses: [0.0.0.0/16], ${ports(465, 'https')}`, `web: hosts: [b.test, c.test], ipAddresses: [0.0.0.0/16, 10.0.0.0/8], ${ports(466, 'https')}`, `web: ipAddresses: [0.0.0.0/16], ${ports(467, 'tcp')}`]],
  ['bytes beside names with ranges', [`web: ${ports(443, 'tcp')}`, `web: hosts: [a.test], ipAddresses: [10.0.0.0/8], ${ports(443, 'https')}`]],
  ['bytes on a port that reads http for no host', [`web: ${ports(80, 'tcp')}`, `web: hosts: ['*.test'], ${ports(80, 'http')}`]],
  ['limits', [`web: hosts: [a.test, b.test], ${ports(80, 'http', 8080, 'http')}, ${limits('s')}`, `web: hosts: [a.test], ${ports(443, 'https')}, ${limits('t')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(9, 'tcp')}, ${limits('s')}`, `web: hosts: [c.test], ${ports(8080, 'http')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(7, 'tcp')}, ${limits('u')}`, `web: hosts: [a.test], ${ports(7, 'http')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(4, 'tcp')}, ${limits('u')}`, `web: hosts: [e.test], ${ports(80, 'http')}, ${limits('s')}`, `web: hosts: [e.test], ${ports(8080, 'http')}, ${limits('t')}`, `web: ${ports(6, 'tcp')}, ${limits('s')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(6, 'tcp')}`, `web: hosts: [d.test], ${ports(443, 'http')}, ${limits('t')}`], { more: setting('s', 'tcp: {maxConnections: 7}') + setting('t', 'http: {maxRequests: 3}') + setting('u', 'tcp: {maxConnections: 0}') }],
  ['limits of none for a host', [`web: hosts: [a.test], ${ports(80, 'http')}, ${limits('s')}`], { more: setting('s', 'http: {maxRequests: 0}') }],
  ['tcp-server-first, which takes names from its port', [`web: ipAddresses: [10.0.0.0/8], ${ports(443, 'tcp-server-first')}`, `web: hosts: [a.test], ipAddresses: [11.0.0.0/8, 10.1.0.0/16, 128.0.0.0/1], ${ports(443, 'https')}`, `web: hosts: [b.test], ${ports(443, 'http')}`, `web: ${ports(8443, 'tcp-server-first')}`, `web: hosts: [c.test], ipAddresses: [0.0.0.0/0], ${ports(8443, 'https')}`]],
  ['what never worked', [`web: hosts: [a.test., '*.b.test', _c.test, d.test], ${ports(80, 'http')}`, `web: hosts: [_c.test], ${ports(443, 'https')}`, `web: ipAddresses: [203.0.113.96/28, 203.0.113.112/28], ${ports(9, 'tcp')}`, `web till: hosts: [z.test., y.test.], ${ports(80, 'http')}`]],
  ['routes that Envoy refuses', [`web: hosts: [a.test], ${ports(80, 'http')}, ${routes('g')}`, `web: ${ports(9, 'tcp')}`], { more: group('g', "{name: get, pathRegex: '(?!x)'}") }],
  ['a listener that Envoy refuses', [`web: hosts: [a.test, a.test], ${ports(443, 'https')}`, `web: hosts: [A.test], ${ports(443, 'https')}`, `web: hosts: ['*', 'x.*'], ${ports(443, 'https')}`]],
  ['sources that labels of their pods tell apart', [`web: hosts: [a.test], ${ports(80, 'http', 443, 'https')}`, `till: hosts: [a.test], ${ports(80, 'http')}, ${routes('g')}`, `till: ${ports(9, 'tcp', 80, 'tcp')}`, `till: hosts: ['*.test'], ${ports(8080, 'http')}`, `till: hosts: [_x.test], ipAddresses: [10.0.0.0/8], ${ports(9, 'https')}`], { more: group('g', '{name: x, pathRegex: /x}') + pod('web') + pod('till') }],
  ['mesh-wide egress', [`web: hosts: [a.test], ${ports(80, 'http', 443, 'https')}`, `till: hosts: ['*.b.test'], ${ports(443, 'https')}`], { replace: ['enableEgress: false', 'enableEgress: true'] }],
  ['mesh-wide egress, ranges on a port that reads http', [`web: hosts: [a.test], ipAddresses: [10.0.0.0/8], ${ports(443, 'https', 443, 'http')}`, `web: ipAddresses: [11.0.0.0/8], ${ports(443, 'tcp', 9, 'tcp')}`, `web: hosts: [_b.test], ipAddresses: [12.0.0.0/8], ${ports(443, 'https')}`], { replace: ['enableEgress: false', 'enableEgress: true'] }],
  ['policies that are switched off', [`web: hosts: [a.test], ${ports(80, 'http')}`], { replace: ['enableEgressPolicy: true', 'enableEgressPolicy: false'] }],
  ['no mesh configuration', [`web: hosts: [a.test], ${ports(80, 'http')}`], { replace: ['name: osm-mesh-config', 'name: other'] }],
  ['namespaces: of the mesh, not of it, with a sidecar nowhere', [`web: hosts: [a.test], ${ports(80, 'http')}`, `yard/web: hosts: [b.test], ${ports(443, 'https')}`, `out/web: hosts: [c.test], ${ports(443, 'https')}`, `bare/web: hosts: [d.test], ${ports(443, 'https')}`], { more: namespace('yard') + namespace('out', '{}') + namespace('bare') + pod('web').replace('namespace: shop', 'namespace: bare').replace('labels: {', 'annotations: {openservicemesh.io/sidecar-injection: disabled}, labels: {') + namespace('empty') + namespace('far', '{}') }],
  ['annotations for what the sidecar leaves alone', [`web till solo default/web: hosts: [a.test], ${ports(80, 'http')}`], { more: namespace('default') + pod('home', ', annotations: {openservicemesh.io/outbound-port-exclusion-list: "1"}').replace('namespace: shop, ', '').replace('serviceAccountName: home', 'serviceAccountName: web') + namespace('yard') + pod('far', ', annotations: {openservicemesh.io/outbound-port-exclusion-list: "2"}').replace('namespace: shop', 'namespace: yard').replace('serviceAccountName: far', 'serviceAccountName: web') + pod('solo', ', annotations: {openservicemesh.io/outbound-port-exclusion-list: "3"}') + pod('till', ', annotations: {openservicemesh.io/outbound-ip-range-inclusion-list: 192.0.2.0/24}') + pod('out', ', annotations: {openservicemesh.io/sidecar-injection: disabled, openservicemesh.io/outbound-port-exclusion-list: "8082"}').replace('serviceAccountName: out', 'serviceAccountName: till') + DEPLOYMENT + pod('web', ', annotations: {openservicemesh.io/outbound-port-exclusion-list: "8080", openservicemesh.io/outbound-ip-range-exclusion-list: 10.0.0.0/8}') + pod('two', ', annotations: {openservicemesh.io/outbound-port-exclusion-list: "8081"}').replace('serviceAccountName: two', 'serviceAccountName: web') }],
  ['annotations of the mesh, for sources without pods', [`web till: hosts: [a.test], ${ports(80, 'http')}`], { replace: ['enableEgress: false', 'outboundPortExclusionList: [1, 2, 3, 4], outboundIPRangeInclusionList: [10.0.0.0/8]'] }],
  ['an egress gateway', [`web: hosts: [b.test, a.test], ${ports(8080, 'http', 80, 'http', 443, 'https')}`, `till: hosts: [c.test], ${ports(443, 'https', 443, 'http')}`]],
  ['an egress gateway that is there', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { more: namespace('gates') + SERVICE, gateway: { namespace: 'gates', name: 'out' } }],
  ['an egress gateway in the sources’ namespace, or of its name', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { gateway: { namespace: 'shop', name: 'out' } }],
  ['an egress gateway with a name of its own', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { gateway: { name: 'the-istio-way-out' } }],
  ['an egress gateway: routes of several sources that meet', [`web: hosts: [a.test], ${ports(80, 'http')}, ${routes('get')}`, `till: hosts: [a.test], ${ports(80, 'http')}, ${routes('v1')}`, `clerk: hosts: [a.test], ${ports(80, 'http')}, ${routes('header')}`, `clerk web: hosts: [b.test], ${ports(80, 'http')}`], { more: group('get', '{name: r, methods: [GET]}') + group('v1', "{name: r, pathRegex: '/v1/.*'}, {name: t, headers: [{x-t: t}]}") + group('header', '{name: t, headers: [{x-t: t}]}, {name: r, headers: [{x-a: b}]}, {name: s, methods: [PUT], pathRegex: /put}') }],
  ['an egress gateway: a host over both, on several ports', [`web: hosts: [a.test], ${ports(80, 'http', 8443, 'https')}`, `till: hosts: [a.test], ${ports(8080, 'http', 8443, 'http')}`, `till web: hosts: [b.test], ${ports(8443, 'https')}`]],
  ['an egress gateway: names with ranges', [`web: hosts: [a.test], ipAddresses: [192.0.2.0/24, 192.0.2.64/26], ${ports(443, 'https')}`, `till: hosts: [a.test], ipAddresses: [192.0.2.0/25, 0.0.0.0/4, 0.0.0.0/16], ${ports(443, 'https')}`, `clerk: hosts: [b.test], ${ports(443, 'https')}`, `clerk: hosts: [c.test], ipAddresses: [0.0.0.0/16], ${ports(443, 'https')}`]],
  ['an egress gateway with limits', [`web: hosts: [a.test], ${ports(80, 'http')}, ${limits('s')}`, `till: hosts: [b.test], ${ports(443, 'https')}, ${limits('t')}`], { more: setting('s', 'tcp: {maxConnections: 7}') + setting('t', 'tcp: {maxConnections: 8}') }],
  ['an egress gateway for a part, labels for the rest', [`web: hosts: [a.test, '*.c.test', 192.0.2.1], ${ports(80, 'http', 443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`, `till: ${ports(9, 'tcp')}`], { identity: 'gateway', more: pod('web') + pod('till') }],
  ['an egress gateway for a part, and nothing for the rest', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: ${ports(9, 'tcp')}`], { identity: 'gateway' }],
  ['an egress gateway for two namespaces', [`web: hosts: [a.test], ${ports(443, 'https', 80, 'http')}`, `till: hosts: [b.test], ${ports(443, 'https')}`, `yard/web: hosts: [a.test], ${ports(443, 'https')}`, `yard/till: hosts: [b.test], ${ports(443, 'https')}`], { more: namespace('yard') }],
  ['whoever may do the same together with others, where nothing tells them apart', [`web: hosts: [a.test], ipAddresses: [10.0.0.0/8], ${ports(443, 'https')}`, `till: hosts: ['*.b.test', a.test], ${ports(443, 'https')}`, `till: hosts: [c.test], ${ports(80, 'http')}, ${routes('g')}`, `web: hosts: [c.test], ${ports(80, 'http')}, ${routes('h')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(9, 'tcp')}, ${limits('s')}`, `till: ipAddresses: [11.0.0.0/8], ${ports(9, 'tcp')}`, `clerk: hosts: ['*.test'], ${ports(9, 'http')}`], { identity: 'namespace', more: group('g', '{name: x, pathRegex: /x}, {name: z, pathRegex: /z}') + group('h', '{name: x, pathRegex: /x}, {name: why, pathRegex: /y}') + setting('s', 'tcp: {maxConnections: 7}') }],
  ['the same, of ports and hosts that both have', [`web till: ipAddresses: [10.0.0.0/8], ${ports(443, 'tcp-server-first')}`, `web till: hosts: [a.test], ipAddresses: [10.1.0.0/16], ${ports(443, 'https')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(444, 'tcp-server-first')}`, `web: hosts: [a.test], ipAddresses: [10.1.0.0/16], ${ports(444, 'https')}`, `till: hosts: [b.test], ${ports(444, 'https')}`, `web: ${ports(10, 'tcp')}`, `till: hosts: ['*.test'], ${ports(10, 'http')}`, `web: hosts: [e.test, f.test], ${ports(80, 'http')}`, `till: hosts: [e.test], ${ports(80, 'http')}, ${limits('s')}`, `till: ipAddresses: [10.0.0.0/8], ${ports(8, 'tcp')}, ${limits('s')}`, `web: ipAddresses: [10.0.0.0/8], ${ports(8, 'tcp')}`, `web till: hosts: [g.test], ${ports(80, 'http')}, ${limits('s')}`, `web: hosts: [h.test], ${ports(80, 'http')}, ${limits('s')}`, `till: hosts: [h.test], ${ports(80, 'http')}`, `web: hosts: [i.test], ${ports(80, 'http')}, ${routes('g')}`, `till: hosts: [i.test], ${ports(80, 'http')}, ${routes('h')}`, `till: hosts: [j.test], ${ports(80, 'http')}`], { identity: 'namespace', more: group('g', '{name: x, methods: [GET], pathRegex: /x}, {name: z, headers: [{x-a: b}]}') + group('h', '{name: x, methods: [PUT], pathRegex: /x}, {name: z, headers: [{x-a: c}]}') + setting('s', 'tcp: {maxConnections: 7}') }],
  ['labels that tell apart, but nobody is to', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { identity: 'namespace', more: pod('web') + pod('till') }],
  ['labels that are wanted, and do not tell apart', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { identity: 'workload' }],
  ['a gateway that is wanted, where nothing can go through it: labels', [`web: ${ports(8, 'tcp')}`, `till: ${ports(9, 'tcp')}`], { identity: 'gateway', more: pod('web') + pod('till') }],
  ['a gateway that is wanted, where nothing can go through it: nothing', [`web: ${ports(8, 'tcp')}`, `till: ${ports(9, 'tcp')}`], { identity: 'gateway' }],
  ['one of several who may do anything', [`web: hosts: [b.test, a.test], ${ports(443, 'https')}`, `web: ${ports(80, 'tcp')}`, `web: hosts: ['*.test'], ${ports(80, 'http')}`, `till: hosts: ['*.test'], ${ports(80, 'http')}`, `clerk: hosts: [_x.test], ${ports(443, 'https')}`], { more: pod('web') + pod('till') + pod('clerk') }],
  ['one of two who may do anything', [`web: hosts: [b.test, a.test], ${ports(443, 'https')}`, `till: hosts: ['*.test'], ${ports(80, 'http')}`], { more: pod('web') + pod('till') }],
  ['mesh-wide egress, and labels', [`web: hosts: [a.test], ${ports(80, 'http', 443, 'https')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { replace: ['enableEgress: false', 'enableEgress: true'], more: pod('web') + pod('till') }],
  ['mesh-wide egress, and a gateway that is wanted', [`web: hosts: [a.test], ${ports(80, 'http')}`, `till: hosts: [b.test], ${ports(443, 'https')}`], { replace: ['enableEgress: false', 'enableEgress: true'], identity: 'gateway' }],
  ['mesh-wide egress, and a listener that Envoy refuses', [`web: hosts: ['x.*'], ${ports(443, 'https')}`], { replace: ['enableEgress: false', 'enableEgress: true'] }],
  ['mesh-wide egress, and one listener of two that Envoy refuses', [`web: hosts: ['x.*'], ${ports(443, 'https')}`, `till: hosts: [a.test], ${ports(80, 'http')}`], { identity: 'gateway', replace: ['enableEgress: false', 'enableEgress: true'] }],
  ['mesh-wide egress: names and bytes without ranges make no difference', [`web: hosts: [a.test], ${ports(443, 'http')}`, `web: hosts: [c.test], ${ports(443, 'https')}`, `web: ${ports(443, 'tcp')}`], { replace: ['enableEgress: false', 'enableEgress: true'] }],
  ['clusters that Envoy refuses', [`web: hosts: [a.test], ${ports(80, 'http')}, ${limits('s')}`, `web: hosts: [b.test], ${ports(443, 'https')}`], { more: setting('s', 'tcp: {connectTimeout: 0s}') }],
  ['services of the mesh', [`web: hosts: [a.test], ${ports(80, 'http')}`], { replace: ['enableEgress: false', 'enablePermissiveTrafficPolicyMode: true'], more: SERVICE.replace('namespace: gates', 'namespace: shop').replace('gate: out', 'app: till') + pod('till', ', annotations: {}').replace('spec:', 'status: {podIP: 10.0.0.8}\nspec:') }],
  ['a source without a sidecar, and one with some', [`web: hosts: [a.test], ${ports(443, 'https')}`, `till: hosts: [a.test], ${ports(443, 'https')}`], { more: pod('web', ', annotations: {openservicemesh.io/sidecar-injection: disabled}') + pod('till') + pod('two', ', annotations: {openservicemesh.io/sidecar-injection: disabled}').replace('serviceAccountName: two', 'serviceAccountName: till') }],
  ['sources whose namespace is not in the input', [`yard/web: hosts: [a.test], ${ports(443, 'https')}`]],
  ['no name, and names beside bytes', [`web: hosts: [empty.test, b.test], ${ports(443, 'https')}`, `web: hosts: [a.test], ${ports(444, 'https')}`, `web: ${ports(444, 'tcp')}`, `web: hosts: [empty.test], ipAddresses: [10.0.0.0/8], ${ports(8443, 'https')}`, `web: ipAddresses: [11.0.0.0/8], ${ports(8443, 'tcp-server-first')}`]],
  ['bytes beside names with ranges on a port that reads http', [`web: ${ports(443, 'tcp')}`, `web: hosts: [a.test], ipAddresses: [10.0.0.0/8, 11.0.0.1/32], ${ports(443, 'https')}`, `web: hosts: [b.test], ${ports(443, 'http')}`, `web: hosts: [c.test], ipAddresses: [10.0.0.0/8], ${ports(444, 'https')}`, `web: hosts: [b.test], ${ports(444, 'http')}`]],
  ['an egress gateway: routes within others’, and of the same members', [`web: hosts: [a.test], ${ports(80, 'http')}`, `till: hosts: [a.test], ${ports(80, 'http')}, ${routes('x')}`, `web: hosts: [b.test], ${ports(80, 'http')}, ${routes('v1')}`, `till: hosts: [b.test], ${ports(80, 'http')}, ${routes('post')}`, `web: hosts: [c.test], ${ports(80, 'http')}, ${routes('b')}`, `till: hosts: [c.test], ${ports(80, 'http')}, ${routes('c')}`, `web: hosts: [d.test], ${ports(80, 'http')}, ${routes('missing')}`, `web: hosts: [e.test, f.test], ${ports(80, 'http')}, ${routes('plain')}`, `till: hosts: [e.test], ${ports(80, 'http')}, ${routes('method')}`, `till: hosts: [f.test], ${ports(80, 'http')}, ${routes('path')}`], { more: group('plain', '{name: get, methods: [GET]}') + group('method', "{name: p, headers: [{':method': 'P.*'}]}") + group('path', '{name: p, methods: [GET], pathRegex: /p}') + group('x', '{name: x, pathRegex: /x}') + group('v1', "{name: r, pathRegex: '/v1/.*'}, {name: get, methods: [GET]}") + group('post', "{name: get, methods: [GET]}, {name: r, methods: [GET], pathRegex: '/p'}, {name: s, methods: [PUT]}") + group('b', "{name: b, headers: [{x-a: b}]}, {name: path, headers: [{':path': /x}]}") + group('c', '{name: c, headers: [{x-a: c}]}, {name: d, headers: [{x-d: d}]}') }],
  ['an egress gateway: a name with a range for one, on other ports for others', [`web: hosts: [a.test], ${ports(80, 'http', 443, 'https')}`, `till: hosts: [a.test], ipAddresses: [10.0.0.0/8], ${ports(443, 'https')}`, `till: hosts: [b.test], ${ports(8443, 'https')}`, `web till: ${ports(9, 'tcp')}`]],
  ['an egress gateway, and hosts that have no routes', [`web: hosts: [a.test], ${ports(80, 'http')}, ${routes('missing')}`, `till: hosts: [b.test], ${ports(80, 'http')}, ${routes('missing')}`]],
  ['an egress gateway: a wildcard of all meets a name of one', [`web till: hosts: ['*.c.test', d.test], ${ports(443, 'https')}`, `web: hosts: [x.c.test], ${ports(443, 'https')}`]],
]; // prettier-ignore

describe('what a migration writes and says', () => {
  for (const [index, [title, policies, options = {}]] of WORLDS.entries()) {
    it(title, () => {
      const file = `${String(index + 1).padStart(2, '0')}.txt`;
      const golden = join(packageRoot, 'test', 'analysis', 'golden', `migrate-${file}`);
      assertGolden(golden, `${title}\n\n${told(policies, options)}\n`);
    });
  }

  it('an egress gateway: of routes that meet no more than 64 are made', () => {
    const accounts = Array.from('abcdefg');
    const policies = accounts.map((name) => `${name}: hosts: [a.test], ${ports(80, 'http')}, ${routes(name)}`);
    const more = accounts.map((name) => group(name, `{name: x, headers: [{x-${name}: b}]}`)).join('');
    const { plan } = planned(policies, { more });
    const made = plan.emitted.flatMap(({ object }) =>
      object.kind === 'VirtualService' && object.metadata.name === 'a-test' ? (object.spec.http ?? []) : [],
    );
    assert.equal(made.flatMap(({ match = [] }) => match).length, 64);
  });
});
