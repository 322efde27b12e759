import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { packageRoot } from '../../../scripts/build/package.js';
import { proveFixes } from '../../../src/lib/analysis/lint/fixes.js';
import { findingsOf, policyRules, rules } from '../../../src/lib/analysis/lint/rules/index.js';
import { readAll } from '../../../src/lib/analysis/unread.js';
import { applyEdits } from '../../../src/lib/resources/edit/fields.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { ADDRESSES, resources, targetLine } from '../../simulator/generators.js';

describe('the rules of lint', () => {
  it('are the files of their folder, by name', () => {
    const files = readdirSync(`${packageRoot}src/lib/analysis/lint/rules`).filter((file) =>
      /^(?!index).*\.ts$/.test(file),
    );
    assert.deepEqual(rules.map(({ name }) => `${name}.ts`).sort(), files.sort());
  });

  it('have codes without gaps, each for one rule', () => {
    const codes = rules.map(({ code }): string => code).sort();
    assert.deepEqual(
      codes,
      rules.map((_, index) => `OSM-E${String(index + 1).padStart(3, '0')}`),
    );
  });

  it('say what they make of a part, if only that it works', () => {
    assert.deepEqual(
      rules.filter(({ makes }) => makes === undefined).map(({ name }) => name),
      [],
    );
  });

  it('do not lead to a state and call it no fault', () => {
    const harmless = rules.filter(({ makes, level }) => makes === 'refused' && level !== 'error');
    assert.deepEqual(harmless, []);
  });
});

describe('fixes of lint', () => {
  const resolve = (name: string): string[] => [ADDRESSES[name.length % ADDRESSES.length]!];

  it('law: one that is proven to change nothing lets every request fare as before, and takes its finding away', () => {
    const [proven, refuted] = [new Set<string>(), new Set<string>()];
    fc.assert(
      fc.property(resources, fc.array(targetLine, { minLength: 5, maxLength: 30 }), (objects, lines) => {
        const world = createWorld(objects);
        const targets = lines.map((line) => parseTarget(line));
        for (const policy of world.egresses) {
          for (const rule of policyRules) {
            const [finding] = findingsOf(rule, { policy, world });
            if (!finding?.fix) continue;
            const { edits } = proveFixes({ objects, worldOptions: {}, unread: readAll }, [finding], () => true);
            const isProven = edits.has(policy);
            (isProven ? proven : refuted).add(rule.name);
            const fixed = applyEdits(policy, finding.fix);
            const after = createWorld(objects.map((object) => (object === policy ? fixed : object)));
            const changed = after.egresses[world.egresses.indexOf(policy)]!;
            const count = findingsOf(rule, { policy, world }).length;
            assert.ok(findingsOf(rule, { policy: changed, world: after }).length < count, rule.name);
            if (!isProven) continue;
            for (const { namespace, name: serviceAccount } of policy.spec.sources) {
              const source = { namespace, serviceAccount };
              const [was, is] = [simulate(world, source, { resolve }), simulate(after, source, { resolve })];
              for (const target of targets) {
                const [before, now] = [was, is].map((simulation) => simulation.decide(target).verdict);
                assert.equal(now, before, `${rule.name}: ${target.command}`);
              }
            }
          }
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(proven.size > 0 && proven.size + refuted.size > 1, [...proven, ...refuted].join());
  });
});
