import type { Egress, FieldRef } from '../resources/types.js';
import type { IstioFacts } from '../simulator/control-plane/program.js';
import type { FilterChain } from '../simulator/envoy/types.js';
import { reasonAgainst, serviceOf } from '../analysis/allow/reasons.js';
import { namespacesWithRouteGroup } from '../simulator/control-plane/routes.js';
import type { Explanation } from '../simulator/explain.js';
import type { Target } from '../simulator/request/index.js';
import type { TraceEvent } from '../simulator/trace.js';
import { fieldRef } from '../simulator/world.js';
import { listed, mostAlike } from '../text/likeness.js';
import { shortened } from '../text/shorten.js';
import { inMeshText } from './allow.js';
import { bystanderText } from './notices.js';
import { portText } from './policy.js';

/** Where an object is: `examples/https/egress.yaml:15` */
type Place = (ref: FieldRef) => string | undefined;

/** Policies of the port that are told; the trace has the others. */
const MOST_POLICIES = 2;

/**
 * Why a request is denied, in one sentence about policies; undefined where no policy is the reason.
 */
export function becauseText(explanation: Explanation, place: Place): string | undefined {
  const { simulation, target, verdict, events } = explanation;
  // a dump has no policies to tell of
  if (verdict.verdict !== 'denied' || simulation.isHeld) return undefined;
  const { namespace, serviceAccount } = simulation.source;
  const who = `${namespace}/${serviceAccount}`;
  if (simulation.program.istio) return istioBecause(explanation, who, simulation.program.istio);
  const { listener, 'filter-chain': chain, 'virtual-host': host, routes, route, cluster } = byStage(events);
  if (listener?.state === 'refused')
    return `Envoy refuses the listener of ${who}, so that none of its policies takes effect`;
  if (listener?.state === 'absent' && !simulation.world.egressPolicyEnabled) {
    return 'egress policies are switched off, and nothing else lets requests out';
  }
  const inMesh = meshBecause(explanation, place);
  if (inMesh !== undefined) return inMesh;
  const nobody = `no Egress policy lets ${who} reach ${target.throughProxy && !host ? proxyPlaceOf(target) : placeOf(target)}`;
  const sentence = (policies: readonly Near[]): string => {
    const told = policies.slice(0, MOST_POLICIES).map(({ at, text }) => `${nameOf(at, place)} ${text}`);
    const others = told.length > 0 ? told : [...bystander(explanation, place), ...otherPorts(explanation, place)];
    return [nobody, ...others].join('; ');
  };
  if (route && !route.route) {
    const { http } = target;
    const path = http!.path.split('?', 1)[0]!;
    const refused = nobody.replace(' reach ', () => ` send ${http!.method} ${shortened(path, 60)} to `);
    const at = host?.virtualHost?.source;
    if (!at) return refused;
    const only = host.virtualHost.routes.length > 0 ? ['allows only the requests of its routes'] : [];
    return `${refused}; ${nameOf(at, place)} ${[...only, ...missingGroups(explanation, at)].join('; it ')}`;
  }
  const { source } = host?.virtualHost ?? {};
  if (source?.object.kind === 'Egress' && cluster?.addresses === 'not-found') {
    const name = shortened(cluster.host, 80);
    return `${nameOf(source, place)} allows it, but sends requests to its own host ${name}, which Envoy cannot resolve`;
  }
  if (host) {
    const near = host.candidates.length > 0 ? hostsOf(host.candidates, host.authority) : hostless(chain?.chain);
    return host.virtualHost ? undefined : sentence(near);
  }
  if (routes?.state === 'refused')
    return `Envoy refuses the routes of ${who}, so that its policies for http let nothing through`;
  if (chain?.chain && !chain.isDefault) {
    // what reaches its routes and is answered by Envoy itself is denied for reasons that no policy has
    if (target.throughProxy) return proxyInChain(chain.chain, place);
    const isServed = target.scheme === 'http' || chain.chain.origin === 'mesh';
    return isServed ? undefined : sentence(protocolOf(chain.chain));
  }
  if (chain && !chain.chain) return sentence(chainsOf(chain.onPort, target));
  return listener?.state === 'absent' ? sentence([]) : undefined;
}

/** Why a service of the mesh is not reached; undefined where the request goes elsewhere. */
function meshBecause({ simulation, target, verdict, events }: Explanation, place: Place): string | undefined {
  const reason = reasonAgainst({ world: simulation.world, target, verdict, events });
  if (reason?.code !== 'in-mesh-service') return undefined;
  const { 'virtual-host': host } = byStage(events);
  if (!host || host.virtualHost) return inMeshText(reason, target).why;
  const at = nameOf({ ...reason.service, path: [] }, place);
  return `Service ${at} answers there by its names only: no service of the mesh goes by ${host.authority.replace(/:\d+$/, '')} on port ${target.dial.port}`;
}

/** The ports of the service that is dialled at another one. */
function otherPorts({ target, events }: Explanation, place: Place): string[] {
  const service = serviceOf(events);
  const ports = service?.spec.ports?.map(({ port }) => port) ?? [];
  if (!service || ports.includes(target.dial.port)) return [];
  const at = fieldRef(service);
  return [
    `Service ${nameOf(at, place)} has ${ports.length === 1 ? 'only port' : 'ports'} ${listed(ports.map(String), '')}`,
  ];
}

/** Why Istio lets a request through to nothing. */
function istioBecause(
  { target, events }: Explanation,
  who: string,
  { mode, modeAt, sidecar }: IstioFacts,
): string | undefined {
  const { 'filter-chain': chain, 'virtual-host': host, 'direct-response': answer, detection } = byStage(events);
  const place = target.throughProxy && !host ? proxyPlaceOf(target) : placeOf(target);
  const seen = sidecar ? `, of what Sidecar ${sidecar.metadata.namespace}/${sidecar.metadata.name} imports,` : '';
  const unregistered = `nothing that ${who} may see${seen} is registered for ${place}, and outboundTrafficPolicy is ${mode}`;
  if (detection?.stalls) return `the listener of port ${target.dial.port} waits for the client to begin, without end`;
  if (chain?.chain?.origin === 'black-hole') return unregistered;
  if (answer && host?.virtualHost?.source === modeAt) return unregistered;
  if (answer?.cluster !== undefined)
    return `the egress gateway answers ${answer.status}: none of its routes and policies lets ${who} send this`;
  if (answer) return `${nameOfObject(answer.at)} answers ${answer.status} to such requests`;
  const at = host?.virtualHost?.source;
  return at && events.some((event) => event.stage === 'route' && !event.route)
    ? `${nameOfObject(at)} has no route for such requests to ${place}`
    : undefined;
}

function nameOfObject({ object }: FieldRef): string {
  return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/** HTTPRouteGroups that a policy names in vain. */
function missingGroups({ simulation: { program, world } }: Explanation, { object }: FieldRef): string[] {
  const missing = program.notices.filter(({ code, policy }) => code === 'route-group-missing' && policy === object);
  return [...new Map(missing.map((notice) => [notice.at.path.join(), notice])).values()].map((notice) => {
    const { namespace = 'default' } = object.metadata;
    const name = (object as Egress).spec.matches?.[Number(notice.at.path[2])]?.name ?? '';
    const elsewhere = namespacesWithRouteGroup(world, notice);
    const hint = elsewhere.length > 0 ? ` (there is one in ${listed(elsewhere, namespace)})` : '';
    return `names HTTPRouteGroup ${name}, which namespace ${namespace} does not have${hint}`;
  });
}

type Stages = { readonly [Stage in TraceEvent['stage']]?: Extract<TraceEvent, { stage: Stage }> };

/** The last event of each stage. */
function byStage(events: readonly TraceEvent[]): Stages {
  return Object.fromEntries(events.map((event) => [event.stage, event]));
}

/** A policy that comes near to what is wanted. */
interface Near {
  readonly at: FieldRef;
  readonly text: string;
}

function nameOf(at: FieldRef, place: Place): string {
  const where = place(at);
  return where === undefined ? at.object.metadata.name : `${at.object.metadata.name} (${where})`;
}

/** `example.com on 443/https` */
function placeOf({ scheme, host, http, tls, dial }: Target): string {
  const named = tls?.sni ?? (tls ? host : (http?.authority ?? host));
  const name = named.endsWith(`:${dial.port}`) ? named.slice(0, -`:${dial.port}`.length) : named;
  return `${name} on ${dial.port}/${scheme === 'tls' ? 'https' : scheme}`;
}

function proxyPlaceOf({ throughProxy, host, port, tls }: Target): string {
  return `the proxy ${host} on ${port}/${tls && throughProxy?.asked !== 'socks' ? 'https' : 'tcp'}`;
}

/** What a proxy is asked in other words than an HTTP chain takes. */
function proxyInChain({ sources, origin }: FilterChain, place: Place): string | undefined {
  const [at] = sources;
  const port = at && origin === 'egress' ? portOf(at) : undefined;
  if (port === undefined) return undefined;
  return `${nameOf(at!, place)} opens ${port}, where Envoy answers by itself what a proxy is asked: a proxy takes a policy for tcp`;
}

function bystander({ bystanders }: Explanation, place: Place): string[] {
  return bystanders()
    .slice(0, 1)
    .map((found) => bystanderText(found, nameOf(found.at, place)));
}

function hostsOf(
  candidates: readonly { readonly domains: readonly string[]; readonly source: FieldRef }[],
  authority: string,
): Near[] {
  const found = new Map<unknown, Near>();
  for (const { source } of mostAlike(authority, candidates, firstDomain, MOST_POLICIES)) {
    const { hosts = [] } = (source.object as Egress).spec;
    found.set(source.object, { at: source, text: `allows only ${listed(hosts, authority)}` });
  }
  return [...found.values()];
}

const firstDomain = ({ domains }: { readonly domains: readonly string[] }): string[] => domains.slice(0, 1);

/** Policies that open the port to plain HTTP, and have no host. */
function hostless(chain: FilterChain | undefined): Near[] {
  return (chain?.sources ?? []).map((at) => ({
    at,
    text: 'names no host, and plain HTTP is let through by host only',
  }));
}

/** What the chain's policy opens the port for. */
function protocolOf({ sources }: FilterChain): Near[] {
  return sources.slice(0, 1).flatMap((at) => {
    const port = portOf(at);
    return port === undefined ? [] : [{ at, text: `opens ${port}` }];
  });
}

function portOf({ object, path }: FieldRef): string | undefined {
  if (object.kind !== 'Egress') return undefined;
  const port = path[1] === 'ports' ? (object as Egress).spec.ports[Number(path[2])] : undefined;
  return port && portText(port);
}

function chainsOf(onPort: readonly FilterChain[], target: Target): Near[] {
  const word = target.tls?.sni ?? target.host;
  return mostAlike(word, onPort, namesOfPolicyChain, MOST_POLICIES).map(({ match, sources }) => {
    const at = sources[0]!;
    const only = [
      ...(match.serverNames.length > 0 ? [listed(match.serverNames, word)] : []),
      ...(match.prefixRanges.length > 0 ? [listed(match.prefixRanges, '')] : []),
    ];
    const isName = target.tls !== undefined || match.serverNames.length === 0;
    if (only.length === 0 || !isName) return { at, text: `opens ${portOf(at) ?? 'the port'}` };
    return { at, text: `allows only ${only.join(' at ')}` };
  });
}

function namesOfPolicyChain({ match, sources, origin }: FilterChain): readonly string[] {
  if (origin === 'mesh' || sources[0]?.object.kind !== 'Egress') return [];
  return match.serverNames.length > 0 ? match.serverNames : [''];
}
