import assert from 'node:assert/strict';
import {
  chainMatch,
  createFilterChainMatcher,
  serverNameCovers,
  type SieveStep,
} from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import { ListenerTable } from '../../../src/lib/simulator/envoy/listener-table.js';
import type { FilterChain, Listener } from '../../../src/lib/simulator/envoy/types.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseIpv4, parseIpv6 } from '../../../src/lib/text/ip.js';

type Match = { port?: number; ranges?: string[]; names?: string[]; protocols?: string[] };

function chain(name: string, { port = 443, ranges = [], names = [], protocols = [] }: Match = {}): FilterChain {
  return {
    name,
    origin: 'egress',
    match: chainMatch(port, ranges, names, protocols),
    target: { filter: 'tcp_proxy', clusters: [] },
    sources: [],
  };
}

const listener = (...filterChains: FilterChain[]): Listener => ({
  filterChains,
  defaultFilterChain: undefined,
  detection: true,
  detectionDisabledPorts: new Map(),
});
const addressOf = (text: string) => parseIpv4(text) ?? parseIpv6(text)!;
const name = (one: FilterChain | undefined) => one?.name ?? 'none';

type Facts = { port?: number; address?: string; serverName?: string; protocols?: string[] };

function choose(chains: FilterChain[], facts: Facts = {}, steps?: SieveStep[]): string {
  const { port = 443, address = '192.0.2.1', serverName = '', protocols = [] } = facts;
  const matcher = createFilterChainMatcher(listener(...chains));
  return matcher
    .match(
      { port, address: addressOf(address), serverName, applicationProtocols: protocols },
      steps && ((step) => steps.push(step)),
    )
    .map(name)
    .join(' or ');
}

describe('the sieve of filter chains (egress semantics §5)', () => {
  it('asks for the port first: its own chains, else those of any port, and never both', () => {
    const chains = [chain('any', { port: 0 }), chain('own', { ranges: ['10.0.0.0/8'] })];
    assert.equal(choose(chains, { address: '10.0.0.1' }), 'own');
    assert.equal(choose(chains), 'none');
    assert.equal(choose(chains, { port: 80 }), 'any');
    const matcher = createFilterChainMatcher(listener(...chains));
    assert.deepEqual(
      [443, 80].map((port) => matcher.chainsOnPort(port).map(name)),
      [['own'], ['any']],
    );
    assert.deepEqual([443, 80].map(matcher.takesAnyAddress), [false, true]);
    const alone = createFilterChainMatcher(listener(chains[1]!));
    assert.deepEqual([alone.chainsOnPort(80), alone.takesAnyAddress(80), alone.levelsAt(80, 0)], [[], false, []]);
    assert.equal(choose([chains[1]!], { port: 80 }), 'none');
  });

  it('knows on which ports a condition is not understood', () => {
    const notUnderstood = { what: 'source ports', at: { object: {} as Resource, path: ['match'] } };
    const plain = chain('plain');
    const matcher = createFilterChainMatcher(
      listener(plain, { ...plain, match: { ...plain.match, notUnderstood } }, chain('web', { port: 80 })),
    );
    assert.deepEqual([443, 80, 22].map(matcher.notUnderstoodOn), [notUnderstood, undefined, undefined]);
  });

  it('then for the longest range, whatever their order, and for no other one after it', () => {
    const chains = [
      chain('8', { ranges: ['10.0.0.0/8'] }),
      chain('24', { ranges: ['10.0.0.0/24'], names: ['a.org'] }),
      chain('24 too', { ranges: ['10.0.0.0/24'], names: ['b.org'] }),
      chain('16', { ranges: ['10.0.0.0/16', '172.16.0.0/16'] }),
      chain('rest'),
    ];
    for (const order of [chains, chains.toReversed()]) {
      const at = (address: string, serverName?: string) => choose(order, { address, serverName: serverName ?? '' });
      assert.equal(at('10.0.0.1', 'a.org'), '24');
      assert.equal(at('10.0.0.1', 'b.org'), '24 too');
      assert.equal(at('10.0.0.1'), 'none');
      assert.equal(at('10.0.1.1'), '16');
      assert.equal(at('172.16.0.1'), '16');
      assert.equal(at('10.1.0.1'), '8');
      assert.equal(at('192.0.2.1'), 'rest');
    }
  });

  it('takes 0.0.0.0/0 or a chain without ranges, by chance', () => {
    const zero = chain('zero', { ranges: ['0.0.0.0/0'] });
    assert.equal(choose([zero, chain('none')]), 'zero or none');
    assert.equal(choose([zero]), 'zero');
    const [one, other] = [{ names: ['a.org'] }, { names: ['b.org'] }];
    const apart = [chain('zero', { ...one, ranges: ['0.0.0.0/0'] }), chain('rest', other)];
    assert.equal(choose(apart, { serverName: 'a.org' }), 'zero or none');
    assert.equal(choose(apart, { serverName: 'c.org' }), 'none');
    assert.equal(choose([zero, chain('8', { ranges: ['192.0.0.0/8'] }), chain('rest')]), '8');
  });

  it('does the same with addresses of IPv6', () => {
    const chains = [
      chain('32', { ranges: ['2001:db8::/32'] }),
      chain('48', { ranges: ['2001:db8:1::/48'], names: ['a.org'] }),
      chain('48 too', { ranges: ['2001:db8:1::/48'], names: ['b.org'] }),
      chain('v4', { ranges: ['10.0.0.0/8'] }),
    ];
    for (const order of [chains, chains.toReversed()]) {
      const at = (address: string, serverName = '') => choose(order, { address, serverName });
      assert.equal(at('2001:db8:1::1', 'a.org'), '48');
      assert.equal(at('2001:db8:1::1', 'b.org'), '48 too');
      assert.equal(at('2001:db8:1::1'), 'none');
      assert.equal(at('2001:db8:2::1'), '32');
      assert.equal(at('2001:db9::1'), 'none');
      assert.equal(choose([...order, chain('rest')], { address: '2001:db9::1' }), 'rest');
    }
  });

  it('then for the server name: as it is, then the longest wildcard, else any', () => {
    const chains = [
      chain('exact', { names: ['www.a.org'] }),
      chain('org', { names: ['*.org'] }),
      chain('a.org', { names: ['.a.org'] }),
      chain('short', { names: ['*.b'] }),
      chain('end', { names: ['*.'] }),
      chain('rest'),
    ];
    const cases: [serverName: string, chosen: string][] = [
      ['www.a.org', 'exact'],
      ['x.a.org', 'a.org'],
      ['a.a.a.org', 'a.org'],
      ['a.org', 'org'],
      ['.a.org', 'a.org'],
      ['x..a.org', 'a.org'],
      ['x.b', 'short'],
      ['org', 'rest'],
      ['x.', 'rest'],
      ['x.org.', 'rest'],
      ['', 'rest'],
    ];
    for (const [serverName, chosen] of cases) assert.equal(choose(chains, { serverName }), chosen, serverName);
    assert.equal(choose([chain('empty', { names: [''] })], { serverName: 'a.org' }), 'empty');
    assert.equal(
      choose([chain('empty', { names: ['', 'b.org'], protocols: ['h2'] })], { serverName: 'b.org', protocols: ['h2'] }),
      'empty',
    );
    assert.equal(choose(chains.slice(0, -1), { serverName: 'com' }), 'none');
  });

  it('finds by a server name what the name covers', () => {
    const cases: [written: string, serverName: string, covers: boolean][] = [
      ['a.org', 'a.org', true],
      ['A.Org', 'a.org', true],
      ['a.org', 'b.org', false],
      ['org', 'a.org', false],
      ['a.org', 'x.a.org', false],
      ['*.org', 'a.org', true],
      ['*.org', 'b.a.org', true],
      ['.ORG', 'a.org', true],
      ['*.org', 'org', false],
      ['*.org', 'a.com', false],
      ['*.org', '.org.com', false],
      ['*.a.org', 'a.org', false],
      ['*', 'a.org', false],
      ['', 'a.org', true],
      ['', '', true],
      ['a.org', '', false],
    ];
    for (const [written, serverName, covers] of cases) {
      assert.equal(serverNameCovers(written, serverName), covers, `${written} ${serverName}`);
      assert.equal(choose([chain('it', { names: [written] })], { serverName }), covers ? 'it' : 'none');
    }
    assert.ok(serverNameCovers('a.org', 'A.ORG'), 'as it is asked for, before Envoy reads it');
  });

  it('then for the protocols in the client’s order, else any, and does not come back', () => {
    const chains = [
      chain('h2', { names: ['a.org'], protocols: ['h2', 'h3'] }),
      chain('http', { names: ['a.org'], protocols: ['http/1.1'] }),
      chain('other name'),
    ];
    const of = (...protocols: string[]) => choose(chains, { serverName: 'a.org', protocols });
    assert.deepEqual(
      [of('http/1.1', 'h2'), of('h2', 'http/1.1'), of('x', 'h3'), of('x')],
      ['http', 'h2', 'h2', 'none'],
    );
    assert.equal(choose([...chains, chain('any', { names: ['a.org'] })], { serverName: 'a.org' }), 'any');
  });

  it('tells each step, with the entry that won', () => {
    const told = (chains: FilterChain[], facts: Facts) => {
      const steps: SieveStep[] = [];
      choose(chains, facts, steps);
      return steps.map(({ level, entry, before, after }) => [level, entry, before.length, after.map(name).join()]);
    };
    const [a, b] = [chain('a', { ranges: ['192.0.2.0/24'], names: ['*.org'], protocols: ['h2'] }), chain('b')];
    assert.deepEqual(told([a, b], { serverName: 'x.org', protocols: ['x', 'h2'] }), [
      ['port', '443', 2, 'a,b'],
      ['address', '/24', 2, 'a'],
      ['server-name', '*.org', 1, 'a'],
      ['application-protocol', 'h2', 1, 'a'],
    ]);
    assert.deepEqual(told([a, b], { address: '10.0.0.1' }).slice(1), [
      ['address', 'any address', 2, 'b'],
      ['server-name', 'any server name', 1, 'b'],
      ['application-protocol', 'any protocol', 1, 'b'],
    ]);
    assert.deepEqual(told([a], { serverName: 'x.org' }).at(-1), ['application-protocol', null, 1, '']);
    assert.deepEqual(told([a], { serverName: 'x.com' }).at(-1), ['server-name', null, 1, '']);
    assert.deepEqual(told([a], { address: '10.0.0.1' }).at(-1), ['address', null, 1, '']);
    assert.deepEqual(told([a], { port: 80 }), [['port', null, 1, '']]);
    assert.deepEqual(told([chain('0', { port: 0 })], { port: 80 })[0], ['port', 'any port', 1, '0']);
    const exact = chain('c', { names: ['x.org'] });
    assert.deepEqual(told([exact], { serverName: 'x.org' })[2], ['server-name', 'x.org', 1, 'c']);
    const zero = chain('zero', { ranges: ['0.0.0.0/0'] });
    assert.deepEqual(told([zero, b], {})[1], ['address', '0.0.0.0/0 or any address', 2, 'zero,b']);
    const v6 = chain('v6', { ranges: ['2001:db8::/32'] });
    assert.deepEqual(told([v6, b], { address: '2001:db8::1' })[1], ['address', '/32', 2, 'v6']);
    assert.deepEqual(told([v6, b], { address: '2001:db9::1' })[1], ['address', 'any address', 2, 'b']);
  });
});

describe('the listeners of a proxy', () => {
  const [general, web, one, two, v6] = ['general', 'web', 'one', 'two', 'v6'].map((called) =>
    listener(chain(called, { port: 0 })),
  ) as [Listener, Listener, Listener, Listener, Listener];
  const table = new ListenerTable(
    general,
    new Map([
      ['80', web],
      ['192.0.2.10:443', one],
      ['192.0.2.11:443', two],
      ['192.0.2.11:80', two],
      ['[2001:db8::1]:443', v6],
    ]),
  );
  const met = (address: string, port: number) => table.at(port, addressOf(address)).listener.filterChains[0]!.name;

  it('take connections by address and port, else by port, else all', () => {
    assert.equal(met('192.0.2.10', 443), 'one');
    assert.equal(met('192.0.2.11', 443), 'two');
    assert.equal(met('2001:db8::1', 443), 'v6');
    assert.equal(met('192.0.2.10', 80), 'web');
    assert.equal(met('192.0.2.11', 80), 'two');
    assert.equal(met('192.0.2.12', 443), 'general');
    assert.equal(new ListenerTable(general).at(443, 0).listener, general);
    assert.equal(new ListenerTable(general, new Map([['80', web]])).at(80, 0).listener, web);
  });

  it('have the chains of all that a port may meet', () => {
    const on = (port: number) => table.chainsOnPort(port).map(name);
    assert.deepEqual([on(443), on(80), on(22)], [['one', 'two', 'v6', 'general'], ['web', 'two'], ['general']]);
    assert.deepEqual([...table.boundPorts], [80, 443]);
    assert.deepEqual(table.chains.map(name), ['general', 'web', 'one', 'two', 'two', 'v6']);
    const [level] = table.levelsAt(443, addressOf('192.0.2.11'));
    assert.equal(name(level?.any?.any), 'two');
  });
});
