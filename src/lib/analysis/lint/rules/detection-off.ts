import type { Egress } from '../../../resources/types.js';
import { namespacedName, type World } from '../../../simulator/world.js';
import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Detection is off for a port number that any policy of the same source calls tcp-server-first. Egress semantics §3.1. */
export const detectionOff = policyRule({
  name: 'detection-off',
  code: 'OSM-E026',
  level: 'warning',
  makes: null,
  find: ({ policy, world }) => {
    const found = portsOf(policy, 'http', 'https');
    if (found.length === 0) return [];
    const tables = [
      serverFirstPorts([policy]),
      ...policy.spec.sources.map(({ namespace, name }) => portsOfSource(world, namespace, name)),
    ];
    return found.flatMap((one) => {
      const { number } = policy.spec.ports[one.port]!;
      const [by] = tables.flatMap((table) => table.get(number) ?? []);
      return by ? [{ ...one, data: { by } }] : [];
    });
  },
});

/** The first policy that calls a port tcp-server-first, by port. */
function serverFirstPorts(policies: readonly Egress[]): ReadonlyMap<number, Egress> {
  const table = new Map<number, Egress>();
  for (const policy of policies) {
    for (const { number, protocol } of policy.spec.ports) {
      if (protocol === 'tcp-server-first' && !table.has(number)) table.set(number, policy);
    }
  }
  return table;
}

const known = new WeakMap<World, Map<string, ReadonlyMap<number, Egress>>>();

/** The same for all policies of a source, looked up once. */
function portsOfSource(world: World, namespace: string, serviceAccount: string): ReadonlyMap<number, Egress> {
  let bySource = known.get(world);
  if (!bySource) known.set(world, (bySource = new Map()));
  const key = namespacedName(namespace, serviceAccount);
  let table = bySource.get(key);
  if (!table) {
    table = serverFirstPorts(world.policiesNaming({ namespace, serviceAccount }).map(({ policy }) => policy));
    bySource.set(key, table);
  }
  return table;
}
