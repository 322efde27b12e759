import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planAllow } from '../../../src/lib/analysis/allow/index.js';
import { parseTarget, TargetError, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { meetingWorld } from '../../simulator/meeting-worlds.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };
/** Some names have an address, others none that is known: these make branches. */
const resolve = (name: string) => (name === 'httpbin.org' ? ['192.0.2.10'] : undefined);

const decide = (objects: readonly Resource[], target: Target): Verdict =>
  simulate(createWorld(objects), source, { resolve }).decide(target);

function parsed(line: string): Target | undefined {
  try {
    return parseTarget(line);
  } catch (error) {
    if (error instanceof TargetError) return undefined;
    throw error;
  }
}

describe('explain and allow', () => {
  it('law: allow has nothing to do exactly where explain says allowed; after its change explain says so', function () {
    this.timeout(120_000);
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(meetingWorld, ({ resources, targets }) => {
        for (const line of targets.slice(0, 2)) {
          const target = parsed(line);
          if (!target) continue;
          const { verdict } = decide(resources, target);
          const plan = planAllow(resources, source, target, { resolve });
          assert.equal(plan.result === 'nothing-to-do', verdict === 'allowed', `${line}: ${verdict}, ${plan.result}`);
          if (plan.result === 'change') assert.equal(decide(plan.objects, target).verdict, 'allowed', line);
          // what explain is sure of, allow does not doubt, and the other way round
          if (verdict === 'unknown' || verdict === 'unpredictable') assert.notEqual(plan.result, 'nothing-to-do', line);
          seen.set(`${verdict} ${plan.result}`, (seen.get(`${verdict} ${plan.result}`) ?? 0) + 1);
        }
      }),
      { numRuns: 60 },
    );
    for (const wanted of ['allowed nothing-to-do', 'denied change']) assert.ok(seen.has(wanted), wanted);
  });
});
