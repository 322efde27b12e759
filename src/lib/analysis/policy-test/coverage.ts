/** Which parts of policies tests have seen decide. */
import type { Egress, FieldRef, HTTPRouteGroup, KubernetesObject } from '../../resources/types.js';
import { serverNameCovers, serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import type { Target } from '../../simulator/request/types.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import { fieldRef, namespacedName, type World } from '../../simulator/world.js';

export const coveredKinds = ['policy', 'port', 'host', 'route'] as const;
export type CoveredKind = (typeof coveredKinds)[number];

export interface CoverageItem {
  readonly kind: CoveredKind;
  readonly at: FieldRef;
  readonly covered: boolean;
}

/** By path in the object. */
type Parts = Map<string, { kind: CoveredKind; at: FieldRef; covered: boolean }>;

/**
 * Counts what decides. A policy is covered when any field of it took part in a decision; a port, host or route when it did
 * itself. Hosts without effect, those of policies with raw ports only, and routes that no policy refers to are not counted.
 */
export class CoverageTally {
  private readonly found = new Map<KubernetesObject, Parts>();

  constructor(world: World) {
    for (const policy of world.egresses) {
      this.expect('policy', fieldRef(policy));
      policy.spec.ports.forEach((_, index) => this.expect('port', fieldRef(policy, 'spec', 'ports', index)));
      if (policy.spec.ports.some(({ protocol }) => /^https?$/i.test(protocol)))
        policy.spec.hosts?.forEach((_, index) => this.expect('host', fieldRef(policy, 'spec', 'hosts', index)));
      for (const group of groupsOf(policy, world))
        group.spec.matches.forEach((_, index) => this.expect('route', fieldRef(group, 'spec', 'matches', index)));
    }
  }

  private expect(kind: CoveredKind, at: FieldRef): void {
    const parts: Parts = this.found.get(at.object) ?? (new Map() as Parts);
    this.found.set(at.object, parts);
    parts.set(at.path.join('.'), { kind, at, covered: false });
  }

  private cover(object: KubernetesObject, path: string): void {
    const item = this.found.get(object)?.get(path);
    if (item) item.covered = true;
  }

  add(target: Target, verdict: Verdict): void {
    for (const { decidedBy } of endingsOf(verdict)) for (const ref of decidedBy) this.addField(target, ref);
  }

  private addField(target: Target, { object, path }: FieldRef): void {
    this.cover(object, '');
    this.cover(object, path.join('.'));
    if (object.kind !== 'Egress') return;
    const policy = object as Egress;
    if (path[1] === 'hosts') {
      // a virtual host is reached through the http port that was dialled
      policy.spec.ports.forEach(({ number, protocol }, index) => {
        if (number === target.dial.port && protocol === 'http') this.cover(policy, `spec.ports.${index}`);
      });
    } else if (path[1] === 'ports' && policy.spec.ports[Number(path[2])]!.protocol === 'https') {
      this.cover(policy, `spec.hosts.${hostOf(policy, target.tls?.sni ?? '')}`);
    }
  }

  get items(): CoverageItem[] {
    return [...this.found.values()].flatMap((parts) => [...parts.values()]);
  }
}

function groupsOf({ metadata, spec }: Egress, world: World): HTTPRouteGroup[] {
  return (spec.matches ?? []).flatMap(({ kind, name }) => {
    const group = kind === 'HTTPRouteGroup' && world.routeGroups.get(namespacedName(metadata.namespace, name));
    return group ? [group] : [];
  });
}

/** The host of a policy that a server name falls to, by its index: itself, or the longest wildcard. Egress semantics §5. */
function hostOf({ spec: { hosts = [] } }: Egress, serverName: string): number {
  const fitting = hosts.filter((host) => serverNameCovers(host, serverName));
  const [longest] = fitting.sort((a, b) => serverNameKey(b).length - serverNameKey(a).length);
  return hosts.findIndex((host) => host === longest);
}

/** Covered parts of all, in percent; nothing to cover is all covered. */
export function percentOf(items: readonly CoverageItem[]): number {
  return items.length === 0 ? 100 : (100 * items.filter(({ covered }) => covered).length) / items.length;
}
