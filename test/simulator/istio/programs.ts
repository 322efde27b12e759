import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import { ALLOW_ANY, entry, object, pod, service, to, virtualService, type Given } from './worlds.js';

const endpoints = (name: string, ...subsets: object[]): KubernetesObject => ({
  ...object('Endpoints', name, undefined),
  apiVersion: 'v1',
  ...{ subsets },
});

/** Worlds whose programs test/simulator/istio/programs.test.ts tells in full. */
export const WORLDS: Readonly<Record<string, readonly [objects: readonly KubernetesObject[], given?: Given]>> = {
  'ports of all kinds, at addresses, at ranges and without either': [
    [
      entry('a', 'a.test', [[80, 'HTTP'], [443, 'TLS'], [3306, 'TCP'], [8080], [53, 'UDP']], {
        addresses: ['192.0.2.1', '198.51.100.0/24', '2001:db8::1/128', '2001:db8::/64'],
      }),
      entry('b', 'b.test', [[80, 'HTTP'], [443, 'TLS'], [3306, 'TCP'], [8080]]),
      entry(
        'c',
        'c.test',
        [
          [443, 'TCP'],
          [8080, 'TCP'],
        ],
        { addresses: ['0.0.0.0/0', '::/0', '203.0.113.7/32'] },
      ),
    ],
    { meshConfig: { ...ALLOW_ANY, protocolDetectionTimeout: '3s' } },
  ],
  'Services of the mesh': [
    [
      service('web', [
        [80, 'http'],
        [443, 'https'],
        [9000, 'tcp-x'],
        [7000, ''],
        [53, 'udp-x'],
      ]),
      service('other/web', [[80, 'http']], { clusterIP: undefined }),
      service(
        'head',
        [
          [80, 'http'],
          [5432, 'tcp'],
        ],
        { clusterIP: 'None' },
      ),
      service('other/solo', [[80, 'http']], { clusterIP: '10.96.0.9', selector: undefined }),
      service('full', [[5432, 'tcp']], { clusterIP: 'None' }),
      endpoints('full', {}, { addresses: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }] }),
      service('one', [[81, 'http']], { clusterIP: 'None' }),
      endpoints('one', { addresses: [{ ip: '10.1.0.3' }] }),
      service('none', [[82, 'http']]),
      endpoints('none', {}, { addresses: [] }),
      service('empty', [[83, 'http']]),
      endpoints('empty'),
    ],
  ],
  'endpoints, by resolution': [
    [
      entry(
        'a',
        'a.test',
        [
          [443, 'TLS'],
          [8443, 'TLS', 9443],
        ],
        { resolution: 'DNS' },
      ),
      entry('b', '*.b.test', [[443, 'TLS', 9443]], { resolution: 'DYNAMIC_DNS' }),
      entry(
        'c',
        'c.test',
        [
          [443, 'TLS', 9443],
          [80, 'HTTP'],
        ],
        {
          resolution: 'STATIC',
          endpoints: [{ address: '192.0.2.1' }, { address: '192.0.2.2', ports: { p443: 7443 } }, {}],
        },
      ),
      entry('d', 'd.test', [[443, 'TLS']], {
        resolution: 'DNS',
        endpoints: [{ address: 'x.test', ports: { p443: 1 } }],
      }),
      entry('e', 'e.test', [[443, 'TLS']], { resolution: 'DNS', endpoints: [{ address: '192.0.2.3' }] }),
      entry('f', 'f.test', [[443, 'TLS']], {
        resolution: 'DNS_ROUND_ROBIN',
        endpoints: [{ address: 'x.test' }, { address: 'y.test' }],
      }),
      entry('g', 'g.test', [[443, 'TLS']], { resolution: 'STATIC', workloadSelector: { labels: { app: 'g' } } }),
      entry('h', 'H.test', [[443, 'TLS']]),
    ],
  ],
  'subsets, and the DestinationRules that have them': [
    [
      entry('a', 'a.test', [[443, 'TLS']], { resolution: 'DNS' }),
      entry('b', 'b.test', [[443, 'TLS']], {
        resolution: 'STATIC',
        endpoints: [
          { address: '192.0.2.1', labels: { v: '1' } },
          { address: '192.0.2.2', labels: { v: '2' } },
        ],
      }),
      entry('c', 'c.test', [[443, 'TLS']]),
      entry('other/d', 'd.test', [[443, 'TLS']]),
      entry('e', 'e.test', [[443, 'TLS']], {
        resolution: 'DNS',
        endpoints: [{ address: 'x.test', labels: { v: '1' } }],
      }),
      object('DestinationRule', 'a', {
        host: 'a.test',
        subsets: [{ name: 'all' }, { name: 'v1', labels: { v: '1' } }],
      }),
      object('DestinationRule', 'b', { host: '*.test', subsets: [{ name: 'v1', labels: { v: '1' } }] }),
      object('DestinationRule', 'c', { host: 'c.test', subsets: [{ name: 'mine' }], exportTo: ['*'] }),
      object('DestinationRule', 'other/c', { host: 'c.test', subsets: [{ name: 'theirs' }] }),
      object('DestinationRule', 'w', { host: 'd.test', subsets: [{ name: 'w' }], workloadSelector: {} }),
      object('DestinationRule', 'e', { host: 'e.test', subsets: [{ name: 'v2', labels: { v: '2' } }] }),
      // the client’s own namespace has one for all
      object('DestinationRule', 'other/d', { host: 'd.test', subsets: [{ name: 'other' }] }),
    ],
  ],
  'DestinationRules of the service’s namespace and of the root namespace': [
    [
      entry('other/a', 'a.test', [[443, 'TLS']]),
      entry('other/b', 'b.test', [[443, 'TLS']]),
      entry('other/c', 'c.test', [[443, 'TLS']]),
      service('web', [[80, 'http']]),
      object('DestinationRule', 'other/hidden', { host: 'a.test', subsets: [{ name: 'hidden' }], exportTo: ['.'] }),
      object('DestinationRule', 'other/b', { host: 'b.test', subsets: [{ name: 'seen' }] }),
      object('DestinationRule', 'istio-system/a', { host: 'a.test', subsets: [{ name: 'root' }] }),
      object('DestinationRule', 'istio-system/b', { host: 'b.test', subsets: [{ name: 'root' }] }),
      object('DestinationRule', 'third/c', { host: 'c.test', subsets: [{ name: 'third' }] }),
      object('DestinationRule', 'web', { host: 'web', subsets: [{ name: 'short' }] }),
    ],
  ],
  'several DestinationRules of one host': [
    [
      ...[...'abcdefgh'].map((name) => entry(name, `${name}.test`, [[443, 'TLS']])),
      entry('other/i', 'i.example', [[443, 'TLS']]),
      object('DestinationRule', 'a1', { host: 'a.test', subsets: [{ name: 'one' }, { name: 'both' }] }),
      object('DestinationRule', 'a2', { host: 'a.test', subsets: [{ name: 'both' }, { name: 'two' }] }),
      // an older one for all does not count beside another for fewer, which the younger one counts beside
      object('DestinationRule', 'b1', { host: 'b.test', subsets: [{ name: 'all' }] }),
      object('DestinationRule', 'b2', { host: 'b.test', subsets: [{ name: 'few' }], exportTo: ['.'] }),
      // a younger one for more adds to an older one for fewer
      object('DestinationRule', 'c1', { host: 'c.test', subsets: [{ name: 'few' }], exportTo: ['.'] }),
      object('DestinationRule', 'c2', { host: 'c.test', subsets: [{ name: 'more' }], exportTo: ['.', 'other'] }),
      object('DestinationRule', 'd1', { host: 'd.test', subsets: [{ name: 'all' }] }),
      object('DestinationRule', 'd2', {
        ...{ host: 'd.test', subsets: [{ name: 'mine' }], workloadSelector: { matchLabels: { app: 'curl' } } },
      }),
      object('DestinationRule', 'd3', {
        ...{ host: 'd.test', subsets: [{ name: 'too' }], workloadSelector: { matchLabels: { app: 'curl' } } },
      }),
      object('DestinationRule', 'e1', {
        ...{ host: 'e.test', subsets: [{ name: 'not-mine' }], workloadSelector: { matchLabels: { app: 'web' } } },
      }),
      object('DestinationRule', 'e2', { host: 'e.test', subsets: [{ name: 'all' }] }),
      object('DestinationRule', 'f1', {
        ...{ host: 'f.test', subsets: [{ name: 'not-mine' }], workloadSelector: { matchLabels: { app: 'web' } } },
      }),
      object('DestinationRule', 'f2', {
        ...{ host: 'f.test', subsets: [{ name: 'mine' }], workloadSelector: { matchLabels: { app: 'curl' } } },
      }),
      // one for the own namespace alone is taken to be the same as one for some workloads
      object('DestinationRule', 'g1', { host: 'g.test', subsets: [{ name: 'all' }], exportTo: ['.'] }),
      object('DestinationRule', 'g2', {
        ...{ host: 'g.test', subsets: [{ name: 'not-mine' }], workloadSelector: { matchLabels: { app: 'web' } } },
      }),
      object('DestinationRule', 'h1', { host: 'h.test', subsets: [{ name: 'elsewhere' }], exportTo: ['other'] }),
      object('DestinationRule', 'h2', { host: '*.test', subsets: [{ name: 'here' }] }),
      // the most specific one that a namespace shows to anybody is asked for whom it is shown
      object('DestinationRule', 'other/i1', {
        host: 'i.example',
        subsets: [{ name: 'elsewhere' }],
        exportTo: ['third'],
      }),
      object('DestinationRule', 'other/i2', { host: '*.example', subsets: [{ name: 'here' }] }),
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'DestinationRules as the root namespace’s own proxies see them': [
    [
      entry('other/a', 'a.test', [[443, 'TLS']]),
      entry('other/b', 'b.test', [[443, 'TLS']]),
      object('DestinationRule', 'a', { host: 'a.test', subsets: [{ name: 'root' }] }),
      object('DestinationRule', 'b', { host: 'b.test', subsets: [{ name: 'root' }], exportTo: ['.'] }),
      object('DestinationRule', 'other/a', { host: 'a.test', subsets: [{ name: 'service' }] }),
      object('DestinationRule', 'other/b', { host: 'b.test', subsets: [{ name: 'service' }] }),
    ],
    { rootNamespace: 'curl' },
  ],
  'matches of tls: names, subnets, ports, pods and gateways': [
    [
      entry('a', 'a.test', [
        [443, 'TLS'],
        [8443, 'HTTPS'],
      ]),
      entry('b', 'b.test', [[443, 'TLS']], { addresses: ['192.0.2.0/24'] }),
      virtualService('v', 'a.test b.test', {
        tls: [
          {
            match: [{ sniHosts: ['a.test', 'b.test'], destinationSubnets: ['192.0.2.1', '198.51.100.0/24'] }],
            ...to('a.test'),
          },
          // the same, the other way round
          {
            match: [{ sniHosts: ['b.test', 'a.test'], destinationSubnets: ['198.51.100.0/24', '192.0.2.1'] }],
            ...to('b.test'),
          },
          { match: [{ sniHosts: ['a.test'], destinationSubnets: ['2001:db8::1'], port: 8443 }], ...to('a.test') },
          { match: [{ sniHosts: ['b.test'], port: 443 }], ...to('b.test', { port: { number: 8443 }, subset: 's' }) },
          { match: [{ sniHosts: ['a.test'], sourceLabels: { app: 'other' } }], ...to('c.test') },
          { match: [{ sniHosts: ['a.test'], gateways: ['istio-egress/out'] }], ...to('d.test') },
          { match: [{ sniHosts: ['a.test'], sourceNamespace: 'other' }], ...to('e.test') },
        ],
      }),
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'a VirtualService whose matches are for others leaves the service’s own chain': [
    [
      entry('a', 'a.test', [
        [443, 'TLS'],
        [3306, 'TCP'],
      ]),
      virtualService('v', 'a.test', {
        tls: [{ match: [{ sniHosts: ['a.test'], port: 1 }], ...to('x.test') }],
        tcp: [
          { match: [{ port: 1 }], ...to('x.test') },
          { match: [{ sourceNamespace: 'other' }], ...to('y.test') },
        ],
      }),
    ],
  ],
  'routes of tcp: subnets leave the service’s own chain, the same ranges and none take its place': [
    [
      entry('a', 'a.test', [[3306, 'TCP']]),
      entry('b', 'b.test', [[3307, 'TCP']], { addresses: ['192.0.2.0/24'] }),
      entry('c', 'c.test', [[3308, 'TCP']]),
      entry('d', 'd.test', [[3309, 'TCP']]),
      virtualService('a', 'a.test', {
        tcp: [
          { match: [{ destinationSubnets: ['192.0.2.1', '2001:db8::1'], port: 3306 }, { port: 1 }], ...to('x.test') },
          { match: [{ destinationSubnets: ['198.51.100.0/24'] }], ...to('y.test') },
        ],
      }),
      virtualService('b', 'b.test', {
        tcp: [
          { match: [{ destinationSubnets: ['192.0.2.0/24'] }], ...to('x.test') },
          { match: [{ destinationSubnets: ['192.0.2.1'] }], ...to('z.test') },
        ],
      }),
      virtualService('c', 'c.test', {
        tcp: [
          { match: [{ port: 0 }, { destinationSubnets: ['192.0.2.1'] }], ...to('x.test') },
          { match: [{ destinationSubnets: ['192.0.2.7'] }], ...to('y.test') },
        ],
      }),
      virtualService('d', 'd.test', { tcp: [to('x')] }),
    ],
  ],
  'routes: what they ask, where they lead, and how they answer': [
    [
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [8080, 'HTTP'],
      ]),
      entry('b', 'b.test', [[9090, 'HTTP']]),
      virtualService('v', 'a.test', {
        http: [
          { match: [{ uri: { exact: '/1' } }, { uri: { exact: '/2' }, port: 80 }], ...to('a.test') },
          { match: [], ...to('b.test') },
          { match: [{ method: { exact: 'PUT' } }], ...to('a.test', { subset: 's', port: { number: 7 } }) },
          { match: [{ sourceNamespace: 'curl', sourceLabels: { app: 'curl' } }], ...to('web') },
          { match: [{ sourceNamespace: 'other' }], ...to('no.test') },
          { match: [{ sourceLabels: { app: 'x' } }], ...to('no.test') },
          { match: [{ gateways: ['x'] }], ...to('no.test') },
          { match: [{ gateways: ['x', 'mesh'] }], ...to('c.test') },
          {
            route: [
              { destination: { host: 'a.test' }, weight: 20 },
              { destination: { host: 'b.test' }, weight: 80 },
              { destination: { host: 'c.test' } },
            ],
          },
          { redirect: {} },
          { redirect: { redirectCode: 308 } },
          { directResponse: { status: 404 } },
          { delegate: { name: 'x' } },
          { ...to('a.test'), fault: { abort: { httpStatus: 500 } } },
          { ...to('a.test'), fault: { delay: {} } },
        ],
      }),
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'VirtualServices of names that are no services are for port 80 alone': [
    [
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [8080, 'HTTP'],
        [443, 'TLS'],
      ]),
      entry('t', 't.test', [[443, 'TLS'], [8080], [8081, 'HTTP']]),
      entry('x', 'x.u.test', [[8082, 'HTTP']]),
      entry('z', 'z.test', [
        [443, 'HTTP'],
        [8081, 'HTTP'],
      ]),
      virtualService('x', 'x.u.test', { http: [{ directResponse: { status: 406 } }] }),
      virtualService('u', '*.u.test beside.test', { http: [{ directResponse: { status: 407 } }] }),
      virtualService('n', 'new.test', { http: [{ directResponse: { status: 401 } }] }),
      virtualService('t', 't.test more.test', { http: [{ directResponse: { status: 402 } }] }),
      virtualService('w', '*.wild.test', { http: [{ directResponse: { status: 403 } }] }),
      virtualService('k', '*.test', { gateways: ['x'], http: [{ directResponse: { status: 405 } }] }),
    ],
  ],
  'of several VirtualServices the one that names a host counts, then the older': [
    [
      entry('a', 'a.test', [[80, 'HTTP']]),
      entry('b', 'b.test', [[80, 'HTTP']]),
      entry('c', 'c.test', [[80, 'HTTP']]),
      entry('q', 'q.example', [[80, 'HTTP']]),
      virtualService('empty', 'a.test', { http: [{ match: [{ port: 1 }], directResponse: { status: 400 } }] }),
      virtualService('wide', '*.test', { http: [{ directResponse: { status: 401 } }] }),
      virtualService('old', 'a.test', { http: [{ directResponse: { status: 402 } }] }),
      virtualService('young', 'a.test more.test', { http: [{ directResponse: { status: 403 } }] }),
      virtualService('late', 'MORE.test LATE.test', { http: [{ directResponse: { status: 406 } }] }),
      virtualService('latest', 'late.test', { http: [{ directResponse: { status: 408 } }] }),
      virtualService('q', 'q.example', { gateways: ['x', 'mesh'], http: [{ directResponse: { status: 409 } }] }),
      virtualService('all', 'c.test *', { gateways: ['mesh'], http: [{ directResponse: { status: 407 } }] }),
      virtualService('other/hidden', 'b.test', { exportTo: ['.'], http: [{ directResponse: { status: 404 } }] }),
      virtualService('gate', 'b.test', { gateways: ['x'], http: [{ directResponse: { status: 405 } }] }),
    ],
  ],
  'one host in several entries: the oldest has the clusters, the youngest the routes': [
    [
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [443, 'TLS'],
      ]),
      entry('b', 'a.test', [
        [80, 'TCP'],
        [8080, 'HTTP'],
      ]),
      entry('c', 'a.test', [[9090, 'HTTP']], { resolution: 'DNS' }),
      entry('c2', 'a.test', [[9091, 'HTTP']], { resolution: 'DNS' }),
      entry('f', 'f.test', [[1443, 'TLS']], { resolution: 'STATIC', endpoints: [{ address: '192.0.2.1' }] }),
      entry('g', 'f.test', [[1443, 'TLS']], { resolution: 'STATIC', endpoints: [{ address: '192.0.2.2' }] }),
      entry('h', 'h.test', [[1444, 'TLS']], { resolution: 'DNS' }),
      entry('i', 'h.test', [[1444, 'TLS']], { resolution: 'DNS' }),
      entry('j', 'j.test', [[1445, 'TLS']], { resolution: 'DNS', endpoints: [{ address: 'x.test' }] }),
      entry('k', 'j.test', [[1445, 'TLS']], {
        resolution: 'DNS',
        endpoints: [{ address: 'x.test', ports: { p1445: 9 } }],
      }),
      entry('d', 'd.test', [[443, 'HTTP']]),
      entry('e', 'd.test', [[443, 'HTTP']], { addresses: ['192.0.2.1'] }),
    ],
  ],
  'what is not exported here is not seen, and of a host in several namespaces the own one counts': [
    [
      entry('other/a', 'a.test', [[443, 'TLS']], { exportTo: ['.'] }),
      entry('other/b', 'b.test', [[443, 'TLS']], { exportTo: ['curl'] }),
      entry('other/c', 'c.test', [[443, 'TLS']], { exportTo: [] }),
      entry('other/d', 'd.test', [[443, 'TLS']]),
      entry('d', 'd.test', [[8443, 'TLS']]),
      entry('third/e', 'e.test', [[443, 'TLS']]),
      entry('other/e', 'e.test', [[8443, 'TLS']]),
      {
        ...service('other/s', [[443, 'tls']]),
        metadata: { name: 's', namespace: 'other', annotations: { 'networking.istio.io/exportTo': 'x, curl' } },
      },
      {
        ...service('other/t', [[444, 'tls']]),
        metadata: { name: 't', namespace: 'other', annotations: { 'networking.istio.io/exportTo': 'x,y' } },
      },
      {
        ...service('other/u', [[445, 'tls']]),
        metadata: { name: 'u', namespace: 'other', annotations: { 'networking.istio.io/exportTo': '' } },
      },
      {
        ...service('v', [[446, 'tls']]),
        metadata: { name: 'v', namespace: 'curl', annotations: { 'networking.istio.io/exportTo': '.' } },
      },
    ],
  ],
  'what the mesh exports where nothing is said': [
    [
      entry('other/a', 'a.test', [[443, 'TLS']]),
      entry('other/b', 'b.test', [[443, 'TLS']], { exportTo: [] }),
      entry('other/c', 'c.test', [[80, 'HTTP']], { exportTo: ['*'] }),
      service('other/s', [[443, 'tls']]),
      virtualService('other/v', 'c.test', { http: [{ directResponse: { status: 404 } }] }),
      object('DestinationRule', 'other/c', { host: 'c.test', subsets: [{ name: 's' }] }),
    ],
    {
      meshConfig: {
        ...ALLOW_ANY,
        defaultServiceExportTo: ['.'],
        defaultVirtualServiceExportTo: ['.'],
        defaultDestinationRuleExportTo: ['.'],
      },
    },
  ],
  'a Sidecar’s listeners: those with a port have it for themselves': [
    [
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [443, 'TLS'],
        [3306, 'TCP'],
      ]),
      entry('other/b', 'b.test', [
        [80, 'HTTP'],
        [443, 'TLS'],
      ]),
      entry('c', '*.c.test', [[443, 'TLS']]),
      virtualService('va', 'z.example a.test', { http: [{ directResponse: { status: 401 } }] }),
      virtualService('other/vb', 'x.test b.test', { http: [{ directResponse: { status: 402 } }] }),
      object('Sidecar', 's', {
        egress: [
          { port: { number: 80 }, hosts: ['other/*', '~/*'] },
          { hosts: ['./*.test', './a.test'] },
          { port: { number: 3306 }, hosts: ['*/a.test'] },
        ],
      }),
    ],
  ],
  'a TLS match for one name and port': [
    [
      entry('a', 'a.test', [[443, 'TLS']]),
      virtualService('v', 'a.test', { tls: [{ match: [{ sniHosts: ['a.test'] }], ...to('b.test') }] }),
    ],
  ],
  'a Sidecar for pods with labels comes before the namespace’s, the older before the younger': [
    [
      entry('a', 'a.test', [[443, 'TLS']]),
      object('Sidecar', 'other/foreign', {
        workloadSelector: { labels: { app: 'curl' } },
        egress: [{ hosts: ['~/*'] }],
      }),
      object('Sidecar', 'namespace', { egress: [{ hosts: ['~/*'] }] }),
      object('Sidecar', 'strangers', { workloadSelector: { labels: { app: 'other' } } }),
      object('Sidecar', 'own', {
        workloadSelector: { labels: { app: 'curl' } },
        outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
      }),
      object('Sidecar', 'young', { workloadSelector: { labels: { app: 'curl' } }, egress: [{ hosts: ['~/*'] }] }),
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'a Sidecar of the namespace comes before the root namespace’s': [
    [
      object('Sidecar', 'istio-system/root', { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }),
      object('Sidecar', 'strangers', { workloadSelector: { labels: { app: 'other' } } }),
      object('Sidecar', 'namespace', { workloadSelector: {} }),
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'a Sidecar of the root namespace is for all that have none': [
    [
      object('Sidecar', 'other/foreign', {}),
      object('Sidecar', 'istio-system/some', { workloadSelector: { labels: { app: 'curl' } } }),
      object('Sidecar', 'istio-system/root', { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }),
      { ...object('Sidecar', 'x', {}), metadata: { name: 'homeless' } },
    ],
    { pod: pod({ app: 'curl' }) },
  ],
  'a Sidecar that says less': [
    [
      entry('a', 'a.test', [[443, 'TLS']]),
      entry('other/b', 'b.test', [[443, 'TLS']]),
      entry('other/c', 'x.c.test', [[443, 'TLS']]),
      object('Sidecar', 's', {
        egress: [{ hosts: ['./b.test', 'other/*.c.test', 'curl/x'] }],
        outboundTrafficPolicy: {},
      }),
    ],
    { meshConfig: ALLOW_ANY },
  ],
  'gateways that want a certificate are closed to who dials them': [
    [
      entry('a', 'a.test', [[443, 'TLS']]),
      service('out', [[443, 'tls']], { clusterIP: '10.96.0.7', selector: { istio: 'egress', app: 'x' } }),
      service('bare', [[443, 'tls']], { clusterIP: '10.96.0.8', selector: undefined }),
      entry('g', 'g.test', [[1, 'TLS']], {
        resolution: 'STATIC',
        endpoints: [
          { address: '192.0.2.9', labels: { istio: 'egress' } },
          { labels: { istio: 'egress' } },
          { address: '192.0.2.8' },
        ],
      }),
      { ...pod({ istio: 'egress' }), ...{ status: { podIP: '10.1.0.5' } } },
      { ...pod({}), metadata: { name: 'plain', namespace: 'curl' }, ...{ status: { podIP: '10.1.0.6' } } },
      object('Gateway', 'g', {
        selector: { istio: 'egress' },
        servers: [
          { port: { number: 80, protocol: 'HTTP' }, hosts: ['*'] },
          { port: { number: 443, protocol: 'TLS' }, hosts: ['*'], tls: { mode: 'ISTIO_MUTUAL' } },
          { port: { number: 444, protocol: 'TLS' }, hosts: ['*'], tls: { mode: 'PASSTHROUGH' } },
        ],
      }),
      object('Gateway', 'all', {
        servers: [{ port: { number: 1, protocol: 'TLS' }, hosts: ['*'], tls: { mode: 'ISTIO_MUTUAL' } }],
      }),
    ],
  ],
  'addresses that istiod invents, for a proxy that captures DNS': [
    [
      {
        ...entry('a', 'a.test b.test', [[3306, 'TCP']]),
        ...{
          status: {
            addresses: [
              { value: '240.240.0.1', host: 'a.test' },
              { value: '2001:2::1', host: 'a.test' },
              { value: '240.240.0.2', host: 'b.test' },
              { host: 'a.test' },
            ],
          },
        },
      },
      {
        ...entry('c', 'c.test', [[3306, 'TCP']], { addresses: ['192.0.2.1'] }),
        ...{ status: { addresses: [{ value: '240.240.0.3', host: 'c.test' }] } },
      },
      entry('d', 'd.test', [[3307, 'TCP']]),
    ],
    { pod: pod({}, { 'proxy.istio.io/config': 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}' }) },
  ],
};
