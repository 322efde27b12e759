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

export type RouteMatch =
  | { readonly result: 'matched'; readonly route: Route }
  | { readonly result: 'none' }
  /** Whether this route matches cannot be computed (RE2's `\C`). */
  | { readonly result: 'incomputable'; readonly route: Route };

type Matcher = ReturnType<typeof fullMatcher>;

export interface CompiledRoute {
  readonly route: Route;
  readonly path: Matcher;
  readonly headers: readonly { readonly name: string; readonly value: Matcher }[];
}

/** Compiles the routes of a virtual host; every regex must be one that Envoy accepts. */
export function compileRoutes(virtualHost: VirtualHost): readonly CompiledRoute[] {
  return virtualHost.routes.map((route) => ({
    route,
    path: fullMatcher(route.pathRegex),
    headers: route.headers.map(({ name, regex }) => ({ name, value: fullMatcher(regex) })),
  }));
}

/** The first route whose method, path and headers all match. Egress semantics §3.3, §5. */
export function matchRoute(
  routes: readonly CompiledRoute[],
  request: RoutedRequest,
  onMismatch?: (mismatch: RouteMismatch) => void,
): RouteMatch {
  for (const compiled of routes) {
    const { route } = compiled;
    let incomputable = false;
    if (route.method !== null && route.method !== request.method) {
      onMismatch?.({ part: 'method', route });
      continue;
    }
    if (compiled.path === null) incomputable = true;
    else if (!compiled.path(request.path)) {
      onMismatch?.({ part: 'path', route });
      continue;
    }
    let mismatch = false;
    for (const { name, value: matches } of compiled.headers) {
      const value = request.headers.get(name);
      if (value !== undefined && matches === null) incomputable = true;
      else if (value === undefined || !matches!(value)) {
        mismatch = true;
        onMismatch?.({ part: 'header', route, header: name, value: value ?? null });
        break;
      }
    }
    if (mismatch) continue;
    return incomputable ? { result: 'incomputable', route } : { result: 'matched', route };
  }
  return { result: 'none' };
}
