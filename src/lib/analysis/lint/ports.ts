import type { Egress, EgressPort, FieldRef } from '../../resources/types.js';
import type { EgressProtocol } from '../../resources/protocols.js';
import type { Program } from '../../simulator/control-plane/program.js';
import { stoppingLimits } from '../../simulator/upstream.js';
import { fieldRef } from '../../simulator/world.js';
import type { Found } from './rule.js';

/** The ports of a policy that have one of these protocols, exactly as it is written. */
export function portsOf(policy: Egress, ...protocols: EgressProtocol[]): (Found<object> & { readonly port: number })[] {
  return policy.spec.ports.flatMap(({ protocol }, port) =>
    (protocols as string[]).includes(protocol)
      ? [{ data: {}, at: [fieldRef(policy, 'spec', 'ports', port)], port }]
      : [],
  );
}

/** Has the port routes? They are programmed whatever the capitals. */
export function isHttp({ protocol }: EgressPort): boolean {
  return protocol.toLowerCase() === 'http';
}

/** Of refusals those that a policy has a part in; when it has none, or there is no policy, the first or all of them. */
export function ownOrFirst<Refusal>(
  refusals: readonly Refusal[],
  fieldsOf: (refusal: Refusal) => readonly FieldRef[],
  policy: Egress | undefined,
): readonly Refusal[] {
  if (!policy) return refusals;
  const own = refusals.filter((refusal) => fieldsOf(refusal).some(({ object }) => object === policy));
  return own.length > 0 ? own : refusals.slice(0, 1);
}

/** The limit of an UpstreamTrafficSetting that stops everything that a port lets through, or may do so. */
export function stoppingLimit(
  { clusters }: Pick<Program, 'clusters'>,
  { ports, hosts = [] }: Egress['spec'],
  index: number,
): { readonly at: FieldRef; readonly certain: boolean } | undefined {
  const port = ports[index]!;
  const names = isHttp(port) ? hosts.map((host) => `${host}:${port.number}`) : [String(port.number)];
  for (const name of names) {
    const cluster = clusters.get(name);
    const [first, ...others] = stoppingLimits(cluster, isHttp(port) ? 'http_connection_manager' : 'tcp_proxy');
    if (first && cluster) return { at: first.source, certain: others.length + 1 === cluster.limits.length };
  }
  return undefined;
}
