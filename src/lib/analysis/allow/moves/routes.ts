import { apiVersionOf, kinds } from '../../../resources/kinds.js';
import type { Egress, HTTPMatch, HTTPRouteGroup } from '../../../resources/types.js';
import { fullMatcher } from '../../../simulator/envoy/re2.js';
import { readRequest } from '../../../simulator/envoy/http-codec.js';
import type { RoutedRequest } from '../../../simulator/envoy/route-match.js';
import type { Target } from '../../../simulator/request/index.js';
import { namespacedName } from '../../../simulator/world.js';
import type { Draft } from '../draft.js';
import { freeName, isTaken, slug } from '../names.js';
import { pathPattern } from '../regex-quote.js';
import { missingRouteIn, type Situation } from '../situation.js';
import { withSpec } from './policy-edits.js';

export const routesApiVersion = apiVersionOf(kinds.HTTPRouteGroup);

/** The methods that an HTTPRouteGroup may name (egress semantics §1). */
const NAMEABLE = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/** Where a policy's routes lack the target's method and path: ways to add them. */
export function extendRoutes(situation: Situation): Draft[] {
  const missing = missingRouteIn(situation);
  if (!missing) return [];
  const { policy } = missing;
  const { draft, wish } = situation;
  const { world } = draft;
  const namespace = policy.metadata.namespace ?? 'default';
  const references = (policy.spec.matches ?? []).filter(({ kind }) => kind === 'HTTPRouteGroup');
  const drafts: Draft[] = [];
  for (const name of new Set(references.map((reference) => reference.name))) {
    const group = world.routeGroups.get(namespacedName(namespace, name));
    if (!group) {
      const created = newRouteGroup(namespace, name, exactMatch(wish.target, []));
      drafts.push(draft.add(created).because('new-routes'));
      continue;
    }
    const added = { ...group, spec: { matches: [...group.spec.matches, exactMatch(wish.target, group.spec.matches)] } };
    drafts.push(draft.replace(group, added).because('extend-routes'));
    for (const widened of withMethodAdded(group, wish.target)) {
      drafts.push(draft.replace(group, widened).because('extend-routes'));
    }
  }
  drafts.push(ownRouteGroup(situation, policy, namespace));
  return drafts;
}

/** A group that only this policy uses, beside those that it has. */
function ownRouteGroup({ draft, wish }: Situation, policy: Egress, namespace: string): Draft {
  const { world } = draft;
  const name = freeName(`${policy.metadata.name}-routes`, (candidate) =>
    isTaken(world, 'HTTPRouteGroup', namespace, candidate),
  );
  const reference = { apiGroup: routesApiVersion, kind: 'HTTPRouteGroup', name };
  return draft
    .add(newRouteGroup(namespace, name, exactMatch(wish.target, [])))
    .replace(policy, withSpec(policy, { matches: [...(policy.spec.matches ?? []), reference] }))
    .because('new-routes')
    .because('extend-policy');
}

/** A route match for the target's path and method and no other. */
export function exactMatch(target: Target, siblings: readonly HTTPMatch[]): HTTPMatch {
  const { method, path } = requestIn(target);
  const taken = new Set(siblings.map(({ name }) => name));
  const name = freeName(slug(`${method} ${path}`, 'match').slice(0, 60), (candidate) => taken.has(candidate));
  const { pathRegex } = pathPattern(path);
  return NAMEABLE.has(method) ? { name, pathRegex, methods: [method] } : { name, pathRegex };
}

/** The request as Envoy's routes see it. Asked only of targets that get as far as the routes. */
function requestIn(target: Target): RoutedRequest {
  const read = readRequest(target.http!);
  if (read.result !== 'request') throw new RangeError(`${target.command} does not get as far as Envoy's routes`);
  return read.request;
}

export function isNameableMethod(method: string): boolean {
  return NAMEABLE.has(method);
}

/** Matches that would take the target but for its method, each with the method added. */
function withMethodAdded(group: HTTPRouteGroup, target: Target): HTTPRouteGroup[] {
  const request = requestIn(target);
  if (!NAMEABLE.has(request.method)) return [];
  return group.spec.matches.flatMap((match, index) => {
    // one that takes the method too would have taken the request
    if (!takesPathAndHeaders(match, request)) return [];
    const widened = { ...match, methods: [...match.methods!, request.method] };
    return [{ ...group, spec: { matches: group.spec.matches.map((other, at) => (at === index ? widened : other)) } }];
  });
}

function takesPathAndHeaders({ pathRegex, headers = [] }: HTTPMatch, request: RoutedRequest): boolean {
  if (pathRegex && fullMatcher(pathRegex)?.(request.path) !== true) return false;
  return headers.flatMap(Object.entries<string>).every(([key, regex]) => {
    const name = key.toLowerCase() === 'host' ? ':authority' : key.toLowerCase();
    const value = request.headers.get(name);
    return value !== undefined && fullMatcher(regex)?.(value) === true;
  });
}

export function newRouteGroup(namespace: string, name: string, match: HTTPMatch): HTTPRouteGroup {
  return {
    apiVersion: routesApiVersion,
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace },
    spec: { matches: [match] },
  };
}
