import assert from 'node:assert/strict';
import {
  ANY_OTHER,
  compareWorlds,
  diffWorlds,
  effectsBetween,
  everySource,
  kindOf,
  otherSources,
  sourcesOf,
  type Effect,
} from '../../../src/lib/analysis/compare/index.js';
import { joined } from '../../../src/lib/analysis/compare/diff.js';
import { diffIstioWorlds, istioPairs } from '../../../src/lib/analysis/compare/istio.js';
import { newRefusals } from '../../../src/lib/analysis/compare/refusals.js';
import type {
  Egress,
  FieldRef,
  HTTPRouteGroup,
  KubernetesObject,
  Pod,
  Resource,
  UpstreamTrafficSetting,
} from '../../../src/lib/resources/types.js';
import { createIstioWorld, type IstioWorld } from '../../../src/lib/simulator/istio/world.js';
import type { Outcome } from '../../../src/lib/simulator/outcome.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import type { Alternative, Obstacle, Verdict, VerdictWord } from '../../../src/lib/simulator/verdict.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { meshConfig } from '../../simulator/control-plane/worlds.js';

const CURL: Source = { namespace: 'curl', serviceAccount: 'curl' };

function egress(
  name: string,
  spec: Partial<Egress['spec']>,
  accounts: readonly string[] = ['curl'],
  kind = 'Egress',
): Egress {
  const matches = spec.matches?.map((match) => ({ ...match, apiGroup: 'specs.smi-spec.io/v1alpha4' }));
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: kind as 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: {
      sources: accounts.map((account) => ({ kind: 'ServiceAccount', name: account, namespace: 'curl' })),
      ports: [{ number: 443, protocol: 'https' }],
      ...spec,
      ...(matches && { matches }),
    },
  };
}

const group = (pathRegex: string): HTTPRouteGroup => ({
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'group', namespace: 'curl' },
  spec: { matches: [{ name: 'match', pathRegex }] },
});
const withRoutes = (name: string, host: string, kind = 'HTTPRouteGroup', match = 'group'): Egress =>
  egress(name, {
    hosts: [host],
    ports: [{ number: 80, protocol: 'http' }],
    matches: [{ apiGroup: '', kind, name: match }],
  });

const ending = (reached: boolean): Alternative => ({
  outcome: { class: reached ? 'reached' : 'closed', httpStatus: null, delaySeconds: 0 } as Outcome,
  destination: null,
  decidedBy: [],
  when: [],
});
const verdict = (word: VerdictWord, alternatives: Alternative[] = [], obstacles: Obstacle[] = []): Verdict => ({
  verdict: word,
  ending: null,
  alternatives,
  assumptions: [],
  obstacles,
});

describe('what a change does to a request', () => {
  const [allowed, denied] = [verdict('allowed'), verdict('denied')];
  const chance = verdict('unpredictable', [ending(true), ending(false)]);
  const [strange, loop] = [
    { code: 'request-not-modelled', details: [] },
    { code: 'connects-to-itself', port: 80 },
  ] as const;
  const rows: [Effect['kind'], Verdict, Verdict][] = [
    ['starts', denied, allowed],
    ['starts', chance, allowed],
    ['stops', allowed, denied],
    ['stops', allowed, chance],
    ['moves', allowed, allowed],
    ['moves', allowed, verdict('unpredictable', [ending(true)])],
    ['fails', denied, denied],
    ['varies', denied, chance],
    ['varies', chance, denied],
    ['varies', chance, verdict('unknown', [], [loop])],
    ['unmodelled', denied, verdict('unknown', [], [strange])],
    ['unmodelled', verdict('unknown', [], [strange]), allowed],
    // what is in the way besides may change
    ['varies', denied, verdict('unknown', [], [strange, loop])],
  ];
  for (const [kind, before, after] of rows) {
    it(`${kind}: ${before.verdict} → ${after.verdict}`, () => assert.equal(kindOf(before, after), kind));
  }
});

/** With it there is a listener in any case. */
const base = egress('base', { hosts: ['base.test'] }, ['curl', 'one', 'two', 'three']);

/** Of TLS and HTTP to port 443 and 80: what happens, to what, and by which policies it is allowed. */
const told = (effects: readonly Effect[]) =>
  effects
    .filter((effect) => !/by HTTP|M-SEARCH|CONNECT/.test(requestClassText(effect.class)))
    .map(({ kind, class: requests, allowedBy }) =>
      [
        kind,
        requestClassText(requests).replace(', wherever it resolves to', ''),
        ...new Set(allowedBy.map(({ object }) => object.metadata.name)),
      ].join(' '),
    );

describe('the effects of a change', () => {
  const between = (before: readonly Resource[], after: readonly Resource[]) =>
    told(effectsBetween(simulate(createWorld(before), CURL), simulate(createWorld(after), CURL)).effects);

  it('are one for all requests that the same policies do the same to, and name who allows them', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => egress(name, { hosts: [`${name}.test`] })) as [
      Egress,
      Egress,
      Egress,
    ];
    const two = egress('a', { hosts: ['a.test', 'd.test'] });
    assert.deepEqual(between([base], [base, a, b]), [
      'starts TLS on port 443 of a.test a',
      'starts TLS on port 443 of b.test b',
    ]);
    assert.deepEqual(between([base], [base, two]), ['starts TLS on port 443 of a.test and d.test a']);
    assert.deepEqual(between([base, two, b], [base, b, c]), [
      'stops TLS on port 443 of a.test and d.test a',
      'starts TLS on port 443 of c.test c',
    ]);
  });

  it('are apart for what is a landmark', () => {
    const two = egress('two', { hosts: ['a.test', 'b.test'] });
    const [old, now] = [[base], [base, two]].map((objects) => simulate(createWorld(objects), CURL));
    const landmarks = {
      within: { dimensions: ['port'], parts: new Set(['443']) },
      apart: [{ dimensions: ['server-name'], parts: new Set(['b.test']) }],
    };
    assert.deepEqual(told(effectsBetween(old!, now!, { landmarks }).effects), [
      'starts TLS on port 443 of b.test two',
      'starts TLS on port 443 of a.test two',
    ]);
  });

  it('are none where only the name of who allows it changes nothing for the client, and told where it ends up elsewhere', () => {
    const http = (name: string, ...ports: number[]) =>
      egress(name, { hosts: ['a.test'], ports: ports.map((number) => ({ number, protocol: 'http' })) });
    assert.deepEqual(between([http('a', 80)], [http('a', 80)]), []);
    const moved = between(
      [egress('a', { hosts: ['a.test'], ports: [{ number: 80, protocol: 'https' }] })],
      [http('b', 80)],
    );
    assert.deepEqual(
      moved.filter((text) => / of a\.test/.test(text)),
      ['stops TLS on port 80 of a.test a', 'starts every method on 80/http of a.test b'],
    );
    assert.deepEqual(between([], [meshConfig({ enableEgress: true })]).slice(0, 1), [
      'starts everything on every port osm-mesh-config',
    ]);
  });

  it('of each source are those of its own, and what becomes possible comes first', () => {
    const [old, now] = [
      createWorld([base, egress('gone', { hosts: ['a.test'] }, ['one', 'two'])]),
      createWorld([base, egress('new', { hosts: ['b.test'] }, ['one'])]),
    ];
    const sources = ['one', 'two', 'three'].map((serviceAccount) => ({ ...CURL, serviceAccount }));
    const diff = diffWorlds(old, now, sources);
    assert.equal(diff.sources, 3);
    assert.deepEqual(diff.undecided, []);
    assert.deepEqual(
      diff.effects.map(({ kind, source }) => `${kind} ${source.serviceAccount}`),
      ['starts one', 'stops one', 'stops two'],
    );
    const compared = compareWorlds(old, now, [...old.egresses, ...now.egresses].slice(1));
    assert.deepEqual(compared.effects.map(({ kind, source }) => `${kind} ${source.serviceAccount}`).sort(), [
      'starts one',
      'stops one',
      'stops two',
    ]);
  });

  it('are asked for of every source that any of the worlds knows, and for each namespace of one for all others', () => {
    const account = (name: string, namespace: string) =>
      ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }) as KubernetesObject as Resource;
    const namespace = (name: string) =>
      ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }) as KubernetesObject as Resource;
    const inputs = [
      [namespace('idle'), account('web', 'shop'), account('api', 'shop')],
      [egress('p', {}, ['curl']), account('web', 'shop')],
    ].map((objects) => ({ objects }));
    const worlds = inputs.map(({ objects }) => createWorld(objects));
    assert.deepEqual(
      everySource(inputs, worlds).map((source) => `${source.namespace}/${source.serviceAccount}`),
      ['curl/curl', 'shop/api', 'shop/web', ...['curl', 'idle', 'shop'].map((name) => `${name}/${ANY_OTHER}`)],
    );
  });

  it('of sources that fare alike are told of each of them, the undecided ones too', () => {
    const sources = ['one', 'two'].map((serviceAccount) => ({ ...CURL, serviceAccount }));
    const looking: HTTPRouteGroup = { ...group('/'), spec: { matches: [{ name: 'm', headers: [{ host: '.*x.*' }] }] } };
    const of = (host: string): Egress => {
      const policy = withRoutes('web', host);
      return { ...policy, spec: { ...policy.spec, sources: base.spec.sources } };
    };
    const tls = egress('tls', { hosts: ['a.test'] }, ['one', 'two']);
    // wildcards of two tables that meet, and routes that look at the Host
    const [old, now] = [createWorld([base, looking, of('a.*')]), createWorld([base, looking, of('*.test'), tls])];
    const sourceOf = ({ source }: { readonly source: Source }) => source.serviceAccount;
    const { effects, undecided } = diffWorlds(old, now, sources);
    assert.deepEqual(
      effects
        .filter(({ kind }) => kind === 'starts')
        .map((effect) => `${sourceOf(effect)} ${requestClassText(effect.class)}`),
      ['one', 'two'].map((name) => `${name} TLS on port 443 of a.test, wherever it resolves to`),
    );
    assert.deepEqual(
      undecided.map((region) => `${sourceOf(region)} ${region.dimension} ${region.port}`),
      ['one authority 80', 'two authority 80'],
    );
    const compared = compareWorlds(old, now, [tls]);
    assert.deepEqual(
      compared.undecided.map((region) => `${sourceOf(region)} ${region.dimension} ${region.port}`),
      ['one authority 80', 'two authority 80'],
    );
  });

  it('are those of the addresses that are known', () => {
    const [old, now] = [
      createWorld([base]),
      createWorld([base, egress('http', { hosts: ['a.test'], ports: [{ number: 80, protocol: 'http' }] })]),
    ];
    const kinds = (answer: () => readonly string[] | 'not-found', from: typeof old, to: typeof old) =>
      new Set(diffWorlds(from, to, [CURL], answer).effects.map(({ kind }) => kind));
    assert.ok(kinds(() => ['192.0.2.1'], old, now).has('starts'));
    assert.ok(!kinds(() => 'not-found', old, now).has('starts'));
    assert.ok(!kinds(() => 'not-found', now, old).has('stops'));
  });

  it('are told apart where anything that the client sees differs, and where it ends up by name', () => {
    const all = (before: readonly Resource[], after: readonly Resource[]) =>
      effectsBetween(simulate(createWorld(before), CURL), simulate(createWorld(after), CURL)).effects.map(
        ({ kind, class: requests }) => `${kind} ${requestClassText(requests).replace(', wherever it resolves to', '')}`,
      );
    const of = (name: string, hosts: string[], ...ports: [number, string][]) =>
      egress(name, { ...(hosts.length > 0 && { hosts }), ports: ports.map(([number, protocol]) => ({ number, protocol })) });
    // refused, then closed: the handshake, at once, or after detection
    assert.deepEqual(all([], [base]), [
      'starts TLS on port 443 of base.test',
      'fails TLS on port 443 of every server name but base.test',
      'fails HTTP and other bytes on port 443',
      'fails clients that wait for the server on every port',
      'fails TLS, HTTP and other bytes on every port but 443',
      'fails everything on port 15001, at every loopback address but ::1',
    ]);
    // closed, then an error of TLS, 426, 503, 404, 400, and what is not known
    assert.deepEqual(all([base], [base, of('http', ['*.b.test'], [80, 'http'])]), [
      'fails TLS on port 80 offering h2c, http/1.0 or http/1.1 in ALPN',
      'fails every method on 80/http by HTTP/1.0',
      'fails every method on 80/http of *.b.test',
      'fails every method on 80/http of every host but *.b.test',
      'fails CONNECT and M-SEARCH on 80/http by HTTP/1.0 or HTTP/1.1',
      'unmodelled CONNECT on 80/http by HTTP/2',
      'fails M-SEARCH and methods that HTTP does not know on 80/http of *.b.test by HTTP/2',
      'fails M-SEARCH and methods that HTTP does not know on 80/http of every host but *.b.test by HTTP/2',
    ]);
    assert.deepEqual(all([], [of('http', ['a.test'], [80, 'http'])]).filter((text) => /^fails TLS on port 80/.test(text)), [
      'fails TLS on port 80 offering h2c, http/1.0 or http/1.1 in ALPN',
      'fails TLS on port 80 offering no HTTP/1 in ALPN',
    ]);
    // to the host of the policy and not to the address: another one for each
    const tcp = of('tcp', [], [80, 'tcp']);
    const moved = all([tcp], [tcp, of('http', ['a.test', 'b.test'], [80, 'http'])]);
    assert.deepEqual(
      moved.filter((text) => /^moves every/.test(text)),
      ['moves every method on 80/http of a.test', 'moves every method on 80/http of b.test'],
    );
    // from the host of the policy: the same, from the other end
    assert.deepEqual(
      all([of('http', ['a.test', 'b.test'], [80, 'http'])], [tcp]).filter((text) => /^moves every/.test(text)),
      ['moves every method on 80/http of a.test', 'moves every method on 80/http of b.test'],
    );
    // to the address dialled: one for all ports
    const late = all(
      [of('tcp', [], [8, 'tcp'], [9, 'tcp'])],
      [of('tcp', [], [8, 'tcp-server-first'], [9, 'tcp-server-first'])],
    );
    assert.deepEqual(late, ['moves clients that wait for the server on ports 8 and 9']);
    // by whom, and whether for certain
    const zero = (name: string, host: string) => egress(name, { hosts: [host], ipAddresses: ['0.0.0.0/0'] });
    assert.deepEqual(all([base], [base, zero('one', 'a.test'), zero('two', 'b.test')]), [
      'varies TLS on port 443 of a.test',
      'varies TLS on port 443 of b.test',
      'stops TLS on port 443 of base.test',
    ]);
  }); // prettier-ignore

  it('are told apart where something else is in the way of knowing them', () => {
    const unreadable = new Set<Resource['kind']>(['HTTPRouteGroup']);
    const [old, now] = [[base], [base, withRoutes('web', 'a.test')]].map((objects) => simulate(createWorld(objects, { unreadable }), CURL)); // prettier-ignore
    const effects = effectsBetween(old!, now!).effects.map(
      ({ kind, class: requests }) => `${kind} ${requestClassText(requests).replace(', wherever it resolves to', '')}`,
    );
    assert.deepEqual(
      effects.filter((text) => /^(?:varies|unmodelled)/.test(text)),
      [
        'varies every method on 80/http',
        'unmodelled CONNECT on 80/http by HTTP/2',
        'varies M-SEARCH and methods that HTTP does not know on 80/http by HTTP/2',
      ],
    );
  });

  it('name who allowed what only ends up elsewhere', () => {
    const of = (name: string, protocol: string) =>
      egress(name, { hosts: ['a.test'], ports: [{ number: 80, protocol }] });
    const moves = between([base, of('http', 'http')], [base, of('tcp', 'tcp')]).filter((text) =>
      text.startsWith('moves '),
    );
    assert.deepEqual(moves, ['moves every method on 80/http of a.test http']);
  });

  it('are told in the order in which a review asks for them', () => {
    const kinds: Effect['kind'][] = ['fails', 'starts', 'moves', 'stops', 'unmodelled', 'varies'];
    const effects = kinds.map((kind) => ({ kind }) as Effect);
    const { effects: told_, sources } = joined(
      [
        { effects: effects.slice(0, 3), undecided: [] },
        { effects: effects.slice(3), undecided: [] },
      ],
      [CURL],
    );
    assert.deepEqual(
      [told_.map(({ kind }) => kind), sources],
      [['starts', 'varies', 'unmodelled', 'stops', 'moves', 'fails'], 1],
    );
  });

  it('come with what Envoy newly refuses', () => {
    const twice = egress('twice', { hosts: ['a.test', 'a.test'] });
    assert.deepEqual(
      compareWorlds(createWorld([base]), createWorld([base, twice]), [twice]).refusals.map(
        ({ refusal }) => refusal.code,
      ),
      ['duplicate-match'],
    );
  });
});

describe('two worlds of Istio', () => {
  const entry = (...hosts: string[]): KubernetesObject =>
    ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'hosts', namespace: 'curl' },
      spec: {
        hosts,
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
      },
    }) as unknown as KubernetesObject;
  const pod = (name: string): KubernetesObject =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'curl', labels: { app: name } },
      spec: { serviceAccountName: 'curl', containers: [] },
    }) as unknown as KubernetesObject;
  const only = (app: string, host: string): KubernetesObject =>
    ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: app, namespace: 'curl' },
      spec: { workloadSelector: { labels: { app } }, egress: [{ hosts: [`./${host}`] }] },
    }) as unknown as KubernetesObject;
  const worldOf = (...objects: KubernetesObject[]) =>
    createIstioWorld(objects, { meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } });
  const diff = (old: IstioWorld, now: IstioWorld) =>
    told(diffIstioWorlds(old, now, [CURL]).effects).filter((text) => /^st/.test(text));

  it('are compared for each source', () => {
    assert.deepEqual(diff(worldOf(entry('a.test')), worldOf(entry('a.test', 'b.test'))), [
      'starts TLS on port 443 of b.test hosts',
    ]);
    assert.deepEqual(diff(worldOf(entry('a.test', 'b.test'), pod('p')), worldOf(entry('a.test'), pod('p'))), [
      'stops TLS on port 443 of b.test hosts',
    ]);
    assert.equal(diffIstioWorlds(worldOf(), worldOf(), [CURL, { ...CURL, serviceAccount: 'other' }]).sources, 2);
  });

  it('are told apart where it ends up by name', () => {
    const dialled = JSON.parse(JSON.stringify(entry('a.test', 'b.test')).replace('DNS', 'NONE')) as KubernetesObject;
    const { effects } = diffIstioWorlds(worldOf(dialled), worldOf(entry('a.test', 'b.test')), [CURL]);
    assert.deepEqual(told(effects), ['moves TLS on port 443 of a.test hosts', 'moves TLS on port 443 of b.test hosts']);
  });

  it('are compared for each pod of a source where these get different programs, before or after', () => {
    const pods = [pod('p'), pod('q')];
    const [open, closed] = [
      worldOf(...pods, entry('a.test', 'b.test')),
      worldOf(...pods, entry('a.test', 'b.test'), only('p', 'a.test')),
    ];
    assert.equal(istioPairs(open, open, CURL).length, 1);
    for (const [old, now, word] of [
      [open, closed, 'stops'],
      [closed, open, 'starts'],
    ] as const) {
      const pairs = istioPairs(old, now, CURL);
      assert.deepEqual(
        pairs.map(({ before }) => before.clients.map((client) => client.pod?.metadata.name).join()),
        ['p', 'q'],
      );
      assert.deepEqual(diff(old, now), [`${word} TLS on port 443 of b.test hosts`]);
    }
    assert.equal(istioPairs(closed, closed, CURL, { pod: pods[0] as Pod }).length, 1);
    // a pod that is not in one of them is in both as the other has it
    const [both, one] = [pods, pods.slice(0, 1)].map((some) => worldOf(...some, entry('a.test'), only('p', 'b.test')));
    for (const pairs of [istioPairs(both!, one!, CURL), istioPairs(one!, both!, CURL)])
      assert.deepEqual(
        pairs.map(({ before, after }) => [before, after].map((side) => side.pod?.metadata.name)),
        [
          ['p', 'p'],
          ['q', 'q'],
        ],
      );
    // a pod that another Sidecar selects from now on
    const asP = { ...pod('q'), metadata: { ...pod('q').metadata, labels: { app: 'p' } } };
    const [apart, alike] = [pod('q'), asP].map((q) =>
      worldOf(pod('p'), q, entry('a.test', 'b.test'), only('p', 'a.test')),
    );
    assert.deepEqual(diff(apart!, alike!), ['stops TLS on port 443 of b.test hosts']);
    assert.deepEqual(diff(alike!, apart!), ['starts TLS on port 443 of b.test hosts']);
    // each way from one program to another, also where pods that were alike differ now, and the other way round
    const of = (selected: string) =>
      worldOf(entry('a.test', 'b.test'), only('p', 'a.test'), ...['q', 'r', 's', 't'].map((name) => {
        return { ...pod(name), metadata: { ...pod(name).metadata, labels: { app: selected.includes(name) ? 'p' : name } } };
      })); // prettier-ignore
    assert.deepEqual(diff(of('st'), of('rt')).sort(), [
      'starts TLS on port 443 of b.test hosts',
      'stops TLS on port 443 of b.test hosts',
    ]);
    assert.equal(istioPairs(of('st'), of('rt'), CURL).length, 4);
    const [pair] = istioPairs(open, closed, CURL, { resolve: () => ['192.0.2.1'] });
    for (const { names } of [pair!.before, pair!.after])
      assert.deepEqual(names.lookUp('x.test').addresses, ['192.0.2.1']);
  });
});

describe('the sources of a comparison', () => {
  it('are the ServiceAccounts that policies name, each once', () => {
    const [one, two] = [egress('a', {}, ['b', 'a', 'b']), egress('b', {}, ['a', 'c'])];
    const group_ = {
      ...one,
      spec: { ...one.spec, sources: [{ kind: 'Group' as 'ServiceAccount', name: 'x', namespace: 'curl' }] },
    };
    assert.deepEqual(
      sourcesOf([one, two, group_]).map(({ serviceAccount }) => serviceAccount),
      ['b', 'a', 'c'],
    );
  });

  it('have one for each namespace that stands for all others in it', () => {
    const namespace = (name: string): Resource => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const worlds = [['b'], ['a', 'b']].map((names) => createWorld(names.map(namespace)));
    const other = (name: string): Source => ({ namespace: name, serviceAccount: ANY_OTHER });
    assert.deepEqual(otherSources(worlds, [CURL]), [other('a'), other('b'), other('curl')]);
    assert.deepEqual(otherSources(worlds, [CURL, other('b')]), [other('a'), other('curl')]);
  });
});

describe('what Envoy refuses because of a change', () => {
  const refused = (before: readonly Resource[], after: readonly Resource[], changed: readonly Egress[]) => {
    const found = newRefusals(simulate(createWorld(before), CURL), simulate(createWorld(after), CURL), changed);
    const names = (at: readonly FieldRef[]) => [...new Set(at.map(({ object }) => object.metadata.name))].join(' ');
    return [...new Set(found.map(({ port, refusal, at }) => `${refusal.code} ${port} ${names(at)}`))];
  };
  const twice = egress('twice', { hosts: ['a.test', 'a.test'] });
  const other = egress('other', { hosts: ['b.test', 'b.test'] });
  const wild = egress('wild', { hosts: ['*a.test'] });
  const setting = (host: string): UpstreamTrafficSetting => ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    metadata: { name: 'setting', namespace: 'curl' },
    spec: { host, connectionSettings: { tcp: { connectTimeout: '0s' } } },
  });
  const limited = withRoutes('limited', 'a.test', 'UpstreamTrafficSetting', 'setting');
  const domains = ['A.test', 'a.test'].map((host, at) =>
    egress(`host${at}`, { hosts: [host], ports: [{ number: 80, protocol: 'http' }] }),
  );

  const rows: [what: string, expected: string[], before: Resource[], after: Resource[], changed: Egress[]][] = [
    ['two equal server names', ['duplicate-match null twice'], [], [twice], [twice]],
    ['what was refused before is nothing new', [], [twice], [twice, wild].slice(0, 1), []],
    ['another name on the port', ['duplicate-match null other'], [twice], [other], [other]],
    ['a wildcard without a dot', ['server-name-wildcard null wild'], [], [wild], [wild]],
    [
      'a pattern',
      ['regex 80 group'],
      [group('/get'), withRoutes('a', 'a.test')],
      [group('('), withRoutes('a', 'a.test')],
      [],
    ],
    [
      'domains that differ in case',
      ['duplicate-domain 80 host0 host1'],
      domains.slice(0, 1),
      domains,
      domains.slice(1),
    ],
    ['a timeout of nothing', ['connect-timeout null setting'], [limited], [limited, setting('a.test:80')], []],
  ];
  for (const [what, expected, before, after, changed] of rows)
    it(what, () => assert.deepEqual(refused(before, after, changed), expected));

  describe('is something else where what is refused differs in anything that tells it', () => {
    const at = (name: string) => ({ object: { apiVersion: 'v1', kind: 'Egress', metadata: { name } }, path: [] });
    const chain = (port: number, name = 'c') => ({ name, match: { destinationPort: port }, sources: [at(name)] });
    const entry = (port: number, range = '', serverName = '', applicationProtocol = '') => ({
      chain: chain(port),
      range,
      serverName,
      applicationProtocol,
    });
    const twin = (...of: Parameters<typeof entry>) => ({
      code: 'duplicate-match',
      first: entry(...of),
      second: entry(...of),
    });
    const domain = (text: string) => ({
      code: 'duplicate-domain',
      domain: text,
      first: { source: at('a') },
      second: { source: at('b') },
    });

    interface Refused {
      readonly listener?: unknown[];
      readonly cluster?: unknown[];
      readonly routes?: readonly [port: number, unknown[]][];
    }
    const simulation = ({ listener = [], cluster = [], routes = [] }: Refused) =>
      ({
        source: CURL,
        program: { routeConfigurations: new Map(routes.map(([port]) => [`rds.${port}`, { port }])) },
        listenerRefusals: listener,
        clusterRefusals: cluster,
        routeRefusals: new Map(routes.map(([port, list]) => [`rds.${port}`, list])),
      }) as unknown as Simulation;

    const rows: [what: string, before: Refused, others: Refused[]][] = [
      [
        'equal chains',
        { listener: [twin(80, 'r', 's', 'p')] },
        [
          [81, 'r', 's', 'p'],
          [80, 'x', 's', 'p'],
          [80, 'r', 'x', 'p'],
          [80, 'r', 's', 'x'],
        ].map((of) => ({ listener: [twin(...(of as Parameters<typeof entry>))] })),
      ],
      [
        'wildcards',
        { listener: [{ code: 'server-name-wildcard', chain: chain(80), serverName: 's', index: 0 }] },
        [
          { listener: [{ code: 'server-name-wildcard', chain: chain(81), serverName: 's', index: 0 }] },
          { listener: [{ code: 'server-name-wildcard', chain: chain(80), serverName: 'x', index: 0 }] },
        ],
      ],
      [
        'weights',
        { listener: [{ code: 'zero-weight', chain: chain(80), at: at('a') }] },
        [{ listener: [{ code: 'zero-weight', chain: chain(80, 'x'), at: at('a') }] }],
      ],
      [
        'timeouts',
        { cluster: [{ code: 'connect-timeout', cluster: 'c', at: at('a') }] },
        [
          { cluster: [{ code: 'connect-timeout', cluster: 'x', at: at('a') }] },
          { cluster: [{ code: 'undecodable', what: 'c', at: at('a') }] },
        ],
      ],
      [
        'what cannot be decoded',
        { cluster: [{ code: 'undecodable', what: 'c', at: at('a') }] },
        [
          { cluster: [{ code: 'undecodable', what: 'x', at: at('a') }] },
          { cluster: [{ code: 'connect-timeout', cluster: 'c', at: at('a') }] },
        ],
      ],
      [
        'ports of the pod itself',
        { listener: [{ code: 'own-port-unknown', at: at('a') }] },
        [
          { listener: [{ code: 'own-port-unknown', at: at('x') }] },
          { listener: [{ code: 'own-port-unknown', at: { ...at('a'), path: ['spec'] } }] },
        ],
      ],
      [
        'domains',
        { routes: [[80, [domain('A.test')]]] },
        [{ routes: [[81, [domain('A.test')]]] }, { routes: [[80, [domain('x.test')]]] }],
      ],
      [
        'patterns',
        { routes: [[80, [{ code: 'regex', pattern: '(', at: at('a') }]]] },
        [
          { routes: [[81, [{ code: 'regex', pattern: '(', at: at('a') }]]] },
          { routes: [[80, [{ code: 'regex', pattern: '[', at: at('a') }]]] },
          { routes: [[80, [domain('(')]]] },
        ],
      ],
    ];
    for (const [what, before, others] of rows) {
      it(what, () => {
        assert.deepEqual(newRefusals(simulation(before), simulation(before), []), []);
        for (const after of others) {
          const [found] = newRefusals(simulation(before), simulation(after), []);
          assert.deepEqual([found?.source, found?.port], [CURL, after.routes?.[0]?.[0] ?? null], JSON.stringify(after));
        }
      });
    }

    it('of routes that lead in, for which there is no table of a port', () => {
      const { program, ...rest } = simulation({ routes: [[80, [domain('a.test')]]] });
      const into = { ...rest, program: { ...program, routeConfigurations: new Map() } } as unknown as Simulation;
      assert.deepEqual(newRefusals(simulation({}), into, []).map(({ port }) => port), [null]); // prettier-ignore
    });

    it('but not where a domain is written in another case', () => {
      assert.deepEqual(
        newRefusals(
          simulation({ routes: [[80, [domain('A.test')]]] }),
          simulation({ routes: [[80, [domain('a.test')]]] }),
          [],
        ),
        [],
      );
    });
  });

  it('is told again where a changed policy takes part that took none before', () => {
    const more = egress('more', { hosts: ['a.test', 'a.test'] });
    assert.deepEqual(refused([twice], [more], [more]), ['duplicate-match null more']);
    assert.deepEqual(refused([twice], [twice], [twice]), []);
    // it is not among those that have changed
    assert.deepEqual(refused([twice], [more], []), []);
    // it took part in one of two before, and was one of two that did
    const far = egress('far', { hosts: ['b.test', 'b.test'], ports: [{ number: 8443, protocol: 'https' }] });
    assert.deepEqual(refused([twice, far], [twice, far], [twice]), []);
    assert.deepEqual(refused(domains, domains, domains.slice(1)), []);
    const newcomer = { ...domains[1]!, metadata: { name: 'newcomer', namespace: 'curl' } };
    assert.deepEqual(refused(domains, [domains[0]!, newcomer], [newcomer]), ['duplicate-domain 80 host0 newcomer']);
    // something else of its name did
    const named = { ...setting('a.test:80'), metadata: { name: 'more', namespace: 'curl' } };
    const at80 = withRoutes('at80', 'a.test', 'UpstreamTrafficSetting', 'more');
    assert.deepEqual(refused([twice, at80, named], [more, at80, named], [more]), ['duplicate-match null more']);
  });
});
