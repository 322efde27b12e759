import type { Egress, EgressPort, FieldRef } from '../../resources/types.js';
import { egressRouteConfigName } from '../../simulator/control-plane/egress.js';
import type { Notice } from '../../simulator/control-plane/notices.js';
import { createInterceptor } from '../../simulator/interception.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from '../../simulator/data-plane.js';
import { matchesAnyAddress } from '../../simulator/envoy/filter-chain-match.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { stoppingLimits } from '../../simulator/upstream.js';
import { fieldRef } from '../../simulator/world.js';
import { joinStates, type PolicyState, type Reason } from './report.js';

/** What one source makes of a policy. */
export interface SourceInspection {
  readonly state: PolicyState;
  /** By index in `spec.ports`. */
  readonly ports: readonly PolicyState[];
  readonly reasons: readonly Reason[];
}

/** Follows a policy to the proxies of one of its sources. Egress semantics §3 and §4. */
export function inspectForSource(simulation: Simulation, policy: Egress): SourceInspection {
  const { ports } = policy.spec;
  const standing = reasonForTheWhole(simulation, policy);
  if (standing) return { state: 'ignored', ports: ports.map(() => 'ignored'), reasons: [standing] };
  const notices = simulation.program.notices.filter((notice) => notice.policy === policy);
  const reasons: Reason[] = notices.flatMap((notice) => reasonOfNotice(notice));
  const states = ports.map((_, index) => inspectPort(simulation, policy, index, reasons));
  return { state: joinStates(states), ports: states, reasons };
}

function reasonForTheWhole({ world, source, program }: Simulation, policy: Egress): Reason | undefined {
  const ignored = (code: Reason['code'], at: readonly FieldRef[]): Reason => ({
    code,
    makes: 'ignored',
    at,
    port: null,
    sources: [],
  });
  if (!world.egressPolicyEnabled) {
    const at = world.meshConfig ? [fieldRef(world.meshConfig, 'spec', 'featureFlags', 'enableEgressPolicy')] : [];
    return ignored('egress-policy-off', at);
  }
  const { namespace = 'default' } = policy.metadata;
  if (!world.isMonitored(namespace)) {
    return ignored('namespace-unmonitored', [fieldRef(world.namespaces.get(namespace)!, 'metadata', 'labels')]);
  }
  const dropped = program.notices.find(
    (notice) => notice.policy === policy && notice.code === 'upstream-traffic-setting-missing',
  );
  if (dropped) return ignored('upstream-traffic-setting-missing', [dropped.at]);
  const { sidecar } = createInterceptor(world, source, undefined);
  return sidecar.injected ? undefined : ignored('source-without-sidecar', sidecar.at ? [sidecar.at] : []);
}

function reasonOfNotice({ code, at }: Notice): Reason[] {
  const index = at.path[1] === 'ports' ? Number(at.path[2]) : null;
  switch (code) {
    case 'protocol-not-lower-case':
    case 'protocol-unknown':
      return [{ code, makes: 'ignored', at: [at], port: index, sources: [] }];
    case 'source-listed-twice':
    case 'route-group-missing':
    case 'host-without-routes':
    case 'cidr-skipped':
    case 'cidr-fails-open':
      return [{ code, makes: null, at: [at], port: index, sources: [] }];
    case 'policy-namespace-unmonitored':
    case 'upstream-traffic-setting-missing':
      return [];
  }
}

function inspectPort(simulation: Simulation, policy: Egress, index: number, reasons: Reason[]): PolicyState {
  const { program, listenerRefusals, listenerChances, routeRefusals, clusterRefusals } = simulation;
  const port = policy.spec.ports[index]!;
  const chains = program.listener?.filterChains ?? [];
  const isHttp = port.protocol.toLowerCase() === 'http';
  const own = chains.find(({ sources }) => sources.some((ref) => isPort(ref, policy, index)));
  // Routes of `HTTP` are there too, and work where another policy brings the filter chain.
  const used = own ?? (isHttp ? chains.find((chain) => isHttpChain(chain, port.number)) : undefined);
  if (!used) return 'ignored';
  const add = (
    code: Reason['code'],
    makes: Reason['makes'],
    at: readonly FieldRef[],
    refusal?: Reason['refusal'],
  ): void => {
    reasons.push({ code, makes, at, port: index, sources: [], ...(refusal && { refusal }) });
  };

  if (listenerRefusals.length > 0) {
    const refusal = listenerRefusals.find((one) =>
      fieldsOfListenerRefusal(one).some(({ object }) => object === policy),
    );
    const told = refusal ?? listenerRefusals[0]!;
    reasons.push(wholeListener('listener-refused', fieldsOfListenerRefusal(told), told));
    return 'refused';
  }
  const [chance] = listenerChances;
  if (chance) {
    reasons.push(wholeListener('listener-by-chance', [chance.at, ...chance.beside]));
    return 'refused';
  }
  const [refusedCluster] = clusterRefusals;
  if (refusedCluster) {
    const code = simulation.clustersState === 'refused' ? 'clusters-refused' : 'clusters-by-chance';
    reasons.push(wholeListener(code, [refusedCluster.at], refusedCluster));
    return 'refused';
  }
  const limit = limitOn(simulation, policy, port);
  if (limit) {
    add(limit.certain ? 'setting-lets-nothing-through' : 'setting-by-chance', limit.certain ? 'refused' : null, [
      limit.at,
    ]);
    if (limit.certain) return 'refused';
  }
  if (!isHttp) {
    if (isChosenByChance(used, chains)) add('range-by-chance', null, [fieldRef(policy, 'spec', 'ports', index)]);
    return 'active';
  }
  const refusals = routeRefusals.get(egressRouteConfigName(port.number)) ?? [];
  if (refusals.length > 0) {
    const refusal =
      refusals.find((one) => fieldsOfRouteRefusal(one).some(({ object }) => object === policy)) ?? refusals[0]!;
    add('routes-refused', 'refused', fieldsOfRouteRefusal(refusal), refusal);
    return 'refused';
  }
  const [elsewhere] = [...routeRefusals.values()].flat();
  if (elsewhere) {
    add('routes-by-chance', 'refused', fieldsOfRouteRefusal(elsewhere), elsewhere);
    return 'refused';
  }
  if ((policy.spec.hosts ?? []).length === 0)
    add('http-without-hosts', null, [fieldRef(policy, 'spec', 'ports', index)]);
  return 'active';
}

/** A setting that stops everything that the port lets through, or may do so. */
function limitOn(
  { program }: Simulation,
  policy: Egress,
  { number, protocol }: EgressPort,
): { readonly at: FieldRef; readonly certain: boolean } | undefined {
  const isHttp = protocol.toLowerCase() === 'http';
  const names = isHttp ? (policy.spec.hosts ?? []).map((host) => `${host}:${number}`) : [String(number)];
  for (const name of names) {
    const stopping = stoppingLimits(program.clusters.get(name), isHttp ? 'http_connection_manager' : 'tcp_proxy');
    if (stopping.length > 0) {
      return { at: stopping[0]!.source, certain: stopping.length === program.clusters.get(name)!.limits.length };
    }
  }
  return undefined;
}

function wholeListener(code: Reason['code'], at: readonly FieldRef[], refusal?: Reason['refusal']): Reason {
  return { code, makes: 'refused', at, port: null, sources: [], ...(refusal && { refusal }) };
}

function isPort({ object, path }: FieldRef, policy: Egress, index: number): boolean {
  return object === policy && path[1] === 'ports' && path[2] === index;
}

function isHttpChain({ match, target, origin }: FilterChain, port: number): boolean {
  return origin === 'egress' && match.destinationPort === port && target.filter === 'http_connection_manager';
}

/** `0.0.0.0/0` beside chains without ranges: a proxy uses one sort. Egress semantics §5. */
function isChosenByChance(chain: FilterChain, all: readonly FilterChain[]): boolean {
  const sort = zeroRange(chain);
  if (sort === null) return false;
  return all.some((other) => other.match.destinationPort === chain.match.destinationPort && zeroRange(other) === !sort);
}

/** True: for 0.0.0.0/0; false: without ranges; null: for other ranges only. */
function zeroRange({ match }: FilterChain): boolean | null {
  if (matchesAnyAddress(match)) return false;
  return match.networks.some(({ prefixLength }) => prefixLength === 0) ? true : null;
}
