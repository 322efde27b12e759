import assert from 'node:assert/strict';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import type { Simulation } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { rulesOf, RULES } from '../simulator/rules.js';
import { disagreement } from './agreement.js';
import { disagreements, type Disagreement } from './disagreements.js';
import { collections, recordedHosts, recordedWorlds, type Expectation, type RecordedWorld } from './recordings.js';
import { differenceInAcceptance, simulationOf } from './replay.js';
import { readPage, unrecordedCodes } from './rules-page.js';

const hosts = recordedHosts();
const unproven = new Map(disagreements.map((entry) => [`${entry.world} ${entry.target}`, entry]));
const counts = { probes: 0, agreeing: 0, proven: 0 };
/** How many verdicts each rule had a part in. */
const exercised = new Map<string, number>(RULES.map((rule) => [rule, 0]));

/** Decides a target, and counts the rules that it touches. */
function decide(simulation: Simulation, target: string): Verdict {
  const events: TraceEvent[] = [];
  const verdict = simulation.decide(parseTarget(target), (event) => events.push(event));
  for (const rule of rulesOf(simulation, events, verdict)) exercised.set(rule, (exercised.get(rule) ?? 0) + 1);
  return verdict;
}

for (const collection of collections) {
  describe(`conformance: ${collection}`, () => {
    for (const recorded of recordedWorlds(collection)) describe(recorded.name, () => replay(recorded));
  });
}

function replay(recorded: RecordedWorld): void {
  let simulation: Simulation;
  before(() => {
    simulation = simulationOf(recorded, hosts);
  });
  it('listener and routes', () => assert.equal(differenceInAcceptance(simulation, recorded), undefined));
  for (const { target, expect } of recorded.probes) {
    counts.probes++;
    it(target, () => {
      const verdict = decide(simulation, target);
      const entry = unproven.get(`${recorded.name} ${target}`);
      if (!entry) assert.equal(disagreement(verdict, expect), undefined);
      else assertProven(entry, verdict, expect);
      counts[entry ? 'proven' : 'agreeing']++;
    });
  }
}

function assertProven({ proof, world }: Disagreement, verdict: Verdict, expected: Expectation): void {
  assert.notEqual(disagreement(verdict, expected), undefined, 'the entry agrees: take it out of disagreements.ts');
  switch (proof.kind) {
    case 'one-draw':
      assert.equal(disagreement(verdict, { class: 'unpredictable', seen: [expected] }), undefined);
      return;
    case 'always-seen':
      for (const seen of expected.seen ?? []) assert.equal(disagreement(verdict, seen), undefined);
      assert.notEqual(expected.seen?.length ?? 0, 0);
      return;
    case 'twin': {
      const twin = probeOf(proof.world ?? world, proof.target);
      assert.equal(twin.class, verdict.ending?.outcome.class);
      if (proof.world === undefined) assert.equal(disagreement(verdict, twin), undefined);
    }
  }
}

function probeOf(world: string, target: string): Expectation {
  for (const collection of collections) {
    const recorded = recordedWorlds(collection).find(({ name }) => name === world);
    const probe = recorded?.probes.find((one) => one.target === target);
    if (probe) return probe.expect;
  }
  throw new Error(`there is no probe ${target} of ${world}`);
}

describe('the recordings', () => {
  it('exercise every rule of the semantics page but those that rules.md lists', () => {
    const unrecorded = RULES.filter((rule) => exercised.get(rule) === 0);
    assert.deepEqual(unrecorded, unrecordedCodes(readPage()));
  });
});

after(() => {
  const { probes, agreeing, proven } = counts;
  const apart = proven > 0 ? `, ${proven} of them by a proof in disagreements.ts` : '';
  console.log(`conformance: ${agreeing + proven} of ${probes} probes agree${apart}`);
  console.log([...exercised].map(([rule, count]) => `${rule} ${count}`).join(', '));
});
