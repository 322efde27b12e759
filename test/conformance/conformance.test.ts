import assert from 'node:assert/strict';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { rulesOf, RULES } from '../simulator/rules.js';
import { disagreement } from './agreement.js';
import { disagreements, type Disagreement } from './disagreements.js';
import { collections, recordedHosts, recordedWorlds, type Expectation, type RecordedWorld } from './recordings.js';

const hosts = recordedHosts();
const unproven = new Map(disagreements.map((entry) => [`${entry.world} ${entry.target}`, entry]));
const counts = { probes: 0, agreeing: 0, proven: 0 };
/** How many verdicts each rule had a part in. */
const exercised = new Map<string, number>(RULES.map((rule) => [rule, 0]));

function simulationOf(recorded: RecordedWorld): Simulation {
  const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  // the recorder's pod had no server of its own
  const onlyDeclaredPorts = true;
  return simulate(createWorld(recorded.resources), { namespace, serviceAccount }, { resolve, onlyDeclaredPorts });
}

/** Decides a target, and counts the rules that it touches. */
function decide(simulation: Simulation, target: string): Verdict {
  const events: TraceEvent[] = [];
  const verdict = simulation.decide(parseTarget(target), (event) => events.push(event));
  for (const rule of rulesOf(simulation, events, verdict)) exercised.set(rule, (exercised.get(rule) ?? 0) + 1);
  return verdict;
}

for (const collection of collections) {
  describe(`conformance: ${collection}`, () => {
    for (const recorded of recordedWorlds(collection)) {
      const simulation = simulationOf(recorded);
      it(`${recorded.name}: listener and routes`, () => assertAccepted(simulation, recorded));
      for (const { target, expect } of recorded.probes) {
        counts.probes++;
        it(`${recorded.name}: ${target}`, () => {
          const verdict = decide(simulation, target);
          const entry = unproven.get(`${recorded.name} ${target}`);
          if (!entry) assert.equal(disagreement(verdict, expect), undefined);
          else assertProven(entry, verdict, expect);
          counts[entry ? 'proven' : 'agreeing']++;
        });
      }
    }
  });
}

function assertAccepted(simulation: Simulation, recorded: RecordedWorld): void {
  if (recorded.listener !== '?') {
    const possible = [simulation.listenerState, ...(simulation.listenerChances.length > 0 ? ['refused'] : [])];
    assert.ok(possible.includes(recorded.listener), `${recorded.listener} was recorded, not ${possible.join(' or ')}`);
  }
  if (recorded.routes === '?') return;
  const refused = [...simulation.routeRefusals.values()].some((refusals) => refusals.length > 0);
  assert.equal(refused ? 'refused' : 'accepted', recorded.routes);
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
  it('exercise every rule of the semantics page but those that are listed', () => {
    assert.deepEqual(
      RULES.filter((rule) => exercised.get(rule) === 0),
      RULES.filter((rule) => UNRECORDED.has(rule)),
    );
  });
});

/**
 * Rules that no recording shows: a pod that does not start has nothing to record; the recorder dialled IPv4 addresses and names
 * that resolve, as a user of its own. Unit tests hold them, and the generators of test/simulator exercise them.
 */
const UNRECORDED: ReadonlySet<string> = new Set([
  'pod:not-valid',
  'pod:too-many-ports',
  'pod:port-too-large',
  'pod:range-does-not-load',
  'pod:interface-does-not-load',
  'resolution:service',
  'interception:ipv6',
  'interception:proxy-user',
  // known from the rules of the second survey alone
  'clusters:missing',
  'clusters:unpredictable',
]);

after(() => {
  const { probes, agreeing, proven } = counts;
  const apart = proven > 0 ? `, ${proven} of them by a proof in disagreements.ts` : '';
  console.log(`conformance: ${agreeing + proven} of ${probes} probes agree${apart}`);
  console.log([...exercised].map(([rule, count]) => `${rule} ${count}`).join(', '));
});
