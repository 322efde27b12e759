import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  inIntervals,
  networksCovering,
  parseAddressLiteral,
  partitionAddresses,
} from '../../src/lib/simulator/address.js';
import {
  formatIpv4,
  formatNetwork,
  networkContains,
  parseCidr,
  parseIpv4,
  type Ipv4Network,
} from '../../src/lib/text/ip.js';

const octets = fc.integer({ min: 0, max: 0xffffffff });

describe('addresses and networks', () => {
  it('reads four decimal octets and nothing else', () => {
    assert.equal(parseIpv4('192.0.2.10'), 0xc000020a);
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '1.2.3.4 ',
      '0x1.2.3.4',
      '1.2.3.-4',
      '::1',
      'a.b.c.d',
    ]) {
      assert.equal(parseIpv4(text), undefined, text);
    }
  });

  it('writes what it reads', () => {
    fc.assert(fc.property(octets, (address) => assert.equal(parseIpv4(formatIpv4(address)), address)));
  });

  it('reads CIDRs as the controller does', () => {
    assert.deepEqual(parseCidr('192.0.2.77/24'), { base: parseIpv4('192.0.2.0'), prefixLength: 24 });
    assert.deepEqual(parseCidr('10.0.0.0/08'), { base: parseIpv4('10.0.0.0'), prefixLength: 8 });
    assert.deepEqual(parseCidr('1.2.3.4/0'), { base: 0, prefixLength: 0 });
    const bad = [
      '10.0.0.0/33',
      '300.1.1.1/24',
      'x1.2.3.4/8',
      '010.0.0.0/8',
      '10.0.0/8',
      '10.0.0.0',
      '10.0.0.0/',
      '10.0.0.0/+8',
      '10.0.0.0/8 ',
      '::/0',
    ];
    for (const text of bad) assert.equal(parseCidr(text), undefined, text);
  });

  it('tells literals from names, and counts IPv4-mapped addresses as IPv4', () => {
    assert.equal(parseAddressLiteral('httpbin.org:80'), undefined);
    assert.equal(parseAddressLiteral('httpbin.org'), undefined);
    assert.deepEqual(parseAddressLiteral('::ffff:192.0.2.10'), { family: 4, value: 0xc000020a });
    assert.deepEqual(parseAddressLiteral('::ffff:c000:20a'), { family: 4, value: 0xc000020a });
    assert.deepEqual(parseAddressLiteral('2001:db8::1'), { family: 6, text: '2001:db8::1' });
    assert.equal(parseAddressLiteral('::1')?.family, 6);
  });

  const network: fc.Arbitrary<Ipv4Network> = fc
    .tuple(
      fc.constantFrom('10.0.0.0', '10.1.0.0', '10.1.2.0', '192.0.2.0', '0.0.0.0', '255.255.255.255'),
      fc.integer({ min: 0, max: 32 }),
    )
    .map(([address, prefixLength]) => parseCidr(`${address}/${prefixLength}`)!);

  it('cuts the address space so that every address has the lists of its cell’s witness', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 5 }), octets, (networks, address) => {
        const memberships = (value: number) => networks.map((one) => networkContains(one, value)).join();
        const cells = partitionAddresses(networks);
        const [mine, ...others] = cells.filter(({ intervals }) => inIntervals(intervals, address));
        assert.equal(memberships(mine!.witness), memberships(address));
        assert.deepEqual(others, []);
        assert.equal(new Set(cells.map(({ witness }) => memberships(witness))).size, cells.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes its witnesses from outside what is to be avoided', () => {
    const cells = partitionAddresses([parseCidr('127.0.0.0/7')!], { networks: [parseCidr('127.0.0.0/8')!] });
    for (const { witness } of cells) assert.notEqual(witness >>> 24, 127);
    assert.equal(cells.length, 2);
  });

  it('says which networks a cell is made of', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 5 }), octets, (networks, address) => {
        for (const { intervals } of partitionAddresses(networks)) {
          const same = networksCovering(intervals).some((one) => networkContains(one, address));
          assert.equal(same, inIntervals(intervals, address));
        }
      }),
      { numRuns: 500 },
    );
    assert.deepEqual(networksCovering([[0x0a800000, 0x0affffff]]).map(formatNetwork), ['10.128.0.0/9']);
    assert.deepEqual(networksCovering([[0, 0xffffffff]]).map(formatNetwork), ['0.0.0.0/0']);
  });
});
