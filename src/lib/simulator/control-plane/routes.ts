import type { Egress, FieldRef, HTTPMatch, HTTPRouteGroup } from '../../resources/types.js';
import type { HeaderMatcher, Route, VirtualHost } from '../envoy/types.js';
import type { World } from '../world.js';
import { fieldRef, namespacedName } from '../world.js';
import type { Notice } from './notices.js';

/** What a policy's routes are before they are bound to a host's cluster. */
export type RouteTemplate = Omit<Route, 'clusters' | 'source'> & { readonly source?: FieldRef };

type GroupTemplate = RouteTemplate & { readonly source: FieldRef };

const WILDCARD: RouteTemplate = { pathRegex: '.*', method: null, headers: [] };

/**
 * The virtual hosts that an `http` port of a policy programs, one for each host. Egress semantics §3.3.
 */
export function virtualHostsOf(world: World, policy: Egress, port: number, notices: Notice[]): VirtualHost[] {
  const templates = routeTemplates(world, policy, notices);
  return (policy.spec.hosts ?? []).map((host, index) => {
    const source = fieldRef(policy, 'spec', 'hosts', index);
    if (templates.length === 0) notices.push({ code: 'host-without-routes', at: source, policy });
    const name = `${host}:${port}`;
    const clusters = [{ clusters: [{ name, weight: 100 }], source }];
    return {
      domains: [host, name],
      // written out, because there are many
      routes: templates.map(({ pathRegex, method, headers, source: own }) => ({
        pathRegex,
        method,
        headers,
        clusters,
        source: own ?? source,
      })),
      source,
    };
  });
}

/** Where there is a group of the name that a reference asks for in vain: the namespaces, sorted. */
export function namespacesWithRouteGroup(world: World, { at, policy }: Notice): string[] {
  const wanted = (policy as Egress).spec.matches?.[Number(at.path[2])]?.name;
  const named = [...world.routeGroups.values()].filter(({ metadata }) => metadata.name === wanted);
  return named.map(({ metadata }) => metadata.namespace ?? 'default').sort();
}

function routeTemplates(world: World, policy: Egress, notices: Notice[]): RouteTemplate[] {
  const templates: RouteTemplate[] = [];
  let referencesRouteGroup = false;
  for (const [index, match] of (policy.spec.matches ?? []).entries()) {
    if (match.kind !== 'HTTPRouteGroup') continue;
    referencesRouteGroup = true;
    const group = world.routeGroups.get(namespacedName(policy.metadata.namespace, match.name));
    if (group) templates.push(...templatesOfGroup(group));
    else notices.push({ code: 'route-group-missing', at: fieldRef(policy, 'spec', 'matches', index), policy });
  }
  return referencesRouteGroup ? templates : [WILDCARD];
}

const templatesOf = new WeakMap<HTTPRouteGroup, readonly GroupTemplate[]>();

/** The routes of a group's matches. Many policies refer to one group. */
export function templatesOfGroup(group: HTTPRouteGroup): readonly GroupTemplate[] {
  let templates = templatesOf.get(group);
  if (!templates) templatesOf.set(group, (templates = makeTemplates(group)));
  return templates;
}

function makeTemplates(group: HTTPRouteGroup): GroupTemplate[] {
  return group.spec.matches.flatMap((match, index) => {
    const source = fieldRef(group, 'spec', 'matches', index);
    const pathRegex = match.pathRegex ? match.pathRegex : '.*';
    const headers = headerMatchers(match);
    return routeMethods(match).map((method) => ({ pathRegex, method, headers, source }));
  });
}

function routeMethods(match: HTTPMatch): (string | null)[] {
  const methods = match.methods ?? [];
  return methods.length === 0 || methods.includes('*') ? [null] : [...new Set(methods)];
}

/** The last of equal keys counts; keys that differ in case are different keys. */
function headerMatchers(match: HTTPMatch): HeaderMatcher[] {
  const byKey = new Map<string, string>();
  for (const single of match.headers ?? []) {
    for (const [key, regex] of Object.entries(single)) byKey.set(key, regex);
  }
  return [...byKey].map(([key, regex]) => {
    const name = key.toLowerCase();
    return { name: name === 'host' ? ':authority' : name, regex };
  });
}
