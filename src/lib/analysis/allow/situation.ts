import type { Egress, FieldRef } from '../../resources/types.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { formatNetwork, networkContains, parseIpv4, type Ipv4Network } from '../../text/ip.js';
import { explain } from '../../simulator/explain.js';
import { isAllowed } from '../../simulator/outcome.js';
import type { Target } from '../../simulator/request/index.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import type { TraceEvent } from '../../simulator/trace.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import type { Source } from '../../simulator/world.js';
import type { Draft } from './draft.js';

/** What is asked for, and by whom; the same for all drafts. */
export interface Wish {
  readonly source: Source;
  readonly target: Target;
  readonly simulation: SimulationOptions;
}

/** How the target fares in a draft, and everything that the search for a change looks at. */
export interface Situation {
  readonly wish: Wish;
  readonly draft: Draft;
  readonly simulation: Simulation;
  readonly verdict: Verdict;
  readonly events: readonly TraceEvent[];
  /** IPv4 addresses that the client may dial; empty when they are not known. */
  readonly addresses: readonly string[];
  /** Those from which the target is not reached yet. */
  readonly deniedAddresses: readonly string[];
}

export function situationOf(draft: Draft, wish: Wish): Situation {
  const simulation = simulate(draft.world, wish.source, wish.simulation);
  const { verdict, events } = explain(simulation, wish.target);
  const addresses = addressesOf(wish.target, events);
  return {
    wish,
    draft,
    simulation,
    verdict,
    events,
    addresses,
    deniedAddresses: deniedAmong(addresses, verdict),
  };
}

function addressesOf(target: Target, events: readonly TraceEvent[]): string[] {
  const literal = parseAddressLiteral(target.dial.host);
  if (literal) return literal.family === 4 ? [target.dial.host] : [];
  const addresses = events.flatMap((event) => (event.stage === 'resolution' ? event.addresses : []));
  return [...new Set(addresses)].filter((address) => parseIpv4(address) !== undefined);
}

function deniedAmong(addresses: readonly string[], { alternatives }: Verdict): readonly string[] {
  const reached = new Set<string>();
  const denied = new Set<string>();
  for (const { when, outcome } of alternatives) {
    for (const condition of when) {
      if (condition.kind === 'address-is') (isAllowed(outcome) ? reached : denied).add(condition.address);
    }
  }
  if (reached.size + denied.size === 0) return addresses;
  return addresses.filter((address) => denied.has(address));
}

/** The most specific network that some filter chain of the target's port has for an address; none: undefined. */
export function networkAround({ simulation, wish }: Situation, address: string): Ipv4Network | undefined {
  const value = parseIpv4(address)!;
  const ofPort = (simulation.program.listener?.filterChains ?? []).flatMap(({ match }) =>
    match.destinationPort === wish.target.dial.port ? match.networks : [],
  );
  const around = ofPort.filter((network) => networkContains(network, value));
  return around.sort((one, other) => other.prefixLength - one.prefixLength)[0];
}

/** The policies of the source that mention the target's port, or anything at all; those without effect included. */
export function policiesOfSource({ draft, wish }: Situation): Egress[] {
  const policies = new Set(draft.world.policiesNaming(wish.source).map(({ policy }) => policy));
  return [...policies].filter((policy) => draft.world.isMonitored(policy.metadata.namespace ?? 'default'));
}

/** Everything about a situation that a step towards the goal would alter, as a text to compare. */
export function signatureOf({ verdict, simulation, events }: Situation): string {
  const endings = endingsOf(verdict);
  const trace = events.map((event) => {
    switch (event.stage) {
      case 'filter-chain':
        return [event.chain?.name, event.chain?.match.serverNames.length];
      case 'routes':
        return [event.state, event.refusals.length];
      case 'virtual-host':
        return event.domain;
      case 'route':
        return [event.route?.pathRegex, event.route?.method];
      case 'sieve':
        return [event.step.level, event.step.entry, event.step.after.length];
      default:
        return undefined;
    }
  });
  return JSON.stringify([
    verdict.verdict,
    endings.map(({ outcome }) => [outcome.class, outcome.httpStatus, outcome.delaySeconds]),
    verdict.obstacles.map(({ code }) => code),
    simulation.world.egressPolicyEnabled,
    simulation.listenerState,
    simulation.listenerRefusals.length,
    refusedRoutes(simulation),
    simulation.clustersState,
    trace,
  ]);
}

export function refusedRoutes(simulation: Simulation): number {
  return [...simulation.routeRefusals.values()].reduce((sum, refusals) => sum + refusals.length, 0);
}

/** The routes that a virtual host of a policy lacks for the target. */
export interface MissingRoute {
  readonly policy: Egress;
  /** The policy's host. */
  readonly host: FieldRef;
}

/** Where a virtual host took the request and had no route for it. */
export function missingRouteIn({ events }: Situation): MissingRoute | undefined {
  for (const [index, event] of events.entries()) {
    if (event.stage !== 'route' || event.route !== undefined) continue;
    const found = events.slice(0, index).findLast((earlier) => earlier.stage === 'virtual-host');
    const host = found?.stage === 'virtual-host' ? found.virtualHost?.source : undefined;
    if (host?.object.kind === 'Egress') return { policy: host.object as Egress, host };
  }
  return undefined;
}

export function rangeOf(network: Ipv4Network): string {
  return formatNetwork(network);
}
