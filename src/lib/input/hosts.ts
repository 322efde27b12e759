import { InputError } from '../errors.js';
import { parseAddressLiteral } from '../simulator/address.js';

/** Addresses by lower-case name, in the order of the file. */
export type HostsTable = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the hosts(5) format: an address, then its names, `#` begins a comment.
 * @throws InputError with the line of an entry without address or name
 */
export function parseHosts(text: string, file: string): HostsTable {
  const table = new Map<string, string[]>();
  text.split(/\r?\n/).forEach((line, index) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!address) return;
    const location = { file, line: index + 1, column: line.indexOf(address) + 1 };
    if (!parseAddressLiteral(address)) {
      throw new InputError(
        `${JSON.stringify(address)} is not an IP address`,
        location,
        'write an address, then its names: 192.0.2.10 httpbin.org',
      );
    }
    if (names.length === 0) throw new InputError(`${address} has no name`, location, `write ${address} NAME`);
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, '');
      const addresses = table.get(key);
      if (!addresses) table.set(key, [address]);
      else if (!addresses.includes(address)) addresses.push(address);
    }
  });
  return table;
}
