import assert from 'node:assert/strict';
import { accountOf, planMigration, worldAfter, type MigrationPlan } from '../../src/lib/analysis/migrate/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorld } from '../../src/lib/simulator/istio/world.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/** The traps of Istio's egress: resources that fall into one, and what a migration writes instead. */

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const ADDRESSES: Readonly<Record<string, string>> = {
  'httpbin.org': '192.0.2.10',
  'example.com': '198.51.100.20',
  'db.example.com': '198.51.100.30',
  'other.test': '203.0.113.40',
};
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));
const MESH = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, pathNormalization: { normalization: 'NONE' } };

type Decide = (target: string) => Verdict;

function deciding(world: IstioWorld): Decide {
  const simulation = simulateIstio(world, SOURCE, { resolve, onlyDeclaredPorts: true });
  return (target) => simulation.decide(parseTarget(target));
}

/** What Istio makes of objects, written as `[kind, spec]`, the oldest first. */
function istio(objects: readonly (readonly [kind: string, spec: object])[], meshConfig: object = MESH): Decide {
  const all = objects.map(([kind, spec], index): KubernetesObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name: `o${index}`, namespace: 'curl' },
    ...{ spec },
  }));
  return deciding(createIstioWorld(all, { meshConfig }));
}

const port = (number: number, protocol: string) => ({ number, name: `${protocol.toLowerCase()}-${number}`, protocol });
const entry = (host: string, resolution: string, ports: object[], more: object = {}) =>
  ['ServiceEntry', { hosts: [host], resolution, ports, ...more }] as const;

const HEAD = `
apiVersion: v1
kind: Namespace
metadata: {name: curl, labels: {openservicemesh.io/monitored-by: osm}}
---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: false}}
`;

/** What a migration makes of policies, written as the part of their spec that differs. */
function migrated(policies: readonly string[], more = '', head = HEAD) {
  const text = policies.map(
    (spec, index) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e${index}, namespace: curl}
spec: {sources: [{kind: ServiceAccount, name: curl, namespace: curl}], ${spec}}`,
  );
  const { objects } = parseManifests(head + text.join('') + more, 'policies.yaml');
  const plan = planMigration(createWorld(objects), [SOURCE], { resolve });
  const after = worldAfter(createWorld(objects), plan, [SOURCE]);
  const { changes } = accountOf(plan, after, [SOURCE], { resolve });
  return { decide: deciding(after), plan, kinds: new Set(changes.map(({ change }) => change)), changes };
}

const allowedAt = ({ verdict, ending }: Verdict) => (verdict === 'allowed' ? ending?.destination?.address : verdict);

describe('traps of Istio’s egress, and what a migration writes', () => {
  it('1: TCP with DNS and no address takes every connection of the port to one host', () => {
    const trap = istio([entry('db.example.com', 'DNS', [port(3306, 'TCP')])]);
    assert.equal(allowedAt(trap('tcp://other.test:3306')), ADDRESSES['db.example.com']);
    const { decide, kinds } = migrated(['ports: [{number: 3306, protocol: tcp}]']);
    assert.equal(allowedAt(decide('tcp://other.test:3306')), ADDRESSES['other.test']);
    assert.ok(!kinds.has('elsewhere') && !kinds.has('wider'));
  });

  it('2: TLS at one address is not checked for its server name', () => {
    const trap = istio([entry('httpbin.org', 'NONE', [port(443, 'TLS')], { addresses: ['192.0.2.10'] })]);
    const spoofed = 'curl --resolve example.com:443:192.0.2.10 https://example.com/';
    assert.equal(trap(spoofed).verdict, 'allowed');
    const { decide, kinds } = migrated([
      'hosts: [httpbin.org], ipAddresses: [192.0.2.10/32], ports: [{number: 443, protocol: https}]',
    ]);
    assert.equal(decide(spoofed).verdict, 'denied');
    assert.equal(decide('curl https://httpbin.org/').verdict, 'allowed');
    assert.equal(decide('curl --resolve httpbin.org:443:192.0.2.11 https://httpbin.org/').verdict, 'denied');
    assert.deepEqual(kinds, new Set(['seen']));
  });

  it('3: one host in two entries that resolve otherwise leaves one port dead', () => {
    const trap = istio([
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      entry('httpbin.org', 'NONE', [port(443, 'TLS')]),
    ]);
    assert.equal(trap('curl https://httpbin.org/').verdict, 'denied');
    const { decide, kinds } = migrated([
      'hosts: [httpbin.org], ports: [{number: 80, protocol: http}, {number: 443, protocol: https}]',
    ]);
    assert.equal(decide('curl https://httpbin.org/').verdict, 'allowed');
    // a forged Host does not lead elsewhere, and TLS goes where it is dialled, as under OSM
    assert.equal(allowedAt(decide("curl -H 'Host: httpbin.org' http://example.com/")), ADDRESSES['httpbin.org']);
    assert.equal(allowedAt(decide('curl --resolve httpbin.org:443:203.0.113.40 https://httpbin.org/')), '203.0.113.40');
    assert.deepEqual(kinds, new Set(['seen']));
  });

  it('4: a VirtualService that is refused leaves its entry open', () => {
    const routes = {
      hosts: ['httpbin.org'],
      http: [{ match: [{ uri: { regex: '/(?!x).*' } }], route: [{ destination: { host: 'httpbin.org' } }] }],
    };
    const trap = istio([['VirtualService', routes], entry('httpbin.org', 'DNS', [port(80, 'HTTP')])]);
    assert.equal(trap('curl http://httpbin.org/x').verdict, 'allowed');
    const group = `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: g, namespace: curl}
spec: {matches: [{name: m, pathRegex: '/(?!x).*'}]}`;
    const matches = 'matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}]';
    const { decide, plan } = migrated(
      [`hosts: [httpbin.org], ports: [{number: 80, protocol: http}], ${matches}`],
      group,
    );
    assert.equal(decide('curl http://httpbin.org/x').verdict, 'denied');
    assert.ok(plan.leftOut.some(({ code }) => code === 'routes-refused'));
  });

  it('4: nothing is open between two applies', () => {
    const { plan } = migrated([
      'hosts: [httpbin.org], ports: [{number: 80, protocol: http}, {number: 443, protocol: https}]',
      'ports: [{number: 3306, protocol: tcp}]',
      // what reads HTTP on the port does not within the range
      'hosts: [other.test], ports: [{number: 8443, protocol: http}]',
      'hosts: [other.test], ipAddresses: [203.0.113.0/24], ports: [{number: 8443, protocol: https}]',
    ]);
    const objects = plan.emitted.map(({ object }) => object);
    const all = deciding(createIstioWorld(objects, { meshConfig: plan.meshConfig }));
    const probes = [
      'curl http://httpbin.org/',
      'curl http://example.com/',
      'curl https://httpbin.org/',
      'curl https://example.com/',
      'tcp://other.test:3306',
      'tcp://other.test:3307',
      'curl http://other.test:8443/',
      'curl --resolve other.test:8443:192.0.2.1 http://other.test:8443/',
    ];
    for (let applied = 0; applied <= objects.length; applied++) {
      const so = deciding(createIstioWorld(objects.slice(0, applied), { meshConfig: plan.meshConfig }));
      for (const probe of probes)
        if (so(probe).verdict === 'allowed') assert.equal(all(probe).verdict, 'allowed', `${probe} after ${applied}`);
    }
  });

  it('4: what a range closes under OSM stays closed, although nothing that it lets through is left, and zeros are no range to Istio', () => {
    const none = `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: {name: none, namespace: curl}
spec: {host: any.test, connectionSettings: {tcp: {maxConnections: 0}}}`;
    const unused =
      'matches: [{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: none}]';
    const policy = (protocol: string, more: string) => `ports: [{number: 443, protocol: ${protocol}}], ${more}`;
    const range = (...ranges: string[]) => `ipAddresses: [${ranges.join()}]`;
    const http = policy('http', 'hosts: [httpbin.org]');
    const tls = policy('https', 'hosts: [httpbin.org]');
    const bytes = policy('tcp', range());
    const rows: readonly (readonly [closed: string, open: string, ...policies: string[]])[] = [
      // a port on which a policy says tcp-server-first has no names
      ['tcp://192.0.2.10:443', 'tcp://192.0.2.20:443', policy('tcp-server-first', range('192.0.2.0/24')), policy('https', `hosts: [a.org], ${range('192.0.2.10/31')}`)],
      // a limit of none
      ['curl -H "Host: httpbin.org" http://198.51.100.20:443/', 'curl http://httpbin.org:443/', http, policy('tcp', `${range('198.51.100.0/24')}, ${unused}`)],
      // a name that Istio refuses
      ['curl -H "Host: httpbin.org" http://198.51.100.20:443/', 'curl http://httpbin.org:443/', http, policy('https', `hosts: [_x.org], ${range('198.51.100.0/24')}`)],
      ['curl --resolve httpbin.org:443:198.51.100.20 https://httpbin.org/', 'curl https://httpbin.org/', tls, policy('https', `hosts: [_x.org], ${range('198.51.100.0/24')}`)],
      ['tcp://198.51.100.20:443', 'tcp://198.51.101.20:443', bytes, policy('https', `hosts: [_x.org], ${range('198.51.100.0/24')}`)],
      // other names, and bytes, where a name has a range
      ['curl --resolve b.org:443:198.51.100.20 https://b.org/', 'curl --resolve b.org:443:192.0.2.1 https://b.org/', bytes, policy('https', `hosts: [a.org], ${range('198.51.100.0/24')}`)],
      ['curl --resolve b.org:443:64.0.0.1 https://b.org/', 'curl --resolve a.org:443:64.0.0.1 https://a.org/', bytes, policy('https', `hosts: [a.org], ${range('64.0.0.0/2')}`)],
      // zeros
      ['tcp://192.0.2.1:443', 'tcp://126.0.0.1:443', policy('tcp', range('0.0.0.0/2', '64.0.0.0/2'))],
      ['curl --resolve a.org:443:192.0.2.1 https://a.org/', 'curl --resolve a.org:443:9.9.9.9 https://a.org/', policy('https', `hosts: [a.org], ${range('0.0.0.0/1')}`)],
      ['curl --resolve b.org:443:9.9.9.9 https://b.org/', 'curl --resolve b.org:443:17.0.0.1 https://b.org/', policy('tcp', range('0.0.0.0/1')), policy('https', `hosts: [a.org], ${range('0.0.0.0/4')}`)],
      ['tcp://1.1.1.1:443', 'curl https://httpbin.org/', policy('tcp', range('0.0.0.0/32')), tls],
      ['tcp://1.1.1.1:443', 'curl https://httpbin.org/', policy('https', `hosts: [a.org], ${range('0.0.0.0/16')}`), tls],
    ]; // prettier-ignore
    for (const [closed, open, ...policies] of rows) {
      const { decide, kinds } = migrated(policies, none);
      assert.deepEqual([decide(closed).verdict, decide(open).verdict], ['denied', 'allowed'], policies.join('; '));
      assert.ok(!kinds.has('wider'), policies.join('; '));
    }
    // beside HTTP any bytes are what is left of a port, and a range of names is none of it
    const { decide, plan } = migrated([http, bytes, policy('https', `hosts: [a.org], ${range('198.51.100.0/24')}`)]);
    assert.equal(decide('curl --resolve b.org:443:198.51.100.20 https://b.org/').verdict, 'denied');
    assert.equal(decide('curl --resolve a.org:443:198.51.100.20 https://a.org/').verdict, 'allowed');
    assert.equal(decide('curl --resolve b.org:443:192.0.2.1 https://b.org/').verdict, 'allowed');
    const names = plan.emitted.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    assert.ok(names.indexOf('ServiceEntry closed-443') < names.indexOf('ServiceEntry tls-443'));
    // a range of everything closes nothing
    const all = migrated([
      policy('tcp-server-first', range('0.0.0.0/0')),
      policy('https', `hosts: [a.org], ${range('0.0.0.0/0')}`),
    ]);
    assert.equal(all.decide('tcp://192.0.2.1:443').verdict, 'allowed');
  });

  it('5: a VirtualService without a route for a port leaves the port open', () => {
    const routes = {
      hosts: ['httpbin.org'],
      http: [{ match: [{ port: 80, uri: { exact: '/get' } }], route: [{ destination: { host: 'httpbin.org' } }] }],
    };
    const trap = istio([
      ['VirtualService', routes],
      entry('httpbin.org', 'DNS', [port(80, 'HTTP'), port(8080, 'HTTP')]),
    ]);
    assert.equal(trap('curl http://httpbin.org:8080/x').verdict, 'allowed');
    const closed =
      'hosts: [httpbin.org], matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: missing}]';
    const { decide } = migrated([
      `${closed}, ports: [{number: 8080, protocol: http}]`,
      'hosts: [httpbin.org], ports: [{number: 80, protocol: http}]',
    ]);
    assert.equal(decide('curl http://httpbin.org:8080/x').verdict, 'denied');
    assert.equal(decide('curl http://httpbin.org/x').verdict, 'allowed');
  });

  it('5: of two VirtualServices for a host only the older counts; what is emitted has one', () => {
    const one = (prefix: string) =>
      [
        'VirtualService',
        {
          hosts: ['httpbin.org'],
          http: [{ match: [{ uri: { prefix } }], route: [{ destination: { host: 'httpbin.org' } }] }],
        },
      ] as const;
    const trap = istio([one('/get'), one('/post'), entry('httpbin.org', 'DNS', [port(80, 'HTTP')])]);
    assert.equal(trap('curl http://httpbin.org/post').verdict, 'denied');
    const group = (name: string) => `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: ${name}, namespace: curl}
spec: {matches: [{name: m, pathRegex: '/${name}.*'}]}`;
    const routed = (name: string, number: number) =>
      `hosts: [httpbin.org], ports: [{number: ${number}, protocol: http}], matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: ${name}}]`;
    const { decide, plan, kinds } = migrated([routed('get', 80), routed('post', 8080)], group('get') + group('post'));
    assert.equal(decide('curl http://httpbin.org/get').verdict, 'allowed');
    assert.equal(decide('curl http://httpbin.org:8080/post').verdict, 'allowed');
    assert.equal(decide('curl http://httpbin.org:8080/get').verdict, 'denied');
    const hosts = plan.emitted.flatMap(({ object }) =>
      object.kind === 'VirtualService' ? (object.spec.hosts ?? []) : [],
    );
    assert.deepEqual(hosts, ['httpbin.org']);
    assert.deepEqual(kinds, new Set(['seen']));
  });

  it('6: a VirtualService that leads to a host without an entry answers 503', () => {
    const routes = { hosts: ['httpbin.org'], http: [{ route: [{ destination: { host: 'httpbin.org' } }] }] };
    const other = entry('example.com', 'DNS', [port(80, 'HTTP')]);
    const trap = istio([['VirtualService', routes], other]);
    assert.equal(trap('curl http://httpbin.org/').ending?.outcome.httpStatus, 503);
    const { plan, decide } = migrated(['hosts: [httpbin.org, example.com], ports: [{number: 80, protocol: http}]']);
    const entries = new Set(
      plan.emitted.flatMap(({ object }) => (object.kind === 'ServiceEntry' ? object.spec.hosts : [])),
    );
    for (const { object } of plan.emitted) {
      if (object.kind !== 'VirtualService') continue;
      for (const { route = [] } of [...(object.spec.http ?? []), ...(object.spec.tls ?? [])])
        for (const { destination } of route) assert.ok(entries.has(destination.host), destination.host);
    }
    assert.equal(decide('curl http://httpbin.org/').verdict, 'allowed');
  });

  it('7: destinationSubnets of a TCP route do not restrict', () => {
    const trap = istio([
      entry('any.egress', 'NONE', [port(3306, 'TCP')]),
      [
        'VirtualService',
        {
          hosts: ['any.egress'],
          tcp: [
            {
              match: [{ port: 3306, destinationSubnets: ['198.51.100.0/24'] }],
              route: [{ destination: { host: 'any.egress', port: { number: 3306 } } }],
            },
          ],
        },
      ],
    ]);
    assert.equal(trap('tcp://other.test:3306').verdict, 'allowed');
    const { decide, kinds } = migrated(['ipAddresses: [198.51.100.0/24], ports: [{number: 3306, protocol: tcp}]']);
    assert.equal(decide('tcp://other.test:3306').verdict, 'denied');
    assert.equal(decide('tcp://db.example.com:3306').verdict, 'allowed');
    assert.ok(!kinds.has('wider'));
  });

  it('8: a port whose protocol is not named is sniffed, so that silent clients hang', () => {
    const trap = istio([entry('db.example.com', 'NONE', [{ number: 3306, name: 'db' }])]);
    assert.equal(trap('tcp://db.example.com:3306 --server-first').ending?.outcome.class, 'stalled');
    const { decide } = migrated(['ports: [{number: 3306, protocol: tcp-server-first}]']);
    assert.equal(decide('tcp://db.example.com:3306 --server-first').verdict, 'allowed');
  });

  it('9: an entry that is exported everywhere opens other namespaces; what is emitted is not exported', () => {
    const { plan } = migrated([
      'hosts: [httpbin.org], ports: [{number: 80, protocol: http}, {number: 443, protocol: https}]',
    ]);
    const objects = plan.emitted.map(({ object }) => object);
    const world = createIstioWorld(objects, { meshConfig: plan.meshConfig });
    const other = simulateIstio(world, { namespace: 'other', serviceAccount: 'x' }, { resolve });
    assert.equal(other.decide(parseTarget('curl http://httpbin.org/')).verdict, 'denied');
  });

  it('9: of two Sidecars that take a workload one counts; what is emitted has one for each sort of pods', () => {
    const only = (host: string) => ['Sidecar', { egress: [{ hosts: [`./${host}`] }] }] as const;
    const tls = (host: string) => entry(host, 'NONE', [port(443, 'TLS')]);
    const trap = istio([only('httpbin.org'), only('example.com'), tls('httpbin.org'), tls('example.com')]);
    assert.equal(trap('curl https://httpbin.org/').verdict, 'allowed');
    assert.equal(trap('curl https://example.com/').verdict, 'denied');
    const https = 'ports: [{number: 443, protocol: https}]';
    const { decide, plan } = migrated([`hosts: [httpbin.org], ${https}`, `hosts: [example.com], ${https}`]);
    for (const host of ['httpbin.org', 'example.com']) assert.equal(decide(`curl https://${host}/`).verdict, 'allowed');
    assert.equal(plan.emitted.filter(({ object }) => object.kind === 'Sidecar').length, 1);
  });

  it('9: a Sidecar with ALLOW_ANY opens everything; what is emitted says REGISTRY_ONLY, whatever the mesh does', () => {
    const trap = istio([['Sidecar', { egress: [{ hosts: ['./*'] }], outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }]]);
    assert.equal(trap('curl https://other.test/').verdict, 'allowed');
    const { plan } = migrated(['hosts: [httpbin.org], ports: [{number: 443, protocol: https}]']);
    const objects = plan.emitted.map(({ object }) => object);
    const open = deciding(createIstioWorld(objects, { meshConfig: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } } }));
    assert.equal(open('curl https://other.test/').verdict, 'denied');
    assert.equal(open('curl https://httpbin.org/').verdict, 'allowed');
  });

  it('10: where DNS is captured an entry is at an invented address alone; istiod invents none for what is emitted', () => {
    const [kind, spec] = entry('db.example.com', 'DNS', [port(3306, 'TCP')]);
    const pod: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        namespace: 'curl',
        annotations: { 'proxy.istio.io/config': 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}' },
      },
      ...{ spec: { serviceAccountName: 'curl' } },
    };
    const invented = { status: { addresses: [{ value: '240.240.0.1', host: 'db.example.com' }] } };
    const one = {
      apiVersion: 'networking.istio.io/v1',
      kind,
      metadata: { name: 'db', namespace: 'curl' },
      spec,
      ...invented,
    };
    const trap = deciding(createIstioWorld([one, pod], { meshConfig: MESH }));
    assert.equal(trap('tcp://198.51.100.30:3306').verdict, 'denied');
    const { plan } = migrated(['ports: [{number: 3306, protocol: tcp}]']);
    const objects = plan.emitted.map(({ object }) => object);
    const ours = deciding(createIstioWorld([...objects, pod], { meshConfig: plan.meshConfig }));
    assert.equal(ours('tcp://198.51.100.30:3306').verdict, 'allowed');
    // to entries that resolve nothing istiod gives no address
    for (const object of objects) if (object.kind === 'ServiceEntry') assert.equal(object.spec.resolution, 'NONE');
  });

  it('11: HTTP and TLS on port 443 get along, and HTTP with bytes on one port, in both orders', () => {
    const [http, tls] = [
      entry('httpbin.org', 'DNS', [port(443, 'HTTP')]),
      entry('example.com', 'NONE', [port(443, 'TLS')]),
    ];
    for (const objects of [
      [http, tls],
      [tls, http],
    ]) {
      const both = istio(objects);
      assert.equal(both('curl http://httpbin.org:443/').verdict, 'allowed');
      assert.equal(both('curl https://example.com/').verdict, 'allowed');
    }
    const { decide, kinds } = migrated([
      'hosts: [httpbin.org], ports: [{number: 443, protocol: http}]',
      'hosts: [example.com], ports: [{number: 443, protocol: https}]',
    ]);
    assert.equal(decide('curl http://httpbin.org:443/').verdict, 'allowed');
    assert.equal(decide('curl https://example.com/').verdict, 'allowed');
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'));
  });

  it('12: GRPC and MESH_INTERNAL change nothing for HTTP/1.1; what is emitted says HTTP and MESH_EXTERNAL', () => {
    const odd = istio([entry('httpbin.org', 'DNS', [port(80, 'GRPC')], { location: 'MESH_INTERNAL' })]);
    assert.equal(odd('curl http://httpbin.org/').verdict, 'allowed');
    const { plan } = migrated(['hosts: [httpbin.org], ports: [{number: 80, protocol: http}]']);
    const [made] = plan.emitted.flatMap(({ object }) => (object.kind === 'ServiceEntry' ? [object.spec] : []));
    assert.deepEqual([made?.location, made?.ports?.map(({ protocol }) => protocol)], ['MESH_EXTERNAL', ['HTTP']]);
  });

  it('13: STATIC without endpoints does not lead to the address dialled; what is emitted has an endpoint or another resolution', () => {
    const trap = istio([entry('httpbin.org', 'STATIC', [port(80, 'HTTP')])]);
    assert.equal(trap('curl http://httpbin.org/').ending?.outcome.httpStatus, 503);
    const { decide, plan } = migrated(['hosts: [192.0.2.10, httpbin.org], ports: [{number: 80, protocol: http}]']);
    for (const { object } of plan.emitted) {
      if (object.kind !== 'ServiceEntry' || object.spec.resolution !== 'STATIC') continue;
      assert.deepEqual(object.spec.endpoints, [{ address: '192.0.2.10' }]);
    }
    assert.equal(allowedAt(decide('curl http://192.0.2.10/')), '192.0.2.10');
  });

  it('paths: with Istio’s own normalisation what /get does is open to /x/../get; the account is for NONE', () => {
    const routes = {
      hosts: ['httpbin.org'],
      http: [{ match: [{ uri: { regex: '/get' } }], route: [{ destination: { host: 'httpbin.org' } }] }],
    };
    const dotted = 'curl --path-as-is http://httpbin.org/x/../get';
    const usual = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
    assert.equal(
      istio([['VirtualService', routes], entry('httpbin.org', 'DNS', [port(80, 'HTTP')])], usual)(dotted).verdict,
      'allowed',
    );
    assert.equal(
      istio([['VirtualService', routes], entry('httpbin.org', 'DNS', [port(80, 'HTTP')])])(dotted).verdict,
      'denied',
    );
  });

  it('hosts: the port in a Host does not count to Istio; routes make it count', () => {
    const trap = istio([entry('httpbin.org', 'DNS', [port(80, 'HTTP')])]);
    const odd = "curl -H 'Host: httpbin.org:81' http://httpbin.org/";
    assert.equal(trap(odd).verdict, 'allowed');
    const { decide } = migrated(['hosts: [httpbin.org], ports: [{number: 80, protocol: http}]']);
    assert.equal(decide(odd).verdict, 'denied');
    assert.equal(decide("curl -H 'Host: httpbin.org:80' http://httpbin.org/").verdict, 'allowed');
  });

  it('headers: what a route asks of the Host does not open other ports of it, and two conditions on a header do not become one', () => {
    const matches = 'matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}]';
    const asking = (headers: string) =>
      migrated(
        [`hosts: [httpbin.org], ports: [{number: 80, protocol: http}], ${matches}`],
        `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: g, namespace: curl}
spec: {matches: [{name: m, headers: [${headers}]}]}`,
      );
    for (const headers of [
      "{Host: 'httpbin.*'}",
      String.raw`{Host: 'httpbin\.org'}, {host: '.*'}`,
      "{Host: 'httpbin.*'}, {host: '.*org'}",
      "{':scheme': 'http'}, {':Scheme': 'https?'}",
      "{x-a: a}, {X-A: 'a.*'}",
    ]) {
      const { kinds } = asking(headers);
      assert.ok(!kinds.has('wider'), `${headers}: ${[...kinds].join()}`);
    }
    const { decide } = asking("{Host: 'httpbin.*'}");
    assert.equal(decide('curl http://httpbin.org/').verdict, 'allowed');
    assert.equal(decide("curl -H 'Host: httpbin.org:80' http://httpbin.org/").verdict, 'allowed');
    assert.equal(decide("curl -H 'Host: httpbin.org:81' http://httpbin.org/").verdict, 'denied');
  });

  it('limits of an UpstreamTrafficSetting become a connectionPool, unless several policies set others', () => {
    const setting = (name: string, tcp: string) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: {name: ${name}, namespace: curl}
spec: {host: any.test, connectionSettings: {tcp: {${tcp}}, http: {maxPendingRequests: 3, maxRequests: 4, maxRetries: 0}}}`;
    const uses = (name: string) =>
      `matches: [{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: ${name}}]`;
    const settings = setting('one', 'maxConnections: 7, connectTimeout: 2s') + setting('two', 'maxConnections: 8');
    const rules = (plan: MigrationPlan) =>
      plan.emitted.flatMap(({ object }) => (object.kind === 'DestinationRule' ? [object.spec] : []));
    const { plan, decide } = migrated(
      [
        `hosts: [httpbin.org], ports: [{number: 80, protocol: http}], ${uses('one')}`,
        `ports: [{number: 3306, protocol: tcp}], ${uses('two')}`,
        'hosts: [example.com], ports: [{number: 80, protocol: http}]',
      ],
      settings,
    );
    const pool = (tcp: object) => ({ tcp, http: { http1MaxPendingRequests: 3, http2MaxRequests: 4 } });
    assert.deepEqual(
      rules(plan).map(({ host, trafficPolicy }) => [host, trafficPolicy?.portLevelSettings]),
      [
        ['httpbin.org', [{ port: { number: 80 }, connectionPool: pool({ maxConnections: 7, connectTimeout: '2s' }) }]],
        ['tcp-3306.osm-egress', [{ port: { number: 3306 }, connectionPool: pool({ maxConnections: 8 }) }]],
      ],
    );
    assert.deepEqual([...plan.limited].map(({ metadata }) => metadata.name).sort(), ['one', 'two']);
    assert.equal(decide('curl http://httpbin.org/').verdict, 'allowed');
    const both = migrated(
      [
        `ports: [{number: 3306, protocol: tcp}], ${uses('one')}`,
        `ipAddresses: [198.51.100.0/24], ports: [{number: 3306, protocol: tcp}], ${uses('two')}`,
      ],
      settings,
    );
    assert.deepEqual(rules(both.plan), []);
    assert.equal(both.plan.limited.size, 0);
  });

  it('CONNECT by HTTP/2, at which Envoy ends the stream, is a denial in both meshes and nothing that is not modelled', () => {
    const { kinds, changes } = migrated(["hosts: ['*.example.com'], ports: [{number: 80, protocol: http}]"]);
    assert.deepEqual(kinds, new Set(['seen']));
    const connect = changes.filter(({ class: { witness } }) => witness.http?.method === 'CONNECT');
    assert.ok(connect.some(({ before, after }) => before.verdict === 'unknown' && after.verdict === 'denied'));
    // what a port takes as bytes it takes too, and OSM does not
    const open = migrated(['hosts: [httpbin.org], ports: [{number: 80, protocol: http}, {number: 80, protocol: tcp}]']);
    assert.ok(!open.kinds.has('unmodelled'));
  });

  it('protocols in capitals open nothing in OSM, and nothing is emitted for them', () => {
    const { decide, plan } = migrated(['hosts: [httpbin.org], ports: [{number: 80, protocol: HTTP}]']);
    assert.equal(decide('curl http://httpbin.org/').verdict, 'denied');
    assert.deepEqual(
      plan.emitted.map(({ object }) => object.kind),
      ['Sidecar'],
    );
  });

  it('with mesh-wide egress ranges on a port that reads HTTP keep bytes apart from it', () => {
    const text = HEAD.replace('enableEgress: false', 'enableEgress: true');
    const policies = [
      'hosts: [httpbin.org], ports: [{number: 443, protocol: http}]',
      'ipAddresses: [198.51.100.0/24], ports: [{number: 443, protocol: tcp}]',
      'ports: [{number: 3306, protocol: tcp}]',
    ];
    const { decide, kinds, plan, changes } = migrated(policies, '', text);
    assert.ok(!kinds.has('elsewhere'), [...kinds].join());
    const narrower = changes.filter(({ change }) => change === 'narrower').map(({ reason }) => reason);
    assert.deepEqual([...new Set(narrower)], ['silent-client']);
    // a Host that the port knows does not lead astray what goes to the range
    assert.equal(allowedAt(decide("curl -H 'Host: httpbin.org' http://198.51.100.20:443/")), '198.51.100.20');
    assert.deepEqual(
      [...new Set(changes.filter(({ change }) => change === 'wider').map(({ reason }) => reason))],
      ['allow-any'],
    );
    const names = plan.emitted.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    assert.ok(names.includes('ServiceEntry tcp-443-ranges') && !names.some((name) => name.includes('3306')));
  });

  it('a host that leads to the pod itself reaches nothing in either mesh', () => {
    const { decide, kinds } = migrated(['hosts: [127.0.0.1], ports: [{number: 80, protocol: http}]']);
    assert.equal(decide("curl -H 'Host: 127.0.0.1' http://example.com/").ending?.outcome.httpStatus, 503);
    assert.ok(!kinds.has('wider'));
  });

  it('says why something is wider or narrower: services’ addresses, ports that read HTTP, words that Istio lacks', () => {
    const service = `
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: curl}
spec: {clusterIP: 203.0.113.200, ports: [{name: http, port: 8080}], selector: {app: web}}`;
    const { changes } = migrated(
      [
        'ports: [{number: 8080, protocol: tcp-server-first}]',
        'hosts: [httpbin.org], ports: [{number: 80, protocol: http}]',
        'hosts: [_x.example.com], ports: [{number: 443, protocol: https}]',
      ],
      service,
    );
    const why = (change: string) => new Set(changes.filter((one) => one.change === change).map(({ reason }) => reason));
    assert.ok(why('narrower').has('reads-http'), [...why('narrower')].join());
    assert.ok(why('narrower').has('no-words'));
    assert.ok(![...why('narrower'), ...why('wider')].includes('other'), [...why('wider')].join());
  });

  it('hosts that are addresses, and HTTP beside TLS of one host on one port, keep what they may do', () => {
    const address = migrated(['hosts: [192.0.2.10], ports: [{number: 80, protocol: http}]']);
    assert.equal(allowedAt(address.decide("curl -H 'Host: 192.0.2.10' http://example.com/")), '192.0.2.10');
    const both = migrated([
      'hosts: [httpbin.org], ports: [{number: 8443, protocol: http}, {number: 8443, protocol: https}]',
    ]);
    assert.equal(both.decide('curl http://httpbin.org:8443/').verdict, 'allowed');
    assert.equal(both.decide('curl --no-alpn https://httpbin.org:8443/').verdict, 'allowed');
  });
});
