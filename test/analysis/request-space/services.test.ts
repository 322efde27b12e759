import assert from 'node:assert/strict';
import { reachOf } from '../../../src/lib/analysis/reach/reach.js';
import { spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const source = { namespace: 'shop', serviceAccount: 'api' };

/** Of a mesh with so many services on one port: how many requests were decided, and what is reached. */
function decided(services: number): { readonly verdicts: number; readonly rows: number } {
  const objects = Array.from({ length: services }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${index}`, namespace: 'shop' },
    spec: {
      clusterIP: `10.0.${index >> 8}.${index & 255}`,
      ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }],
    },
  }));
  const simulation = simulate(createWorld(objects as unknown as Resource[]), source);
  let verdicts = 0;
  const space = spaceOf([simulation], { detail: 'policies', onVerdict: () => verdicts++ });
  return { verdicts, rows: reachOf(simulation, space).rows.length };
}

describe('the request space of a mesh with many services', () => {
  it('costs as much for each of them as for the first ones: a port has one table of routes, whichever address is dialled', () => {
    const [few, many] = [decided(40), decided(160)];
    assert.equal(many.rows - few.rows, 120);
    assert.ok(many.verdicts < 4 * few.verdicts, `${few.verdicts} and ${many.verdicts} requests were decided`);
  });
});
