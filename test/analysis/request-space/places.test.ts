import assert from 'node:assert/strict';
import {
  classOf,
  difference,
  Memory,
  outcomeKey,
  spaceOf,
  undecidedRegions,
} from '../../../src/lib/analysis/request-space/index.js';
import type { KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { simulateIstio } from '../../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorldOptions } from '../../../src/lib/simulator/istio/world.js';
import { parseTarget, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { meshConfig } from '../../simulator/control-plane/worlds.js';

/** Addresses that fare otherwise than those around them, for other reasons than a policy. */

const source = { namespace: 'curl', serviceAccount: 'curl' };

const pod = (annotations: Record<string, string>, name = 'curl'): Resource =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', containers: [{ name: 'curl' }] },
  }) as KubernetesObject as Resource;

/** What the class of a connection says, which is what becomes of the connection itself. */
function saidAt(simulation: Simulation, address: string, port: number, detail: 'outcome' | 'policies' = 'outcome') {
  const target = parseTarget(`tcp://${address.includes(':') ? `[${address}]` : address}:${port}`);
  const found = classOf(spaceOf([simulation], { detail }), target, parseAddressLiteral(address)!)!;
  const [ofClass, own] = [found.verdicts[0]!, simulation.decide(target)].map((one) =>
    outcomeKey(simulation, one, detail),
  );
  assert.equal(ofClass, own, `${address}:${port}`);
  return own!.replace(/ {2}0/, '');
}

describe('addresses that interception leaves alone', () => {
  const annotation = (list: string) => `openservicemesh.io/outbound-ip-range-${list}-list`;

  it('are apart by the rule that does: an exclusion that cannot be read may overrule some of them', () => {
    const own = pod({ [annotation('exclusion')]: '198.51.100.0/24', [annotation('inclusion')]: '192.0.2.0/24' });
    const simulation = simulate(createWorld([own], { unreadable: new Set(['MeshConfig']) }), source);
    const said = ['198.51.100.7', '192.0.2.7', '203.0.113.7'].map((address) => saidAt(simulation, address, 443));
    assert.deepEqual(said, ['allowed; reached', 'unknown; "not-readable"', 'unknown; "not-readable"']);
  });

  it('are apart by the object that says so, where policies count', () => {
    const simulation = simulate(
      createWorld([
        meshConfig({ outboundIPRangeExclusionList: ['203.0.113.0/24'] }),
        pod({ [annotation('exclusion')]: '198.51.100.0/24' }),
      ]),
      source,
    );
    const said = ['198.51.100.7', '203.0.113.7'].map((address) => saidAt(simulation, address, 443, 'policies'));
    assert.deepEqual(said, [
      'allowed; reached Pod curl/curl',
      'allowed; reached MeshConfig osm-system/osm-mesh-config',
    ]);
  });

  it('differ where another object says so, and where only policies count', () => {
    const bare = pod({});
    const range = '192.0.2.0/24';
    const home = (annotations: Record<string, string>): Resource => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'curl', labels: { 'openservicemesh.io/monitored-by': 'osm' }, annotations },
    });
    const disabled = { 'openservicemesh.io/sidecar-injection': 'disabled' };
    const rows: [what: string, ofPod: Resource[], ofOther: Resource[]][] = [
      [
        'an excluded range',
        [pod({ [annotation('exclusion')]: range })],
        [bare, meshConfig({ outboundIPRangeExclusionList: [range] })],
      ],
      [
        'an included range',
        [pod({ [annotation('inclusion')]: range })],
        [bare, meshConfig({ outboundIPRangeInclusionList: [range] })],
      ],
      [
        'an excluded port',
        [pod({ 'openservicemesh.io/outbound-port-exclusion-list': '443' })],
        [bare, meshConfig({ outboundPortExclusionList: [443] })],
      ],
      ['no sidecar', [home({}), pod(disabled)], [home(disabled), bare]],
    ];
    const underOsm = (objects: readonly Resource[]) => simulate(createWorld(objects), source);
    const withInterface = (name: string) => {
      const own = pod({ 'traffic.sidecar.istio.io/excludeInterfaces': 'eth0' }, name);
      return simulateIstio(createIstioWorld([own], {}), source);
    };
    const all: [what: string, one: Simulation, other: Simulation][] = [
      ...rows.map(([what, ...both]): [string, Simulation, Simulation] => [what, underOsm(both[0]), underOsm(both[1])]),
      ['an excluded interface', withInterface('curl'), withInterface('other')],
    ];
    for (const [what, one, other] of all) {
      assert.deepEqual(difference(one, other), { differing: [], undecided: [] }, what);
      const { differing } = difference(one, other, { detail: 'policies' });
      assert.ok(differing.length > 0, what);
      for (const { before, after } of differing)
        assert.deepEqual([before.verdict, after.verdict], ['allowed', 'allowed']);
    }
  });
});

describe('what is redirected besides what is excluded', () => {
  it('is told apart wherever the exclusions are', () => {
    const simulationOf = (own: Resource) => simulateIstio(createIstioWorld([own], {}), source);
    const lists = (settings: Record<string, string>) =>
      simulationOf(
        pod(
          Object.fromEntries(
            Object.entries(settings).map(([list, value]) => [`traffic.sidecar.istio.io/${list}`, value]),
          ),
        ),
      );
    for (const excludeOutboundIPRanges of ['203.0.113.0/24', '0.0.0.0/8', '128.0.0.0/1']) {
      const all = lists({ excludeOutboundIPRanges });
      const nothing = lists({ excludeOutboundIPRanges, includeOutboundIPRanges: '' });
      const everyPort = lists({ excludeOutboundIPRanges, includeOutboundIPRanges: '', includeOutboundPorts: '*' });
      const detail = 'policies';
      assert.notDeepEqual(difference(all, nothing, { detail }).differing, [], excludeOutboundIPRanges);
      assert.notDeepEqual(difference(nothing, everyPort, { detail }).differing, [], excludeOutboundIPRanges);
      assert.deepEqual(difference(all, everyPort).differing, [], excludeOutboundIPRanges);
      const onePort = lists({ excludeOutboundIPRanges, includeOutboundIPRanges: '', includeOutboundPorts: '8080' });
      assert.notDeepEqual(difference(nothing, onePort, { detail }).differing, [], excludeOutboundIPRanges);
    }
  });

  it('is told apart wherever the pod is', () => {
    const ofUser = (runAsUser: number): Resource => {
      const own = pod({}) as KubernetesObject & { spec: object };
      const status = { podIP: '203.0.113.254' };
      return { ...own, spec: { ...own.spec, securityContext: { runAsUser } }, status } as KubernetesObject as Resource;
    };
    const [client, proxy] = [1000, 1500].map((user) => simulate(createWorld([ofUser(user)]), source));
    assert.notDeepEqual(difference(client!, proxy!).differing, []);
  });
});

describe('an escaped NUL in a path', () => {
  const entry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'out', namespace: 'curl' },
    spec: { hosts: ['a.test'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], resolution: 'DNS' },
  } as KubernetesObject;
  const isInSpace = (url: string, meshConfig: IstioWorldOptions['meshConfig'] = {}) => {
    const simulation = simulateIstio(createIstioWorld([entry], { meshConfig }), source);
    return classOf(spaceOf([simulation]), parseTarget(url), parseAddressLiteral('192.0.2.7')!) !== undefined;
  };

  it('is none of the requests where paths are normalized, which it does not live through', () => {
    assert.equal(isInSpace('http://a.test/x%00'), false);
    assert.equal(isInSpace('http://a.test/x'), true);
    assert.equal(isInSpace('http://a.test/x?%00'), true);
    assert.equal(isInSpace('http://a.test/x%00', { pathNormalization: { normalization: 'NONE' } }), true);
  });
});

describe('gateways of Istio that want a certificate', () => {
  const gateway = (mode: string, name = 'gateway'): KubernetesObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'istio-system' },
    ...{
      spec: {
        selector: { app: name },
        servers: [{ port: { number: 15443, name: 'tls', protocol: 'TLS' }, hosts: ['*'], tls: { mode } }],
      },
    },
  });
  const gatewayPod = (podIP: string, name = 'gateway'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'istio-system', labels: { app: name } },
    ...{ spec: {}, status: { podIP } },
  });
  const simulationOf = (objects: readonly KubernetesObject[], options: IstioWorldOptions = {}) =>
    simulateIstio(createIstioWorld([...objects], options), source);

  it('close what comes past the routes, through the sidecar or not; their neighbours do not', () => {
    for (const annotations of [{}, { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.0.0.0/8' }]) {
      const simulation = simulationOf([gateway('ISTIO_MUTUAL'), gatewayPod('10.9.9.9'), pod(annotations)]);
      assert.equal(saidAt(simulation, '10.9.9.9', 15443), 'denied; closed');
      for (const [address, port] of [
        ['10.9.9.8', 15443],
        ['10.9.9.9', 15444],
        ['192.0.2.1', 15443],
        ['192.0.2.1', 80],
      ] as const)
        assert.equal(saidAt(simulation, address, port), 'allowed; reached', `${address}:${port}`);
      const open = simulationOf([gateway('PASSTHROUGH'), gatewayPod('10.9.9.9'), pod(annotations)]);
      const { differing } = difference(open, simulation);
      assert.deepEqual(
        differing.map(({ class: one, before, after }) => [
          one.constraints.map(({ dimension, parts }) => `${dimension} ${parts.map(({ name }) => name).join()}`),
          before.verdict,
          after.verdict,
        ]),
        [[['destination IPv4', 'port 15443', 'address 10.9.9.9/32'], 'allowed', 'denied']],
      );
    }
  });

  it('close what passes by a sidecar that itself lets nothing else through', () => {
    const options: IstioWorldOptions = { meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } };
    const passing = pod({ 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.0.0.0/8' });
    const led = (mode: string, name: string) =>
      simulationOf([gateway(mode, name), gatewayPod('10.9.9.9', name), passing], options);
    const [open, one, two] = [led('PASSTHROUGH', 'one'), led('ISTIO_MUTUAL', 'one'), led('ISTIO_MUTUAL', 'two')];
    const differing = (before: Simulation, after: Simulation, detail: 'outcome' | 'policies') =>
      difference(before, after, { detail }).differing.map(({ before: was, after: is }) => [was.verdict, is.verdict]);
    assert.deepEqual(differing(open, one, 'outcome'), [['allowed', 'denied']]);
    assert.deepEqual(differing(one, two, 'outcome'), []);
    assert.deepEqual(differing(one, two, 'policies'), [['denied', 'denied']]);
  });

  it('are told apart by whose they are, where policies count', () => {
    const mutual = (name: string) => gateway('ISTIO_MUTUAL', name);
    const neighbours = [
      ...['one', 'two'].map(mutual),
      gatewayPod('10.9.9.1', 'one'),
      gatewayPod('10.9.9.2', 'two'),
      pod({ 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.0.0.0/8' }),
    ];
    const simulation = simulationOf(neighbours);
    const said = ['10.9.9.1', '10.9.9.2'].map((address) => saidAt(simulation, address, 15443, 'policies'));
    assert.deepEqual(said, ['denied; closed Gateway istio-system/one', 'denied; closed Gateway istio-system/two']);
    const [one, two] = ['one', 'two'].map((name) => simulationOf([mutual(name), gatewayPod('10.9.9.1', name)]));
    assert.deepEqual(difference(one!, two!).differing, []);
    assert.notDeepEqual(difference(one!, two!, { detail: 'policies' }).differing, []);
  });

  it('at an address of IPv6 leave open what becomes of IPv6, as a sidecar does that takes some of it', () => {
    const regions = (simulation: Simulation) =>
      undecidedRegions(spaceOf([simulation])).map(({ dimension }) => dimension);
    const dual: IstioWorldOptions = { ipv6: { redirected: true, programmed: true } };
    const without = pod({ 'traffic.sidecar.istio.io/excludeOutboundPorts': '80' });
    const asProxy = pod({}, 'proxy') as KubernetesObject & { spec: object };
    asProxy.spec = { ...asProxy.spec, securityContext: { runAsUser: 1337 } };
    const [closed, plain, some] = [
      simulationOf([gateway('ISTIO_MUTUAL'), gatewayPod('2001:db8::9'), pod({})]),
      simulationOf([gateway('ISTIO_MUTUAL'), gatewayPod('10.9.9.9'), pod({})]),
      simulationOf([without], dual),
    ];
    assert.deepEqual([closed, plain, some].map(regions), [['destination'], [], ['destination']]);
    assert.equal(saidAt(plain, '2001:db8::9', 15443), 'allowed; reached');
    const region = { dimension: 'destination', bound: 'classes', limit: 1, port: 0, domains: [], at: [] };
    assert.deepEqual(undecidedRegions(spaceOf([plain, closed])), [region]);
    const both = ['2001:db8::9', '10.9.9.9'].flatMap((podIP) => [
      gateway('ISTIO_MUTUAL', podIP),
      gatewayPod(podIP, podIP),
    ]);
    assert.deepEqual(regions(simulationOf([...both, pod({})])), ['destination']);
    // of two pods one
    assert.deepEqual(regions(simulationOf([without, asProxy], dual)), ['destination']);
    assert.deepEqual(regions(simulationOf([asProxy], dual)), []);
  });
});

describe('names that Envoy looks up as they are asked for', () => {
  const istio = (kind: string, name: string, spec: object): KubernetesObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace: 'curl' },
    ...{ spec },
  });
  const entry = (name: string, protocol: string, spec: object) =>
    istio('ServiceEntry', name, { ports: [{ number: 443, name: 'p', protocol }], ...spec });
  const simulationOf = (...objects: KubernetesObject[]) => simulateIstio(createIstioWorld(objects, {}), source);
  const [wildcard, one] = ['*.a.test', 'www.a.test'];
  const all = { hosts: [wildcard], resolution: 'DYNAMIC_DNS' };

  it('fare otherwise when all of them are led to one, although an example may be that one', () => {
    const before = [
      entry('all', 'TLS', all),
      entry('one', 'TLS', { hosts: [one], addresses: ['240.0.0.1'], resolution: 'DNS' }),
    ];
    const tls = [{ match: [{ port: 443, sniHosts: [wildcard] }], route: [{ destination: { host: one } }] }];
    const routed = istio('VirtualService', 'all', { hosts: [wildcard], tls });
    const programs = [simulationOf(...before), simulationOf(...before, routed)];
    const space = spaceOf(programs, { onlyDifferences: true });
    const elsewhere = parseAddressLiteral('192.0.2.1')!;
    const differs = (name: string) => classOf(space, parseTarget(`https://${name}/`), elsewhere) !== undefined;
    assert.deepEqual(['b.a.test', 'b.test'].map(differs), [true, false]);
  });

  it('are none of the space where nobody can know them, or they lead back into the pod', () => {
    const told = new Map<string, string[] | 'not-found'>([
      ['gone.a.test', 'not-found'],
      ['back.a.test', ['127.0.0.1']],
      ['there.a.test', ['192.0.2.9']],
      ['gone.b.test', 'not-found'],
    ]);
    const ports = [{ number: 80, name: 'h', protocol: 'HTTP' }];
    const objects = [
      entry('one', 'HTTP', { hosts: ['gone.b.test'], resolution: 'DNS', ports }),
      entry('all', 'TLS', all),
      entry('web', 'HTTP', { ...all, ports }),
    ];
    const simulation = simulateIstio(createIstioWorld(objects, {}), source, { resolve: (name) => told.get(name) });
    const other = simulateIstio(createIstioWorld([], {}), source);
    const [space, others] = [spaceOf([simulation, other]), spaceOf([other])];
    const address = parseAddressLiteral('192.0.2.1')!;
    const names = ['b', 'there', 'gone', 'back', 'b%b', 'b,b', 'b'.repeat(64), 'b.'];
    const isIn = (line: string) => {
      const target = parseTarget(line);
      const found = classOf(space, target, address);
      assert.ok(classOf(others, target, address), line);
      if (found) assert.equal(found.verdicts[0]!.verdict, simulation.decide(target).verdict, line);
      return found !== undefined;
    };
    const web = names.map((name) => isIn(`curl -H 'Host: ${name}.a.test' http://192.0.2.1/`));
    assert.deepEqual(web, [true, true, false, false, false, false, false, false]);
    const tls = names.slice(0, 4).map((name) => isIn(`curl --resolve '*:443:192.0.2.1' https://${name}.a.test/`));
    assert.deepEqual(tls, [true, true, false, false]);
    for (const line of [
      "curl --resolve '*:443:192.0.2.1' https://192.0.2.1/",
      'tcp://192.0.2.1:25',
      // led to no such cluster
      "curl -H 'Host: b%b.b.test' http://192.0.2.1/",
      "curl -H 'Host: gone.b.test' http://192.0.2.1/",
    ])
      assert.ok(isIn(line), line);
  });

  it('are no names where none is sent', () => {
    const simulation = simulationOf(entry('all', 'TCP', all));
    const said = (line: string) => {
      const target = parseTarget(`curl --resolve '*:443:192.0.2.1' ${line}`);
      const found = classOf(spaceOf([simulation]), target, parseAddressLiteral('192.0.2.1')!)!;
      assert.equal(found.verdicts[0]!.verdict, simulation.decide(target).verdict, line);
      return found.verdicts[0]!.verdict;
    };
    assert.deepEqual(['https://b.a.test/', 'https://192.0.2.1/', 'http://b.a.test:443/'].map(said), [
      'allowed',
      'denied',
      'denied',
    ]);
    assert.match(saidAt(simulation, '192.0.2.1', 443), /^denied; closed/);
  });
});

describe('paths that Envoy normalizes', () => {
  const routed: KubernetesObject[] = [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'a', namespace: 'curl' },
      ...{ spec: { hosts: ['a.test'], resolution: 'DNS', ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] } },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'a', namespace: 'curl' },
      ...{
        spec: {
          hosts: ['a.test'],
          http: [
            { match: [{ uri: { exact: '/get' } }, { uri: { prefix: '/.' } }], directResponse: { status: 404 } },
            { route: [{ destination: { host: 'a.test' } }] },
          ],
        },
      },
    },
  ];
  const simulationOf = (normalization: string, objects = routed) =>
    simulateIstio(createIstioWorld(objects, { meshConfig: { pathNormalization: { normalization } } }), source);
  const address = parseAddressLiteral('192.0.2.1')!;
  const [base, none] = [simulationOf('BASE'), simulationOf('NONE')];

  it('lie in the class of what routes see', () => {
    const memory = new Memory('outcome');
    for (const [simulation, others] of [
      [base, ['denied', 'denied', 'allowed', 'allowed', 'denied']],
      [none, ['allowed', 'allowed', 'allowed', 'denied', 'denied']],
    ] as const) {
      const said = ['/x/../get', '/%67et?x', '/x/%2e%2e/put', '/.', '/.x'].map((path) => {
        const target = parseTarget(`curl --path-as-is --resolve '*:80:192.0.2.1' http://a.test${path}`);
        const [verdict] = classOf(spaceOf([simulation], { memory }), target, address)!.verdicts;
        assert.equal(verdict!.verdict, simulation.decide(target).verdict, path);
        return verdict!.verdict;
      });
      assert.deepEqual(said, others);
    }
  });

  it('are refused with an escaped NUL, and are none of the space then', () => {
    const isOf = (simulation: Simulation, path: string, ...others: Simulation[]) => {
      const space = spaceOf([simulation, ...others]);
      const [put, nul] = ['/put', path].map((one) =>
        parseTarget(`curl --resolve '*:80:192.0.2.1' http://a.test${one}`),
      ) as [Target, Target];
      const isIn = classOf(space, nul, address) !== undefined;
      assert.equal(classOf(space, put, address)!.holds(nul, address), isIn);
      return isIn;
    };
    assert.deepEqual([isOf(base, '/put%00'), isOf(base, '/put?%00'), isOf(none, '/put%00')], [false, true, true]);
    const without = simulate(createWorld([]), source);
    assert.deepEqual([isOf(without, '/put%00'), isOf(without, '/put%00', base)], [true, false]);
    const tls = parseTarget("curl --resolve '*:443:192.0.2.1' https://a.test/%00");
    assert.ok(classOf(spaceOf([base]), tls, address));
  });

  it('are as they were where that has changed, and no route looks at the path', () => {
    const ofMethods = JSON.parse(
      JSON.stringify(routed).replace(
        '[{"uri":{"exact":"/get"}},{"uri":{"prefix":"/."}}]',
        '[{"method":{"exact":"PUT"}}]',
      ),
    ) as KubernetesObject[];
    assert.deepEqual(difference(simulationOf('NONE', ofMethods), simulationOf('BASE', ofMethods)), {
      differing: [],
      undecided: [],
    });
  });

  it('are too much to tell where that is what has changed, and a route looks at the path', () => {
    const { differing, undecided } = difference(none, base);
    assert.deepEqual(differing, []);
    assert.ok(undecided.length > 0);
    for (const { dimension, port, domains } of undecided) {
      assert.deepEqual([dimension, port], ['path', 80]);
      assert.ok(domains.includes('a.test'));
    }
  });
});

describe('a proxy that keeps something of before', () => {
  it('has no request space, since what it keeps is not cut', () => {
    const since = simulate(createWorld([]), source);
    assert.throws(() => spaceOf([since, simulate(createWorld([]), source, { since })]), /freshly started/);
  });
});
