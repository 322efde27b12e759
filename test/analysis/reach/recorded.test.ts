import assert from 'node:assert/strict';
import { passage, reachOf } from '../../../src/lib/analysis/reach/reach.js';
import { classOf, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { reachCells } from '../../../src/lib/wording/reach.js';
import {
  collections,
  recordedHosts,
  recordedWorlds,
  type Expectation,
  type RecordedWorld,
} from '../../conformance/recordings.js';
import { disagreements } from '../../conformance/disagreements.js';
import { holds } from './support.js';

const hosts = recordedHosts();
const counts = { rows: 0, inside: 0, allowed: 0, outside: 0 };

function simulationOf({ source, resources }: RecordedWorld) {
  const [namespace, serviceAccount] = source.split('/') as [string, string];
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  return simulate(createWorld(resources), { namespace, serviceAccount }, { resolve });
}

/** A recording at fault, or one that did not wait for the end. */
function isKnownToDiffer({ name, probes }: RecordedWorld, line: string): boolean {
  const isStalled = probes.some(({ target, expect }) => target === line && expect.class === 'stalled');
  return isStalled || disagreements.some(({ world, target }) => world === name && target === line);
}

const gotThrough = ({ class: seen }: Expectation): boolean => seen === 'reached' || seen === 'mesh';

for (const collection of collections) {
  describe(`what recorded worlds reach: ${collection}`, function () {
    this.timeout(120_000);
    for (const recorded of recordedWorlds(collection)) {
      it(recorded.name, () => {
        const simulation = simulationOf(recorded);
        const space = spaceOf([simulation], { detail: 'policies' });
        const { rows, undecided } = reachOf(simulation, space);
        assert.deepEqual(undecided, []);
        for (const row of rows) {
          counts.rows++;
          for (const { witness } of row.classes) {
            // over HTTP/2 curl leaves an empty TE out, so no command line of it makes this request
            if (/--http2-prior-knowledge .*-H 'te;'/.test(witness.command)) continue;
            const verdict = simulation.decide(parseTarget(witness.command));
            assert.equal(passage(verdict), row.verdict, witness.command);
          }
        }
        for (const { target: line, expect } of recorded.probes) {
          const target = parseTarget(line);
          const [address] = simulation.names.lookUp(target.dial.host).addresses;
          if (address === undefined || target.dial.fallbacks) continue;
          const found = classOf(space, target, parseAddressLiteral(address)!);
          if (!found) {
            counts.outside++;
            continue;
          }
          counts.inside++;
          const holding = rows.filter((row) => holds(row, found));
          const seen = expect.seen ?? [expect];
          const what = `${line}: ${holding.map((row) => JSON.stringify(reachCells(row))).join(' ')}`;
          if (seen.some(gotThrough)) {
            counts.allowed++;
            assert.equal(holding.length, 1, what);
            const { ports } = reachCells(holding[0]!);
            const { port } = target.dial;
            assert.ok(
              ports.some((name) => name === String(port) || name.startsWith('*')),
              what,
            );
          }
          if (isKnownToDiffer(recorded, line)) continue;
          if (!seen.every(gotThrough))
            assert.ok(
              holding.every(({ verdict }) => verdict !== 'allowed'),
              what,
            );
        }
      });
    }
  });
}

after(() =>
  console.log(
    `reach: ${counts.rows} rows; of ${counts.inside} recorded probes in the space all ${counts.allowed} that got through lie in one row; ${counts.outside} lie outside of the space`,
  ),
);
