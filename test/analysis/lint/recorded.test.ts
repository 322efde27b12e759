import assert from 'node:assert/strict';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import type { AnyFinding } from '../../../src/lib/analysis/lint/rules/index.js';
import { readAll } from '../../../src/lib/analysis/unread.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { collections, recordedWorlds, type RecordedWorld } from '../../conformance/recordings.js';
import { faultsIn } from './faults.js';

function findingsIn({ resources }: RecordedWorld): AnyFinding[] {
  const subject = { world: createWorld(resources), objects: resources, worldOptions: {}, unread: readAll };
  return lint(subject, { concerns: () => true, quick: true });
}

/** What the objects show, and what iptables showed. */
function faultsOf({ resources, probes }: RecordedWorld): ReadonlySet<string> {
  const hasNoPod = probes.some(({ expect }) => expect.class === 'no-pod');
  return new Set([...faultsIn(resources), ...(hasNoPod ? ['pod-never-starts'] : [])]);
}

describe('lint over everything that was recorded', () => {
  const all = collections.flatMap((collection) => recordedWorlds(collection));
  const found = new Map(all.map((world) => [world, findingsIn(world)]));
  /** Recordings are of one source; lint looks at all, and what Envoy makes of the others was not recorded. */
  const own = (world: RecordedWorld) => found.get(world)!.filter((finding) => isAbout(finding, world.source));
  const has = (world: RecordedWorld, ...names: string[]) => found.get(world)!.some(({ rule }) => names.includes(rule));
  const refusedListeners = all.filter(({ listener }) => listener === 'refused');
  const refusedRoutes = all.filter(({ routes }) => routes === 'refused');

  it(`finds each of ${refusedListeners.length} refused listeners`, () => {
    const missed = refusedListeners.filter((world) => !has(world, 'listener-refused', 'listener-by-chance'));
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
    assert.ok(refusedListeners.length > 150);
  });

  it(`finds each of ${refusedRoutes.length} refused tables of routes`, () => {
    const missed = refusedRoutes.filter((world) => !has(world, 'routes-refused'));
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
    assert.ok(refusedRoutes.length > 100);
  });

  const accepted = all.filter(({ listener, routes }) => listener !== 'refused' && routes !== 'refused');
  const sound = accepted.filter((world) => faultsOf(world).size === 0);

  it(`takes no listener or routes for refused that were accepted, in ${accepted.length} worlds`, () => {
    const claimed = accepted.filter(({ listener, routes }) => listener !== '?' && routes !== '?');
    const wrong = claimed.filter((world) => own(world).some(({ rule }) => /^(listener|routes)-refused$/.test(rule)));
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    );
  });

  const withoutClusters = all.filter((world) => own(world).some(({ rule }) => rule === 'clusters-refused'));

  it(`nothing got through Envoy in the ${withoutClusters.length} worlds whose clusters it finds refused`, () => {
    const passed = withoutClusters.flatMap(({ name, probes }) =>
      probes.filter(isThroughEnvoy).map(({ target }) => `${name}: ${target}`),
    );
    assert.deepEqual(passed, []);
    assert.ok(withoutClusters.length >= 15, String(withoutClusters.length));
    assert.ok(all.filter(({ probes }) => probes.some(isThroughEnvoy)).length > 1000);
  });

  const bypassed = all.filter((world) =>
    own(world).some((finding) => finding.rule === 'not-intercepted' && finding.data.bypass !== 'not-in-included-range'),
  );

  it(`Envoy had no say in the ${bypassed.length} worlds where everything passes it by`, () => {
    const met = bypassed.flatMap(({ name, probes }) =>
      probes
        .filter((probe) => isThroughEnvoy(probe) || probe.expect.class === 'http')
        .map(({ target }) => `${name}: ${target}`),
    );
    assert.deepEqual(met, []);
    assert.ok(bypassed.length >= 10, String(bypassed.length));
  });

  it(`has no error in ${sound.length} worlds without a fault, about the source that was recorded`, () => {
    const errors = sound.flatMap((world) =>
      own(world)
        .filter(({ level, rule }) => level === 'error' && !isUnrecorded(world, rule))
        .map(({ rule }) => `${world.name}: ${rule}`),
    );
    assert.deepEqual(errors, []);
    assert.ok(sound.length > 300, String(sound.length));
  });

  const faulty = all.filter((world) => !sound.includes(world));

  it(`has an error in each of the ${faulty.length} others, but for three with a warning instead`, () => {
    const silent = faulty.filter((world) => !found.get(world)!.some(({ level }) => level === 'error'));
    // a fault of a policy that no pod has, and limits of 0 that are one of several settings of a cluster
    assert.ok(silent.every((world) => has(world, 'source-without-sidecar', 'setting-by-chance')));
    assert.equal(silent.length, 3, silent.map(({ name }) => name).join());
    assert.ok(faulty.length > 500, String(faulty.length));
  });

  it('finds exactly the faults that the objects show', () => {
    const counts = new Map<string, number>();
    for (const world of all) {
      const faults = faultsOf(world);
      const names = new Set(found.get(world)!.map(({ rule }) => rule as string));
      for (const fault of faults) {
        // a policy that is not looked at any further shows no more of its faults
        const isThere =
          names.has(fault) || (fault === 'setting-lets-nothing-through' && names.has('setting-by-chance'));
        if (!isThere && !hides(names)) assert.fail(`${world.name}: ${fault} is not found`);
        counts.set(fault, (counts.get(fault) ?? 0) + 1);
      }
      for (const { rule, level } of found.get(world)!) {
        // what Envoy refuses of the listener and the routes is recorded, and above
        if (level === 'error' && !/^(listener|routes)-|-by-chance$/.test(rule)) {
          assert.ok(faults.has(rule), `${world.name}: ${rule} is found and is no fault`);
        }
      }
    }
    assert.ok(counts.size >= 12, [...counts.keys()].join());
  });
});

/** Did a request get to a server by way of a cluster? */
function isThroughEnvoy({ expect }: RecordedWorld['probes'][number]): boolean {
  return (expect.class === 'reached' || expect.class === 'mesh') && typeof expect.cluster === 'string';
}

/** In some worlds nobody has looked whether Envoy takes the listener or the routes. */
function isUnrecorded({ listener, routes }: RecordedWorld, rule: string): boolean {
  return (listener === '?' && rule.startsWith('listener-')) || (routes === '?' && rule.startsWith('routes-'));
}

function isAbout({ sources, policy }: AnyFinding, source: string): boolean {
  const named = policy?.spec.sources.map(({ namespace, name }) => `${namespace}/${name}`) ?? [source];
  const concerned = sources.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`);
  return (concerned.length > 0 ? concerned : named).includes(source);
}

/** Does something keep whole policies, or ports, from being looked at any further? */
function hides(names: ReadonlySet<string>): boolean {
  return [
    'egress-policy-off',
    'namespace-unmonitored',
    'upstream-traffic-setting-missing',
    'source-without-sidecar',
    'listener-refused',
    'clusters-refused',
  ].some((name) => names.has(name));
}
