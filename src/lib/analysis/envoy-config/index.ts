import type { ProxyConfiguration } from '../../simulator/envoy/types.js';
import { meshClusterName, meshServicesOf } from '../../simulator/control-plane/mesh-services.js';
import type { Source, World } from '../../simulator/world.js';
import type { Service } from '../../resources/types.js';
import { ADS, envoyCluster, type Endpoint, type MeshCluster } from './clusters.js';
import { envoyListener } from './listener.js';
import { emptyRouteConfiguration, envoyRouteConfiguration } from './routes.js';
import type { Bootstrap, EnvoyConfiguration } from './types.js';

const ADMIN_PORT = 15000;

/** What the control plane programs for the proxies of a source, in the form in which it is streamed to them. */
export function envoyConfiguration(program: ProxyConfiguration, source: Source): EnvoyConfiguration {
  const routes = (name: string) => ({ rds: { config_source: ADS, route_config_name: name } });
  return {
    listeners: program.listener ? [envoyListener(program.listener, { routes })] : [],
    routes: [...program.routeConfigurations.values()].map(envoyRouteConfiguration),
    clusters: [...program.clusters.values()].map((cluster) => envoyCluster(cluster, source, 'ads')),
  };
}

/**
 * The same as a configuration with which an Envoy starts by itself: routes stand in the listener that uses them, and services
 * of the mesh are reached at the addresses of their Endpoints, without mTLS because nobody hands out certificates.
 */
export function envoyBootstrap(program: ProxyConfiguration, world: World, source: Source): Bootstrap {
  const routes = (name: string) => {
    const table = program.routeConfigurations.get(name);
    return { route_config: table ? envoyRouteConfiguration(table) : emptyRouteConfiguration(name) };
  };
  const id = `${source.serviceAccount}.${source.namespace}`;
  return {
    node: { id, cluster: id },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: ADMIN_PORT } } },
    static_resources: {
      listeners: program.listener ? [envoyListener(program.listener, { routes })] : [],
      clusters: [...program.clusters.values()].map((cluster) =>
        envoyCluster(cluster, source, (service) => endpointsOf(world, service)),
      ),
    },
  };
}

/** The addresses behind a service's cluster, whose name ends with their port. */
function endpointsOf(world: World, { name, service }: MeshCluster): Endpoint[] {
  const port = Number(name.slice(name.lastIndexOf('|') + 1));
  const found = meshServicesOf(world, service.object as Service).find(
    (one) => meshClusterName(one.namespace, one.name, one.targetPort) === name,
  );
  return (found?.answering ?? []).map((address) => ({ address, port }));
}
