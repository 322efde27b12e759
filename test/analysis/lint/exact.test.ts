import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExactAnalysis } from '../../../src/lib/analysis/lint/exact.js';
import { difference } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { egress, meshConfig, namespace } from '../../egress/support.js';
import { ADDRESSES, resources, targetLine } from '../../simulator/generators.js';

const source: Source = { namespace: 'curl', serviceAccount: 'curl' };
const resolve = (name: string): string[] => [ADDRESSES[name.length % ADDRESSES.length]!];

/** The source with all policies, or some of them only. */
function simulationOf(objects: readonly Resource[], wanted: (policy: Egress) => boolean = () => true) {
  return simulate(createWorld(objects.filter((object) => object.kind !== 'Egress' || wanted(object))), source);
}

describe('what lint proves', () => {
  it('finds a shadow beside requests that fare the same and that the policy has no part in', () => {
    const shaded = egress('shaded', '443/https');
    const rival = egress('rival', '80/http,443/http');
    const wide = meshConfig({ traffic: { enableEgress: true } });
    const all = simulationOf([namespace('curl'), wide, shaded, rival]);
    const { class: found, by } = ExactAnalysis.of(all)!.shadow(shaded)!;
    assert.deepEqual([found.witness.dial.port, by], [443, rival]);
  });

  it('finds what a wildcard with a leading dot, or an empty host, makes needless', () => {
    const rows: readonly (readonly [string, boolean])[] = [
      ['.b.example', true],
      ['', true],
      ['*.b.example', true],
      ['b.example', false],
      ['.c.example', false],
    ];
    for (const [rival, isNeedless] of rows) {
      const wide = egress('wide', '443/https', { hosts: [rival] });
      const exact = egress('exact', '443/https', { hosts: ['a.b.example'] });
      const both = ExactAnalysis.of(simulationOf([namespace('curl'), wide, exact]));
      assert.equal(both!.isNeedless(exact), isNeedless, rival);
    }
  });

  it('law: holds for every request, and is not missed for the sake of speed', () => {
    const seen = { useless: 0, shadowed: 0, bypassed: 0, needless: 0, sound: 0 };
    fc.assert(
      fc.property(resources, fc.array(targetLine, { minLength: 5, maxLength: 20 }), (objects, lines) => {
        const all = simulationOf(objects);
        const exact = ExactAnalysis.of(all);
        if (!exact) return;
        seen.sound++;
        const requests = simulate(all.world, source, { resolve });
        const deciders = lines.flatMap((line) => {
          const { verdict, ending } = requests.decide(parseTarget(line));
          return verdict === 'allowed' ? ending!.decidedBy.map(({ object }) => object) : [];
        });
        const needless = new Set<Egress>();
        for (const policy of exact.policies) {
          const alone = simulationOf(objects, (other) => other === policy);
          if (exact.allowsAnything(policy) === false) {
            seen.useless++;
            assert.ok(!deciders.includes(policy), `${policy.metadata.name} decides`);
          }
          // the same question without the shortcut over rivals
          const { differing, undecided } = difference(alone, all, { detail: 'policies' });
          const isShadowed = differing.some(
            ({ before, after }) =>
              before.verdict === 'allowed' &&
              before.ending?.decidedBy.some(({ object }) => object === policy) &&
              after.verdict === 'denied',
          );
          const shadow = exact.shadow(policy);
          if (undecided.length === 0)
            assert.equal(shadow !== undefined, isShadowed, `${policy.metadata.name} is shadowed`);
          if (shadow) {
            seen.shadowed++;
            assert.equal(alone.decide(shadow.class.witness).verdict, 'allowed');
            assert.equal(all.decide(shadow.class.witness).verdict, 'denied');
          }
          const bypass = exact.bypass(policy);
          if (bypass) {
            seen.bypassed++;
            assert.equal(alone.decide(bypass.class.witness).ending?.outcome.httpStatus, 404);
            assert.equal(all.decide(bypass.class.witness).verdict, 'allowed');
          }
          if (exact.isNeedless(policy)) needless.add(policy);
        }
        seen.needless += needless.size;
        const without = difference(
          all,
          simulationOf(objects, (policy) => !needless.has(policy)),
        );
        assert.deepEqual(
          [without.differing.length, without.undecided.length],
          [0, 0],
          'all that is needless can go at once',
        );
        if (all.world.meshWideEgress) return;
        for (const policy of exact.policies) {
          if (needless.has(policy) || exact.allowsAnything(policy) !== true) continue;
          const useful = (other: Egress) => !needless.has(other) && exact.allowsAnything(other) !== false;
          const left = difference(
            simulationOf(objects, useful),
            simulationOf(objects, (other) => other !== policy && useful(other)),
          );
          const here = difference(
            simulationOf(objects, (other) => !needless.has(other)),
            simulationOf(objects, (other) => other !== policy && !needless.has(other)),
          );
          const count = [left, here].reduce((sum, one) => sum + one.differing.length + one.undecided.length, 0);
          assert.ok(count > 0, `${policy.metadata.name} is needless, and not found`);
        }
      }),
      { numRuns: 750 },
    );
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `${what}: ${JSON.stringify(seen)}`);
  });
});
