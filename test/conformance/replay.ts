import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { disagreement } from './agreement.js';
import type { RecordedWorld } from './recordings.js';

/** What names resolved to when the recordings were made; nothing else resolved. */
export type Hosts = ReadonlyMap<string, string>;

/** The simulator in the place of the recorder. */
export function simulationOf(recorded: RecordedWorld, hosts: Hosts): Simulation {
  const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  // the recorder's pod had no server of its own
  const onlyDeclaredPorts = true;
  return simulate(createWorld(recorded.resources), { namespace, serviceAccount }, { resolve, onlyDeclaredPorts });
}

/** What differs in what the proxy takes and refuses, in words; undefined: nothing. */
export function differenceInAcceptance(simulation: Simulation, recorded: RecordedWorld): string | undefined {
  const { listener, routes } = recorded;
  const possible = [simulation.listenerState, ...(simulation.listenerChances.length > 0 ? ['refused'] : [])];
  if (listener !== '?' && !possible.includes(listener)) return `${listener} was recorded, not ${possible.join(' or ')}`;
  const refused = [...simulation.routeRefusals.values()].some((refusals) => refusals.length > 0);
  const expected = refused ? 'refused' : 'accepted';
  return routes === '?' || routes === expected ? undefined : `routes ${routes} were recorded, not ${expected}`;
}

/**
 * Plays a whole world.
 * @returns all that differs, a line for each; a simulator that fails differs
 */
export function differences(recorded: RecordedWorld, hosts: Hosts): string[] {
  try {
    const simulation = simulationOf(recorded, hosts);
    const accepted = differenceInAcceptance(simulation, recorded);
    const found = recorded.probes.flatMap(({ target, expect }) => {
      const difference = disagreement(simulation.decide(parseTarget(target)), expect);
      return difference === undefined ? [] : [`${target}: ${difference}`];
    });
    return accepted === undefined ? found : [accepted, ...found];
  } catch (error) {
    return [String(error)];
  }
}
