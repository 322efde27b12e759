/** Classes of requests, read from a diagram: each way from the root to a leaf is one. */
import { parseAddressLiteral, type AddressLiteral } from '../../simulator/address.js';
import { bareHost } from '../../simulator/envoy/virtual-host.js';
import { isLoopback } from '../../simulator/interception.js';
import type { Target } from '../../simulator/request/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { canResolve } from '../../simulator/upstream.js';
import { follow, type Choice, type Edge, type Leaf, type Node } from './diagram.js';
import { mergeDrafts, withLandmarksApart, type Draft, type Landmarks, type Step } from './merge.js';
import { isInSpace } from './request-languages.js';
import type { RequestSpace } from './space.js';
import { addressesOfAlikePods } from './senders.js';
import type { Constraint, Pick, RequestClass, Undecided } from './types.js';
import { mergePicks, targetOf, withCommand } from './witness.js';

/**
 * The classes of a space, in a fixed order, each request in one of them; those where the programs do not differ are left out if
 * the space is of differences, and what is undecided always.
 */
export function* classes(space: RequestSpace): Generator<RequestClass> {
  for (const draft of drafts(space.root, space.same, [])) yield classOfDraft(space, draft);
}

/**
 * The same classes, fewer: adjacent ones with one outcome are one.
 * @param landmarks what is kept apart from the rest, where it is a part of its own
 */
export function mergedClasses(space: RequestSpace, landmarks?: Landmarks): RequestClass[] {
  const merged = mergeDrafts([...drafts(space.root, space.same, [])]);
  const told = landmarks ? merged.flatMap((draft) => withLandmarksApart(draft, landmarks)) : merged;
  return told.map((draft) => classOfDraft(space, draft));
}

/** Of a choice, the ways on that are looked at. */
export type Chooser = (choice: Choice) => readonly Edge[];

/** What becomes of some of the requests: the ways through the diagram that a chooser leaves, the undecided ones included. */
export function* waysWithin(
  space: RequestSpace,
  choose: Chooser,
): Generator<{ readonly leaf: Leaf; readonly picks: readonly Pick[] }> {
  for (const { leaf, picks } of drafts(space.root, space.same, [], choose, true)) yield { leaf, picks };
}

/** The merged classes of some of the requests, bound to what the chooser chose as to everything else. */
export function mergedClassesWithin(space: RequestSpace, choose: Chooser): RequestClass[] {
  const merged = mergeDrafts([...drafts(space.root, space.same, [], choose)]);
  return merged.map((draft) => classOfDraft(space, draft));
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

const everyEdge: Chooser = ({ edges }) => edges;

function* drafts(
  node: Node,
  except: Node,
  way: readonly [Choice, Edge][],
  choose = everyEdge,
  undecided = false,
): Generator<Draft> {
  if (node === except) return;
  if (node.kind === 'leaf') {
    if (undecided || !node.undecided) yield draftOf(way, node);
  } else {
    for (const edge of choose(node)) yield* drafts(edge.child, except, [...way, [node, edge]], choose, undecided);
  }
}

function draftOf(way: readonly [Choice, Edge][], leaf: Leaf): Draft {
  const steps = way.map(([choice, { parts }]) => ({ choice, parts }));
  return { steps, picks: way.map(([, { pick }]) => pick), leaf, ways: [steps], cuts: [] };
}

/**
 * Is it one of the requests? An escaped NUL is refused where paths are normalized, before anything that is cut here is looked at;
 * and where a cluster looks up whatever is asked for, names are alike as far as somebody may know them.
 */
function isIn({ programs }: RequestSpace, target: Target, address: AddressLiteral): boolean {
  const normalizes = ({ program }: Simulation) =>
    [...program.routeConfigurations.values()].some(({ pathNormalization }) => pathNormalization);
  const isRefused = target.scheme === 'http' && /^[^?]*%00/.test(target.http!.path) && programs.some(normalizes);
  return (
    isInSpace(target) &&
    !isRefused &&
    programs.every((program) => mayBeKnown(program, target) && !isOfAlikePod(program, address))
  );
}

/** Of pods that are alike otherwise, each fares otherwise at its own address. */
function isOfAlikePod(program: Simulation, address: AddressLiteral): boolean {
  return address.family === 4 && addressesOfAlikePods(program).has(address.value);
}

/** Where its name is looked up as it is asked for: might it be found, and outside the pod? */
function mayBeKnown(simulation: Simulation, target: Target): boolean {
  const { program, names } = simulation;
  const name = target.scheme === 'http' ? bareHost(target.http!.authority!) : target.tls?.sni;
  if (typeof name !== 'string') return true;
  const { by, addresses } = names.lookUpForEnvoy(name);
  const isOutside = addresses.every((address) => !isLoopback(parseAddressLiteral(address)!));
  if (canResolve(name) && by !== 'not-found' && isOutside) return true;
  let isLookedUp = false;
  simulation.decide(target, (event) => {
    if (event.stage === 'cluster') isLookedUp ||= program.clusters.get(event.cluster)?.kind === 'dynamic-dns';
  });
  return !isLookedUp;
}

function classOfDraft(space: RequestSpace, { steps, picks, ways, cuts }: Draft): RequestClass {
  const { programs, root } = space;
  const witness = targetOf(mergePicks(picks));
  return {
    constraints: steps.map(constraintOf),
    witness: withCommand(witness),
    verdicts: programs.map((program) => program.decide(witness)),
    holds: (target, address) =>
      isIn(space, target, address) &&
      ways.some((way) => isWay(way, follow(root, { target, address }).edges)) &&
      cuts.every(({ choice, parts }) => {
        const name = choice.partOf({ target, address });
        return parts.some((index) => choice.parts[index]!.name === name);
      }),
  };
}

/** By the parts of a step, which many classes share: those of thousands of services are thousands each. */
const constraints = new WeakMap<readonly number[], Constraint>();

function constraintOf({ choice, parts }: Step): Constraint {
  let constraint = constraints.get(parts);
  if (!constraint) {
    const { dimension, parts: all } = choice;
    constraint = { dimension, parts: parts.map((index) => all[index]!), all };
    constraints.set(parts, constraint);
  }
  return constraint;
}

/** Both begin at the root, and no two edges have the same list of parts. */
function isWay(way: Draft['steps'], edges: readonly (readonly [Choice, Edge])[]): boolean {
  return edges.every(([, { parts }], index) => way[index]!.parts === parts);
}

/**
 * The class that a request with a known address lies in.
 * @returns undefined where a bound was met, where the programs do not differ if the space is of differences, and for a request
 *   that is none of the space
 */
export function classOf(space: RequestSpace, target: Target, address: AddressLiteral): RequestClass | undefined {
  if (!isIn(space, target, address)) return undefined;
  const { edges, leaf } = follow(space.root, { target, address });
  return leaf === space.same || leaf.undecided ? undefined : classOfDraft(space, draftOf(edges, leaf));
}
