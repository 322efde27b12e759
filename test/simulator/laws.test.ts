import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Egress, HTTPRouteGroup, Resource } from '../../src/lib/resources/types.js';
import { parseTarget, type Target } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { isAllowed } from '../../src/lib/simulator/outcome.js';
import { endingsOf, type Verdict } from '../../src/lib/simulator/verdict.js';
import { networkContains, parseCidr, parseIpv4 } from '../../src/lib/text/ip.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import * as plain from './generators.js';
import { meshTargetLine, meshWorlds } from './mesh-generators.js';

const { ADDRESSES, egressSpec } = plain;
const resources = fc.oneof(plain.resources, meshWorlds);
const targetLine = fc.oneof(plain.targetLine, meshTargetLine);

const source = { namespace: 'curl', serviceAccount: 'curl' };
const RESOLVED = new Map([
  ['httpbin.org', ['192.0.2.10']],
  ['www.httpbin.org', ['192.0.2.77']],
  ['example.com', ['198.51.100.20']],
]);
const resolve = (name: string) => RESOLVED.get(name);

function decide(objects: readonly Resource[], target: Target): Verdict {
  return simulate(createWorld(objects), source, { resolve }).decide(target);
}

/** What a verdict says, without the fields that decided: several may be equally to blame. */
function said({ verdict, ending, alternatives, assumptions, obstacles }: Verdict) {
  const ends = [...(ending ? [ending] : []), ...alternatives].map(({ outcome, destination }) =>
    JSON.stringify([outcome, destination]),
  );
  const codes = (items: readonly { code: string }[]) => items.map(({ code }) => code).sort();
  return { verdict, ends: [...new Set(ends)].sort(), assumptions: codes(assumptions), obstacles: codes(obstacles) };
}

const isEgress = (object: Resource): object is Egress => object.kind === 'Egress';
const withoutPolicies = (objects: readonly Resource[]) => objects.filter((object) => !isEgress(object));

const shuffled = (objects: readonly Resource[], seed: number): Resource[] => {
  const shuffle = <T>(items: readonly T[]): T[] => {
    const [first] = fc.sample(fc.shuffledSubarray([...items], { minLength: items.length }), { numRuns: 1, seed });
    return first!;
  };
  return shuffle(
    objects.map((object) => {
      if (!isEgress(object)) return object;
      const { spec } = object;
      return {
        ...object,
        spec: {
          ...spec,
          sources: shuffle(spec.sources),
          ports: shuffle(spec.ports),
          ...(spec.hosts ? { hosts: shuffle(spec.hosts) } : {}),
          ...(spec.ipAddresses ? { ipAddresses: shuffle(spec.ipAddresses) } : {}),
        },
      };
    }),
  );
};

function law(
  name: string,
  property: fc.IProperty<never> | fc.IProperty<[Resource[], string]> | fc.IRawProperty<unknown>,
): void {
  it(name, () => fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 600 }));
}

describe('laws of the simulator', () => {
  law(
    'the order of documents, policies, sources, ports, hosts and ranges never changes a verdict',
    fc.property(resources, targetLine, fc.integer(), (objects, line, seed) => {
      const target = parseTarget(line);
      assert.deepEqual(said(decide(shuffled(objects, seed), target)), said(decide(objects, target)));
    }),
  );

  law(
    'a policy for another source never changes a verdict',
    fc.property(resources, egressSpec, targetLine, (objects, spec, line) => {
      const sources = [{ kind: 'ServiceAccount', name: 'stranger', namespace: 'curl' }];
      const policy: Egress = {
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'Egress',
        metadata: { name: 'stranger', namespace: 'curl' },
        spec: { ...spec, sources },
      };
      const target = parseTarget(line);
      assert.deepEqual(said(decide([...objects, policy], target)), said(decide(objects, target)));
    }),
  );

  law(
    'a policy outside the mesh, or without its UpstreamTrafficSetting, never changes a verdict',
    fc.property(resources, egressSpec, targetLine, fc.boolean(), (objects, spec, line, outside) => {
      const uts = { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'missing' };
      const policy: Egress = {
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'Egress',
        metadata: { name: 'without-effect', namespace: outside ? 'outside' : 'curl' },
        spec: outside ? spec : { ...spec, matches: [...(spec.matches ?? []), uts] },
      };
      const target = parseTarget(line);
      assert.deepEqual(said(decide([...objects, policy], target)), said(decide(objects, target)));
    }),
  );

  law(
    'with enableEgressPolicy off, policies never matter',
    fc.property(resources, targetLine, (objects, line) => {
      const off = objects.map((object) =>
        object.kind === 'MeshConfig'
          ? { ...object, spec: { ...object.spec, featureFlags: { enableEgressPolicy: false } } }
          : object,
      );
      const target = parseTarget(line);
      assert.deepEqual(said(decide(off, target)), said(decide(withoutPolicies(off), target)));
    }),
  );

  law(
    'an address that is not intercepted never depends on policies',
    fc.property(resources, targetLine, (objects, line) => {
      const target = parseTarget(line);
      const alone = decide(withoutPolicies(objects), target);
      if (alone.ending?.destination?.cluster !== null || alone.ending.outcome.class !== 'reached') return;
      assert.deepEqual(said(decide(objects, target)), said(alone));
    }),
  );

  law(
    'a verdict alone equals the verdict in a batch, with and without a trace',
    fc.property(resources, fc.array(targetLine, { minLength: 2, maxLength: 6 }), (objects, lines) => {
      const batch = simulate(createWorld(objects), source, { resolve });
      for (const line of [...lines, ...lines]) {
        const target = parseTarget(line);
        const alone = decide(objects, target);
        assert.deepEqual(batch.decide(target), alone);
        assert.deepEqual(
          batch.decide(target, () => undefined),
          alone,
        );
      }
    }),
  );

  law(
    'a certain verdict without an address holds for every address',
    fc.property(resources, targetLine, fc.constantFrom(...ADDRESSES), (objects, line, address) => {
      const target = parseTarget(line);
      const world = createWorld(objects);
      const unknown = simulate(world, source).decide(target);
      const assumed = unknown.assumptions.find((assumption) => assumption.code === 'address-unknown');
      if (!assumed) return;
      // a name is taken to be outside these
      if (assumed.outside.some((range) => networkContains(parseCidr(range)!, parseIpv4(address)!))) return;
      const known = simulate(world, source, { resolve: () => [address] }).decide(target);
      if (unknown.ending) assert.equal(known.verdict, unknown.verdict, `at ${address}`);
      if (unknown.ending || known.ending) {
        const possible = endingsOf(unknown).map(({ outcome }) => outcome);
        for (const { outcome } of endingsOf(known)) assert.ok(possible.includes(outcome), `at ${address}`);
      }
    }),
  );

  law(
    'the case of hosts never matters',
    fc.property(resources, targetLine, (objects, line) => {
      const upper = objects.map((object) => {
        if (!isEgress(object) || !object.spec.hosts) return object;
        return { ...object, spec: { ...object.spec, hosts: object.spec.hosts.map((host) => host.toUpperCase()) } };
      });
      const lower = objects.map((object) => {
        if (!isEgress(object) || !object.spec.hosts) return object;
        return { ...object, spec: { ...object.spec, hosts: object.spec.hosts.map((host) => host.toLowerCase()) } };
      });
      const target = parseTarget(line);
      const [one, other] = [decide(upper, target), decide(lower, target)];
      assert.equal(one.verdict, other.verdict);
      assert.equal(one.ending?.outcome, other.ending?.outcome);
    }),
  );

  law(
    'splitting a route group in two never changes a verdict',
    fc.property(resources, targetLine, (objects, line) => {
      const split = objects.flatMap((object): Resource[] => {
        if (object.kind !== 'HTTPRouteGroup' || object.metadata.name !== 'group0') {
          if (!isEgress(object) || !object.spec.matches) return [object];
          const matches = object.spec.matches.flatMap((match) =>
            match.name === 'group0' ? [match, { ...match, name: 'group0-rest' }] : [match],
          );
          return [{ ...object, spec: { ...object.spec, matches } }];
        }
        const [first, ...rest] = object.spec.matches;
        const half = (name: string, matches: HTTPRouteGroup['spec']['matches']): HTTPRouteGroup => ({
          ...object,
          metadata: { ...object.metadata, name },
          spec: { matches },
        });
        return [half('group0', first ? [first] : []), half('group0-rest', rest)];
      });
      const target = parseTarget(line);
      assert.deepEqual(said(decide(split, target)), said(decide(objects, target)));
    }),
  );

  law(
    'an unpredictable verdict has at least two different endings, a certain one endings of one sort',
    fc.property(resources, targetLine, (objects, line) => {
      const verdict = decide(objects, parseTarget(line));
      const { ends } = said(verdict);
      if (verdict.verdict === 'unpredictable') assert.ok(ends.length > 1);
      else if (verdict.verdict === 'denied') {
        const sorts = endingsOf(verdict).map(({ outcome }) => `${outcome.class} ${outcome.httpStatus}`);
        assert.equal(new Set(sorts).size, 1);
      } else if (verdict.verdict === 'allowed') {
        assert.ok(endingsOf(verdict).every(({ outcome }) => isAllowed(outcome)));
        assert.notEqual(verdict.ending, null);
      }
    }),
  );
});

describe('generators of the laws', () => {
  it('reach every verdict, every kind of outcome, and every state of listener and routes', () => {
    const seen = new Set<string>();
    for (const [objects, line] of fc.sample(fc.tuple(resources, targetLine), { numRuns: 3000, seed: 1 })) {
      const simulation = simulate(createWorld(objects), source, { resolve });
      const { verdict, ending } = simulation.decide(parseTarget(line));
      seen.add(verdict).add(`listener ${simulation.listenerState}`);
      if (simulation.routeRefusals.size > 0) seen.add('routes refused');
      if (ending) seen.add(`${ending.outcome.class} ${ending.outcome.httpStatus ?? ''}`.trim());
    }
    const expected = ['allowed', 'denied', 'unpredictable', 'unknown', 'refused', 'closed', 'tls-error', 'reached'];
    expected.push(
      'http 404',
      'http 426',
      'http 503',
      'listener absent',
      'listener refused',
      'listener programmed',
      'routes refused',
    );
    for (const word of expected) assert.ok(seen.has(word), `never ${word}`);
  });
});
