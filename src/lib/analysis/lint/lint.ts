/** All rules over all policies. */
import type { Egress, KubernetesObject, Pod } from '../../resources/types.js';
import { accountOf, hasEnded } from '../../resources/workloads.js';
import { sourcesOf } from '../compare/sources.js';
import { createInspector, rememberSimulations } from '../inspect/inspect.js';
import { isAllRead, type Surroundings } from '../unread.js';
import { sidecarState } from '../../simulator/interception.js';
import type { Simulation } from '../../simulator/simulation.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import { ExactAnalysis } from './exact.js';
import { accountsOf, trapsOf } from './traps.js';
import { exactRules, findingsOf, proxyRules, worldRules, type AnyFinding } from './rules/index.js';

export interface LintSubject extends Surroundings {
  readonly world: World;
}

export interface LintOptions {
  /** Whether what is found about an object is asked for. */
  readonly concerns: (object: KubernetesObject) => boolean;
  /** Leave out the rules that look at all requests. */
  readonly quick: boolean;
}

/** Everything that the rules find, in the order of the objects. */
export function lint(subject: LintSubject, { concerns, quick }: LintOptions): AnyFinding[] {
  const { world, objects, unread } = subject;
  const simulationOf = rememberSimulations(world);
  const inspect = createInspector(subject, simulationOf);
  const serviceAccounts = accountsOf(objects, unread);
  const findings = new Findings();
  const policies = world.egresses.filter(concerns);
  for (const policy of policies) {
    findings.add(inspect(policy).reasons);
    findings.add(trapsOf({ policy, world, serviceAccounts }, simulationOf));
  }
  for (const source of proxiesOf(world, policies)) {
    const simulation = simulationOf(source);
    for (const rule of proxyRules) {
      findings.add(findingsOf(rule, { simulation }).map((finding) => ({ ...finding, sources: [source] })));
    }
  }
  if (!quick) {
    const isKnown = (source: Source): boolean => isAllRead(source, world, subject);
    findings.add(withoutExplained(provenFindings(policies, simulationOf, isKnown), findings.all));
  }
  for (const rule of worldRules) {
    findings.add(findingsOf(rule, { world }).filter(({ at }) => at.some(({ object }) => concerns(object))));
  }
  return findings.all;
}

/** Rules that say something of a policy only where it holds for every source of it. */
const OF_EVERY_SOURCE = new Set<string>(['never-decides', 'redundant']);

function provenFindings(
  policies: readonly Egress[],
  simulationOf: (source: Source) => Simulation,
  isKnown: (source: Source) => boolean,
): AnyFinding[] {
  const known = new Map<Simulation, ExactAnalysis | undefined>();
  const analysisOf = (simulation: Simulation): ExactAnalysis | undefined => {
    if (!known.has(simulation)) {
      known.set(simulation, isKnown(simulation.source) ? ExactAnalysis.of(simulation) : undefined);
    }
    return known.get(simulation);
  };
  return policies.flatMap((policy) => {
    const sources = sourcesOf([policy]);
    const analyses = sources.map((source) => {
      const exact = analysisOf(simulationOf(source));
      return exact?.policies.includes(policy) ? exact : undefined;
    });
    const found = exactRules.flatMap((rule) => {
      const bySource = analyses.map((exact) => (exact ? findingsOf(rule, { policy, exact }) : []));
      if (OF_EVERY_SOURCE.has(rule.name) && bySource.some(({ length }) => length === 0)) return [];
      const concerned = sources.filter((_, index) => bySource[index]!.length > 0);
      const [first] = bySource.flat();
      return first ? [{ ...first, sources: concerned.length === sources.length ? [] : concerned }] : [];
    });
    if (found.some(({ deletes }) => deletes)) for (const exact of analyses) exact?.leaveOut(policy);
    return found;
  });
}

/** Warnings that say why a policy, or a part of it, allows nothing, as every error does. */
const EXPLAINING = new Set<string>([
  'http-without-hosts',
  'host-without-routes',
  'host-is-the-pod',
  'port-excluded',
  'range-excluded',
  'not-intercepted',
  'address-as-tls-host',
]);

/** That a policy allows nothing is left out where something says why. */
function withoutExplained(proven: readonly AnyFinding[], others: readonly AnyFinding[]): AnyFinding[] {
  const explained = new Set(
    others.filter(({ level, rule }) => level === 'error' || EXPLAINING.has(rule)).map(({ policy }) => policy),
  );
  return proven.filter(({ rule, policy }) => rule !== 'never-decides' || !explained.has(policy));
}

/** Faults of all that a proxy is sent: one for each fault, however many policies it keeps from working. */
const OF_PROXIES = new Set<string>([...proxyRules.map(({ name }) => name), 'routes-by-chance', 'pod-never-starts']);

class Findings {
  readonly all: AnyFinding[] = [];
  private readonly known = new Set<string>();
  private readonly numbers = new Map<object, number>();

  add(found: readonly AnyFinding[]): void {
    for (const finding of found) {
      const { rule, policy, port, at } = finding;
      const fields = at.map(({ object, path }) => [this.numberOf(object), ...path]);
      const owner = OF_PROXIES.has(rule) ? [] : [policy && this.numberOf(policy), port];
      const key = JSON.stringify([rule, owner, fields]);
      if (this.known.has(key)) continue;
      this.known.add(key);
      this.all.push(finding);
    }
  }

  private numberOf(object: object): number {
    let number = this.numbers.get(object);
    if (number === undefined) this.numbers.set(object, (number = this.numbers.size));
    return number;
  }
}

/**
 * Sources whose proxies are looked at: those of the policies, and whoever else may send requests, because services of the mesh
 * can take a proxy down without any policy. One account stands for all that have no policy, where no other is known.
 */
function proxiesOf(world: World, policies: readonly Egress[]): Source[] {
  const { pods, trafficTargets, services } = world;
  const sources = new Map<string, Source>();
  const add = (namespace = 'default', serviceAccount = 'default', pod?: Pod): void => {
    const source = { namespace, serviceAccount };
    if (sidecarState(world, source, pod).injected) sources.set(namespacedName(namespace, serviceAccount), source);
  };
  for (const { namespace, serviceAccount } of sourcesOf(policies)) add(namespace, serviceAccount);
  if (services.size === 0) return [...sources.values()];
  // the control plane opens services whatever the kind is called
  for (const { spec } of trafficTargets) for (const { namespace, name } of spec.sources) add(namespace, name);
  for (const pod of pods) if (!hasEnded(pod)) add(pod.metadata.namespace, accountOf(pod), pod);
  for (const { metadata } of services.values()) if (sources.size === 0) add(metadata.namespace);
  return [...sources.values()];
}
