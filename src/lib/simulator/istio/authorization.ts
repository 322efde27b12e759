import type { AuthorizationPolicy, AuthorizationRule } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { matcherOfAnySize } from '../envoy/re2.js';
import { fieldRef } from '../world.js';
import { homeOf, quoteRegex, selects } from './hosts.js';
import { ANY_REQUEST, bothOf, type RouteConditions } from './http-match.js';
import type { IstioWorld } from './world.js';

/** Who connects, and what is known of the connection before a request. */
export interface Peer {
  /** `cluster.local/ns/curl/sa/curl`; undefined: no certificate tells. */
  readonly principal: string | undefined;
  readonly serverName: string;
  /** That the workload listens on; undefined: that is not known. */
  readonly port: number | undefined;
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
  const concerned = world.authorizationPolicies.filter((policy) => {
    const home = homeOf(policy);
    const isHere = home === workload.namespace || home === world.rootNamespace;
    return isHere && isEnforced(policy) && selects(policy.spec?.selector?.matchLabels, workload.labels);
  });
  const policiesOf = (action: string) => concerned.filter(({ spec }) => (spec?.action ?? 'ALLOW') === action);
  const rulesOf = (action: string) =>
    policiesOf(action).flatMap((policy) =>
      (policy.spec?.rules ?? []).flatMap((rule, index) =>
        asksOf(rule, fieldRef(policy, 'spec', 'rules', index), peer, action),
      ),
    );
  const allowing = policiesOf('ALLOW');
  const unknown = policiesOf('CUSTOM').map((policy): RuleAsks => {
    const at = fieldRef(policy, 'spec', 'action');
    return { conditions: { ...ANY_REQUEST, notUnderstood: { what: 'the action CUSTOM', at } }, at };
  });
  return {
    denied: [...unknown, ...rulesOf('DENY')],
    allowed: allowing.length > 0 ? rulesOf('ALLOW') : undefined,
    by: allowing.map((policy) => fieldRef(policy, 'spec')),
  };
}

const TRUE: ReadonlySet<string | undefined> = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);

/** Policies on trial only count what they would do; those with targets are for gateways of the Gateway API and for waypoints. */
function isEnforced({ metadata, spec }: AuthorizationPolicy): boolean {
  const isOnTrial = TRUE.has(metadata.annotations?.['istio.io/dry-run']);
  return !isOnTrial && !spec?.targetRefs?.length && !spec?.targetRef;
}

/** Alternatives, of which one must hold. */
type Asked = readonly RouteConditions[];

const ALWAYS: Asked = [ANY_REQUEST];
const NEVER: Asked = [];

/** One of the values has to be there, or none of them may. */
interface Condition {
  /** Without its `not`: a source's, an operation's, or the key of `when`. */
  readonly field: string;
  readonly values: readonly string[];
  readonly isNot: boolean;
}

function asksOf({ from, to, when = [] }: AuthorizationRule, at: FieldRef, peer: Peer, action: string): RuleAsks[] {
  const sources = from?.length ? from.map(({ source = {} }) => conditionsIn(source)) : [[]];
  const operations = to?.length ? to.map(({ operation = {} }) => conditionsIn(operation)) : [[]];
  const always = when.flatMap(({ key, values = [], notValues = [] }) => [
    { field: key, values, isNot: false },
    { field: key, values: notValues, isNot: true },
  ]);
  const all = [...sources.flat(), ...operations.flat(), ...always].filter(({ values }) => values.length > 0);
  // of a connection that is not read, a rule that looks at requests allows nothing, whatever its other alternatives say
  if (!peer.http && action === 'ALLOW' && all.some(({ field }) => OF_REQUESTS.test(field))) return [];
  return sources
    .flatMap((source) => operations.map((operation) => [...source, ...operation, ...always]))
    .flatMap((conditions) => conditions.map((one) => asks(one, peer)).reduce(both, ALWAYS))
    .map((conditions) => ({ conditions, at }));
}

function conditionsIn(block: Readonly<Record<string, readonly string[] | undefined>>): Condition[] {
  return Object.entries(block).map(([name, values = []]) => {
    const isNot = name.startsWith('not');
    return { field: isNot ? name.charAt(3).toLowerCase() + name.slice(4) : name, values, isNot };
  });
}

function both(one: Asked, other: Asked): Asked {
  // there is always such a request: methods are asked for as headers here
  return one.flatMap((first) => other.map((second) => bothOf(first, second)!));
}

/** What only requests tell. */
const OF_REQUESTS = /^(hosts|methods|paths|requestPrincipals|request\..*)$/;

function asks({ field, values, isNot }: Condition, peer: Peer): Asked {
  if (values.length === 0) return ALWAYS;
  const holds = CONNECTION_TELLS.get(field)?.(values, peer);
  if (holds !== undefined) return holds === isNot ? NEVER : ALWAYS;
  if (!peer.http && OF_REQUESTS.test(field)) return ALWAYS;
  return (isNot ? undefined : requestAsks(field, values)) ?? unread(`${isNot ? 'not ' : ''}${field}`, peer);
}

function unread(what: string, { at }: Peer): Asked {
  return [{ ...ANY_REQUEST, notUnderstood: { what, at } }];
}

/** Whether one of the values is the connection's; undefined: that is not known. */
type Teller = (values: readonly string[], peer: Peer) => boolean | undefined;

const ofPrincipals: Teller = (values, peer) => isAnyOf(values.map(identityRegex), peer);
const ofNamespaces: Teller = (values, peer) =>
  isAnyOf(
    values.map((value) => `.*/ns/${value.replaceAll('*', '.*')}/.*`),
    peer,
  );
const ofPorts: Teller = (values, { port }) => (port === undefined ? undefined : values.includes(String(port)));
const ofServerNames: Teller = (values, { serverName }) => matcherOfAnySize(anyOf(values, patternRegex))?.(serverName);

const CONNECTION_TELLS: ReadonlyMap<string, Teller> = new Map([
  ['principals', ofPrincipals],
  ['source.principal', ofPrincipals],
  ['namespaces', ofNamespaces],
  ['source.namespace', ofNamespaces],
  ['ports', ofPorts],
  ['destination.port', ofPorts],
  ['connection.sni', ofServerNames],
]);

/** Istio quotes nothing behind an asterisk, nor in namespaces: there a dot is any character. */
function identityRegex(value: string): string {
  if (value.startsWith('*')) return `spiffe://.*${value.slice(1)}`;
  return value.endsWith('*') ? `${quoteRegex(`spiffe://${value.slice(0, -1)}`)}.*` : quoteRegex(`spiffe://${value}`);
}

function isAnyOf(regexes: readonly string[], { principal }: Peer): boolean | undefined {
  let isKnown = true;
  for (const regex of regexes) {
    const matches = matcherOfAnySize(regex);
    if (principal !== undefined && matches?.(`spiffe://${principal}`)) return true;
    isKnown &&= matches !== null;
  }
  return isKnown ? false : undefined;
}

/** undefined: it is not modelled. */
function requestAsks(field: string, values: readonly string[]): Asked | undefined {
  const header = (name: string, regex: string): Asked => [{ ...ANY_REQUEST, headers: [{ name, regex }] }];
  switch (field) {
    case 'methods':
      return header(':method', anyOf(values, headerRegex));
    case 'paths':
      return [{ ...ANY_REQUEST, pathRegex: anyOf(values, pathRegex) }];
    case 'hosts':
      return header(':authority', `(?i:${anyOf(values, headerRegex)})`);
    case 'requestPrincipals':
      // no request bears a token that anybody checked
      return NEVER;
  }
  const name = /^request\.headers\[(.+)\]$/.exec(field)?.[1];
  return name === undefined ? undefined : header(name.toLowerCase(), anyOf(values, headerRegex));
}

function anyOf(patterns: readonly string[], regexOf: (pattern: string) => string): string {
  return patterns.map(regexOf).join('|');
}

/** A `*` at one end stands for anything; alone, for something. */
function patternRegex(pattern: string): string {
  if (pattern === '*') return '(?s:.+)';
  if (pattern.startsWith('*')) return `(?s:.*)${quoteRegex(pattern.slice(1))}`;
  return pattern.endsWith('*') ? `${quoteRegex(pattern.slice(0, -1))}(?s:.*)` : quoteRegex(pattern);
}

/** Of a header, `*` asks only that it is there. */
function headerRegex(pattern: string): string {
  return pattern === '*' ? '(?s:.*)' : patternRegex(pattern);
}

/** What Envoy takes for a part of a path in a template: `=` and `*` are not among it. */
const IN_SEGMENT = "a-zA-Z0-9._~%!$&'()+,;:@-";

/** `{*}` is one segment of a path, `{**}` any number of them; beside one of them `*` is a character. */
function pathRegex(pattern: string): string {
  const parts = pattern.split(/(\{\*{1,2}\})/);
  if (parts.length === 1) return patternRegex(pattern);
  return parts
    .map((part) => (part === '{*}' ? `[${IN_SEGMENT}]+` : part === '{**}' ? `[/${IN_SEGMENT}]*` : quoteRegex(part)))
    .join('');
}
