import type { Egress, FieldRef, KubernetesObject } from '../../resources/types.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { parseCidr } from '../../text/ip.js';
import { fieldRef, namespacedName, type World } from '../../simulator/world.js';
import { serverFirstPorts } from '../../resources/protocols.js';

/** Something about a policy that works otherwise than it seems. Egress semantics §3–§5. */
export type Trap =
  /** Ranges do not restrict http. */
  | { readonly code: 'ranges-on-http'; readonly at: FieldRef; readonly port: number }
  /** Hosts do not restrict tcp. */
  | { readonly code: 'hosts-on-tcp'; readonly at: FieldRef; readonly port: number; readonly open: boolean }
  | { readonly code: 'https-without-hosts'; readonly at: FieldRef; readonly port: number; readonly open: boolean }
  | { readonly code: 'tcp-to-anywhere'; readonly at: FieldRef; readonly port: number }
  | { readonly code: 'range-zero'; readonly at: FieldRef }
  | { readonly code: 'likely-server-first'; readonly at: FieldRef; readonly port: number; readonly service: string }
  /** tcp-server-first switches off what http and https on the same port need. */
  | { readonly code: 'detection-off'; readonly at: FieldRef; readonly port: number; readonly by: KubernetesObject }
  | { readonly code: 'address-as-tls-host'; readonly at: FieldRef; readonly host: string }
  | {
      readonly code: 'unlikely-protocol';
      readonly at: FieldRef;
      readonly port: number;
      readonly likely: 'http' | 'https';
    }
  | { readonly code: 'routes-without-http'; readonly at: FieldRef }
  /** Mesh-wide egress is on: everything but plain HTTP on these ports leaves anyway. */
  | { readonly code: 'mesh-wide-egress'; readonly at: FieldRef; readonly httpPorts: readonly number[] }
  | { readonly code: 'port-excluded'; readonly at: FieldRef; readonly port: number }
  | {
      readonly code: 'unknown-source';
      readonly at: FieldRef;
      readonly namespace: string;
      readonly serviceAccount: string;
    };

/**
 * The traps of a policy that its own text and the mesh's settings show.
 * @param serviceAccounts known ones as `namespace/name`; undefined: not known, so that no source is doubted
 */
export function trapsOf(policy: Egress, world: World, serviceAccounts?: ReadonlySet<string>): Trap[] {
  return [
    ...trapsOfPorts(policy),
    ...trapsOfLists(policy),
    ...trapsOfMesh(policy, world),
    ...unknownSources(policy, serviceAccounts),
  ];
}

function trapsOfPorts(policy: Egress): Trap[] {
  const { ports, hosts = [], ipAddresses = [] } = policy.spec;
  return ports.flatMap(({ number: port, protocol }, index): Trap[] => {
    const at = fieldRef(policy, 'spec', 'ports', index);
    switch (protocol) {
      case 'http':
        return [
          ...(ipAddresses.length > 0 ? [{ code: 'ranges-on-http', at, port } as const] : []),
          ...(port === 443 ? [{ code: 'unlikely-protocol', at, port, likely: 'https' } as const] : []),
        ];
      case 'https': {
        const open = ipAddresses.length === 0;
        return [
          ...(hosts.length === 0 ? [{ code: 'https-without-hosts', at, port, open } as const] : []),
          ...(port === 80 ? [{ code: 'unlikely-protocol', at, port, likely: 'http' } as const] : []),
        ];
      }
      case 'tcp':
      case 'tcp-server-first': {
        const service = protocol === 'tcp' ? serverFirstPorts.get(port) : undefined;
        const open = ipAddresses.length === 0;
        return [
          ...(hosts.length > 0 ? [{ code: 'hosts-on-tcp', at, port, open } as const] : []),
          ...(hosts.length === 0 && open ? [{ code: 'tcp-to-anywhere', at, port } as const] : []),
          ...(service === undefined ? [] : [{ code: 'likely-server-first', at, port, service } as const]),
        ];
      }
      default:
        return [];
    }
  });
}

function trapsOfLists(policy: Egress): Trap[] {
  const { ports, hosts = [], ipAddresses = [], matches = [] } = policy.spec;
  const speaks = (protocol: string): boolean => ports.some((port) => port.protocol === protocol);
  const traps: Trap[] = [];
  ipAddresses.forEach((range, index) => {
    if (parseCidr(range)?.prefixLength === 0)
      traps.push({ code: 'range-zero', at: fieldRef(policy, 'spec', 'ipAddresses', index) });
  });
  hosts.forEach((host, index) => {
    if (!speaks('https') || parseAddressLiteral(host) === undefined) return;
    traps.push({ code: 'address-as-tls-host', at: fieldRef(policy, 'spec', 'hosts', index), host });
  });
  const route = matches.findIndex(({ kind }) => kind === 'HTTPRouteGroup');
  if (route >= 0 && !speaks('http'))
    traps.push({ code: 'routes-without-http', at: fieldRef(policy, 'spec', 'matches', route) });
  return traps;
}

function trapsOfMesh(policy: Egress, world: World): Trap[] {
  const { ports } = policy.spec;
  const { meshConfig } = world;
  const traps: Trap[] = detectionTraps(policy, world);
  if (meshConfig && world.meshWideEgress) {
    const httpPorts = ports.filter(({ protocol }) => protocol === 'http').map(({ number }) => number);
    traps.push({ code: 'mesh-wide-egress', at: fieldRef(meshConfig, 'spec', 'traffic', 'enableEgress'), httpPorts });
  }
  const excluded = meshConfig?.spec?.traffic?.outboundPortExclusionList ?? [];
  for (const { number: port } of ports) {
    const index = excluded.indexOf(port);
    if (index < 0) continue;
    traps.push({
      code: 'port-excluded',
      at: fieldRef(meshConfig!, 'spec', 'traffic', 'outboundPortExclusionList', index),
      port,
    });
  }
  return traps;
}

/** Detection is off for a port number that any policy of the same source calls tcp-server-first. Egress semantics §3.1. */
function detectionTraps(policy: Egress, world: World): Trap[] {
  const traps = new Map<number, Trap>();
  const others = policy.spec.sources.flatMap(({ namespace, name }) =>
    world.policiesNaming({ namespace, serviceAccount: name }).map((naming) => naming.policy),
  );
  policy.spec.ports.forEach(({ number: port, protocol }, index) => {
    if (protocol !== 'http' && protocol !== 'https') return;
    const by = [policy, ...others].find(({ spec }) =>
      spec.ports.some((other) => other.number === port && other.protocol === 'tcp-server-first'),
    );
    if (by) traps.set(port, { code: 'detection-off', at: fieldRef(policy, 'spec', 'ports', index), port, by });
  });
  return [...traps.values()];
}

function unknownSources(policy: Egress, serviceAccounts: ReadonlySet<string> | undefined): Trap[] {
  if (!serviceAccounts) return [];
  return policy.spec.sources.flatMap(({ namespace, name }, index): Trap[] =>
    serviceAccounts.has(namespacedName(namespace, name))
      ? []
      : [
          {
            code: 'unknown-source',
            at: fieldRef(policy, 'spec', 'sources', index),
            namespace,
            serviceAccount: name,
          },
        ],
  );
}
