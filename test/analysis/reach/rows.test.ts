import assert from 'node:assert/strict';
import { reachOf } from '../../../src/lib/analysis/reach/reach.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import type { Route } from '../../../src/lib/simulator/envoy/types.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { at, holding, odd, route, to } from '../request-space/held-programs.js';

/** Two hosts of one chain, which one object leads: what they have in common is no reason to tell them together. */
describe('hosts that fare otherwise are rows of their own, of what a source reaches', () => {
  const held = (mine: Partial<Route>, theirs: Partial<Route>): Simulation =>
    holding({
      routes: [route(mine)],
      hosts: [{ domains: ['b.test'], routes: [route(theirs)], source: at }],
    });
  const leading = (...names: string[]) => ({ clusters: to(...names) });
  const rowsOf = (simulation: Simulation) =>
    reachOf(simulation).rows.filter(({ classes }) =>
      classes.some(({ witness: { dial, http } }) => dial.port === 80 && /^[ab]\.test$/.test(http?.authority ?? '')),
    );

  it('by whether requests surely get through', () => {
    const told = (...given: Parameters<typeof held>) => rowsOf(held(...given)).map(({ verdict }) => verdict);
    assert.deepEqual(told(leading('fixed'), leading('fixed')), ['allowed']);
    assert.deepEqual(told(leading('fixed'), leading('fixed', 'none')), ['allowed', 'unpredictable']);
  });

  it('by what leaves open whether they do', () => {
    const near = { 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/24' };
    const pods = [near, {}].map((annotations, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${index}`, namespace: 'curl', annotations },
      spec: { serviceAccountName: 'curl', containers: [{ name: 'c' }] },
    })) as unknown as Resource[];
    const { program, source } = held(odd, leading('none'));
    const rows = rowsOf(simulate(createWorld(pods), source, { held: program }));
    const past = rows.filter(({ way }) => way === 'past-envoy');
    assert.deepEqual(
      past.map(({ verdict, obstacles }) => [verdict, ...obstacles.map(({ code }) => code)]),
      [['unknown'], ['unknown', 'not-understood']],
    );
  });
});
