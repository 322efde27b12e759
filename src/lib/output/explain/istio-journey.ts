import type { IstioFacts } from '../../simulator/control-plane/program.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Explanation } from '../../simulator/explain.js';
import type { TraceEvent } from '../../simulator/trace.js';
import { objectName } from '../../wording/verdict.js';
import { shortened } from '../../text/shorten.js';
import { line, type JourneyLine } from './journey-line.js';
import { nearMisses } from './near-misses.js';

type EventOf<Stage extends TraceEvent['stage']> = Extract<TraceEvent, { stage: Stage }>;

/** Lines of the trace that only Istio has. */
export function istioLine(event: EventOf<'direct-response' | 'upstream-closes' | 'no-endpoints'>): JourneyLine {
  switch (event.stage) {
    case 'direct-response': {
      const who = event.cluster === undefined ? 'Envoy' : `the gateway behind ${event.cluster}`;
      return line('route', 'answered', `the route has ${who} answer ${event.status}`, {
        objects: [event.at],
        decisive: true,
      });
    }
    case 'upstream-closes':
      return line('cluster', 'closing', `${event.cluster}: ${event.why}`, { objects: [event.at], decisive: true });
    case 'no-endpoints':
      return line('cluster', 'no-endpoints', `cluster ${event.cluster} has no address: nothing gets through`, {
        objects: event.at ? [event.at] : [],
        decisive: true,
      });
  }
}

/** What Istio means by lines that both meshes have; undefined: the same as OSM. */
export function istioMeaning(
  explanation: Explanation,
  event: TraceEvent,
  facts: IstioFacts,
): JourneyLine | 'nothing' | undefined {
  switch (event.stage) {
    case 'interception':
      return interceptionLine(event);
    case 'listener':
      return listenerLine(facts);
    case 'detection':
      if (event.state === 'off') return 'nothing';
      return event.stalls ? stallLine() : undefined;
    case 'filter-chain':
      return chainLine(explanation, event, facts);
    case 'virtual-host':
      return virtualHostLine(event, facts);
    case 'route':
      // what answers for every other Host is told by the virtual host
      return event.virtualHost.source === facts.modeAt ? 'nothing' : undefined;
    case 'direct-response':
      return event.at === facts.modeAt ? 'nothing' : undefined;
    case 'no-endpoints':
      return event.cluster === 'BlackHoleCluster' ? 'nothing' : undefined;
    default:
      return undefined;
  }
}

function interceptionLine({ interception, sidecar, address, port }: EventOf<'interception'>): JourneyLine | undefined {
  const { rule, at, redirected } = interception;
  const objects = at ? [at] : [];
  if (rule === 'proxy-user') {
    return line(
      'interception',
      'direct',
      'the container runs as user 1337, which is the sidecar’s: nothing of it is intercepted',
      { objects },
    );
  }
  if (rule === 'everything-else' && address.includes(':')) {
    return line('interception', 'redirected', `IPv6 TCP to port ${port} is redirected to Envoy`);
  }
  if (!sidecar.injected && !redirected && rule === 'no-sidecar') {
    return line('interception', 'direct', 'the pod has no sidecar of Istio, so nothing is intercepted', {
      objects: sidecar.at ? [sidecar.at] : [],
    });
  }
  return undefined;
}

function listenerLine({ mode, modeAt, sidecar }: IstioFacts): JourneyLine {
  const scope = sidecar ? `; ${objectName({ object: sidecar })} says what it may see` : '';
  const objects = sidecar ? [{ object: sidecar, path: ['spec'] }] : [modeAt];
  return line('listener', 'programmed', `Envoy listens, outboundTrafficPolicy is ${mode}${scope}`, { objects });
}

function stallLine(): JourneyLine {
  return line(
    'detection',
    'stalls',
    'the client is silent, and the listener of the port waits for its first bytes to tell HTTP and TLS apart: without end',
    { decisive: true },
  );
}

function chainLine(explanation: Explanation, event: EventOf<'filter-chain'>, facts: IstioFacts): JourneyLine {
  const { chain, isDefault, onPort } = event;
  const { target } = explanation;
  const { port } = target.dial;
  if (chain && chain.origin !== 'black-hole' && chain.origin !== 'mesh-wide-egress') {
    return line('filter-chain', isDefault ? 'default' : 'matched', chainText(chain, isDefault), {
      objects: chain.sources.slice(0, 3),
    });
  }
  const missing = onPort.length === 0 ? `nothing visible has port ${port}` : `no filter chain of port ${port} takes it`;
  if (facts.mode === 'ALLOW_ANY') {
    return line('filter-chain', 'default', `${missing}: ALLOW_ANY lets it through`, { objects: [facts.modeAt] });
  }
  const word = target.tls?.sni ?? target.host;
  return line('filter-chain', 'none', `${missing}: REGISTRY_ONLY closes the connection`, {
    objects: [facts.modeAt],
    decisive: true,
    nearMisses: nearMisses(onPort, word, namesOfChain, (candidate) => ({
      text: chainText(candidate, false),
      at: candidate.sources[0],
    })),
  });
}

const namesOfChain = ({ match }: FilterChain): readonly string[] =>
  match.serverNames.length > 0 ? match.serverNames : [''];

function chainText({ match, target }: FilterChain, isDefault: boolean): string {
  const parts = [`a chain for port ${match.destinationPort}`];
  if (match.serverNames.length > 0) parts.push(`SNI ${shortened(match.serverNames.join(', '), 60)}`);
  if (match.prefixRanges.length > 0) parts.push(shortened(match.prefixRanges.join(', '), 60));
  if (target.filter === 'http_connection_manager') parts.push('plain HTTP/1.1 and HTTP/2');
  else {
    const [choice] = target.clusters;
    parts.push(
      `${isDefault ? 'everything that no other chain takes, ' : ''}to ${choice?.clusters.map(({ name }) => name).join(', ')}`,
    );
  }
  return parts.join(', ');
}

function virtualHostLine(event: EventOf<'virtual-host'>, { mode, modeAt }: IstioFacts): JourneyLine | undefined {
  const { authority, virtualHost, candidates } = event;
  if (virtualHost?.source !== modeAt) return undefined;
  const asked = JSON.stringify(authority);
  if (mode === 'ALLOW_ANY') {
    return line('virtual-host', 'default', `no virtual host for ${asked}: ALLOW_ANY lets it through`, {
      objects: [modeAt],
    });
  }
  const others = candidates.filter(({ source }) => source !== modeAt);
  return line('virtual-host', 'none', `no virtual host for ${asked}: REGISTRY_ONLY answers 502`, {
    objects: [modeAt],
    decisive: true,
    nearMisses: nearMisses(others, authority, firstDomain, ({ domains, source }) => ({
      text: `a virtual host for ${domains[0]!}`,
      at: source,
    })),
  });
}

const firstDomain = ({ domains }: { readonly domains: readonly string[] }): string[] => domains.slice(0, 1);
