import { fullMatcher } from './re2.js';
import type { Route, VirtualHost } from './types.js';

/** A request as the HTTP connection manager sees it. */
export interface RoutedRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly path: string;
  /** By lower-case name, several values joined by a comma; `:authority`, `:path` and `:method` included. */
  readonly headers: ReadonlyMap<string, string>;
}

export type RouteMismatch =
  | { readonly part: 'method'; readonly route: Route }
  | { readonly part: 'path'; readonly route: Route }
  | { readonly part: 'header'; readonly route: Route; readonly header: string; readonly value: string | null };

type Matcher = (text: string) => boolean;

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
  const matcher = fullMatcher(regex);
  if (!matcher) throw new Error(`a regex that Envoy refuses cannot be in a route that it accepts: ${regex}`);
  return matcher;
}

/** The first route whose method, path and headers all match. Egress semantics §3.3, §5. */
export function matchRoute(
  routes: readonly CompiledRoute[],
  request: RoutedRequest,
  onMismatch?: (mismatch: RouteMismatch) => void,
): Route | undefined {
  return routes.find((compiled) => {
    const mismatch = mismatchOf(compiled, request);
    if (mismatch) onMismatch?.(mismatch);
    return !mismatch;
  })?.route;
}

function mismatchOf({ route, path, headers }: CompiledRoute, request: RoutedRequest): RouteMismatch | undefined {
  if (route.method !== null && route.method !== request.method) return { part: 'method', route };
  if (!path(request.path)) return { part: 'path', route };
  for (const { name, value: matches } of headers) {
    const value = request.headers.get(name);
    if (value === undefined || !matches(value)) return { part: 'header', route, header: name, value: value ?? null };
  }
  return undefined;
}
