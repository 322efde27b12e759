import type { Egress, HTTPRouteGroup, Pod, Resource } from '../../resources/types.js';
import { programFor } from '../../simulator/control-plane/program.js';
import { refusalsOfAllRoutes, routeRefusals } from '../../simulator/envoy/acceptance.js';
import { trafficSettingsOf } from '../../simulator/interception.js';
import { podsThatDiffer } from '../../simulator/clients.js';
import type { Target } from '../../simulator/request/index.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import {
  effectsBetween,
  everySource,
  newMemory,
  sourcesOf,
  type Effect,
  type UndecidedEffect,
} from '../compare/index.js';
import type { Draft } from './draft.js';
import { Intentions, switchedOn } from './intent.js';
import { targetsUsing } from './names.js';
import type { Wish } from './situation.js';
import type { PlanEffect } from './types.js';
import type { Part } from '../request-space/index.js';
import { Neighbourhood } from './where.js';

/** Other ServiceAccounts that are looked at to compare drafts; those of the change that is found are all looked at. */
const MAX_OTHER_SOURCES = 6;

export interface DraftEffects {
  readonly effects: readonly PlanEffect[];
  readonly undecided: readonly UndecidedEffect[];
  /** Configurations that Envoy accepted before and refuses now. */
  readonly newRefusals: number;
  /** Whether every source that the change concerns was looked at. */
  readonly ofAllSources: boolean;
}

/** Whose requests are compared: those of a ServiceAccount, or of one of its pods. */
interface Client {
  readonly source: Source;
  readonly options: SimulationOptions;
}

interface Baseline {
  readonly simulation: Simulation;
  /** Would Envoy refuse the route configuration, were egress policies on and the listener accepted? */
  readonly refusesRoutes: (name: string) => boolean;
  readonly intentions: Intentions;
}

/** Tells what a change does to all requests, besides the one that it is made for. */
export class EffectMeter {
  /** By pod where one is asked about, because pods of two workloads may bear one name; else by ServiceAccount. */
  private readonly baselines = new Map<Pod | string, Baseline>();
  private readonly own: Client;
  /** Policies are for a ServiceAccount: they count in pods that are not asked about, too. */
  private readonly siblings: readonly Client[];
  private readonly neighbourhood: Neighbourhood;
  private readonly memory = newMemory();
  private intended: boolean | undefined;

  constructor(
    private readonly start: Draft,
    private readonly wish: Wish,
    addresses: readonly string[],
  ) {
    const { source, simulation } = wish;
    this.own = { source, options: simulation };
    this.siblings = otherPods(start.world, wish).map((pod) => ({
      source: { ...source },
      options: { resolve: simulation.resolve, pod },
    }));
    this.neighbourhood = new Neighbourhood(wish, addresses);
  }

  /** @param maxOthers how many sources are looked at, besides the one that is to be allowed something */
  effectsOf(draft: Draft, maxOthers = MAX_OTHER_SOURCES): DraftEffects {
    const own = this.effectsOn(draft, this.own);
    const siblings = toldOnce(
      own.effects,
      this.siblings.map((one) => this.effectsOn(draft, one)),
    );
    const all = this.othersTouchedBy(draft);
    const others = all.slice(0, maxOthers);
    const bySource = [own, ...siblings, ...others.map((one) => this.effectsOn(draft, one))];
    return {
      effects: bySource.flatMap(({ effects }) => effects),
      undecided: bySource.flatMap(({ undecided }) => undecided),
      newRefusals: bySource.reduce((sum, { newRefusals }) => sum + newRefusals, 0),
      ofAllSources: others.length === all.length,
    };
  }

  private effectsOn(draft: Draft, client: Client): Omit<DraftEffects, 'ofAllSources'> {
    const { source } = client;
    const { simulation, intentions, refusesRoutes } = this.baselineOf(client);
    const after = simulationOf(draft, client);
    const { effects, undecided } = effectsBetween(simulation, after, {
      landmarks: this.neighbourhood.landmarks,
      memory: this.memory,
    });
    let newRefusals = [...after.routeRefusals.keys()].filter((name) => !refusesRoutes(name)).length;
    if (simulation.listenerState !== 'refused' && after.listenerState === 'refused') newRefusals++;
    if (simulation.clustersState !== 'refused' && after.clustersState === 'refused') newRefusals++;
    return {
      effects: effects.map((effect): PlanEffect => {
        const { kind, after: verdict } = effect;
        const isMeant = (one: Target) => intentions.cover(one, verdict);
        const where = this.neighbourhood.whereIs(source, effect.class);
        const isOpened = kind === 'starts' || kind === 'varies';
        return { ...effect, where, intended: isOpened && this.neighbourhood.examplesOf(effect.class).every(isMeant) };
      }),
      undecided,
      newRefusals,
    };
  }

  /** Was the target meant to be allowed all along? */
  get isIntended(): boolean {
    return (this.intended ??= this.baselineOf(this.own).intentions.cover(this.wish.target));
  }

  private baselineOf(client: Client): Baseline {
    const { source, options } = client;
    const key = options.pod ?? namespacedName(source.namespace, source.serviceAccount);
    let baseline = this.baselines.get(key);
    if (!baseline) {
      baseline = {
        simulation: simulationOf(this.start, client),
        refusesRoutes: refusableRoutes(this.start, client),
        intentions: new Intentions(this.start.world, source, options),
      };
      this.baselines.set(key, baseline);
    }
    return baseline;
  }

  /** Each with its own pods, as far as they are known. What leads into a source that is refused takes along what leads out. */
  private othersTouchedBy(draft: Draft): Client[] {
    const { source: own, simulation } = this.wish;
    const touched = [...draft.originals, ...draft.created.map((object) => [object] as const)].flat();
    const sources = [
      ...sourcesOf(policiesTouching(touched, draft.world.egresses)),
      ...touched.flatMap((object) => destinationsOf(object, draft.world)),
      // how the whole mesh is set decides for those that no policy names, too
      ...(touched.some(({ kind }) => kind === 'MeshConfig')
        ? everySource([{ objects: draft.world.pods }], [draft.world])
        : []),
    ];
    const distinct = new Map(sources.map((one) => [namespacedName(one.namespace, one.serviceAccount), one]));
    return [...distinct.values()]
      .filter(({ namespace, serviceAccount }) => namespace !== own.namespace || serviceAccount !== own.serviceAccount)
      .map((source) => ({ source, options: { resolve: simulation.resolve } }));
  }
}

function simulationOf(draft: Draft, { source, options }: Client): Simulation {
  return simulate(draft.world, source, options);
}

/** Pods of the wish's ServiceAccount in which other things are intercepted than in the pod that is asked about. */
export function otherPods(world: World, { source, simulation: { pod } }: Wish): Pod[] {
  const settings = pod && trafficSettingsOf(pod);
  if (settings === undefined) return [];
  return podsThatDiffer(world, source, trafficSettingsOf).filter((other) => trafficSettingsOf(other) !== settings);
}

/** Each of several with those of its effects that are not told before, by what comes first or by one of the others. */
export function toldOnce<E extends Effect, F extends { readonly effects: readonly E[] }>(
  first: readonly E[],
  several: readonly F[],
): F[] {
  const told = [...first];
  return several.map((one) => {
    const effects = besides(told, one.effects);
    told.push(...effects);
    return { ...one, effects };
  });
}

/** What is not told already. */
export function besides<E extends Effect>(told: readonly Effect[], effects: readonly E[]): E[] {
  // the rest, and what a wildcard stands for, are what the other parts leave
  const dependsOnOthers = ({ rest, name }: Part) => rest === true || name.includes('*');
  const keyOf = ({ kind, class: { constraints } }: Effect) =>
    JSON.stringify([
      kind,
      constraints.map(({ dimension, parts, all }) => [dimension, parts, parts.some(dependsOnOthers) ? all : []]),
    ]);
  const known = new Set(told.map(keyOf));
  return effects.filter((effect) => !known.has(keyOf(effect)));
}

function refusableRoutes(start: Draft, { source, options: { pod } }: Client): Baseline['refusesRoutes'] {
  const program = programFor(switchedOn(start).world, source, pod && [pod]);
  if (refusalsOfAllRoutes(program).length > 0) return () => true;
  return (name) => {
    const routes = program.routeConfigurations.get(name);
    return routes !== undefined && routeRefusals(routes).length > 0;
  };
}

/**
 * The policies whose effect depends on one of the objects.
 * @param all policies, apart from what the objects have been before
 */
function policiesTouching(objects: readonly Resource[], all: readonly Egress[]): Egress[] {
  return objects.flatMap((object): readonly Egress[] => {
    if (object.kind === 'Egress') return [object];
    return object.kind === 'HTTPRouteGroup' ? all.filter((policy) => refersTo(policy, object)) : [];
  });
}

/** The sources that others get at by what a route group says. */
function destinationsOf(object: Resource, world: World): Source[] {
  return targetsUsing(object, world).flatMap(({ spec: { destination } }) => {
    const { namespace, name: serviceAccount } = destination;
    return namespace === undefined ? [] : [{ namespace, serviceAccount }];
  });
}

function refersTo(policy: Egress, group: HTTPRouteGroup): boolean {
  const namespaceOf = (object: Resource) => object.metadata.namespace ?? 'default';
  return (
    namespaceOf(policy) === namespaceOf(group) &&
    (policy.spec.matches ?? []).some(({ kind, name }) => kind === 'HTTPRouteGroup' && name === group.metadata.name)
  );
}
