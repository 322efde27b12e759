import type * as program from '../../simulator/envoy/types.js';
import type { RegexMatcher, Route, RouteConfiguration, VirtualHost } from './types.js';

/** One port's table of routes as Envoy configuration. Egress semantics §3.3 and §3.4. */
export function envoyRouteConfiguration({
  name,
  origin,
  virtualHosts,
}: program.RouteConfiguration): RouteConfiguration {
  const prefix = origin === 'egress' ? 'egress' : 'outbound';
  return {
    name,
    virtual_hosts: virtualHosts.map((host) => virtualHost(prefix, host)),
    validate_clusters: false,
  };
}

/** A table that nobody programs: everything gets 404. */
export function emptyRouteConfiguration(name: string): RouteConfiguration {
  return { name, virtual_hosts: [], validate_clusters: false };
}

function virtualHost(prefix: string, { domains, routes }: program.VirtualHost): VirtualHost {
  return { name: `${prefix}_virtual-host|${domains[0]}`, domains, routes: routes.map(envoyRoute) };
}

function envoyRoute({ pathRegex, method, headers, clusters: choices }: program.Route): Route {
  const clusters = weightedClusters(choices);
  const totalWeight = clusters.reduce((sum, { weight }) => sum + weight, 0);
  return {
    match: {
      safe_regex: regexMatcher(pathRegex),
      headers: [
        { name: ':method', safe_regex_match: regexMatcher(method ?? '.*') },
        ...headers.map(({ name, regex }) => ({ name, safe_regex_match: regexMatcher(regex) })),
      ],
    },
    route: { weighted_clusters: { clusters, total_weight: totalWeight }, timeout: '0s' },
  };
}

function regexMatcher(regex: string): RegexMatcher {
  return { google_re2: {}, regex };
}

/** Of several choices that the control plane makes by chance, the first that leads anywhere. */
export function weightedClusters(choices: program.ClusterChoices): readonly program.WeightedCluster[] {
  return choices.find(({ clusters }) => clusters.length > 0)?.clusters ?? [];
}
