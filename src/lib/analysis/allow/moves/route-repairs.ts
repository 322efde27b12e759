import type { Egress, FieldRef, HTTPRouteGroup } from '../../../resources/types.js';
import type { RouteRefusal } from '../../../simulator/envoy/acceptance.js';
import { simulate } from '../../../simulator/simulation.js';
import type { Source } from '../../../simulator/world.js';
import type { Draft } from '../draft.js';
import { refusedRoutes, type Situation } from '../situation.js';
import { withoutSource } from './listener-repairs.js';
import { isSource, withoutItem } from './policy-edits.js';

export interface RouteStrategy {
  /** Which of two policies gives way. */
  readonly gives: 'earlier' | 'later';
  /** What it gives up: the host that both have, its port, or its hold on the source. */
  readonly up: 'item' | 'port' | 'source';
}

const MAX_REFUSALS = 60;

/** Ways to make Envoy accept all routes. Egress semantics §4. */
export function repairRoutes({ simulation, draft, wish }: Situation): Draft[] {
  if (refusedRoutes(simulation) === 0) return [];
  const drafts: Draft[] = [];
  for (const gives of ['later', 'earlier'] as const) {
    for (const up of ['item', 'port', 'source'] as const) {
      const repaired = settleRoutes(draft, wish.source, { gives, up });
      if (repaired) drafts.push(repaired);
    }
  }
  return drafts;
}

/** Settles refusal after refusal until Envoy takes the routes; undefined when one cannot be settled. */
function settleRoutes(draft: Draft, source: Source, strategy: RouteStrategy): Draft | undefined {
  let current = draft;
  for (let settled = 0; settled < MAX_REFUSALS; settled++) {
    const { program, routeRefusals } = simulate(current.world, source);
    const [found] = [...routeRefusals].flatMap(([name, refusals]) => refusals.map((refusal) => ({ name, refusal })));
    if (!found) return current;
    const port = program.routeConfigurations.get(found.name)?.port;
    const next = settle(current, source, port, found.refusal, strategy);
    if (!next) return undefined;
    current = next.because('repair-routes');
  }
  return undefined;
}

function settle(
  draft: Draft,
  source: Source,
  port: number | undefined,
  refusal: RouteRefusal,
  strategy: RouteStrategy,
): Draft | undefined {
  // who may come in is not to be changed for what may go out
  if (refusal.leads === 'in') return undefined;
  if (refusal.code !== 'duplicate-domain') {
    const host = policyHost(refusal.at);
    return host ? giveUp(draft, source, port, host, strategy) : dropMatch(draft, refusal.at);
  }
  const first = policyHost(refusal.first.source);
  const second = policyHost(refusal.second.source)!;
  // services have tables of their own, and do not give way
  if (!first) return undefined;
  if (first.policy === second.policy) return settleWithinPolicy(draft, source, port, first, second.index);
  return giveUp(draft, source, port, strategy.gives === 'later' ? second : first, strategy);
}

/** What a regular expression or a header was meant to say is not known; it never took effect in a fresh proxy. */
function dropMatch(draft: Draft, { object, path }: FieldRef): Draft | undefined {
  if (object.kind !== 'HTTPRouteGroup') return undefined;
  const group = object as HTTPRouteGroup;
  const matches = group.spec.matches.filter((_, at) => at !== path[2]);
  return draft.replace(group, { ...group, spec: { matches } }).because('repair-routes', { takenAway: 1 });
}

interface PolicyHost {
  readonly policy: Egress;
  /** In `spec.hosts`. */
  readonly index: number;
}

function policyHost({ object, path }: FieldRef): PolicyHost | undefined {
  return object.kind === 'Egress' ? { policy: object as Egress, index: path[2] as number } : undefined;
}

/** One policy that programs a host twice: by its hosts, or by a source or a port that it lists twice. */
function settleWithinPolicy(
  draft: Draft,
  source: Source,
  port: number | undefined,
  { policy, index }: PolicyHost,
  otherIndex: number,
): Draft | undefined {
  if (index !== otherIndex) {
    const repeated = policy.spec.hosts![index]!.endsWith(`:${port}`) ? index : otherIndex;
    return draft.replace(
      policy,
      withoutItem(policy, 'hosts', (_, at) => at === repeated),
    );
  }
  let sources = 0;
  const once = withoutItem(policy, 'sources', (entry) => isSource(entry, source) && sources++ > 0);
  if (once !== policy) return draft.replace(policy, once);
  let ports = 0;
  const fewer = withoutItem(policy, 'ports', (entry) => isHttpPort(entry, port) && ports++ > 0);
  return draft.replace(policy, fewer);
}

function isHttpPort({ number, protocol }: { number: number; protocol: string }, port: number | undefined): boolean {
  return number === port && protocol.toLowerCase() === 'http';
}

function giveUp(
  draft: Draft,
  source: Source,
  port: number | undefined,
  { policy, index }: PolicyHost,
  { up }: RouteStrategy,
): Draft | undefined {
  const given =
    up === 'source'
      ? withoutSource(policy, source)
      : up === 'item' && policy.spec.hosts!.length > 1
        ? withoutItem(policy, 'hosts', (_, at) => at === index)
        : withoutItem(policy, 'ports', (entry) => isHttpPort(entry, port));
  return draft.replace(policy, given).because('repair-routes', { takenAway: 1 });
}
