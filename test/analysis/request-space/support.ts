import { difference, outcomeKey, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import type { RequestClass } from '../../../src/lib/analysis/request-space/index.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral, type AddressLiteral } from '../../../src/lib/simulator/address.js';
import type { Target } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };

const RESOLVED = new Map([
  ['httpbin.org', ['192.0.2.10']],
  ['www.httpbin.org', ['192.0.2.77']],
  ['a.b.example.com', ['203.0.113.9']],
  ['example.com', ['198.51.100.20']],
  ['other.test', ['10.1.2.3']],
]);

export function simulationOf(resources: readonly Resource[]): Simulation {
  return simulate(createWorld(resources), source, { resolve: (name) => RESOLVED.get(name) });
}

/** The address that a target's client dials; undefined: not one. */
export function addressOf(simulation: Simulation, target: Target): AddressLiteral | undefined {
  if (target.dial.fallbacks) return undefined;
  const { addresses } = simulation.names.lookUp(target.dial.host);
  return addresses.length === 1 ? parseAddressLiteral(addresses[0]!) : undefined;
}

/** Everything that can be compared of a class, as text. */
export function textOf({ constraints, witness, verdicts }: RequestClass): string {
  const parts = constraints.map(({ dimension, parts: some }) => [
    dimension,
    some.map(({ name, terms, intervals }) => [terms ?? name, intervals]),
  ]);
  const endings = verdicts.map(({ verdict, ending, alternatives }) => [
    verdict,
    [...(ending ? [ending] : []), ...alternatives].map(({ outcome, destination }) => [outcome, destination]),
  ]);
  return JSON.stringify([parts, witness.command, endings]);
}

export const outcome = (simulation: Simulation, target: Target): string =>
  outcomeKey(simulation, simulation.decide(target), 'outcome');

export { difference, spaceOf };
