import assert from 'node:assert/strict';
import { readConfigDump } from '../../src/lib/analysis/envoy-dump/index.js';
import { envoyConfiguration } from '../../src/lib/analysis/envoy-config/index.js';
import { proxyDifferences } from '../../src/lib/analysis/envoy-dump/difference.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { toldDifference } from '../../src/lib/wording/proxy-difference.js';
import { dumpForm } from '../support/dump-form.js';
import { describeVerdict } from './agreement.js';
import { collections, recordedHosts, recordedWorlds, type RecordedWorld } from './recordings.js';

const hosts = recordedHosts();
const resolve = (name: string) => (hosts.has(name) ? [hosts.get(name)!] : ('not-found' as const));

function simulationOf({ resources, source }: RecordedWorld): Simulation {
  const [namespace, serviceAccount] = source.split('/') as [string, string];
  return simulate(createWorld(resources), { namespace, serviceAccount }, { resolve });
}

/** What the control plane leaves to chance is settled in a proxy; and a proxy does not know who has a sidecar. */
function isComparable({ program, dataPlane, sidecars, clustersState }: Simulation): boolean {
  const { listener, routeConfigurations, clusters } = program;
  const choices = [
    ...(listener?.filterChains ?? []).flatMap(({ target }) => ('clusters' in target ? [target.clusters] : [])),
    ...[...routeConfigurations.values()].flatMap((table) =>
      table.virtualHosts.flatMap(({ routes }) => routes.map((route) => route.clusters)),
    ),
  ];
  return (
    sidecars.every(({ injected }) => injected) &&
    dataPlane.listenerChances.length === 0 &&
    dataPlane.routeChances.length === 0 &&
    clustersState !== 'unpredictable' &&
    [...dataPlane.routeTables.values()].every(({ state }) => state !== 'unpredictable') &&
    choices.every((several) => several.length === 1) &&
    [...clusters.values()].every(
      (cluster) => cluster.limits.length < 2 && !('withoutSidecar' in cluster && cluster.withoutSidecar),
    )
  );
}

const said = (verdict: Verdict) => [describeVerdict(verdict), verdict.obstacles.map(({ code }) => code)];

describe('the config dump of a proxy', () => {
  for (const collection of collections) {
    it(`is the same as the policies that it was programmed with, and not without one of them: ${collection}`, function () {
      this.timeout(120_000);
      const surprises: string[] = [];
      const counts = { same: 0, different: 0 };
      for (const recorded of recordedWorlds(collection)) {
        const simulation = simulationOf(recorded);
        const { program, world, source, dataPlane } = simulation;
        const isWhole = dataPlane.listenerState === 'programmed' && dataPlane.routeRefusals().size === 0;
        if (!isComparable(simulation) || !isWhole || simulation.clustersState !== 'accepted') continue;
        const dump = readConfigDump(JSON.parse(JSON.stringify(dumpForm(simulation))));
        const found = proxyDifferences(program, dump, { withoutMesh: false });
        if (found.length > 0) surprises.push(`${recorded.name}: ${JSON.stringify(found.map(toldDifference))}`);
        counts.same++;
        const [policy] = program.applied;
        if (!policy) continue;
        const less = simulate(createWorld(recorded.resources.filter((object) => object !== policy)), source);
        const isSame =
          JSON.stringify(envoyConfiguration(less.program, source)) ===
          JSON.stringify(envoyConfiguration(program, source));
        if (isSame || less.world.meshWideEgress !== world.meshWideEgress) continue;
        if (proxyDifferences(less.program, dump, { withoutMesh: false }).length > 0) counts.different++;
      }
      assert.deepEqual(surprises.slice(0, 10), []);
      assert.ok(counts.same > 0 && counts.different > counts.same / 4, JSON.stringify(counts));
    });

    it(`is answered from like the policies that it was programmed with: ${collection}`, function () {
      this.timeout(120_000);
      const surprises: string[] = [];
      const counts = { worlds: 0, left: 0, allowed: 0, denied: 0 };
      for (const recorded of recordedWorlds(collection)) {
        const simulation = simulationOf(recorded);
        if (!isComparable(simulation)) {
          counts.left++;
          continue;
        }
        counts.worlds++;
        const { program } = readConfigDump(JSON.parse(JSON.stringify(dumpForm(simulation))));
        const held = simulate(simulation.world, simulation.source, { resolve, held: program });
        for (const { target } of recorded.probes) {
          const request = parseTarget(target);
          const [own, theirs] = [simulation.decide(request), held.decide(request)];
          if (own.verdict === 'allowed' || own.verdict === 'denied') counts[own.verdict]++;
          const [one, other] = [said(own), said(theirs)].map((words) => JSON.stringify(words));
          if (one !== other) surprises.push(`${recorded.name}: ${target}: ${one}, by the dump ${other}`);
        }
      }
      assert.deepEqual(surprises.slice(0, 10), []);
      assert.ok(counts.worlds > counts.left && counts.allowed > 0 && counts.denied > 0, JSON.stringify(counts));
    });
  }
});
