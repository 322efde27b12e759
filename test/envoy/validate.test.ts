import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { envoyBootstrap } from '../../src/lib/analysis/envoy-config/index.js';
import type { Bootstrap } from '../../src/lib/analysis/envoy-config/types.js';
import { undecodableParts } from '../../src/lib/simulator/envoy/acceptance.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { collections, recordedWorlds, type Collection, type RecordedWorld } from '../conformance/recordings.js';
import { differencesOf } from './version-differences.js';

/** Binaries of Envoy; all but the first are other versions than the one with which the worlds were recorded. */
const envoys = [
  process.env['OSM_TS_ENVOY']!,
  ...(process.env['OSM_TS_OTHER_ENVOYS'] || '').split(delimiter).filter(Boolean),
];
/** How many configurations that Envoy should take are put before it at once, which is much faster than one by one. */
const TOGETHER = 50;
/** Of listeners that are only looked at, one for each world of a bootstrap. */
const FIRST_PORT = 20_000;
/** Envoy mostly waits while it validates, so that more of them run at once than there are processors. */
const AT_ONCE = 4 * availableParallelism();

interface Case {
  readonly names: string[];
  readonly bootstrap: Bootstrap;
}

function simulationOf({ source, resources }: RecordedWorld): Simulation {
  const [namespace, serviceAccount] = source.split('/') as [string, string];
  return simulate(createWorld(resources), { namespace, serviceAccount });
}

/** What Envoy must say to a bootstrap; undefined when the world is decided by chance. */
function wantedOf(recorded: RecordedWorld, simulation: Simulation): 'accepted' | 'refused' | undefined {
  const { program, listenerChances, listenerState, routeRefusals, clustersState } = simulation;
  if (listenerChances.length > 0 || clustersState === 'unpredictable') return undefined;
  // what was not recorded is judged as it is predicted
  const listener = recorded.listener === '?' ? listenerState : recorded.listener;
  const routes = recorded.routes === '?' ? (routeRefusals.size > 0 ? 'refused' : 'accepted') : recorded.routes;
  if (listener === 'refused' || clustersState === 'refused') return 'refused';
  // A table that no chain names comes in the same update as the others, but a bootstrap has no place for it.
  const chains = program.listener?.filterChains ?? [];
  const named = new Set(chains.map(({ target }) => 'routeConfigName' in target && target.routeConfigName));
  const tables = [...program.routeConfigurations.values()].filter((table) => !named.has(table.name));
  if (tables.some((table) => undecodableParts(table).length > 0)) return undefined;
  return routes;
}

/** What different worlds program, by what Envoy must say to it. */
function casesOf(worlds: readonly RecordedWorld[]): Record<'accepted' | 'refused', Case[]> {
  const found = { accepted: new Map<string, Case>(), refused: new Map<string, Case>() };
  for (const recorded of worlds) {
    const simulation = simulationOf(recorded);
    const wanted = wantedOf(recorded, simulation);
    if (wanted === undefined) continue;
    const bootstrap = envoyBootstrap(simulation.program, simulation.world, simulation.source);
    const key = JSON.stringify(bootstrap);
    const known = found[wanted].get(key);
    if (known) known.names.push(recorded.name);
    else found[wanted].set(key, { names: [recorded.name], bootstrap });
  }
  return { accepted: [...found.accepted.values()], refused: [...found.refused.values()] };
}

/** One bootstrap of several, in which each keeps its own listener and clusters. */
function together(cases: readonly Case[]): Bootstrap {
  const apart = cases.map(({ bootstrap }, index): Bootstrap['static_resources'] => {
    const clusters = new Set(bootstrap.static_resources.clusters.map(({ name }) => name));
    const text = JSON.stringify(bootstrap.static_resources, (key, value: unknown) =>
      /^(name|cluster|cluster_name)$/.test(key) && clusters.has(value as string)
        ? `${index} ${value as string}`
        : key === 'port_value' && value === 15001
          ? FIRST_PORT + index
          : value === 'outbound-listener'
            ? `${index} outbound-listener`
            : value,
    );
    return JSON.parse(text) as Bootstrap['static_resources'];
  });
  const [{ bootstrap }] = cases as [Case];
  const listeners = apart.flatMap((one) => one.listeners);
  return { ...bootstrap, static_resources: { listeners, clusters: apart.flatMap((one) => one.clusters) } };
}

/** What different worlds of a collection program, found once for all versions. */
const casesIn = memoized((collection: Collection) => casesOf(recordedWorlds(collection)));

function memoized<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const found = new Map<Key, Value>();
  return (key) => {
    if (!found.has(key)) found.set(key, find(key));
    return found.get(key)!;
  };
}

function versionOf(envoy: string): string {
  const said = execFileSync(envoy, ['--version'], { encoding: 'utf8' });
  const version = /\/(\d+\.\d+\.\d+)\//.exec(said)?.[1];
  assert.ok(version, `${envoy} does not tell its version: ${said}`);
  return version;
}

function withRuntime(bootstrap: Bootstrap, key: string, value: boolean): object {
  return { ...bootstrap, layered_runtime: { layers: [{ name: 'as recorded', static_layer: { [key]: value } }] } };
}

for (const envoy of envoys) {
  const version = versionOf(envoy);

  describe(`egress envoy --bootstrap, before Envoy ${version}`, function () {
    this.timeout(15 * 60_000);
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-envoy-'));
    after(() => rmSync(folder, { recursive: true }));
    let files = 0;
    const differences = differencesOf(version);
    const expected = new Set(differences.flatMap(({ accepted }) => accepted));

    /** @returns undefined when Envoy takes the configuration, else what it says */
    async function refusalOf(bootstrap: object): Promise<string | undefined> {
      const file = join(folder, `${++files}.json`);
      writeFileSync(file, JSON.stringify(bootstrap));
      const words = ['--mode', 'validate', '--log-level', 'error', '--config-path', file];
      return new Promise((resolve) => {
        execFile(envoy, words, (error, stdout, stderr) =>
          resolve(error ? `${stdout}${stderr}${error.message}` : undefined),
        );
      });
    }

    /** @returns those that Envoy refuses, with what it says */
    async function refusedOf(cases: readonly Case[]): Promise<string[]> {
      if ((await refusalOf(together(cases))) === undefined) return [];
      const said: string[] = [];
      for (const { names, bootstrap } of cases) {
        const refusal = await refusalOf(bootstrap);
        if (refusal !== undefined) said.push(`${names.join(', ')}: ${refusal}`);
      }
      return said.length > 0 ? said : ['together only'];
    }

    async function acceptedOf(cases: readonly Case[]): Promise<string[]> {
      const [{ names, bootstrap }] = cases as [Case];
      return (await refusalOf(bootstrap)) === undefined ? names : [];
    }

    /** Asks about parts of a list. */
    async function inParts(cases: readonly Case[], size: number, ask: typeof refusedOf): Promise<string[]> {
      const parts = Array.from({ length: Math.ceil(cases.length / size) }, (_, index) =>
        cases.slice(index * size, (index + 1) * size),
      ).values();
      const surprises: string[] = [];
      const work = async () => {
        for (const part of parts) surprises.push(...(await ask(part)));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return surprises.toSorted();
    }

    for (const collection of collections) {
      it(`is accepted where listener and routes were accepted: ${collection}`, async () => {
        const { accepted } = casesIn(collection);
        assert.notEqual(accepted.length, 0);
        assert.deepEqual(await inParts(accepted, TOGETHER, refusedOf), []);
      });

      it(`is refused where the listener or routes were refused, but for known differences: ${collection}`, async () => {
        const { refused } = casesIn(collection);
        assert.notEqual(refused.length, 0);
        const known = refused.flatMap(({ names }) => names.filter((name) => expected.has(name)));
        assert.deepEqual(await inParts(refused, 1, acceptedOf), known.toSorted());
      });
    }

    for (const { runtimeKey, accepted } of differences) {
      it(`refuses what it accepts otherwise than recorded once ${runtimeKey} is off`, async () => {
        const all = collections.flatMap((collection) => casesIn(collection).refused);
        const cases = all.filter(({ names }) => names.some((name) => accepted.includes(name)));
        assert.deepEqual(cases.flatMap(({ names }) => names).toSorted(), accepted);
        for (const { names, bootstrap } of cases) {
          const refusal = await refusalOf(withRuntime(bootstrap, runtimeKey, false));
          assert.match(refusal ?? 'accepted', /RE2 program size of \d+ > max program size of 100/, names.join(', '));
          assert.equal(await refusalOf(withRuntime(bootstrap, runtimeKey, true)), undefined, names.join(', '));
        }
      });
    }
  });
}
