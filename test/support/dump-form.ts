import { envoyConfiguration } from '../../src/lib/analysis/envoy-config/index.js';
import { OUTBOUND_PORT } from '../../src/lib/analysis/envoy-config/listener.js';
import type { Simulation } from '../../src/lib/simulator/simulation.js';

const ADMIN = 'type.googleapis.com/envoy.admin.v3';
const CONFIG = 'type.googleapis.com/envoy.config';
const stamp = { version_info: '1', last_updated: '2026-11-26T10:00:00.000Z' };

/** The config dump of a freshly started Envoy that was sent what a simulation programs, with what it refuses left out. */
export function dumpForm({ program, source, dataPlane }: Simulation): object {
  const { listeners, routes, clusters } = envoyConfiguration(program, source);
  const refusedClusters = dataPlane.upstream.state === 'refused';
  const refusedTables = dataPlane.routeRefusals();
  const listener = listeners.map((one) => {
    const address = { socket_address: { address: '0.0.0.0', port_value: OUTBOUND_PORT } };
    const typed = { '@type': `${CONFIG}.listener.v3.Listener`, ...one, address };
    return dataPlane.listenerState === 'refused'
      ? { name: one.name, error_state: { failed_configuration: typed, details: 'it is refused' } }
      : { name: one.name, active_state: { ...stamp, listener: typed } };
  });
  return {
    configs: [
      {
        '@type': `${ADMIN}.BootstrapConfigDump`,
        bootstrap: {
          node: {
            id: `0a0a0a0a-0000-4000-8000-000000000000.sidecar.${source.serviceAccount}.${source.namespace}.cluster.local`,
          },
        },
      },
      {
        '@type': `${ADMIN}.ClustersConfigDump`,
        dynamic_active_clusters: refusedClusters
          ? []
          : clusters.map((cluster) => ({ ...stamp, cluster: { '@type': `${CONFIG}.cluster.v3.Cluster`, ...cluster } })),
      },
      { '@type': `${ADMIN}.ListenersConfigDump`, version_info: '1', dynamic_listeners: listener },
      {
        '@type': `${ADMIN}.RoutesConfigDump`,
        dynamic_route_configs: routes
          .filter(({ name }) => !refusedTables.has(name))
          .map((table) => ({ ...stamp, route_config: { '@type': `${CONFIG}.route.v3.RouteConfiguration`, ...table } })),
      },
    ],
  };
}
