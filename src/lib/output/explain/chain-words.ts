import { matchesAnyAddress } from '../../simulator/envoy/filter-chain-match.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Explanation } from '../../simulator/explain.js';
import { isStandIn } from '../../simulator/stand-in-addresses.js';
import { listed } from '../../text/likeness.js';
import { shortened } from '../../text/shorten.js';

/** Why no filter chain takes a request, in a clause. */
export function missText({ target }: Explanation, takesAnyAddress: boolean): string {
  const { port } = target.dial;
  if (target.tls) {
    const sni = target.tls.sni ? `SNI ${target.tls.sni}` : 'TLS without SNI';
    return `no filter chain on port ${port} takes ${sni}`;
  }
  const what = target.scheme === 'tcp' ? 'raw TCP' : 'plain HTTP';
  const ranges = takesAnyAddress ? '' : ' to this address';
  return `no filter chain on port ${port} takes ${what}${ranges}`;
}

/** The chain that takes a request, and what becomes of it there. */
export function chainText(chain: FilterChain, scheme: string): string {
  const { match, target } = chain;
  if (target.filter === 'http_connection_manager') {
    const problem =
      scheme === 'https' || scheme === 'tls'
        ? ': it cannot read TLS'
        : scheme === 'tcp'
          ? ': it cannot read these bytes'
          : '';
    return `HTTP chain of ${portOf(match)}${problem}`;
  }
  return `${chainSummary(chain)}: passed to the address dialled`;
}

const portOf = ({ destinationPort }: FilterChain['match']): string =>
  destinationPort === 0 ? 'every other port' : `port ${destinationPort}`;

/** @param word the names that are most like it come first */
export function chainSummary({ match, target, origin }: FilterChain, word = ''): string {
  const parts = [
    origin === 'mesh' ? `a chain for a service of the mesh, ${portOf(match)}` : `a chain for ${portOf(match)}`,
  ];
  if (match.serverNames.length > 0) parts.push(`SNI ${listed(match.serverNames, word)}`);
  if (match.prefixRanges.length > 0) {
    parts.push(
      matchesAnyAddress(match) ? 'any address (no range parses)' : shortened(rangesText(match.prefixRanges), 60),
    );
  }
  if (target.filter === 'http_connection_manager' && origin !== 'mesh') parts.push('plain HTTP');
  return parts.join(', ');
}

function rangesText(ranges: readonly string[]): string {
  return ranges.every((range) => isStandIn(hostOf(range))) ? 'its ClusterIP, which is not given' : ranges.join(', ');
}

const hostOf = (range: string): string => range.split('/', 1)[0]!;
