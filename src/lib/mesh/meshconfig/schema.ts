import type { FieldPath } from '../../resources/types.js';

/** What a field may hold. */
export type Rule =
  | { readonly type: 'boolean' }
  | { readonly type: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | {
      readonly type: 'string';
      readonly choices?: readonly string[];
      /** Narrower than the CRD, which takes any text and leaves it to OSM to fail on it. */
      readonly format?: 'duration' | 'ipv4-range' | 'quantity';
    }
  | { readonly type: 'list'; readonly items: Rule; readonly minItems?: number }
  | {
      readonly type: 'object';
      readonly fields: Readonly<Record<string, Rule>>;
      readonly required?: readonly string[];
    }
  /** Keys are free. */
  | { readonly type: 'map'; readonly values: Rule };

const bool: Rule = { type: 'boolean' };
const int: Rule = { type: 'integer' };
const port: Rule = { type: 'integer', minimum: 1, maximum: 65535 };
const text: Rule = { type: 'string' };
const duration: Rule = { type: 'string', format: 'duration' };
const texts: Rule = { type: 'list', items: text };
const ports: Rule = { type: 'list', items: port };
const ranges: Rule = { type: 'list', items: { type: 'string', format: 'ipv4-range' } };
const quantities: Rule = { type: 'map', values: { type: 'string', format: 'quantity' } };

function choice(...choices: string[]): Rule {
  return { type: 'string', choices };
}

function object(fields: Record<string, Rule>, ...required: string[]): Rule {
  return { type: 'object', fields, ...(required.length > 0 && { required }) };
}

const tlsVersion = choice('TLS_AUTO', 'TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3');

/** `spec` of a MeshConfig, v1alpha2 (osm-cli §15.6). A test holds it against the CRD. */
export const specRule: Rule = object({
  sidecar: object({
    enablePrivilegedInitContainer: bool,
    logLevel: choice('trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'off'),
    maxDataPlaneConnections: int,
    configResyncInterval: duration,
    localProxyMode: choice('Localhost', 'PodIP'),
    envoyImage: text,
    envoyWindowsImage: text,
    initContainerImage: text,
    resources: object({ limits: quantities, requests: quantities }),
    tlsMinProtocolVersion: tlsVersion,
    tlsMaxProtocolVersion: tlsVersion,
    cipherSuites: texts,
    ecdhCurves: texts,
  }),
  traffic: object({
    enableEgress: bool,
    enablePermissiveTrafficPolicyMode: bool,
    outboundIPRangeExclusionList: ranges,
    outboundIPRangeInclusionList: ranges,
    outboundPortExclusionList: ports,
    inboundPortExclusionList: ports,
    networkInterfaceExclusionList: texts,
    inboundExternalAuthorization: object({
      enable: bool,
      address: text,
      port,
      statPrefix: text,
      timeout: duration,
      failureModeAllow: bool,
    }),
  }),
  observability: object({
    osmLogLevel: text,
    enableDebugServer: bool,
    tracing: object({ enable: bool, port: int, address: text, endpoint: text }),
  }),
  certificate: object(
    {
      serviceCertValidityDuration: duration,
      certKeyBitSize: int,
      ingressGateway: object(
        {
          subjectAltNames: { type: 'list', items: text, minItems: 1 },
          validityDuration: duration,
          secret: object({ name: text, namespace: text }, 'name', 'namespace'),
        },
        'subjectAltNames',
        'validityDuration',
        'secret',
      ),
    },
    'serviceCertValidityDuration',
    'certKeyBitSize',
  ),
  featureFlags: object({
    enableWASMStats: bool,
    enableEgressPolicy: bool,
    enableMulticlusterMode: bool,
    enableSnapshotCacheMode: bool,
    enableAsyncProxyServiceMapping: bool,
    enableIngressBackendPolicy: bool,
    enableEnvoyActiveHealthChecks: bool,
    enableRetryPolicy: bool,
  }),
});

export interface NamedRule {
  /** Below `spec`. */
  readonly path: FieldPath;
  readonly rule: Rule;
}

/** Every field that has a name, sections before what they hold. */
export function namedRules(rule: Rule = specRule, path: FieldPath = []): NamedRule[] {
  if (rule.type !== 'object') return [];
  return Object.entries(rule.fields).flatMap(([name, field]) => {
    const at = [...path, name];
    return [{ path: at, rule: field }, ...namedRules(field, at)];
  });
}

/** `spec.traffic.outboundPortExclusionList[0]` for a path below `spec`. */
export function specPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), 'spec');
}
