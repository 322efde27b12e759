import { BOOTSTRAP_FILE, type EnvoyFiles } from '../../../scripts/observe/envoy-files.js';
import type { Authority } from './certificates.js';

const TYPES = 'type.googleapis.com/envoy';

export interface InboundOptions {
  /** `namespace/service` */
  readonly service: string;
  /** `namespace/account` of the pod. */
  readonly account: string;
  readonly port: number;
  /** Addresses of the ingress controller's pods; without any there is no chain for ingress. */
  readonly clients: readonly string[];
  /** What the IngressBackend says; http if left out. */
  readonly protocol?: 'http' | 'https';
  readonly authority: Authority;
}

/**
 * What the control plane programs for the inbound side of a pod, and for an IngressBackend of it (osm-cli §13.1, §13.5, §15.12), for a
 * real Envoy that reads all of it from files.
 */
export function inboundFiles(options: InboundOptions): EnvoyFiles {
  const { service, account, port, clients, authority, protocol = 'http' } = options;
  const files: Record<string, string> = {};
  const source = (name: string, resources: readonly object[]): object => {
    files[name] = JSON.stringify({ version_info: '1', resources });
    return { path_config_source: { path: `./${name}` }, resource_api_version: 'V3' };
  };
  const { cert, key } = authority.issue({ commonName: account });
  const secret = (name: string, content: object): object => {
    const file = `sds-${name.replaceAll(/\W/g, '_')}.json`;
    const type = `${TYPES}.extensions.transport_sockets.tls.v3.Secret`;
    return { name, sds_config: source(file, [{ '@type': type, name, ...content }]) };
  };
  const tls = {
    name: 'tls',
    typed_config: {
      '@type': `${TYPES}.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: {
        tls_certificate_sds_secret_configs: [
          secret(`service-cert:${account}`, {
            tls_certificate: { certificate_chain: { inline_string: cert }, private_key: { inline_string: key } },
          }),
        ],
        validation_context_sds_secret_config: secret(`root-cert-for-mtls-inbound:${account}`, {
          validation_context: { trusted_ca: { inline_string: authority.cert } },
        }),
      },
    },
  };
  const [namespace = '', name = ''] = service.split('/');
  const cluster = `${service}|${port}|local`;
  const hosts = [{ name: service, domains: [`${name}.${namespace}.svc.cluster.local`], routes: routesTo(cluster) }];
  const routes = source('rds.json', [
    { '@type': `${TYPES}.config.route.v3.RouteConfiguration`, name: `rds-inbound.${port}`, virtual_hosts: hosts },
  ]);
  const manager = {
    name: 'http_connection_manager',
    typed_config: {
      '@type': `${TYPES}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'inbound',
      rds: { config_source: routes, route_config_name: `rds-inbound.${port}` },
      http_filters: [
        {
          name: 'http_router',
          typed_config: { '@type': `${TYPES}.extensions.filters.http.router.v3.Router` },
        },
      ],
    },
  };
  const chains: object[] = [
    {
      name: `inbound_${service}_${port}_http`,
      filter_chain_match: { destination_port: port, transport_protocol: 'tls' },
      filters: [manager],
      transport_socket: tls,
    },
  ];
  if (clients.length > 0)
    chains.push({
      name: `ingress_${service}_${port}_${protocol}`,
      filter_chain_match: {
        destination_port: port,
        source_prefix_ranges: clients.map((address) => ({ address_prefix: address, prefix_len: 32 })),
        ...(protocol === 'https' && { transport_protocol: 'tls' }),
      },
      filters: [manager],
      ...(protocol === 'https' && { transport_socket: tls }),
    });
  const listener = {
    '@type': `${TYPES}.config.listener.v3.Listener`,
    name: 'inbound-listener',
    address: { socket_address: { address: '127.0.0.1', port_value: 15001 } },
    traffic_direction: 'INBOUND',
    listener_filters: [
      {
        name: 'tls_inspector',
        typed_config: { '@type': `${TYPES}.extensions.filters.listener.tls_inspector.v3.TlsInspector` },
      },
    ],
    filter_chains: chains,
  };
  const local = { '@type': `${TYPES}.config.cluster.v3.Cluster`, name: cluster, connect_timeout: '1s', type: 'STATIC' };
  const bootstrap = {
    node: { id: account, cluster: account },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 15000 } } },
    dynamic_resources: {
      cds_config: source('cds.json', [local]),
      lds_config: source('lds.json', [listener]),
    },
  };
  return { ...files, [BOOTSTRAP_FILE]: JSON.stringify(bootstrap) };
}

function routesTo(cluster: string): object[] {
  return [{ match: { prefix: '/' }, route: { cluster } }];
}
