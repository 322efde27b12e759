import type { Simulation } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';

/**
 * The rules of docs/egress-semantics.md that leave a trace, by stage. What the recordings and the generators exercise is counted
 * by these codes.
 */
export const RULES: readonly string[] = [
  ...codes('resolution', 'literal resolver service not-found'),
  ...codes(
    'interception',
    'no-sidecar proxy-user ipv6 loopback excluded-interface excluded-range excluded-port not-in-included-range',
    'in-included-range everything-else',
  ),
  ...codes('pod', 'no-envoy not-valid too-many-ports port-too-large range-does-not-load interface-does-not-load'),
  ...codes(
    'notice',
    'policy-namespace-unmonitored upstream-traffic-setting-missing source-listed-twice protocol-not-lower-case',
    'protocol-unknown cidr-skipped cidr-fails-open route-group-missing host-without-routes',
  ),
  ...codes('listener', 'programmed absent duplicate-match server-name-wildcard zero-weight'),
  ...codes('detection', 'on off disabled waits'),
  ...codes('address', 'range zero any none ipv6-range'),
  ...codes('server-name', 'exact suffix any none'),
  ...codes('application-protocol', 'named any none'),
  ...codes('filter-chain', 'egress mesh default none'),
  ...codes('request', '400 403 404 426 431 501'),
  ...codes('routes', 'accepted unpredictable duplicate-domain regex empty-regex header-name domain no-weight'),
  ...codes('virtual-host', 'exact suffix prefix any none'),
  ...codes('route', 'matched method path header none'),
  ...codes('traffic-split', 'one several'),
  ...codes('clusters', 'refused unpredictable missing limit resolved unresolved loopback'),
  ...codes('mesh-service', 'some none not-given limit'),
  ...codes(
    'chance',
    'routes-refused-elsewhere zero-range-beside-no-range repeating-twin weighted-clusters several-splits',
    'upstream-settings-differ',
  ),
  ...codes('outcome', 'unresolved refused closed tls-error http reached mesh'),
];

function codes(stage: string, ...names: string[]): string[] {
  return names.flatMap((line) => line.split(' ')).map((name) => `${stage}:${name}`);
}

/** The rules that had a part in a verdict. */
export function rulesOf(simulation: Simulation, events: readonly TraceEvent[], verdict: Verdict): Set<string> {
  const rules = new Set<string>();
  for (const event of events) for (const rule of rulesOfEvent(event)) rules.add(rule);
  for (const { code } of simulation.program.notices) rules.add(`notice:${code}`);
  for (const obstacle of verdict.obstacles) if (obstacle.code === 'pod-refused') rules.add(`pod:${obstacle.why}`);
  for (const { when } of verdict.alternatives) {
    for (const condition of when) if (condition.kind === 'by-chance') rules.add(`chance:${condition.cause}`);
  }
  const chains = simulation.program.listener?.filterChains ?? [];
  if (chains.some(({ match }) => match.ipv6Networks.length > 0)) rules.add('address:ipv6-range');
  return rules;
}

function rulesOfEvent(event: TraceEvent): string[] {
  switch (event.stage) {
    case 'resolution':
      return [`resolution:${event.by}`];
    case 'interception':
      return [`interception:${event.interception.rule}`];
    case 'listener':
      return event.state === 'refused'
        ? event.refusals.map(({ code }) => `listener:${code}`)
        : [`listener:${event.state}`];
    case 'detection':
      return [`detection:${event.state}`, ...(event.delaySeconds > 0 ? ['detection:waits'] : [])];
    case 'sieve':
      return rulesOfSieve(event.step);
    case 'filter-chain':
      return [`filter-chain:${event.isDefault ? 'default' : (event.chain?.origin ?? 'none')}`];
    case 'request':
      return [`request:${event.status}`];
    case 'routes':
      return event.state === 'refused'
        ? event.refusals.map((refusal) => `routes:${refusal.code === 'undecodable' ? refusal.what : refusal.code}`)
        : [`routes:${event.state}`];
    case 'virtual-host':
      return [`virtual-host:${kindOfDomain(event.domain)}`];
    case 'route':
      return [`route:${event.route ? 'matched' : 'none'}`, ...event.mismatches.map(({ part }) => `route:${part}`)];
    case 'traffic-split':
      return [`traffic-split:${event.isOneOf > 1 ? 'several' : 'one'}`];
    case 'clusters':
      return [`clusters:${event.state}`];
    case 'cluster-missing':
      return ['clusters:missing'];
    case 'server-fails':
      return [];
    case 'cluster-limit':
      return ['clusters:limit'];
    case 'mesh-service':
      return [`mesh-service:${event.endpoints}`, ...(event.limit ? ['mesh-service:limit'] : [])];
    case 'cluster':
      if (event.addresses === 'not-found') return ['clusters:unresolved'];
      return [event.addresses[0] === '127.0.0.1' ? 'clusters:loopback' : 'clusters:resolved'];
    case 'direct-response':
    case 'no-endpoints':
    case 'upstream-closes':
      return [];
    case 'outcome':
      return [`outcome:${event.outcome.class}`];
  }
}

function rulesOfSieve({ level, entry }: Extract<TraceEvent, { stage: 'sieve' }>['step']): string[] {
  switch (level) {
    case 'port':
      return [];
    case 'address':
      if (entry === null) return ['address:none'];
      return entry.split(' or ').map((one) => {
        if (one === '0.0.0.0/0') return 'address:zero';
        return one.startsWith('/') ? 'address:range' : 'address:any';
      });
    case 'server-name':
      if (entry === null) return ['server-name:none'];
      if (entry === 'any server name') return ['server-name:any'];
      return [entry.startsWith('*') ? 'server-name:suffix' : 'server-name:exact'];
    case 'application-protocol':
      return [`application-protocol:${entry === null ? 'none' : entry === 'any protocol' ? 'any' : 'named'}`];
  }
}

function kindOfDomain(domain: string | undefined): string {
  if (domain === undefined) return 'none';
  if (domain === '*') return 'any';
  return domain.startsWith('*') ? 'suffix' : domain.endsWith('*') ? 'prefix' : 'exact';
}
