import assert from 'node:assert/strict';
import { proveFixes } from '../../../src/lib/analysis/lint/fixes.js';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import { readAll, type Unread } from '../../../src/lib/analysis/unread.js';
import { difference } from '../../../src/lib/analysis/request-space/index.js';
import { applyEdits } from '../../../src/lib/resources/edit/fields.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace, source, toGroup, toSetting } from '../../egress/support.js';
import { collections, recordedWorlds } from '../../conformance/recordings.js';

/** One round of `--fix`. */
function fixOnce(objects: readonly Resource[], unread: Unread = readAll) {
  const subject = { world: createWorld(objects), objects, worldOptions: {}, unread };
  const findings = lint(subject, { concerns: () => true, quick: true });
  const { edits, fixed, left } = proveFixes(subject, findings, () => true);
  const after = objects.map((object) => (edits.has(object) ? applyEdits(object, edits.get(object)!) : object));
  return { after, fixed, left };
}

function sourcesOf(objects: readonly Resource[]): Source[] {
  const policies = objects.filter((object): object is Egress => object.kind === 'Egress');
  const named = policies.flatMap(({ spec }) => spec.sources.map(({ namespace, name }) => `${namespace}/${name}`));
  return [...new Set(named)].map((name) => {
    const [namespace, serviceAccount] = name.split('/') as [string, string];
    return { namespace, serviceAccount };
  });
}

describe('fixes over everything that was recorded', () => {
  const all = collections.flatMap((collection) => recordedWorlds(collection));
  const counts = { worlds: 0, changed: 0, fixed: 0, left: 0 };
  const rules = new Set<string>();

  it('change nothing, for all requests of every source, and leave nothing to fix', () => {
    for (const { name, resources } of all) {
      let objects: readonly Resource[] = resources;
      let rounds = 0;
      for (let left = true; left; rounds++) {
        const { after, fixed, left: refuted } = fixOnce(objects);
        for (const { rule } of fixed) rules.add(rule);
        counts.fixed += fixed.length;
        if (fixed.length === 0) counts.left += refuted.length;
        left = fixed.length > 0;
        objects = after;
      }
      // the service stops after five rounds
      assert.ok(rounds <= 5, `${name} took ${rounds} rounds`);
      counts.worlds++;
      if (rounds === 1) continue;
      counts.changed++;
      for (const source of sourcesOf(resources)) {
        const [before, after] = [resources, objects].map((some) => simulate(createWorld(some), source));
        const { differing, undecided } = difference(before!, after!);
        const where = `${name}: ${source.namespace}/${source.serviceAccount}`;
        assert.deepEqual([differing.length, undecided.length], [0, 0], where);
      }
    }
  }).timeout(240_000);

  it('delete only policies without which no request of any source fares otherwise', () => {
    let deleted = 0;
    for (const { name, resources } of all) {
      const subject = { world: createWorld(resources), objects: resources, worldOptions: {}, unread: readAll };
      const redundant = lint(subject, { concerns: () => true, quick: false }).filter((one) => one.deletes);
      if (redundant.length === 0) continue;
      const { deletions } = proveFixes(subject, redundant, () => true);
      deleted += deletions.size;
      const left = resources.filter((object) => !deletions.has(object));
      for (const source of sourcesOf(resources)) {
        const [before, after] = [resources, left].map((some) => simulate(createWorld(some), source));
        const { differing, undecided } = difference(before!, after!);
        assert.deepEqual([differing.length, undecided.length], [0, 0], `${name}: ${source.serviceAccount}`);
      }
    }
    assert.ok(deleted > 0);
    console.log(`lint --fix: ${deleted} policies deleted, nothing changed`);
  }).timeout(240_000);

  after(() => {
    const { worlds, changed, fixed, left } = counts;
    console.log(`lint --fix: ${fixed} findings fixed in ${changed} of ${worlds} worlds, nothing changed; ${left} left`);
    assert.ok(fixed > 100 && left > 100 && rules.size >= 6, `${JSON.stringify(counts)} ${[...rules].join()}`);
  });
});

describe('what lint fixes', () => {
  const around = [meshConfig(), namespace('curl')];
  const api = egress('api', '80/http,443/https', { hosts: ['a.com'] });
  const fixable = egress('db', '5432/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] });

  /** Policies, what is fixed of them in one round, and what is left. */
  const rows: readonly (readonly [what: string, policies: readonly Egress[], fixed: string[], left: string[]])[] = [
    ['what changes nothing', [fixable], ['hosts-on-tcp'], []],
    [
      'one edit for several findings',
      [egress('db', '1/tcp,2/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
      ['hosts-on-tcp', 'hosts-on-tcp'],
      [],
    ],
    [
      'no domain that Envoy would find twice',
      [api, egress('odd', '80/http', { hosts: ['http://a.com', 'b.com'] })],
      [],
      ['host-with-scheme'],
    ],
    [
      'no server name that Envoy would find twice',
      [api, egress('odd', '443/https', { hosts: ['a.com:443', 'b.com'] })],
      [],
      ['host-with-port'],
    ],
    [
      'no chain that would come before those of others',
      [
        egress('all', '443/https', { hosts: ['*.a.com'] }),
        egress('few', '443/HTTPS', { hosts: ['www.a.com'], ipAddresses: ['192.0.2.0/24'] }),
      ],
      [],
      ['protocol-not-lower-case'],
    ],
    [
      'not what another edit of the round is about',
      [egress('db', '5432/tcp', { ipAddresses: ['192.0.2.1/0', '192.0.2.0/24', '192.0.2.0/33'] })],
      ['cidr-skipped', 'range-host-bits'],
      ['range-zero'],
    ],
  ];
  for (const [what, policies, fixed, left] of rows) {
    it(what, () => {
      const found = fixOnce([...around, ...policies]);
      const told = [found.fixed, found.left].map((findings) => findings.map(({ rule }) => rule as string).sort());
      assert.deepEqual(told, [fixed, left]);
    });
  }

  it('no policy goes that changes something, whoever says that it may', () => {
    const policies = ['a.com', 'b.com'].map((host) => egress(host.slice(0, 1), '443/https', { hosts: [host] }));
    const objects = [...around, ...policies];
    const findings = policies.map((policy) => ({
      rule: 'redundant',
      at: [{ object: policy, path: [] }],
      deletes: true,
    }));
    const { deletions, left } = proveFixes(
      { objects, worldOptions: {}, unread: readAll },
      findings as never,
      () => true,
    );
    assert.deepEqual([deletions.size, left.length], [0, 2]);
  });

  it('nothing of what depends on something that could not be read', () => {
    const dependent = egress('db', '5432/tcp', { ...fixable.spec, matches: [toSetting('s')] });
    const other = egress('other', '80/http', { hosts: ['a.com'], matches: [toGroup('g')] });
    const elsewhere = { ...other, spec: { ...other.spec, sources: [source('else')] } };
    const cases: [string, readonly Egress[], number][] = [
      ['UpstreamTrafficSetting', [dependent], 0],
      ['UpstreamTrafficSetting', [fixable], 1],
      ['HTTPRouteGroup', [fixable, other], 0],
      ['HTTPRouteGroup', [fixable, elsewhere], 1],
      ['Egress', [fixable], 0],
      ['Service', [fixable], 1],
    ];
    for (const [kind, policies, count] of cases) {
      const { fixed } = fixOnce([...around, ...policies], hiding(kind));
      assert.equal(fixed.length, count, `${kind}: ${policies.map(({ metadata }) => metadata.name).join()}`);
    }
  });
});
