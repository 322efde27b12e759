import type {
  AuthorizationPolicy,
  Gateway,
  HTTPMatchRequest,
  IstioResource,
  L4Match,
  RouteDestination,
  ServiceEntry,
  Sidecar,
  StringMatch,
  VirtualService,
} from '../../resources/istio-types.js';
import type { FieldPath } from '../../resources/types.js';
import { isIpAddress, splitCidr } from '../../text/ip.js';
import { inspectRegex } from '../envoy/re2.js';
import { isWildcard, isWithin } from './hosts.js';
import { kindOfProtocol } from './protocols.js';

/** What Istio's webhook says about an object. One with an error is refused: it is as if it were not there. */
export interface Admission {
  readonly object: IstioResource;
  readonly path: FieldPath;
  readonly error?: string;
  readonly warning?: string;
}

/** Says what is wrong, and where; `error` throws it away. */
interface Judge {
  error(path: FieldPath, message: string): void;
  warn(path: FieldPath, message: string): void;
}

/** What the webhook has to say; undefined: it takes the object. Istio egress §2. */
export function admissionOf(object: IstioResource): Admission | undefined {
  const found: Admission[] = [];
  const judge: Judge = {
    error: (path, error) => found.push({ object, path, error }),
    warn: (path, warning) => found.push({ object, path, warning }),
  };
  judgeObject(object, judge);
  return found.find(({ error }) => error !== undefined) ?? found[0];
}

function judgeObject(object: IstioResource, judge: Judge): void {
  switch (object.kind) {
    case 'ServiceEntry':
      return judgeServiceEntry(object, judge);
    case 'VirtualService':
      return judgeVirtualService(object, judge);
    case 'Sidecar':
      return judgeSidecar(object, judge);
    case 'Gateway':
      return judgeGateway(object, judge);
    case 'AuthorizationPolicy':
      return judgeAuthorizationPolicy(object, judge);
    case 'DestinationRule':
      if (!object.spec.host) judge.error(['spec', 'host'], 'a DestinationRule needs a host');
  }
}

const LABEL = /^[a-z\d]([-a-z\d]*[a-z\d])?$/i;

/** Why a text is no domain name; undefined: it is one. */
function domainFault(name: string): string | undefined {
  if (name.length > 255) return `${JSON.stringify(name)} is longer than 255 characters`;
  const labels = name.split('.');
  if (/^\d+$/.test(labels.at(-1)!)) return `the last part of ${JSON.stringify(name)} is a number`;
  const isBad = (label: string, index: number) =>
    !(index === labels.length - 1 && label === '' && index > 0) && (!LABEL.test(label) || label.length > 63);
  const bad = labels.find(isBad);
  return bad === undefined ? undefined : `${JSON.stringify(bad)} in ${JSON.stringify(name)} is no part of a name`;
}

/** `*`, or a first part that begins with `*` or `*-`. */
function wildcardFault(host: string): string | undefined {
  return host === '*' ? undefined : domainFault(host.replace(/^\*[-.]?/, ''));
}

function judgeServiceEntry({ spec }: ServiceEntry, judge: Judge): void {
  const { hosts, addresses = [], ports = [], endpoints = [], resolution = 'NONE' } = spec;
  if (hosts.length === 0) judge.error(['spec', 'hosts'], 'a ServiceEntry needs a host');
  hosts.forEach((host, index) => {
    const path = ['spec', 'hosts', index];
    const fault = host === '*' ? 'the host * is not allowed' : wildcardFault(host);
    if (fault) judge.error(path, fault);
    else if (isWildcard(host) && host[1] !== '.')
      judge.warn(path, `${JSON.stringify(host)} is a wildcard without a dot`);
    if (/^DNS/.test(resolution) && endpoints.length === 0 && isWildcard(host)) {
      judge.error(path, 'a wildcard cannot be resolved (resolution DNS without endpoints)');
    }
  });
  addresses.forEach((address, index) => {
    const path = ['spec', 'addresses', index];
    if (!isIpAddress(address) && !splitCidr(address))
      judge.error(path, `${JSON.stringify(address)} is no address and no range`);
    else if (address.includes('/') && resolution !== 'NONE' && resolution !== 'STATIC') {
      judge.error(path, 'ranges are allowed only with resolution NONE or STATIC');
    }
  });
  if (resolution === 'NONE' && endpoints.length > 0) {
    judge.error(['spec', 'endpoints'], 'resolution NONE allows no endpoints');
  }
  const numbers = new Set<number>();
  const names = new Set<string>();
  ports.forEach(({ number, name, protocol }, index) => {
    const path = ['spec', 'ports', index];
    const kind = kindOfProtocol(protocol);
    if (!(number >= 1 && number <= 65535)) judge.error([...path, 'number'], 'a port is 1 to 65535');
    if (numbers.has(number)) judge.error([...path, 'number'], `port ${number} is there twice`);
    if (!name || names.has(name)) judge.error([...path, 'name'], 'every port needs a name of its own');
    if (kind === undefined) judge.error([...path, 'protocol'], `Istio knows no protocol ${JSON.stringify(protocol)}`);
    numbers.add(number);
    names.add(name);
    const isTcp = kind === 'auto' || protocol?.toLowerCase() === 'tcp';
    if (isTcp && addresses.length === 0 && resolution === 'NONE') {
      judge.warn(path, 'a TCP port without addresses takes every address of the port');
    }
  });
}

function judgeVirtualService({ spec }: VirtualService, judge: Judge): void {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec;
  const inMesh = gateways.length === 0 || gateways.includes('mesh');
  if (hosts.length === 0) judge.error(['spec', 'hosts'], 'a VirtualService needs a host');
  if ([http, tls, tcp].every((rules) => rules.length === 0)) judge.error(['spec'], 'a VirtualService needs routes');
  hosts.forEach((host, index) => {
    const path = ['spec', 'hosts', index];
    if (host === '*' && inMesh) judge.error(path, 'the host * is not allowed for the gateway mesh');
    const fault = isIpAddress(host) ? undefined : wildcardFault(host);
    if (fault) judge.error(path, fault);
  });
  http.forEach((rule, index) => {
    const path = ['spec', 'http', index];
    const actions = [rule.route?.length ? rule.route : undefined, rule.redirect, rule.directResponse, rule.delegate];
    const count = actions.filter((action) => action !== undefined).length;
    if (count !== 1) judge.error(path, 'an HTTP route has one of route, redirect, directResponse and delegate');
    judgeDestinations(rule.route ?? [], [...path, 'route'], judge);
    rule.match?.forEach((match, at) => judgeMatch(match, [...path, 'match', at], judge));
  });
  const l4 = [['tls', tls] as const, ['tcp', tcp] as const];
  for (const [kind, rules] of l4) {
    rules.forEach(({ match = [], route = [] }, index) => {
      const path = ['spec', kind, index];
      if (kind === 'tls' && match.length === 0) judge.error(path, 'a TLS route needs a match');
      if (route.length === 0) judge.error([...path, 'route'], 'a route needs a destination');
      judgeDestinations(route, [...path, 'route'], judge);
      match.forEach((one, at) => judgeL4Match(one, kind, hosts, [...path, 'match', at], judge));
    });
  }
}

function judgeDestinations(destinations: readonly RouteDestination[], path: FieldPath, judge: Judge): void {
  destinations.forEach(({ destination }, index) => {
    const fault = destination.host ? wildcardFault(destination.host) : 'a destination needs a host';
    if (fault) judge.error([...path, index, 'destination', 'host'], fault);
  });
  const weights = destinations.map(({ weight = 0 }) => weight);
  if (destinations.length > 1 && weights.every((weight) => weight === 0)) {
    judge.error(path, 'the weights of a route are all 0');
  }
}

function judgeMatch(match: HTTPMatchRequest, path: FieldPath, judge: Judge): void {
  const { uri, scheme, method, authority, headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  const named = (field: string, matches: Record<string, StringMatch>) =>
    Object.entries(matches).map(([name, one]) => [one, [field, name]] as const);
  const all = [
    [uri, ['uri']] as const,
    [scheme, ['scheme']] as const,
    [method, ['method']] as const,
    [authority, ['authority']] as const,
    ...named('headers', headers),
    ...named('withoutHeaders', withoutHeaders),
    ...named('queryParams', queryParams),
  ];
  for (const [one, field] of all) {
    if (one?.regex === undefined) continue;
    const { refusal, reason } = inspectRegex(one.regex);
    if (refusal === 'empty') judge.error([...path, ...field, 'regex'], 'a regular expression must not be empty');
    if (refusal === 'syntax') judge.error([...path, ...field, 'regex'], `RE2 does not take it: ${reason}`);
  }
}

function judgeL4Match(
  { sniHosts = [], destinationSubnets = [] }: L4Match,
  kind: 'tls' | 'tcp',
  hosts: readonly string[],
  path: FieldPath,
  judge: Judge,
): void {
  if (kind === 'tls' && sniHosts.length === 0) judge.error(path, 'a TLS match needs sniHosts');
  sniHosts.forEach((sni, index) => {
    const fault =
      wildcardFault(sni) ??
      (hosts.some((host) => isWithin(sni, host)) ? undefined : 'it lies within none of the hosts');
    if (fault) judge.error([...path, 'sniHosts', index], fault);
  });
  destinationSubnets.forEach((subnet, index) => {
    if (!isIpAddress(subnet) && !splitCidr(subnet)) {
      judge.error([...path, 'destinationSubnets', index], `${JSON.stringify(subnet)} is no address and no range`);
    }
  });
}

function judgeSidecar({ spec }: Sidecar, judge: Judge): void {
  spec?.egress?.forEach(({ hosts = [] }, index) => {
    const path = ['spec', 'egress', index, 'hosts'];
    if (hosts.length === 0) judge.error(path, 'an egress listener needs hosts');
    hosts.forEach((host, at) => {
      const [namespace, name, ...more] = host.split('/');
      const fault = !namespace || !name || more.length > 0 ? 'a host is NAMESPACE/NAME' : wildcardFault(name);
      if (fault) judge.error([...path, at], fault);
    });
  });
}

function judgeGateway({ spec }: Gateway, judge: Judge): void {
  if (!spec.servers?.length) judge.error(['spec', 'servers'], 'a Gateway needs servers');
  spec.servers?.forEach(({ hosts, port, tls }, index) => {
    const path = ['spec', 'servers', index];
    if (hosts.length === 0) judge.error([...path, 'hosts'], 'a server needs hosts');
    if (kindOfProtocol(port.protocol) === undefined) judge.error([...path, 'port'], 'an unknown protocol');
    if (kindOfProtocol(port.protocol) === 'tls' && !tls) judge.error(path, 'TLS and HTTPS need tls');
  });
}

const ACTIONS = new Set(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']);
const HTTP_FIELDS = ['hosts', 'methods', 'paths', 'notHosts', 'notMethods', 'notPaths'];

function judgeAuthorizationPolicy({ spec = {} }: AuthorizationPolicy, judge: Judge): void {
  const { action = 'ALLOW', rules = [] } = spec;
  if (!ACTIONS.has(action)) judge.error(['spec', 'action'], `there is no action ${JSON.stringify(action)}`);
  if (action === 'DENY' && rules.length === 0) judge.error(['spec', 'rules'], 'a DENY policy needs rules');
  rules.forEach(({ to }, index) => {
    const fields = (to ?? []).flatMap(({ operation = {} }) => Object.keys(operation));
    const isHttp = fields.some((field) => HTTP_FIELDS.includes(field)) && !fields.includes('ports');
    if (action === 'DENY' && isHttp) {
      judge.warn(['spec', 'rules', index], 'what looks at HTTP denies everything on TCP ports');
    }
  });
}
