import type { Egress, FieldRef } from '../../resources/types.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from '../../simulator/envoy/refusal-fields.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from '../../simulator/envoy/acceptance.js';
import type { Simulation } from '../../simulator/simulation.js';
import { nameOf, type Source } from '../../simulator/world.js';

/** Something that Envoy refuses. */
export interface Refusal {
  readonly source: Source;
  /** Port of the routes that are refused; null: the listener is. */
  readonly port: number | null;
  readonly refusal: ListenerRefusal | RouteRefusal | ClusterRefusal;
  readonly at: readonly FieldRef[];
}

/**
 * What Envoy refuses of the second program because of the change: it was not there before, or a changed policy takes part in
 * it now.
 * @param changed policies of the second program that are not in the first, or otherwise
 */
export function newRefusals(before: Simulation, after: Simulation, changed: readonly Egress[]): Refusal[] {
  const [old, now] = [refusalsOf(before), refusalsOf(after)];
  const known = new Set(old.map(keyOf));
  return now.filter(
    (refusal) => !known.has(keyOf(refusal)) || refusal.at.some(({ object }) => isChanged(object, changed, old)),
  );
}

/** True when a policy that is changed takes part in a refusal in which it took no part before. */
function isChanged(object: FieldRef['object'], changed: readonly Egress[], old: readonly Refusal[]): boolean {
  const isSame = (other: FieldRef['object']) => other.kind === object.kind && nameOf(other) === nameOf(object);
  return changed.includes(object as Egress) && !old.some(({ at }) => at.some((ref) => isSame(ref.object)));
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
  return JSON.stringify([refusal.code, port, partsOf(refusal)]);
}

/** What tells a refusal from others of its sort. */
function partsOf(refusal: Refusal['refusal']): unknown {
  switch (refusal.code) {
    case 'duplicate-match': {
      const { chain, range, serverName, applicationProtocol } = refusal.second;
      return [chain.match.destinationPort, range, serverName, applicationProtocol];
    }
    case 'own-port-unknown':
      return [nameOf(refusal.at.object), refusal.at.path];
    case 'zero-weight':
      return refusal.chain.name;
    case 'connect-timeout':
      return refusal.cluster;
    case 'server-name-wildcard':
      return [refusal.chain.match.destinationPort, refusal.serverName];
    case 'duplicate-domain':
      return refusal.domain.toLowerCase();
    case 'regex':
      return refusal.pattern;
    case 'undecodable':
      return refusal.what;
  }
}
