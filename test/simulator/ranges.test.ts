import assert from 'node:assert/strict';
import { parseIptablesRange, parsePrefixRange } from '../../src/lib/simulator/address.js';
import { decide, policy, seen, simulationOf } from './control-plane/worlds.js';

const tcp = (name: string, ...ipAddresses: string[]) =>
  policy(name, { ipAddresses, ports: [{ number: 443, protocol: 'tcp' }] });
const dial = (address: string) => `tcp://${address}:443`;

describe('ranges of a policy that are written as IPv6 (egress semantics §3.2)', () => {
  it('hold no IPv4 address, and do not fail open', () => {
    for (const range of ['2001:db8::192.0.2.0/99', '::192.0.2.0/24', '64:ff9b::192.0.2.0/96', '::0.0.0.0/0']) {
      assert.equal(seen([tcp('a', range)], dial('192.0.2.10')), 'closed', range);
      assert.deepEqual(simulationOf([tcp('a', range)]).program.notices, [], range);
    }
    assert.equal(seen([tcp('a', '2001:db8::192.0.2.0/99', '192.0.2.0/24')], dial('192.0.2.10')), 'reached 443');
  });

  it('are the IPv4 range when they are IPv4-mapped, cut to 32 bits', () => {
    assert.equal(seen([tcp('a', '::ffff:192.0.2.0/24')], dial('192.0.2.10')), 'reached 443');
    assert.equal(seen([tcp('a', '::ffff:192.0.2.0/24')], dial('198.51.100.1')), 'closed');
    assert.equal(seen([tcp('a', '::ffff:192.0.2.0/96')], dial('192.0.2.0')), 'reached 443');
    assert.equal(seen([tcp('a', '::ffff:192.0.2.0/96')], dial('192.0.2.1')), 'closed');
    assert.equal(seen([tcp('a', '::ffff:192.0.2.0/00')], dial('203.0.113.1')), 'reached 443');
  });

  it('count as networks in the check for duplicates', () => {
    const state = (...ranges: string[]) => simulationOf(ranges.map((range, i) => tcp(`p${i}`, range))).listenerState;
    assert.equal(state('::192.0.2.0/24', '::198.51.100.0/24'), 'refused');
    assert.equal(state('::ffff:192.0.2.0/24', '192.0.2.77/24'), 'refused');
    assert.equal(state('::192.0.2.0/99', '::198.51.100.0/99'), 'refused');
    assert.equal(state('::192.0.2.0/96', '64:ff9b::192.0.2.0/96'), 'programmed');
    assert.equal(state('::0.0.0.0/0', '0.0.0.0/0'), 'programmed');
  });

  it('are no place for chance beside chains without ranges', () => {
    const objects = [
      tcp('a', '::0.0.0.0/0'),
      policy('b', { hosts: ['httpbin.org'], ports: [{ number: 443, protocol: 'https' }] }),
    ];
    assert.equal(decide(objects, 'curl https://httpbin.org/').verdict, 'allowed');
  });

  it('are read in one notation', () => {
    assert.deepEqual(parsePrefixRange('2001:DB8:0:0::1/33'), { ipv6: '2001:db8::/33' });
    assert.deepEqual(parsePrefixRange('::1.2.3.4/128'), { ipv6: '::1.2.3.4/128' });
    for (const text of ['::1/129', '1::2::3/8', '::01.2.3.4/8', 'x::/8', '::1%eth0/8', '::1']) {
      assert.equal(parsePrefixRange(text), undefined, text);
    }
  });
});

describe('ranges in the rules of iptables (egress semantics §2)', () => {
  it('are read as iptables reads them', () => {
    const any = { base: 0, prefixLength: 0 };
    assert.deepEqual(parseIptablesRange('192.0.2.77/24'), { base: 0xc0000200, prefixLength: 24 });
    assert.deepEqual(parseIptablesRange('10.0.0.0/010'), { base: 0x0a000000, prefixLength: 8 });
    assert.deepEqual(parseIptablesRange('::ffff:192.0.2.0/24'), { base: 0xc0000200, prefixLength: 24 });
    for (const text of ['::/0', '2001:db8::/0', '192.0.2.0/0', '192.0.2.0/00'])
      assert.deepEqual(parseIptablesRange(text), any, text);
    for (const text of [
      '192.0.2.0/08',
      '192.0.2.0/018',
      '192.0.2.0/33',
      '::192.0.2.0/24',
      '::ffff:192.0.2.0/96',
      'x/8',
    ]) {
      assert.equal(parseIptablesRange(text), undefined, text);
    }
  });
});
