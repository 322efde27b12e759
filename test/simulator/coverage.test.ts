import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { meshTargetLine, meshWorlds } from './mesh-generators.js';
import { rulesOf, RULES } from './rules.js';

describe('generators of the laws', function () {
  this.timeout(120_000);

  it('exercise every rule of the semantics page', () => {
    const resolved = new Map([
      ['httpbin.org', ['192.0.2.10']],
      ['www.httpbin.org', ['192.0.2.77']],
      ['example.com', ['198.51.100.20']],
    ]);
    const missing = new Set(RULES);
    const samples = fc.sample(fc.tuple(meshWorlds, fc.array(meshTargetLine, { minLength: 6, maxLength: 6 })), {
      numRuns: 4000,
      seed: 8,
    });
    for (const [objects, lines] of samples) {
      const simulation = simulate(
        createWorld(objects),
        { namespace: 'curl', serviceAccount: 'curl' },
        { resolve: (name) => resolved.get(name) },
      );
      for (const line of lines) {
        const events: TraceEvent[] = [];
        const verdict = simulation.decide(parseTarget(line), (event) => events.push(event));
        for (const rule of rulesOf(simulation, events, verdict)) missing.delete(rule);
      }
      if (missing.size === 0) break;
    }
    assert.deepEqual([...missing], []);
  });
});
