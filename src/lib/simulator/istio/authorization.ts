import type { AuthorizationPolicy, AuthorizationRule } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { fieldRef } from '../world.js';
import { quoteRegex, selects } from './hosts.js';
import { ANY_REQUEST, bothOf, type RouteConditions } from './http-match.js';
import type { IstioWorld } from './world.js';

/** Who connects, and what is known of the connection before a request. */
export interface Peer {
  /** `cluster.local/ns/curl/sa/curl`; undefined: no certificate tells. */
  readonly principal: string | undefined;
  readonly namespace: string | undefined;
  readonly serverName: string;
  readonly port: number;
  /** Whether requests are read at all. */
  readonly http: boolean;
  /** The server that it connects to. */
  readonly at: FieldRef;
}

/** What a policy's rule asks of requests of a peer. */
export interface RuleAsks {
  readonly conditions: RouteConditions;
  readonly at: FieldRef;
}

export interface Authorization {
  readonly denied: readonly RuleAsks[];
  /** undefined: there is no ALLOW policy, so that everything else is allowed. */
  readonly allowed: readonly RuleAsks[] | undefined;
  /** The policies that allow something. */
  readonly by: readonly FieldRef[];
}

/** What AuthorizationPolicies make of a peer's requests to a workload. Istio egress, "Egress gateway". */
export function authorizationFor(
  world: IstioWorld,
  workload: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  peer: Peer,
): Authorization {
  const concerned = world.authorizationPolicies.filter(({ metadata, spec }) => {
    const home = metadata.namespace ?? 'default';
    const isHere = home === workload.namespace || home === world.rootNamespace;
    return isHere && selects(spec?.selector?.matchLabels, workload.labels);
  });
  const rulesOf = (action: string) =>
    concerned
      .filter(({ spec }) => (spec?.action ?? 'ALLOW') === action)
      .flatMap((policy) =>
        (policy.spec?.rules ?? []).flatMap((rule, index) => asksOf(policy, rule, index, peer, action)),
      );
  const allowing = concerned.filter(({ spec }) => (spec?.action ?? 'ALLOW') === 'ALLOW');
  const custom = concerned.filter(({ spec }) => spec?.action === 'CUSTOM');
  const unknown = custom.map((policy): RuleAsks => ({
    conditions: {
      ...ANY_REQUEST,
      notUnderstood: { what: 'the action CUSTOM', at: fieldRef(policy, 'spec', 'action') },
    },
    at: fieldRef(policy, 'spec', 'action'),
  }));
  return {
    denied: [...unknown, ...rulesOf('DENY')],
    allowed: allowing.length > 0 ? rulesOf('ALLOW') : undefined,
    by: allowing.map((policy) => fieldRef(policy, 'spec')),
  };
}

/** Alternatives, of which one must hold; undefined stands for a condition that holds. */
type Asked = readonly RouteConditions[];

const ALWAYS: Asked = [ANY_REQUEST];
const NEVER: Asked = [];

function asksOf(
  policy: AuthorizationPolicy,
  { from, to, when = [] }: AuthorizationRule,
  index: number,
  peer: Peer,
  action: string,
): RuleAsks[] {
  // of a connection that is not read, what looks at requests never holds; for DENY it does not count
  const ofHttp = peer.http ? undefined : action === 'DENY' ? ALWAYS : NEVER;
  const sources = from ? from.flatMap(({ source = {} }) => sourceAsks(source, peer, ofHttp)) : ALWAYS;
  const operations = to ? to.flatMap(({ operation = {} }) => operationAsks(operation, peer, ofHttp)) : ALWAYS;
  let all = both(sources, operations);
  for (const { key, values, notValues } of when) {
    if (values) all = both(all, whenAsks(key, values, peer, ofHttp));
    if (notValues) all = both(all, unread(`when ${key} notValues`, peer));
  }
  const at = fieldRef(policy, 'spec', 'rules', index);
  return all.map((conditions) => ({ conditions, at }));
}

function both(one: Asked, other: Asked): Asked {
  return one.flatMap((first) => other.flatMap((second) => bothOf(first, second) ?? []));
}

function unread(what: string, { at }: Peer): Asked {
  return [{ ...ANY_REQUEST, notUnderstood: { what, at } }];
}

function sourceAsks(source: Record<string, string[] | undefined>, peer: Peer, ofHttp: Asked | undefined): Asked {
  let all: Asked = ALWAYS;
  for (const [field, values] of Object.entries(source)) {
    if (!values?.length) continue;
    all = both(all, sourceField(field, values, peer, ofHttp));
  }
  return all;
}

function sourceField(field: string, values: readonly string[], peer: Peer, ofHttp: Asked | undefined): Asked {
  const says = (holds: boolean) => (holds ? ALWAYS : NEVER);
  const { principal, namespace } = peer;
  switch (field) {
    case 'principals':
      return says(principal !== undefined && matchesAny(principal, values));
    case 'notPrincipals':
      return says(principal === undefined || !matchesAny(principal, values));
    case 'namespaces':
      return says(namespace !== undefined && matchesAny(namespace, values));
    case 'notNamespaces':
      return says(namespace === undefined || !matchesAny(namespace, values));
    case 'requestPrincipals':
      // no request bears a token that anybody checked
      return ofHttp ?? NEVER;
    default:
      return unread(`source.${field}`, peer);
  }
}

function operationAsks(operation: Record<string, string[] | undefined>, peer: Peer, ofHttp: Asked | undefined): Asked {
  let all: Asked = ALWAYS;
  for (const [field, values] of Object.entries(operation)) {
    if (!values?.length) continue;
    if (field === 'ports') all = both(all, values.includes(String(peer.port)) ? ALWAYS : NEVER);
    else all = both(all, ofHttp ?? operationField(field, values, peer));
  }
  return all;
}

function operationField(field: string, values: readonly string[], peer: Peer): Asked {
  switch (field) {
    case 'methods':
      return [{ ...ANY_REQUEST, headers: [{ name: ':method', regex: anyOf(values) }] }];
    case 'paths':
      return [{ ...ANY_REQUEST, pathRegex: anyOf(values) }];
    case 'hosts':
      return [{ ...ANY_REQUEST, headers: [{ name: ':authority', regex: `(?i:${anyOf(values)})` }] }];
    default:
      return unread(`operation.${field}`, peer);
  }
}

function whenAsks(key: string, values: readonly string[], peer: Peer, ofHttp: Asked | undefined): Asked {
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1];
  if (header) return ofHttp ?? [{ ...ANY_REQUEST, headers: [{ name: header.toLowerCase(), regex: anyOf(values) }] }];
  switch (key) {
    case 'connection.sni':
      return matchesAny(peer.serverName, values) ? ALWAYS : NEVER;
    case 'source.principal':
      return peer.principal !== undefined && matchesAny(peer.principal, values) ? ALWAYS : NEVER;
    case 'source.namespace':
      return peer.namespace !== undefined && matchesAny(peer.namespace, values) ? ALWAYS : NEVER;
    case 'destination.port':
      return values.includes(String(peer.port)) ? ALWAYS : NEVER;
    default:
      return unread(`when ${key}`, peer);
  }
}

/** A `*` at one end stands for anything; alone, for something. */
function matchesAny(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*') return text !== '';
    if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1));
    return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
  });
}

function anyOf(patterns: readonly string[]): string {
  return patterns.map(patternRegex).join('|');
}

function patternRegex(pattern: string): string {
  if (pattern === '*') return '(?s:.+)';
  if (pattern.startsWith('*')) return `(?s:.*)${quoteRegex(pattern.slice(1))}`;
  if (pattern.endsWith('*') && !pattern.includes('{')) return `${quoteRegex(pattern.slice(0, -1))}(?s:.*)`;
  // {*} is one segment of a path, {**} any number of them
  return pattern
    .split(/(\{\*{1,2}\})/)
    .map((part) => (part === '{*}' ? '[^/]+' : part === '{**}' ? '(?s:.*)' : quoteRegex(part)))
    .join('');
}
