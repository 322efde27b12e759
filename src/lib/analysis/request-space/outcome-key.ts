import type { FieldRef } from '../../resources/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { type Ending, type Verdict } from '../../simulator/verdict.js';
import { nameOf } from '../../simulator/world.js';
import { Senders, sendersUnder } from './senders.js';

/**
 * How closely outcomes are compared: by what the client sees and reaches, or also by the policies that decide. A difference need not
 * tell that a request is denied by other policies than before.
 */
export type Detail = 'outcome' | 'policies';

/**
 * What a verdict says, as a text that is equal for equal outcomes, whatever the scheme and the address dialled.
 * @param senders of all the programs that are compared
 */
export function outcomeKey(
  simulation: Simulation,
  verdict: Verdict,
  detail: Detail,
  senders = new Senders([simulation]),
): string {
  const { ending, alternatives } = verdict;
  const said = new Map<string, (readonly string[] | undefined)[]>();
  for (const one of alternatives) {
    const key = endingKey(simulation, one, detail);
    said.set(key, [...(said.get(key) ?? []), sendersUnder(simulation, one.when)]);
  }
  if (alternatives.length === 0 && ending) said.set(endingKey(simulation, ending, detail), [undefined]);
  const endings = [...said].map(([key, those]) => key + senders.among(those));
  const obstacles = verdict.obstacles.map((obstacle) =>
    JSON.stringify('details' in obstacle ? [obstacle.code, obstacle.details] : obstacle.code),
  );
  return [verdict.verdict, ...endings.sort(), ...new Set(obstacles.sort())].join('; ');
}

function endingKey({ program }: Simulation, { outcome, destination, decidedBy }: Ending, detail: Detail): string {
  const parts: unknown[] = [outcome.class, outcome.httpStatus, outcome.delaySeconds];
  const cluster = destination?.cluster ? program.clusters.get(destination.cluster) : undefined;
  if (cluster?.kind === 'dns') parts.push(destination!.host, destination!.port, destination!.address);
  else if (cluster?.kind === 'mesh-service') parts.push(cluster.name);
  else if (cluster?.kind === 'static') parts.push(cluster.kind, JSON.stringify(cluster.endpoints));
  // the name is the request's own: that of an example may be the one that another cluster looks up for all of them
  else if (cluster?.kind === 'dynamic-dns') parts.push(cluster.kind, cluster.port);
  if (detail === 'policies') {
    parts.push(...ownersOf(decidedBy, destination === null));
  }
  return parts.join(' ');
}

/** A request that gets nowhere is refused by whatever service's chain it came to: which one says nothing. */
function ownersOf(decidedBy: readonly FieldRef[], isRefused: boolean): string[] {
  const told = isRefused ? decidedBy.filter(({ object }) => object.kind !== 'Service') : decidedBy;
  return [...new Set(told.map(({ object }) => ownerText(object)).sort())];
}

/** Kind and name of an object that decides. */
export function ownerText(object: FieldRef['object']): string {
  return `${object.kind} ${nameOf(object)}`;
}
