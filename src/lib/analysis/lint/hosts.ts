import type { Egress } from '../../resources/types.js';
import { serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import { canResolve } from '../../simulator/upstream.js';
import { fieldRef } from '../../simulator/world.js';
import { isHttp } from './ports.js';
import type { Found } from './rule.js';

/** What is odd about a host as it is written. */
export type HostOddity = 'scheme' | 'port' | 'trailing-dot' | 'wildcard' | 'not-a-name';

/** `https://a.com`, `a.com:8080`, `a.com.`, `*.a.com`, and what no name can be; undefined: a name or an address. */
function hostOddity(host: string): HostOddity | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) return 'scheme';
  if (/^[^:/*]+:\d+$/.test(host)) return 'port';
  if (host.includes('*')) return 'wildcard';
  if (!canResolve(host)) return 'not-a-name';
  return host.endsWith('.') ? 'trailing-dot' : undefined;
}

/** Is the host a server name that many have? An empty one is any, and one that begins with a dot is a wildcard. Egress semantics §5. */
export function isWideServerName(host: string): boolean {
  const key = serverNameKey(host);
  return key === '' || (key.startsWith('.') && canResolve(key.slice(1)));
}

/** The hosts of a policy with that oddity, where a port of it looks at hosts at all. */
export function oddHosts(policy: Egress, oddity: HostOddity): Found<{ readonly host: string }>[] {
  const { ports, hosts = [] } = policy.spec;
  if (!ports.some((port) => isHttp(port) || port.protocol.toLowerCase() === 'https')) return [];
  return hosts.flatMap((host, index) =>
    hostOddity(host) === oddity ? [{ data: { host }, at: [fieldRef(policy, 'spec', 'hosts', index)] }] : [],
  );
}

/** The same with the host that was meant, and the edit that writes it: takes the place of the odd one, or leaves it out where it is there already. */
export function repairedHosts(
  policy: Egress,
  oddity: HostOddity,
  repair: (host: string) => string,
): Found<{ readonly host: string; readonly meant: string }>[] {
  return oddHosts(policy, oddity).map((found) => {
    const [at] = found.at;
    const meant = repair(found.data.host);
    const { path } = at!;
    const isThere = policy.spec.hosts!.includes(meant);
    const edit = isThere ? ({ op: 'remove', path } as const) : ({ op: 'set', path, value: meant } as const);
    const isName = hostOddity(meant) === undefined;
    return { ...found, data: { ...found.data, meant }, ...(isName && { fix: [edit] }) };
  });
}
