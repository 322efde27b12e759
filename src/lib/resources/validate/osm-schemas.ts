import { parseGoDuration } from '../../text/go-duration.js';
import { describeValue, type Fault, type ObjectSchema, type Schema } from './schema.js';

/**
 * The CRD schemas of OSM v1.2 and SMI (osm-cli §15.6–15.8, egress-semantics §1), as the API server applies them.
 */

const string: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const integer: Schema = { type: 'integer' };
const natural: Schema = { type: 'integer', min: 0 };
const positive: Schema = { type: 'integer', min: 1 };
const port: Schema = { type: 'integer', min: 1, max: 65535 };
const strings: Schema = { type: 'list', items: string };

const map = (fields: Record<string, Schema>, required: readonly string[] = []): ObjectSchema => ({
  type: 'object',
  fields,
  required,
});
const list = (items: Schema): Schema => ({ type: 'list', items });
const oneOf = (...values: string[]): Schema => ({ type: 'string', values });

/** The CRDs do not anchor the start, so `x1.2.3.4/8` passes, and look at no number's size, so `10.0.0.0/33` passes. */
const rangePattern = /(?:\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;

function rangeFault(value: string): Fault | undefined {
  if (rangePattern.test(value)) return undefined;
  const message = `must be an IPv4 range such as 192.0.2.0/24, not ${JSON.stringify(value.slice(0, 60))}`;
  if (/^(?:\d{1,3}\.){3}\d{1,3}$/.test(value)) return { message, hint: `for this one address write ${value}/32` };
  if (value.includes(':')) return { message, hint: 'OSM redirects IPv4 only: an IPv6 range is not needed' };
  return { message };
}

const ranges: Schema = list({ type: 'string', pattern: rangePattern, check: rangeFault });

const egressSpec = map(
  {
    sources: list(
      map({ kind: oneOf('ServiceAccount'), name: string, namespace: string }, ['kind', 'name', 'namespace']),
    ),
    hosts: strings,
    ipAddresses: ranges,
    ports: list(map({ number: port, protocol: string }, ['number', 'protocol'])),
    matches: list(map({ apiGroup: string, kind: string, name: string }, ['apiGroup', 'kind', 'name'])),
  },
  ['sources', 'ports'],
);

const method = oneOf('*', 'GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH');

const routeGroupSpec = map(
  {
    matches: list(
      map({ name: string, pathRegex: string, methods: list(method), headers: list({ type: 'map', values: string }) }, [
        'name',
      ]),
    ),
  },
  ['matches'],
);

const targetRef = map({ kind: string, name: string, namespace: string }, ['name', 'kind']);

const trafficTargetSpec: ObjectSchema = {
  ...map(
    {
      destination: targetRef,
      sources: list(targetRef),
      rules: list(
        map({ kind: oneOf('HTTPRouteGroup', 'TCPRoute', 'UDPRoute'), name: string, matches: strings }, [
          'name',
          'kind',
        ]),
      ),
    },
    ['destination', 'sources'],
  ),
  missed: { rules: 'OSM skips a TrafficTarget without rules' },
};

const unit = oneOf('second', 'minute', 'hour');
const httpRateLimit = {
  requests: positive,
  unit,
  burst: integer,
  responseStatusCode: { type: 'integer', min: 400, max: 599 } as Schema,
  responseHeadersToAdd: list(
    map({ name: { type: 'string', minLength: 1 }, value: { type: 'string', minLength: 1 } }, ['name', 'value']),
  ),
};

/** The CRD takes any text; the controller cannot decode an object whose duration Go does not read. */
const duration: Schema = {
  type: 'string',
  check: (value) =>
    parseGoDuration(value) === undefined
      ? { message: `must be a duration, not ${describeValue(value)}`, hint: 'write for example 500ms, 5s or 1m30s' }
      : undefined,
};

const upstreamSpec = map(
  {
    host: string,
    connectionSettings: map({
      tcp: map({ maxConnections: natural, connectTimeout: duration }),
      http: map({
        maxRequests: natural,
        maxRequestsPerConnection: natural,
        maxPendingRequests: natural,
        maxRetries: natural,
      }),
    }),
    rateLimit: map({
      local: map({ tcp: map({ connections: positive, unit, burst: integer }), http: map(httpRateLimit) }),
    }),
    httpRoutes: list(map({ path: { type: 'string', minLength: 1 }, rateLimit: map({ local: map(httpRateLimit) }) })),
  },
  ['host'],
);

const trafficSplitSpec = map(
  { service: string, backends: list(map({ service: string, weight: integer }, ['service', 'weight'])) },
  ['service', 'backends'],
);

const anything: ObjectSchema = { type: 'object', fields: {}, others: null };

const sidecar = {
  enablePrivilegedInitContainer: flag,
  // The CRD's own YAML says `off` without quotes, which the API server takes for false: "off" is refused (observed).
  logLevel: oneOf('trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical'),
  maxDataPlaneConnections: integer,
  envoyImage: string,
  envoyWindowsImage: string,
  initContainerImage: string,
  resources: map({ limits: anything, requests: anything }),
  configResyncInterval: string,
};
const tlsVersion = oneOf('TLS_AUTO', 'TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3');
const traffic = {
  enableEgress: flag,
  outboundIPRangeExclusionList: ranges,
  outboundPortExclusionList: list(port),
  inboundPortExclusionList: list(port),
  enablePermissiveTrafficPolicyMode: flag,
  inboundExternalAuthorization: map({
    enable: flag,
    address: string,
    port,
    statPrefix: string,
    timeout: string,
    failureModeAllow: flag,
  }),
};
const meshConfigCommon = {
  observability: map({
    osmLogLevel: string,
    enableDebugServer: flag,
    tracing: map({ enable: flag, port: integer, address: string, endpoint: string }),
  }),
  certificate: map(
    {
      serviceCertValidityDuration: string,
      certKeyBitSize: integer,
      ingressGateway: map(
        {
          subjectAltNames: { type: 'list', items: string, minItems: 1 },
          validityDuration: string,
          secret: map({ name: string, namespace: string }, ['name', 'namespace']),
        },
        ['subjectAltNames', 'validityDuration', 'secret'],
      ),
    },
    ['serviceCertValidityDuration', 'certKeyBitSize'],
  ),
  featureFlags: map({
    enableWASMStats: flag,
    enableEgressPolicy: flag,
    enableMulticlusterMode: flag,
    enableSnapshotCacheMode: flag,
    enableAsyncProxyServiceMapping: flag,
    enableIngressBackendPolicy: flag,
    enableEnvoyActiveHealthChecks: flag,
    enableRetryPolicy: flag,
  }),
};

export const osmSpecs = {
  egress: egressSpec,
  routeGroup: routeGroupSpec,
  trafficTarget: trafficTargetSpec,
  upstream: upstreamSpec,
  trafficSplit: trafficSplitSpec,
  meshConfigV1alpha1: map({ sidecar: map(sidecar), traffic: map(traffic), ...meshConfigCommon }),
  meshConfigV1alpha2: map({
    sidecar: map({
      ...sidecar,
      tlsMinProtocolVersion: tlsVersion,
      tlsMaxProtocolVersion: tlsVersion,
      cipherSuites: strings,
      ecdhCurves: strings,
      localProxyMode: oneOf('Localhost', 'PodIP'),
    }),
    traffic: map({ ...traffic, outboundIPRangeInclusionList: ranges, networkInterfaceExclusionList: strings }),
    ...meshConfigCommon,
  }),
} as const;
