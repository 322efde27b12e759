import type { FieldRef } from '../../resources/types.js';
import { formatNetwork } from '../../text/ip.js';
import { serverNameKey } from './filter-chain-match.js';
import { inspectRegex } from './re2.js';
import type { FilterChain, Listener, Route, RouteConfiguration, VirtualHost } from './types.js';

/** One thing that a chain matches: a cell of its ranges × server names × application protocols. */
export interface MatchEntry {
  readonly chain: FilterChain;
  /** As a network, or `any`. */
  readonly range: string;
  /** Lower case; empty: any or none. */
  readonly serverName: string;
  readonly applicationProtocol: string;
}

export type ListenerRefusal =
  | { readonly code: 'duplicate-match'; readonly first: MatchEntry; readonly second: MatchEntry }
  | {
      readonly code: 'server-name-wildcard';
      readonly chain: FilterChain;
      readonly serverName: string;
      readonly index: number;
    };

/** Why Envoy refuses the outbound listener; empty when it takes it. Egress semantics §4. */
export function listenerRefusals(listener: Listener): ListenerRefusal[] {
  const refusals: ListenerRefusal[] = [];
  const seen = new Map<string, MatchEntry>();
  for (const chain of listener.filterChains) {
    const { match } = chain;
    match.serverNames.forEach((serverName, index) => {
      if (serverName.includes('*') && !serverName.startsWith('*.')) {
        refusals.push({ code: 'server-name-wildcard', chain, serverName, index });
      }
    });
    const ranges = match.networks.length > 0 ? match.networks.map(formatNetwork) : ['any'];
    const serverNames = match.serverNames.length > 0 ? match.serverNames : [''];
    const protocols = match.applicationProtocols.length > 0 ? match.applicationProtocols : [''];
    for (const range of ranges) {
      for (const written of serverNames) {
        const serverName = serverNameKey(written);
        for (const applicationProtocol of protocols) {
          const entry = { chain, range, serverName, applicationProtocol };
          const key = `${match.destinationPort} ${range} ${applicationProtocol} ${serverName}`;
          const first = seen.get(key);
          if (first) refusals.push({ code: 'duplicate-match', first, second: entry });
          else seen.set(key, entry);
        }
      }
    }
  }
  return refusals;
}

export type RouteRefusal =
  /** The whole update cannot be decoded, so that no table of routes takes effect. */
  | { readonly code: 'undecodable'; readonly what: 'empty-regex' | 'header-name' | 'domain'; readonly at: FieldRef }
  | {
      readonly code: 'duplicate-domain';
      readonly domain: string;
      readonly first: VirtualHost;
      readonly second: VirtualHost;
    }
  | {
      readonly code: 'regex';
      readonly pattern: string;
      /** One clause. */
      readonly reason: string;
      /** The route match that holds the pattern. */
      readonly at: FieldRef;
    };

const FORBIDDEN_CHARACTERS = /[\0\r\n]/;

/** What makes Envoy refuse a whole update of routes, whichever table it is in. Egress semantics §4. */
export function undecodableParts(configuration: RouteConfiguration): RouteRefusal[] {
  const refusals: RouteRefusal[] = [];
  for (const { domains, routes, source } of configuration.virtualHosts) {
    if (domains.some((domain) => FORBIDDEN_CHARACTERS.test(domain))) {
      refusals.push({ code: 'undecodable', what: 'domain', at: source });
    }
    for (const { headers, source: at } of routes) {
      const headersAt = { object: at.object, path: [...at.path, 'headers'] };
      if (headers.some(({ regex }) => regex === '')) {
        refusals.push({ code: 'undecodable', what: 'empty-regex', at: headersAt });
      }
      if (headers.some(({ name }) => name === '' || FORBIDDEN_CHARACTERS.test(name))) {
        refusals.push({ code: 'undecodable', what: 'header-name', at: headersAt });
      }
    }
  }
  return refusals;
}

/** Why Envoy refuses the routes of a port; empty when it takes them. Egress semantics §4. */
export function routeRefusals(configuration: RouteConfiguration): RouteRefusal[] {
  const refusals: RouteRefusal[] = [];
  const owners = new Map<string, VirtualHost>();
  const inspected = new Set<string>();
  for (const virtualHost of configuration.virtualHosts) {
    for (const domain of virtualHost.domains) {
      const key = domain.toLowerCase();
      const first = owners.get(key);
      if (first) refusals.push({ code: 'duplicate-domain', domain, first, second: virtualHost });
      else owners.set(key, virtualHost);
    }
    for (const route of virtualHost.routes) refuseRegexes(route, inspected, refusals);
  }
  return refusals;
}

function refuseRegexes(route: Route, inspected: Set<string>, refusals: RouteRefusal[]): void {
  const inspect = (pattern: string, at: FieldRef) => {
    if (inspected.has(pattern)) return;
    inspected.add(pattern);
    const inspection = inspectRegex(pattern);
    if (!inspection.accepted) {
      refusals.push({ code: 'regex', pattern, reason: inspection.reason ?? 'RE2 does not accept it', at });
    }
  };
  const { object, path } = route.source;
  inspect(route.pathRegex, { object, path: [...path, 'pathRegex'] });
  for (const header of route.headers) inspect(header.regex, { object, path: [...path, 'headers'] });
}
