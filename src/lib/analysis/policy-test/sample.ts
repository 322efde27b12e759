/** Requests that show what the policies of a source do: of each class that they let out one, and beside it the nearest that stays in. */
import { parseAddressLiteral } from '../../simulator/address.js';
import type { Simulation } from '../../simulator/simulation.js';
import { passage } from '../reach/reach.js';
import { classes, classOf, mergedClasses, spaceOf } from '../request-space/index.js';
import type { Constraint, RequestClass } from '../request-space/types.js';
import { egressOf } from './exactly.js';

export interface Sample {
  readonly class: RequestClass;
  readonly isAllowed: boolean;
}

/** In a fixed order; each class once. */
export function sampleOf(simulation: Simulation): Sample[] {
  const space = spaceOf([simulation], { detail: 'policies' });
  const leaving = (all: Iterable<RequestClass>): RequestClass[] =>
    [...all].flatMap((one) => egressOf(simulation, one, space.programs) ?? []);
  const merged = leaving(mergedClasses(space));
  const nearest = new NearestDenied(leaving(classes(space)));
  const told = new Set<string>();
  const samples: Sample[] = [];
  const add = (one: RequestClass, isAllowed: boolean): void => {
    if (told.has(one.witness.command)) return;
    told.add(one.witness.command);
    samples.push({ class: one, isAllowed });
  };
  for (const one of merged) {
    if (passage(one.verdicts[0]!) !== 'allowed') continue;
    add(one, true);
    const exact = classOf(space, one.witness, parseAddressLiteral(one.witness.dial.host)!)!;
    const denied = nearest.to(exact);
    if (denied) add(denied, false);
  }
  // where nothing is allowed, that is what there is to test
  if (samples.length === 0) for (const one of merged) if (passage(one.verdicts[0]!) === 'denied') add(one, false);
  return samples;
}

/** Finds denied classes by how far their way through the request space is that of another. */
class NearestDenied {
  private readonly byWay = new Map<string, RequestClass>();

  constructor(all: readonly RequestClass[]) {
    for (const one of all) {
      if (passage(one.verdicts[0]!) !== 'denied') continue;
      for (const way of waysTo(one)) if (!this.byWay.has(way)) this.byWay.set(way, one);
    }
  }

  /** The one that leaves its way last: another method rather than another port. */
  to(one: RequestClass): RequestClass | undefined {
    for (const way of waysTo(one).reverse()) {
      const found = this.byWay.get(way);
      if (found) return found;
    }
    return undefined;
  }
}

/** The beginnings of the way to a class, the empty one first. */
function waysTo({ constraints }: RequestClass): string[] {
  let way = '';
  return ['', ...constraints.map((constraint) => (way += `${keyOf(constraint)}\n`))];
}

const keyOf = ({ dimension, parts }: Constraint): string =>
  `${dimension} ${JSON.stringify(parts.map(({ name }) => name))}`;
