import assert from 'node:assert/strict';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { disagreement } from './agreement.js';
import { recordedHosts, recordedWorlds, type RecordedWorld } from './recordings.js';

const hosts = recordedHosts();
let probes = 0;
let agreeing = 0;

function simulationOf(recorded: RecordedWorld) {
  const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  return simulate(createWorld(recorded.resources), { namespace, serviceAccount }, { resolve });
}

for (const collection of ['named', 'generated', 'observed'] as const) {
  describe(`conformance: ${collection}`, () => {
    for (const recorded of recordedWorlds(collection)) {
      const simulation = simulationOf(recorded);
      it(`${recorded.name}: listener and routes`, () => {
        assert.equal(simulation.listenerState, recorded.listener);
        const refused = [...simulation.routeRefusals.values()].some((refusals) => refusals.length > 0);
        assert.equal(refused ? 'refused' : 'accepted', recorded.routes);
      });
      for (const { target, expect } of recorded.probes) {
        probes++;
        it(`${recorded.name}: ${target}`, () => {
          assert.equal(disagreement(simulation.decide(parseTarget(target)), expect), undefined);
          agreeing++;
        });
      }
    }
  });
}

after(() => console.log(`conformance: ${agreeing} of ${probes} probes agree`));
