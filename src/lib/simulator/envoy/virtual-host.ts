import type { RouteConfiguration, VirtualHost } from './types.js';

export interface VirtualHostMatch {
  readonly virtualHost: VirtualHost;
  readonly domain: string;
}

export type VirtualHostMatcher = (authority: string) => VirtualHostMatch | undefined;

interface Wildcards {
  readonly byLength: Map<number, Map<string, VirtualHostMatch>>;
  /** Longest first. */
  lengths: number[];
}

/**
 * Envoy's choice of a virtual host: exact domain, then longest `*.suffix`, then longest `prefix.*`, then `*`; without case,
 * port included unless the configuration says otherwise. Egress semantics §5.
 */
export function createVirtualHostMatcher(configuration: RouteConfiguration): VirtualHostMatcher {
  const exact = new Map<string, VirtualHostMatch>();
  const suffixes: Wildcards = { byLength: new Map(), lengths: [] };
  const prefixes: Wildcards = { byLength: new Map(), lengths: [] };
  let any: VirtualHostMatch | undefined;
  for (const virtualHost of configuration.virtualHosts) {
    for (const domain of virtualHost.domains) {
      const key = domain.toLowerCase();
      const match = { virtualHost, domain };
      if (key === '*') any ??= match;
      else if (key.startsWith('*')) addWildcard(suffixes, key.slice(1), match);
      else if (key.endsWith('*')) addWildcard(prefixes, key.slice(0, -1), match);
      else if (!exact.has(key)) exact.set(key, match);
    }
  }
  for (const wildcards of [suffixes, prefixes])
    wildcards.lengths = [...wildcards.byLength.keys()].sort((a, b) => b - a);

  const { ignoresPort } = configuration;
  return (authority) => {
    const host = ignoresPort ? bareHost(authority.toLowerCase()) : authority.toLowerCase();
    return (
      exact.get(host) ??
      findWildcard(suffixes, host, (length) => host.slice(host.length - length)) ??
      findWildcard(prefixes, host, (length) => host.slice(0, length)) ??
      any
    );
  };
}

/** Without port and trailing dot. */
export function bareHost(authority: string): string {
  return authority.replace(/:\d+$/, '').replace(/\.$/, '');
}

function addWildcard(wildcards: Wildcards, key: string, match: VirtualHostMatch): void {
  let keys = wildcards.byLength.get(key.length);
  if (!keys) wildcards.byLength.set(key.length, (keys = new Map<string, VirtualHostMatch>()));
  if (!keys.has(key)) keys.set(key, match);
}

/** The wildcard stands for at least one character. */
function findWildcard(
  wildcards: Wildcards,
  host: string,
  part: (length: number) => string,
): VirtualHostMatch | undefined {
  for (const length of wildcards.lengths) {
    if (length >= host.length) continue;
    const match = wildcards.byLength.get(length)!.get(part(length));
    if (match) return match;
  }
  return undefined;
}
