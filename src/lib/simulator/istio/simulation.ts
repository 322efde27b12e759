import type { Pod } from '../../resources/types.js';
import { DataPlane } from '../data-plane.js';
import { everyContainerOf, type ClientContainer } from '../interception.js';
import { createNames } from '../names.js';
import type { Target } from '../request/types.js';
import { clientsOf, podIs, podsBySettings } from '../clients.js';
import { CompiledSimulation, type Simulation, type SimulationOptions } from '../simulation.js';
import type { Trace } from '../trace.js';
import { mergedVerdict, type Assumption, type Condition, type Verdict } from '../verdict.js';
import type { Source } from '../world.js';
import { createIstioInterceptor, ISTIO_SIDECAR, istioTrafficSettingsOf } from './interception.js';
import { istioProgramFor, programSettingsOf } from './program.js';
import type { IstioWorld } from './world.js';

export interface IstioSimulationOptions extends Omit<SimulationOptions, 'since'> {
  /** The pod's network interface; default `eth0`. */
  readonly podInterface?: string | undefined;
}

/**
 * Compiles everything that decides for one source under Istio. Where pods of the source get different programs, the answer is
 * for all of them; `istioSimulations` has one for each.
 */
export function simulateIstio(world: IstioWorld, source: Source, options: IstioSimulationOptions = {}): Simulation {
  const [first, ...others] = istioSimulations(world, source, options);
  return others.length === 0 ? first! : new SimulationOfPods([first!, ...others]);
}

/** A simulation for each sort of pods of a source that gets a program of its own; one without a pod where none is known. */
export function istioSimulations(
  world: IstioWorld,
  source: Source,
  options: IstioSimulationOptions = {},
): Simulation[] {
  const pods = options.pod
    ? [[options.pod] as [Pod]]
    : podsBySettings(world.base, source, (pod) => istioSettingsOf(world, pod, options.container));
  const groups = new Map<string, [Pod, ...Pod[]][]>();
  for (const sort of pods) {
    const key = programSettingsOf(world, sort[0]);
    groups.set(key, [...(groups.get(key) ?? []), sort]);
  }
  const alike = groups.size > 0 ? [...groups.values()] : [[]];
  return alike.map((group) => simulationOf(world, source, group, options));
}

/** Everything in a pod that decides, as a text to compare. */
export function istioSettingsOf(world: IstioWorld, pod: Pod, container?: string): string {
  return `${programSettingsOf(world, pod)} ${istioTrafficSettingsOf(pod, container)}`;
}

function simulationOf(
  world: IstioWorld,
  source: Source,
  pods: readonly (readonly [Pod, ...Pod[]])[],
  { container, resolve, onlyDeclaredPorts, podInterface }: IstioSimulationOptions,
): Simulation {
  const interceptorOf = (pod: Pod | undefined, own: ClientContainer) =>
    createIstioInterceptor(world, source, pod, own, podInterface);
  const clients = clientsOf(pods, interceptorOf, (pod) => everyContainerOf(pod, container, ISTIO_SIDECAR));
  const names = createNames(world.base, source, resolve ?? (() => undefined));
  const program = istioProgramFor(world, source, pods[0]?.[0]);
  const dataPlane = new DataPlane(program, names, {
    unreadable: world.base.unreadable,
    onlyDeclaredPorts: onlyDeclaredPorts === true,
  });
  return new CompiledSimulation({
    world: world.base,
    source,
    pod: pods.length === 1 ? pods[0]![0] : undefined,
    clients,
    names,
    program,
    dataPlane,
    since: undefined,
    isHeld: false,
    standingAssumptions: assumptionsOf(world, source, clients[0].pod, clients[0].interceptor.sidecar),
  });
}

function assumptionsOf(
  { hasMeshConfig, base }: IstioWorld,
  { namespace }: Source,
  pod: Pod | undefined,
  sidecar: Simulation['sidecars'][number],
): Assumption[] {
  const assumptions: Assumption[] = [];
  if (!hasMeshConfig && sidecar.injected) assumptions.push({ code: 'no-istio-mesh-config' });
  if (!base.namespaces.has(namespace)) assumptions.push({ code: 'no-namespace', namespace });
  if (sidecar.injected) {
    if (!pod) assumptions.push({ code: 'no-pod' });
    else if (sidecar.assumed) assumptions.push({ code: 'injection-not-stated' });
  }
  return assumptions;
}

/** Pods of one source with programs that differ. */
class SimulationOfPods extends CompiledSimulation {
  private readonly programs: readonly { readonly one: Simulation; readonly conditions: readonly [Condition] }[];

  constructor(each: readonly [Simulation, ...Simulation[]]) {
    const [first, ...others] = each;
    const clients = [...first.clients, ...others.flatMap((one) => one.clients)] as unknown as Simulation['clients'];
    super({ ...first, clients, pod: undefined, standingAssumptions: [] });
    this.programs = each.map((one) => {
      const pods = new Set(one.clients.flatMap((client) => client.pods));
      return { one, conditions: [podIs([...pods] as [Pod, ...Pod[]])] };
    });
  }

  override decide(target: Target, trace?: Trace): Verdict {
    // where pods of one program differ, an ending says itself for which of them it is
    return mergedVerdict(
      this.programs.map(({ one, conditions }) => ({ verdict: one.decide(target, trace), conditions })),
    );
  }
}
