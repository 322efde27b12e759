import { envoyBootstrap, envoyConfiguration } from '../analysis/envoy-config/index.js';
import { proxyDifferences } from '../analysis/envoy-dump/difference.js';
import type { Bootstrap, EnvoyConfiguration } from '../analysis/envoy-config/types.js';
import { ClusterError } from '../errors.js';
import { loadConfigDump, type NamedDump } from '../input/config-dump.js';
import { loadRequestInput, type RequestInputOptions } from '../input/request.js';
import type { Reporter } from '../reporter.js';
import type { Locate, Service } from '../resources/types.js';
import { simulate, type Simulation } from '../simulator/simulation.js';
import type { Source, World } from '../simulator/world.js';
import { toldDifference, type ToldDifference } from '../wording/proxy-difference.js';
import { assumptionText, objectName, refusalText } from '../wording/verdict.js';

/** Of several clients the first counts. */
export interface EnvoyOptions extends RequestInputOptions {
  /** One configuration with which an Envoy starts, instead of the three updates that a proxy is sent. */
  readonly bootstrap: boolean;
}

/**
 * Answers `egress envoy`: what the control plane programs for the proxies of a source, as Envoy configuration. What Envoy would
 * refuse of it, and what was assumed, is reported.
 * @throws UsageError, InputError, ClusterError, also when something that decides may not be read
 */
export async function envoyConfigurationOf(
  options: EnvoyOptions,
  report: Reporter,
): Promise<EnvoyConfiguration | Bootstrap> {
  const { world, clients } = await loadRequestInput(options, report);
  const { source } = clients[0]!;
  const simulation = programmed(world, source, report);
  const { program } = simulation;
  return options.bootstrap ? envoyBootstrap(program, world, source) : envoyConfiguration(program, source);
}

/** How a running proxy differs from what the control plane would program for its client. */
export interface ProxyComparison {
  readonly source: Source;
  readonly dump: NamedDump;
  readonly differences: readonly ToldDifference[];
  readonly locate: Locate;
}

/**
 * Answers `egress envoy --diff`: compares the config dump of a running proxy with what the policies say. What of the policies Envoy
 * would refuse, and what was assumed, is reported.
 * @throws UsageError, InputError, ClusterError, also when something that decides may not be read
 */
export async function compareWithProxy(
  options: RequestInputOptions & { readonly diff: string },
  report: Reporter,
): Promise<ProxyComparison> {
  const dump = await loadConfigDump(options.diff);
  const input = await loadRequestInput({ ...options, clients: dump.clientsFor(options.clients) }, report);
  const { world, clients } = input;
  const { source } = clients[0]!;
  const { program } = programmed(world, source, report);
  const withoutMesh = world.services.size === 0;
  if (withoutMesh) report.note('services of the mesh are not compared (no Service is given)');
  return {
    source,
    dump,
    differences: proxyDifferences(program, dump, { withoutMesh }).map(toldDifference),
    locate: (object, path) => input.locate(object, path) ?? dump.locate(object, path),
  };
}

/** @throws ClusterError when something that decides may not be read */
function programmed(world: World, source: Source, report: Reporter): Simulation {
  const [unreadable] = world.unreadable;
  if (unreadable !== undefined) {
    throw new ClusterError(
      `without the objects of kind ${unreadable}, which may not be read, it is not known what is programmed`,
      'ask for the right to list them, or name files with -f',
    );
  }
  const simulation = simulate(world, source);
  notesOn(simulation).forEach((note) => report.note(note));
  standInsOf(simulation).forEach((warning) => report.warn(warning));
  return simulation;
}

/** Addresses in what is printed that no cluster has. */
function standInsOf({ world, program }: Simulation): string[] {
  const services = new Set(
    [...program.clusters.values()].flatMap((cluster) =>
      cluster.kind === 'mesh-service' ? [cluster.service.object as Service] : [],
    ),
  );
  return [...services].flatMap((service) => {
    const address = world.standIns.get(service);
    return address === undefined
      ? []
      : [`${address} stands for the ClusterIP of ${objectName({ object: service })}, which is not given`];
  });
}

function notesOn(simulation: Simulation): string[] {
  const { world, listenerState, listenerRefusals, routeRefusals, clustersState, clusterRefusals } = simulation;
  const notes = world.meshConfig ? [] : [assumptionText({ code: 'no-mesh-config' })];
  if (listenerState === 'absent')
    notes.push('nothing is programmed to listen for: every redirected connection is refused');
  notes.push(...listenerRefusals.map(refusalText));
  for (const [name, refusals] of routeRefusals) notes.push(...refusals.map((one) => `${name}: ${refusalText(one)}`));
  const byChance = clustersState === 'unpredictable' ? 'by chance, ' : '';
  notes.push(...clusterRefusals.map((refusal) => byChance + refusalText(refusal)));
  return notes;
}
