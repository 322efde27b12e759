import type { FieldRef } from '../../resources/types.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from '../../simulator/envoy/refusal-fields.js';
import { branchesOf, missingRouteGroups, type Explanation } from '../../simulator/explain.js';
import type { SieveStep } from '../../simulator/envoy/filter-chain-match.js';
import type { RouteMismatch } from '../../simulator/envoy/route-match.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import { sidecarPorts } from '../../simulator/pod-ports.js';
import type { TraceEvent } from '../../simulator/trace.js';
import {
  clusterRefusalText,
  limitText,
  listenerRefusalText,
  outcomeText,
  routeRefusalText,
} from '../../wording/verdict.js';
import { noticeText } from '../../wording/notices.js';
import { distinct } from '../../wording/policy.js';
import { keptText } from '../../wording/updates.js';
import { chainSummary, chainText, missText } from './chain-words.js';
import { istioLine, istioMeaning } from './istio-journey.js';
import { line, type JourneyLine, type LineParts } from './journey-line.js';
import { nearMisses } from './near-misses.js';
import { shortened } from '../../text/shorten.js';

export interface JourneyOptions {
  /** Adds the candidates that remain after each level of the sieve. */
  readonly sieve: boolean;
}

/** The journey of an explanation, branch by branch. */
export function journeysOf(explanation: Explanation, options: JourneyOptions): JourneyLine[][] {
  return branchesOf(explanation.events).map((events) =>
    events.flatMap((event) => {
      const line = lineOf(explanation, event, options);
      return line ? [line] : [];
    }),
  );
}

function lineOf(explanation: Explanation, event: TraceEvent, options: JourneyOptions): JourneyLine | undefined {
  const { istio } = explanation.simulation.program;
  const meaning = istio && istioMeaning(explanation, event, istio);
  if (meaning) return meaning === 'nothing' ? undefined : meaning;
  switch (event.stage) {
    case 'resolution':
      return resolutionLine(event);
    case 'interception':
      return interceptionLine(explanation, event);
    case 'listener':
      return listenerLine(explanation, event);
    case 'detection':
      return detectionLine(event, options.sieve);
    case 'sieve':
      return options.sieve ? sieveLine(event.step) : undefined;
    case 'filter-chain':
      return filterChainLine(explanation, event);
    case 'request':
      return line('request', 'answered', `Envoy answers ${event.status} by itself: ${event.why}`, { decisive: true });
    case 'routes':
      return routesLine(event);
    case 'virtual-host':
      return virtualHostLine(event);
    case 'route':
      return routeLine(explanation, event);
    case 'cluster':
      return clusterLine(event);
    case 'traffic-split':
      return splitLine(event);
    case 'clusters':
      return clustersLine(event);
    case 'cluster-missing':
      return line('cluster', 'missing', `there is no cluster ${event.cluster} for this source`, {
        objects: [event.at],
        decisive: true,
      });
    case 'cluster-limit':
      return line('cluster', 'limited', limitText(event.cluster), { objects: [event.at], decisive: true });
    case 'server-fails':
      return serverFailsLine(event);
    case 'mesh-service':
      return meshServiceLine(event);
    case 'direct-response':
    case 'upstream-closes':
    case 'no-endpoints':
      return istioLine(event);
    case 'outcome':
      return line('outcome', event.outcome.class, outcomeText(explanation.target, event.outcome));
  }
}

type EventOf<Stage extends TraceEvent['stage']> = Extract<TraceEvent, { stage: Stage }>;

function resolutionLine({ host, addresses, by }: EventOf<'resolution'>): JourneyLine | undefined {
  if (by === 'literal') return undefined;
  if (by === 'not-found') return line('resolution', by, `${host} does not resolve for the client`, { decisive: true });
  if (addresses.length === 0)
    return line('resolution', by, `${host} is a service of the cluster, whose ClusterIP is not given`);
  const who = by === 'service' ? ', a service of the cluster' : '';
  return line('resolution', by, `${host} is ${addresses.join(', ')}${who}`);
}

function interceptionLine(
  { simulation: { since } }: Explanation,
  { interception, address, port, sidecar }: EventOf<'interception'>,
): JourneyLine {
  const { rule, at, redirected } = interception;
  const objects = at ? [at] : [];
  const reasons: Record<typeof rule, string> = {
    udp: 'UDP is not intercepted: no policy applies',
    'no-sidecar': 'the pod has no sidecar, so nothing is intercepted',
    ipv6: 'IPv6 is not intercepted: no policy applies',
    loopback: `${address} is the pod itself${sidecar.injected && sidecarPorts.includes(port) ? `, port ${port} its sidecar` : ''}: no policy applies`,
    'excluded-interface': 'the pod’s network interface is excluded from interception',
    'excluded-range': `${address} is in an excluded range: no policy applies`,
    'excluded-port': `port ${port} is excluded from interception: no policy applies`,
    'not-in-included-range': 'the address is in none of the included ranges: no policy applies',
    'in-included-range': 'the address is in an included range: redirected to Envoy',
    'proxy-user': 'the container runs as user 1500, which is Envoy’s: nothing of it is intercepted',
    'everything-else': `IPv4 TCP to port ${port} is redirected to Envoy`,
    'included-port': `port ${port} is included in interception: redirected to Envoy`,
    'nothing-included': 'no range is included in interception: no policy applies',
  };
  const when = since ? ' (as it was set up when the pod started)' : '';
  return line('interception', redirected ? 'redirected' : 'direct', `${reasons[rule]}${when}`, {
    objects: sidecar.injected ? objects : sidecar.at ? [sidecar.at] : [],
  });
}

function listenerLine(explanation: Explanation, event: EventOf<'listener'>): JourneyLine {
  const { world, source, isHeld, program } = explanation.simulation;
  if (isHeld) return heldListenerLine(program);
  const who = `${source.namespace}/${source.serviceAccount}`;
  if (event.state === 'refused') {
    const [first] = event.refusals;
    const more = event.refusals.length > 1 ? ` (and ${event.refusals.length - 1} more)` : '';
    const kept = event.kept ? keptText('listener') : '';
    return line('listener', 'refused', listenerRefusalText(first!) + more + kept, {
      objects: fieldsOfListenerRefusal(first!),
      decisive: !event.kept,
    });
  }
  if (event.state === 'absent') {
    const cause = world.egressPolicyEnabled
      ? event.applied.length > 0
        ? `the policies of ${who} open no port`
        : `no egress policy applies to ${who}`
      : 'egress policies are switched off';
    return line('listener', 'absent', `there is no outbound listener: ${cause}, and mesh-wide egress is off`, {
      objects: event.applied.length > 0 ? [] : flagRefs(explanation),
      decisive: true,
    });
  }
  const policies = event.applied.length;
  const basis = policies === 1 ? '1 policy' : `${policies} policies`;
  return line(
    'listener',
    'programmed',
    `Envoy listens; ${basis} for ${who}${world.meshWideEgress ? ', mesh-wide egress on' : ''}`,
  );
}

/** What a proxy was seen to hold. */
function heldListenerLine({ listener }: Explanation['simulation']['program']): JourneyLine {
  if (!listener) return line('listener', 'absent', 'the proxy has no outbound listener', { decisive: true });
  const count = listener.filterChains.length;
  const chains = `${count} filter ${count === 1 ? 'chain' : 'chains'}`;
  const all = listener.defaultFilterChain ? `${chains} and a default one (mesh-wide egress)` : chains;
  return line('listener', 'programmed', `the proxy listens, with ${all}`);
}

function flagRefs({ simulation: { world } }: Explanation): FieldRef[] {
  if (!world.meshConfig || world.egressPolicyEnabled) return [];
  return [{ object: world.meshConfig, path: ['spec', 'featureFlags', 'enableEgressPolicy'] }];
}

function detectionLine(event: EventOf<'detection'>, everything: boolean): JourneyLine | undefined {
  const { state, disabledBy, delaySeconds, serverName, applicationProtocols } = event;
  if (state === 'disabled') {
    return line('detection', 'disabled', 'the port is tcp-server-first: Envoy looks at neither SNI nor protocol', {
      objects: disabledBy ? [disabledBy] : [],
    });
  }
  if (state === 'off')
    return line('detection', 'off', 'Envoy looks at neither SNI nor protocol: egress policies are off');
  if (delaySeconds > 0) {
    return line(
      'detection',
      'timeout',
      `the client is silent: Envoy waits ${delaySeconds} seconds for its first bytes`,
    );
  }
  const seen = [
    ...(serverName ? [`SNI ${serverName}`] : []),
    ...(applicationProtocols.length > 0 ? [`protocol ${applicationProtocols.join(', ')}`] : []),
  ];
  // what Envoy sees is what the client sent, unless somebody asks for everything
  if (!everything) return undefined;
  return line(
    'detection',
    'on',
    seen.length > 0 ? `Envoy sees ${seen.join(', ')}` : 'Envoy sees neither SNI nor protocol',
  );
}

function sieveLine({ level, entry, before, after }: SieveStep): JourneyLine {
  const names = after
    .slice(0, 100)
    .map(({ name }) => name)
    .join(', ');
  const reason =
    entry === null
      ? `by ${level}: none of ${before.length} filter chains`
      : `by ${level} (${entry}): ${after.length} of ${before.length} filter chains${names ? `: ${shortened(names, 100)}` : ''}`;
  return line('sieve', entry === null ? 'none' : 'match', reason, {
    objects: after.slice(0, 5).flatMap(({ sources }) => sources.slice(0, 1)),
  });
}

function filterChainLine(explanation: Explanation, event: EventOf<'filter-chain'>): JourneyLine {
  const { chain, isDefault, onPort, takesAnyAddress } = event;
  const { target } = explanation;
  const { port } = target.dial;
  if (chain && !isDefault)
    return line('filter-chain', 'matched', chainText(chain, target.scheme), chainParts(chain, target));
  const word = target.tls?.sni ?? target.host;
  const near = nearMisses(onPort, word, namesOfChain, (candidate) => ({
    text: chainSummary(candidate, word),
    at: candidate.sources[0],
  }));
  const missing = onPort.length === 0 ? `no filter chain for port ${port}` : missText(explanation, takesAnyAddress);
  if (chain) {
    return line('filter-chain', 'default', `${missing}: mesh-wide egress lets it through`, { objects: chain.sources });
  }
  return line('filter-chain', 'none', missing, {
    objects: onPort.slice(0, 1).flatMap(({ sources }) => sources.slice(0, 1)),
    decisive: true,
    nearMisses: near,
  });
}

const namesOfChain = ({ match }: FilterChain): readonly string[] =>
  match.serverNames.length > 0 ? match.serverNames : [''];

function chainParts(chain: FilterChain, { scheme }: Explanation['target']): LineParts {
  const decisive = chain.target.filter === 'http_connection_manager' && scheme !== 'http';
  return { objects: chain.sources.slice(0, 3), decisive };
}

function routesLine({ state, refusals, name, kept }: EventOf<'routes'>): JourneyLine | undefined {
  if (state === 'accepted') return undefined;
  if (state === 'refused') {
    const [first] = refusals;
    return line('routes', 'refused', routeRefusalText(first!) + (kept ? keptText('routes') : ''), {
      objects: fieldsOfRouteRefusal(first!),
      decisive: !kept,
    });
  }
  if (state === 'unpredictable') {
    const instead = kept ? '; if not, the old ones stay' : '';
    const text = `routes of another port are refused: these may or may not take effect${instead}`;
    return line('routes', 'unpredictable', text);
  }
  return line('routes', 'absent', `there are no routes ${name}`, { decisive: true });
}

function virtualHostLine({ authority, virtualHost, domain, candidates }: EventOf<'virtual-host'>): JourneyLine {
  if (virtualHost) {
    return line('virtual-host', 'matched', domain === authority ? authority : `${authority} matches ${domain}`, {
      objects: [virtualHost.source],
    });
  }
  return line('virtual-host', 'none', `no virtual host for ${JSON.stringify(authority)}`, {
    decisive: true,
    objects: candidates.slice(0, 1).map(({ source }) => source),
    nearMisses: nearMisses(candidates, authority, firstDomain, ({ domains, source }) => ({
      text: `a virtual host for ${domains[0]!}`,
      at: source,
    })),
  });
}

function routeLine(explanation: Explanation, { route, mismatches }: EventOf<'route'>): JourneyLine {
  const { target } = explanation;
  const [path = '', query] = (target.http?.path ?? '').split('?', 2);
  const without = query === undefined ? '' : ' (the query is not matched)';
  const request = `${target.http?.method} ${shortened(path, 60)}${without}`;
  if (route) {
    const conditions = route.headers.map(({ name, regex }) => ` ${name}=${shortened(regex, 30)}`).join('');
    const paths = route.pathRegex === '.*' ? 'any path' : route.pathRegex;
    return line('route', 'matched', `${route.method ?? 'any method'}, ${paths}${conditions}`, {
      objects: [route.source],
    });
  }
  const missing = missingRouteGroups(explanation);
  const what = mismatches.length === 0 ? 'the host has no route' : `no route matches ${request}`;
  const causes = distinct(missing.map((notice) => noticeText(notice, explanation.simulation.world)));
  return line('route', 'none', [what, ...causes].join(': '), {
    decisive: true,
    objects: [...missing.map(({ at }) => at), ...mismatches.slice(0, 1).map(({ route: missed }) => missed.source)],
    nearMisses: nearMisses(furthest(mismatches), target.http?.path ?? '', pathOfRoute, (mismatch) => ({
      text: mismatchText(mismatch),
      at: mismatch.route.source,
    })),
  });
}

const firstDomain = ({ domains }: { readonly domains: readonly string[] }): string[] => domains.slice(0, 1);

const PARTS: readonly RouteMismatch['part'][] = ['method', 'path', 'header'];

/** Of the routes that one match makes, one for each method, the one that comes nearest. */
function furthest(mismatches: readonly RouteMismatch[]): RouteMismatch[] {
  const best = new Map<string, RouteMismatch>();
  const keys = new Map<unknown, number>();
  for (const mismatch of mismatches) {
    const { object, path } = mismatch.route.source;
    if (!keys.has(object)) keys.set(object, keys.size);
    const key = `${keys.get(object)} ${path.join()}`;
    const known = best.get(key);
    if (!known || PARTS.indexOf(known.part) < PARTS.indexOf(mismatch.part)) best.set(key, mismatch);
  }
  return [...best.values()];
}

const pathOfRoute = ({ route }: RouteMismatch): string[] => [route.pathRegex];

function mismatchText(mismatch: RouteMismatch): string {
  const { route } = mismatch;
  if (mismatch.part === 'method') {
    const path = route.pathRegex === '.*' ? '' : ` and path ${shortened(route.pathRegex, 60)}`;
    return `a route for method ${route.method}${path}`;
  }
  if (mismatch.part === 'path') return `a route for path ${shortened(route.pathRegex, 60)}`;
  const wanted = route.headers.find(({ name }) => name === mismatch.header)!;
  const got = mismatch.value === null ? 'absent' : JSON.stringify(shortened(mismatch.value, 30));
  return `a route for header ${wanted.name}: ${shortened(wanted.regex, 60)} (sent: ${got})`;
}

function splitLine({ split, clusters, isOneOf }: EventOf<'traffic-split'>): JourneyLine {
  const sum = clusters.reduce((total, { weight }) => total + weight, 0);
  const backends = clusters.map(({ name, weight }) => `${name} (${weight} of ${sum})`).join(', ');
  const others = isOneOf > 1 ? `; one of ${isOneOf} TrafficSplits of the root, of which one counts` : '';
  return line('traffic-split', 'split', `goes to ${backends || 'no backend'}${others}`, { objects: [split] });
}

function clustersLine({ state, refusals, kept }: EventOf<'clusters'>): JourneyLine {
  const [first] = refusals;
  const text = clusterRefusalText(first!) + (state === 'refused' ? '' : ', or not, by chance');
  return line('clusters', state, kept ? text + keptText('clusters') : text, {
    objects: [first!.at],
    decisive: state === 'refused' && !kept,
  });
}

function meshServiceLine({ cluster, service, endpoints, limit }: EventOf<'mesh-service'>): JourneyLine {
  if (endpoints === 'none') {
    return line('cluster', 'no-endpoints', `${cluster} has no endpoint: Envoy cannot connect`, { objects: [service] });
  }
  if (limit) return line('cluster', 'limited', limitText(cluster), { objects: [limit] });
  return line('cluster', 'mesh-service', `${cluster}, a service of the mesh`, { objects: [service] });
}

function serverFailsLine({ cluster, why, at, all }: EventOf<'server-fails'>): JourneyLine {
  if (why === 'other-account') {
    const text = `the pods of ${cluster} run under a ServiceAccount that no TrafficTarget opens to the source: Envoy is told of none`;
    return line('cluster', 'server-under-other-account', text, { objects: [at], decisive: true });
  }
  const servers = why === 'outside' ? 'endpoints' : 'pods';
  const fault = why === 'outside' ? 'are outside the mesh' : 'have no sidecar';
  const text = `${all ? 'the' : 'some'} ${servers} of ${cluster} ${fault}: mutual TLS with them fails`;
  return line('cluster', `server-${why === 'outside' ? why : 'without-sidecar'}`, text, {
    objects: [at],
    decisive: all,
  });
}

function clusterLine({ cluster, host, addresses }: EventOf<'cluster'>): JourneyLine {
  if (addresses === 'not-found') {
    return line('cluster', 'unresolvable', `Envoy cannot resolve ${JSON.stringify(host)}`, { decisive: true });
  }
  if (addresses === 'assumed') return line('cluster', 'assumed', `${cluster}, resolved by Envoy`);
  return line('cluster', 'resolved', `${cluster} at ${addresses.join(', ')}`);
}
