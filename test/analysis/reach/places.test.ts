import assert from 'node:assert/strict';
import { destinationsOf, NAMELESS, Reachable, type Destination } from '../../../src/lib/analysis/reach/destinations.js';
import {
  alikeIstioSenders,
  istioDestinationsOf,
  namespacesWithEgress,
  principalsIn,
} from '../../../src/lib/analysis/reach/istio-destinations.js';
import { matrix } from '../../../src/lib/analysis/reach/matrix.js';
import { isPodItself, passage, reachOf } from '../../../src/lib/analysis/reach/reach.js';
import { alikeSenders } from '../../../src/lib/analysis/reach/senders.js';
import type { Egress, HTTPRouteGroup, KubernetesObject, Pod, Resource } from '../../../src/lib/resources/types.js';
import { simulateIstio } from '../../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld } from '../../../src/lib/simulator/istio/world.js';
import type { Outcome } from '../../../src/lib/simulator/outcome.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Alternative, Obstacle, Verdict, VerdictWord } from '../../../src/lib/simulator/verdict.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { meshConfig, service } from '../../simulator/control-plane/worlds.js';

const CURL: Source = { namespace: 'curl', serviceAccount: 'curl' };
const subject = (name: string, namespace = 'curl') => ({ kind: 'ServiceAccount' as const, name, namespace });

function egress(name: string, spec: Partial<Egress['spec']>, accounts: readonly string[] = ['curl']): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: { sources: accounts.map((account) => subject(account)), ports: [], ...spec },
  };
}

const ports = (...texts: string[]) =>
  texts.map((text) => {
    const [number, protocol] = text.split('/') as [string, string];
    return { number: Number(number), protocol };
  });
const object = (kind: string, name: string, more: object = {}, namespace = 'curl', apiVersion = 'v1') =>
  ({ apiVersion, kind, metadata: { name, namespace }, ...more }) as KubernetesObject;

const GET_ONLY: HTTPRouteGroup = {
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'get', namespace: 'curl' },
  spec: { matches: [{ name: 'get', methods: ['GET'] }] },
};
const asGetOnly = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'get' }];

describe('the places that policies name', () => {
  it('are hosts and networks with each port and protocol, once, in order', () => {
    const world = createWorld([
      egress('b', {
        hosts: ['b.test', '*.c.test'],
        ipAddresses: ['10.0.0.0/8'],
        ports: ports('443/HTTPS', '3306/tcp', '80/http', '53/udp'),
      }),
      egress('a', { hosts: ['b.test'], ports: ports('80/http', '22/tcp-server-first') }),
    ]);
    assert.deepEqual(
      destinationsOf(world).map(({ name, protocol, port, host, network }) => [
        name,
        protocol,
        port,
        host,
        network?.prefixLength,
      ]),
      [
        ['*.c.test:443/https', 'https', 443, '*.c.test', undefined],
        ['*.c.test:80/http', 'http', 80, '*.c.test', undefined],
        ['*:22/tcp-server-first', 'tcp-server-first', 22, undefined, undefined],
        ['10.0.0.0/8:3306/tcp', 'tcp', 3306, undefined, 8],
        ['b.test:443/https', 'https', 443, 'b.test', undefined],
        ['b.test:80/http', 'http', 80, 'b.test', undefined],
      ],
    );
    for (const hosts of [undefined, ['*']])
      assert.deepEqual(
        destinationsOf(createWorld([egress('a', { ...(hosts && { hosts }), ports: ports('443/https') })])),
        [{ name: '*:443/https', protocol: 'https', port: 443, host: undefined, network: undefined }],
      );
  });

  it('are ranges as Envoy reads them: of IPv4 in the notation of IPv6 too, and any where none parses', () => {
    const ipAddresses = ['::ffff:10.0.0.0/8', '2001:db8::1.2.3.4/64', '10.0.0.300/8'];
    assert.deepEqual(
      destinationsOf(createWorld([egress('a', { hosts: ['10.0.0.0/8'], ipAddresses, ports: ports('9/tcp', '443/https') })])), // prettier-ignore
      [
        { name: '10.0.0.0/8:443/https', protocol: 'https', port: 443, host: '10.0.0.0/8', network: undefined },
        { name: '10.0.0.300/8:9/tcp', protocol: 'tcp', port: 9, host: undefined, network: undefined },
        { name: '2001:db8::1.2.3.4/64:9/tcp', protocol: 'tcp', port: 9, host: undefined, network: undefined, ipv6: '2001:db8::1.2.3.4' }, // prettier-ignore
        { name: '::ffff:10.0.0.0/8:9/tcp', protocol: 'tcp', port: 9, host: undefined, network: { base: 0x0a000000, prefixLength: 8 } }, // prettier-ignore
      ],
    );
  });
});

describe('what a source may send to a place', () => {
  const policies = [
    egress('hosts', { hosts: ['a.test', '*.b.test'], ports: ports('443/https', '80/http') }),
    egress('some', { hosts: ['get.test'], ports: ports('80/http', '8080/http'), matches: asGetOnly }),
    egress('range', { ipAddresses: ['10.0.0.0/24', '192.0.2.7/32'], ports: ports('3306/tcp') }),
    egress('first', { ports: ports('22/tcp-server-first') }),
    GET_ONLY,
  ];
  const place = (
    protocol: Destination['protocol'],
    port: number,
    host?: string,
    network?: Destination['network'],
  ): Destination => ({ name: 'x', protocol, port, host, network });
  const net = (base: number, prefixLength: number) => place('tcp', 3306, undefined, { base, prefixLength });
  const asked = (
    objects: readonly Resource[],
    resolve?: (name: string) => readonly string[] | undefined,
    source: Source = CURL,
  ): Reachable => new Reachable(simulate(createWorld(objects), source, { resolve }));
  /** Verdict, and the example: what is dialled, and the name that it bears. */
  const told = (reachable: Reachable, destination: Destination): string => {
    const { verdict, example } = reachable.at(destination);
    const { scheme, dial, tls, http } = example;
    const name = tls?.sni ?? http?.authority;
    return [verdict, scheme, `${dial.host}:${dial.port}`, ...(name === undefined ? [] : [name])].join(' ');
  };
  const USUAL = '203.0.113.254';

  it('is told with a request that shows it', () => {
    const rows: [Destination, expected: string][] = [
      [place('https', 443, 'a.test'), `allowed https ${USUAL}:443 a.test`],
      [place('https', 443, 'A.test'), `allowed https ${USUAL}:443 a.test`],
      [place('https', 443, '*.b.test'), `allowed https ${USUAL}:443 any.b.test`],
      [place('https', 443, '.b.test'), `allowed https ${USUAL}:443 any.b.test`],
      [place('https', 443, 'other.test'), `denied https ${USUAL}:443 ${NAMELESS}`],
      [place('https', 443), `denied https ${USUAL}:443 ${NAMELESS}`],
      [place('https', 8443, 'a.test'), `denied https ${USUAL}:8443 a.test`],
      [place('http', 80, 'get.test'), `some http ${USUAL}:80 get.test`],
      [place('http', 8080, 'get.test'), `some http ${USUAL}:8080 get.test:8080`],
      [place('http', 80, 'A.Test'), `allowed http ${USUAL}:80 A.Test`],
      [place('http', 80), `denied http ${USUAL}:80 ${NAMELESS}`],
      [place('http', 80, '.b.test'), `denied http ${USUAL}:80 ${NAMELESS}`],
      [net(0x0a000000, 24), 'allowed tcp 10.0.0.1:3306'],
      [net(0x0a000000, 8), 'some tcp 10.0.0.1:3306'],
      [net(0x0a010000, 16), 'denied tcp 10.1.0.1:3306'],
      [net(0xc0000207, 32), 'allowed tcp 192.0.2.7:3306'],
      [net(0xc0000206, 31), 'some tcp 192.0.2.7:3306'],
      [net(0x0a000080, 31), 'allowed tcp 10.0.0.128:3306'],
      [net(0x0a000080, 32), 'allowed tcp 10.0.0.128:3306'],
      [net(0x0a000080, 30), 'allowed tcp 10.0.0.129:3306'],
      [net(0xc0000204, 30), 'some tcp 192.0.2.7:3306'],
      [net(0xc0000100, 24), 'denied tcp 192.0.1.1:3306'],
      [place('tcp-server-first', 22), `allowed tcp ${USUAL}:22`],
      [place('tcp', 23), `denied tcp ${USUAL}:23`],
    ];
    const reachable = asked(policies);
    const simulation = simulate(createWorld(policies), CURL);
    for (const [destination, expected] of rows) {
      assert.equal(told(reachable, destination), expected);
      const { verdict, classes, example } = reachable.at(destination);
      assert.equal(classes.length > 0, verdict === 'some', expected);
      assert.ok(classes.every((one) => passage(one.verdicts[0]!) === 'allowed'));
      assert.equal(passage(simulation.decide(example)), verdict === 'denied' ? 'denied' : 'allowed', expected);
    }
  });

  it('any host is one that nothing names, not one that somebody may reach', () => {
    const only = egress('only', { hosts: ['example.com'], ports: ports('443/https', '80/http') });
    const any = egress('any', { ports: ports('443/https') });
    assert.equal(told(asked([only]), place('https', 443)), `denied https ${USUAL}:443 ${NAMELESS}`);
    assert.equal(told(asked([only]), place('http', 80)), `denied http ${USUAL}:80 ${NAMELESS}`);
    assert.equal(told(asked([any]), place('https', 443)), `allowed https ${USUAL}:443 ${NAMELESS}`);
  });

  it('a wildcard of server names, in either notation and in any case, is one for all whom it holds', () => {
    for (const host of ['*.B.test', '.B.test']) {
      const wild = asked([egress('wild', { hosts: [host], ports: ports('443/https') })]);
      assert.equal(told(wild, place('https', 443, 'x.b.test')), `allowed https ${USUAL}:443 x.b.test`, host);
      assert.equal(told(wild, place('https', 443, 'b.test')), `denied https ${USUAL}:443 ${NAMELESS}`, host);
    }
    const capitals = asked([egress('up', { hosts: ['UP.test'], ports: ports('80/http', '8080/http') })]);
    assert.equal(told(capitals, place('http', 80, 'up.test')), `allowed http ${USUAL}:80 up.test`);
    assert.equal(told(capitals, place('http', 8080, 'up.test')), `allowed http ${USUAL}:8080 up.test:8080`);
    const several = asked([egress('wild', { hosts: ['*.a.test', '*.b.test'], ports: ports('443/https') })]);
    assert.equal(told(several, place('https', 443, 'x.b.test')), `allowed https ${USUAL}:443 x.b.test`);
  });

  it('where nothing is programmed, nothing is named', () => {
    assert.equal(told(asked([]), place('https', 443, 'a.test')), `denied https ${USUAL}:443 ${NAMELESS}`);
  });

  it('is found out once for all hosts that nothing names', () => {
    const reachable = asked(policies);
    assert.equal(reachable.at(place('https', 443, 'x.test')), reachable.at(place('https', 443, 'y.test')));
    assert.equal(reachable.at(place('https', 443, 'x.test')), reachable.at(place('https', 443)));
    assert.notEqual(reachable.at(place('https', 443, 'x.test')), reachable.at(place('http', 443, 'x.test')));
    assert.notEqual(reachable.at(place('https', 443, 'x.test')), reachable.at(place('https', 80, 'x.test')));
    assert.notEqual(reachable.at(place('tcp', 3306)), reachable.at(net(0x0a000000, 24)));
  });

  it('is found out at the addresses of a host, at each of them', () => {
    const at = egress('at', { hosts: ['c.test'], ipAddresses: ['10.0.0.0/24'], ports: ports('443/https') });
    const anyName = egress('at', { ipAddresses: ['10.0.0.0/24'], ports: ports('443/https') });
    const c = place('https', 443, 'c.test');
    const rows: [policy: Egress, addresses: string[] | undefined, expected: string][] = [
      [at, ['10.9.9.9'], 'denied https 10.9.9.9:443 c.test'],
      [at, ['10.0.0.9'], 'allowed https 10.0.0.9:443 c.test'],
      [at, ['10.9.9.9', '10.0.0.9'], 'some https 10.0.0.9:443 c.test'],
      [at, ['10.0.0.9', '10.9.9.9'], 'some https 10.0.0.9:443 c.test'],
      [at, ['2001:db8::1'], 'allowed https 2001:db8::1:443 c.test'],
      [at, ['10.9.9.9', '2001:db8::1'], 'some https 2001:db8::1:443 c.test'],
      [at, undefined, 'some https 10.0.0.1:443 c.test'],
      [anyName, ['10.0.0.9'], 'allowed https 10.0.0.9:443 c.test'],
      [anyName, undefined, `some https 10.0.0.1:443 ${NAMELESS}`],
      [
        { ...anyName, spec: { ...anyName.spec, ipAddresses: ['192.0.2.0/24'] } },
        undefined,
        `some https 192.0.2.1:443 ${NAMELESS}`,
      ],
      [
        { ...anyName, spec: { ...anyName.spec, ipAddresses: ['240.0.0.0/4'] } },
        undefined,
        `some https 240.0.0.1:443 ${NAMELESS}`,
      ],
    ];
    for (const [policy, addresses, expected] of rows) assert.equal(told(asked([policy], () => addresses), c), expected); // prettier-ignore
  });

  it('is not what services of the mesh or excluded ranges let through', () => {
    const tcp = service('web', { clusterIP: '10.0.0.5', ports: [{ name: 'tcp-x', port: 443 }] });
    const client = { namespace: tcp.metadata.namespace!, serviceAccount: 'a' };
    const objects = [tcp, meshConfig({ outboundIPRangeExclusionList: ['192.0.2.0/24'] })];
    assert.equal(told(asked(objects, undefined, client), place('https', 443, 'a.test')), `denied https ${USUAL}:443 ${NAMELESS}`); // prettier-ignore
  });

  const verdictOf = (objects: readonly Resource[], destination: Destination) => asked(objects).at(destination).verdict;

  it('is uncertain where chance leaves it so', () => {
    const zero = egress('zero', { hosts: ['a.test'], ipAddresses: ['0.0.0.0/0'], ports: ports('443/https') });
    const none = egress('none', { hosts: ['b.test'], ports: ports('443/https') });
    const inner = egress('inner', { hosts: ['c.test'], ipAddresses: ['10.0.0.0/8'], ports: ports('443/https') });
    assert.equal(verdictOf([zero, none], place('https', 443, 'a.test')), 'unknown');
    assert.equal(verdictOf([zero, none, inner], place('https', 443, 'a.test')), 'unknown');
    assert.equal(verdictOf([zero, none, inner], place('https', 443, 'c.test')), 'some');
    // a wildcard beside routes that look at the Host
    const looking: HTTPRouteGroup = { ...GET_ONLY, spec: { matches: [{ name: 'm', headers: [{ host: '.*x.*' }] }] } };
    const hard = egress('hard', { hosts: ['a.*'], ports: ports('80/http'), matches: asGetOnly });
    assert.equal(verdictOf([looking, hard], place('http', 80, 'a.*')), 'denied');
  }); // prettier-ignore

  it('is uncertain where a bound of the request space leaves it so', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const large = Array.from({ length: 40 }, (_, at) => ({
      name: `m${at}`,
      pathRegex: `/[a-z]{1,9}${letters[at % 26]}[a-z]{1,9}${letters[(at * 7) % 26]}`,
      methods: [at % 2 ? 'GET' : 'PUT'],
    }));
    const tooLarge = egress('large', { hosts: ['l.test'], ports: ports('80/http'), matches: asGetOnly });
    const objects = [{ ...GET_ONLY, spec: { matches: large } }, tooLarge];
    assert.equal(verdictOf(objects, place('http', 80, 'l.test')), 'unknown');
    const { undecided } = reachOf(simulate(createWorld(objects), CURL));
    assert.deepEqual([...new Set(undecided.map(({ port, domains }) => `${port} ${domains?.join()}`))], ['80 l.test,l.test:80']);
  }).timeout(60_000); // prettier-ignore

  it('is not known of IPv6 where the sidecar takes it in', () => {
    const dualStack = createIstioWorld([], { ipv6: { redirected: true, programmed: true } });
    const ipv6 = { ...place('tcp', 443), ipv6: '2001:db8::1' };
    assert.equal(new Reachable(simulateIstio(dualStack, CURL)).at(ipv6).verdict, 'unknown');
  });

  it('is told under Istio where a server name counts at an address of its own alone', () => {
    const networking = 'networking.istio.io/v1';
    const entry = {
      hosts: ['t.test'],
      location: 'MESH_EXTERNAL',
      resolution: 'STATIC',
      addresses: ['192.0.2.1'],
      endpoints: [{ address: '192.0.2.1' }],
      ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    };
    const tls = [
      { match: [{ port: 443, sniHosts: ['t.test'] }], route: [{ destination: { host: 't.test', port: { number: 443 } } }] },
    ];
    const world = createIstioWorld(
      [
        object('ServiceEntry', 't', { spec: entry }, 'curl', networking),
        object('VirtualService', 't', { spec: { hosts: ['t.test'], tls } }, 'curl', networking),
      ],
      { meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } },
    );
    const reachable = new Reachable(simulateIstio(world, CURL));
    assert.equal(told(reachable, place('https', 443, 't.test')), 'some https 192.0.2.1:443 t.test');
    assert.equal(told(reachable, place('https', 443, 'u.test')), `denied https 192.0.2.1:443 ${NAMELESS}`);
  }); // prettier-ignore

  it('of which the pod itself is one, or a pod that is alike, is what the verdict says of it', () => {
    const pod = (name: string, podIP: string) =>
      object('Pod', name, {
        spec: { serviceAccountName: 'curl', containers: [{ name: 'c', ports: [{ containerPort: 8080 }] }] },
        status: { podIP },
      }) as Resource;
    const policy = egress('e', {
      ipAddresses: ['127.0.0.1/32', '10.0.0.4/31', '10.0.0.6/32', '10.0.0.16/28', '10.0.0.32/31'],
      ports: ports('8080/tcp'),
    });
    const pods = ['4', '5', '9', '17', '32'].map((last) => pod(`p${last}`, `10.0.0.${last}`));
    const resolve = (name: string) => (name === 'peers.test' ? ['10.0.0.5', '10.0.0.9'] : undefined);
    const to = (base: number, prefixLength = 32) => place('tcp', 8080, undefined, { base, prefixLength });
    for (const some of [pods, []]) {
      const reachable = asked([policy, ...some], resolve);
      const allowed = (address: string) => `allowed tcp ${address}:8080`;
      // a container declares the port
      const loopback = some.length > 0 ? 'allowed' : 'unknown';
      assert.equal(told(reachable, to(0x7f000001)), `${loopback} tcp 127.0.0.1:8080`);
      assert.equal(told(reachable, to(0x7f000000, 8)), `${loopback} tcp 127.0.0.0:8080`);
      assert.equal(told(reachable, to(0)), `${loopback} tcp 0.0.0.0:8080`);
      assert.equal(told(reachable, to(0x0a000010, 28)), allowed(some.length > 0 ? '10.0.0.18' : '10.0.0.17'));
      assert.equal(told(reachable, to(0x0a000020, 31)), allowed(some.length > 0 ? '10.0.0.33' : '10.0.0.32'));
      assert.equal(told(reachable, to(0x0a000006)), allowed('10.0.0.6'));
      assert.equal(told(reachable, to(0x0a000004, 31)), allowed('10.0.0.4'));
      assert.equal(told(reachable, to(0x0a000004, 30)), 'some tcp 10.0.0.4:8080');
      assert.equal(told(reachable, to(0x0a000009)), `${some.length > 0 ? 'unknown' : 'denied'} tcp 10.0.0.9:8080`);
      assert.equal(told(reachable, to(0x0a000008)), 'denied tcp 10.0.0.8:8080');
      assert.equal(
        told(reachable, { ...to(0), network: undefined, host: 'peers.test', protocol: 'http' }),
        'some http 10.0.0.5:8080 peers.test:8080',
      );
    }
  });

  it('is about every method, path and header, and about what a usual client sends else', () => {
    const of = (match: object) => {
      const looking: HTTPRouteGroup = { ...GET_ONLY, spec: { matches: [{ name: 'm', ...match }] } };
      const policy = egress('some', { hosts: ['a.test'], ports: ports('80/http'), matches: asGetOnly });
      const cell = asked([looking, policy]).at(place('http', 80, 'a.test'));
      return [cell.verdict, ...cell.classes.map((one) => requestClassText(one).replace(/ on .*/, ''))];
    };
    assert.deepEqual(of({ methods: ['PUT'] }), ['some', 'PUT']);
    assert.deepEqual(of({ pathRegex: '/only' }), ['some', 'every method to /only']);
    assert.deepEqual(of({ headers: [{ 'x-only': 'yes' }] }).slice(0, 1), ['some']);
    assert.deepEqual(of({ pathRegex: '/.*' }), ['allowed']);
  });

  it('is about the Host as it is written, where routes look at it', () => {
    const looking: HTTPRouteGroup = { ...GET_ONLY, spec: { matches: [{ name: 'm', headers: [{ host: '.*x.*' }] }] } };
    const policy = egress('some', { hosts: ['x.test'], ports: ports('80/http'), matches: asGetOnly });
    const rows = [
      ['x.test', 'allowed'],
      ['X.test', 'denied'],
    ] as const;
    // whichever is asked first
    for (const order of [rows, rows.toReversed()]) {
      const reachable = asked([looking, policy]);
      for (const [host, verdict] of order)
        assert.equal(told(reachable, place('http', 80, host)), `${verdict} http ${USUAL}:80 ${host}`);
    }
  });

  it('is told by policies: what different objects allow is not put together', () => {
    const groupOf = (name: string, method: string): HTTPRouteGroup => ({
      ...GET_ONLY,
      metadata: { name, namespace: 'curl' },
      spec: { matches: [{ name, methods: [method] }] },
    });
    const matches = ['get', 'put'].map((name) => ({ ...asGetOnly[0]!, name }));
    const both = egress('both', { hosts: ['a.test'], ports: ports('80/http'), matches });
    const cell = asked([both, groupOf('get', 'GET'), groupOf('put', 'PUT')]).at(place('http', 80, 'a.test'));
    assert.deepEqual(
      cell.classes.map((one) => requestClassText(one).replace(/ on .*/, '')),
      ['GET', 'PUT'],
    );
  });

  it('is a row of the matrix, which sources that fare alike share', () => {
    const { destinations, rows: told } = matrix(
      createWorld([
        egress('a', { hosts: ['a.test'], ports: ports('443/https') }, ['one', 'two']),
        egress('b', { hosts: ['b.test'], ports: ports('443/https') }, ['three']),
      ]),
    );
    assert.deepEqual(
      destinations.map(({ name }) => name),
      ['a.test:443/https', 'b.test:443/https'],
    );
    assert.deepEqual(
      told.map(({ source, cells }) => [source.serviceAccount, ...cells.map(({ verdict }) => verdict)]),
      [
        ['one', 'allowed', 'denied'],
        ['two', 'allowed', 'denied'],
        ['three', 'denied', 'allowed'],
      ],
    );
    assert.equal(told[0]!.cells, told[1]!.cells);
  });

  it('of IPv6 is never intercepted', () => {
    const world = createWorld([egress('a', { ipAddresses: ['2001:db8::1.2.3.4/64'], ports: ports('9/tcp') })]);
    const [row] = matrix(world).rows;
    assert.deepEqual(
      row!.cells.map(({ verdict, example }) => [verdict, example.dial, example.scheme]),
      [['allowed', { host: '2001:db8::1.2.3.4', port: 9 }, 'tcp']],
    );
  });

  it('of the matrix is found out at the addresses that are told', () => {
    const policy = egress('a', { hosts: ['a.test'], ipAddresses: ['10.0.0.0/8'], ports: ports('443/https') });
    for (const [address, verdict] of [
      ['10.1.1.1', 'allowed'],
      ['11.1.1.1', 'denied'],
    ])
      // prettier-ignore
      assert.equal(matrix(createWorld([policy]), { resolve: () => [address!] }).rows[0]!.cells[0]!.verdict, verdict);
  });
});

describe('the rows of what a source reaches', () => {
  const told = (objects: readonly Resource[]) =>
    reachOf(simulate(createWorld(objects), CURL)).rows.map(({ verdict, way, rules, classes, decidedBy }) =>
      [
        verdict,
        way,
        ...rules,
        ...new Set(decidedBy.map((ref) => ref.object.metadata.name)),
        `×${classes.length}`,
        requestClassText(classes[0]!),
      ].join(' '),
    );

  it('are what policies open, then what goes past Envoy or stays in the pod, each with the way and who opens it', () => {
    const rows = told([
      meshConfig({ outboundIPRangeExclusionList: ['192.0.2.0/24'] }),
      egress('a', { hosts: ['a.test'], ports: ports('80/http') }),
      egress('b', { hosts: ['b.test'], ports: ports('443/https') }),
    ]);
    assert.deepEqual(rows, [
      'allowed policy a ×2 every method on 80/http of a.test, wherever it resolves to but 192.0.2.0/24',
      'allowed policy b ×1 TLS on port 443 of b.test, wherever it resolves to but 192.0.2.0/24',
      'allowed past-envoy excluded-range osm-mesh-config ×1 everything on every port, at 192.0.2.0/24',
      'allowed past-envoy ipv6 ×1 everything on every port, at an IPv6 address',
      'allowed pod-itself loopback ×1 everything on port 15000, at 127.0.0.1',
      'allowed pod-itself loopback ×1 everything on ports 15010, 15901, 15902, 15903 and 15904, at every loopback address but ::1',
    ]);
  });

  it('put together what differs in method, version, client and host, and keep apart ways, policies, certainty and destinations', () => {
    const whole = (...objects: Resource[]) =>
      reachOf(simulate(createWorld(objects), CURL)).rows.map(({ verdict, way, rules, classes, decidedBy, obstacles, endings }) => {
        const by = decidedBy.map((ref) => `${ref.object.metadata.name}:${ref.path.slice(1).join('.')}`);
        const texts = classes.map((one) => requestClassText(one).replace(', wherever it resolves to', ''));
        assert.deepEqual([obstacles, endings.length], [[], classes.length]);
        return [verdict, way, ...rules, ...by].join(' ') + ': ' + texts.join('; ');
      });
    const always = [
      'allowed past-envoy ipv6: everything on every port, at an IPv6 address',
      'allowed pod-itself loopback: everything on port 15000, at 127.0.0.1',
      'allowed pod-itself loopback: everything on ports 15010, 15901, 15902, 15903 and 15904, at every loopback address but ::1',
    ];
    const web = (name: string, ...hosts: string[]) => egress(name, { hosts, ports: ports('80/http') });
    const odd = (host: string, number = 80) => `M-SEARCH and methods that HTTP does not know on ${number}/http of ${host} by HTTP/2`;
    assert.deepEqual(whole(web('h', 'a.test', 'B.test')), [
      `allowed policy h:hosts.0 h:hosts.1: every method on 80/http of a.test; every method on 80/http of b.test; ${odd('a.test')}; ${odd('b.test')}`,
      ...always,
    ]);
    assert.deepEqual(whole(web('h', 'a.test'), web('i', 'b.test')), [
      `allowed policy h:hosts.0: every method on 80/http of a.test; ${odd('a.test')}`,
      `allowed policy i:hosts.0: every method on 80/http of b.test; ${odd('b.test')}`,
      ...always,
    ]);
    const zero = egress('zero', { hosts: ['a.test'], ipAddresses: ['0.0.0.0/0'], ports: ports('443/https') });
    assert.deepEqual(whole(zero, egress('none', { hosts: ['b.test'], ports: ports('443/https') }), web('h', 'c.test')), [
      `allowed policy h:hosts.0: every method on 80/http of c.test; ${odd('c.test')}`,
      'unpredictable policy zero:ports.0: TLS on port 443 of a.test',
      'unpredictable policy none:ports.0: TLS on port 443 of b.test',
      ...always,
    ]);
    const excluded = { outboundIPRangeExclusionList: ['192.0.2.0/24'], outboundPortExclusionList: [9] };
    assert.deepEqual(whole(meshConfig(excluded)), [
      'allowed past-envoy excluded-port osm-mesh-config:traffic.outboundPortExclusionList.0: everything on port 9',
      'allowed past-envoy excluded-range osm-mesh-config:traffic.outboundIPRangeExclusionList.0: everything on every port but 9, at 192.0.2.0/24',
      ...always,
    ]);
    const open = 'allowed mesh-wide-egress osm-mesh-config:traffic.enableEgress';
    const names = 'web.shop, web.shop.svc, web.shop.svc.cluster and web.shop.svc.cluster.local';
    assert.deepEqual(whole(meshConfig({ enableEgress: true }), service('web'), egress('h', { hosts: ['a.test'], ports: ports('8080/http') })), [
      `allowed policy h:hosts.0: every method on 8080/http of a.test; ${odd('a.test', 8080)}`,
      `${open}: TLS, HTTP and other bytes on port 80 but 203.0.113.200; clients that wait for the server on port 80 but 203.0.113.200`,
      `${open}: TLS on port 8080 offering no HTTP/1 in ALPN`,
      `${open}: methods that HTTP does not know on 8080/http by HTTP/1.0 or HTTP/1.1`,
      `${open}: other bytes on port 8080`,
      `${open}: clients that wait for the server on every port but 80`,
      `${open}: TLS, HTTP and other bytes on every port but 80 and 8080`,
      `allowed mesh-service web:ports.0: every method on 80/http of ${names}, at 203.0.113.200; ${odd(names)}, at 203.0.113.200`,
      ...always,
    ]);
  }); // prettier-ignore

  it('name what is in the way where it is not known whether a request gets through', () => {
    const refused = object('Pod', 'p', { spec: { serviceAccountName: 'curl', containers: [] } }) as Resource;
    const pod = { ...refused, metadata: { ...refused.metadata, annotations: { 'openservicemesh.io/outbound-port-exclusion-list': 'x' } } } as Resource; // prettier-ignore
    const { rows } = reachOf(simulate(createWorld([pod]), CURL));
    assert.deepEqual(
      rows.map(({ verdict, way, obstacles }) => [verdict, way, obstacles.map(({ code }) => code)]),
      [['unknown', undefined, ['pod-refused']]],
    );
  });

  it('are what policies open before all else, and what is certain before what is not', () => {
    const open = egress('open', { hosts: ['a.test'], ports: ports('443/https') });
    const itself = egress('itself', { hosts: ['127.0.0.1'], ports: ports('80/http') });
    const { rows } = reachOf(simulate(createWorld([meshConfig({ enableEgress: true }), itself, open]), CURL));
    const ways = rows.map(({ verdict, way }) => `${verdict} ${way}`);
    assert.deepEqual(
      [...new Set(ways)],
      ['allowed policy', 'unknown policy', 'allowed mesh-wide-egress', 'allowed past-envoy', 'allowed pod-itself'],
    );
  });

  it('are told last where it is not known how they get out', () => {
    const unreadable = new Set<Resource['kind']>(['MeshConfig']);
    const { rows } = reachOf(simulate(createWorld([], { unreadable }), CURL));
    assert.deepEqual([...new Set(rows.map(({ way }) => way))].slice(-2), ['pod-itself', undefined]);
  });

  it('under Istio say what entries open, and what the mode of the mesh does', () => {
    const entry = {
      hosts: ['a.test', 'b.test'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    };
    const rowsIn = (mode: string) => {
      const world = createIstioWorld([object('ServiceEntry', 'a', { spec: entry }, 'curl', 'networking.istio.io/v1')], {
        meshConfig: { outboundTrafficPolicy: { mode } },
      });
      return reachOf(simulateIstio(world, CURL)).rows;
    };
    const waysIn = (mode: string) => [...new Set(rowsIn(mode).map(({ way }) => way))];
    assert.deepEqual(waysIn('REGISTRY_ONLY').slice(0, 2), ['policy', 'past-envoy']);
    assert.deepEqual(waysIn('ALLOW_ANY').slice(0, 2), ['policy', 'mesh-wide-egress']);
    // several hosts are one row
    const [opened] = rowsIn('REGISTRY_ONLY');
    assert.deepEqual(
      opened!.classes.map((one) => requestClassText(one)).filter((text) => /^every/.test(text)),
      ['a', 'b'].map((name) => `every method on 80/http of ${name}.test[:PORT], wherever it resolves to`),
    );
  });

  it('are of the pod itself where every client would keep the connection in its pod', () => {
    const client = (rule: string, redirected = false) => ({ interceptor: { intercept: () => ({ redirected, rule }) } });
    const simulation = simulate(createWorld([]), CURL);
    const [one] = reachOf(simulation).rows[0]!.classes;
    const isItself = (...clients: object[]) => isPodItself({ ...simulation, clients } as never, one!);
    assert.equal(isItself(client('loopback'), client('loopback')), true);
    assert.equal(isItself(client('loopback'), client('listener', true)), true);
    assert.equal(isItself(client('loopback'), client('excluded-port')), false);
    assert.equal(isItself(client('listener', true)), false);
  });

  it('say where mesh-wide egress opens everything', () => {
    assert.deepEqual(told([meshConfig({ enableEgress: true })]).slice(0, 2), [
      'allowed mesh-wide-egress osm-mesh-config ×2 TLS, HTTP and other bytes on every port, wherever it resolves to',
      'allowed past-envoy ipv6 ×1 everything on every port, at an IPv6 address',
    ]);
  });
});

describe('whether a request gets through', () => {
  const ending = (reached: boolean): Alternative => ({
    outcome: { class: reached ? 'reached' : 'closed', httpStatus: null, delaySeconds: 0 } as Outcome,
    destination: null,
    decidedBy: [],
    when: [],
  });
  const verdict = (
    word: VerdictWord,
    alternatives: Alternative[],
    obstacles: Obstacle[] = [],
    own: Alternative | null = null,
  ): Verdict => ({ verdict: word, ending: own, alternatives, assumptions: [], obstacles });
  const [yes, no] = [ending(true), ending(false)];
  const strange = { code: 'request-not-modelled', details: [] } as const;
  const loop = { code: 'connects-to-itself', port: 80 } as const;
  const rows: [VerdictWord, Verdict][] = [
    ['denied', verdict('denied', [], [], no)],
    ['allowed', verdict('allowed', [yes, no], [], yes)],
    ['allowed', verdict('unpredictable', [yes, yes])],
    ['unpredictable', verdict('unpredictable', [yes, no])],
    ['unknown', verdict('unknown', [yes, no])],
    ['denied', verdict('unpredictable', [no, no])],
    ['unknown', verdict('unknown', [], [loop])],
    ['unknown', verdict('unknown', [yes], [loop, strange])],
    ['denied', verdict('unknown', [no], [strange])],
    ['denied', verdict('unknown', [], [strange])],
    ['unknown', verdict('unknown', [yes], [strange])],
  ];
  for (const [word, one] of rows) {
    it(`${word}: ${one.verdict} of ${one.alternatives.map(({ outcome }) => outcome.class).join(' and ') || 'nothing'}, ${one.obstacles.map(({ code }) => code).join(' and ') || 'without obstacles'}`, () =>
      assert.equal(passage(one), word));
  }
});

describe('sources that fare alike', () => {
  const pod = (
    name: string,
    account: string | undefined,
    more: { annotations?: Record<string, string>; port?: number; ip?: string } = {},
  ): Resource =>
    ({
      ...object('Pod', name, {
        spec: {
          ...(account !== undefined && { serviceAccountName: account }),
          containers: [{ name: 'main', ports: [{ containerPort: more.port ?? 80 }] }],
        },
        status: { podIP: more.ip ?? '10.0.0.1' },
      }),
      metadata: { name, namespace: 'curl', annotations: more.annotations ?? {} },
    }) as unknown as Resource;
  const EXCLUDED = { 'openservicemesh.io/outbound-port-exclusion-list': '443' };
  const target = (name: string, from: string) =>
    object('TrafficTarget', name, {
      spec: { destination: subject('x'), sources: [subject(from)] },
    }) as unknown as Resource;
  const groups = (objects: readonly Resource[], sources: readonly Source[], dialled?: ReadonlySet<string>) =>
    alikeSenders(
      sources.map((source) => ({ source })),
      createWorld(objects),
      dialled,
    ).map((group) => group.map(({ source }) => source.serviceAccount).join(' '));
  const [one, two] = ['one', 'two'].map((serviceAccount) => ({ ...CURL, serviceAccount })) as [Source, Source];

  it('are those that the same policies name', () => {
    const both = egress('both', {}, ['one', 'two']);
    assert.deepEqual(groups([both], [one, two]), ['one two']);
    assert.deepEqual(groups([both, egress('one', {}, ['one'])], [one, two]), ['one', 'two']);
    assert.deepEqual(groups([both], [one, { ...one, namespace: 'other' }]), ['one', 'one']);
  });

  it('have pods of which interception is alike, as far as it is looked at', () => {
    assert.deepEqual(groups([pod('a', 'one'), pod('b', 'two')], [one, two]), ['one two']);
    assert.deepEqual(groups([pod('a', 'one'), pod('c', 'one'), pod('b', 'two')], [one, two]), ['one two']);
    assert.deepEqual(groups([pod('a', 'one')], [one, two]), ['one', 'two']);
    assert.deepEqual(groups([pod('a', 'one'), pod('b', 'two', { port: 81 })], [one, two]), ['one', 'two']);
    assert.deepEqual(groups([pod('a', 'one', { annotations: EXCLUDED }), pod('b', 'two')], [one, two]), ['one', 'two']);
    // a verdict names the pod whose annotations decide
    assert.deepEqual(
      groups([pod('a', 'one', { annotations: EXCLUDED }), pod('b', 'two', { annotations: EXCLUDED })], [one, two]),
      ['one', 'two'],
    );
    const addresses = [pod('a', 'one', { ip: '10.0.0.1' }), pod('b', 'two', { ip: '10.0.0.2' })];
    assert.deepEqual(groups(addresses, [one, two]), ['one two']);
    assert.deepEqual(groups(addresses, [one, two], new Set(['10.0.0.2'])), ['one', 'two']);
    assert.deepEqual(groups([pod('a', undefined), pod('b', 'two')], [{ ...CURL, serviceAccount: 'default' }, two]), [
      'default two',
    ]);
    assert.deepEqual(groups([], [one, { ...one, namespace: 'other' }]), ['one', 'one']);
    // each of several pods counts, but none that has ended
    const several = [pod('a', 'one'), pod('b', 'one', { port: 81 })];
    for (const other of several) {
      const alone = { ...other, metadata: { ...other.metadata, name: 'c' }, spec: { ...(other as Pod).spec, serviceAccountName: 'two' } };
      assert.deepEqual(groups([...several, alone as Resource], [one, two]), ['one', 'two']);
    }
    const ended = { ...pod('b', 'one', { port: 81 }), status: { phase: 'Succeeded' } } as unknown as Resource;
    assert.deepEqual(groups([pod('a', 'one'), ended, pod('c', 'two')], [one, two]), ['one two']);
  }); // prettier-ignore

  it('have pods of which no one decides by itself, whatever else is known of them', () => {
    const both = (more: object, labels?: Record<string, string>, rest: object = {}) =>
      ['one', 'two'].map(
        (account) =>
          ({
            ...object('Pod', account, { spec: { serviceAccountName: account, ...more }, ...rest }),
            metadata: { name: account, namespace: 'curl', ...(labels && { labels }) },
          }) as unknown as Resource,
      );
    const main = { containers: [{ name: 'main' }] };
    const probed = { containers: [{ name: 'main', livenessProbe: { httpGet: { port: 80 } } }] };
    const rows: [expected: string[], pods: Resource[]][] = [
      [['one two'], both({})],
      [['one two'], both({ containers: [{}] })],
      [['one two'], both(main)],
      [['one two'], both(main, { 'osm-proxy-uuid': 'x' })],
      [['one two'], both(main, undefined, { status: { phase: 'Running' } })],
      // one shows its sidecar, or answers probes
      [
        ['one', 'two'],
        [both(main, { 'osm-proxy-uuid': 'x' })[0]!, both(main)[1]!],
      ],
      [
        ['one', 'two'],
        [both(probed)[0]!, both(main)[1]!],
      ],
      // a verdict names the pod
      [['one', 'two'], both({ hostNetwork: true, containers: [{ name: 'main' }] })],
      [['one', 'two'], both({ containers: [{ name: 'main', securityContext: { runAsUser: 1500 } }] })],
    ];
    for (const [index, [expected, pods]] of rows.entries())
      assert.deepEqual(groups(pods, [one, two]), expected, `row ${index}`);
  });

  it('are named by the same TrafficTargets, where these count', () => {
    const targets = [target('a', 'one')];
    assert.deepEqual(groups([meshConfig({ enablePermissiveTrafficPolicyMode: true }), ...targets], [one, two]), [
      'one two',
    ]);
    assert.deepEqual(groups([meshConfig({ enablePermissiveTrafficPolicyMode: false }), ...targets], [one, two]), [
      'one',
      'two',
    ]);
    assert.deepEqual(
      groups(
        [meshConfig({ enablePermissiveTrafficPolicyMode: false }), target('a', 'one'), target('b', 'other')],
        [two, { ...CURL, serviceAccount: 'three' }],
      ),
      ['two three'],
    );
    const naming = (...sources: readonly ReturnType<typeof subject>[]) =>
      object('TrafficTarget', 'n', { spec: { destination: subject('x'), sources } }) as unknown as Resource;
    const smi = meshConfig({ enablePermissiveTrafficPolicyMode: false });
    assert.deepEqual(groups([smi, naming(subject('one'), subject('other'))], [one, two]), ['one', 'two']);
    assert.deepEqual(groups([smi, naming(subject('one', 'other'))], [one, two]), ['one two']);
  });

  it('with services on the way are found by their mesh', () => {
    assert.equal(
      reachOf(simulate(createWorld([service('web')]), { namespace: 'shop', serviceAccount: 'a' })).rows.some(
        ({ way }) => way === 'mesh-service',
      ),
      true,
    );
  });
});

describe('the places that Istio’s resources name', () => {
  const NETWORKING = 'networking.istio.io/v1';
  const entry = (name: string, spec: object) =>
    object(
      'ServiceEntry',
      name,
      { spec: { resolution: 'DNS', location: 'MESH_EXTERNAL', ...spec } },
      'curl',
      NETWORKING,
    );
  const virtual = (name: string, spec: object) => object('VirtualService', name, { spec }, 'curl', NETWORKING);
  const port = (number: number, protocol: string) => ({ number, protocol, name: `p${number}` });
  const names = (...objects: KubernetesObject[]) =>
    istioDestinationsOf(createIstioWorld(objects)).map(({ name, host, network }) => [
      name,
      host,
      network?.prefixLength,
    ]);

  it('are told with all that they are, also of what does not say much', () => {
    const of = (...objects: KubernetesObject[]) => istioDestinationsOf(createIstioWorld(objects));
    const odd = [entry('none', { hosts: ['a.test'] }), entry('sctp', { hosts: ['a.test'], ports: [port(9, 'SCTP')] })];
    const empty = [virtual('tls', { tls: [{ match: [{ sniHosts: ['a.test'] }] }] }), virtual('http', { http: [] })];
    assert.deepEqual(of(...odd, ...empty), []);
    const spec = {
      hosts: ['db.test'],
      resolution: 'NONE',
      addresses: ['2001:db8::1', '10.0.0.0/8'],
      ports: [{ number: 9, name: 'p9' }],
    };
    assert.deepEqual(
      of(entry('auto', spec)).map(({ name, host, ipv6, network }) => [name, host, ipv6, network?.prefixLength]),
      [
        ['10.0.0.0/8:9/tcp', undefined, undefined, 8],
        ['2001:db8::1:9/tcp', undefined, '2001:db8::1', undefined],
        ['db.test:9/http', 'db.test', undefined, undefined],
      ],
    );
  });

  it('are hosts of HTTP and TLS, and ranges of bytes', () => {
    assert.deepEqual(
      names(
        entry('web', {
          hosts: ['a.test', 'b.test'],
          ports: [port(80, 'HTTP'), port(443, 'TLS'), port(53, 'UDP')],
        }),
        entry('db', {
          hosts: ['db.test'],
          resolution: 'NONE',
          addresses: ['10.0.0.0/8', '192.0.2.1'],
          ports: [port(3306, 'TCP')],
        }),
        entry('any', { hosts: ['any.test'], ports: [port(5432, 'TCP')] }),
      ).map(([name, host, length]) => [name, host, length].join(' ')),
      [
        '*:5432/tcp  ',
        '10.0.0.0/8:3306/tcp  8',
        '192.0.2.1:3306/tcp  32',
        'a.test:443/https a.test ',
        'a.test:80/http a.test ',
        'b.test:443/https b.test ',
        'b.test:80/http b.test ',
      ],
    );
  });

  it('are the server names that a VirtualService takes on a port of TLS', () => {
    const tls = entry('web', { hosts: ['*.a.test'], resolution: 'NONE', ports: [port(443, 'TLS'), port(8443, 'TLS')] });
    const route = [{ destination: { host: 'a.test' } }];
    assert.deepEqual(
      names(
        tls,
        virtual('v', {
          hosts: ['*.a.test'],
          tls: [{ match: [{ port: 443, sniHosts: ['x.a.test', 'y.a.test'] }], route }],
        }),
      ).map(([name]) => name),
      ['*.a.test:8443/https', 'x.a.test:443/https', 'y.a.test:443/https'],
    );
    assert.deepEqual(
      names(
        tls,
        virtual('v', { hosts: ['other.test', '*.a.test'], tls: [{ match: [{ sniHosts: ['x.a.test'] }], route }] }),
      ).map(([name]) => name),
      ['x.a.test:443/https', 'x.a.test:8443/https'],
      'of every port where none is named',
    );
    assert.deepEqual(
      names(tls, virtual('v', { hosts: ['other.test'], tls: [{ match: [{ sniHosts: ['other.test'] }], route }] })).map(
        ([name]) => name,
      ),
      ['*.a.test:443/https', '*.a.test:8443/https'],
    );
    const of = (gateways: string[] | undefined, ofMatch: string[] | undefined) => {
      const match = [{ sniHosts: ['x.a.test'], port: 443, ...(ofMatch && { gateways: ofMatch }) }];
      const spec = { hosts: ['*.a.test'], ...(gateways && { gateways }), tls: [{ match, route }] };
      return names(tls, virtual('v', spec))[1]![0];
    };
    const [taken, left] = ['x.a.test:443/https', '*.a.test:8443/https'];
    assert.deepEqual(
      [of([], []), of(['g', 'mesh'], ['g', 'mesh']), of(['g'], undefined), of(['g', 'mesh'], ['g'])],
      [taken, taken, left, left],
      'by sidecars, not by gateways alone',
    );
  });

  it('are hosts of VirtualServices of the mesh that are nobody else’s', () => {
    const http = [{ route: [{ destination: { host: 'a.test' } }] }];
    const web = entry('web', { hosts: ['a.test'], ports: [port(80, 'HTTP')] });
    assert.deepEqual(
      names(
        web,
        entry('far', { hosts: ['x.wild.test'], ports: [port(443, 'TLS')] }),
        virtual('around', { hosts: ['*.wild.test'], http }),
        virtual('same', { hosts: ['a.test'], http }),
        virtual('own', { hosts: ['own.test', 'short'], http }),
        virtual('gateway', { hosts: ['gateway.test'], gateways: ['g'], http }),
        virtual('every', { hosts: ['every.test'], gateways: [], http }),
        virtual('service', { hosts: ['web.shop.svc.cluster.local', 'web'], http }),
        service('web'),
        virtual('both', { hosts: ['both.test'], gateways: ['g', 'mesh'], http }),
      ).map(([name]) => name),
      ['a.test:80/http', 'both.test:80/http', 'every.test:80/http', 'own.test:80/http', 'x.wild.test:443/https'],
    );
  });

  it('are looked at by whoever an AuthorizationPolicy names', () => {
    const policy = (spec: object) => object('AuthorizationPolicy', 'p', { spec }, 'curl', 'security.istio.io/v1');
    const of = (spec: object) =>
      principalsIn(createIstioWorld([policy(spec)])).map(
        ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,
      );
    const principal = (name: string) => `cluster.local/ns/curl/sa/${name}`;
    assert.deepEqual(
      of({
        rules: [
          {
            from: [
              {},
              { source: { principals: [principal('a'), `${principal('d')}/e`, '*', 'cluster.local/ns/curl/sa/*'] } },
            ],
            when: [
              { key: 'source.principal', values: [principal('b')] },
              { key: 'source.namespace', values: [principal('c')] },
            ],
          },
        ],
      }),
      ['curl/a', 'curl/b'],
    );
    assert.deepEqual(of({}), []);
  });

  it('are in the namespaces that have any of it', () => {
    const web = entry('web', { hosts: ['a.test'], ports: [port(80, 'HTTP')] });
    const sidecar = object('Sidecar', 's', { spec: { egress: [{ hosts: ['./*'] }] } }, 'apps', NETWORKING);
    const pod = object('Pod', 'p', { spec: { containers: [] } }, 'other');
    const split = object(
      'VirtualService',
      'v',
      { spec: { hosts: ['a.test'], http: [{ route: [{ destination: { host: 'a.test' } }] }] } },
      'split',
      NETWORKING,
    );
    assert.deepEqual(namespacesWithEgress(createIstioWorld([web, sidecar, pod, split])), ['apps', 'curl', 'split']);
    const home = { ...web, metadata: { name: 'web' } };
    assert.deepEqual(namespacesWithEgress(createIstioWorld([home])), ['default']);
  });

  it('look alike to sources of one namespace of whose pods nothing is known, where nobody asks who they are', () => {
    const sources = ['one', 'two'].map((serviceAccount) => ({ source: { ...CURL, serviceAccount } }));
    const groups = (...objects: KubernetesObject[]) =>
      alikeIstioSenders(sources, createIstioWorld(objects)).map((group) => group.length);
    assert.deepEqual(groups(), [2]);
    assert.deepEqual(groups(object('Pod', 'p', { spec: { serviceAccountName: 'one', containers: [] } })), [1, 1]);
    assert.deepEqual(groups(object('Pod', 'p', { spec: { serviceAccountName: 'one', containers: [] } }, 'other')), [2]);
    assert.deepEqual(groups(object('Pod', 'p', { spec: { serviceAccountName: 'three', containers: [] } })), [2]);
    const home = {
      ...object('Pod', 'p', { spec: { serviceAccountName: 'one', containers: [] } }),
      metadata: { name: 'p' },
    };
    assert.equal(
      alikeIstioSenders(
        sources.map(({ source }) => ({ source: { ...source, namespace: 'default' } })),
        createIstioWorld([home]),
      ).length,
      2,
    );
    assert.deepEqual(groups(object('AuthorizationPolicy', 'p', { spec: {} }, 'curl', 'security.istio.io/v1')), [1, 1]);
    assert.equal(
      alikeIstioSenders([...sources, { source: { ...CURL, namespace: 'other' } }], createIstioWorld([])).length,
      2,
    );
  });
});
