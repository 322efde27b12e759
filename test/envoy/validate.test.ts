import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBootstrap } from '../../src/lib/analysis/envoy-config/index.js';
import { undecodableParts } from '../../src/lib/simulator/envoy/acceptance.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { collections, recordedWorlds, type RecordedWorld } from '../conformance/recordings.js';

const envoy = process.env['OSM_TS_ENVOY']!;

/** What Envoy must say to a bootstrap; undefined when the world is decided by chance, or was not recorded. */
function wantedOf(recorded: RecordedWorld, simulation: Simulation): 'accepted' | 'refused' | undefined {
  const { program, listenerChances, clustersState } = simulation;
  if (recorded.listener === '?' || listenerChances.length > 0 || clustersState === 'unpredictable') return undefined;
  if (recorded.listener === 'refused' || clustersState === 'refused') return 'refused';
  // A table that no chain names comes in the same update as the others, but a bootstrap has no place for it.
  const chains = program.listener?.filterChains ?? [];
  const named = new Set(chains.map(({ target }) => 'routeConfigName' in target && target.routeConfigName));
  const tables = [...program.routeConfigurations.values()].filter((table) => !named.has(table.name));
  if (tables.some((table) => undecodableParts(table).length > 0)) return undefined;
  return recorded.routes === 'refused' ? 'refused' : 'accepted';
}

describe('egress envoy --bootstrap, before a real Envoy', function () {
  this.timeout(15 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-envoy-'));
  after(() => rmSync(folder, { recursive: true }));

  /** @returns undefined when Envoy takes the configuration, else what it says */
  async function refusalOf({ program, world, source }: Simulation, name: string): Promise<string | undefined> {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(envoyBootstrap(program, world, source)));
    const words = ['--mode', 'validate', '--log-level', 'error', '--config-path', file];
    return new Promise((resolve) => {
      execFile(envoy, words, (error, stdout, stderr) =>
        resolve(error ? `${stdout}${stderr}${error.message}` : undefined),
      );
    });
  }

  for (const collection of collections) {
    it(`is accepted where listener and routes were accepted, and refused where one was refused: ${collection}`, async () => {
      const surprises: string[] = [];
      const queue = recordedWorlds(collection).values();
      const counts = { accepted: 0, refused: 0 };
      const work = async () => {
        for (const recorded of queue) {
          const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
          const simulation = simulate(createWorld(recorded.resources), { namespace, serviceAccount });
          const wanted = wantedOf(recorded, simulation);
          const refusal = await refusalOf(simulation, recorded.name);
          const said = refusal === undefined ? 'accepted' : 'refused';
          if (wanted !== undefined) counts[said]++;
          if (wanted !== undefined && wanted !== said) surprises.push(`${recorded.name}: ${refusal ?? said}`);
        }
      };
      await Promise.all([work(), work()]);
      assert.deepEqual(surprises, []);
      if (collection !== 'peers') assert.ok(counts.accepted > 0 && counts.refused > 0);
    });
  }
});
