/** What changes for requests when OSM's policies become Istio's resources: all of them, by the request space. */
import { istioSimulations } from '../../simulator/istio/simulation.js';
import type { IstioWorld } from '../../simulator/istio/world.js';
import type { Simulation, SimulationOptions } from '../../simulator/simulation.js';
import { parseAddressLiteral, type AddressInterval } from '../../simulator/address.js';
import { isLoopback } from '../../simulator/interception.js';
import { formatIpv4, networkContains } from '../../text/ip.js';
import { endingsOf, type Ending, type Verdict } from '../../simulator/verdict.js';
import { namespacedName, type Source } from '../../simulator/world.js';
import { kindOf as effectOf, type Effect, type UndecidedEffect } from '../compare/index.js';
import { difference, type RequestClass } from '../request-space/index.js';
import { passage } from '../reach/reach.js';
import { standingOf, type Standing } from '../standing.js';
import { sourceKey, type MigrationPlan } from './plan.js';
import { THIS_NETWORK } from './ranges.js';

/**
 * What becomes of requests: `wider` is allowed and was not for certain, `narrower` the other way round, `elsewhere` is allowed by
 * both and ends up at another place, `seen` differs only in what the client sees or how long it waits, `in-mesh` stays inside the
 * mesh, which is not what egress is about; `unmodelled`: nobody knows what one of the meshes does.
 */
export type ChangeKind = 'wider' | 'narrower' | 'elsewhere' | 'seen' | 'in-mesh' | 'unmodelled';

/** Why, where that can be told. */
export type Reason =
  | 'shared-namespace'
  | 'allow-any'
  | 'tls-beside-tcp'
  | 'silent-client'
  | 'falls-back'
  | 'by-chance-before'
  | 'other-user'
  | 'gateway'
  | 'service-address'
  | 'reads-http'
  | 'no-words'
  | 'other';

export interface Change extends Effect {
  readonly change: ChangeKind;
  readonly reason: Reason;
}

export interface AccountOfChanges {
  readonly changes: readonly Change[];
  readonly undecided: readonly UndecidedEffect[];
}

/** Compares what sources may do before and after. */
export function accountOf(
  plan: MigrationPlan,
  after: IstioWorld,
  sources: readonly Source[],
  options: Pick<SimulationOptions, 'resolve'> = {},
): AccountOfChanges {
  const gateway =
    plan.gateway && after.base.services.get(namespacedName(plan.gateway.place.namespace, plan.gateway.place.name));
  const isGateway = (requests: RequestClass): boolean =>
    isAt(requests, (address) => formatIpv4(address) === gateway?.spec.clusterIP);
  const lacksWords = plan.inexpressible.length > 0 || plan.leftOut.some(({ code }) => code === 'host-with-dot');
  const parts = sources.map((source) => {
    const before = plan.before.get(sourceKey(source))!;
    const shared = plan.identities.some(({ namespace, isShared }) => namespace === source.namespace && isShared);
    const each = istioSimulations(after, source, { ...options, onlyDeclaredPorts: true });
    return each.map((now) => changesBetween(before, now, { shared, isGateway, lacksWords }));
  });
  const all = parts.flat();
  return {
    changes: all.flatMap(({ changes }) => changes),
    undecided: all.flatMap(({ undecided }) => undecided),
  };
}

interface Surroundings {
  /** The source shares a namespace with others from which it is not told apart. */
  readonly shared: boolean;
  readonly isGateway: (requests: RequestClass) => boolean;
  /** Something that policies say is left out. */
  readonly lacksWords: boolean;
}

/** The changes for one source, the ones that matter most first. */
function changesBetween(
  before: Simulation,
  now: Simulation,
  { shared, isGateway, lacksWords }: Surroundings,
): AccountOfChanges {
  const { source } = before;
  const tell = (was: Verdict, is: Verdict) => ({ kind: kindOf(was, is), reason: reasonOf(was, is, now, shared) });
  const { services } = before.names;
  const isService = (requests: RequestClass): boolean => isAt(requests, (address) => services.has(address));
  const { differing, undecided } = difference(before, now, {
    label: (was, is) => {
      const { kind, reason } = tell(was, is);
      return `${kind} ${reason} ${shapeOf(was)} ${shapeOf(is)}`;
    },
  });
  const changes = differing
    .filter(({ class: requests }) => !isNowhere(requests) && !isGateway(requests))
    .map((one): Change => {
      const { kind: change, reason: found } = tell(one.before, one.after);
      const reason =
        change !== 'seen' && isService(one.class)
          ? 'service-address'
          : change === 'narrower' && found === 'other' && lacksWords
            ? 'no-words'
            : found;
      const kind = effectOf(one.before, one.after);
      const allowedBy = endingsOf(kind === 'stops' || kind === 'moves' ? one.before : one.after)[0]?.decidedBy ?? [];
      return { ...one, source, kind, allowedBy, change, reason };
    });
  return {
    changes: changes.toSorted((one, other) => ORDER.indexOf(one.change) - ORDER.indexOf(other.change)),
    undecided: undecided.map((one) => ({ ...one, source })),
  };
}

/** What a pod sends to itself, of which the classes are for loopback alone, does not leave it; and no host is in 0.0.0.0/8. */
function isNowhere(requests: RequestClass): boolean {
  if (isLoopback(parseAddressLiteral(requests.witness.dial.host)!)) return true;
  return liesIn(requests, ([, last]) => networkContains(THIS_NETWORK, last));
}

/** Are all addresses at which requests of a class are dialled in such places? */
function liesIn({ constraints }: RequestClass, isSuch: (interval: AddressInterval) => boolean): boolean {
  const parts = constraints.find(({ dimension }) => dimension === 'address')?.parts;
  return parts !== undefined && parts.every(({ intervals }) => intervals!.every(isSuch));
}

/** Are all these addresses such single ones? */
function isAt(requests: RequestClass, isSuch: (address: number) => boolean): boolean {
  return liesIn(requests, ([first, last]) => first === last && isSuch(first));
}

const ORDER: readonly ChangeKind[] = ['wider', 'narrower', 'elsewhere', 'unmodelled', 'seen', 'in-mesh'];

export function kindOf(was: Verdict, is: Verdict): ChangeKind {
  if (isUnmodelled(was) || isUnmodelled(is)) return 'unmodelled';
  if ([was, is].some((verdict) => endingsOf(verdict).some(({ outcome }) => outcome.class === 'mesh'))) return 'in-mesh';
  const [before, after] = [passes(was), passes(is)];
  if (after === 'allowed' && before === 'allowed') {
    return placeOf(was) === placeOf(is) && !isNamedNow(was, is) ? 'seen' : 'elsewhere';
  }
  if (before === 'denied') return after === 'denied' ? 'seen' : 'wider';
  if (before === 'allowed') return 'narrower';
  return after === 'denied' ? 'narrower' : 'wider';
}

/** Where Envoy ends a stream, only how it does is not modelled: nothing gets to a server (docs/istio-egress.md §3). */
function isUnmodelled({ obstacles }: Verdict): boolean {
  return obstacles.some(({ code }) => code !== 'request-not-modelled');
}

function passes(verdict: Verdict): Standing {
  return passage(verdict) === 'denied' ? 'denied' : standingOf(verdict);
}

/** Where requests end up; through the sidecar by name, or at the address that was dialled. */
function placeOf(verdict: Verdict): string {
  const places = endingsOf(verdict).map(({ destination }) => [
    destination?.address ?? destination?.host.toLowerCase(),
    destination?.port,
  ]);
  return JSON.stringify([...new Set(places.map((place) => JSON.stringify(place)))].sort());
}

/** OSM sent it to the address that was dialled, whichever it is of those of a class, and Istio looks up a name. */
function isNamedNow(was: Verdict, is: Verdict): boolean {
  return endingsOf(was).some(isDialled) && endingsOf(is).some(({ destination: to }) => to?.host !== to?.address);
}

/** Is it the address that the client dialled, and not a host of HTTP that is an address? */
function isDialled({ destination: to }: Ending): boolean {
  return to !== null && to.host === to.address && to.cluster !== `${to.host}:${to.port}`;
}

function shapeOf(verdict: Verdict): string {
  const shapes = endingsOf(verdict).map(
    ({ outcome }) => `${outcome.class} ${outcome.httpStatus} ${outcome.delaySeconds}`,
  );
  return `${verdict.verdict} ${[...new Set(shapes)].join()}`;
}

/** @param shared the source shares a namespace with others from which it is not told apart */
export function reasonOf(was: Verdict, is: Verdict, now: Pick<Simulation, 'dataPlane'>, shared: boolean): Reason {
  const endings = endingsOf(is);
  const classes = new Set(endings.map(({ outcome }) => outcome.class));
  if (classes.has('stalled')) return 'silent-client';
  if (was.verdict === 'unpredictable') return 'by-chance-before';
  const kind = kindOf(was, is);
  if (passesOsm(was)) return 'other-user';
  if (isReadAsHttp(was, endings)) return 'reads-http';
  if (kind === 'elsewhere' && endings.some(isThroughGateway)) return 'gateway';
  if (kind !== 'wider') return 'other';
  if (endings.some(({ destination }) => destination?.cluster === 'PassthroughCluster')) return 'allow-any';
  if (endingsOf(was).some(({ outcome }) => outcome.class === 'tls-error')) return 'tls-beside-tcp';
  if (isFallback(endings, now)) return 'falls-back';
  return shared ? 'shared-namespace' : 'other';
}

/** OSM passes bytes to where they were dialled, and Istio answers a request. */
function isReadAsHttp(was: Verdict, endings: readonly Ending[]): boolean {
  const arePassed = endingsOf(was).some(isDialled);
  return arePassed && endings.every(({ outcome }) => outcome.httpStatus !== null);
}

/** A service of the mesh that leads out of it. */
function isThroughGateway({ destination }: Ending): boolean {
  return destination?.cluster?.split(' → ')[0]!.endsWith('.svc.cluster.local') === true;
}

/** Past OSM's sidecar. */
function passesOsm(verdict: Verdict): boolean {
  return endingsOf(verdict).some(({ destination }) => destination?.cluster === null);
}

/** The listener's last resort took it: an entry for any bytes to any address. */
function isFallback(endings: readonly Ending[], { dataPlane }: Pick<Simulation, 'dataPlane'>): boolean {
  return endings.some(({ destination, decidedBy }) => {
    const listeners = destination ? dataPlane.listeners!.onPort(destination.port) : [];
    return listeners.some(
      ({ listener: { filterChains, defaultFilterChain } }) =>
        filterChains.length > 0 && defaultFilterChain?.sources.some((source) => decidedBy.includes(source)),
    );
  });
}
