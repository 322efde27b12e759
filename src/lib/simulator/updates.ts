import type { FieldRef } from '../resources/types.js';
import type { DataPlane } from './data-plane.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from './envoy/refusal-fields.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from './envoy/acceptance.js';
import { inPlace, type RouteTable } from './route-table.js';
import type { Simulation } from './simulation.js';

/** `unpredictable`: Envoy takes it or refuses it, by chance; `absent`: there is nothing to send. */
export type UpdateState = 'accepted' | 'refused' | 'unpredictable' | 'absent';
/** What a proxy works with after an update; `mixed`: routes of some ports are the new ones, of others not. */
export type InPlace = 'new' | 'old' | 'none' | 'by-chance' | 'mixed';

interface Update<Refusal> {
  readonly state: UpdateState;
  readonly inPlace: InPlace;
  readonly refusals: readonly Refusal[];
  /** What makes the first refusal. */
  readonly at: readonly FieldRef[];
}

/** The three updates that Envoy may refuse. Egress semantics §4. */
export interface Updates {
  readonly listener: Update<ListenerRefusal>;
  readonly routes: Update<RouteRefusal>;
  readonly clusters: Update<ClusterRefusal>;
}

/** What the proxies of a source make of the updates that they are sent: freshly started ones, or those that run since. */
export function updatesOf({ dataPlane }: Pick<Simulation, 'dataPlane'>): Updates {
  let updates = known.get(dataPlane);
  if (!updates) {
    const [listener, routes] = [listenerUpdate(dataPlane), routesUpdate(dataPlane)];
    known.set(dataPlane, (updates = { listener, routes, clusters: clustersUpdate(dataPlane) }));
  }
  return updates;
}

/** Asked for with every target. */
const known = new WeakMap<DataPlane, Updates>();

function listenerUpdate({ listenerState, listenerRefusals, listenerChances, kept }: DataPlane): Updates['listener'] {
  if (listenerState === 'absent') return { state: 'absent', inPlace: 'none', refusals: [], at: [] };
  const [first] = listenerRefusals;
  if (first) {
    const keeps = kept === undefined ? 'none' : kept.listenerChances.length > 0 ? 'by-chance' : 'old';
    return { state: 'refused', inPlace: keeps, refusals: listenerRefusals, at: fieldsOfListenerRefusal(first) };
  }
  const at = listenerChances.map((chance) => chance.at);
  if (at.length > 0) return { state: 'unpredictable', inPlace: 'by-chance', refusals: [], at };
  return { state: 'accepted', inPlace: 'new', refusals: [], at: [] };
}

function routesUpdate(dataPlane: DataPlane): Updates['routes'] {
  const { routeTables, routeChances } = dataPlane.listeners ? dataPlane : (dataPlane.kept ?? dataPlane);
  const tables = [...routeTables.values()];
  const [place, ...others] = new Set(tables.map((table) => placeOf(table, dataPlane)));
  if (!place) return { state: 'absent', inPlace: 'none', refusals: [], at: [] };
  const places = others.length > 0 ? 'mixed' : place;
  const refusals = [...new Set(tables.flatMap((table) => table.refusals))];
  const [first] = refusals;
  if (first) return { state: 'refused', inPlace: places, refusals, at: fieldsOfRouteRefusal(first) };
  if (routeChances.length > 0) return { state: 'unpredictable', inPlace: 'by-chance', refusals: [], at: routeChances };
  return { state: 'accepted', inPlace: places, refusals: [], at: [] };
}

function placeOf(table: RouteTable, { wasSent }: DataPlane): InPlace {
  const [one, ...others] = inPlace(table);
  if (others.length > 0) return 'by-chance';
  if (!one) return 'none';
  return one === table && wasSent(one) ? 'new' : 'old';
}

function clustersUpdate({ upstream }: DataPlane): Updates['clusters'] {
  const { state, refusals, before } = upstream;
  const at = refusals.slice(0, 1).map((refusal) => refusal.at);
  if (state === 'accepted') return { state, inPlace: 'new', refusals, at };
  if (state === 'unpredictable') return { state, inPlace: 'by-chance', refusals, at };
  const place =
    before === undefined || before.state === 'refused' ? 'none' : before.state === 'accepted' ? 'old' : 'by-chance';
  return { state, inPlace: place, refusals, at };
}
