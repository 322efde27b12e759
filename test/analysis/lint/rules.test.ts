import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { packageRoot } from '../../../scripts/build/package.js';
import { findingsOf, policyRules, rules } from '../../../src/lib/analysis/lint/rules/index.js';
import { applyEdits } from '../../../src/lib/resources/edit/fields.js';
import type { Egress } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { ADDRESSES, resources, targetLine } from '../../simulator/generators.js';

describe('the rules of lint', () => {
  it('are the files of their folder, by name', () => {
    const files = readdirSync(`${packageRoot}src/lib/analysis/lint/rules`).filter((file) => file !== 'index.ts');
    assert.deepEqual(rules.map(({ name }) => `${name}.ts`).sort(), files.sort());
  });

  it('have codes without gaps, each for one rule', () => {
    const codes = rules.map(({ code }): string => code).sort();
    assert.deepEqual(
      codes,
      rules.map((_, index) => `OSM-E${String(index + 1).padStart(3, '0')}`),
    );
  });

  it('do not lead to a state and call it no fault', () => {
    const harmless = rules.filter(({ makes, level }) => makes === 'refused' && level !== 'error');
    assert.deepEqual(harmless, []);
  });
});

describe('fixes of lint', () => {
  const resolve = (name: string): string[] => [ADDRESSES[name.length % ADDRESSES.length]!];

  it('law: take the finding away and change no verdict', () => {
    const fixed = new Set<string>();
    fc.assert(
      fc.property(resources, fc.array(targetLine, { minLength: 5, maxLength: 30 }), (objects, lines) => {
        const world = createWorld(objects);
        const targets = lines.map((line) => parseTarget(line));
        for (const policy of objects.filter((object): object is Egress => object.kind === 'Egress')) {
          for (const rule of policyRules) {
            const [finding] = findingsOf(rule, { policy, world });
            if (!finding?.fix) continue;
            fixed.add(rule.name);
            const changed = applyEdits(policy, finding.fix);
            const after = createWorld(objects.map((object) => (object === policy ? changed : object)));
            assert.deepEqual(findingsOf(rule, { policy: changed, world: after }), [], rule.name);
            for (const { namespace, name: serviceAccount } of policy.spec.sources) {
              const source = { namespace, serviceAccount };
              const [was, is] = [simulate(world, source, { resolve }), simulate(after, source, { resolve })];
              for (const target of targets) {
                assert.equal(is.decide(target).verdict, was.decide(target).verdict, `${rule.name}: ${target.command}`);
              }
            }
          }
        }
      }),
      { numRuns: 300 },
    );
    assert.deepEqual([...fixed].sort(), ['ranges-on-http', 'routes-without-http']);
  });
});
