import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  classes,
  classOf,
  mergedClasses,
  undecidedRegions,
  type Part,
  type RequestClass,
} from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { egressSpec, resources, targetLine } from '../../simulator/generators.js';
import { addressOf, difference, outcome, simulationOf, spaceOf, textOf } from './support.js';

const runs = Number(process.env['LAWS_RUNS'] ?? 150);

function law<T>(name: string, property: fc.IProperty<T>): void {
  it(name, function () {
    this.timeout(120_000 + runs * 1000);
    fc.assert(property, { numRuns: runs });
  });
}

const lines = fc.array(targetLine, { minLength: 8, maxLength: 8 });

const stranger = (spec: Egress['spec']): Egress => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: 'stranger', namespace: 'curl' },
  spec: { ...spec, sources: [{ kind: 'ServiceAccount', name: 'stranger', namespace: 'curl' }] },
});

const isEgress = (object: Resource): object is Egress => object.kind === 'Egress';

const reversed = (objects: readonly Resource[]): Resource[] =>
  objects.toReversed().map((object) => {
    if (!isEgress(object)) return object;
    const { spec } = object;
    return {
      ...object,
      spec: {
        ...spec,
        sources: spec.sources.toReversed(),
        ports: spec.ports.toReversed(),
        ...(spec.hosts && { hosts: spec.hosts.toReversed() }),
        ...(spec.ipAddresses && { ipAddresses: spec.ipAddresses.toReversed() }),
      },
    };
  });

describe('laws of the request space', () => {
  law(
    'every request lies in one class, which has its verdict',
    fc.property(resources, lines, (objects, commands) => {
      const simulation = simulationOf(objects);
      const space = spaceOf([simulation]);
      assert.deepEqual(undecidedRegions(space), []);
      for (const command of commands) {
        const target = parseTarget(command);
        const address = addressOf(simulation, target);
        if (!address) continue;
        const found = classOf(space, target, address);
        assert.ok(found, command);
        assert.equal(outcome(simulation, found.witness), outcome(simulation, target), command);
      }
    }),
  );

  law(
    'the command line of a class makes a request of that class',
    fc.property(resources, (objects) => {
      const simulation = simulationOf(objects);
      const space = spaceOf([simulation]);
      for (const one of classes(space)) {
        const target = parseTarget(one.witness.command);
        const found = classOf(space, target, addressOf(simulation, target)!);
        assert.ok(found, one.witness.command);
        assert.equal(textOf(found), textOf(one));
      }
    }),
  );

  law(
    'merged classes hold each class once, with its verdict',
    fc.property(resources, (objects) => {
      const simulation = simulationOf(objects);
      const space = spaceOf([simulation]);
      const merged = mergedClasses(space);
      for (const one of classes(space)) {
        const holding = merged.filter((larger) => contains(larger, one));
        assert.equal(holding.length, 1, one.witness.command);
        assert.equal(outcome(simulation, holding[0]!.witness), outcome(simulation, one.witness));
      }
    }),
  );

  law(
    'nothing differs from itself, read twice and in another order',
    fc.property(resources, (objects) => {
      const copy = structuredClone(objects);
      assert.deepEqual(difference(simulationOf(objects), simulationOf(copy)), { differing: [], undecided: [] });
      const other = difference(simulationOf(objects), simulationOf(reversed(objects)));
      assert.deepEqual(other, { differing: [], undecided: [] });
    }),
  );

  law(
    'what differs one way differs the other way',
    fc.property(resources, resources, (some, others) => {
      const [a, b] = [simulationOf(some), simulationOf(others)];
      const there = difference(a, b).differing.map((one) => [one.class.constraints, one.before, one.after]);
      const back = difference(b, a).differing.map((one) => [one.class.constraints, one.after, one.before]);
      const sorted = (list: readonly unknown[]) => list.map(namesOnly).sort();
      assert.deepEqual(sorted(there), sorted(back));
    }),
  );

  law(
    'a request fares otherwise exactly if it lies in a class that is reported, and each witness does',
    fc.property(resources, resources, lines, (some, others, commands) => {
      const [a, b] = [simulationOf(some), simulationOf(others)];
      const space = spaceOf([a, b], { onlyDifferences: true });
      const targets = commands.map((command) => parseTarget(command));
      for (const { witness } of classes(space)) {
        assert.notEqual(outcome(a, witness), outcome(b, witness), witness.command);
        targets.push(parseTarget(witness.command));
      }
      // requests at which each set by itself is cut
      for (const simulation of [a, b]) for (const { witness } of classes(spaceOf([simulation]))) targets.push(witness);
      for (const target of targets) {
        const address = addressOf(a, target);
        if (!address) continue;
        const differs = outcome(a, target) !== outcome(b, target);
        assert.equal(classOf(space, target, address) !== undefined, differs, target.command);
      }
    }),
  );

  law(
    'the order of documents, and what others may do, change no class',
    fc.property(resources, egressSpec, (objects, spec) => {
      const texts = (all: readonly Resource[]) => [...classes(spaceOf([simulationOf(all)]))].map(textOf);
      assert.deepEqual(texts([...reversed(objects), stranger(spec)]), texts(objects));
    }),
  );
});

/** Does every request of the second class satisfy what the first is bound to? */
function contains(larger: RequestClass, smaller: RequestClass): boolean {
  const text = ({ name, terms }: Part) => JSON.stringify(terms ?? name);
  return larger.constraints.every(({ dimension, parts }) => {
    const wanted = new Set(parts.map(text));
    const own = smaller.constraints.find((constraint) => constraint.dimension === dimension);
    return own?.parts.every((part) => wanted.has(text(part))) ?? false;
  });
}

/** A class without the conditions of routes, which are named after the program that comes first. */
function namesOnly(item: unknown): string {
  return JSON.stringify(item, (key, value: unknown) =>
    key === 'decidedBy' || key === 'name' || key === 'terms' ? undefined : value,
  );
}
