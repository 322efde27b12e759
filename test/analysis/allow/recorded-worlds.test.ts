import assert from 'node:assert/strict';
import { planAllow, type PlanEffect } from '../../../src/lib/analysis/allow/index.js';
import { kindOf } from '../../../src/lib/analysis/compare/index.js';
import {
  classOf,
  Memory,
  mergedClasses,
  outcomeKey,
  spaceOf,
  undecidedRegions,
} from '../../../src/lib/analysis/request-space/index.js';
import { isGranted } from '../../../src/lib/analysis/standing.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { recordedHosts, recordedWorlds } from '../../conformance/recordings.js';

/** How many denied probes of each recorded world are to be allowed; `ALLOW_PROBES=1000` takes all of them, some minutes. */
const PROBES_A_WORLD = Number(process.env['ALLOW_PROBES'] ?? 2);
const hosts = recordedHosts();
const resolve = (name: string) => {
  const address = hosts.get(name);
  return address ? [address] : ('not-found' as const);
};

const programOf = (objects: readonly Resource[], source: Source) => simulate(createWorld(objects), source, { resolve });

/** Every source that a policy names, before or after. */
function sourcesIn(...worlds: readonly (readonly Resource[])[]): Source[] {
  const named = worlds.flat().flatMap((object) => (object.kind === 'Egress' ? object.spec.sources : []));
  return [
    ...new Map(
      named.map(({ namespace, name }) => [`${namespace}/${name}`, { namespace, serviceAccount: name }]),
    ).values(),
  ];
}

const memory = new Memory('outcome');

describe('egress allow on the recorded worlds', function () {
  this.timeout(60_000);
  let changed = 0;
  let impossible = 0;
  let classes = 0;

  for (const collection of ['named', 'generated'] as const) {
    for (const recorded of recordedWorlds(collection)) {
      const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
      const source = { namespace, serviceAccount };
      const targets = recorded.probes.map(({ target }) => parseTarget(target));
      const before = programOf(recorded.resources, source);
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
          const after = programOf(plan.objects, source);
          assert.ok(isGranted(after.decide(target)), `${target.command} is not allowed afterwards`);
          assert.notEqual(after.listenerState, 'refused', target.command);
          assert.equal(planAllow(plan.objects, source, target, { resolve }).result, 'nothing-to-do', target.command);
          assert.deepEqual(plan.undecided, []);
          for (const one of sourcesIn(recorded.resources, plan.objects)) {
            const isSame = ({ source: { namespace: home, serviceAccount: name } }: PlanEffect) =>
              home === one.namespace && name === one.serviceAccount;
            const [old, now] = [programOf(recorded.resources, one), programOf(plan.objects, one)];
            classes += compareWithExact(plan.effects.filter(isSame), old, now, targets);
          }
        }
      });
    }
  }

  after(() =>
    console.log(
      `egress allow: ${changed} changes proven, ${impossible} requests that no change can allow; the effects equal the exact difference: ${classes} classes`,
    ),
  );
});

/**
 * What is told is what differs: each exact class lies in one effect of its kind, each effect tells of requests that differ, and so
 * do those that were recorded.
 */
function compareWithExact(
  told: readonly PlanEffect[],
  old: Simulation,
  now: Simulation,
  targets: readonly Target[],
): number {
  const space = spaceOf([old, now], { onlyDifferences: true, memory });
  assert.deepEqual(undecidedRegions(space), []);
  const exact = mergedClasses(space);
  const toldKinds = new Set(told.map(({ kind }) => kind));
  const exactKinds = new Set(exact.map(({ verdicts: [was, is] }) => kindOf(was!, is!)));
  assert.deepEqual([...toldKinds].sort(), [...exactKinds].sort());
  for (const { kind, class: requests } of told) {
    const { witness } = requests;
    const found = classOf(space, witness, parseAddressLiteral(witness.dial.host)!);
    assert.ok(found, `${witness.command} does not fare otherwise`);
    assert.equal(kindOf(found.verdicts[0]!, found.verdicts[1]!), kind, witness.command);
  }
  const requests = [...exact.map(({ witness }) => witness), ...targets];
  for (const request of requests) {
    const [address] = old.names.lookUp(request.dial.host).addresses;
    const literal = parseAddressLiteral(address ?? request.dial.host);
    if (!literal || request.dial.fallbacks || request.notModelled.length > 0) continue;
    const [was, is] = [old.decide(request), now.decide(request)];
    const differs = outcomeKey(old, was, 'outcome') !== outcomeKey(now, is, 'outcome');
    const holding = told.filter((effect) => effect.class.holds(request, literal));
    if (!differs) assert.deepEqual(holding, [], `${request.command} does not fare otherwise`);
    else if (classOf(space, request, literal)) {
      assert.deepEqual(holding.map(({ kind }) => kind), [kindOf(was, is)], request.command); // prettier-ignore
    }
  }
  return exact.length;
}
