import type { L4Match, L4Route, VirtualService } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { isIpAddress } from '../../text/ip.js';
import type { ClusterChoices } from '../envoy/types.js';
import { fieldRef } from '../world.js';
import { choicesOf, clusterName } from './clusters.js';
import { homeOf, selects } from './hosts.js';
import type { Proxy } from './scope.js';
import type { MeshPort, MeshService } from './services.js';
import { VirtualServiceIndex } from './virtual-service-index.js';

/** A filter chain for what is no HTTP, before it is put into a listener. */
export interface L4Chain {
  readonly ranges: readonly string[];
  readonly serverNames: readonly string[];
  readonly clusters: ClusterChoices;
  readonly sources: readonly FieldRef[];
}

/** What decides which rules of VirtualServices apply. */
export interface RuleContext {
  readonly proxy: Proxy;
  /** `mesh`, or a gateway as `NAMESPACE/NAME`. */
  readonly gateway: string;
  readonly services: readonly MeshService[];
  readonly virtualServices: readonly VirtualService[];
}

/** Does a match of a VirtualService that is for the gateway hold for the proxy and port, as far as that can be told without a request? */
export function isFor(
  match: Pick<L4Match, 'port' | 'sourceLabels' | 'sourceNamespace' | 'gateways'>,
  virtualService: VirtualService,
  port: number,
  { proxy, gateway }: Pick<RuleContext, 'proxy' | 'gateway'>,
): boolean {
  return (
    (!match.port || match.port === port) &&
    (!match.gateways?.length || isAmong(match.gateways, virtualService, gateway)) &&
    (!match.sourceNamespace || match.sourceNamespace === proxy.namespace) &&
    selects(match.sourceLabels, proxy.labels)
  );
}

/** Is a gateway one of those that a VirtualService calls so? A name is one of its namespace; of old, `NAME.NAMESPACE` is one of another. */
export function isAmong(names: readonly string[], virtualService: VirtualService, gateway: string): boolean {
  const home = homeOf(virtualService);
  return names.some((text) => {
    const [name, namespace = home] = text.split('.');
    const full = text.startsWith('./') ? home + text.slice(1) : text;
    return full === gateway || `${namespace}/${name}` === gateway;
  });
}

/** Of a TLS port: the VirtualServices' matches, else the host as server name. Istio egress §2, §3. */
export function tlsChains(service: MeshService, port: MeshPort, context: RuleContext): L4Chain[] {
  const own = rangesOf(service);
  const chains: L4Chain[] = [];
  for (const { virtualService, rule, at } of rulesFor(service, 'tls', context)) {
    rule.match?.forEach((match, index) => {
      if (!isFor(match, virtualService, port.number, context)) return;
      const { destinationSubnets = [], sniHosts = [] } = match;
      chains.push({
        ranges: destinationSubnets.length > 0 ? destinationSubnets.map(asRange) : own,
        serverNames: sniHosts,
        clusters: destinations(rule, virtualService, port, context, at),
        sources: [fieldRef(virtualService, ...at.path, 'match', index), port.at],
      });
    });
  }
  if (chains.length > 0) return chains;
  // with an address the listener is its own, so that nobody looks at the name
  const serverNames = service.address === undefined ? [service.host] : [];
  return [{ ranges: own, serverNames, clusters: ownCluster(service, port), sources: [port.at] }];
}

/** Of a TCP port: the VirtualServices' routes, and the service's own, which of equal ones comes last and so does not count. */
export function tcpChains(service: MeshService, port: MeshPort, context: RuleContext): L4Chain[] {
  const own = rangesOf(service);
  const chains: L4Chain[] = [];
  for (const { virtualService, rule, at } of rulesFor(service, 'tcp', context)) {
    const applying = (rule.match ?? [{}]).filter((match) => isFor(match, virtualService, port.number, context));
    if (applying.length === 0) continue;
    const isForAll = applying.some(({ destinationSubnets = [] }) => destinationSubnets.length === 0);
    const ranges = isForAll ? own : applying.flatMap(({ destinationSubnets = [] }) => destinationSubnets.map(asRange));
    const clusters = destinations(rule, virtualService, port, context, at);
    chains.push({ ranges, serverNames: [], clusters, sources: [at, port.at] });
    if (isForAll) break;
  }
  return [...chains, { ranges: own, serverNames: [], clusters: ownCluster(service, port), sources: [port.at] }];
}

interface FoundRule {
  readonly virtualService: VirtualService;
  readonly rule: L4Route;
  readonly at: FieldRef;
}

/** Rules of VirtualServices that have something to say about a service, the oldest first. */
function rulesFor({ host }: MeshService, kind: 'tls' | 'tcp', { virtualServices }: RuleContext): FoundRule[] {
  return rulesOf(VirtualServiceIndex.of(virtualServices).meeting(host), kind);
}

export function rulesOf(virtualServices: readonly VirtualService[], kind: 'tls' | 'tcp'): FoundRule[] {
  return virtualServices.flatMap((virtualService) =>
    (virtualService.spec[kind] ?? []).map((rule, index) => ({
      virtualService,
      rule,
      at: fieldRef(virtualService, 'spec', kind, index),
    })),
  );
}

function destinations(
  rule: L4Route,
  virtualService: VirtualService,
  port: MeshPort,
  { services }: RuleContext,
  at: FieldRef,
): ClusterChoices {
  return choicesOf(rule.route!, homeOf(virtualService), services, port.number, at);
}

function ownCluster({ host }: MeshService, { number, at }: MeshPort): ClusterChoices {
  return [{ clusters: [{ name: clusterName(host, number), weight: 100 }], source: at }];
}

function rangesOf({ address, range }: MeshService): string[] {
  if (address !== undefined) return [asRange(address)];
  return range === undefined ? [] : [range];
}

export function asRange(text: string): string {
  if (!isIpAddress(text)) return text;
  return `${text}/${text.includes(':') ? 128 : 32}`;
}
