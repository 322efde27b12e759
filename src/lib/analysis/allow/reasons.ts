import type { FieldRef, Service } from '../../resources/types.js';
import { protocolOf } from '../../simulator/control-plane/mesh-services.js';
import { isAllowed } from '../../simulator/outcome.js';
import type { Target } from '../../simulator/request/index.js';
import type { TraceEvent } from '../../simulator/trace.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import { fieldRef, type World } from '../../simulator/world.js';
import type { Situation } from './situation.js';
import type { Reason } from './types.js';

/** What is looked at to tell whether a change of the policies could help at all. */
export interface Decided {
  readonly world: World;
  readonly target: Target;
  readonly verdict: Verdict;
  readonly events: readonly TraceEvent[];
}

/** Why no change of the policies can make a difference; undefined when one may. It costs no more than a look at the trace. */
export function reasonAgainst({ world, target, verdict, events }: Decided): Reason | undefined {
  if (target.throughProxy) return { code: 'beyond-proxy', proxy: target.throughProxy.name, instead: undefined };
  const obstacle = verdict.obstacles.find(({ code }) => code !== 'header-unknown');
  if (obstacle) return obstacle;
  const endings = endingsOf(verdict);
  if (endings.length > 0 && endings.every(({ outcome }) => isAllowed(outcome))) return { code: 'leads-out-by-chance' };
  if (endings.some(({ outcome }) => outcome.class === 'unresolved')) {
    return { code: 'name-does-not-resolve', host: target.dial.host };
  }
  const isLoopback = events.some(
    (event) =>
      event.stage === 'interception' && event.interception.rule === 'loopback' && !event.interception.redirected,
  );
  if (isLoopback) {
    return { code: verdict.ending ? 'loopback' : 'loopback-port-unknown', port: target.dial.port };
  }
  const service = meshServiceOf(world, target, events);
  if (!service) return undefined;
  const port = (service.object as Service).spec.ports![Number(service.path[2])]!;
  const mismatch = endings.some(({ outcome }) => MISREAD.has(`${outcome.class} ${outcome.httpStatus}`));
  const protocol = mismatch ? protocolOf(port) : undefined;
  const [failing] = events.flatMap((event) =>
    event.stage === 'server-fails' ? [{ why: event.why, all: event.all }] : [],
  );
  return { code: 'in-mesh-service', service, permissive: world.permissive, protocol, failing };
}

/** What comes of bytes that the chain of a service cannot read, or of a service without a chain. */
const MISREAD: ReadonlySet<string> = new Set(['tls-error null', 'http 400', 'closed null', 'refused null']);

/** The port of a service of the mesh that the target dials: TrafficTargets decide about it, not Egress policies. */
function meshServiceOf(world: World, target: Target, events: readonly TraceEvent[]): FieldRef | undefined {
  for (const event of events) {
    if (event.stage === 'filter-chain' && event.chain?.origin === 'mesh') return event.chain.sources[0];
  }
  const service = serviceOf(events);
  if (!service || !world.isMonitored(service.metadata.namespace ?? 'default')) return undefined;
  const index = (service.spec.ports ?? []).findIndex(({ port }) => port === target.dial.port);
  return index < 0 ? undefined : fieldRef(service, 'spec', 'ports', index);
}

/** The service of the cluster that the target dials. */
export function serviceOf([first]: readonly TraceEvent[]): Service | undefined {
  return first?.stage === 'resolution' ? first.service : undefined;
}

/** Why the search found nothing. */
export function reasonForFailure({ simulation, verdict, wish }: Situation, tried: number): Reason {
  const [obstacle] = verdict.obstacles;
  if (obstacle) return obstacle;
  if (simulation.listenerState === 'refused') {
    return { code: 'listener-refused', refusals: simulation.listenerRefusals };
  }
  if (simulation.clustersState === 'refused') {
    return { code: 'clusters-refused', refusals: simulation.clusterRefusals };
  }
  const pods = new Set<string>();
  for (const { when } of verdict.alternatives) {
    for (const condition of when) {
      if (condition.kind === 'pod-is') pods.add(condition.pods[0]);
      if (condition.kind === 'address-in' || condition.kind === 'address-elsewhere') {
        return { code: 'address-unknown', host: condition.host };
      }
    }
  }
  if (pods.size > 0) return { code: 'pods-differ', pods: [...pods] };
  const refusals = [...simulation.routeRefusals.values()].flat();
  if (wish.target.scheme === 'http' && refusals.length > 0) return { code: 'routes-refused', refusals };
  return { code: 'no-change-found', tried };
}

const UNCERTAIN = new Set<Reason['code']>([
  'request-not-modelled',
  'beyond-proxy',
  'pod-refused',
  'not-readable',
  'header-unknown',
  'address-unknown',
  'leads-out-by-chance',
  'connects-to-itself',
  'loopback-port-unknown',
  'pods-differ',
]);

/** Does the reason leave open whether the request could be allowed? */
export function isUncertain({ code }: Reason): boolean {
  return UNCERTAIN.has(code);
}
