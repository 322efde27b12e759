import { UsageError } from '../../errors.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { formatNetwork, parseCidr, parseIpv4 } from '../../text/ip.js';
import { quoted } from '../../text/shorten.js';

/**
 * Reads an IPv4 range. Stricter than the API server, which lets pass what the control plane then skips, so that the policy is
 * open to every address (egress semantics §1, §3.2).
 * @throws UsageError naming what to write instead
 */
export function parseRange(written: string): string {
  const fail = (why: string, hint: string): UsageError => new UsageError(`${quoted(written)} ${why}`, hint);
  const [address = '', prefix] = written.split('/');
  const family = parseAddressLiteral(address)?.family;
  if (family === 6) throw fail('is IPv6', 'OSM leaves IPv6 alone: nothing has to be allowed for it');
  if (family === 4 && prefix === undefined)
    throw fail('has no prefix length', `for this one address write ${written}/32`);
  const network = parseCidr(written);
  if (!network) {
    if (family === 4) throw fail('has a prefix length that is not 0 to 32', `write for example ${address}/32`);
    throw fail(
      'is not an IPv4 range',
      'write four numbers up to 255 and a prefix length up to 32, such as 192.0.2.0/24',
    );
  }
  if (network.base !== parseIpv4(address)) {
    throw fail(
      'names an address inside a range',
      `write ${formatNetwork(network)} for the range, or ${address}/32 for the one address`,
    );
  }
  return formatNetwork(network);
}
