import assert from 'node:assert/strict';
import {
  ANY_OTHER,
  compareWorlds,
  diffWorlds,
  effectsBetween,
  kindOf,
  otherSources,
  sourcesOf,
  type Effect,
} from '../../../src/lib/analysis/compare/index.js';
import { newRefusals } from '../../../src/lib/analysis/compare/refusals.js';
import type {
  Egress,
  FieldRef,
  HTTPRouteGroup,
  Resource,
  UpstreamTrafficSetting,
} from '../../../src/lib/resources/types.js';
import type { Outcome } from '../../../src/lib/simulator/outcome.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
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

  it('of sources that fare alike are told of each of them, the undecided ones too', () => {
    const large = Array.from({ length: 14 }, (_, at) => ({
      name: `${at}`,
      pathRegex: `/[ab]{${at}}a[ab]*`,
      headers: [{ [`x-${at}`]: 'a' }],
    }));
    const routes: HTTPRouteGroup = { ...group('/'), spec: { matches: large } };
    const policy = { ...withRoutes('a', 'a.test') };
    const both = {
      ...policy,
      spec: {
        ...policy.spec,
        sources: ['one', 'two'].map((name) => ({ kind: 'ServiceAccount', name, namespace: 'curl' })),
      },
    };
    const sources = ['one', 'two'].map((serviceAccount) => ({ ...CURL, serviceAccount }));
    const { undecided } = diffWorlds(createWorld([both, group('/get')]), createWorld([both, routes]), sources);
    assert.deepEqual(
      undecided.map(({ source, dimension }) => `${source.serviceAccount} ${dimension}`),
      ['one path', 'two path'],
    );
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

  it('is told again where a changed policy takes part that took none before', () => {
    const more = egress('more', { hosts: ['a.test', 'a.test'] });
    assert.deepEqual(refused([twice], [more], [more]), ['duplicate-match null more']);
    assert.deepEqual(refused([twice], [twice], [twice]), []);
  });
});
