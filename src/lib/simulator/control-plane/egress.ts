import { isEgressProtocol } from '../../resources/protocols.js';
import type { Egress, EgressPort, FieldRef } from '../../resources/types.js';
import { parsePrefixRange } from '../address.js';
import {
  UNLIMITED,
  type Cluster,
  type ClusterLimits,
  type FilterChain,
  type FilterChainMatch,
  type FilterChainTarget,
  type VirtualHost,
} from '../envoy/types.js';
import { chainMatch, matchesAnyAddress } from '../envoy/filter-chain-match.js';
import type { Source, World } from '../world.js';
import { fieldRef } from '../world.js';
import { httpTarget } from './http-chain.js';
import type { Notice } from './notices.js';
import { virtualHostsOf } from './routes.js';
import { upstreamSettingsOf } from './upstream-settings.js';

const HTTP_APPLICATION_PROTOCOLS: readonly string[] = ['http/1.0', 'http/1.1', 'h2c'];

export interface EgressConfiguration {
  readonly filterChains: readonly FilterChain[];
  /** By port. */
  readonly virtualHosts: ReadonlyMap<number, readonly VirtualHost[]>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly serverFirstPorts: ReadonlyMap<number, FieldRef>;
  readonly notices: readonly Notice[];
  /** Policies that the control plane applies to the source, in input order. */
  readonly applied: readonly Egress[];
}

/** What the Egress policies of a source program. Egress semantics §3.2 and §3.3. */
export function egressConfigurationOf(world: World, source: Source): EgressConfiguration {
  const chains = new Map<string, ChainDraft>();
  const virtualHosts = new Map<number, VirtualHost[]>();
  const clusters = new Map<string, Cluster>();
  const serverFirstPorts = new Map<number, FieldRef>();
  const notices: Notice[] = [];
  const applied = new Set<Egress>();
  const settings = upstreamSettingsOf(world);

  const addChain = (name: string, match: FilterChainMatch, target: FilterChainTarget, at: FieldRef, key: string) => {
    const existing = chains.get(key);
    if (existing) merge(existing, match, at);
    else chains.set(key, { name, origin: 'egress', match, target, sources: [at] });
  };

  /** A cluster of several policies keeps the settings of one of them. */
  const addCluster = (cluster: Cluster, limits: ClusterLimits | null) => {
    const known = clusters.get(cluster.name);
    if (!known) clusters.set(cluster.name, cluster);
    else if (!known.limits.some((other) => other?.source.object === limits?.source.object)) {
      clusters.set(cluster.name, { ...known, limits: [...known.limits, limits] });
    }
  };

  const addPort = (policy: Egress, port: EgressPort, at: FieldRef, limits: ClusterLimits | null) => {
    const { number, protocol } = port;
    const lowerCased = protocol.toLowerCase();
    const ownLimits = limits === null ? UNLIMITED : [limits];
    if (!isEgressProtocol(lowerCased)) notices.push({ code: 'protocol-unknown', at, policy });
    else if (lowerCased !== protocol) notices.push({ code: 'protocol-not-lower-case', at, policy });

    // routes and clusters are programmed whatever the capitals, filter chains only for the exact word
    if (lowerCased === 'http') {
      const hosts = virtualHostsOf(world, policy, number, notices);
      const known = virtualHosts.get(number);
      if (known) known.push(...hosts);
      else virtualHosts.set(number, hosts);
      for (const host of policy.spec.hosts ?? []) {
        const name = `${host}:${number}`;
        const cluster: Cluster =
          host === ''
            ? { kind: 'original-destination', name, limits: ownLimits }
            : { kind: 'dns', name, host, port: number, limits: ownLimits };
        addCluster(cluster, limits);
      }
    } else if (isEgressProtocol(lowerCased)) {
      addCluster({ kind: 'original-destination', name: String(number), limits: ownLimits }, limits);
    }
    if (protocol === 'http') {
      const match = chainMatch(number, [], [], HTTP_APPLICATION_PROTOCOLS);
      addChain(
        `egress-http.${number}`,
        match,
        httpTarget(world, egressRouteConfigName(number), at),
        at,
        `http ${number}`,
      );
    } else if (protocol === 'https' || protocol === 'tcp' || protocol === 'tcp-server-first') {
      const ranges = policy.spec.ipAddresses ?? [];
      const hosts = protocol === 'https' ? (policy.spec.hosts ?? []) : [];
      const choices = [{ clusters: [{ name: String(number), weight: 100 }], source: at }];
      const match = chainMatch(number, ranges, hosts, []);
      noticeRanges(policy, match, notices);
      const key = `${protocol} ${number} ${setKey(hosts)} ${setKey(ranges)}`;
      addChain(`egress-${protocol}.${number}`, match, { filter: 'tcp_proxy', clusters: choices }, at, key);
      if (protocol === 'tcp-server-first') serverFirstPorts.set(number, at);
    }
  };

  for (const { policy, sourceIndex } of world.policiesNaming(source)) {
    if (!world.isMonitored(policy.metadata.namespace ?? 'default')) {
      notices.push({ code: 'policy-namespace-unmonitored', at: fieldRef(policy, 'metadata', 'namespace'), policy });
      continue;
    }
    const setting = settings.ofPolicy(policy);
    if ('missing' in setting) {
      notices.push({ code: 'upstream-traffic-setting-missing', at: setting.missing, policy });
      continue;
    }
    if (applied.has(policy)) {
      notices.push({ code: 'source-listed-twice', at: fieldRef(policy, 'spec', 'sources', sourceIndex), policy });
    }
    applied.add(policy);
    policy.spec.ports.forEach((port, index) =>
      addPort(policy, port, fieldRef(policy, 'spec', 'ports', index), setting.limits),
    );
  }

  return {
    filterChains: [...chains.values()],
    virtualHosts,
    clusters,
    serverFirstPorts,
    notices,
    applied: [...applied],
  };
}

type ChainDraft = { -readonly [Field in keyof FilterChain]: FilterChain[Field] } & { sources: FieldRef[] };

/** Equal as sets: one of the two is kept. It matters which when only one of them repeats an entry. */
function merge(existing: ChainDraft, match: FilterChainMatch, at: FieldRef): void {
  const [repeatsAlready, repeats] = [hasRepeats(existing.match), hasRepeats(match)];
  if (repeatsAlready && !repeats) {
    existing.repeatingTwin = existing.sources[0];
    existing.match = match;
    existing.sources.unshift(at);
    return;
  }
  if (repeats && !repeatsAlready) existing.repeatingTwin ??= at;
  existing.sources.push(at);
}

function hasRepeats({ serverNames, prefixRanges }: FilterChainMatch): boolean {
  if (serverNames.length < 2 && prefixRanges.length < 2) return false;
  const parsed = prefixRanges.filter((range) => parsePrefixRange(range) !== undefined);
  return new Set(serverNames).size < serverNames.length || new Set(parsed).size < parsed.length;
}

export function egressRouteConfigName(port: number): string {
  return `rds-egress.${port}`;
}

function noticeRanges(policy: Egress, match: FilterChainMatch, notices: Notice[]): void {
  if (match.networks.length === match.prefixRanges.length) return;
  const code = matchesAnyAddress(match) ? 'cidr-fails-open' : 'cidr-skipped';
  match.prefixRanges.forEach((range, index) => {
    if (parsePrefixRange(range)) return;
    notices.push({ code, at: fieldRef(policy, 'spec', 'ipAddresses', index), policy });
  });
}

/** Lists are compared by a hash that adds up their entries, in which an entry that is there twice cancels itself out. */
function setKey(texts: readonly string[]): string {
  if (texts.length < 2) return JSON.stringify(texts);
  const odd = new Set<string>();
  for (const text of texts) if (!odd.delete(text)) odd.add(text);
  return JSON.stringify([...odd].sort());
}
