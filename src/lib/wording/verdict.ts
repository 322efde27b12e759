import { inBrackets } from '../text/ip.js';
import { failedOpen, hostsUnread, type Explanation } from '../simulator/explain.js';
import type { ClusterRefusal, RouteRefusal, ListenerRefusal, MatchEntry } from '../simulator/envoy/acceptance.js';
import { parseAddressLiteral } from '../simulator/address.js';
import { isLoopback, type BrokenPod } from '../simulator/interception.js';
import { sidecarPorts } from '../simulator/pod-ports.js';
import { DETECTION_TIMEOUT_SECONDS } from '../simulator/envoy/detection.js';
import type { Outcome } from '../simulator/outcome.js';
import { serverFirstPorts } from '../resources/protocols.js';
import type { Target } from '../simulator/request/types.js';
import type { TraceEvent } from '../simulator/trace.js';
import type { Assumption, Condition, Destination, Obstacle } from '../simulator/verdict.js';
import type { FieldRef, Service } from '../resources/types.js';
import { pathText } from '../text/field-path.js';
import { shortened } from '../text/shorten.js';

/** Sentences for what the simulator tells as data. They begin in lower case and have no full stop, so that they can be joined. */

/** `Egress curl/httpbin` */
export function objectName({ object }: Pick<FieldRef, 'object'>): string {
  const { name, namespace } = object.metadata;
  const clusterScoped = object.kind === 'Namespace';
  return `${object.kind} ${clusterScoped || !namespace ? name : `${namespace}/${name}`}`;
}

/** What the client sees, in one clause. */
export function outcomeText(target: Target, outcome: Outcome): string {
  const [first, ...others] = outcome.curlExitCodes;
  const exit =
    first === undefined
      ? ''
      : others.length > 0 && outcome.class !== 'reached' && outcome.class !== 'mesh'
        ? `: curl exits with ${first} (${others.join(' or ')} by timing)`
        : `: curl exits with ${first}${others.length > 0 ? ` (${others.join(', ')} if the server answers 400 or more)` : ''}`;
  const wait = waitText(outcome);
  switch (outcome.class) {
    case 'unresolved':
      return `the name does not resolve${exit}`;
    case 'refused':
      return `connection refused${exit}`;
    case 'closed':
      if (target.tls) return `the TLS handshake is cut off${wait}${exit}`;
      return `the connection is accepted, then closed without an answer${wait}${exit}`;
    case 'tls-error':
      return `a TLS error${exit === '' ? '' : ', "wrong version number"'}${exit}`;
    case 'http':
      return `HTTP ${outcome.httpStatus} from Envoy (server: envoy)${exit}`;
    case 'stalled':
      return `nothing at all: the connection stays open, and Envoy waits without end for the client to begin${exit}`;
    case 'reached':
      return `the server's answer${wait}${exit}`;
    case 'mesh':
      return `the answer of a service in the mesh${wait}${exit}`;
  }
}

/** ` after 15 seconds of protocol detection`; empty when nothing waits. */
export function waitText({ delaySeconds }: Outcome): string {
  return delaySeconds > 0 ? ` after ${delaySeconds} seconds of protocol detection` : '';
}

/** Where the request ends up, in one clause. */
export function destinationText(destination: Destination): string {
  const { host, port, address, cluster } = destination;
  const place = `${cluster === null ? inBrackets(host) : host}:${port}`;
  const at = address === null || address === host ? place : `${place} (${address})`;
  if (cluster === null) return `${at}, ${isSidecar(destination) ? 'the sidecar itself' : 'past Envoy'}`;
  return `${at}, through Envoy's cluster ${cluster}`;
}

function isSidecar({ address, host, port }: Destination): boolean {
  const literal = parseAddressLiteral(address ?? host);
  return literal !== undefined && isLoopback(literal) && sidecarPorts.includes(port);
}

export function assumptionText(assumption: Assumption): string {
  switch (assumption.code) {
    case 'no-mesh-config':
      return 'egress policies on, mesh-wide egress off, permissive mode on (no MeshConfig is given)';
    case 'no-istio-mesh-config':
      return 'Istio’s own defaults: outboundTrafficPolicy ALLOW_ANY (no mesh configuration is given)';
    case 'no-exclusion-lists':
      return 'nothing is excluded from interception (no MeshConfig is given)';
    case 'filter-is-osms':
      return `the filter ${assumption.filter} of the proxy is OSM's own, which only counts requests (its code is not read)`;
    case 'mesh-config-elsewhere':
      return `the MeshConfig of namespace ${assumption.at.object.metadata.namespace ?? 'default'} is the mesh's`;
    case 'no-namespace':
      return `namespace ${assumption.namespace} is in the mesh (it is not given)`;
    case 'no-account':
      return `there is a ServiceAccount ${assumption.namespace}/${assumption.serviceAccount} (it is not given)`;
    case 'no-pod':
      return 'a sidecar without traffic annotations (no Pod is given)';
    case 'injection-not-stated':
      return 'a sidecar (no annotation says)';
    case 'address-unknown':
      return `${assumption.host} has an IPv4 address outside the mesh${assumption.outside.length > 0 ? ` and not in ${listOf(assumption.outside)}: no public name is in an excluded, link-local or metadata range` : ''}`;
    case 'settings-unreadable':
      return UNREADABLE[assumption.kind]!;
    case 'resolves-for-envoy':
      return `${assumption.host} resolves for Envoy`;
    case 'nothing-listens-on-loopback':
      return `nothing in the pod listens on port ${assumption.port}`;
    case 'probe-port':
      return `the pod has a health probe that its sidecar answers on port ${assumption.port}`;
    case 'inbound-listener':
      return `a service selects the pod, so that its sidecar listens on port ${assumption.port}`;
    case 'cluster-ip-unknown':
      return `the ClusterIP of ${assumption.host}, which is not given, is in no excluded range`;
    case 'far-side':
      return assumption.looked
        ? `the sidecars of ${objectName(assumption.service)} let the request in (the routes of TrafficTargets are not looked at)`
        : `${serversText(assumption.service)} have a sidecar of the mesh that takes the connection (they are not given)`;
    case 'no-endpoints':
      if (assumption.service.object.kind === 'Cluster')
        return `${objectName(assumption.service)} has endpoints (the config dump has none of any cluster; ask for it with ?include_eds)`;
      return `${objectName(assumption.service)} has endpoints (none are given, so its cluster is named by port 0)`;
  }
}

/** A Service without selector has whatever its Endpoints say. */
function serversText(service: FieldRef): string {
  const written = service.object.kind === 'Service' && !(service.object as Service).spec.selector;
  return written ? `the endpoints of ${objectName(service)} are pods, which` : `the pods of ${objectName(service)}`;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  Service: 'no service of the mesh is concerned (Services may not be read)',
  TrafficTarget: 'no service of the mesh is concerned (TrafficTargets may not be read)',
  TrafficSplit: 'no TrafficSplit changes anything (TrafficSplits may not be read)',
  Endpoints: 'the services of the mesh have endpoints (Endpoints may not be read)',
  UpstreamTrafficSetting:
    'every UpstreamTrafficSetting that a policy names exists and limits nothing (they may not be read)',
  Pod: 'a sidecar without traffic annotations (Pods may not be read)',
  Namespace: 'namespaces are in the mesh (Namespaces may not be read)',
};

const CHANCES: Record<Extract<Condition, { kind: 'by-chance' }>['cause'], string> = {
  'routes-refused-elsewhere': 'by chance: routes that arrive together with refused ones may or may not take effect',
  'zero-range-beside-no-range': 'by chance: a proxy uses either the chains for 0.0.0.0/0 or those without a range',
  'repeating-twin':
    'by chance: of two equal filter chains one is kept, and Envoy refuses the one that repeats an entry',
  'weighted-clusters': 'by chance: each connection or request goes to one of the backends, by weight',
  'servers-differ': 'by chance: some servers of the service have a sidecar, and others have none',
  'several-splits': 'by chance: of several TrafficSplits of one root the control plane takes one',
  'upstream-settings-differ': 'by chance: of several settings for one cluster the control plane takes one',
};

/** Networks that a sentence names before it only counts them. */
const MOST_NAMED = 4;

function listOf(networks: readonly string[]): string {
  const more = networks.length - MOST_NAMED;
  return more > 1 ? `${networks.slice(0, MOST_NAMED).join(', ')} or ${more} more` : networks.join(', ');
}

export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'address-in':
      return `if ${condition.host} is in ${listOf(condition.networks)}${condition.except.length > 0 ? ` but not in ${listOf(condition.except)}` : ''}`;
    case 'address-elsewhere':
      return `if ${condition.host} is not in ${listOf(condition.except)}${condition.networks.length > 0 ? `, or is in ${listOf(condition.networks)}` : ''}`;
    case 'address-is':
      return `if ${condition.host} is reached at ${condition.address}`;
    case 'pod-is':
      return `from pod ${condition.pods[0]}`;
    case 'container-is':
      return `from container ${condition.container}`;
    case 'pod-listens':
      return `if ${condition.listens ? 'something' : 'nothing'} in the pod listens on port ${condition.port}`;
    case 'by-chance':
      return CHANCES[condition.cause];
  }
}

/** How to tell what a name resolves to: `--resolve` is taken by what curl reads, and by connections that are named bare. */
export function addressHint({ command, host: asked, dial }: Target): string {
  const { host, port } = dial;
  // curl compares as it is written
  const name = asked === `${host}.` ? asked : host;
  const flags = /^(?:curl |(?:tcp|tls|ssl|udp):\/\/)/.test(command) ? `--resolve ${name}:${port}:ADDRESS, ` : '';
  return `give the address: ${flags}--hosts FILE or --dns`;
}

export function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.code) {
    case 'request-not-modelled':
      return obstacle.details.join('; ');
    case 'beyond-proxy':
      if (obstacle.instead === undefined)
        return `it gets to the proxy ${obstacle.proxy}, and what the proxy does with it is not known here`;
      return `what is meant for the proxy ${obstacle.proxy} is read by Envoy, which sends it to its own cluster ${obstacle.instead}`;
    case 'pod-refused':
      return brokenText(obstacle);
    case 'header-unknown':
      return `a route depends on the header ${obstacle.header}, whose value the command line does not tell`;
    case 'connects-to-itself':
      return `port ${obstacle.port} is the sidecar's own listener, which would connect to itself without end`;
    case 'other-mesh':
      return `the source is in mesh ${obstacle.mesh}, which was not asked about (--mesh-name ${obstacle.mesh})`;
    case 'not-understood':
      return `it depends on ${obstacle.what}, which osm-ts does not know`;
    case 'not-readable':
      return `it depends on objects of kind ${obstacle.kind}, which may not be read`;
  }
}

/** Why a pod does not come up, or gets nowhere. */
export function brokenText({ value, at, why }: BrokenPod): string {
  const result = why === 'no-envoy' ? 'nothing gets out of the pod' : 'the pod does not come up';
  return `${result}: ${JSON.stringify(value)} in ${pathText(at.path)} ${BROKEN[why]}`;
}

const BROKEN: Record<BrokenPod['why'], string> = {
  'not-valid': 'is not valid',
  'too-many-ports': 'is one port too many: iptables takes 15 in a list',
  'port-too-large': 'is over 65535',
  'range-does-not-load': 'is not a range that iptables takes',
  'interface-does-not-load': 'is not an interface name that iptables takes',
  'no-envoy': 'sends connections to an Envoy, and the pod has no container of that name',
};

export interface Remark {
  readonly code: string;
  readonly message: string;
  readonly at: readonly FieldRef[];
}

/** What a person should keep in mind about a verdict. */
export function remarksOn(explanation: Explanation): Remark[] {
  const { events, simulation, target } = explanation;
  const refused = events.some(
    (event) =>
      (event.stage === 'listener' && event.state === 'refused') ||
      (event.stage === 'routes' && (event.state === 'refused' || event.state === 'unpredictable')) ||
      event.stage === 'clusters',
  );
  const remarks = events.flatMap((event) => (event.stage === 'mesh-service' ? farSideOf(event) : []));
  const message = 'this is a freshly started proxy; one that was running keeps the configuration that it had';
  const wide = new Map(failedOpen(explanation).map((at) => [at.object, at]));
  const openings = [...wide.values()].map((at) => ({
    code: 'cidr-fails-open',
    message: `${objectName(at)} opens more than it says: no range of it parses, and so it takes every address`,
    at: [at],
  }));
  const unread = new Map(hostsUnread(explanation).map((at) => [at.object, at]));
  const unbound = [...unread.values()].map((at) => ({
    code: 'hosts-on-tcp',
    message: `${objectName(at)} opens more than it says: tcp looks at no hosts, and without ipAddresses it takes every address`,
    at: [at],
  }));
  const running = refused && !simulation.since ? [{ code: 'running-proxy-may-differ', message, at: [] }] : [];
  const ofClient = (target.remarks ?? []).map((text) => ({ code: 'client', message: text, at: [] }));
  return [
    ...running,
    ...openings,
    ...unbound,
    ...remarks,
    ...waitingOn(explanation),
    ...waiting(explanation),
    ...ofClient,
  ];
}

/** Clients that people try whether a port is open with. */
const PROBES = /\b(?:nc|ncat|netcat|telnet)\s|\/dev\/tcp\//;

/** A client that lets the server begin gets through, and Envoy waits for it all the same. */
function waiting({ target, verdict, events }: Explanation): Remark[] {
  const { port } = target.dial;
  // who only knocks says nothing of the clients that come after
  const isProbe = !serverFirstPorts.has(port) && PROBES.test(target.command);
  const waits = verdict.verdict === 'allowed' && (verdict.ending?.outcome.delaySeconds ?? 0) > 0 && !isProbe;
  const chain = events.findLast((event) => event.stage === 'filter-chain')?.chain;
  const [at] = chain?.sources ?? [];
  if (!waits || !at || chain?.target.filter !== 'tcp_proxy') return [];
  const remedy = {
    egress: `declare ${port}/tcp-server-first`,
    mesh: `set appProtocol: tcp-server-first on port ${port} of ${objectName(at)}`,
  }[chain.origin as string];
  if (remedy === undefined) return [];
  const message = `Envoy waits for a client that lets the server begin: ${remedy}, where nothing else needs detection on the port`;
  return [{ code: 'server-first-waits', message, at: [at] }];
}

/** A client that was only named by its port, where the server usually speaks first and Envoy would wait for the client. */
function waitingOn({ simulation, target, events }: Explanation): Remark[] {
  const service = serverFirstPorts.get(target.dial.port);
  const isBare = target.scheme === 'tcp' && !target.serverFirst && /^tcp:/i.test(target.command);
  const detects = events.some((event) => event.stage === 'detection' && event.state === 'on');
  const passes = events.some((event) => event.stage === 'filter-chain' && event.chain?.target.filter === 'tcp_proxy');
  if (service === undefined || !isBare || !detects || !passes) return [];
  const { port } = target.dial;
  const wait = simulation.program.istio
    ? 'hang, because Istio waits for them to begin'
    : `wait ${DETECTION_TIMEOUT_SECONDS} seconds for protocol detection`;
  const message = `${service} speaks first: its clients ${wait}; use ${port}/tcp-server-first (--server-first asks about such a client)`;
  return [{ code: 'likely-server-first', message, at: [] }];
}

/** What is known of the other end of a connection inside the mesh, where that is bad news. */
function farSideOf({ cluster, endpoints, limit }: Extract<TraceEvent, { stage: 'mesh-service' }>): Remark[] {
  const fate = 'the client gets 503 from Envoy over HTTP, a closed connection over TCP';
  if (endpoints === 'none') {
    return [{ code: 'service-without-endpoints', message: `${cluster} has no endpoint: ${fate}`, at: [] }];
  }
  if (limit) return [{ code: 'setting-lets-nothing-through', message: `${limitText(cluster)}: ${fate}`, at: [] }];
  return [];
}

export function limitText(cluster: string): string {
  return `a limit of 0 in an UpstreamTrafficSetting lets nothing through to ${cluster}`;
}

function entryText(port: number, { range, serverName, applicationProtocol }: MatchEntry): string {
  const parts = [`port ${port}`, range === 'any' ? 'any address' : range];
  if (serverName) parts.push(`SNI ${serverName}`);
  if (applicationProtocol) parts.push(applicationProtocol);
  return parts.join(', ');
}

/** What Envoy refuses, and why. */
export function refusalText(refusal: ListenerRefusal | RouteRefusal | ClusterRefusal): string {
  switch (refusal.code) {
    case 'duplicate-match':
    case 'server-name-wildcard':
    case 'zero-weight':
    case 'own-port-unknown':
      return listenerRefusalText(refusal);
    case 'connect-timeout':
      return clusterRefusalText(refusal);
    default:
      return routeRefusalText(refusal);
  }
}

export function listenerRefusalText(refusal: ListenerRefusal): string {
  if (refusal.code === 'server-name-wildcard') {
    return `Envoy refuses the listener: the SNI ${JSON.stringify(refusal.serverName)} is no wildcard that it knows (write *.domain)`;
  }
  if (refusal.code === 'zero-weight') {
    return 'Envoy refuses the listener: of several backends of a TCP service one has weight 0';
  }
  if (refusal.code === 'own-port-unknown') {
    return `Envoy refuses the listener: with it comes what lets others into ${objectName(refusal.at)}, and the Endpoints of that have no port for ${pathText(refusal.at.path)}`;
  }
  const entry = entryText(refusal.second.chain.match.destinationPort, refusal.second);
  const twice = refusal.first.chain === refusal.second.chain ? 'one filter chain lists' : 'two filter chains match';
  return `Envoy refuses the listener: ${twice} the same${refusal.first.chain === refusal.second.chain ? ' thing twice' : ''} (${entry})`;
}

const UNDECODABLE: Record<Extract<RouteRefusal, { code: 'undecodable' }>['what'], string> = {
  'empty-regex': 'a header has an empty regex',
  'header-name': 'a header name is empty or has a line break',
  domain: 'a host has a line break',
  'no-weight': 'no backend of a TrafficSplit counts, or their weights sum to less than 1 or more than 4294967295',
};

export function routeRefusalText(refusal: RouteRefusal): string {
  const text = refusalOfRoutes(refusal);
  return refusal.leads === 'in'
    ? `${text}; it is a route into the source’s own service, which comes with the others`
    : text;
}

function refusalOfRoutes(refusal: RouteRefusal): string {
  if (refusal.code === 'undecodable') {
    return `Envoy refuses the routes of every port: ${UNDECODABLE[refusal.what]}`;
  }
  if (refusal.code === 'regex') {
    return `Envoy refuses the routes: the regex ${shortened(refusal.pattern, 60)}: ${refusal.reason}${lookAround(refusal.pattern)}`;
  }
  return `Envoy refuses the routes: the domain ${refusal.domain} is there twice`;
}

/** Other engines know these, so that people write them. */
function lookAround(pattern: string): string {
  return /\(\?<?[=!]/.test(pattern) ? ' (RE2, which Envoy uses, has no look-ahead and no look-behind)' : '';
}

export function clusterRefusalText({ cluster }: ClusterRefusal): string {
  return `Envoy refuses every cluster: the connect timeout of ${cluster} is not above 0`;
}
