import { envoyCluster, type Endpoint, type MeshCluster } from '../../src/lib/analysis/envoy-config/clusters.js';
import { envoyListener, OUTBOUND_PORT, type ListenerOptions } from '../../src/lib/analysis/envoy-config/listener.js';
import { envoyRouteConfiguration } from '../../src/lib/analysis/envoy-config/routes.js';
import type { ConfigSource, TypedExtensionConfig } from '../../src/lib/analysis/envoy-config/types.js';
import type { ProxyConfiguration } from '../../src/lib/simulator/envoy/types.js';
import type { Source } from '../../src/lib/simulator/world.js';

export const ADMIN_PORT = 15000;
/** Where Envoy's own name server listens, on loopback: it does not know the cluster's services, as in the recordings. */
export const ENVOY_DNS_PORT = 5353;
export const BOOTSTRAP_FILE = 'bootstrap.json';
export const ACCESS_LOG_FILE = 'access.log';

/** The files that hold tables of routes, and what is in them when the proxy took none. */
export const isRoutesFile = (name: string): boolean => name.startsWith('rds-');
export const NO_RESOURCES = JSON.stringify({ version_info: '1', resources: [] });

/** Texts by file name; they name one another relative to the folder in which Envoy runs. */
export type EnvoyFiles = Readonly<Record<string, string>>;

export interface EnvoySettings {
  readonly detectionTimeoutSeconds: number;
  /** Envoy's parser and inspector of HTTP/1, and library for HTTP/2, as they were in 1.22 (docs/versions.md). */
  readonly oldParsers: boolean;
}

export interface EnvoyFilesOptions extends EnvoySettings {
  readonly meshEndpoints: (cluster: MeshCluster) => readonly Endpoint[];
}

const OLD_PARSER = { http_protocol_options: { use_balsa_parser: false } };
const OLD_LIBRARIES = {
  'envoy.reloadable_features.http_inspector_use_balsa_parser': false,
  'envoy.reloadable_features.http2_use_oghttp2': false,
};

/**
 * The configuration of an Envoy that reads its three updates from files, so that it may refuse each of them as a freshly started
 * proxy does: it starts all the same, and lacks what it refused.
 */
export function envoyFiles(program: ProxyConfiguration, source: Source, options: EnvoyFilesOptions): EnvoyFiles {
  const { detectionTimeoutSeconds, oldParsers } = options;
  const files = new Map<string, string>();
  const update = (name: string, type: string, resources: readonly object[]): ConfigSource => {
    const typed = resources.map((resource) => ({ '@type': `type.googleapis.com/envoy.config.${type}`, ...resource }));
    files.set(name, JSON.stringify({ version_info: '1', resources: typed }));
    return { path_config_source: { path: `./${name}` }, resource_api_version: 'V3' };
  };

  const routesOf = (name: string) => {
    const configuration = program.routeConfigurations.get(name);
    const resources = configuration ? [envoyRouteConfiguration(configuration)] : [];
    const file = `rds-${name.replaceAll(/[^\w.-]/g, '_')}.json`;
    const rds = { config_source: update(file, 'route.v3.RouteConfiguration', resources), route_config_name: name };
    return { rds, ...(oldParsers && OLD_PARSER) };
  };
  const listenerOptions = { routes: routesOf, detectionTimeoutSeconds, accessLog: ACCESS_LOG };
  const listeners: object[] = program.listener ? [envoyListener(program.listener, listenerOptions)] : [];
  if (program.listener) listeners.push(...listenerOfUnnamedTables(program, program.listener, listenerOptions));
  const clusters = [...program.clusters.values()].map((one) => envoyCluster(one, source, options.meshEndpoints));
  const id = `${source.serviceAccount}.${source.namespace}`;
  const bootstrap = {
    node: { id, cluster: id },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: ADMIN_PORT } } },
    typed_dns_resolver_config: {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        resolvers: [{ socket_address: { address: '127.0.0.1', port_value: ENVOY_DNS_PORT } }],
      },
    },
    ...(oldParsers && { layered_runtime: { layers: [{ name: 'old parsers', static_layer: OLD_LIBRARIES }] } }),
    dynamic_resources: {
      cds_config: update('cds.json', 'cluster.v3.Cluster', clusters),
      lds_config: update('lds.json', 'listener.v3.Listener', listeners),
    },
  };
  return { ...Object.fromEntries(files), [BOOTSTRAP_FILE]: JSON.stringify(bootstrap) };
}

/** In the statistics of tables that are only read. */
export const UNNAMED_TABLES = 'unnamed-tables';

/**
 * A proxy reads every table that it is sent, also those that no chain of its listener names. Here only a listener can ask for them:
 * one that nobody can connect to.
 */
function listenerOfUnnamedTables(
  { routeConfigurations }: ProxyConfiguration,
  listener: NonNullable<ProxyConfiguration['listener']>,
  options: ListenerOptions,
): object[] {
  const named = new Set(
    listener.filterChains.flatMap(({ target }) => ('routeConfigName' in target ? [target.routeConfigName] : [])),
  );
  const unnamed = [...routeConfigurations.values()].filter(({ name }) => !named.has(name));
  // nobody who names no table asks for any
  if (named.size === 0 || unnamed.length === 0) return [];
  const filterChains = unnamed.map(({ name, port }) => ({
    name,
    origin: 'egress' as const,
    match: {
      destinationPort: port,
      prefixRanges: [],
      networks: [],
      ipv6Networks: [],
      serverNames: [],
      applicationProtocols: [name],
    },
    target: { filter: 'http_connection_manager' as const, routeConfigName: name },
    sources: [],
    repeatingTwin: undefined,
  }));
  const hidden = { filterChains, defaultFilterChain: undefined, detection: false, detectionDisabledPorts: new Map() };
  const configured = envoyListener(hidden, { ...options, statPrefix: UNNAMED_TABLES });
  const address = { socket_address: { address: '127.0.0.1', port_value: OUTBOUND_PORT } };
  return [{ ...configured, name: UNNAMED_TABLES, address, bind_to_port: false }];
}

/** A line for every connection and request: the client's port, and the cluster to which it was led. */
const ACCESS_LOG: readonly TypedExtensionConfig[] = [
  {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: `./${ACCESS_LOG_FILE}`,
      log_format: {
        text_format_source: { inline_string: '%DOWNSTREAM_REMOTE_PORT% %UPSTREAM_CLUSTER_RAW% %RESPONSE_FLAGS%\n' },
      },
    },
  },
];
