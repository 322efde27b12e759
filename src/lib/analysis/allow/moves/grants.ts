import type { Egress } from '../../../resources/types.js';
import { serverNameCovers } from '../../../simulator/envoy/filter-chain-match.js';
import type { Draft } from '../draft.js';
import { policyHostFor, protocolChoices, type ProtocolChoice } from '../protocols.js';
import { networkAround, policiesOfSource, rangeOf, type Situation } from '../situation.js';
import { coversAddress, hasHost, hasPort, rangesOf, withHost, withPort, withRanges } from './policy-edits.js';

/** Policies of a source that are extended on trial; more of them would only be more of the same. */
const MAX_POLICIES = 40;

/** Every way in which one more entry in a policy of the source could let the target through. */
export function extendPolicies(situation: Situation): Draft[] {
  const { draft } = situation;
  const drafts: Draft[] = [];
  for (const policy of likeliest(policiesOfSource(situation), situation)) {
    for (const choice of protocolChoices(situation.wish.target)) {
      for (const extended of extensionsOf(policy, choice, situation)) {
        drafts.push(draft.replace(policy, extended).because('extend-policy', choice));
      }
    }
  }
  return drafts;
}

/** Policies that name the host or the port, those with the fewest ports and sources first. */
function likeliest(policies: readonly Egress[], { wish: { target } }: Situation): readonly Egress[] {
  if (policies.length <= MAX_POLICIES) return policies;
  const host = policyHostFor(target) ?? target.host;
  const rank = (policy: Egress) => {
    const { ports, sources } = policy.spec;
    const opensPort = ports.some(({ number }) => number === target.dial.port);
    if (!opensPort && !hasHost(policy, host)) return Infinity;
    return (hasHost(policy, host) ? 0 : 1000) + ports.length + sources.length;
  };
  return policies
    .map((policy) => ({ policy, rank: rank(policy) }))
    .filter((entry) => entry.rank < Infinity)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MAX_POLICIES)
    .map(({ policy }) => policy);
}

function extensionsOf(policy: Egress, choice: ProtocolChoice, situation: Situation): Egress[] {
  switch (choice.protocol) {
    case 'http':
      return httpExtensions(policy, situation);
    case 'https':
      return httpsExtensions(policy, situation);
    case 'tcp':
    case 'tcp-server-first':
      return tcpExtensions(policy, choice, situation);
  }
}

function httpExtensions(policy: Egress, { wish: { target } }: Situation): Egress[] {
  const host = policyHostFor(target)!;
  const number = target.dial.port;
  const [opensPort, namesHost] = [hasPort(policy, number, 'http'), hasHost(policy, host)];
  if (opensPort === namesHost) return [];
  return [opensPort ? withHost(policy, host) : withPort(policy, { number, protocol: 'http' })];
}

function httpsExtensions(policy: Egress, situation: Situation): Egress[] {
  const { wish, deniedAddresses } = situation;
  const serverName = policyHostFor(wish.target);
  const number = wish.target.dial.port;
  const hosts = policy.spec.hosts ?? [];
  const anyHost = hosts.length === 0;
  const namesHost = serverName !== undefined && hosts.some((host) => serverNameCovers(host, serverName));
  const covers = deniedAddresses.every((address) => coversAddress(policy, address));
  if (!hasPort(policy, number, 'https')) {
    const related = namesHost || (rangesOf(policy).networks.length > 0 && deniedAddresses.length > 0 && covers);
    return related ? [withPort(policy, { number, protocol: 'https' })] : [];
  }
  if (serverName === undefined && !anyHost) return [];
  const named = anyHost || namesHost ? policy : withHost(policy, serverName!);
  if (covers) return named === policy ? [] : [named];
  return rangeVariants(situation).map((ranges) => withRanges(named, ranges));
}

function tcpExtensions(policy: Egress, { protocol }: ProtocolChoice, situation: Situation): Egress[] {
  const { wish, deniedAddresses } = situation;
  const number = wish.target.dial.port;
  const covers = deniedAddresses.every((address) => coversAddress(policy, address));
  if (hasPort(policy, number, protocol)) {
    return covers ? [] : rangeVariants(situation).map((ranges) => withRanges(policy, ranges));
  }
  if (!covers) return [];
  const limited = rangesOf(policy).networks.length > 0 && deniedAddresses.length > 0;
  const related = limited || hasHost(policy, wish.target.host);
  return related ? [withPort(policy, { number, protocol })] : [];
}

/**
 * Ranges that hold the target's addresses: each by itself, or the network in which the port's chains already look, where
 * several chains can stand side by side (the sieve does not turn back, egress semantics §5). Empty: addresses not known.
 */
export function rangeVariants(situation: Situation): string[][] {
  const { deniedAddresses } = situation;
  if (deniedAddresses.length === 0) return [];
  const single = deniedAddresses.map((address) => `${address}/32`);
  const around = deniedAddresses.map((address) => {
    const network = networkAround(situation, address);
    return network ? rangeOf(network) : `${address}/32`;
  });
  const variants = [single, [...new Set(around)]];
  return variants[0]!.join() === variants[1]!.join() ? [single] : variants;
}
