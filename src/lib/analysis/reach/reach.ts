/** All that a source can reach: the classes of its request space that get through, put together into rows that people read. */
import type { FieldRef } from '../../resources/types.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { interceptionsOf } from '../../simulator/clients.js';
import type { InterceptionRule } from '../../simulator/interception.js';
import { isAllowed } from '../../simulator/outcome.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { Ending, Obstacle, Verdict, VerdictWord } from '../../simulator/verdict.js';
import { mergedClasses, spaceOf, undecidedRegions, type RequestSpace } from '../request-space/index.js';
import { Numbering } from '../request-space/fingerprint.js';
import type { Constraint, RequestClass, Undecided } from '../request-space/types.js';

/**
 * How requests get out: a policy opens the way, they go to a service of the mesh, mesh-wide egress lets everything through,
 * interception leaves them alone, or they never leave the pod.
 */
export type Way = 'policy' | 'mesh-service' | 'mesh-wide-egress' | 'past-envoy' | 'pod-itself';

export interface ReachRow {
  /** `allowed`: surely, whatever decides between several destinations. */
  readonly verdict: Exclude<VerdictWord, 'denied'>;
  /** undefined where it is not known. */
  readonly way: Way | undefined;
  /** Of requests that go past Envoy: why. */
  readonly rules: readonly InterceptionRule[];
  /** At least one, the most usual first. They differ in method, version, client and host, and are alike in all else. */
  readonly classes: readonly RequestClass[];
  readonly endings: readonly Ending[];
  /** What decides in any of the classes. */
  readonly decidedBy: readonly FieldRef[];
  readonly obstacles: readonly Obstacle[];
}

export interface Reach {
  readonly rows: readonly ReachRow[];
  /** Where it was too large to decide: what is reached there is in no row. */
  readonly undecided: readonly Undecided[];
}

/**
 * What a source can reach, for any request of its space: docs/request-space.md.
 * @param space of the source, and by policies, if it has been cut already
 */
export function reachOf(
  simulation: Simulation,
  space: RequestSpace = spaceOf([simulation], { detail: 'policies' }),
): Reach {
  const rows = new Map<string, RequestClass[]>();
  const keys = new ConstraintKeys();
  for (const one of mergedClasses(space)) {
    const said = passage(one.verdicts[0]!);
    if (said === 'denied' || (said !== 'allowed' && isPodItself(simulation, one))) continue;
    const key = rowKey(simulation, one, keys);
    const row = rows.get(key);
    if (row) row.push(one);
    else rows.set(key, [one]);
  }
  const found = [...rows.values()].map((classes) => rowOf(simulation, classes));
  return { rows: found.sort((a, b) => rank(a) - rank(b)), undecided: undecidedRegions(space) };
}

/**
 * Does a request with this verdict get through? One that surely does, and only where to is left to chance, is allowed. Where
 * Envoy ends the stream in a way that is not modelled (`request-not-modelled`), it does not.
 */
export function passage({ verdict, ending, alternatives, obstacles }: Verdict): VerdictWord {
  if (ending) return verdict;
  const open = obstacles.some(({ code }) => code !== 'request-not-modelled');
  const passing = alternatives.filter(({ outcome }) => isAllowed(outcome)).length;
  if (open) return 'unknown';
  if (passing === 0) return 'denied';
  return passing === alternatives.length && obstacles.length === 0 ? 'allowed' : verdict;
}

const RANKS: readonly ReachRow['way'][] = [
  'policy',
  'mesh-wide-egress',
  'mesh-service',
  'past-envoy',
  'pod-itself',
  undefined,
];

function rank({ way, verdict }: ReachRow): number {
  return RANKS.indexOf(way) + (verdict === 'allowed' ? 0 : 0.5);
}

/** Dimensions in which the classes of a row may differ; a row says them together. */
const SPREAD: ReadonlySet<string> = new Set(['method-kind', 'version', 'client', 'host']);

function rowKey(simulation: Simulation, one: RequestClass, keys: ConstraintKeys): string {
  const [verdict] = one.verdicts as [Verdict];
  const decidedBy = passingEndings(verdict).flatMap((ending) => ending.decidedBy);
  const readsHttp = one.constraints.some(({ dimension }) => dimension === 'host' || dimension === 'method-kind');
  return JSON.stringify([
    passage(verdict),
    wayOf(simulation, one),
    verdict.obstacles.map(({ code }) => code),
    [...new Set(decidedBy.map(objectKey))].sort(),
    // those of places and ports tell by which rules interception leaves them alone
    one.constraints.filter(({ dimension }) => !SPREAD.has(dimension)).map((constraint) => keys.of(constraint)),
    // server names belong to TLS, hosts to HTTP: only what is bound to neither is the same for all clients
    readsHttp,
  ]);
}

/** Numbers for what constraints say; classes share the constraints of long lists. */
class ConstraintKeys {
  private readonly numbers = new Numbering();
  private readonly known = new WeakMap<Constraint, number>();

  of(constraint: Constraint): number {
    let number = this.known.get(constraint);
    if (number === undefined) {
      const { dimension, parts } = constraint;
      // what a rest is the rest of is the same for classes that agree in all that is asked before
      number = this.numbers.of(JSON.stringify([dimension, parts.map(({ name, terms }) => terms ?? name)]));
      this.known.set(constraint, number);
    }
    return number;
  }
}

const objectKey = ({ object: { kind, metadata } }: FieldRef): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

function passingEndings({ ending, alternatives }: Verdict): readonly Ending[] {
  return (ending ? [ending] : alternatives).filter(({ outcome }) => isAllowed(outcome));
}

/**
 * A connection that does not leave the pod. Whether something answers at a port that no container declares is not known, and
 * nothing that a policy decides.
 */
export function isPodItself(simulation: Simulation, one: RequestClass): boolean {
  const rules = rulesOf(simulation, one);
  return rules.length > 0 && rules.every((rule) => rule === 'loopback');
}

function wayOf(simulation: Simulation, one: RequestClass): Way | undefined {
  const { verdicts } = one;
  const [ending] = passingEndings(verdicts[0]!);
  if (!ending) return undefined;
  if (ending.outcome.class === 'mesh') return 'mesh-service';
  if (ending.destination?.cluster !== null) {
    const { istio } = simulation.program;
    const isOpen = istio ? ending.decidedBy[0] === istio.modeAt : ending.decidedBy[0]?.object.kind === 'MeshConfig';
    return isOpen ? 'mesh-wide-egress' : 'policy';
  }
  return isPodItself(simulation, one) ? 'pod-itself' : 'past-envoy';
}

/** The rules of interception that leave requests of the class alone. */
function rulesOf({ clients }: Simulation, { witness }: RequestClass): InterceptionRule[] {
  const address = parseAddressLiteral(witness.dial.host)!;
  const rules = clients.flatMap((client) =>
    interceptionsOf(client, address, witness.dial.port).flatMap(({ redirected, rule }) => (redirected ? [] : [rule])),
  );
  return [...new Set(rules)];
}

function rowOf(simulation: Simulation, classes: readonly RequestClass[]): ReachRow {
  const [first] = classes as [RequestClass];
  const verdicts = classes.map((one) => one.verdicts[0]!);
  const endings = verdicts.flatMap(passingEndings);
  const refs = endings.flatMap(({ decidedBy }) => decidedBy);
  const decidedBy = new Map(refs.map((ref) => [`${objectKey(ref)} ${ref.path.join('.')}`, ref]));
  const obstacles = new Map(verdicts.flatMap((verdict) => verdict.obstacles).map((one) => [one.code, one]));
  return {
    verdict: passage(verdicts[0]!) as ReachRow['verdict'],
    way: wayOf(simulation, first),
    rules: rulesOf(simulation, first),
    classes,
    endings,
    decidedBy: [...decidedBy.values()],
    obstacles: [...obstacles.values()],
  };
}
