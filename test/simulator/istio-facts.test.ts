import assert from 'node:assert/strict';
import type { KubernetesObject, Pod } from '../../src/lib/resources/types.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type Ipv6Mode } from '../../src/lib/simulator/istio/world.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { recordedIstioWorlds } from '../conformance/istio.js';

/** What docs/istio-egress.md says, sentence by sentence, with resources that no recording has. */

const ADDRESSES: Readonly<Record<string, string>> = {
  'httpbin.org': '192.0.2.10',
  'example.com': '198.51.100.20',
  'www.example.com': '198.51.100.21',
  'a.b.example.com': '198.51.100.22',
  'db.example.com': '198.51.100.30',
  'other.test': '203.0.113.40',
  'v6.test': '2001:db8::40',
  'zone.test': 'fe80::1%eth0',
};
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));

const REGISTRY_ONLY = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
const ALLOW_ANY = { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } };

interface Scenario {
  readonly objects?: readonly (readonly [kind: string, spec: object, namespace?: string])[];
  readonly more?: readonly KubernetesObject[];
  readonly mesh?: object;
  readonly annotations?: Record<string, string>;
  readonly containers?: { name: string }[];
  readonly ipv6?: Ipv6Mode;
  /** By target: the address or cluster that is reached, the status, or how it ends. */
  readonly said: Readonly<Record<string, string>>;
}

const port = (number: number, protocol?: string) => ({ number, name: `p-${number}`, ...(protocol && { protocol }) });
const entry = (host: string, resolution: string, ports: object[], more: object = {}, namespace = 'curl') =>
  ['ServiceEntry', { hosts: [host], resolution, ports, ...more }, namespace] as const;
const routes = (http: object[]) => ['VirtualService', { hosts: ['httpbin.org'], http }] as const;
const to = (match: object, host = 'httpbin.org') => ({ match: [match], route: [{ destination: { host } }] });
const REST = { directResponse: { status: 404 } };
const [HTTP, HTTPS] = ['curl http://httpbin.org/get', 'curl https://httpbin.org/'];
const given = (name: string) => recordedIstioWorlds().find((one) => one.name === name)!.resources;
const PLACE = 'istio-egressgateway.istio-egress.svc.cluster.local';
const allow = (spec: object): KubernetesObject => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'allow', namespace: 'istio-egress' },
  ...{ spec: { selector: { matchLabels: { istio: 'egressgateway' } }, action: 'ALLOW', ...spec } },
});
const without = (kind: string, name: string) => given(name).filter((object) => object.kind !== kind);

const scenarios: Readonly<Record<string, Scenario>> = {
  'the sidecar closes its own port to whoever dials it': {
    mesh: ALLOW_ANY,
    said: { 'http://127.0.0.1:15001/': 'closed', 'http://127.0.0.1:15006/': 'closed' },
  },
  'ALLOW_ANY with nothing registered passes everything, to where it was dialled': {
    mesh: ALLOW_ANY,
    said: {
      [HTTP]: '192.0.2.10',
      [HTTPS]: '192.0.2.10',
      'curl -0 http://httpbin.org/': '192.0.2.10',
      'tcp://db.example.com:3306 --server-first': '198.51.100.30',
    },
  },
  'ALLOW_ANY with a TLS entry passes other names, and plain HTTP, but a silent client waits': {
    mesh: ALLOW_ANY,
    objects: [entry('httpbin.org', 'NONE', [port(443, 'TLS')])],
    said: {
      [HTTPS]: 'outbound|443||httpbin.org',
      'curl https://example.com/': 'PassthroughCluster',
      'curl http://example.com:443/': 'PassthroughCluster',
      'tcp://other.test:443 --server-first': 'stalled',
    },
  },
  'a TCP entry STATIC without endpoints closes the rest of a port under ALLOW_ANY': {
    mesh: ALLOW_ANY,
    objects: [entry('httpbin.org', 'NONE', [port(443, 'TLS')]), entry('rest.egress', 'STATIC', [port(443, 'TCP')])],
    said: { [HTTPS]: '192.0.2.10', 'curl https://example.com/': 'closed', 'curl http://example.com:443/': 'closed' },
  },
  'STATIC without endpoints answers 503, and not from the address dialled': {
    objects: [entry('httpbin.org', 'STATIC', [port(80, 'HTTP'), port(443, 'TLS'), port(3306, 'TCP')])],
    said: { [HTTP]: '503', [HTTPS]: 'closed', 'tcp://httpbin.org:3306': 'closed' },
  },
  'a single address becomes a Host, whatever port it bears': {
    objects: [entry('api.egress', 'NONE', [port(80, 'HTTP')], { addresses: ['192.0.2.10'] })],
    said: {
      'curl http://192.0.2.10/': '192.0.2.10',
      "curl -H 'Host: 192.0.2.10:81' http://other.test/": '203.0.113.40',
      "curl -H 'Host: 192.0.2.11' http://192.0.2.10/": '502',
    },
  },
  'a range of an HTTP entry is no Host, and limits nothing': {
    objects: [entry('httpbin.org', 'NONE', [port(80, 'HTTP')], { addresses: ['192.0.2.0/24'] })],
    said: { 'curl http://192.0.2.10/': '502', "curl -H 'Host: httpbin.org' http://other.test/": '203.0.113.40' },
  },
  'a wildcard takes deep names and not its apex; an exact name comes first': {
    objects: [entry('*.example.com', 'NONE', [port(443, 'TLS')]), entry('www.example.com', 'NONE', [port(443, 'TLS')])],
    said: {
      'curl https://www.example.com/': 'outbound|443||www.example.com',
      'curl https://a.b.example.com/': 'outbound|443||*.example.com',
      'curl https://example.com/': 'closed',
    },
  },
  'two entries of one range take each its own name there, and nothing elsewhere': {
    objects: ['httpbin.org', 'example.com'].map((host) =>
      entry(host, 'NONE', [port(443, 'TLS')], { addresses: ['192.0.2.0/24'] }),
    ),
    said: {
      [HTTPS]: 'outbound|443||httpbin.org',
      'curl --resolve example.com:443:192.0.2.10 https://example.com/': 'outbound|443||example.com',
      'curl https://example.com/': 'closed',
      'curl --resolve other.test:443:192.0.2.10 https://other.test/': 'closed',
    },
  },
  'one host in two entries that resolve alike, or twice in one, works': {
    objects: [
      entry('httpbin.org', 'NONE', [port(443, 'TLS')]),
      ['ServiceEntry', { hosts: ['httpbin.org', 'httpbin.org'], resolution: 'NONE', ports: [port(8443, 'TLS')] }],
    ],
    said: { [HTTPS]: '192.0.2.10', 'curl https://httpbin.org:8443/': '192.0.2.10' },
  },
  'of a host in two namespaces the own one counts, and the ports of the other vanish': {
    objects: [
      entry('httpbin.org', 'NONE', [port(443, 'TLS')], {}, 'other'),
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
    ],
    said: { [HTTP]: '192.0.2.10', [HTTPS]: 'closed' },
  },
  'both halves of all addresses are all addresses, also for silent clients': {
    objects: [entry('any.egress', 'NONE', [port(3306, 'TCP')], { addresses: ['0.0.0.0/1', '128.0.0.0/1'] })],
    said: { 'tcp://other.test:3306 --server-first': '203.0.113.40', 'tcp://10.0.0.1:3306': '10.0.0.1' },
  },
  'a placeholder makes a TCP port read HTTP: what is read gets 502, and HTTP/1.0 and TLS are bytes': {
    objects: [
      entry('placeholder.invalid', 'STATIC', [port(80, 'HTTP')]),
      entry('any.egress', 'NONE', [port(80, 'TCP')]),
    ],
    said: {
      [HTTP]: '502',
      'curl -0 http://httpbin.org/': '192.0.2.10',
      'curl https://httpbin.org:80/': '192.0.2.10',
      'tcp://other.test:80 --server-first': 'stalled',
    },
  },
  'a host of * or an address is refused, so that nothing is there': {
    objects: [entry('*', 'NONE', [port(80, 'HTTP')]), entry('192.0.2.10', 'NONE', [port(80, 'HTTP')])],
    said: { [HTTP]: 'closed', 'curl http://192.0.2.10/': 'closed' },
  },
  'of two VirtualServices for a host only the older counts': {
    objects: [
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      routes([to({ uri: { prefix: '/get' } })]),
      routes([to({ uri: { prefix: '/post' } })]),
    ],
    said: { [HTTP]: '192.0.2.10', 'curl http://httpbin.org/post': '404' },
  },
  'authority is compared as it was sent: letter case, port and dot count': {
    objects: [
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      routes([to({ authority: { regex: 'httpbin\\.org' } }), REST]),
    ],
    said: {
      [HTTP]: '192.0.2.10',
      "curl -H 'Host: HTTPBIN.org' http://httpbin.org/": '404',
      "curl -H 'Host: httpbin.org:80' http://httpbin.org/": '404',
      "curl -H 'Host: httpbin.org.' http://httpbin.org/": '404',
    },
  },
  'several methods are one regular expression, which matches as a whole': {
    objects: [entry('httpbin.org', 'DNS', [port(80, 'HTTP')]), routes([to({ method: { regex: 'GET|HEAD' } }), REST])],
    said: {
      [HTTP]: '192.0.2.10',
      'curl -I http://httpbin.org/': '192.0.2.10',
      'curl -X POST http://httpbin.org/': '404',
    },
  },
  'a percent sign that begins an escape only once others are undone is escaped': {
    objects: [
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      routes([
        to({ uri: { exact: '/%252e' } }),
        to({ uri: { exact: '/%25Ae' } }),
        to({ uri: { exact: '/%ze' } }),
        REST,
      ]),
    ],
    said: {
      'curl http://httpbin.org/%2%65': '192.0.2.10',
      'curl http://httpbin.org/%%41%65': '192.0.2.10',
      'curl http://httpbin.org/%z%65': '192.0.2.10',
      'curl http://httpbin.org/%2e': '404',
    },
  },
  'a VirtualService of nothing but a directResponse closes its host': {
    objects: [entry('httpbin.org', 'DNS', [port(80, 'HTTP')]), routes([REST])],
    said: { [HTTP]: '404', 'curl -0 http://httpbin.org/': 'closed' },
  },
  'a route to a subset that no DestinationRule has answers 503': {
    objects: [
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      routes([{ route: [{ destination: { host: 'httpbin.org', subset: 'v1' } }] }]),
    ],
    said: { [HTTP]: '503' },
  },
  'a connectionPool and a subset let requests pass': {
    objects: [
      entry('httpbin.org', 'DNS', [port(80, 'HTTP')]),
      [
        'DestinationRule',
        {
          host: 'httpbin.org',
          trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 1, maxRequestsPerConnection: 1 } } },
          subsets: [{ name: 'v1' }],
        },
      ],
      routes([{ route: [{ destination: { host: 'httpbin.org', subset: 'v1' } }] }]),
    ],
    said: { [HTTP]: 'outbound|80|v1|httpbin.org' },
  },
  'a Sidecar without outboundTrafficPolicy has the mesh’s': {
    mesh: ALLOW_ANY,
    objects: [['Sidecar', { egress: [{ hosts: ['./*'] }] }]],
    said: { [HTTPS]: 'PassthroughCluster' },
  },
  'a Sidecar with ALLOW_ANY opens everything': {
    objects: [['Sidecar', { egress: [{ hosts: ['~/*'] }], outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }]],
    said: { [HTTP]: 'PassthroughCluster' },
  },
  'a Sidecar that imports a name does not import the wildcard that it lies in': {
    objects: [
      entry('*.example.com', 'NONE', [port(443, 'TLS')]),
      ['Sidecar', { egress: [{ hosts: ['./www.example.com'] }] }],
    ],
    said: { 'curl https://www.example.com/': 'closed' },
  },
  'detection gives up where a port reads HTTP, and passes under ALLOW_ANY': {
    mesh: { ...ALLOW_ANY, protocolDetectionTimeout: '3s' },
    objects: [entry('httpbin.org', 'DNS', [port(80, 'HTTP')]), entry('httpbin.org', 'DNS', [port(443, 'TLS')])],
    said: {
      'tcp://other.test:80 --server-first': '203.0.113.40 after 3',
      'tcp://other.test:443 --server-first': 'stalled',
    },
  },
  'addresses that istiod invents are all that there is to a proxy that captures DNS': {
    more: given('tcp-auto-vip-no-capture'),
    annotations: { 'proxy.istio.io/config': 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}' },
    said: { 'tcp://240.240.0.2:3306': '203.0.113.40', 'tcp://db.example.com:3306': 'closed' },
  },
  'a headless Service of TCP on 443 does no harm': {
    more: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'headless', namespace: 'other' },
        ...{ spec: { clusterIP: 'None', selector: { app: 'x' }, ports: [{ name: 'tcp', port: 443 }] } },
      },
    ],
    objects: [entry('httpbin.org', 'NONE', [port(443, 'TLS')])],
    said: { [HTTPS]: '192.0.2.10', 'curl https://example.com/': 'closed' },
  },
  'the injector refuses a name of a service': {
    annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': 'mysql' },
    said: { 'tcp://db.example.com:3306': 'unknown' },
  },
  'where the sidecar is there all the same, iptables has read the name': {
    annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': 'mysql' },
    containers: [{ name: 'client' }, { name: 'istio-proxy' }],
    said: { 'tcp://db.example.com:3306': '198.51.100.30', [HTTP]: 'closed' },
  },
  'a space in a list of ranges makes the injector refuse the pod, one in a list of ports does not': {
    annotations: { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '192.0.2.0/24, 198.51.100.0/24' },
    said: { [HTTP]: 'unknown' },
  },
  'spaces around ports': {
    annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '3306, 80' },
    said: { [HTTP]: '192.0.2.10', [HTTPS]: 'closed' },
  },
  'lists hold for IPv6 too where it is redirected': {
    ipv6: { redirected: true, programmed: true },
    annotations: {
      'traffic.sidecar.istio.io/excludeOutboundIPRanges': '2001:db8::/64',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '3306',
    },
    said: {
      'curl http://v6.test/': '2001:db8::40',
      'curl "http://[2001:db8:0:1::1]/"': 'closed',
      'curl http://zone.test/': 'closed',
      'tcp://[2001:db8:0:1::1]:3306': '2001:db8:0:1::1',
      [HTTP]: 'closed',
    },
  },
  'included ranges hold for IPv6 too where it is redirected': {
    ipv6: { redirected: true, programmed: false },
    annotations: { 'traffic.sidecar.istio.io/includeOutboundIPRanges': '2001:db8::/64' },
    said: {
      'curl http://v6.test/': 'refused',
      'curl "http://[2001:db8:0:1::1]/"': '2001:db8:0:1::1',
      [HTTP]: '192.0.2.10',
    },
  },
  'an ALLOW policy without rules denies everything at the gateway': {
    more: [...given('egw-no-policy'), allow({})],
    said: { [HTTP]: '403', 'curl http://example.com/': '502' },
  },
  'the same over TLS closes the connection': {
    more: [...without('AuthorizationPolicy', 'egw-tls-allowed'), allow({})],
    said: { [HTTPS]: 'closed' },
  },
  'a server name that a policy does not allow is closed, and a namespace that it allows passes': {
    more: [
      ...without('AuthorizationPolicy', 'egw-tls-allowed'),
      allow({ rules: [{ when: [{ key: 'connection.sni', values: ['other.test'] }] }] }),
    ],
    said: { [HTTPS]: 'closed' },
  },
  'a policy that allows a namespace': {
    more: [...given('egw-no-policy'), allow({ rules: [{ from: [{ source: { namespaces: ['curl'] } }] }] })],
    said: { [HTTP]: '192.0.2.10' },
  },
  'a policy in the namespace of the client does nothing at the gateway': {
    more: [...given('egw-no-policy'), { ...allow({}), metadata: { name: 'allow', namespace: 'curl' } }],
    said: { [HTTP]: '192.0.2.10' },
  },
  'under ALLOW_ANY other hosts go past the gateway, and nobody gets into it without a certificate': {
    mesh: ALLOW_ANY,
    more: given('egw-no-policy'),
    said: {
      [HTTP]: '192.0.2.10',
      'curl http://example.com/': 'PassthroughCluster',
      'curl http://10.78.2.2/': '503',
      'tcp://10.78.2.2:80': 'closed',
      'curl https://10.78.2.2:80/': 'closed',
    },
  },
  'a gateway that asks for a certificate takes no sidecar that shows none': {
    more: without('DestinationRule', 'egw-no-policy'),
    said: { [HTTP]: '503' },
  },
  'a port’s settings of a DestinationRule are all that counts for the port': {
    more: [
      ...without('DestinationRule', 'egw-no-policy'),
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'gateway', namespace: 'istio-egress' },
        ...{
          spec: {
            host: PLACE,
            trafficPolicy: {
              tls: { mode: 'ISTIO_MUTUAL', sni: 'httpbin.org' },
              portLevelSettings: [{ port: { number: 80 }, connectionPool: {} }],
            },
          },
        },
      },
    ],
    said: { [HTTP]: '503' },
  },
};

describe('facts of Istio’s egress', () => {
  it('the journey says that a silent client waits without end', () => {
    const spec = { hosts: ['httpbin.org'], resolution: 'NONE', ports: [port(443, 'TLS')] };
    const metadata = { name: 'o', namespace: 'curl' };
    const object = { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry', metadata, ...{ spec } };
    const world = createIstioWorld([object], { meshConfig: ALLOW_ANY });
    const waits: unknown[] = [];
    const simulation = simulateIstio(world, { namespace: 'curl', serviceAccount: 'curl' }, { resolve });
    for (const line of ['tcp://other.test:443 --server-first', 'https://other.test/'])
      simulation.decide(parseTarget(line), (event) => {
        if (event.stage === 'detection') waits.push([event.delaySeconds, event.stalls]);
      });
    assert.deepEqual(waits, [
      [0, true],
      [0, false],
    ]);
  });

  it('who dials a gateway past the sidecar shows it no certificate, and is told which server wants one', () => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'c',
        namespace: 'curl',
        annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '80' },
      },
      spec: { serviceAccountName: 'curl' },
    };
    const world = createIstioWorld([...given('egw-no-policy'), pod], { meshConfig: ALLOW_ANY });
    const simulation = simulateIstio(world, { namespace: 'curl', serviceAccount: 'curl' });
    const end = (line: string) => {
      const { outcome, decidedBy } = simulation.decide(parseTarget(line)).ending!;
      return [outcome.class, ...decidedBy.map(({ object, path }) => [object.kind, ...path].join('.'))];
    };
    assert.deepEqual(end('tcp://10.78.2.2:80'), ['closed', 'Gateway.spec.servers.0']);
    assert.equal(end('tcp://10.78.2.3:80')[0], 'reached');
  });

  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, () => {
      const { objects = [], more = [], mesh = REGISTRY_ONLY, annotations = {}, containers, ipv6, said } = scenario;
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'client', namespace: 'curl', labels: { app: 'curl' }, annotations },
        spec: { serviceAccountName: 'curl', ...(containers && { containers }) },
      };
      const all = objects.map(([kind, spec, namespace = 'curl'], index): KubernetesObject => ({
        apiVersion: 'networking.istio.io/v1',
        kind,
        metadata: { name: `o${index}`, namespace },
        ...{ spec },
      }));
      const world = createIstioWorld([...more, ...all, pod], { meshConfig: mesh, ipv6 });
      const source = { namespace: 'curl', serviceAccount: 'curl' };
      const simulation = simulateIstio(world, source, { resolve, onlyDeclaredPorts: true });
      for (const [target, expected] of Object.entries(said)) {
        const { ending, verdict } = simulation.decide(parseTarget(target));
        const { destination, outcome } = ending ?? {};
        const delay = outcome && outcome.delaySeconds > 0 ? ` after ${outcome.delaySeconds}` : '';
        const place = /\|/.test(expected) || expected.endsWith('Cluster') ? destination?.cluster : destination?.address;
        const found = destination
          ? `${place}${delay}`
          : outcome
            ? String(outcome.httpStatus ?? outcome.class)
            : verdict;
        assert.equal(found, expected, target);
      }
    });
  }
});
