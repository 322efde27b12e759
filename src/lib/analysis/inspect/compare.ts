import type { Egress, FieldRef } from '../../resources/types.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from '../../simulator/data-plane.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from '../../simulator/envoy/acceptance.js';
import { isAllowed } from '../../simulator/outcome.js';
import type { Target } from '../../simulator/request/types.js';
import { simulate, type Simulation } from '../../simulator/simulation.js';
import { endingsOf, type Ending, type Verdict } from '../../simulator/verdict.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import { probesFor } from './probes.js';

/** A request whose verdict differs between two worlds. */
export interface Effect {
  readonly source: Source;
  readonly target: Target;
  readonly before: Verdict;
  readonly after: Verdict;
  /** What decides where the request is allowed: fields of policies, or of the MeshConfig. */
  readonly allowedBy: readonly FieldRef[];
}

/** Something that Envoy refuses in one world and not in the other. */
export interface Refusal {
  readonly source: Source;
  /** Port of the routes that are refused; null: the listener is. */
  readonly port: number | null;
  readonly refusal: ListenerRefusal | RouteRefusal | ClusterRefusal;
  readonly at: readonly FieldRef[];
}

export interface Comparison {
  /** Allowed before, and not any more. One request for each thing that a policy allowed. */
  readonly stops: readonly Effect[];
  /** Not allowed before, and allowed now. */
  readonly starts: readonly Effect[];
  /** Allowed before and now, and taken to another place. */
  readonly moves: readonly Effect[];
  /** Refused now and not before. */
  readonly refusals: readonly Refusal[];
  /** Refused before, and still. */
  readonly standingRefusals: readonly Refusal[];
  /** False when there was too much to try everything. */
  readonly complete: boolean;
}

/**
 * Compares what the sources of some policies may do in two worlds that differ in nothing but these policies, by trying the
 * requests that can tell them apart (`probesFor`).
 */
export function compareWorlds(before: World, after: World, changed: readonly Egress[]): Comparison {
  const stops: Effect[] = [];
  const starts: Effect[] = [];
  const moves: Effect[] = [];
  const refusals: Refusal[] = [];
  const standingRefusals: Refusal[] = [];
  let complete = true;
  for (const source of sourcesOf(changed)) {
    const pair = [simulate(before, source), simulate(after, source)] as const;
    const [old, now] = pair.map((simulation) => refusalsOf(simulation)) as [Refusal[], Refusal[]];
    const known = new Set(old.map(keyOf));
    for (const refusal of now) {
      const isNew = !known.has(keyOf(refusal)) || refusal.at.some(({ object }) => isChanged(object, changed, old));
      (isNew ? refusals : standingRefusals).push(refusal);
    }
    const sameRefusals = old.length === now.length && now.every((refusal) => known.has(keyOf(refusal)));
    const probes = probesFor(pair, sameRefusals ? portsOf(changed, source) : undefined);
    const effects = new Effects();
    for (const target of probes.targets) effects.add(pair, target);
    complete &&= probes.isComplete();
    stops.push(...effects.stops.values());
    starts.push(...effects.starts.values());
    moves.push(...effects.moves.values());
  }
  return { stops, starts, moves, refusals, standingRefusals, complete };
}

/** True when a policy that is changed takes part in a refusal in which it took no part before. */
function isChanged(object: FieldRef['object'], changed: readonly Egress[], old: readonly Refusal[]): boolean {
  return changed.includes(object as Egress) && !old.some(({ at }) => at.some((ref) => samePlace(ref.object, object)));
}

function samePlace(one: FieldRef['object'], other: FieldRef['object']): boolean {
  return (
    one.kind === other.kind &&
    one.metadata.name === other.metadata.name &&
    one.metadata.namespace === other.metadata.namespace
  );
}

function sourcesOf(policies: readonly Egress[]): Source[] {
  const sources = new Map<string, Source>();
  for (const { spec } of policies) {
    for (const { namespace, name } of spec.sources) {
      sources.set(namespacedName(namespace, name), { namespace, serviceAccount: name });
    }
  }
  return [...sources.values()];
}

function portsOf(policies: readonly Egress[], { namespace, serviceAccount }: Source): Set<number> {
  const concerned = policies.filter(({ spec }) =>
    spec.sources.some((source) => source.namespace === namespace && source.name === serviceAccount),
  );
  return new Set(concerned.flatMap(({ spec }) => spec.ports.map(({ number }) => number)));
}

function refusalsOf({ source, program, listenerRefusals, routeRefusals, clusterRefusals }: Simulation): Refusal[] {
  return [
    ...clusterRefusals.map((refusal) => ({ source, port: null, refusal, at: [refusal.at] })),
    ...listenerRefusals.map((refusal) => ({ source, port: null, refusal, at: fieldsOfListenerRefusal(refusal) })),
    ...[...routeRefusals].flatMap(([name, list]) =>
      list.map((refusal) => ({
        source,
        port: program.routeConfigurations.get(name)?.port ?? null,
        refusal,
        at: fieldsOfRouteRefusal(refusal),
      })),
    ),
  ];
}

function keyOf({ port, refusal }: Refusal): string {
  switch (refusal.code) {
    case 'duplicate-match': {
      const { chain, range, serverName, applicationProtocol } = refusal.second;
      return JSON.stringify([chain.match.destinationPort, range, serverName, applicationProtocol]);
    }
    case 'zero-weight':
      return JSON.stringify([refusal.code, refusal.chain.name]);
    case 'connect-timeout':
      return JSON.stringify([refusal.code, refusal.cluster]);
    case 'server-name-wildcard':
      return JSON.stringify([refusal.chain.match.destinationPort, refusal.serverName]);
    case 'duplicate-domain':
      return JSON.stringify([port, refusal.domain.toLowerCase()]);
    case 'regex':
      return JSON.stringify([port, 'regex', refusal.pattern]);
    case 'undecodable':
      return JSON.stringify([refusal.code, refusal.what]);
  }
}

/** Collects differences, keeping for each thing that allows a request the plainest one. */
class Effects {
  readonly stops = new Map<string, Effect>();
  readonly starts = new Map<string, Effect>();
  readonly moves = new Map<string, Effect>();

  add([old, now]: readonly [Simulation, Simulation], target: Target): void {
    const [before, after] = [old.decide(target), now.decide(target)];
    const [endings, endingsNow] = [certainEndings(before), certainEndings(after)];
    const [was, is] = [allAllowed(endings), allAllowed(endingsNow)];
    if (was ? is && !isElsewhere(endings[0]!, endingsNow[0]!) : !is) return;
    const ending = (was ? endings : endingsNow)[0]!;
    const effect = { source: old.source, target, before, after, allowedBy: ending.decidedBy };
    const effects = !was ? this.starts : is ? this.moves : this.stops;
    const key = keyOfEffect(effect, ending);
    const known = effects.get(key);
    if (!known || plainness(effect) > plainness(known)) effects.set(key, effect);
  }
}

/** All ways in which a request may end; none when that cannot be told. */
function certainEndings(verdict: Verdict): readonly Ending[] {
  return verdict.obstacles.length > 0 ? [] : endingsOf(verdict);
}

/** A request whose way depends on something is allowed all the same when every way leads out. */
function allAllowed(endings: readonly Ending[]): boolean {
  return endings.length > 0 && endings.every(({ outcome }) => isAllowed(outcome));
}

/** An HTTP chain goes to the policy's host, every other to the address that the client dials. */
function isElsewhere({ destination: one }: Ending, { destination: other }: Ending): boolean {
  return isByHost(one) !== isByHost(other) || (isByHost(one) && one?.cluster !== other?.cluster);
}

function isByHost(destination: Ending['destination']): boolean {
  return destination?.cluster?.includes(':') === true;
}

/** Requests that one rule allows count as one; a TLS policy has a rule for each host. */
function keyOfEffect({ target, allowedBy }: Effect, { destination }: Ending): string {
  const fields = allowedBy.map(({ object: { kind, metadata }, path }) => [
    kind,
    metadata.namespace,
    metadata.name,
    ...path,
  ]);
  const byName = allowedBy.some((ref) => protocolAt(ref) === 'https' && (ref.object as Egress).spec.hosts?.length);
  return JSON.stringify([fields, byName ? target.tls?.sni : '', target.dial.port, destination?.cluster]);
}

/** A request in the protocol that the policy names is the plainest to read. */
function plainness({ target, allowedBy }: Effect): number {
  const [protocol] = allowedBy.flatMap((ref) => protocolAt(ref) ?? []);
  const spoken = target.scheme === 'tcp' && target.serverFirst ? 'tcp-server-first' : target.scheme;
  return (spoken === (protocol ?? 'http') ? 2 : 0) + (target.tls?.alpn.length === 0 ? 0 : 1);
}

/** The protocol of the policy's port to which a field belongs. */
function protocolAt({ object, path }: FieldRef): string | undefined {
  if (object.kind !== 'Egress' || path[1] !== 'ports') return undefined;
  return (object as Egress).spec.ports[Number(path[2])]?.protocol.toLowerCase();
}
