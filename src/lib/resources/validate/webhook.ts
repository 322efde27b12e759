import type { Egress, HTTPRouteGroup, TrafficSplit, TrafficTarget, UpstreamTrafficSetting } from '../types.js';
import type { Report } from './schema.js';
import { describeValue } from './schema.js';
import { pathText } from '../../text/field-path.js';

/**
 * What OSM's validating webhook refuses beyond the schemas (egress-semantics §1, osm-cli §15.7–15.8), and what its
 * controller cannot decode. The webhook only sees monitored namespaces; elsewhere the objects have no effect.
 */

const routeGroups = 'specs.smi-spec.io/v1alpha4';
const upstreamSettings = 'policy.openservicemesh.io/v1alpha1';
const kindOfGroup = new Map([
  [routeGroups, 'HTTPRouteGroup'],
  [upstreamSettings, 'UpstreamTrafficSetting'],
]);

/** References of `spec.matches`: the API group with its version, the kind that fits it, one UpstreamTrafficSetting at most. */
export function checkEgress(egress: Egress, report: Report): void {
  let upstream: number | undefined;
  egress.spec.matches?.forEach((match, index) => {
    const expected = kindOfGroup.get(match.apiGroup);
    if (!expected) {
      const meant = [...kindOfGroup].find(([, kind]) => kind === match.kind)?.[0];
      report({
        severity: 'error',
        path: ['spec', 'matches', index, 'apiGroup'],
        message: `must be ${routeGroups} or ${upstreamSettings}, not ${describeValue(match.apiGroup)}`,
        hint: meant ? `for the kind ${match.kind} write ${meant}` : undefined,
      });
    } else if (match.kind !== expected) {
      report({
        severity: 'error',
        path: ['spec', 'matches', index, 'kind'],
        message: `must be ${expected}, the kind that goes with ${match.apiGroup}, not ${describeValue(match.kind)}`,
      });
    } else if (match.apiGroup === upstreamSettings) {
      if (upstream !== undefined) {
        report({
          severity: 'error',
          path: ['spec', 'matches', index],
          message: `is the second UpstreamTrafficSetting; ${pathText(['spec', 'matches', upstream])} is one already`,
          hint: 'an Egress may refer to one UpstreamTrafficSetting',
        });
      }
      upstream ??= index;
    }
  });
}

/** `headers` is a list of maps with one key each. */
export function checkRouteGroup(group: HTTPRouteGroup, report: Report): void {
  group.spec.matches.forEach((match, index) => {
    match.headers?.forEach((header, position) => {
      const names = Object.keys(header);
      if (names.length < 2) return;
      report({
        severity: 'error',
        path: ['spec', 'matches', index, 'headers', position],
        message: `must have one header, not ${names.length}: OSM cannot read the whole group otherwise`,
        hint: `write one list item a header: "- ${names[0]}: …" and "- ${names[1]}: …"`,
      });
    });
  });
}

/** Status codes of 400 to 599 that Envoy has a name for. */
const namedStatuses = /^(?:40\d|41[0-7]|42[1-468]|429|431|50[0-8]|51[01])$/;

export function checkUpstreamTrafficSetting(setting: UpstreamTrafficSetting, report: Report): void {
  const { host } = setting.spec;
  if (!host.includes('.')) {
    report({
      severity: 'error',
      path: ['spec', 'host'],
      message: `must be a name with at least two parts, not ${describeValue(host)}`,
      hint: 'for example httpbin.org, or bookstore.bookstore.svc.cluster.local',
    });
  }
  const spec = setting.spec as UpstreamTrafficSetting['spec'] & {
    rateLimit?: { local?: { http?: { responseStatusCode?: number } } };
    httpRoutes?: { rateLimit?: { local?: { responseStatusCode?: number } } }[];
  };
  const checkStatus = (status: number | undefined, path: (string | number)[]): void => {
    if (status === undefined || namedStatuses.test(String(status))) return;
    report({ severity: 'error', path, message: `must be a status code that Envoy has a name for, not ${status}` });
  };
  checkStatus(spec.rateLimit?.local?.http?.responseStatusCode, [
    'spec',
    'rateLimit',
    'local',
    'http',
    'responseStatusCode',
  ]);
  spec.httpRoutes?.forEach((route, index) => {
    const path = ['spec', 'httpRoutes', index, 'rateLimit', 'local', 'responseStatusCode'];
    checkStatus(route.rateLimit?.local?.responseStatusCode, path);
  });
}

/** Nothing refuses such a TrafficSplit, and it takes everything down (egress-semantics §4). */
export function checkTrafficSplit({ spec: { backends } }: TrafficSplit, report: Report): void {
  const path = ['spec', 'backends'];
  if (backends.length === 0) {
    report({ severity: 'warning', path, message: 'is empty: an HTTP root then takes down the routes of every port' });
    return;
  }
  const weightless = backends.findIndex(({ weight }) => weight === 0);
  if (weightless < 0) return;
  const all = backends.every(({ weight }) => weight === 0);
  if (!all && backends.length === 1) return;
  report({
    severity: 'warning',
    path: [...path, weightless, 'weight'],
    message: all
      ? 'is 0 like every weight: an HTTP root then takes down the routes of every port'
      : 'is 0: for a TCP root Envoy then refuses the whole listener',
    hint: 'leave out the backend',
  });
}

/** Also where the webhook is absent, OSM skips such a TrafficTarget (egress-semantics §3.4). */
export function checkTrafficTarget(target: TrafficTarget, report: Report): void {
  const { namespace } = target.spec.destination;
  if (namespace === target.metadata.namespace) return;
  report({
    severity: 'warning',
    path: ['spec', 'destination', 'namespace'],
    message: `is ${describeValue(namespace ?? '')} and must be the TrafficTarget's own namespace: OSM refuses or ignores it`,
    hint: `write namespace: ${target.metadata.namespace}`,
  });
}
