/** Classes of requests, read from a diagram: each way from the root to a leaf is one. */
import type { AddressLiteral } from '../../simulator/address.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { Target } from '../../simulator/request/types.js';
import { follow, type Choice, type Edge, type Leaf, type Node } from './diagram.js';
import { isInSpace } from './request-languages.js';
import type { RequestSpace } from './space.js';
import type { Constraint, RequestClass, Undecided } from './types.js';
import { mergePicks, targetOf, withCommand } from './witness.js';

type Way = readonly (readonly [Choice, Edge])[];

/** The classes of a space, in a fixed order; those where the programs do not differ are left out if the space is of differences. */
export function* classes(space: RequestSpace): Generator<RequestClass> {
  for (const [way, leaf] of waysTo(space.root, space.same, [])) {
    if (!leaf.undecided) yield classOfWay(space.programs, way);
  }
}

/** Where bounds were met: nothing is known of the requests there. */
export function undecidedRegions(space: RequestSpace): Undecided[] {
  const found = new Set<Undecided>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'choice') for (const { child } of node.edges) visit(child);
    else if (node.undecided) found.add(node.undecided);
  };
  visit(space.root);
  return [...found];
}

function* waysTo(node: Node, except: Node, way: Way): Generator<[Way, Leaf]> {
  if (node === except) return;
  if (node.kind === 'leaf') yield [way, node];
  else for (const edge of node.edges) yield* waysTo(edge.child, except, [...way, [node, edge]]);
}

function classOfWay(programs: readonly Simulation[], way: Way): RequestClass {
  const witness = targetOf(mergePicks(way.map(([, { pick }]) => pick)));
  return {
    constraints: way.map(constraintOf),
    witness: withCommand(witness),
    verdicts: programs.map((program) => program.decide(witness)),
  };
}

function constraintOf([{ dimension, parts }, edge]: Way[number]): Constraint {
  return { dimension, parts: edge.parts.map((index) => parts[index]!), all: parts };
}

/**
 * The class that a request with a known address lies in.
 * @returns undefined where a bound was met, where the programs do not differ if the space is of differences, and for a request
 *   that is none of the space
 */
export function classOf(space: RequestSpace, target: Target, address: AddressLiteral): RequestClass | undefined {
  if (!isInSpace(target)) return undefined;
  const { edges, leaf } = follow(space.root, { target, address });
  return leaf === space.same || leaf.undecided ? undefined : classOfWay(space.programs, edges);
}
