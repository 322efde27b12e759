import type { FieldRef } from '../../resources/types.js';
import { inBrackets } from '../../text/ip.js';
import { chainMatch } from '../envoy/filter-chain-match.js';
import type { ClusterChoices, FilterChain, FilterChainTarget, Listener } from '../envoy/types.js';
import { BLACK_HOLE, PASS_THROUGH } from './clusters.js';
import { asRange, tcpChains, tlsChains, type L4Chain, type RuleContext } from './l4.js';
import type { PortedService } from './routes.js';
import type { SidecarScope } from './scope.js';
import { isUnknownAddress, type MeshPort, type MeshService } from './services.js';
import type { IstioWorld } from './world.js';

/** HTTP/1.0 is not among them. */
const HTTP_PROTOCOLS: readonly string[] = ['http/1.1', 'h2c'];

/** The listeners of a sidecar, and which services each of their route configurations is for. */
export interface ListenersBuilt {
  readonly general: Listener;
  readonly bound: ReadonlyMap<string, Listener>;
  readonly routes: ReadonlyMap<
    string,
    { readonly port: number; readonly services: readonly PortedService[]; readonly context: RuleContext }
  >;
}

interface Draft {
  readonly chains: Map<string, FilterChain>;
  /** The first chain that asks for nothing takes what no other one does. */
  fallback?: FilterChain;
}

/** The listeners of a sidecar: for each port that something visible has, and for single addresses. Istio egress §2. */
export function listenersOf(world: IstioWorld, scope: SidecarScope): ListenersBuilt {
  const drafts = new Map<string, Draft>();
  const routes = new Map<string, { port: number; services: PortedService[]; context: RuleContext }>();
  const draftOf = (name: string): Draft => {
    let draft = drafts.get(name);
    if (!draft) drafts.set(name, (draft = { chains: new Map() }));
    return draft;
  };
  const explicit = new Set(scope.egress.map(({ port }) => port));
  for (const { port: only, services, virtualServices } of scope.egress) {
    const context: RuleContext = { proxy: scope.proxy, gateway: 'mesh', services, virtualServices };
    const youngest = youngestOf(services);
    for (const service of services) {
      for (const port of service.ports) {
        const { number, kind } = port;
        if (kind === 'udp' || (only === undefined ? explicit.has(number) : number !== only)) continue;
        if (kind === 'http' || kind === 'auto') {
          const own = kind === 'auto' && service.address !== undefined ? [asRange(service.address)] : [];
          const name = own.length > 0 ? `${service.host}:${number}` : String(number);
          addHttp(draftOf(own.length > 0 ? boundTo(service, number) : name), service, port, name, own);
          const known = routes.get(name);
          const isRouted = youngest.get(`${number} ${service.host}`) === service.object;
          const routed = isRouted ? [{ service, port }] : [];
          if (known) known.services.push(...routed);
          else routes.set(name, { port: number, services: routed, context });
        }
        const chains =
          kind === 'tls' ? tlsChains(service, port, context) : kind === 'http' ? [] : tcpChains(service, port, context);
        for (const chain of chains) addL4(draftOf(boundTo(service, number)), chain, service, port);
      }
    }
  }
  const catchAll = catchAllOf(scope);
  const bound = new Map([...drafts].map(([name, draft]) => [name, listenerOf(world, draft, catchAll)]));
  return { general: { ...PLAIN, filterChains: [], defaultFilterChain: catchAll, detection: false }, bound, routes };
}

/** Of objects that give a host a port the youngest decides about its routes: if that is not for HTTP, there are none. */
function youngestOf(services: readonly MeshService[]): ReadonlyMap<string, MeshService['object']> {
  return new Map(
    services.flatMap(({ host, ports, object }) => ports.map(({ number }) => [`${number} ${host}`, object] as const)),
  );
}

const PLAIN = { detectionDisabledPorts: new Map<number, FieldRef>(), plaintextOnly: true } as const;

function boundTo({ address }: MeshService, port: number): string {
  if (address === undefined) return String(port);
  // no client dials it, but what has it must not share the port's listener
  if (isUnknownAddress(address)) return `unknown:${port}`;
  return `${inBrackets(address)}:${port}`;
}

function addHttp(
  draft: Draft,
  service: MeshService,
  port: MeshPort,
  routeConfigName: string,
  ranges: readonly string[],
): void {
  const match = chainMatch(port.number, ranges, [], HTTP_PROTOCOLS);
  const target: FilterChainTarget = { filter: 'http_connection_manager', routeConfigName };
  put(draft, {
    name: `${port.number} http`,
    ...originOf(service),
    match,
    target,
    sources: [port.at],
  });
}

function addL4(
  draft: Draft,
  { ranges, serverNames, clusters, sources }: L4Chain,
  service: MeshService,
  port: MeshPort,
): void {
  // an address of zeros stands for every address, whatever its length
  const limiting = ranges.filter((range) => !/^(0\.0\.0\.0|::)\//.test(range));
  const match = chainMatch(port.number, limiting, serverNames, []);
  const target: FilterChainTarget = { filter: 'tcp_proxy', clusters };
  const chain = {
    name: `${port.number} ${service.host}`,
    ...originOf(service),
    match,
    target,
    sources,
  };
  if (limiting.length === 0 && serverNames.length === 0) draft.fallback ??= chain;
  else put(draft, chain);
}

function originOf({ object }: MeshService): Pick<FilterChain, 'origin'> {
  return { origin: object.kind === 'Service' ? 'mesh' : 'egress' };
}

/** Of chains that ask for the same the oldest counts. */
function put(draft: Draft, chain: FilterChain): void {
  const { prefixRanges, serverNames, applicationProtocols } = chain.match;
  const key = JSON.stringify([[...prefixRanges].sort(), [...serverNames].sort(), applicationProtocols]);
  const known = draft.chains.get(key);
  if (!known) draft.chains.set(key, chain);
  else if (known.target.filter === 'http_connection_manager') {
    draft.chains.set(key, { ...known, sources: [...known.sources, ...chain.sources] });
  }
}

function listenerOf({ detectionTimeout }: IstioWorld, { chains, fallback }: Draft, catchAll: FilterChain): Listener {
  const filterChains = [...chains.values()];
  const looksAtHttp = filterChains.some(({ target }) => target.filter === 'http_connection_manager');
  const looksAtNames = filterChains.some(({ match }) => match.serverNames.length > 0);
  return {
    ...PLAIN,
    filterChains,
    defaultFilterChain: fallback ?? catchAll,
    detection: looksAtHttp || looksAtNames,
    // only what looks for HTTP gives up
    detectionTimeout: looksAtHttp ? detectionTimeout : null,
  };
}

/** What becomes of connections that nothing else takes. */
function catchAllOf({ mode, modeAt }: SidecarScope): FilterChain {
  const isOpen = mode === 'ALLOW_ANY';
  const clusters: ClusterChoices = [
    { clusters: [{ name: isOpen ? PASS_THROUGH : BLACK_HOLE, weight: 100 }], source: modeAt },
  ];
  return {
    name: isOpen ? 'pass-through' : 'black hole',
    origin: isOpen ? 'mesh-wide-egress' : 'black-hole',
    match: chainMatch(0, [], [], []),
    target: { filter: 'tcp_proxy', clusters },
    sources: [modeAt],
  };
}
