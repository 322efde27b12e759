/** Whether a source may send exactly the requests that a list of patterns describes: all of them, and no others. */
import type { Egress, HTTPRouteGroup, KubernetesObject, Resource } from '../../resources/types.js';
import { addressApart, parseAddressLiteral } from '../../simulator/address.js';
import { interceptionsOf } from '../../simulator/clients.js';
import { inspectRegex } from '../../simulator/envoy/re2.js';
import type { RouteConfiguration } from '../../simulator/envoy/types.js';
import type { Target } from '../../simulator/request/types.js';
import { simulate, type Simulation } from '../../simulator/simulation.js';
import { endingsOf, type Verdict, type VerdictWord } from '../../simulator/verdict.js';
import { canResolve } from '../../simulator/upstream.js';
import { createWorld, type Source } from '../../simulator/world.js';
import { formatIpv4 } from '../../text/ip.js';
import { passage } from '../reach/reach.js';
import { addressesOfAlikePods, classes, spaceOf, undecidedRegions } from '../request-space/index.js';
import type { RequestClass, Undecided } from '../request-space/types.js';
import { withCommand } from '../request-space/witness.js';

/** Requests that an Egress policy with these fields, and nothing beside it, lets through. For http that takes a host by name. */
export interface RequestPattern {
  readonly protocol: 'http' | 'https' | 'tcp';
  readonly port: number;
  /** A name, for https also a wildcard; absent: any. */
  readonly host?: string | undefined;
  /** Empty: any. */
  readonly methods: readonly string[];
  /** Regular expressions for the whole path, as in an HTTPRouteGroup; empty: any. */
  readonly paths: readonly string[];
  /** Empty: any. */
  readonly addresses: readonly string[];
}

/** A request of which patterns and policies say different things. */
export interface CounterExample {
  readonly class: RequestClass;
  readonly verdict: Verdict;
  /** Do the patterns have it? */
  readonly wanted: boolean;
}

export type Exactness =
  | { readonly holds: true }
  | { readonly holds: false; readonly counterExample: CounterExample }
  | {
      readonly holds: 'undecided';
      /** Where a bound was met. */
      readonly undecided: readonly Undecided[];
      /** A request whose verdict is not known. */
      readonly unknown: CounterExample | undefined;
    };

/**
 * Compares all requests of a source with patterns. Requests within the pod, to services of the mesh and to IPv6 addresses are
 * not looked at: no policy decides them. Istio does not look at a port in the Host: whether its resources take a pattern's host
 * with another port than its own does not count. Its paths are those that routes see.
 */
export function allowsExactly(simulation: Simulation, patterns: readonly RequestPattern[]): Exactness {
  const { istio, routeConfigurations } = simulation.program;
  const [table] = routeConfigurations.values();
  const wanted = independentGroups(patterns)
    .map((group) => patternProgram(simulation.source, group))
    .map((one) => withTables(one, { pathNormalization: table?.pathNormalization }));
  const bearable = istio ? wanted.map((one) => withTables(one, { ignoresPort: true })) : [];
  const space = spaceOf([simulation, ...wanted, ...bearable], { onlyDifferences: true });
  let unknown: CounterExample | undefined;
  for (const one of classes(space)) {
    const requests = egressOf(simulation, one, space.programs);
    if (!requests) continue;
    const [verdict, ...others] = requests.verdicts as [Verdict, ...Verdict[]];
    const said = others.map(passage);
    const should = joined(said.slice(0, wanted.length));
    const may = joined(said);
    const does = passage(verdict);
    if (should === does || may === does) continue;
    const found = { class: requests, verdict, wanted: should === 'allowed' };
    if (does === 'unknown' || should === 'unknown') unknown ??= found;
    else return { holds: false, counterExample: found };
  }
  const own = new Set<KubernetesObject>(
    wanted.flatMap(({ world }) => [...world.egresses, ...world.routeGroups.values()]),
  );
  const undecided = undecidedRegions(space).map((region) => ({
    ...region,
    at: region.at.filter(({ object }) => !own.has(object)),
  }));
  return undecided.length > 0 || unknown ? { holds: 'undecided', undecided, unknown } : { holds: true };
}

/** What several patterns together say. */
function joined(verdicts: readonly VerdictWord[]): 'allowed' | 'denied' | 'unknown' {
  if (verdicts.includes('allowed')) return 'allowed';
  return verdicts.every((verdict) => verdict === 'denied') ? 'denied' : 'unknown';
}

/** The requests of a class that leave the pod for something outside the mesh, by IPv4, with one of them as witness; undefined: none does. */
export function egressOf(
  simulation: Simulation,
  one: RequestClass,
  programs: readonly Simulation[],
): RequestClass | undefined {
  const { witness, constraints } = one;
  if (leavesMesh(simulation, witness)) return one;
  // addresses that fare alike are in one class, those of services and of the pod among them, each an interval of its own
  const addresses = constraints.find(({ dimension }) => dimension === 'address')?.parts ?? [];
  const ofPods = addressesOfAlikePods(simulation);
  for (const interval of addresses.flatMap(({ intervals = [] }) => intervals)) {
    const [first, last] = interval;
    const address = addressApart([interval], ofPods, Math.min(first + 1, last)) ?? first;
    const target = withAddress(witness, formatIpv4(address));
    if (!leavesMesh(simulation, target)) continue;
    return { ...one, witness: target, verdicts: programs.map((program) => program.decide(target)) };
  }
  return undefined;
}

function leavesMesh(simulation: Simulation, target: Target): boolean {
  const { clients, dataPlane, program } = simulation;
  const address = parseAddressLiteral(target.dial.host);
  if (address?.family !== 4) return false;
  const ways = clients.flatMap((client) => interceptionsOf(client, address, target.dial.port));
  if (ways.some(({ rule }) => rule === 'loopback')) return false;
  // under Istio services and hosts outside share the chain of a port that reads HTTP, and a split may have both
  const isForService = program.istio
    ? staysInMesh(simulation.decide(target))
    : dataPlane.chainsFor(target, address.value).some((chain) => chain?.origin === 'mesh');
  return !isForService || ways.some(({ redirected }) => !redirected);
}

function staysInMesh(verdict: Verdict): boolean {
  const classes = new Set(endingsOf(verdict).map(({ outcome }) => outcome.class));
  return classes.has('mesh') && !classes.has('reached');
}

function withAddress(target: Target, address: string): Target {
  const { host, dial } = target;
  return withCommand({ ...target, host: host === dial.host ? address : host, dial: { ...dial, host: address } });
}

/** What is wrong with a pattern that Envoy would not take. */
export function patternFault({ paths, ...pattern }: RequestPattern): string | undefined {
  const { protocol, host = '*' } = pattern;
  if (protocol === 'http' && !canResolve(host))
    return `Envoy resolves the host of an http policy, and ${JSON.stringify(host)} is no name that resolves`;
  for (const path of paths) {
    const { accepted, reason } = inspectRegex(path);
    if (!accepted) return `Envoy refuses the path ${JSON.stringify(path)}: ${reason}`;
  }
  const { listenerState } = patternProgram(ANYBODY, [{ ...pattern, paths }]);
  return listenerState === 'programmed' ? undefined : `Envoy refuses the host ${JSON.stringify(host)}`;
}

const ANYBODY: Source = { namespace: 'default', serviceAccount: 'default' };

/** The same with some settings of all route tables. */
function withTables({ world, source, program }: Simulation, settings: Partial<RouteConfiguration>): Simulation {
  const routeConfigurations = new Map(
    [...program.routeConfigurations].map(([name, one]) => [name, { ...one, ...settings }]),
  );
  return simulate(world, source, { held: { ...program, routeConfigurations } });
}

/** What would be programmed for a source if a policy for each of the patterns were all there is. */
function patternProgram(source: Source, patterns: readonly RequestPattern[]): Simulation {
  return simulate(createWorld(patterns.flatMap((one, at) => policyOf(one, at, source))), source);
}

function policyOf(
  { protocol, port, host, methods, paths, addresses }: RequestPattern,
  index: number,
  { namespace, serviceAccount }: Source,
): Resource[] {
  const metadata = { name: `pattern-${index}` };
  const apiGroup = 'specs.smi-spec.io/v1alpha4';
  const policy: Egress = {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata,
    spec: {
      sources: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
      ports: [{ number: port, protocol }],
      hosts: host === undefined ? [] : [host],
      ipAddresses: [...addresses],
      matches: [{ apiGroup, kind: 'HTTPRouteGroup', ...metadata }],
    },
  };
  const matches = (paths.length > 0 ? paths : ['.*']).map((pathRegex) => ({ name: '', pathRegex, methods: [...methods] })); // prettier-ignore
  const group: HTTPRouteGroup = { apiVersion: apiGroup, kind: 'HTTPRouteGroup', metadata, spec: { matches } };
  return [policy, group];
}

/**
 * Groups of patterns of which no two can have a say in one request: Envoy, which does not try a second chain or host when the
 * first does not fit, would otherwise allow less than both together describe.
 */
function independentGroups(patterns: readonly RequestPattern[]): RequestPattern[][] {
  const groups: RequestPattern[][] = [];
  for (const pattern of patterns) {
    const group = groups.find((others) => others.every((other) => areIndependent(pattern, other)));
    if (group) group.push(pattern);
    else groups.push([pattern]);
  }
  // without any pattern there still is something to compare with: nothing is allowed
  return groups.length > 0 ? groups : [[]];
}

function areIndependent(one: RequestPattern, other: RequestPattern): boolean {
  if (one.port !== other.port) return true;
  const areNamed = [one, other].every(({ host, addresses }) => host && !host.includes('*') && addresses.length === 0);
  return areNamed && one.protocol === other.protocol && one.host!.toLowerCase() !== other.host!.toLowerCase();
}
