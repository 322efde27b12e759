import type { FieldRef, Pod, TrafficTarget } from '../../resources/types.js';
import { accountOf, hasEnded } from '../../resources/workloads.js';
import type { InboundRoutes, Route } from '../envoy/types.js';
import { namespacedName, type Source, type World } from '../world.js';
import { selects } from './far-side.js';
import { meshServicesOf, type MeshService } from './mesh-services.js';
import { isEffective, isServed, isServedAsHttp, virtualHostDomains } from './mesh.js';
import { templatesOfGroup } from './routes.js';
import { rootLabels } from './traffic-splits.js';

/** What a proxy is sent for the source's own services, together with what leads out, as far as Envoy may refuse it. */
export interface Inbound {
  readonly routes?: InboundRoutes | undefined;
  /** A port of a service for which the pod's is not known: the listener's update cannot be decoded. */
  readonly portUnknown?: FieldRef | undefined;
}

/** The pods that run under the source's ServiceAccount. */
export function podsOfSource({ pods }: Pick<World, 'pods'>, { namespace, serviceAccount }: Source): Pod[] {
  return pods.filter(
    (pod) => (pod.metadata.namespace ?? 'default') === namespace && accountOf(pod) === serviceAccount && !hasEnded(pod),
  );
}

/**
 * What others get of the source's own services comes in one update with what leads out, so that what Envoy refuses of it takes
 * the rest along. Egress semantics §4.
 * @param pods of the source; those that share its account may be behind different services
 */
export function inboundOf(world: World, source: Source, pods: readonly Pod[]): Inbound {
  const own = servicesOf(world, source, pods);
  const portUnknown = own.find(
    (service) => service.targetPort === 0 && isServed(service.protocol) && isCertain(world, service),
  );
  return { routes: inboundRoutesOf(world, source, own), portUnknown: portUnknown?.source };
}

/** Files lack Endpoints, which Kubernetes makes. */
function isCertain({ asInFiles }: World, { endpoints }: MeshService): boolean {
  return !asInFiles || endpoints !== 'not-given';
}

/** One table for each port of the pods, with the names of the services and the routes by which TrafficTargets let others in. */
function inboundRoutesOf(world: World, source: Source, own: readonly MeshService[]): InboundRoutes | undefined {
  const routed = withRoots(world, own).filter(({ protocol }) => protocol !== 'tcp' && protocol !== 'tcp-server-first');
  if (routed.length === 0) return undefined;
  const routes = world.trafficTargets
    .filter((target) => !world.permissive && isEffective(target) && leadsTo(target, source))
    .flatMap((target) => routesOf(world, target));
  const tables = [...new Set(routed.map(({ targetPort }) => targetPort))].map((port) => ({
    name: `rds-inbound.${port}`,
    port,
    origin: 'mesh' as const,
    virtualHosts: routed
      .filter(({ targetPort }) => targetPort === port)
      .map((service) => ({
        domains: virtualHostDomains(service, service.namespace),
        routes,
        source: service.source,
      })),
  }));
  const asking = isInboundRefused(own) ? [] : own.filter(isServedAsHttp);
  return { tables, asked: new Set(asking.map(({ targetPort }) => targetPort)) };
}

/** A backend of a TrafficSplit answers for the root as well, on its own port. */
function withRoots(world: World, own: readonly MeshService[]): MeshService[] {
  const all = own.flatMap((service) => [
    service,
    ...world.trafficSplits
      .filter(({ metadata, spec }) => {
        const isHere = (metadata.namespace ?? 'default') === service.namespace;
        return isHere && spec.backends.some((backend) => backend.service === service.name);
      })
      .map((split) => ({ ...service, name: rootLabels(world, split).join('.') })),
  ]);
  const keyOf = ({ name, port, targetPort, protocol }: MeshService) =>
    JSON.stringify([name, port, targetPort, protocol]);
  return [...new Map(all.map((service) => [keyOf(service), service])).values()];
}

function leadsTo({ spec: { destination } }: TrafficTarget, { namespace, serviceAccount }: Source): boolean {
  return destination.name === serviceAccount && destination.namespace === namespace;
}

/** Of an effective target, which has rules. A rule counts for the matches that it names; of several of one name the last. */
function routesOf(world: World, target: TrafficTarget): Route[] {
  return target.spec.rules!.flatMap(({ name, matches = [] }) => {
    const group = world.routeGroups.get(namespacedName(target.metadata.namespace, name));
    if (!group) return [];
    const named = new Map(group.spec.matches.map((match, index) => [match.name, index]));
    const counting = new Set(matches.map((match) => named.get(match)));
    return templatesOfGroup(group)
      .filter(({ source }) => counting.has(Number(source.path[2])))
      .map((template) => ({ ...template, clusters: [] }));
  });
}

/** The services behind which the pods are. Of a headless one with hostnames those that are a pod's own. */
function servicesOf(world: World, { namespace }: Source, pods: readonly Pod[]): MeshService[] {
  if (!world.isMonitored(namespace)) return [];
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  return [...world.services.values()]
    .filter((service) => (service.metadata.namespace ?? 'default') === namespace)
    .filter((service) => pods.some(({ metadata }) => selects(service, metadata.labels ?? {})))
    .flatMap((service) => meshServicesOf(world, service))
    .filter(({ name }) => !name.includes('.') || names.has(name.slice(0, name.indexOf('.'))));
}

/** Two ports of a service that lead to one port of the pod: Envoy refuses the inbound listener, and asks for no routes. */
function isInboundRefused(services: readonly MeshService[]): boolean {
  const chains = services.filter(({ protocol }) => isServed(protocol));
  return new Set(chains.map(({ name, targetPort }) => `${name} ${targetPort}`)).size < chains.length;
}
