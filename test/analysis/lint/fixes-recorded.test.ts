import assert from 'node:assert/strict';
import { proveFixes } from '../../../src/lib/analysis/lint/fixes.js';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import { readAll } from '../../../src/lib/analysis/unread.js';
import { difference } from '../../../src/lib/analysis/request-space/index.js';
import { applyEdits } from '../../../src/lib/resources/edit/fields.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { collections, recordedWorlds } from '../../conformance/recordings.js';

/** One round of `--fix`. */
function fixOnce(objects: readonly Resource[]) {
  const subject = { world: createWorld(objects), objects, worldOptions: {}, unread: readAll };
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
