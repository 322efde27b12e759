import type { Egress, EgressPort } from '../../resources/types.js';
import type { Notice, NoticeCode } from '../../simulator/control-plane/notices.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { isHttp } from '../lint/ports.js';
import type { PolicyState, PortSubject, Rule } from '../lint/rule.js';
import { findingsOfNotice } from '../lint/notices.js';
import { findingsOf, portRules, wholeRules, type AnyFinding } from '../lint/rules/index.js';
import { addressAsTlsHost } from '../lint/rules/address-as-tls-host.js';
import { hostNotAName } from '../lint/rules/host-not-a-name.js';
import { hostWithPort } from '../lint/rules/host-with-port.js';
import { hostWithScheme } from '../lint/rules/host-with-scheme.js';
import { wildcardOnHttp } from '../lint/rules/wildcard-on-http.js';
import { portsWiderThanWritten } from '../lint/wider.js';
import { isWideServerName } from '../lint/hosts.js';

/** What one source makes of a policy. */
export interface SourceInspection {
  /** By index in `spec.ports`. */
  readonly ports: readonly PolicyState[];
  readonly reasons: readonly AnyFinding[];
}

/** Follows a policy to the proxies of one of its sources. Egress semantics §3 and §4. */
export function inspectForSource(simulation: Simulation, policy: Egress): SourceInspection {
  const { ports } = policy.spec;
  for (const rule of wholeRules) {
    const reasons = findingsOf(rule, { policy, simulation });
    if (reasons.length > 0) return { ports: ports.map(() => 'ignored'), reasons };
  }
  const reasons: AnyFinding[] = (indexOf(simulation).notices.get(policy) ?? []).flatMap((notice) =>
    findingsOfNotice(notice, simulation.world),
  );
  const open = new Map(
    portsWiderThanWritten({ policy, world: simulation.world }).map((found) => [found.port, found] as const),
  );
  // the routes of a policy are those of all its http ports, its ranges those of all others
  const made = (name: NoticeCode) => reasons.find(({ rule }) => rule === name)?.makes;
  const whole = { http: made('host-without-routes'), others: made('cidr-fails-open') };
  const states = ports.map((port, index) => {
    const state = inspectPort(simulation, policy, index, reasons);
    if (state !== 'active') return state;
    const unbound = open.get(index);
    if (unbound) reasons.push(unbound);
    return (isHttp(port) ? whole.http : whole.others) ?? unbound?.makes ?? state;
  });
  return { ports: states, reasons };
}

function inspectPort(simulation: Simulation, policy: Egress, index: number, reasons: AnyFinding[]): PolicyState {
  const port = policy.spec.ports[index]!;
  const { chainsOfPorts, httpChains } = indexOf(simulation);
  const own = chainsOfPorts.get(policy)?.get(index);
  // Routes of `HTTP` are there too, and work where another policy brings the filter chain.
  const chain = own ?? (isHttp(port) ? httpChains.get(port.number) : undefined);
  if (!chain) return 'ignored';
  const chains = simulation.program.listener!.filterChains;
  for (const rule of portRules as readonly Rule<string, PortSubject, unknown>[]) {
    const findings = findingsOf(rule, { policy, simulation, index, chain, chains });
    reasons.push(...findings);
    if (findings[0]?.makes) return findings[0].makes;
  }
  const useless = uselessHosts(policy, simulation, port);
  if (useless.length > 0) {
    reasons.push(...useless);
    return 'lets nothing through';
  }
  return 'active';
}

/** What is wrong with the hosts of a port, where none of them is of use: no client asks for them, or Envoy cannot resolve them. */
function uselessHosts(policy: Egress, { world }: Simulation, port: EgressPort): AnyFinding[] {
  const { hosts = [] } = policy.spec;
  if (port.protocol.startsWith('tcp')) return [];
  const rules = isHttp(port) ? [...uselessHostRules, wildcardOnHttp] : [...uselessHostRules, addressAsTlsHost];
  const found = rules.flatMap((rule) => findingsOf(rule, { policy, world }));
  const at = new Set(found.map((finding) => finding.at[0]!.path[2]));
  const leads = isHttp(port) ? (host: string) => host === '' : isWideServerName;
  if (hosts.some((host, place) => !at.has(place) || leads(host))) return [];
  return found.map((finding) => ({ ...finding, makes: 'lets nothing through' }));
}

const uselessHostRules = [hostWithScheme, hostWithPort, hostNotAName] as const;

/** What a simulation has, by policy: a source may have thousands. */
interface Index {
  readonly notices: ReadonlyMap<unknown, readonly Notice[]>;
  /** By policy, then by index of the port: a chain that comes from it. */
  readonly chainsOfPorts: ReadonlyMap<unknown, ReadonlyMap<unknown, FilterChain>>;
  /** The egress chains for plain HTTP, by port number. */
  readonly httpChains: ReadonlyMap<number, FilterChain>;
}

const indices = new WeakMap<Simulation, Index>();

function indexOf(simulation: Simulation): Index {
  let index = indices.get(simulation);
  if (!index) indices.set(simulation, (index = createIndex(simulation)));
  return index;
}

function createIndex({ program }: Simulation): Index {
  const notices = new Map<unknown, Notice[]>();
  for (const notice of program.notices) {
    const known = notices.get(notice.policy);
    if (known) known.push(notice);
    else notices.set(notice.policy, [notice]);
  }
  const chainsOfPorts = new Map<unknown, Map<unknown, FilterChain>>();
  const httpChains = new Map<number, FilterChain>();
  for (const chain of program.listener?.filterChains ?? []) {
    const { match, target, origin, sources } = chain;
    if (origin === 'egress' && target.filter === 'http_connection_manager')
      httpChains.set(match.destinationPort, chain);
    for (const { object, path } of sources) {
      const known = chainsOfPorts.get(object);
      if (known) known.set(path[2], chain);
      else chainsOfPorts.set(object, new Map([[path[2], chain]]));
    }
  }
  return { notices, chainsOfPorts, httpChains };
}
