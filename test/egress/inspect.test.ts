import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareWorlds } from '../../src/lib/analysis/compare/index.js';
import { createInspector } from '../../src/lib/analysis/inspect/inspect.js';
import { readAll } from '../../src/lib/analysis/unread.js';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { resources } from '../simulator/generators.js';
import {
  codesOf,
  egress,
  hiding,
  inspect,
  meshConfig,
  namespace,
  routeGroup,
  source,
  toGroup,
  toSetting,
} from './support.js';

const web = egress('web', '80/http', { hosts: ['httpbin.org'] });

function isEgress(object: Resource): object is Egress {
  return object.kind === 'Egress';
}

describe('what becomes of a policy', () => {
  it('a plain one is active', () => {
    const report = inspect([web]);
    assert.equal(report.state, 'active');
    assert.deepEqual(report.reasons, []);
    const updates = { listener: 'accepted', routes: 'accepted', clusters: 'accepted' };
    assert.deepEqual(report.sources, [{ namespace: 'curl', serviceAccount: 'curl', state: 'active', updates }]);
    assert.deepEqual(report.ports, [{ index: 0, number: 80, protocol: 'http', state: 'active' }]);
  });

  const ignored: [string, string, readonly Resource[]][] = [
    ['the feature flag is off', 'egress-policy-off', [web, meshConfig({ featureFlags: {} })]],
    ['its namespace is not in the mesh', 'namespace-unmonitored', [web, namespace('curl', false)]],
    [
      'its UpstreamTrafficSetting is missing',
      'upstream-traffic-setting-missing',
      [egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('none')] })],
    ],
    ['it names no source', 'no-sources', [egress('web', '80/http', { sources: [] })]],
    ['it names no port', 'no-ports', [egress('web', '')]],
    ['a protocol is in capitals', 'protocol-not-lower-case', [egress('web', '443/HTTPS', { hosts: ['a.com'] })]],
    ['a protocol is not known', 'protocol-unknown', [egress('web', '53/udp')]],
    [
      'its source is not in the mesh',
      'source-without-sidecar',
      [egress('web', '443/https', { sources: [source('x', 'outside')] }), namespace('outside', false)],
    ],
  ];
  for (const [title, code, objects] of ignored) {
    it(`ignored: ${title}`, () => {
      const report = inspect(objects);
      assert.deepEqual([report.state, codesOf(report)], ['ignored', [code]]);
    });
  }

  it('all that is wrong in one place is told', () => {
    const report = inspect([egress('capitals', '80/HTTP', { hosts: [] }), web]);
    assert.deepEqual(codesOf(report), ['protocol-not-lower-case', 'http-without-hosts']);
  });

  it('the place at fault is named', () => {
    const config = meshConfig({ featureFlags: { enableEgressPolicy: false } });
    const [reason] = inspect([web, config]).reasons;
    assert.deepEqual(reason?.at, [{ object: config, path: ['spec', 'featureFlags', 'enableEgressPolicy'] }]);
  });

  it('refused: two policies for one host and port, and both are named', () => {
    const other = egress('other', '80/http', { hosts: ['HTTPBIN.org'] });
    const report = inspect([web, other]);
    assert.equal(report.state, 'refused');
    const [reason] = report.reasons;
    assert.equal(reason?.rule, 'routes-refused');
    assert.deepEqual(
      reason.at.map(({ object, path }) => [object.metadata.name, ...path]),
      [
        ['web', 'spec', 'hosts', 0],
        ['other', 'spec', 'hosts', 0],
      ],
    );
  });

  it('refused by chance: the routes of another port are refused in the same update', () => {
    const bystander = egress('bystander', '8080/http', { hosts: ['a.com'] });
    const report = inspect([bystander, web, egress('other', '80/http', { hosts: ['httpbin.org'] })]);
    assert.deepEqual([report.state, codesOf(report)], ['refused', ['routes-by-chance']]);
  });

  it('refused: the listener, by other policies of the same source', () => {
    const [one, two] = [
      egress('one', '443/https', { hosts: ['a.com', 'b.com'] }),
      egress('two', '443/https', { hosts: ['b.com'] }),
    ];
    const report = inspect([web, one, two]);
    assert.deepEqual([report.state, codesOf(report)], ['refused', ['listener-refused']]);
    assert.deepEqual(
      report.reasons[0]?.at.map(({ object }) => object.metadata.name),
      ['one', 'two'],
    );
  });

  it('refused for one source only: the others are told apart', () => {
    const both = egress('both', '80/http', { hosts: ['httpbin.org'], sources: [source('curl'), source('other')] });
    const report = inspect([both, web]);
    assert.equal(report.state, 'refused');
    assert.deepEqual(
      report.sources.map(({ serviceAccount, state }) => [serviceAccount, state]),
      [
        ['curl', 'refused'],
        ['other', 'active'],
      ],
    );
    assert.deepEqual(report.reasons[0]?.sources, [{ namespace: 'curl', serviceAccount: 'curl' }]);
  });

  it('refused: a regular expression that Envoy does not take', () => {
    const matches = [toGroup('routes')];
    const report = inspect([
      egress('web', '80/http', { hosts: ['a.com'], matches }),
      routeGroup('routes', { name: 'x', pathRegex: '/(?=a)' }),
    ]);
    assert.deepEqual([report.state, codesOf(report)], ['refused', ['routes-refused']]);
    assert.equal(report.reasons[0]?.at[0]?.object.kind, 'HTTPRouteGroup');
  });

  it('takes effect, with something worth knowing', () => {
    const cases: [string[], Resource[], string?][] = [
      [['http-without-hosts'], [egress('web', '80/http')], 'lets nothing through'],
      [
        ['cidr-fails-open'],
        [egress('web', '443/https', { ipAddresses: ['10.0.0.0/33'] })],
        'active, wider than written',
      ],
      [['cidr-skipped'], [egress('web', '443/https', { ipAddresses: ['10.0.0.0/33', '10.0.0.0/8'] })]],
      [
        ['range-by-chance'],
        [
          egress('web', '443/https', { hosts: ['a.com'], ipAddresses: ['0.0.0.0/0'] }),
          egress('all', '443/https', { hosts: ['b.com'] }),
        ],
      ],
      [
        ['route-group-missing', 'host-without-routes'],
        [egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('none')] })],
        'lets nothing through',
      ],
    ];
    for (const [codes, objects, state = 'active'] of cases) {
      const report = inspect(objects);
      assert.deepEqual([report.state, codesOf(report)], [state, codes]);
    }
  });

  it('hosts that look like none: an empty one is every server name, one that begins with a dot a wildcard', () => {
    const rows: readonly (readonly [string, string, readonly string[], string])[] = [
      ['443/https', '', ['https-without-hosts'], 'active, wider than written'],
      ['443/https', '.b.example', [], 'active'],
      ['443/https', '*.b.example', [], 'active'],
      ['443/https', '..b.example', ['host-not-a-name'], 'lets nothing through'],
      ['443/https', '.', ['host-not-a-name'], 'lets nothing through'],
      ['443/https', 'a b', ['host-not-a-name'], 'lets nothing through'],
      // requests without a host go to the address dialled, and to no other
      ['80/http', '', [], 'active'],
      ['80/http', '.b.example', ['host-not-a-name'], 'lets nothing through'],
    ];
    for (const [port, host, codes, state] of rows) {
      const report = inspect([egress('web', port, { hosts: [host] })]);
      assert.deepEqual([report.state, codesOf(report)], [state, codes], `${port} ${host}`);
    }
    const states = (...hosts: string[]): string[] =>
      inspect([egress('web', '80/http,443/https', { hosts })]).ports.map(({ state }) => state);
    assert.deepEqual(states('.b.example'), ['lets nothing through', 'active']);
    assert.deepEqual(states('a.example', ''), ['active', 'active, wider than written']);
    assert.deepEqual(states('a b'), ['lets nothing through', 'lets nothing through']);
  });

  it('each port has its own state: ranges that do not parse open no http port, a missing group closes no other one', () => {
    const both = egress('both', '80/http,443/https', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/33'] });
    const states = (policy: Egress): string[] => inspect([policy]).ports.map(({ state }) => state);
    assert.deepEqual(states(both), ['active', 'active, wider than written']);
    const routed = egress('both', '80/http,443/https', { hosts: ['a.com'], matches: [toGroup('none')] });
    assert.deepEqual(states(routed), ['lets nothing through', 'active']);
    // what does nothing is not wide, and hosts of no use do nothing to a port that does not look at them
    const wide = { ipAddresses: ['10.0.0.0/33'] };
    assert.deepEqual(states(egress('both', '443/HTTPS,5000/tcp', wide)), ['ignored', 'active, wider than written']);
    const useless = { hosts: ['a.com:9'], ipAddresses: ['10.0.0.0/8'] };
    assert.deepEqual(states(egress('both', '443/https,9/tcp,10/tcp-server-first', useless)), [
      'lets nothing through',
      'active',
      'active',
    ]);
    assert.equal(inspect([routed]).state, 'active');
  });

  it('routes of a port in capitals work where another policy brings the filter chain', () => {
    const capitals = egress('capitals', '80/HTTP', { hosts: ['a.com'] });
    assert.equal(inspect([capitals]).state, 'ignored');
    const report = inspect([capitals, web]);
    assert.deepEqual([report.ports[0]?.state, codesOf(report)], ['active', ['protocol-not-lower-case']]);
    const useless = inspect([egress('capitals', '80/HTTP', { hosts: ['a.com:80'] }), web]);
    assert.equal(useless.ports[0]?.state, 'lets nothing through');
  });

  it('a part that does nothing leaves the rest active', () => {
    const report = inspect([egress('web', '443/HTTPS,80/http', { hosts: ['a.com'] })]);
    assert.equal(report.state, 'active');
    assert.deepEqual(
      report.ports.map(({ state }) => state),
      ['ignored', 'active'],
    );
    assert.deepEqual(
      report.reasons.map(({ rule, port }) => [rule, port]),
      [['protocol-not-lower-case', 0]],
    );
  });

  it('a reason names its sources where it does not hold for all to which the policy applies', () => {
    const outside = source('x', 'outside');
    const sources = [source('curl'), source('other'), outside];
    const told = (policy: Egress, ...more: Resource[]) =>
      inspect([policy, namespace('outside', false), namespace('curl'), ...more]).reasons.map((reason) => [
        reason.rule,
        reason.sources.map(({ serviceAccount }) => serviceAccount),
      ]);
    // what keeps one source away is told of it alone; what holds for all others, of nobody
    assert.deepEqual(told(egress('web', '443/HTTPS,80/http', { sources })), [
      ['protocol-not-lower-case', []],
      ['http-without-hosts', []],
      ['source-without-sidecar', ['x']],
    ]);
    assert.deepEqual(told(egress('web', '80/http', { sources: [outside] })), [['source-without-sidecar', []]]);
    const ranges = { hosts: ['a.com'], ipAddresses: ['10.0.0.0/33', '10.0.0.0/8'] };
    assert.deepEqual(told(egress('web', '443/https', { sources, ...ranges })), [
      ['cidr-skipped', []],
      ['source-without-sidecar', ['x']],
    ]);
    const rival = egress('rival', '80/http', { hosts: ['HTTPBIN.org'] });
    assert.deepEqual(told(egress('web', '80/http', { sources, hosts: ['httpbin.org'] }), rival), [
      ['routes-refused', ['curl']],
      ['source-without-sidecar', ['x']],
    ]);
  });

  it('reasons are one where they say the same of the same field, for whichever source', () => {
    const told = (...objects: Resource[]) =>
      inspect(objects).reasons.map(({ rule, port, at, sources }) => [
        rule,
        port,
        at
          .map(({ object: { metadata }, path }) => `${metadata.namespace ?? ''}/${metadata.name} ${path.at(-1)}`)
          .join(),
        sources.map(({ serviceAccount }) => serviceAccount).join(),
      ]);
    const sources = [source('curl'), source('other')];
    const ranges = { sources, ipAddresses: ['10.0.0.0/33', '10.0.0.0/34', '10.0.0.0/8'] };
    assert.deepEqual(told(egress('web', '443/https', { ...ranges, hosts: ['a.com'] })), [
      ['cidr-skipped', null, 'curl/web 0', ''],
      ['cidr-skipped', null, 'curl/web 1', ''],
    ]);
    const empty = egress('web', '443/https,8443/https', { hosts: [''] });
    assert.deepEqual(
      told(empty).map(([rule, port]) => [rule, port]),
      [
        ['https-without-hosts', 0],
        ['https-without-hosts', 1],
      ],
    );
    const outside = [source('a', 'one'), source('b', 'two')];
    assert.deepEqual(
      told(
        egress('web', '80/http', { hosts: ['a.com'], sources: outside }),
        namespace('one', false),
        namespace('two', false),
      ),
      [
        ['source-without-sidecar', null, '/one labels', 'a'],
        ['source-without-sidecar', null, '/two labels', 'b'],
      ],
    );
    const rival = (home: string, name: string) =>
      egress('rival', '80/http', { hosts: ['A.com'], sources: [source(name)] }, home);
    assert.deepEqual(
      told(egress('web', '80/http', { hosts: ['a.com'], sources }), rival('x', 'curl'), rival('y', 'other')),
      [
        ['routes-refused', 0, 'curl/web 0,x/rival 0', 'curl'],
        ['routes-refused', 0, 'curl/web 0,y/rival 0', 'other'],
      ],
    );
  });

  it('a source is told of once, and only a ServiceAccount is one', () => {
    const group = { ...source('curl'), kind: 'Group', name: 'all' };
    const report = inspect([
      egress('web', '80/http', { hosts: ['a.com'], sources: [source('curl'), source('curl'), group] }),
    ]);
    assert.deepEqual(
      report.sources.map(({ serviceAccount }) => serviceAccount),
      ['curl'],
    );
    assert.equal(report.policy.metadata.name, 'web');
  });

  it('a port in capitals lends a chain for plain HTTP alone, and of policies alone', () => {
    const state = (port: string, ...others: Resource[]) =>
      inspect([egress('capitals', port, { hosts: ['a.com'] }), ...others]).state;
    const service: Resource = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'curl' },
      spec: { clusterIP: '10.0.0.9', ports: [{ port: 80, name: 'http-a' }] },
    };
    assert.deepEqual(
      [
        state('80/HTTP', web),
        state('80/HTTPS', web),
        state('80/HTTP', egress('tcp', '80/tcp', { ipAddresses: ['10.0.0.0/8'] })),
        state('80/HTTP', namespace('curl'), service),
        state('81/HTTP', web),
      ],
      ['active', 'ignored', 'ignored', 'ignored', 'ignored'],
    );
  });

  it('each sort of host that is of no use is told of where none is of use', () => {
    const rows: readonly (readonly [string, string, readonly string[]])[] = [
      ['80/http', 'http://a.com', ['host-with-scheme']],
      ['80/http', 'a.com:80', ['host-with-port']],
      ['80/http', '*.a.com', ['wildcard-on-http']],
      ['443/https', 'https://a.com', ['host-with-scheme']],
      ['443/https', 'a.com:443', ['host-with-port']],
      ['443/https', '192.0.2.1', ['address-as-tls-host']],
      // an address is a host as good as any over http
      ['80/http', '192.0.2.1', []],
      ['443/https', 'a.com', []],
    ];
    for (const [port, host, codes] of rows) {
      const report = inspect([egress('web', port, { hosts: [host] })]);
      const expected = codes.length > 0 ? 'lets nothing through' : 'active';
      assert.deepEqual([report.state, codesOf(report)], [expected, codes], `${port} ${host}`);
      assert.deepEqual(
        report.reasons.map(({ makes }) => makes),
        codes.map(() => 'lets nothing through'),
      );
      const beside = inspect([egress('web', port, { hosts: [host, 'b.com'] })]);
      assert.deepEqual([beside.state, codesOf(beside)], ['active', []], `${port} ${host} b.com`);
    }
    const two = inspect([egress('web', '80/http', { hosts: ['a.com:80', '*.a.com'] })]);
    assert.deepEqual([two.state, codesOf(two)], ['lets nothing through', ['host-with-port', 'wildcard-on-http']]);
    // raw TCP does not look at hosts
    const tcp = inspect([egress('web', '9/tcp', { hosts: ['a.com:9'], ipAddresses: ['10.0.0.0/8'] })]);
    assert.deepEqual([tcp.state, codesOf(tcp)], ['active', []]);
    const open = inspect([egress('web', '9/tcp,10/tcp-server-first', { hosts: ['a.com'] })]);
    assert.deepEqual(
      open.reasons.map(({ rule, port }) => [rule, port]),
      [
        ['hosts-on-tcp', 0],
        ['hosts-on-tcp', 1],
      ],
    );
    assert.equal(open.state, 'active, wider than written');
  });

  it('law: a policy that is ignored can go, and nothing changes', () => {
    fc.assert(
      fc.property(resources, (objects) => {
        const world = createWorld(objects);
        const report = createInspector({ world, objects, worldOptions: {}, unread: readAll });
        for (const policy of world.egresses) {
          if (report(policy).state !== 'ignored') continue;
          const rest = createWorld(objects.filter((object) => object !== policy));
          const { effects, refusals } = compareWorlds(world, rest, [policy]);
          assert.deepEqual([effects, refusals], [[], []]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what becomes of a policy when not everything may be read', () => {
  it('unknown where it matters', () => {
    assert.equal(inspect([web], hiding('MeshConfig')).state, 'unknown');
    assert.equal(inspect([web], hiding('Namespace')).state, 'unknown');
    assert.equal(inspect([web, namespace('curl')], hiding('Egress')).state, 'unknown');
    const routed = egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('x')] });
    assert.equal(inspect([routed], hiding('HTTPRouteGroup')).state, 'unknown');
    const set = egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('x')] });
    assert.equal(inspect([set], hiding('UpstreamTrafficSetting')).state, 'unknown');
  });

  it('unknown in a part alone, and in what proxies make of it', () => {
    const routed = egress('web', '80/http,443/https', { hosts: ['a.com'], matches: [toGroup('x')] });
    const { state, ports, sources, reasons } = inspect([routed], hiding('HTTPRouteGroup'));
    assert.deepEqual([state, ports.map((port) => port.state)], ['unknown', ['unknown', 'active']]);
    assert.deepEqual(sources[0]?.updates, { listener: 'accepted', routes: 'unknown', clusters: 'accepted' });
    assert.deepEqual(reasons[0], {
      rule: 'unread',
      level: 'info',
      makes: 'unknown',
      policy: routed,
      data: { kinds: ['HTTPRouteGroup'] },
      at: [],
      port: null,
      sources: [],
    });
    // what is wrong whatever is hidden is told as well
    const skipped = egress('web', '443/https', { ipAddresses: ['10.0.0.0/33', '10.0.0.0/8'], hosts: ['a.com'] });
    assert.deepEqual(codesOf(inspect([skipped, namespace('curl')], hiding('Egress'))), ['unread', 'cidr-skipped']);
  });

  it('known where it does not', () => {
    const capitals = egress('web', '443/HTTPS', { hosts: ['a.com'] });
    assert.equal(inspect([capitals], hiding('MeshConfig', 'Namespace', 'Egress')).state, 'ignored');
    assert.equal(inspect([web], hiding('HTTPRouteGroup', 'UpstreamTrafficSetting', 'Service')).state, 'active');
    const twice = [web, egress('other', '80/http', { hosts: ['httpbin.org'] })];
    assert.equal(inspect(twice, hiding('Egress')).state, 'refused');
    // that it is refused is told only where it is certain
    assert.deepEqual(codesOf(inspect(twice, hiding('Egress'))), ['routes-refused']);
    const uncertain = inspect(twice, hiding('Namespace'));
    assert.deepEqual([uncertain.state, codesOf(uncertain)], ['unknown', ['unread']]);
    // the mesh's name holds for what stands in too
    const named = {
      ...namespace('curl'),
      metadata: { name: 'curl', labels: { 'openservicemesh.io/monitored-by': 'm' } },
    };
    const objects = [web, named];
    const worldOptions = { meshName: 'm' };
    const inspector = createInspector({
      world: createWorld(objects, worldOptions),
      objects,
      worldOptions,
      unread: hiding('Namespace'),
    });
    assert.equal(inspector(web).state, 'active');
  });

  it('known where somebody gives what may not be read', () => {
    const routed = egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('x'), toSetting('x')] });
    const setting: Resource = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name: 'x', namespace: 'curl' },
      spec: { host: 'a.com' },
    };
    const routes = routeGroup('x', { name: 'all' });
    const given = [routes, setting, namespace('curl'), meshConfig()];
    const hidden = hiding('MeshConfig', 'Namespace', 'HTTPRouteGroup', 'UpstreamTrafficSetting');
    assert.equal(inspect([routed, ...given], hidden).state, 'active');
    for (const { kind } of given) {
      const report = inspect([routed, ...given.filter((object) => object.kind !== kind)], hidden);
      assert.deepEqual([report.state, report.reasons[0]?.data], ['unknown', { kinds: [kind] }]);
    }
  });

  it('a policy of a namespace that cannot be seen may clash with this one', () => {
    const elsewhere = egress('other', '80/http', { hosts: ['httpbin.org'] }, 'hidden');
    const hidden = {
      ...hiding('Namespace'),
      knows: (kind: string, name: string) => kind !== 'Namespace' || name === 'curl',
    };
    const report = inspect([web, namespace('curl'), elsewhere], hidden);
    assert.equal(report.state, 'unknown');
    assert.deepEqual(report.reasons[0]?.data, { kinds: ['Namespace'] });
  });

  it('law: what is told of a policy is true, whatever is hidden', () => {
    const kinds = ['MeshConfig', 'Namespace', 'HTTPRouteGroup', 'UpstreamTrafficSetting'];
    fc.assert(
      fc.property(resources, fc.subarray(kinds), fc.array(fc.boolean()), (objects, hidden, given) => {
        const whole = createWorld(objects);
        const seen = objects.filter(({ kind }, index) => given[index] === true || !hidden.includes(kind));
        const truth = createInspector({ world: whole, objects, worldOptions: {}, unread: readAll });
        const told = createInspector({
          world: createWorld(seen),
          objects: seen,
          worldOptions: {},
          unread: hiding(...hidden),
        });
        for (const policy of objects.filter(isEgress)) {
          const { state } = told(policy);
          if (state !== 'unknown') assert.equal(state, truth(policy).state);
        }
      }),
      { numRuns: 200 },
    );
  });
});
