import type { FieldRef } from '../resources/types.js';
import type { RouteRefusal } from './envoy/acceptance.js';
import { fieldsOfRouteRefusal } from './envoy/refusal-fields.js';
import type { CompiledRoute } from './envoy/route-match.js';
import type { RouteConfiguration, VirtualHost } from './envoy/types.js';
import type { VirtualHostMatcher } from './envoy/virtual-host.js';
import type { Run } from './run.js';
import type { Chance } from './verdict.js';

/** A port's routes in a proxy. */
export interface RouteTable {
  readonly configuration: RouteConfiguration;
  readonly refusals: readonly RouteRefusal[];
  /** `unpredictable`: routes of another port are refused in the same update. Egress semantics §4. */
  state: 'accepted' | 'refused' | 'unpredictable';
  /** Why one that is not refused may not take effect after all. */
  chance?: RouteChance | undefined;
  /** What the proxy had under this name: one of these, by chance where there are several; undefined: nothing. */
  readonly before: readonly (RouteTable | undefined)[];
  readonly virtualHost: VirtualHostMatcher;
  readonly routes: Map<VirtualHost, readonly CompiledRoute[]>;
}

interface RouteChance {
  readonly cause: Chance;
  readonly at: readonly FieldRef[];
}

const NOTHING_BEFORE: readonly undefined[] = [undefined];

/** What is in place after a proxy was sent a table. */
export function inPlace(table: RouteTable | undefined): readonly (RouteTable | undefined)[] {
  if (!table) return NOTHING_BEFORE;
  if (table.state === 'refused') return table.before;
  return table.chance ? [table, ...table.before] : [table];
}

/** Goes on with the table that was sent, with one of before, or with none. */
export function followOneInPlace(run: Run, table: RouteTable, choose: (table: RouteTable) => void): void {
  const { chance, refusals } = table;
  if (table.state === 'refused') return followOneBefore(run, table, choose, fieldsOfRouteRefusal(refusals[0]!));
  if (!chance) return choose(table);
  run.supposing({ kind: 'by-chance', cause: chance.cause }, () => {
    choose(table);
    followOneBefore(run, table, choose, chance.at);
  });
}

/** A table that is refused leaves what was there; without any, Envoy answers 404. */
function followOneBefore(
  run: Run,
  { before }: RouteTable,
  choose: (table: RouteTable) => void,
  refusedFor: readonly FieldRef[],
): void {
  const [newest] = before;
  for (const one of before) {
    const follow = () => (one ? choose(one) : run.end('http', null, refusedFor, 404));
    if (before.length === 1) follow();
    else run.supposing({ kind: 'by-chance', cause: newest!.chance!.cause }, follow);
  }
}
