import { OUTBOUND_RANGE_EXCLUSION } from '../../resources/labels.js';
import { podField, podOf, workloadOf } from '../../resources/workloads.js';
import type { FieldPath, MeshConfig, Pod, Resource, Workload } from '../../resources/types.js';
import { podsOfSource } from '../../simulator/control-plane/inbound.js';
import { simulate } from '../../simulator/simulation.js';
import { isStandIn } from '../../simulator/stand-in-addresses.js';
import { createWorld, nameOf, type World } from '../../simulator/world.js';
import { diffWorlds, effectsBetween, everySource, type Effects } from '../compare/index.js';
import { isGranted } from '../standing.js';
import { effectCosts } from './cost.js';
import { objectChanges, withChanges } from './draft.js';
import { otherPods, toldOnce } from './effects.js';
import type { Situation, Wish } from './situation.js';
import type { AllowOptions, ChangePlan, PlanEffect, Reason } from './types.js';
import { Neighbourhood } from './where.js';

/** Reasons for which no policy serves, although the request would get through past Envoy. */
const SERVED_PAST_ENVOY: ReadonlySet<Reason['code']> = new Set([
  'in-mesh-service',
  'namespace-not-monitored',
  'listener-refused',
  'routes-refused',
  'clusters-refused',
  'no-change-found',
]);

/** A change of what is intercepted: of the workloads of the source, or of the whole mesh. */
interface Exclusion {
  readonly scope: 'workload' | 'mesh';
  readonly changed: ReadonlyMap<Resource, Resource>;
}

/**
 * Leaves the target's addresses out of interception, where no policy can serve: by the annotation of the source's workloads, or else
 * in the list of the MeshConfig. Egress semantics §2.
 * @param objects everything that is known, as for `createWorld`
 * @returns undefined where that serves neither, or the addresses are not known
 */
export function planExclusion(
  objects: readonly Resource[],
  start: Situation,
  against: Reason,
  options: AllowOptions,
): ChangePlan | undefined {
  const { addresses } = start;
  if (!SERVED_PAST_ENVOY.has(against.code) || addresses.length === 0 || addresses.some(isStandIn)) return undefined;
  // a server with a sidecar wants mutual TLS, which nobody but Envoy speaks
  if (against.code === 'in-mesh-service' && !(against.failing?.all && against.failing.why !== 'other-account')) {
    return undefined;
  }
  const ranges = addresses.map((address) => `${address}/32`);
  for (const exclusion of [...inWorkloads(start, ranges), ...inMeshConfig(start, ranges)]) {
    if (options.editable && ![...exclusion.changed.keys()].every(options.editable)) continue;
    const plan = planOf(exclusion, objects, start, ranges, options);
    if (plan) return plan;
  }
  return undefined;
}

/** The annotation of what makes the source's pods; a pod that runs already takes no notice of its own. */
function inWorkloads({ draft: { world }, wish }: Situation, ranges: readonly string[]): Exclusion[] {
  const { source, simulation } = wish;
  const pods = simulation.pod ? [simulation.pod] : podsOfSource(world, source);
  const changed = new Map<Resource, Resource>();
  for (const pod of pods) {
    const workload = workloadOf(pod);
    if (!workload) return [];
    const { path } = podField(pod, 'metadata', 'annotations', OUTBOUND_RANGE_EXCLUSION);
    const listed = pod.metadata.annotations?.[OUTBOUND_RANGE_EXCLUSION];
    const value = [...(listed?.trim() ? [listed] : []), ...ranges].join(',');
    changed.set(
      workload,
      withField(workload, path, () => value),
    );
  }
  return [{ scope: 'workload', changed }];
}

function inMeshConfig({ draft: { world } }: Situation, ranges: readonly string[]): Exclusion[] {
  const { meshConfig } = world;
  if (!meshConfig) return [];
  const path = ['spec', 'traffic', 'outboundIPRangeExclusionList'];
  const changed: MeshConfig = withField(meshConfig, path, (list) => [
    ...((list as string[] | undefined) ?? []),
    ...ranges,
  ]);
  return [{ scope: 'mesh', changed: new Map([[meshConfig, changed]]) }];
}

/** A copy with another value in a field; the maps on the way to it are made where they are missing. */
function withField<T>(object: T, [step, ...rest]: FieldPath, valueOf: (old: unknown) => unknown): T {
  const map = (object ?? {}) as Record<string | number, unknown>;
  const old = map[step!];
  return { ...map, [step!]: rest.length === 0 ? valueOf(old) : withField(old, rest, valueOf) } as T;
}

function planOf(
  { scope, changed }: Exclusion,
  objects: readonly Resource[],
  start: Situation,
  ranges: readonly string[],
  options: AllowOptions,
): ChangePlan | undefined {
  const { wish, draft } = start;
  const changes = objectChanges(
    [...changed].map(([before, after]) => [after, before] as const),
    [],
  );
  const after = withChanges(objects, changes);
  const world = createWorld(after, options.world);
  const simulation = simulate(world, wish.source, { ...wish.simulation, pod: podAmong(after, wish.simulation.pod) });
  const verdict = simulation.decide(wish.target);
  // a source without workloads for example, of which nothing is changed
  if (!isGranted(verdict)) return undefined;
  const neighbourhood = new Neighbourhood(wish, start.addresses);
  const own = effectsBetween(start.simulation, simulation, { landmarks: neighbourhood.landmarks });
  const others =
    scope === 'mesh'
      ? [...effectsOnSiblings(own, draft.world, world, wish), effectsOnOthers(objects, draft.world, world, wish)]
      : [];
  const effects = [own, ...others]
    .flatMap((some) => some.effects)
    .map((effect): PlanEffect => ({
      ...effect,
      where: neighbourhood.whereIs(effect.source, effect.class),
      intended: false,
    }));
  const undecided = [own, ...others].flatMap((some) => some.undecided);
  return {
    result: 'change',
    source: wish.source,
    target: wish.target,
    before: start.verdict,
    after: verdict,
    changes,
    steps: ['exclude-range'],
    effects,
    undecided,
    cost: {
      ...effectCosts(effects, undecided),
      notAsAsked: 0,
      detour: 0,
      takenAway: 0,
      delay: 0,
      objects: changed.size,
      edits: changed.size * ranges.length,
    },
    notes: [{ code: 'exclusion', scope, ranges }],
    objects: after,
  };
}

/** What becomes of the requests of the source's pods that are not asked about. */
function effectsOnSiblings(own: Effects, before: World, after: World, wish: Wish): Effects[] {
  const { resolve } = wish.simulation;
  const found = otherPods(before, wish).map((pod) => {
    const [old, now] = [before, after].map((world) => simulate(world, { ...wish.source }, { pod, resolve }));
    return effectsBetween(old!, now!);
  });
  return toldOnce(own.effects, found);
}

/** What becomes of the requests of every other source of the mesh, those that nothing names included. */
function effectsOnOthers(objects: readonly Resource[], before: World, after: World, wish: Wish): Effects {
  const { source: own, simulation } = wish;
  const others = everySource([{ objects }], [before]).filter(
    ({ namespace, serviceAccount }) => namespace !== own.namespace || serviceAccount !== own.serviceAccount,
  );
  return diffWorlds(before, after, others, simulation.resolve);
}

/** The pod that a workload makes among these objects, which may be others than the pod was made from. */
export function podAmong(objects: readonly Resource[], pod: Pod | undefined): Pod | undefined {
  const workload = workloadOf(pod);
  if (!workload) return pod;
  const now = objects.find(
    (object): object is Workload => object.kind === workload.kind && nameOf(object) === nameOf(workload),
  );
  return now ? podOf(now) : pod;
}
