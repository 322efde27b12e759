import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { cidrContains } from '../../src/lib/text/ip.js';

/** What Go's net package says: `ParseCIDR` of the first, then `Contains` of the second. */
const rows: readonly [cidr: string, inside: readonly string[], outside: readonly string[]][] = [
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::a00:1', '::1']],
  // host bits may be set
  ['10.1.2.3/31', ['10.1.2.2', '10.1.2.3'], ['10.1.2.1', '10.1.2.4']],
  ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2']],
  ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255', '::ffff:1.2.3.4'], ['::', '2001:db8::1']],
  ['::ffff:10.0.0.0/104', ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.0', '::a00:1']],
  ['::ffff:10.0.0.0/80', ['::1'], ['10.0.0.1']],
  ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::'], ['2001:db9::1', '32.1.13.184']],
  ['2001:db8::1/127', ['2001:db8::', '2001:db8::1'], ['2001:db8::2']],
  ['::/0', ['::1', '2001:db8::1'], ['10.0.0.1', '::ffff:10.0.0.1']],
  ['::/96', ['::1', '::1.2.3.4'], ['1.2.3.4', '::1:0:0']],
  // no networks
  ...['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '010.0.0.0/8', '10.0.0.0/', '10.0.0.0/x', '/8', ''].map(
    (text): [string, string[], string[]] => [text, [], ['10.0.0.0', '0.0.0.0', '::']],
  ),
  // no addresses
  ['0.0.0.0/0', [], ['', 'localhost', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4/32']],
  ['::/0', [], ['', '::1%lo', '[::1]', ':::', '1::2::3', 'fe80']],
];

describe('text/ip: whether a network holds an address', () => {
  for (const [cidr, inside, outside] of rows) {
    it(cidr, () => {
      assert.deepEqual(
        [...inside, ...outside].filter((address) => cidrContains(cidr, address)),
        inside,
      );
    });
  }
});
