import assert from 'node:assert/strict';
import { classOf, difference, outcomeKey, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { collections, recordedHosts, recordedWorlds, type RecordedWorld } from '../../conformance/recordings.js';

const hosts = recordedHosts();
let [probes, outside] = [0, 0];

function simulationOf({ source, resources }: RecordedWorld) {
  const [namespace, serviceAccount] = source.split('/') as [string, string];
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  return simulate(createWorld(resources), { namespace, serviceAccount }, { resolve });
}

for (const collection of collections) {
  describe(`the request space of recorded worlds: ${collection}`, function () {
    this.timeout(120_000);
    for (const recorded of recordedWorlds(collection)) {
      it(recorded.name, () => {
        const simulation = simulationOf(recorded);
        const space = spaceOf([simulation]);
        for (const { target: line } of recorded.probes) {
          const target = parseTarget(line);
          const [address] = simulation.names.lookUp(target.dial.host).addresses;
          if (address === undefined || target.dial.fallbacks) continue;
          probes++;
          const found = classOf(space, target, parseAddressLiteral(address)!);
          if (!found) {
            outside++;
            continue;
          }
          // that the verdict on the probe itself is what was recorded is held by test/conformance
          const [ofClass, ofProbe] = [found.verdicts[0]!, simulation.decide(target)];
          assert.equal(
            outcomeKey(simulation, ofClass, 'outcome'),
            outcomeKey(simulation, ofProbe, 'outcome'),
            `${line}: ${found.witness.command}`,
          );
        }
        assert.deepEqual(difference(simulation, simulationOf(structuredClone(recorded))), {
          differing: [],
          undecided: [],
        });
      });
    }
  });
}

after(() =>
  console.log(
    `request space: ${probes - outside} of ${probes} recorded probes lie in a class, ${outside} are no well-formed requests`,
  ),
);
