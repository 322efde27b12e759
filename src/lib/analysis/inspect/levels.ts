import { networkContains } from '../../text/ip.js';
import { egressRouteConfigName } from '../../simulator/control-plane/egress.js';
import { matchesAnyAddress } from '../../simulator/envoy/filter-chain-match.js';
import type { Cluster, ClusterChoices, FilterChain, RouteConfiguration } from '../../simulator/envoy/types.js';
import type { Simulation } from '../../simulator/simulation.js';

/**
 * A function that tells whether programs may treat connections to an address on a port differently. Envoy takes the chains
 * of the longest range that holds the address, and never looks at the others (egress semantics §5): where these chains, and
 * everything else that decides, are the same, so is every verdict.
 */
export function differencesOn(simulations: readonly Simulation[], port: number): (address: number) => boolean {
  const surroundings = simulations.map((simulation) => surroundingsOf(simulation, port));
  if (new Set(surroundings).size > 1) return () => true;
  const chains = simulations.map(({ program }) =>
    (program.listener?.filterChains ?? []).filter(({ match }) => match.destinationPort === port),
  );
  const routes = simulations.map(({ program }) =>
    routesKey(program.routeConfigurations.get(egressRouteConfigName(port))),
  );
  const sameRoutes = new Set(routes).size === 1;
  return (address) => {
    const levels = chains.map((all) => levelFor(all, address));
    if (!sameRoutes && levels.some((level) => level.some(isHttp))) return true;
    return new Set(levels.map(levelKey)).size > 1;
  };
}

/** What decides about every connection to the port, whatever its address. */
function surroundingsOf(
  { program, listenerState, routeRefusals, clustersState, world }: Simulation,
  port: number,
): string {
  const { listener } = program;
  return JSON.stringify([
    listenerState,
    listener?.detection,
    listener?.detectionDisabledPorts.has(port),
    listener?.defaultFilterChain !== undefined,
    listener?.filterChains.some(({ repeatingTwin }) => repeatingTwin !== undefined),
    [...routeRefusals.keys()].sort(),
    clustersState,
    limitsOn(program.clusters.values(), port),
    world.meshConfig === undefined,
  ]);
}

/** What settings say of the clusters of a port's policies. */
function limitsOn(clusters: Iterable<Cluster>, port: number): unknown {
  return [...clusters]
    .filter(({ name, limits }) => limits.some(Boolean) && (name === String(port) || name.endsWith(`:${port}`)))
    .map(({ name, limits }) => [name, limits.map((one) => one && { ...one, source: undefined })]);
}

/** Where traffic goes, without what says so. */
function clusterNames(choices: ClusterChoices): unknown {
  return choices.map(({ clusters }) => clusters);
}

/** The chains of the longest range that holds the address; `0.0.0.0/0` and no range are one place. */
function levelFor(chains: readonly FilterChain[], address: number): FilterChain[] {
  let longest = 0;
  for (const { match } of chains) {
    for (const network of match.networks) {
      if (network.prefixLength > longest && networkContains(network, address)) longest = network.prefixLength;
    }
  }
  return chains.filter(({ match }) =>
    matchesAnyAddress(match)
      ? longest === 0
      : match.networks.some((network) => network.prefixLength === longest && networkContains(network, address)),
  );
}

function levelKey(level: readonly FilterChain[]): string {
  const keys = level.map(({ match, target, origin }) =>
    JSON.stringify([
      [...match.serverNames].sort(),
      match.applicationProtocols,
      matchesAnyAddress(match),
      target.filter === 'tcp_proxy' ? clusterNames(target.clusters) : target.routeConfigName,
      origin,
    ]),
  );
  return keys.sort().join('\n');
}

function isHttp({ target }: FilterChain): boolean {
  return target.filter === 'http_connection_manager';
}

function routesKey(configuration: RouteConfiguration | undefined): string {
  return JSON.stringify(
    configuration?.virtualHosts.map(({ domains, routes }) => [
      domains,
      routes.map(({ pathRegex, method, headers, clusters }) => [pathRegex, method, headers, clusterNames(clusters)]),
    ]),
  );
}
