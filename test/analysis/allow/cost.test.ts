import assert from 'node:assert/strict';
import {
  compareCosts,
  costOf,
  delayOf,
  effectCosts,
  isClean,
  leastCostOf,
} from '../../../src/lib/analysis/allow/cost.js';
import { Draft } from '../../../src/lib/analysis/allow/draft.js';
import type { DraftEffects } from '../../../src/lib/analysis/allow/effects.js';
import { withHost, withPort, withSpec } from '../../../src/lib/analysis/allow/moves/policy-edits.js';
import { situationOf } from '../../../src/lib/analysis/allow/situation.js';
import type { Cost, PlanEffect } from '../../../src/lib/analysis/allow/types.js';
import type { Part, RequestClass } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { MESH, egress, http, https, routeGroup, tcp } from './support.js';

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };

/** As `docs/allow.md` has them. */
const ORDER = [
  'lost',
  'notAsAsked',
  'detour',
  'elsewhere',
  'takenAway',
  'changed',
  'near',
  'delay',
  'own',
  'objects',
  'edits',
] as const;
/** What another change might do without. */
const SIDE_EFFECTS = ORDER.slice(0, ORDER.indexOf('own'));

const NOTHING: Cost = {
  ...(Object.fromEntries(ORDER.map((field) => [field, 0])) as Omit<Cost, 'restored'>),
  restored: 0,
};

describe('what changes cost', () => {
  for (const [index, field] of ORDER.entries()) {
    it(`${field} counts more than all that comes after it`, () => {
      const later = Object.fromEntries(ORDER.slice(index + 1).map((other) => [other, 9]));
      const [cheap, dear] = [
        { ...NOTHING, ...later, [field]: 1 },
        { ...NOTHING, [field]: 2, restored: 9 },
      ];
      assert.ok(compareCosts(cheap, dear) < 0);
      assert.ok(compareCosts(dear, cheap) > 0);
    });
  }

  describe('of a change', () => {
    const x = (spec: Partial<Egress['spec']>, name = 'x') => egress(name, { hosts: ['x.org'], ports: [https()], ...spec });
    const nothing = { effects: [], undecided: [], newRefusals: 0, ofAllSources: true };
    const after = (objects: readonly Resource[], change: (draft: Draft) => Draft, command = 'https://x.org/') => {
      const wish = { source: SOURCE, target: parseTarget(command), simulation: { resolve: () => ['192.0.2.1'] } };
      return situationOf(change(Draft.of(createWorld([...MESH, ...objects]))), wish);
    };
    const costs = (objects: readonly Resource[], change: (draft: Draft) => Draft, asked?: string, effects: Partial<DraftEffects> = {}) =>
      costOf(after(objects, change), { ...nothing, ...effects }, asked);

    it('what is written: a word for a word is one value, a list or a map as many as it holds', () => {
      const policy = x({ ipAddresses: ['10.0.0.0/8', '11.0.0.0/8'], ports: [https(), http()] });
      const group = routeGroup('g', [{ name: 'a', pathRegex: '/a', methods: ['GET'] }]);
      const edits = (changed: Egress) => costs([policy], (draft) => draft.replace(policy, changed));
      assert.deepEqual([edits(withHost(policy, 'y.org')).edits, edits(withHost(policy, 'y.org')).objects], [1, 1]);
      assert.equal(edits(withPort(policy, tcp(9))).edits, 2, 'a port has a number and a protocol');
      assert.equal(edits(withSpec(policy, { hosts: ['y.org'] })).edits, 1, 'one host for another');
      assert.equal(edits(withSpec(policy, { ports: [https()] })).edits, 1, 'an item taken away');
      assert.equal(edits(withSpec(policy, { hosts: [] })).edits, 1, 'a list emptied of one item');
      assert.equal(edits(withSpec(policy, { ports: [] })).edits, 4, 'a list emptied of two items of two values');
      const none = { ...policy, spec: { ...policy.spec, ipAddresses: null as never } };
      assert.equal(edits(none).edits, 3, 'nothing for two items');
      const both = costs([policy, group], (draft) => draft.replace(policy, withHost(policy, 'y.org')).add(x({}, 'new')));
      // apiVersion, kind, name and namespace, a source of three values, a host and a port
      assert.deepEqual([both.objects, both.edits], [2, 1 + 4 + 3 + 1 + 2]);
    });

    it('whether it is as asked, what is taken away, and whether tcp stands in', () => {
      const [policy, other] = [x({}), x({ hosts: ['z.org'] }, 'other')];
      const group = routeGroup('x', []);
      const change = (draft: Draft) => draft.replace(policy, withHost(policy, 'y.org'));
      const isAsked = (asked: string | undefined, made = change) => costs([policy, other, group], made, asked).notAsAsked === 0;
      for (const asked of [undefined, 'x', 'curl/x']) assert.ok(isAsked(asked), asked);
      for (const asked of ['other', 'far/x', 'curl', 'curl/other', '/x']) assert.ok(!isAsked(asked), asked);
      assert.ok(isAsked('x', (draft) => change(draft).replace(other, withHost(other, 'y.org'))), 'among others');
      assert.ok(isAsked('new', (draft) => draft.add(x({}, 'new'))), 'a new one');
      const routes = (draft: Draft) => draft.replace(group, { ...group, spec: { matches: [{ name: 'a' }] } });
      assert.equal(costs([policy, group], routes, 'x').notAsAsked, 1, 'a group of that name is no policy');
      const home = { ...policy, metadata: { name: 'x' } } as Egress;
      assert.equal(costs([home], (draft) => draft.replace(home, withHost(home, 'y.org')), 'default/x').notAsAsked, 0);
      const plain = costs([policy], change);
      assert.deepEqual([plain.takenAway, plain.detour, plain.delay, plain.lost], [0, 0, 0, 0]);
      const dear = costs([policy], (draft) => change(draft).because('repair-listener', { takenAway: 2, detour: 'http-1.0' }), undefined, { newRefusals: 3 });
      assert.deepEqual([dear.takenAway, dear.detour, dear.lost], [2, 1, 3]);
    });

    it('the longest wait of all endings', () => {
      const waiting = after([], (draft) => draft.add(egress('e', { ports: [tcp(9)] })), 'tcp://192.0.2.1:9 --server-first');
      assert.equal(costOf(waiting, nothing, undefined).delay, 15);
      assert.deepEqual(Object.keys(costOf(waiting, nothing, undefined)).sort(), Object.keys(NOTHING).sort());
      const ended = waiting.verdict.ending!;
      const alternatives = [0, 15, 3].map((delaySeconds) => ({ ...ended, outcome: { ...ended.outcome, delaySeconds }, when: [] }));
      assert.equal(delayOf({ ...waiting, verdict: { ...waiting.verdict, ending: null, alternatives } }), 15);
    });

    it('at least: requests like the target, which name method and path or neither, unless they were meant all along', () => {
      const change = (draft: Draft) => draft.add(x({ ports: [https(), http(), tcp(9)] }));
      const least = (command: string, intended = false) => {
        const situation = after([], change, command);
        const found = leastCostOf(situation, 'asked', intended);
        const { own } = found;
        assert.deepEqual(found, { ...costOf(situation, nothing, 'asked'), own, restored: Infinity });
        return own;
      };
      assert.deepEqual([least('http://x.org/'), least('https://x.org/'), least('tcp://x.org:9')], [1, 5, 5]);
      assert.deepEqual([least('http://x.org/', true), least('https://x.org/', true)], [0, 0]);
    });

    it('requests by where they are and what becomes of them; one that leaves method or path open counts for more', () => {
      const part = (name: string, ...matching: string[]): Part => ({ name, ...(matching.length > 0 && { terms: [{ matching, not: [] } as never] }) });
      const requests = (constraints: Record<string, Part[]>) =>
        ({ constraints: Object.entries(constraints).map(([dimension, parts]) => ({ dimension, parts, all: parts })) }) as unknown as RequestClass;
      const [allowed, denied, unsure] = (['allowed', 'denied', 'unknown'] as const).map((word) => ({ verdict: word, ending: null, alternatives: [], assumptions: [], obstacles: [] }));
      const effect = (kind: PlanEffect['kind'], where: PlanEffect['where'], more: object = {}) =>
        ({ kind, where, intended: false, before: denied, after: allowed, class: requests({}), source: SOURCE, allowedBy: [], ...more }) as PlanEffect;
      const of = (effects: PlanEffect[], undecided = 0) => effectCosts(effects, Array.from({ length: undecided }, () => ({}) as never));
      const zero = { lost: 0, elsewhere: 0, changed: 0, near: 0, own: 0, restored: 0 };
      assert.deepEqual(of([]), zero);
      assert.deepEqual(of([effect('starts', 'own'), effect('starts', 'near'), effect('starts', 'near')]), { ...zero, own: 5, near: 10 });
      assert.deepEqual(of([effect('starts', 'elsewhere')], 2), { ...zero, elsewhere: 7 });
      assert.deepEqual(of([effect('stops', 'own'), effect('stops', 'near'), effect('moves', 'own')]), { ...zero, lost: 2, changed: 1 });
      assert.deepEqual(of([effect('starts', 'own', { intended: true }), effect('starts', 'own')]), { ...zero, restored: 5, own: 5 });
      assert.deepEqual(of([effect('fails', 'own'), effect('unmodelled', 'own')]), zero);
      const varies = (before: Verdict, then: Verdict) => of([effect('varies', 'near', { before, after: then })]).near;
      assert.deepEqual([varies(denied!, unsure!), varies(unsure!, allowed!), varies(unsure!, unsure!), varies(unsure!, denied!)], [5, 5, 0, 0]);
      const breadth = (constraints: Record<string, Part[]>) => of([effect('starts', 'own', { class: requests(constraints) })]).own;
      const [get, path] = [part('GET', 'GET'), part('/a', '/a\\.b')];
      assert.equal(breadth({ method: [get], path: [path] }), 1);
      assert.equal(breadth({ method: [get] }), 3);
      assert.equal(breadth({ path: [path] }), 3);
      assert.equal(breadth({ method: [get], path: [path, part('/b.*', '/b.*')] }), 2);
      assert.equal(breadth({ method: [part('G.*', 'G.*'), get], path: [part('/[a]', '/[a]')] }), 3);
      assert.equal(breadth({ method: [get], path: [part('both', '/a.*', '/ab')] }), 1, 'one of its patterns is a single path');
      assert.equal(breadth({ method: [get], path: [part('other')] }), 1, 'what has no pattern');
    });
  }); // prettier-ignore

  it('of equals the one that restores more is better', () => {
    const [more, less] = [
      { ...NOTHING, restored: 2 },
      { ...NOTHING, restored: 1 },
    ];
    assert.ok(compareCosts(more, less) < 0);
    assert.ok(compareCosts(less, more) > 0);
    assert.equal(compareCosts(less, { ...less }), 0);
  });

  it('a change is clean without any side effect', () => {
    assert.ok(isClean({ ...NOTHING, own: 3, objects: 2, edits: 9, restored: 4 }));
    for (const one of SIDE_EFFECTS) {
      assert.ok(!isClean({ ...NOTHING, [one]: 1 }), one);
      for (const other of SIDE_EFFECTS) assert.ok(!isClean({ ...NOTHING, [one]: 1, [other]: 1 }), `${one} ${other}`);
    }
  });
});
