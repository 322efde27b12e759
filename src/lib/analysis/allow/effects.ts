import type { Egress, HTTPRouteGroup, Resource } from '../../resources/types.js';
import { programFor } from '../../simulator/control-plane/program.js';
import { routeRefusals } from '../../simulator/envoy/acceptance.js';
import { isAllowed } from '../../simulator/outcome.js';
import type { Target } from '../../simulator/request/index.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import type { Ending, Verdict } from '../../simulator/verdict.js';
import type { Source } from '../../simulator/world.js';
import { requestKey, sampleRequests, sourcesOf } from '../probes/index.js';
import type { Draft } from './draft.js';
import { Intentions, switchedOn } from './intent.js';
import type { Wish } from './situation.js';
import type { Effect } from './types.js';
import { createPlaces } from './where.js';

/** Other ServiceAccounts that are looked at when a change touches their policies. */
const MAX_OTHER_SOURCES = 6;
const PROBES_OF_OTHERS = 300;

export interface Effects {
  readonly allows: readonly Effect[];
  readonly denies: readonly Effect[];
  readonly changes: readonly Effect[];
  readonly failDifferently: number;
  readonly probes: number;
  /** Configurations that Envoy accepted before and refuses now. */
  readonly newRefusals: number;
}

interface Baseline {
  readonly source: Source;
  readonly simulation: Simulation;
  readonly targets: readonly Target[];
  readonly verdicts: readonly Verdict[];
  /** Route configurations that Envoy would refuse, were egress policies on and the listener accepted. */
  readonly refusedRoutes: ReadonlySet<string>;
  readonly intentions: Intentions;
}

/** Tells what a change does to other requests than the one that it is made for, over a sample of them. */
export class EffectMeter {
  private readonly baselines = new Map<string, Baseline>();
  private readonly whereIs: ReturnType<typeof createPlaces>;

  constructor(
    private readonly start: Draft,
    private readonly wish: Wish,
    addresses: readonly string[],
  ) {
    this.whereIs = createPlaces(wish, addresses);
  }

  effectsOf(draft: Draft): Effects {
    const totals = { allows: [], denies: [], changes: [], failDifferently: 0, probes: 0, newRefusals: 0 };
    for (const source of [this.wish.source, ...this.othersTouchedBy(draft)]) this.addEffects(draft, source, totals);
    return totals;
  }

  private addEffects(draft: Draft, source: Source, totals: MutableEffects): void {
    const baseline = this.baselineOf(source);
    const after = this.simulationOf(draft, source);
    totals.probes += baseline.targets.length;
    if (baseline.simulation.listenerState !== 'refused' && after.listenerState === 'refused') totals.newRefusals++;
    if (baseline.simulation.clustersState !== 'refused' && after.clustersState === 'refused') totals.newRefusals++;
    for (const name of after.routeRefusals.keys()) if (!baseline.refusedRoutes.has(name)) totals.newRefusals++;
    baseline.targets.forEach((target, index) => {
      const was = baseline.verdicts[index]!;
      const is = after.decide(target);
      const kind = kindOfChange(was, is);
      if (kind === 'same') return;
      if (kind === 'failDifferently') {
        totals.failDifferently++;
        return;
      }
      const intended = kind !== 'denies' && baseline.intentions.cover(target);
      totals[kind].push({ source, target, before: was, after: is, where: this.whereIs(source, target), intended });
    });
  }

  private baselineOf(source: Source): Baseline {
    const key = `${source.namespace}/${source.serviceAccount}`;
    let baseline = this.baselines.get(key);
    if (!baseline) {
      const simulation = this.simulationOf(this.start, source);
      const { target, simulation: options } = this.wish;
      const own = source === this.wish.source;
      const targets = sampleRequests(this.start.world, source, {
        seeds: [target],
        resolve: options.resolve,
        ...(own ? {} : { limit: PROBES_OF_OTHERS }),
      });
      const others = own ? targets.filter((probe) => requestKey(probe) !== requestKey(target)) : targets;
      const verdicts = others.map((probe) => simulation.decide(probe));
      baseline = {
        source,
        simulation,
        targets: others,
        verdicts,
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
    return sourcesOf(policiesTouching(touched, [this.start, draft]), MAX_OTHER_SOURCES + 1)
      .filter(({ namespace, serviceAccount }) => {
        return namespace !== source.namespace || serviceAccount !== source.serviceAccount;
      })
      .slice(0, MAX_OTHER_SOURCES);
  }
}

function refusableRoutes(start: Draft, source: Source): Set<string> {
  const { routeConfigurations } = programFor(switchedOn(start).world, source);
  return new Set(
    [...routeConfigurations].flatMap(([name, routes]) => (routeRefusals(routes).length > 0 ? [name] : [])),
  );
}

interface MutableEffects {
  allows: Effect[];
  denies: Effect[];
  changes: Effect[];
  failDifferently: number;
  probes: number;
  newRefusals: number;
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

type ChangeKind = 'same' | 'allows' | 'denies' | 'changes' | 'failDifferently';

function kindOfChange(before: Verdict, after: Verdict): ChangeKind {
  const [was, is] = [standing(before), standing(after)];
  if (was !== is) return is === 'allowed' ? 'allows' : was === 'allowed' ? 'denies' : 'changes';
  if (sameEndings(before, after)) return 'same';
  return was === 'denied' ? 'failDifferently' : 'changes';
}

/** Several endings that all reach the server are as good as one. */
function standing({ verdict, alternatives, obstacles }: Verdict): 'allowed' | 'denied' | 'uncertain' {
  if (verdict === 'allowed' || verdict === 'denied') return verdict;
  if (obstacles.length > 0 || alternatives.length === 0) return 'uncertain';
  if (alternatives.every(({ outcome }) => isAllowed(outcome))) return 'allowed';
  return alternatives.some(({ outcome }) => isAllowed(outcome)) ? 'uncertain' : 'denied';
}

function sameEndings(before: Verdict, after: Verdict): boolean {
  if (before.verdict !== after.verdict) return false;
  if (before.ending && after.ending) return sameEnding(before.ending, after.ending);
  return (
    before.alternatives.length === after.alternatives.length &&
    before.alternatives.every((one, index) => {
      const other = after.alternatives[index]!;
      return sameEnding(one, other) && JSON.stringify(one.when) === JSON.stringify(other.when);
    })
  );
}

/** Outcomes are shared, so equal ones are identical. */
function sameEnding(one: Ending, other: Ending): boolean {
  const [from, to] = [one.destination, other.destination];
  if (one.outcome !== other.outcome || (from === null) !== (to === null)) return false;
  return (
    from === null ||
    (from.address === to!.address && from.host === to!.host && from.port === to!.port && from.cluster === to!.cluster)
  );
}
