import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareWorlds, kindOf, sourcesOf, type Effect } from '../../../src/lib/analysis/compare/index.js';
import { outcomeKey } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { classCommand } from '../../../src/lib/wording/effects.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { resources, targetLine } from '../../simulator/generators.js';

/** A world, and one of its policies, which is the one to come or to go. */
const scenario = resources
  .filter((objects) => objects.some(isEgress))
  .chain((objects) =>
    fc.record({ objects: fc.constant(objects), changed: fc.constantFrom(...objects.filter(isEgress)) }),
  );

const lines = fc.array(targetLine, { minLength: 8, maxLength: 8 });

function isEgress(object: Resource): object is Egress {
  return object.kind === 'Egress';
}

function worldsOf(objects: readonly Resource[], changed: Egress) {
  return [createWorld(objects.filter((object) => object !== changed)), createWorld(objects)] as const;
}

describe('comparing worlds before and after a policy: laws', function () {
  this.timeout(120_000);

  it('a request fares otherwise exactly if it belongs to one effect, of the kind that is told', () => {
    fc.assert(
      fc.property(scenario, lines, ({ objects, changed }, commands) => {
        const [before, after] = worldsOf(objects, changed);
        const { effects, undecided } = compareWorlds(before, after, [changed]);
        assert.deepEqual(undecided, []);
        for (const source of sourcesOf([changed])) {
          const own = effects.filter((effect) => effect.source.serviceAccount === source.serviceAccount);
          const [old, now] = [simulate(before, source), simulate(after, source)];
          const requests = [...commands.map((line) => parseTarget(line)), ...own.map((one) => one.class.witness)];
          for (const request of requests) {
            const address = parseAddressLiteral(request.dial.host);
            if (!address || request.dial.fallbacks) continue;
            const [was, is] = [old.decide(request), now.decide(request)];
            const differs = outcomeKey(old, was, 'outcome') !== outcomeKey(now, is, 'outcome');
            const holding = own.filter((effect) => effect.class.holds(request, address)).map(({ kind }) => kind);
            assert.deepEqual(holding, differs ? [kindOf(was, is)] : [], request.command);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('the command that is shown really fares so, before and after, wherever its host resolves to', () => {
    fc.assert(
      fc.property(scenario, ({ objects, changed }) => {
        const [before, after] = worldsOf(objects, changed);
        for (const { source, kind, class: requests } of compareWorlds(before, after, [changed]).effects) {
          const request = parseTarget(classCommand(requests));
          const verdicts = [before, after].map((world) => simulate(world, source).decide(request));
          assert.equal(kindOf(verdicts[0]!, verdicts[1]!), kind, request.command);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('what starts when a policy comes stops when it goes', () => {
    fc.assert(
      fc.property(scenario, ({ objects, changed }) => {
        const [less, more] = worldsOf(objects, changed);
        const [coming, going] = [compareWorlds(less, more, [changed]), compareWorlds(more, less, [changed])];
        const tell = (effects: readonly Effect[], wanted: Effect['kind']) =>
          effects
            .filter(({ kind }) => kind === wanted)
            .map((effect) => `${effect.source.serviceAccount} ${requestClassText(effect.class)}`)
            .sort();
        assert.deepEqual(tell(coming.effects, 'starts'), tell(going.effects, 'stops'));
        assert.deepEqual(tell(coming.effects, 'stops'), tell(going.effects, 'starts'));
      }),
      { numRuns: 80 },
    );
  });

  it('nothing changes where nothing is changed', () => {
    fc.assert(
      fc.property(scenario, ({ objects, changed }) => {
        const again = structuredClone(objects);
        const { effects, undecided, refusals } = compareWorlds(createWorld(objects), createWorld(again), [changed]);
        assert.deepEqual([effects, undecided, refusals], [[], [], []]);
      }),
      { numRuns: 50 },
    );
  });
});
