import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addressApart,
  inIntervals,
  networksCovering,
  parseAddressLiteral,
  parseIptablesRange,
  parsePrefixRange,
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

  it('tells literals from names, and counts IPv4-mapped addresses as IPv4, and unspecified ones as loopback', () => {
    assert.equal(parseAddressLiteral('httpbin.org:80'), undefined);
    assert.equal(parseAddressLiteral('httpbin.org'), undefined);
    assert.deepEqual(parseAddressLiteral('::ffff:192.0.2.10'), { family: 4, value: 0xc000020a });
    assert.deepEqual(parseAddressLiteral('::ffff:c000:20a'), { family: 4, value: 0xc000020a });
    assert.deepEqual(parseAddressLiteral('2001:db8::1'), { family: 6, text: '2001:db8::1' });
    assert.equal(parseAddressLiteral('::1')?.family, 6);
    for (const text of ['0.0.0.0', '::ffff:0.0.0.0'])
      assert.deepEqual(parseAddressLiteral(text), parseAddressLiteral('127.0.0.1'), text);
    for (const text of ['::', '0:0::0']) assert.deepEqual(parseAddressLiteral(text), parseAddressLiteral('::1'), text);
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

  it('takes the unremarkable one where it is in no network', () => {
    const witnesses = (...networks: string[]) =>
      partitionAddresses(networks.map((text) => parseCidr(text)!)).map(({ witness }) => formatIpv4(witness));
    assert.deepEqual(witnesses(), ['203.0.113.254']);
    assert.deepEqual(witnesses('203.0.113.0/24'), ['0.0.0.0', '203.0.113.0']);
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

describe('an address apart from others', () => {
  const apart = (avoided: readonly number[], usual?: number, ...more: [number, number][]) =>
    addressApart([[5, 9], ...more], new Set(avoided), usual);

  it('is the usual one, or the next that is free', () => {
    assert.deepEqual([apart([]), apart([5, 6]), apart([], 8), apart([8], 8), apart([], 9)], [5, 7, 8, 9, 9]);
    assert.deepEqual([apart([8, 9], 8, [20, 22]), apart([], 15, [20, 22]), apart([20], 21, [20, 22])], [20, 20, 21]);
  });

  it('is looked for from interval to interval', () => {
    const avoided = new Set([5, 6, 9]);
    assert.equal(addressApart([[0, 5]], avoided), 0);
    assert.equal(addressApart([[5, 6], [8, 9]], avoided), 8); // prettier-ignore
    assert.equal(addressApart([[0, 8]], avoided, 5), 7);
    assert.equal(addressApart([[5, 6]], avoided), undefined);
    assert.equal(addressApart([[4, 6], [9, 9]], avoided, 5), 4); // prettier-ignore
  });

  it('is one before it where there is no other, and none where there is none at all', () => {
    assert.deepEqual([apart([], 10), apart([8, 9], 8), apart([5, 7, 8, 9], 7)], [5, 5, 6]);
    const all = [5, 6, 7, 8, 9];
    assert.deepEqual([apart(all), apart(all, 7), addressApart([], new Set()), addressApart([], new Set(), 7)], Array(4).fill(undefined)); // prettier-ignore
    assert.deepEqual([addressApart([[0, 1]], new Set()), addressApart([[0, 1]], new Set([1]), 1)], [0, 0]);
  });
});

describe('ranges and addresses as they are written', () => {
  const told = (range: ReturnType<typeof parsePrefixRange>) =>
    range && ('ipv6' in range ? range.ipv6 : formatNetwork(range));

  it('of a policy are masked, in either family', () => {
    const cases: [written: string, read: string | undefined][] = [
      ['10.1.2.3/8', '10.0.0.0/8'],
      ['10.1.2.3/32', '10.1.2.3/32'],
      ['::ffff:10.1.2.3/8', '10.0.0.0/8'],
      ['::ffff:10.1.2.3/104', '10.1.2.3/32'],
      ['2001:db8:ffff:ffff::1/0', '::/0'],
      ['2001:db8:ffff:ffff::1/16', '2001::/16'],
      ['2001:db8:ffff:ffff::1/33', '2001:db8:8000::/33'],
      ['2001:db8:ffff:ffff::1/48', '2001:db8:ffff::/48'],
      ['2001:db8:ffff:ffff::1/128', '2001:db8:ffff:ffff::1/128'],
      ['10.0.0.0/33', undefined],
      ['10.0.0.0', undefined],
    ];
    for (const [written, read] of cases) assert.equal(told(parsePrefixRange(written)), read, written);
  });

  it('of iptables have a length that is octal after a 0, and any address with one of 0', () => {
    const cases: [written: string, read: string | undefined][] = [
      ['10.1.2.3/8', '10.0.0.0/8'],
      ['10.1.2.3/010', '10.0.0.0/8'],
      ['10.1.2.3/18', '10.1.0.0/18'],
      ['10.1.2.3/29', '10.1.2.0/29'],
      ['10.1.2.3/30', '10.1.2.0/30'],
      ['10.1.2.3/20', '10.1.0.0/20'],
      ['10.1.2.3/32', '10.1.2.3/32'],
      ['10.1.2.3/00', '0.0.0.0/0'],
      ['::1/0', '0.0.0.0/0'],
      ['10.1.2.3/08', undefined],
      ['10.1.2.3/09', undefined],
      ['::ffff:10.1.2.3/33', undefined],
      ['2001:db8::/32', undefined],
    ];
    for (const [written, read] of cases) assert.equal(told(parseIptablesRange(written)), read, written);
  });

  it('of a target may have a zone, and are no names', () => {
    const literal = (host: string) => {
      const found = parseAddressLiteral(host);
      return found && (found.family === 4 ? formatIpv4(found.value) : found.text);
    };
    assert.deepEqual(['10.0.0.1', '::1', 'fe80::1%eth0', 'fe80::1%a%b', '::ffff:10.0.0.1%lo'].map(literal), [
      ...['10.0.0.1', '::1', 'fe80::1%eth0', 'fe80::1%a%b', '10.0.0.1'],
    ]);
    for (const host of ['a.org', 'abcd', '1', 'x:y', '%eth0']) assert.equal(literal(host), undefined, host);
  });

  it('are covered by the fewest networks, joined where they touch, whatever their order', () => {
    const covering = (...intervals: [first: string, last: string][]) =>
      networksCovering(intervals.map(([first, last]) => [parseIpv4(first)!, parseIpv4(last)!])).map(formatNetwork);
    assert.deepEqual(covering(['0.0.0.0', '255.255.255.255']), ['0.0.0.0/0']);
    assert.deepEqual(covering(['10.0.0.1', '10.0.0.1']), ['10.0.0.1/32']);
    assert.deepEqual(covering(['10.0.0.0', '10.0.0.2']), ['10.0.0.0/31', '10.0.0.2/32']);
    assert.deepEqual(covering(['10.0.0.1', '10.0.0.8']), ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/30', '10.0.0.8/32']);
    assert.deepEqual(covering(['10.0.0.4', '10.0.0.7'], ['10.0.0.0', '10.0.0.3']), ['10.0.0.0/29']);
    assert.deepEqual(covering(['10.0.0.8', '10.0.0.9'], ['10.0.0.0', '10.0.0.1'], ['10.0.0.2', '10.0.0.3']), [
      '10.0.0.0/30',
      '10.0.0.8/31',
    ]);
    assert.deepEqual(covering(['10.0.0.0', '10.0.0.1'], ['10.0.0.4', '10.0.0.5']), ['10.0.0.0/31', '10.0.0.4/31']);
    assert.deepEqual(covering(), []);
  });

  it('leave an address that nobody thinks of for the rest of the space, where it is free', () => {
    const rest = (networks: string[], addresses: number[] = []) =>
      formatIpv4(
        partitionAddresses(
          networks.map((text) => parseCidr(text)!),
          { addresses },
        )[0]!.witness,
      );
    assert.equal(rest([]), '203.0.113.254');
    assert.equal(rest(['10.0.0.0/8']), '203.0.113.254');
    assert.equal(rest([], [parseIpv4('203.0.113.254')!]), '0.0.0.0');
    assert.equal(rest([], [parseIpv4('203.0.113.253')!]), '203.0.113.254');
    assert.equal(rest(['203.0.113.0/24']), '0.0.0.0');
  });
});
