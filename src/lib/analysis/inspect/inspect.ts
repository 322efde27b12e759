import type { Egress } from '../../resources/types.js';
import { simulate, type Simulation } from '../../simulator/simulation.js';
import { updatesOf, type Updates } from '../../simulator/updates.js';
import { createWorld, namespacedName, nameOf, type Source, type World } from '../../simulator/world.js';
import { sourcesOf } from '../compare/sources.js';
import { inspectForSource, type SourceInspection } from './inspect-source.js';
import type { PolicyState } from '../lint/rule.js';
import { emptyRules, findingsOf, unread, type AnyFinding } from '../lint/rules/index.js';
import { joinStates, type PolicyReport, type UpdateStates } from './report.js';
import { decisiveKinds, variantsOf, type Surroundings } from '../unread.js';

/**
 * A function that tells what becomes of a policy of the world, for every source that it names. Each source is simulated
 * once, however many policies name it. Where something could not be read, a state is told only if it is the same in every
 * way in which the unread may be.
 */
export function createInspector(
  { world, objects, worldOptions, unread: hiddenObjects }: Surroundings & { readonly world: World },
  simulationOf: (source: Source) => Simulation = rememberSimulations(world),
): (policy: Egress) => PolicyReport {
  const worlds: World[] =
    hiddenObjects.kinds.size > 0
      ? variantsOf(objects, hiddenObjects, world.osmNamespace).map((variant) =>
          createWorld([...objects, ...variant], worldOptions),
        )
      : [world];
  const simulations = worlds.map((one) => (one === world ? simulationOf : rememberSimulations(one)));
  const hidden = decisiveKinds(objects, hiddenObjects, world.osmNamespace);
  return (policy) => {
    const sources = sourcesOf([policy]);
    const bySource = sources.map((source) => {
      const inspections = simulations.map((simulationOf) => inspectForSource(simulationOf(source), policy));
      return settle(policy, inspections, hiddenObjects.kinds.has('Egress'), hidden);
    });
    const { ports } = policy.spec;
    return {
      policy,
      state: joinStates(bySource.flatMap(({ ports }) => ports)),
      sources: sources.map((source, index) => ({
        ...source,
        state: joinStates(bySource[index]!.ports),
        updates: statesOf(simulations.map((simulationOf) => updatesOf(simulationOf(source)))),
      })),
      ports: ports.map(({ number, protocol }, index) => ({
        index,
        number,
        protocol,
        state: joinStates(bySource.map((inspection) => inspection.ports[index]!)),
      })),
      reasons: [
        ...emptyRules.flatMap((rule) => findingsOf(rule, { policy, world })),
        ...mergeReasons(bySource.map(({ reasons }, index) => ({ source: sources[index]!, reasons }))),
      ],
    };
  };
}

/** The states that all variants agree on. */
function statesOf(variants: readonly Updates[]): UpdateStates {
  const stateOf = (name: keyof Updates): UpdateStates[keyof Updates] => {
    const [state, ...others] = new Set(variants.map((updates) => updates[name].state));
    return others.length > 0 ? 'unknown' : state!;
  };
  return { listener: stateOf('listener'), routes: stateOf('routes'), clusters: stateOf('clusters') };
}

/** Simulates each source once. */
export function rememberSimulations(world: World): (source: Source) => Simulation {
  const known = new Map<string, Simulation>();
  return (source) => {
    const key = namespacedName(source.namespace, source.serviceAccount);
    let simulation = known.get(key);
    if (!simulation) known.set(key, (simulation = simulate(world, source)));
    return simulation;
  };
}

/**
 * One inspection from those of the variants. A policy that is active may still meet one that cannot be seen, and be
 * refused with it; one that is refused or ignored stays so.
 */
function settle(
  policy: Egress,
  inspections: readonly SourceInspection[],
  policiesHidden: boolean,
  hidden: readonly string[],
): SourceInspection {
  const [best, ...others] = inspections as [SourceInspection, ...SourceInspection[]];
  const settleState = (state: PolicyState, alternatives: readonly PolicyState[]): PolicyState =>
    alternatives.some((other) => other !== state) || (policiesHidden && worksAlone(state)) ? 'unknown' : state;
  const ports = best.ports.map((port, index) =>
    settleState(
      port,
      others.map((other) => other.ports[index]!),
    ),
  );
  if (!ports.includes('unknown')) return best;
  const certain = best.reasons.filter(({ makes }) => makes !== 'refused');
  return { ports, reasons: [...findingsOf(unread, { policy, kinds: hidden }), ...certain] };
}

function worksAlone(state: PolicyState): boolean {
  return state !== 'refused' && state !== 'ignored';
}

/** Reasons that hold for every source to which the policy applies are told once, without naming them. */
function mergeReasons(bySource: readonly { source: Source; reasons: readonly AnyFinding[] }[]): AnyFinding[] {
  const merged = new Map<string, { reason: AnyFinding; sources: Set<Source> }>();
  for (const { source, reasons } of bySource) {
    for (const reason of reasons) {
      const key = keyOf(reason);
      const known = merged.get(key);
      if (known) known.sources.add(source);
      else merged.set(key, { reason, sources: new Set([source]) });
    }
  }
  const applied = bySource.filter(({ reasons }) => !reasons.some(isWhole)).length;
  return [...merged.values()].map(({ reason, sources }) => {
    const all = isWhole(reason) ? bySource.length : applied;
    return { ...reason, sources: sources.size === all ? [] : [...sources] };
  });
}

/** Does the reason keep the policy from a source altogether? */
function isWhole({ makes, port }: AnyFinding): boolean {
  return makes === 'ignored' && port === null;
}

function keyOf({ rule, port, at }: AnyFinding): string {
  const fields = at.map(({ object, path }) => [nameOf(object), ...path]);
  return JSON.stringify([rule, port, fields]);
}
