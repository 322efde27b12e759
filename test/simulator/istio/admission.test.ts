import assert from 'node:assert/strict';
import type { IstioResource } from '../../../src/lib/resources/istio-types.js';
import { admissionOf } from '../../../src/lib/simulator/istio/admission.js';

/** What Istio's webhook says of objects; docs/istio-egress.md, §0. */

/** Where the error or the warning is, and what it is about. */
function said(kind: string, spec: object | undefined): string {
  const object = { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'o', namespace: 'curl' }, spec };
  const admission = admissionOf(object as unknown as IstioResource);
  if (!admission) return 'taken';
  assert.equal(admission.object, object);
  assert.notEqual(admission.error === undefined, admission.warning === undefined);
  return `${admission.error === undefined ? 'warning' : 'error'} ${admission.path.join('.')}`;
}

function check(
  kind: string,
  specOf: (given: never) => object | undefined,
  rows: readonly (readonly [unknown, string])[],
) {
  for (const [given, expected] of rows) {
    assert.equal(said(kind, specOf(given as never)), expected, `${kind}: ${JSON.stringify(given)}`);
  }
}

const TLS = { number: 443, name: 'tls', protocol: 'TLS' };
const label = (length: number) => 'a'.repeat(length);
/** A name of 255 characters, all of whose parts are allowed. */
const LONG = [label(63), label(63), label(63), label(61), 'b'].join('.');

describe('what Istio’s webhook takes', () => {
  it('names of hosts: parts of letters, digits and inner hyphens, of 63 characters at most and 255 together', () => {
    const bad = 'error spec.hosts.0';
    check('ServiceEntry', (host: string) => ({ hosts: [host], ports: [TLS] }), [
      ['a', 'taken'],
      ['a.b', 'taken'],
      ['API.Example.COM', 'taken'],
      ['1a.x-y.c0', 'taken'],
      ['1.2.x', 'taken'],
      ['a.b.', 'taken'],
      ['a.', 'taken'],
      ['.', bad],
      ['', bad],
      ['a..b', bad],
      ['a.b..', bad],
      ['.a', bad],
      ['-a.b', bad],
      ['a-.b', bad],
      ['a_b.c', bad],
      ['a b.c', bad],
      ['api.*.x', bad],
      ['api-*.x', bad],
      ['x.test:8080', bad],
      ['a.b!', bad],
      ['a.7', bad],
      ['192.0.2.10', bad],
      ['a.7b', 'taken'],
      ['a.b7', 'taken'],
      ['a.7.b', 'taken'],
      [`${label(63)}.b`, 'taken'],
      [`${label(64)}.b`, bad],
      [LONG, 'taken'],
      [`${LONG}c`, bad],
    ]);
  });

  it('wildcards: an asterisk, alone in its part or with more behind it, which is warned of', () => {
    const bad = 'error spec.hosts.0';
    const warned = 'warning spec.hosts.0';
    check('ServiceEntry', (host: string) => ({ hosts: [host], ports: [TLS] }), [
      ['*', bad],
      ['*.x', 'taken'],
      ['*.x.y', 'taken'],
      ['*x', warned],
      ['*x.y', warned],
      ['*-x.y', warned],
      ['*--x.y', bad],
      ['**.x', bad],
      ['*..x', bad],
      ['*.', bad],
      ['*x-.y', bad],
      ['*.x.7', bad],
    ]);
    check('VirtualService', (host: string) => ({ hosts: [host], http: [{ directResponse: { status: 404 } }] }), [
      ['*.x', 'taken'],
      ['*x', 'taken'],
      ['*-x.y', 'taken'],
      ['*', bad],
    ]);
  });

  it('ServiceEntries: hosts, and a resolution that they, ranges and endpoints go with', () => {
    const endpoints = [{ address: '203.0.113.40' }];
    const entry = (more: object) => ({ hosts: ['a.test'], ports: [TLS], ...more });
    check('ServiceEntry', entry, [
      [{}, 'taken'],
      [{ hosts: [] }, 'error spec.hosts'],
      [{ hosts: ['a.test', 'x:1'] }, 'error spec.hosts.1'],
      [{ hosts: ['*.x'], resolution: 'DNS' }, 'error spec.hosts.0'],
      [{ hosts: ['*.x'], resolution: 'DNS_ROUND_ROBIN' }, 'error spec.hosts.0'],
      [{ hosts: ['*.x'], resolution: 'DNS', endpoints }, 'taken'],
      [{ hosts: ['*.x'], resolution: 'DYNAMIC_DNS' }, 'taken'],
      [{ hosts: ['a.test'], resolution: 'DNS' }, 'taken'],
      [{ endpoints }, 'error spec.endpoints'],
      [{ endpoints, resolution: 'NONE' }, 'error spec.endpoints'],
      [{ endpoints, resolution: 'STATIC' }, 'taken'],
      [{ addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.0/24', '2001:db8::/64'] }, 'taken'],
      [{ addresses: ['192.0.2.1', 'x'] }, 'error spec.addresses.1'],
      [{ addresses: ['192.0.2.0/33'] }, 'error spec.addresses.0'],
      [{ addresses: ['192.0.2.0/24'], resolution: 'DNS' }, 'error spec.addresses.0'],
      [{ addresses: ['192.0.2.0/24'], resolution: 'STATIC' }, 'taken'],
      [{ addresses: ['192.0.2.1'], resolution: 'DNS' }, 'taken'],
    ]);
  });

  it('ports: numbers and names of their own, protocols that Istio knows', () => {
    const port = (number: number, name: string | undefined, protocol?: string) => ({ number, name, protocol });
    const some = { addresses: ['192.0.2.1'] };
    check('ServiceEntry', ([ports, more]: [object[], object?]) => ({ hosts: ['a.test'], ports, ...more }), [
      [[[port(1, 'a', 'TLS'), port(65535, 'b', 'http')]], 'taken'],
      [[[port(0, 'a', 'TLS')]], 'error spec.ports.0.number'],
      [[[port(443, 'a', 'TLS'), port(65536, 'b', 'TLS')]], 'error spec.ports.1.number'],
      [[[port(443, 'a', 'TLS'), port(443, 'b', 'HTTP')]], 'error spec.ports.1.number'],
      [[[port(443, 'a', 'TLS'), port(80, 'a', 'HTTP')]], 'error spec.ports.1.name'],
      [[[port(443, '', 'TLS')]], 'error spec.ports.0.name'],
      [[[port(443, undefined, 'TLS')]], 'error spec.ports.0.name'],
      [[[port(443, 'a', 'tcp-server-first')]], 'error spec.ports.0.protocol'],
      [[[port(443, 'a', 'TLS'), port(3306, 'b', 'tcp')]], 'warning spec.ports.1'],
      [[[port(3306, 'a', 'TCP')]], 'warning spec.ports.0'],
      [[[port(3306, 'a')]], 'warning spec.ports.0'],
      [[[port(3306, 'a', 'MONGO')]], 'taken'],
      [[[port(3306, 'a', 'TCP')], some], 'taken'],
      [[[port(3306, 'a', 'TCP')], { resolution: 'DNS' }], 'taken'],
      [[[port(3306, 'a', 'TCP'), port(0, 'b', 'TLS')]], 'error spec.ports.1.number'],
    ]);
  });

  it('VirtualServices: hosts, and routes that each do one thing', () => {
    const to = (host: string, weight?: number) => ({ destination: { host }, ...(weight !== undefined && { weight }) });
    const http = [{ route: [to('a.test')] }];
    const of = (more: object) => ({ hosts: ['a.test'], ...more });
    const many = { hosts: ['a.test'], http: [http[0], { match: [{}, { uri: { regex: '' } }], route: [to('a.test')] }] };
    check('VirtualService', of, [
      [{ http }, 'taken'],
      [{ hosts: undefined, http }, 'error spec.hosts'],
      [{}, 'error spec'],
      [{ hosts: ['192.0.2.10', '2001:db8::1'], http }, 'taken'],
      [{ hosts: ['a.test', 'x:1'], http }, 'error spec.hosts.1'],
      [{ hosts: ['*'], http }, 'error spec.hosts.0'],
      [{ hosts: ['a.test', '*'], gateways: ['x', 'mesh'], http }, 'error spec.hosts.1'],
      [{ hosts: ['*'], gateways: ['istio-egress/out'], http }, 'taken'],
      [{ http: [{}] }, 'error spec.http.0'],
      [{ http: [{ route: [] }] }, 'error spec.http.0'],
      [{ http: [{ route: [], redirect: {} }] }, 'taken'],
      [{ http: [{ redirect: {} }] }, 'taken'],
      [{ http: [{ directResponse: { status: 404 } }] }, 'taken'],
      [{ http: [{ delegate: {} }] }, 'taken'],
      [{ http: [...http, { route: [to('a.test')], redirect: {} }] }, 'error spec.http.1'],
      [{ http: [{ redirect: {}, directResponse: { status: 404 } }] }, 'error spec.http.0'],
      [{ http: [{ directResponse: { status: 404 }, delegate: {} }] }, 'error spec.http.0'],
      [{ http: [...http, { route: [to('a.test', 1), to('x:1', 1)] }] }, 'error spec.http.1.route.1.destination.host'],
      [{ http: [{ route: [to('')] }] }, 'error spec.http.0.route.0.destination.host'],
      [{ http: [{ route: [{ destination: {} }] }] }, 'error spec.http.0.route.0.destination.host'],
      [{ http: [{ route: [to('a.test', 0)] }] }, 'taken'],
      [{ http: [{ route: [to('a.test', 0), to('b.test', 0)] }] }, 'error spec.http.0.route'],
      [{ http: [{ route: [to('a.test'), to('b.test')] }] }, 'error spec.http.0.route'],
      [{ http: [{ route: [to('a.test', 0), to('b.test', 1)] }] }, 'taken'],
      [{ http: [{ route: [to('a.test', 1), to('b.test', 1)] }] }, 'taken'],
      [many, 'error spec.http.1.match.1.uri.regex'],
    ]);
  });

  it('regular expressions that RE2 parses, in every place', () => {
    const spec = ([match]: [object]) => ({
      hosts: ['a.test'],
      http: [{ match: [match], directResponse: { status: 404 } }],
    });
    const at = (path: string) => `error spec.http.0.match.0.${path}.regex`;
    for (const regex of ['', '(?!x)']) {
      check('VirtualService', spec, [
        [[{ uri: { regex } }], at('uri')],
        [[{ scheme: { regex } }], at('scheme')],
        [[{ method: { regex } }], at('method')],
        [[{ authority: { regex } }], at('authority')],
        [[{ headers: { 'x-a': { regex } } }], at('headers.x-a')],
        [[{ withoutHeaders: { 'x-b': { regex } } }], at('withoutHeaders.x-b')],
        [[{ queryParams: { q: { regex } } }], at('queryParams.q')],
      ]);
    }
    check('VirtualService', spec, [
      [[{ uri: { regex: 'a'.repeat(200) }, method: { exact: '(' }, headers: { 'x-a': { prefix: '(' } } }], 'taken'],
    ]);
  });

  it('routes of TLS and TCP: destinations, names within the hosts, and ranges', () => {
    const route = [{ destination: { host: 'a.test' } }];
    const match = [{ sniHosts: ['a.test'] }];
    const tls = (sniHosts: string[]) => ({ tls: [{ match: [{ sniHosts }], route }] });
    const subnets = (...destinationSubnets: string[]) => [{ match: [{}, { destinationSubnets }], route }];
    check('VirtualService', (more: object) => ({ hosts: ['a.test', '*.b.test'], ...more }), [
      [{ tls: [{ match, route }] }, 'taken'],
      [{ tls: [{ match, route }, { route }] }, 'error spec.tls.1'],
      [{ tls: [{ match }] }, 'error spec.tls.0.route'],
      [
        {
          tls: [
            { match, route },
            { match: [{}], route },
          ],
        },
        'error spec.tls.1.match.0',
      ],
      [{ tls: [{ match: [...match, { sniHosts: ['x:1'] }], route }] }, 'error spec.tls.0.match.1.sniHosts.0'],
      [tls(['a.test', 'c.test']), 'error spec.tls.0.match.0.sniHosts.1'],
      [tls(['x.b.test', '*.x.b.test', '*.b.test']), 'taken'],
      [tls(['b.test']), 'error spec.tls.0.match.0.sniHosts.0'],
      [
        { tls: [{ match, route: [...route, { destination: { host: 'x:1' }, weight: 1 }] }] },
        'error spec.tls.0.route.1.destination.host',
      ],
      [{ tcp: [{ route }] }, 'taken'],
      [{ tcp: [{ route }, {}] }, 'error spec.tcp.1.route'],
      [{ tcp: [{ match: [{}], route }] }, 'taken'],
      [{ tcp: subnets('192.0.2.0/24', '192.0.2.1', '2001:db8::1') }, 'taken'],
      [{ tcp: subnets('192.0.2.0/24', 'x') }, 'error spec.tcp.0.match.1.destinationSubnets.1'],
    ]);
  });

  it('Sidecars: hosts with a namespace before them', () => {
    check('Sidecar', (spec: object | undefined) => spec, [
      [undefined, 'taken'],
      [{}, 'taken'],
      [{ egress: [{ hosts: ['./*', '*/a.test', '~/*', 'shop/*.x'] }] }, 'taken'],
      [{ egress: [{ hosts: ['./*'] }, {}] }, 'error spec.egress.1.hosts'],
      [{ egress: [{ hosts: ['./*', 'a.test'] }] }, 'error spec.egress.0.hosts.1'],
      [{ egress: [{ hosts: ['/a.test'] }] }, 'error spec.egress.0.hosts.0'],
      [{ egress: [{ hosts: ['./'] }] }, 'error spec.egress.0.hosts.0'],
      [{ egress: [{ hosts: ['./a.test/x'] }] }, 'error spec.egress.0.hosts.0'],
      [{ egress: [{ hosts: ['./x:1'] }] }, 'error spec.egress.0.hosts.0'],
    ]);
  });

  it('Gateways: servers with hosts, protocols that Istio knows, and TLS where it is meant', () => {
    const server = (protocol: string, more: object = {}) => ({
      port: { number: 443, protocol },
      hosts: ['a.test'],
      ...more,
    });
    check('Gateway', (servers: object[] | undefined) => ({ servers }), [
      [undefined, 'error spec.servers'],
      [[], 'error spec.servers'],
      [[server('HTTP')], 'taken'],
      [[server('HTTP'), server('HTTP', { hosts: [] })], 'error spec.servers.1.hosts'],
      [[server('HTTP'), server('x')], 'error spec.servers.1.port'],
      [[server('HTTP'), server('TLS')], 'error spec.servers.1'],
      [[server('https')], 'error spec.servers.0'],
      [[server('TLS', { tls: {} })], 'taken'],
    ]);
  });

  it('AuthorizationPolicies: actions, and what a DENY policy is for', () => {
    const deny = (...rules: object[]) => ({ action: 'DENY', rules });
    const to = (...operations: object[]) => ({ to: operations.map((operation) => ({ operation })) });
    check('AuthorizationPolicy', (spec: object | undefined) => spec, [
      [undefined, 'taken'],
      [{}, 'taken'],
      [{ action: 'ALLOW', rules: [to({ hosts: ['x'] })] }, 'taken'],
      [{ action: 'AUDIT' }, 'taken'],
      [{ action: 'CUSTOM', rules: [{}] }, 'taken'],
      [{ action: 'allow' }, 'error spec.action'],
      [{ action: 'DENY' }, 'error spec.rules'],
      [deny(), 'error spec.rules'],
      [deny({}), 'taken'],
      [deny({}, to({ hosts: ['x'] })), 'warning spec.rules.1'],
      [deny(to({ methods: ['GET'] })), 'warning spec.rules.0'],
      [deny(to({ paths: ['/'] })), 'warning spec.rules.0'],
      [deny(to({ notHosts: ['x'] })), 'warning spec.rules.0'],
      [deny(to({ notMethods: ['GET'] })), 'warning spec.rules.0'],
      [deny(to({ notPaths: ['/'] })), 'warning spec.rules.0'],
      [deny(to({ hosts: ['x'], ports: ['80'] })), 'taken'],
      [deny(to({ ports: ['80'] })), 'taken'],
      [deny(to({ notPorts: ['80'], hosts: ['x'] })), 'warning spec.rules.0'],
    ]);
  });

  it('DestinationRules have a host', () => {
    check('DestinationRule', (spec: object) => spec, [
      [{ host: 'a.test' }, 'taken'],
      [{ host: '' }, 'error spec.host'],
    ]);
  });
});
