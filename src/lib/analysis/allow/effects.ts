import type { Egress, HTTPRouteGroup, Resource } from '../../resources/types.js';
import { programFor } from '../../simulator/control-plane/program.js';
import { routeRefusals } from '../../simulator/envoy/acceptance.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import type { Source } from '../../simulator/world.js';
import { effectsBetween, newMemory, sourcesOf, type UndecidedEffect } from '../compare/index.js';
import type { Draft } from './draft.js';
import { Intentions, switchedOn } from './intent.js';
import type { Wish } from './situation.js';
import type { PlanEffect } from './types.js';
import { Neighbourhood } from './where.js';

/** Other ServiceAccounts that are looked at to compare drafts; those of the change that is found are all looked at. */
const MAX_OTHER_SOURCES = 6;

export interface DraftEffects {
  readonly effects: readonly PlanEffect[];
  readonly undecided: readonly UndecidedEffect[];
  /** Configurations that Envoy accepted before and refuses now. */
  readonly newRefusals: number;
}

interface Baseline {
  readonly source: Source;
  readonly simulation: Simulation;
  /** Route configurations that Envoy would refuse, were egress policies on and the listener accepted. */
  readonly refusedRoutes: ReadonlySet<string>;
  readonly intentions: Intentions;
}

/** Tells what a change does to all requests, besides the one that it is made for. */
export class EffectMeter {
  private readonly baselines = new Map<string, Baseline>();
  private readonly neighbourhood: Neighbourhood;
  private readonly memory = newMemory();

  constructor(
    private readonly start: Draft,
    private readonly wish: Wish,
    addresses: readonly string[],
  ) {
    this.neighbourhood = new Neighbourhood(wish, addresses);
  }

  /** @param maxOthers how many sources are looked at, besides the one that is to be allowed something */
  effectsOf(draft: Draft, maxOthers = MAX_OTHER_SOURCES): DraftEffects {
    const { source } = this.wish;
    const others = this.othersTouchedBy(draft).slice(0, maxOthers);
    const bySource = [source, ...others].map((one) => this.effectsOn(draft, one));
    return {
      effects: bySource.flatMap(({ effects }) => effects),
      undecided: bySource.flatMap(({ undecided }) => undecided),
      newRefusals: bySource.reduce((sum, { newRefusals }) => sum + newRefusals, 0),
    };
  }

  private effectsOn(draft: Draft, source: Source): DraftEffects {
    const { simulation, intentions, refusedRoutes } = this.baselineOf(source);
    const after = this.simulationOf(draft, source);
    const { effects, undecided } = effectsBetween(simulation, after, {
      landmarks: this.neighbourhood.landmarks,
      memory: this.memory,
    });
    let newRefusals = [...after.routeRefusals.keys()].filter((name) => !refusedRoutes.has(name)).length;
    if (simulation.listenerState !== 'refused' && after.listenerState === 'refused') newRefusals++;
    if (simulation.clustersState !== 'refused' && after.clustersState === 'refused') newRefusals++;
    return {
      effects: effects.map((effect): PlanEffect => {
        const { witness } = effect.class;
        const where = this.neighbourhood.whereIs(source, effect.class);
        return { ...effect, where, intended: effect.kind !== 'stops' && intentions.cover(witness) };
      }),
      undecided,
      newRefusals,
    };
  }

  private baselineOf(source: Source): Baseline {
    const key = `${source.namespace}/${source.serviceAccount}`;
    let baseline = this.baselines.get(key);
    if (!baseline) {
      baseline = {
        source,
        simulation: this.simulationOf(this.start, source),
        refusedRoutes: refusableRoutes(this.start, source),
        intentions: new Intentions(this.start.world, source, this.optionsFor(source)),
      };
      this.baselines.set(key, baseline);
    }
    return baseline;
  }

  private simulationOf(draft: Draft, source: Source): Simulation {
    return simulate(draft.world, source, this.optionsFor(source));
  }

  /** The pod is the target's client; other sources have their own. */
  private optionsFor(source: Source): SimulationOptions {
    const { resolve } = this.wish.simulation;
    return source === this.wish.source ? this.wish.simulation : { resolve };
  }

  private othersTouchedBy(draft: Draft): Source[] {
    const { source } = this.wish;
    const touched = [...draft.originals, ...draft.created.map((object) => [object] as const)].flat();
    return sourcesOf(policiesTouching(touched, [this.start, draft])).filter(({ namespace, serviceAccount }) => {
      return namespace !== source.namespace || serviceAccount !== source.serviceAccount;
    });
  }
}

function refusableRoutes(start: Draft, source: Source): Set<string> {
  const { routeConfigurations } = programFor(switchedOn(start).world, source);
  return new Set(
    [...routeConfigurations].flatMap(([name, routes]) => (routeRefusals(routes).length > 0 ? [name] : [])),
  );
}

/** The policies whose effect depends on one of the objects. */
function policiesTouching(objects: readonly Resource[], drafts: readonly Draft[]): Egress[] {
  return objects.flatMap((object): readonly Egress[] => {
    if (object.kind === 'Egress') return [object];
    const all = drafts.flatMap(({ world }) => world.egresses);
    if (object.kind === 'MeshConfig') return all;
    return object.kind === 'HTTPRouteGroup' ? all.filter((policy) => refersTo(policy, object)) : [];
  });
}

function refersTo(policy: Egress, group: HTTPRouteGroup): boolean {
  const namespaceOf = (object: Resource) => object.metadata.namespace ?? 'default';
  return (
    namespaceOf(policy) === namespaceOf(group) &&
    (policy.spec.matches ?? []).some(({ kind, name }) => kind === 'HTTPRouteGroup' && name === group.metadata.name)
  );
}
