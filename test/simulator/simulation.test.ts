import assert from 'node:assert/strict';
import type { Pod, Resource } from '../../src/lib/resources/types.js';
import { branchesOf, explain, failedOpen, hostsUnread, missingRouteGroups } from '../../src/lib/simulator/explain.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type SimulationOptions } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { createWorld, type WorldOptions } from '../../src/lib/simulator/world.js';
import { endpoints, meshConfig, policy, service, setting, SOURCE } from './control-plane/worlds.js';

const pod = (name: string, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'curl',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`openservicemesh.io/${key}`, value]),
    ),
  },
  spec: { serviceAccountName: 'curl' },
});
const EXCLUDING = { 'outbound-port-exclusion-list': '80' };
const BROKEN = { 'outbound-port-exclusion-list': 'x' };
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'one.org': ['192.0.2.1'],
  'two.org': ['192.0.2.1', '198.51.100.1'],
  'three.org': ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
};
const resolve = (name: string) => (name === 'none.org' ? ('not-found' as const) : ADDRESSES[name]);

type Options = SimulationOptions & { world?: WorldOptions };

function simulation(objects: readonly Resource[], { world, ...options }: Options = {}) {
  return simulate(createWorld([meshConfig(), ...objects], world), SOURCE, { resolve, ...options });
}

function run(objects: readonly Resource[], line: string, options?: Options) {
  const events: TraceEvent[] = [];
  const verdict = simulation(objects, options).decide(parseTarget(line), (event) => events.push(event));
  const { ending, alternatives } = verdict;
  const ends = (ending && alternatives.length === 0 ? [ending] : alternatives).map(({ outcome, destination }) =>
    [outcome.class, destination?.address, destination?.cluster]
      .filter((part) => part !== null && part !== undefined)
      .join(' '),
  );
  return { ...verdict, events, ends, when: alternatives.map(({ when }) => when) };
}

const HTTP = policy('p', { hosts: ['one.org', 'two.org', 'three.org'] });

describe('whose connections are simulated', () => {
  it('are those of the pods of the account, or of the one that is given', () => {
    const other = { ...pod('other'), spec: { serviceAccountName: 'other' } };
    const elsewhere = {
      ...pod('elsewhere', EXCLUDING),
      metadata: { ...pod('elsewhere', EXCLUDING).metadata, namespace: 'x' },
    };
    const one = simulation([pod('a'), other, elsewhere]);
    assert.deepEqual([one.pod?.metadata.name, one.clients.length], ['a', 1]);
    const two = simulation([pod('a'), pod('b', EXCLUDING), pod('c')]);
    assert.deepEqual([two.pod, two.clients.map((client) => client.pod?.metadata.name)], [undefined, ['a', 'b']]);
    const given = simulation([pod('a'), pod('b')], { pod: pod('c', EXCLUDING) });
    assert.deepEqual([given.pod?.metadata.name, given.clients.length], ['c', 1]);
    assert.deepEqual(given.sidecars, [{ injected: true, assumed: true }]);
    assert.equal(simulation([]).pod, undefined);
    const web = service('web', { ports: [{ port: 80, targetPort: 'nobody-has-it' }] });
    web.metadata.namespace = 'curl';
    const behind = pod('c');
    behind.metadata.labels = { app: 'web' };
    const refusals = [undefined, behind, pod('c')].map(
      (one) => simulation([web, policy('p', {})], { pod: one, world: { asInFiles: false } }).listenerRefusals.length,
    );
    assert.deepEqual(refusals, [0, 1, 0], 'what the given pod serves is sent to it');
    const unnamed = { ...pod('d', EXCLUDING), spec: { serviceAccountName: '' } };
    assert.equal(simulate(createWorld([unnamed]), { ...SOURCE, serviceAccount: 'default' }).pod, unnamed);
  });

  it('are told apart by pod and container, and a pod that does not start has none', () => {
    const differ = run([HTTP, pod('a'), pod('b', EXCLUDING)], 'http://one.org/');
    assert.deepEqual(differ.when, [[{ kind: 'pod-is', pods: ['a'] }], [{ kind: 'pod-is', pods: ['b'] }]]);
    const containers = [{ name: 'app' }, { name: 'agent', securityContext: { runAsUser: 1500 } }];
    const both = { ...pod('b'), spec: { ...pod('b').spec, containers } };
    const nested = run([HTTP, pod('a'), both], 'http://one.org/');
    assert.deepEqual(nested.when, [
      [{ kind: 'pod-is', pods: ['a'] }],
      [
        { kind: 'pod-is', pods: ['b'] },
        { kind: 'container-is', container: 'agent' },
      ],
      [
        { kind: 'pod-is', pods: ['b'] },
        { kind: 'container-is', container: 'app' },
      ],
    ]);
    assert.equal(run([HTTP, both], 'http://one.org/', { container: 'app' }).when.length, 0);
    const shell = { name: 'shell', securityContext: { runAsUser: 1500 } };
    const unlike = [{ name: 'shell' }, shell].map((one, index) => ({
      ...pod(`s${index}`),
      spec: { ...pod('s').spec, containers: [...containers, one] },
    }));
    const inShell = run([HTTP, ...unlike], 'http://one.org/', { container: 'shell' });
    assert.deepEqual(inShell.when, [[{ kind: 'pod-is', pods: ['s0'] }], [{ kind: 'pod-is', pods: ['s1'] }]]);
    assert.equal(run([HTTP, ...unlike], 'http://one.org/', { container: 'app' }).when.length, 0);
    const broken = pod('b', BROKEN);
    const { verdict, obstacles, alternatives } = run([HTTP, pod('a'), broken], 'http://one.org/');
    assert.equal(verdict, 'unknown');
    const at = { object: broken, path: ['metadata', 'annotations', 'openservicemesh.io/outbound-port-exclusion-list'] };
    assert.deepEqual(obstacles, [{ code: 'pod-refused', at, value: 'x', why: 'not-valid' }]);
    assert.equal(alternatives.length, 1);
  });

  it('are those of a proxy that was asked, which has a sidecar and knows all', () => {
    const held = simulation([HTTP]).program;
    const off = pod('a', { 'sidecar-injection': 'disabled' });
    const unreadable = new Set(['Egress' as const]);
    const one = simulation([off], { held, world: { unreadable } });
    assert.deepEqual([one.isHeld, one.sidecars], [true, [{ injected: true, assumed: false }]]);
    assert.equal(one.decide(parseTarget('http://one.org/')).verdict, 'allowed');
    assert.equal(simulation([off]).isHeld, false);
    assert.equal(run([], 'http://one.org/', { world: { unreadable } }).verdict, 'unknown');
    const disabled = { ...meshConfig(), spec: { featureFlags: { enableEgressPolicy: false } } } as Resource;
    assert.equal(
      run([disabled], 'http://one.org/', { world: { unreadable } }).verdict,
      'denied',
      'where policies are off',
    );
  });

  it('have what a container of their pod declares at its own address', () => {
    const through = (host: string) => `curl -H 'Host: 127.0.0.1:8080' http://${host}:8080/`;
    const own = policy('p', { hosts: ['127.0.0.1'], ports: [{ number: 8080, protocol: 'http' }] });
    const near = policy('q', { ports: [{ number: 8080, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] });
    const containers = [{ name: 'app', ports: [{ containerPort: 8080 }] }];
    const listening = { ...pod('a'), spec: { ...pod('a').spec, containers } };
    const verdicts = (client: Pod) => [
      run([own, client], through('one.org')).verdict,
      run([own, near, client], through('nobody.org')).verdict,
    ];
    assert.deepEqual(verdicts(pod('a')), ['unknown', 'unknown']);
    assert.deepEqual(verdicts(listening), ['allowed', 'allowed']);
  });

  it('share what is assumed of them', () => {
    const { assumptions } = run([pod('a'), pod('b', EXCLUDING)], 'tcp://nobody.org:22');
    assert.equal(assumptions.filter(({ code }) => code === 'address-unknown').length, 1);
  });

  it('tell what they were before', () => {
    const since = simulation([]);
    assert.equal(simulation([], { since }).since, since);
    assert.equal(since.since, undefined);
    const line = 'tcp://nobody.org:22';
    assert.equal(since.decide(parseTarget(line)).verdict, 'denied');
    const near = policy('q', { ports: [{ number: 22, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] });
    assert.equal(
      run([near], line, { since }).verdict,
      'unknown',
      'which tells nothing of the parts of the address space',
    );
  });
});

describe('what is not modelled', () => {
  it('leaves no verdict, and is said', () => {
    const target = { ...parseTarget('http://one.org/'), notModelled: ['x'] };
    const { verdict, obstacles, assumptions } = simulation([HTTP]).decide(target);
    assert.deepEqual([verdict, obstacles], ['unknown', [{ code: 'request-not-modelled', details: ['x'] }]]);
    assert.ok(assumptions.some(({ code }) => code === 'no-pod'));
  });

  it('is what a list of the MeshConfig would overrule, where that cannot be read', () => {
    const unreadable = new Set(['MeshConfig' as const]);
    const obstacles = (client: Pod, address = '192.0.2.1') =>
      run([client], `http://${address}/`, { world: { unreadable } }).obstacles;
    const including = pod('a', { 'outbound-ip-range-inclusion-list': '192.0.2.0/24' });
    const open = [{ code: 'not-readable', kind: 'MeshConfig' }];
    assert.deepEqual(obstacles(pod('a')), open);
    assert.deepEqual(obstacles(including), open);
    assert.deepEqual(obstacles(including, '203.0.113.1'), open);
    assert.deepEqual(obstacles(pod('a', EXCLUDING)), []);
  });

  it('is what a proxy makes of a request that gets to it', () => {
    const proxy = (objects: readonly Resource[], words: string) => run(objects, `curl -x http://one.org:3128 ${words}`);
    const excluded = meshConfig({ outboundPortExclusionList: [3128] });
    const reached = proxy([excluded], 'http://a.org/');
    assert.deepEqual(reached.obstacles, [{ code: 'beyond-proxy', proxy: 'one.org:3128', instead: undefined }]);
    assert.deepEqual([reached.verdict, reached.ends], ['unknown', []]);
    const tcp = proxy([policy('p', { ports: [{ number: 3128, protocol: 'tcp' }] })], 'http://a.org/');
    assert.deepEqual(
      tcp.obstacles.map((one) => 'instead' in one && one.instead),
      [undefined],
    );
    const denied = proxy([HTTP], 'http://a.org/');
    assert.deepEqual([denied.verdict, denied.obstacles], ['denied', []]);
    const http = policy('p', { hosts: ['a.org'], ports: [{ number: 3128, protocol: 'http' }] });
    const instead = proxy([http], 'http://a.org:3128/').obstacles.map((one) => 'instead' in one && one.instead);
    assert.deepEqual(instead, ['a.org:3128']);
    const some = proxy([HTTP, pod('a', { 'outbound-port-exclusion-list': '3128' }), pod('b')], 'http://a.org/');
    assert.deepEqual(some.ends, ['closed']);
  });

  it('is where a headless service of files has its endpoints, for those who have a sidecar', () => {
    const headless = service('db', { clusterIP: 'None', selector: { app: 'db' } });
    const world = { asInFiles: true };
    const { obstacles, verdict } = run([headless], 'tcp://db.shop:5432', { world });
    assert.equal(verdict, 'unknown');
    const details = [
      'db.shop is a headless Service, whose Endpoints are not given: they decide what the mesh knows it by',
    ];
    assert.deepEqual(obstacles, [{ code: 'request-not-modelled', details }]);
    const off = pod('a', { 'sidecar-injection': 'no' });
    assert.equal(run([headless, off], 'tcp://db.shop:5432', { world }).verdict, 'allowed');
  });
});

describe('where a name leads', () => {
  const resolved = (events: readonly TraceEvent[]) =>
    events.flatMap((event) =>
      event.stage === 'resolution' ? [[event.host, event.by, ...event.addresses].join(' ')] : [],
    );

  it('is each of its addresses, which may differ', () => {
    const near = policy('q', { hosts: [], ports: [{ number: 22, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] });
    const two = run([near], 'tcp://two.org:22');
    assert.deepEqual([two.verdict, two.ends], ['unknown', ['reached 192.0.2.1 22', 'closed']]);
    assert.deepEqual(two.when, [
      [{ kind: 'address-is', host: 'two.org', address: '192.0.2.1' }],
      [{ kind: 'address-is', host: 'two.org', address: '198.51.100.1' }],
    ]);
    assert.deepEqual(resolved(two.events), ['two.org resolver 192.0.2.1 198.51.100.1']);
    assert.equal(run([near], 'tcp://three.org:22').when.length, 3);
    assert.equal(run([near], 'tcp://one.org:22').verdict, 'allowed');
  });

  it('is nowhere where it is known not to resolve', () => {
    const none = run([HTTP], 'http://none.org/');
    assert.deepEqual(
      [none.verdict, none.ends, resolved(none.events)],
      ['denied', ['unresolved'], ['none.org not-found']],
    );
  });

  it('is one part of the address space or another where nobody knows', () => {
    const { assumptions, events, ends } = run([HTTP], 'http://nobody.org/');
    assert.deepEqual(
      assumptions.filter(({ code }) => code === 'address-unknown'),
      [{ code: 'address-unknown', host: 'nobody.org', outside: [] }],
    );
    assert.deepEqual([ends, resolved(events)], [['http'], []]);
    const near = policy('q', { hosts: [], ports: [{ number: 22, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] });
    const parts = run([near], 'tcp://nobody.org:22');
    assert.deepEqual(
      [parts.ends, parts.when],
      [
        ['closed', 'reached 22'],
        [
          [{ kind: 'address-elsewhere', host: 'nobody.org', networks: [], except: ['192.0.2.0/24'] }],
          [{ kind: 'address-in', host: 'nobody.org', networks: ['192.0.2.0/24'], except: [] }],
        ],
      ],
    );
    assert.equal(parts.events.filter(({ stage }) => stage === 'outcome').length, 2);
    const same = [near, policy('r', { ports: [{ number: 22, protocol: 'tcp' }], ipAddresses: ['198.51.100.0/24'] })];
    const joined = run(same, 'tcp://nobody.org:22').when.flat();
    assert.deepEqual(
      joined.map((one) => 'networks' in one && one.networks.length),
      [0, 1, 1],
      'each by its own policy',
    );
    const tls = policy('s', {
      hosts: ['a.org'],
      ports: [{ number: 443, protocol: 'https' }],
      ipAddresses: ['192.0.2.0/24'],
    });
    const alike = run([tls], 'tcp://nobody.org:443');
    assert.deepEqual([alike.verdict, alike.ends, alike.when], ['denied', ['closed'], []]);
    assert.equal(alike.events.filter(({ stage }) => stage === 'outcome').length, 1, 'told once for all parts');
    const twins = [
      policy('t', { hosts: ['b.org'], ports: tls.spec.ports }),
      policy('u', { hosts: ['b.org', 'd.org', 'd.org'], ports: tls.spec.ports }),
    ];
    assert.deepEqual(
      run([tls, ...twins], 'tcp://nobody.org:443').when.map((when) => when.map(({ kind }) => kind)),
      [['by-chance'], ['by-chance']],
    );
    const far = policy('v', { ports: [{ number: 443, protocol: 'tcp' }], ipAddresses: ['198.51.100.0/24'] });
    assert.deepEqual(run([tls, far], 'tcp://nobody.org:443').when[0], [
      { kind: 'address-elsewhere', host: 'nobody.org', networks: [], except: ['198.51.100.0/24'] },
    ]);
    const web = service('web', { clusterIP: '192.0.2.0', ports: [{ port: 22, appProtocol: 'tcp' }] });
    const beside = run([near, web], 'tcp://nobody.org:22').ends;
    assert.deepEqual(beside, ['closed', 'reached 22'], 'a name outside the cluster has no ClusterIP');
    const decided = simulation([near]);
    const again = () => decided.decide(parseTarget('tcp://nobody.org:22')).alternatives.map(({ when }) => when);
    assert.deepEqual(again(), again());
  });

  it('takes what each part finds out for all of it', () => {
    const including = meshConfig({ outboundIPRangeInclusionList: ['192.0.2.0/24'] });
    const unreadable = new Set(['Egress' as const]);
    const open = run([including], 'http://nobody.org/', { world: { unreadable } });
    assert.deepEqual([open.verdict, open.ends], ['unknown', ['reached']]);
    assert.deepEqual(open.obstacles, [{ code: 'not-readable', kind: 'Egress' }]);
    const near = policy('q', { hosts: [], ports: [{ number: 80, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] });
    const http = run([policy('p', { hosts: ['nobody.org'] }), near], 'http://nobody.org/');
    assert.ok(http.assumptions.some((one) => one.code === 'resolves-for-envoy' && one.host === 'nobody.org'));
    const ports = [{ number: 22, protocol: 'tcp' }];
    const shared = [
      setting('u', { tcp: { maxConnections: 0 } }),
      policy('p', { ports, ipAddresses: ['192.0.2.0/24'] }, 'u'),
      policy('q', { ports, ipAddresses: ['198.51.100.0/24'] }),
    ];
    const kinds = run(shared, 'tcp://nobody.org:22').when.map((when) => when.map(({ kind }) => kind).join());
    assert.deepEqual(new Set(kinds), new Set(['address-elsewhere', 'address-in,by-chance']));
  });

  it('is the ClusterIP of a service that files do not tell, where no included range decides', () => {
    const web = service('web');
    delete web.spec.clusterIP;
    const { ends, assumptions, events } = run([web], 'http://web.shop/');
    assert.deepEqual([ends, resolved(events)], [['mesh shop/web|0'], ['web.shop service']]);
    const interception = { redirected: true, rule: 'everything-else' };
    const [sidecar] = simulation([]).sidecars;
    assert.deepEqual(
      events.filter(({ stage }) => stage === 'interception'),
      [{ stage: 'interception', interception, sidecar, address: '240.0.0.1', port: 80 }],
    );
    assert.ok(assumptions.some((one) => one.code === 'cluster-ip-unknown' && one.host === 'web.shop'));
    const including = meshConfig({ outboundIPRangeInclusionList: ['10.0.0.0/8'] });
    const details = ['whether the ClusterIP of web.shop, which is not given, is in an included range decides'];
    assert.deepEqual(run([web, including], 'http://web.shop/').obstacles, [{ code: 'request-not-modelled', details }]);
    const udp = run([web], 'udp://web.shop:53');
    assert.deepEqual([resolved(udp.events), udp.ending?.destination?.address], [['web.shop service'], null]);
  });

  it('is no stand-in where an address of the same range is given, or dialled', () => {
    const including = meshConfig({ outboundIPRangeInclusionList: ['10.0.0.0/8'] });
    const web = service('web', { clusterIP: '240.0.0.1' });
    const headless = [
      service('db', { clusterIP: 'None' }),
      endpoints('db', { addresses: [{ ip: '240.0.0.2' }, { ip: '203.0.113.1' }], ports: [{ port: 80 }] }),
    ];
    for (const [host, ...addresses] of [
      ['240.0.0.1'],
      ['web.shop', '240.0.0.1'],
      ['db.shop', '240.0.0.2', '203.0.113.1'],
    ]) {
      const { verdict, ends, assumptions, events } = run([including, web, ...headless], `http://${host!}/`);
      assert.deepEqual([verdict, ends], ['allowed', [`reached ${addresses[0] ?? host!}`]], host);
      assert.ok(!assumptions.some(({ code }) => code === 'cluster-ip-unknown'), host);
      const by = addresses.length > 0 ? ['service', ...addresses] : ['literal', host];
      assert.deepEqual(resolved(events), [[host, ...by].join(' ')]);
    }
  });

  it('is each address of --resolve in turn, until one does not refuse', () => {
    const excluding = meshConfig({ outboundIPRangeExclusionList: ['198.51.100.0/24'] });
    const turn = (addresses: string, objects: readonly Resource[] = [excluding]) =>
      run(objects, `curl --resolve db:22:${addresses} http://db:22/`).ends;
    assert.deepEqual(turn('192.0.2.1,192.0.2.2'), ['refused']);
    assert.deepEqual(turn('192.0.2.1,198.51.100.1,198.51.100.2'), ['reached 198.51.100.1']);
    assert.deepEqual(turn('198.51.100.1,192.0.2.1'), ['reached 198.51.100.1']);
    assert.deepEqual(turn('192.0.2.1,198.51.100.1', [excluding, HTTP]), ['closed'], 'which is no refusal');
    const pods = [excluding, pod('a'), pod('b', { 'outbound-port-exclusion-list': '22' })];
    assert.deepEqual(turn('192.0.2.1,198.51.100.1', pods), ['reached 198.51.100.1', 'reached 192.0.2.1']);
    assert.deepEqual(turn('192.0.2.1,198.51.100.1', [excluding, pods[2]!, pods[1]!]), [
      'reached 192.0.2.1',
      'reached 198.51.100.1',
    ]);
    // a listener that Envoy refuses by chance
    const tls = (name: string, ...hosts: string[]) =>
      policy(name, { hosts, ports: [{ number: 443, protocol: 'https' }] });
    const twins = [tls('p', 'a.org'), tls('q', 'a.org', 'c.org', 'c.org')];
    const chancy = (host: string, addresses: string, clients: readonly Pod[] = []) => {
      const line = `curl --resolve ${host}:443:${addresses} https://${host}/`;
      const { verdict, ends, when } = run([excluding, ...twins, ...clients], line);
      return [verdict, ...ends.map((end, index) => [end, ...(when[index] ?? []).map(({ kind }) => kind)].join(', '))];
    };
    const next = 'reached 198.51.100.1, by-chance';
    assert.deepEqual(chancy('db', '192.0.2.1,198.51.100.1'), ['unpredictable', 'closed, by-chance', next]);
    const first = 'reached 192.0.2.1 443, by-chance';
    assert.deepEqual(chancy('a.org', '192.0.2.1,198.51.100.1'), ['unpredictable', first, next]);
    assert.equal(chancy('a.org', '192.0.2.1,192.0.2.2')[0], 'unpredictable');
    assert.ok(chancy('db', '192.0.2.1,192.0.2.2,198.51.100.1').at(-1)!.startsWith('reached 198.51.100.1'), 'and so on');
    const chances = chancy('db', '192.0.2.1,198.51.100.1', [pod('a'), pod('b', EXCLUDING)]);
    assert.deepEqual(
      chances.map((one) => one.replace(/^.*?, /, '')),
      ['unknown', ...Array<string>(4).fill('pod-is, by-chance')],
    );
  });

  it('is past the sidecar with UDP', () => {
    const found = run([HTTP], 'udp://one.org:53');
    assert.deepEqual(found.ending?.destination, { address: '192.0.2.1', host: 'one.org', port: 53, cluster: null });
    const [sidecar] = simulation([HTTP]).sidecars;
    const interception = { redirected: false, rule: 'udp' };
    assert.deepEqual(found.events.slice(0, 2), [
      { stage: 'resolution', host: 'one.org', addresses: ['192.0.2.1'], by: 'resolver', service: undefined },
      { stage: 'interception', interception, sidecar, address: '192.0.2.1', port: 53 },
    ]);
    const unknown = run([HTTP], 'udp://nobody.org:53');
    assert.deepEqual(unknown.ending?.destination, { address: null, host: 'nobody.org', port: 53, cluster: null });
    assert.deepEqual(unknown.events[0], {
      stage: 'interception',
      interception,
      sidecar,
      address: 'nobody.org',
      port: 53,
    });
    assert.deepEqual(run([HTTP], 'udp://none.org:53').ends, ['unresolved']);
  });

  it('is IPv6, past a sidecar that knows none', () => {
    const found = run([HTTP], 'http://[2001:db8::1]/');
    assert.deepEqual(found.ends, ['reached 2001:db8::1']);
    const intercepted = found.events.find((event) => event.stage === 'interception');
    assert.equal(intercepted?.address, '2001:db8::1');
  });
});

describe('an explanation', () => {
  it('has a branch for each ending', () => {
    const { events } = explain(simulation([pod('a'), pod('b', EXCLUDING)]), parseTarget('http://one.org/'));
    const stages = branchesOf(events).map((branch) => branch.map(({ stage }) => stage).join(' '));
    const way = 'resolution interception';
    assert.deepEqual(stages, [`${way} listener outcome`, `${way} outcome`]);
    assert.deepEqual(branchesOf([]), []);
    const [first] = events as [TraceEvent, ...TraceEvent[]];
    assert.deepEqual(branchesOf([first]), [[first]]);
  });

  it('names groups that a policy without a route lacks, of the policies whose hosts were asked for', () => {
    const group = (name: string) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name });
    const lacking = policy('p', { hosts: ['one.org'], matches: [group('g')] });
    const other = policy('q', { hosts: ['two.org'], matches: [group('h')] });
    const missing = (line: string) =>
      missingRouteGroups(explain(simulation([lacking, other]), parseTarget(line))).map(({ code, policy: of }) => [
        code,
        of.metadata.name,
      ]);
    assert.deepEqual(missing('http://one.org/'), [['route-group-missing', 'p']]);
    assert.deepEqual(missing('http://three.org/'), []);
    const present: Resource = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'g', namespace: 'curl' },
      spec: { matches: [{ name: 'm' }] },
    };
    const partly = policy('p', { hosts: ['one.org'], matches: [group('h'), group('g')] });
    const routed = explain(simulation([partly, present]), parseTarget('http://one.org/'));
    assert.deepEqual([routed.verdict.verdict, missingRouteGroups(routed)], ['allowed', []]);
    const plain = explain(simulation([HTTP, other]), parseTarget('http://one.org/'));
    assert.deepEqual(missingRouteGroups(plain), []);
  });

  it('names the first of the ranges that let everything through because they do not parse', () => {
    const tcp = (name: string, ...ipAddresses: string[]) =>
      policy(name, { ports: [{ number: 22, protocol: 'tcp' }], ipAddresses });
    const open = (...objects: Resource[]) =>
      failedOpen(explain(simulation(objects), parseTarget('tcp://one.org:22'))).map(({ object, path }) =>
        [object.metadata.name, ...path].join('.'),
      );
    assert.deepEqual(open(tcp('p', '10.0.0.0/33'), tcp('q', '10.0.0.0/33')), ['p.spec.ports.0']);
    assert.deepEqual(open(tcp('p', '192.0.2.0/24', '10.0.0.0/33')), []);
    assert.deepEqual(open(tcp('p')), []);
    assert.deepEqual(open(meshConfig({ enableEgress: true })), []);
  });

  it('names the first of the policies whose hosts nobody reads, where it lets everything through', () => {
    const named = (name: string, ...ipAddresses: string[]) =>
      policy(name, { hosts: ['two.org'], ports: [{ number: 22, protocol: 'tcp' }], ipAddresses });
    const unread = (...objects: Resource[]) =>
      hostsUnread(explain(simulation(objects), parseTarget('tcp://one.org:22'))).map(({ object, path }) =>
        [object.metadata.name, ...path].join('.'),
      );
    assert.deepEqual(unread(named('p'), named('q')), ['p.spec.ports.0']);
    assert.deepEqual(unread(named('p', '0.0.0.0/0')), []);
    assert.deepEqual(unread(policy('p', { ports: [{ number: 22, protocol: 'tcp' }] })), []);
    assert.deepEqual(unread(meshConfig({ enableEgress: true })), []);
  });

  it('tells of policies that stand by only where a request is denied', () => {
    const aside = policy('q', { hosts: ['one.org'], ports: [{ number: 81, protocol: 'http' }] });
    const names = (objects: Resource[], options?: Options) => {
      const { bystanders } = explain(simulation(objects, options), parseTarget('http://one.org/'));
      assert.equal(bystanders(), bystanders());
      return bystanders().map(({ policy: of }) => of.metadata.name);
    };
    assert.deepEqual([names([aside]), names([aside, HTTP])], [['q'], []]);
    const elsewhere = policy('r', {
      hosts: ['one.org'],
      sources: [{ kind: 'ServiceAccount', name: 'x', namespace: 'x' }],
    });
    assert.deepEqual([names([elsewhere]), names([elsewhere], { held: simulation([]).program })], [['r'], []]);
  });
});
