import assert from 'node:assert/strict';
import fc from 'fast-check';
import { passage, reachOf } from '../../../src/lib/analysis/reach/reach.js';
import { classOf, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { resources, targetLine } from '../../simulator/generators.js';
import { addressOf, simulationOf } from '../request-space/support.js';
import { holds } from './support.js';

const runs = Number(process.env['LAWS_RUNS'] ?? 150);

describe('laws of what a source reaches', function () {
  this.timeout(120_000 + runs * 1000);

  it('a request lies in a row exactly if it gets through, and the row says whether surely', () => {
    const lines = fc.array(targetLine, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(resources, lines, (objects, commands) => {
        const simulation = simulationOf(objects);
        const { rows } = reachOf(simulation);
        const space = spaceOf([simulation], { detail: 'policies' });
        for (const command of commands) {
          const target = parseTarget(command);
          const address = addressOf(simulation, target);
          const found = address && classOf(space, target, address);
          if (!found) continue;
          const verdicts = rows.filter((row) => holds(row, found)).map(({ verdict }) => verdict);
          const expected = passage(simulation.decide(target));
          assert.deepEqual(verdicts, expected === 'denied' ? [] : [expected], command);
        }
      }),
      { numRuns: runs },
    );
  });

  it('the command line of each class of a row gets through', () => {
    fc.assert(
      fc.property(resources, (objects) => {
        const simulation = simulationOf(objects);
        for (const { verdict, classes } of reachOf(simulation).rows) {
          for (const { witness } of classes) {
            assert.equal(passage(simulation.decide(parseTarget(witness.command))), verdict, witness.command);
          }
        }
      }),
      { numRuns: runs },
    );
  });
});
