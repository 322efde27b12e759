import { matcherOfAnySize } from './re2.js';
import type { Route, VirtualHost } from './types.js';

/** A request as the HTTP connection manager sees it. */
export interface RoutedRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly path: string;
  /** By lower-case name, several values joined by a comma; `:authority`, `:path` and `:method` included. */
  readonly headers: ReadonlyMap<string, string>;
  /** Lower-case names of headers whose value is not known; of those that may be absent, `headers` has none. */
  readonly uncertain: ReadonlySet<string>;
}

export type RouteMismatch =
  | { readonly part: 'method'; readonly route: Route }
  | { readonly part: 'path'; readonly route: Route }
  | { readonly part: 'header'; readonly route: Route; readonly header: string; readonly value: string | null };

type Matcher = (text: string) => boolean;

/** Whether the route matches depends on a header whose value is not known. */
export interface UncertainRoute {
  readonly route: Route;
  readonly uncertainHeader: string;
}

export interface CompiledRoute {
  readonly route: Route;
  readonly path: Matcher;
  readonly headers: readonly { readonly name: string; readonly value: Matcher }[];
}

/** Compiles the routes of a virtual host that Envoy accepts. */
export function compileRoutes(virtualHost: VirtualHost): readonly CompiledRoute[] {
  return virtualHost.routes.map((route) => ({
    route,
    path: matcherOf(route.pathRegex),
    headers: route.headers.map(({ name, regex }) => ({ name, value: matcherOf(regex) })),
  }));
}

function matcherOf(regex: string): Matcher {
  const matcher = matcherOfAnySize(regex);
  if (!matcher) throw new Error(`a regex that Envoy refuses cannot be in a route that it accepts: ${regex}`);
  return matcher;
}

/**
 * The first route whose method, path and headers all match. Egress semantics §3.3, §5.
 * @param mismatches gains what the routes before it miss
 */
export function matchRoute(
  routes: readonly CompiledRoute[],
  request: RoutedRequest,
  mismatches?: RouteMismatch[],
): Route | UncertainRoute | undefined {
  for (const compiled of routes) {
    const mismatch = mismatchOf(compiled, request);
    if (mismatch) mismatches?.push(mismatch);
    else if (compiled.route.notUnderstood) return compiled.route;
    else return uncertaintyOf(compiled, request) ?? compiled.route;
  }
  return undefined;
}

/** Headers of unknown value pass here; whether they would have mattered is asked when all else matches. */
function mismatchOf({ route, path, headers }: CompiledRoute, request: RoutedRequest): RouteMismatch | undefined {
  if (route.method !== null && route.method !== request.method) return { part: 'method', route };
  if (!path(request.path)) return { part: 'path', route };
  for (const { name, value: matches } of headers) {
    if (request.uncertain.has(name)) continue;
    const value = request.headers.get(name);
    if (value === undefined || !matches(value)) return { part: 'header', route, header: name, value: value ?? null };
  }
  return undefined;
}

function uncertaintyOf({ route }: CompiledRoute, { uncertain, headers }: RoutedRequest): UncertainRoute | undefined {
  if (uncertain.size === 0) return undefined;
  const open = route.headers.find(({ name, regex }) => uncertain.has(name) && !(regex === '.*' && headers.has(name)));
  return open && { route, uncertainHeader: open.name };
}
