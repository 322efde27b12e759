import assert from 'node:assert/strict';
import { planAllow, type ChangePlan } from '../../../src/lib/analysis/allow/index.js';
import { isGranted } from '../../../src/lib/analysis/allow/situation.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseTarget, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { recordedHosts, recordedWorlds } from '../../conformance/recordings.js';

/** How many denied probes of each recorded world are to be allowed; `ALLOW_PROBES=1000` takes all of them, some minutes. */
const PROBES_A_WORLD = Number(process.env['ALLOW_PROBES'] ?? 2);
const hosts = recordedHosts();
const resolve = (name: string) => {
  const address = hosts.get(name);
  return address ? [address] : ('not-found' as const);
};

function decider(objects: readonly Resource[], source: { namespace: string; serviceAccount: string }) {
  const simulation = simulate(createWorld(objects), source, { resolve });
  return { simulation, decide: (target: Target): Verdict => simulation.decide(target) };
}

/** A report on a port; one on the port that no policy names stands for all ports. */
const reports = (effects: ChangePlan['alsoAllows'], { dial }: Target) =>
  effects.some(({ target }) => target.dial.port === dial.port || target.dial.port === 49151);

describe('egress allow on the recorded worlds', () => {
  let changed = 0;
  let impossible = 0;

  for (const collection of ['named', 'generated'] as const) {
    for (const recorded of recordedWorlds(collection)) {
      const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
      const source = { namespace, serviceAccount };
      const targets = recorded.probes.map(({ target }) => parseTarget(target));
      const before = decider(recorded.resources, source);
      const denied = targets.filter((target) => !isGranted(before.decide(target)));

      it(`${recorded.name}: ${Math.min(denied.length, PROBES_A_WORLD)} denied requests`, () => {
        for (const target of denied.slice(0, PROBES_A_WORLD)) {
          const plan = planAllow(recorded.resources, source, target, { resolve });
          assert.notEqual(plan.result, 'nothing-to-do', target.command);
          if (plan.result !== 'change') {
            impossible++;
            continue;
          }
          changed++;
          const after = decider(plan.objects, source);
          assert.ok(isGranted(after.decide(target)), `${target.command} is not allowed afterwards`);
          assert.notEqual(after.simulation.listenerState, 'refused', target.command);
          assert.equal(planAllow(plan.objects, source, target, { resolve }).result, 'nothing-to-do', target.command);
          for (const other of targets) {
            if (other === target) continue;
            const [was, is] = [isGranted(before.decide(other)), isGranted(after.decide(other))];
            const same = other.command === target.command;
            if (was && !is) assert.ok(reports(plan.alsoDenies, other), `denies ${other.command} without a word`);
            if (!was && is && !same)
              assert.ok(
                reports(plan.alsoAllows, other),
                `allows ${other.command} without a word, for ${target.command}`,
              );
          }
        }
      });
    }
  }

  after(() => console.log(`egress allow: ${changed} changes proven, ${impossible} requests that no change can allow`));
});
