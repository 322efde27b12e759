import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Resource } from '../../src/lib/resources/types.js';
import { inIntervals, networksCovering } from '../../src/lib/simulator/address.js';
import { addressBranches, type PortView } from '../../src/lib/simulator/address-branches.js';
import { chainMatch, createFilterChainMatcher } from '../../src/lib/simulator/envoy/filter-chain-match.js';
import type { Interceptor } from '../../src/lib/simulator/interception.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { Condition, Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { formatIpv4, formatNetwork, networkContains, parseCidr } from '../../src/lib/text/ip.js';
import { conditionText } from '../../src/lib/wording/verdict.js';
import { egress, meshConfig, namespace } from '../egress/support.js';

const decide = (objects: readonly Resource[], target: string): Verdict =>
  simulate(createWorld([namespace('curl'), ...objects]), { namespace: 'curl', serviceAccount: 'curl' }).decide(
    parseTarget(target),
  );

const database = (name: string, ipAddresses: string[]) => egress(name, '5432/tcp', { ipAddresses });
const excluding = (...outboundIPRangeExclusionList: string[]) =>
  meshConfig({ traffic: { outboundIPRangeExclusionList } });

type AddressCondition = Extract<Condition, { kind: 'address-in' | 'address-elsewhere' }>;

/** Of the networks that a condition names the longest around the address decides. */
function holds(condition: Condition, address: number): boolean {
  if (condition.kind !== 'address-in' && condition.kind !== 'address-elsewhere') return true;
  const longest = (networks: readonly string[]): number =>
    Math.max(
      -1,
      ...networks
        .map((text) => parseCidr(text)!)
        .filter((network) => networkContains(network, address))
        .map(({ prefixLength }) => prefixLength),
    );
  const [inside, outside] = [longest(condition.networks), longest(condition.except)];
  return condition.kind === 'address-in' ? inside > outside : inside >= outside;
}

describe('a name that nobody resolved', () => {
  it('has one verdict where no part of the address space makes a difference', () => {
    const all = [meshConfig(), egress('web', '80/http', { hosts: ['example.com'] })];
    assert.equal(decide(all, 'http://example.com/').verdict, 'allowed');
    assert.equal(decide(all, 'http://example.org/').verdict, 'denied');
  });

  it('is taken to be in no excluded, link-local or metadata range, and that is said', () => {
    const { verdict, assumptions } = decide(
      [excluding('169.254.169.254/32', '168.63.129.16/32')],
      'http://example.com/',
    );
    assert.equal(verdict, 'denied');
    assert.deepEqual(
      assumptions.flatMap((assumption) => (assumption.code === 'address-unknown' ? assumption.outside : [])),
      ['169.254.169.254/32', '168.63.129.16/32'],
    );
    const metadata = decide([meshConfig(), database('metadata', ['169.254.169.254/32'])], 'tcp://example.com:5432');
    assert.equal(metadata.verdict, 'denied');
    assert.deepEqual(
      metadata.assumptions.flatMap((assumption) => (assumption.code === 'address-unknown' ? assumption.outside : [])),
      ['169.254.0.0/16'],
    );
  });

  it('is taken to be at no address of which clouds have metadata, where that decides', () => {
    const outside = (range: string) =>
      decide([meshConfig(), database('x', [range])], 'tcp://example.com:5432').assumptions.flatMap((assumption) =>
        assumption.code === 'address-unknown' ? assumption.outside : [],
      );
    assert.deepEqual(outside('168.63.129.16/32'), ['168.63.129.16/32']);
    assert.deepEqual(outside('100.100.100.200/32'), ['100.100.100.200/32']);
    assert.deepEqual(outside('169.254.0.0/16'), ['169.254.0.0/16']);
    for (const range of ['168.63.129.17/32', '100.100.100.201/32', '100.100.100.0/24', '169.254.0.0/15', '0.0.0.0/0'])
      assert.deepEqual(outside(range), [], range);
  });

  const branchesOf = (parts: Partial<PortView> & { excluded?: string[]; included?: string[] }) => {
    const ranges = (texts: string[] = []) =>
      texts.map((text) => ({ network: parseCidr(text)!, at: { object: meshConfig(), path: [] } }));
    const [excludedRanges, includedRanges] = [ranges(parts.excluded), ranges(parts.included)];
    const covers = (list: typeof excludedRanges, address: number) =>
      list.some(({ network }) => networkContains(network, address));
    const intercept: Interceptor['intercept'] = (literal) => {
      const address = literal.family === 4 ? literal.value : NaN;
      if (covers(excludedRanges, address)) return { redirected: false, rule: 'excluded-range' };
      if (includedRanges.length === 0) return { redirected: true, rule: 'everything-else' };
      return covers(includedRanges, address)
        ? { redirected: true, rule: 'in-included-range' }
        : { redirected: false, rule: 'not-in-included-range' };
    };
    const interceptor = { rules: { excludedRanges, includedRanges }, intercept } as unknown as Interceptor;
    const matcher = createFilterChainMatcher({
      filterChains: parts.chains ?? [],
      defaultFilterChain: undefined,
      detection: true,
      detectionDisabledPorts: new Map(),
    });
    const space = addressBranches({
      port: 443,
      interceptor,
      chains: [],
      levelsAt: (address) => matcher.levelsAt(443, address),
      serviceAddresses: new Set(),
      ...parts,
    });
    const texts = space.branches.map((branch) => {
      assert.equal((space.conditionOf('x', new Set([branch])) as AddressCondition).host, 'x');
      const { kind, networks, except } = space.conditionOf('x', new Set([branch])) as AddressCondition;
      return [
        kind === 'address-elsewhere' ? 'elsewhere' : 'in',
        ...networks,
        ...except.map((one) => `not ${one}`),
      ].join(' ');
    });
    return { ...space, texts, interceptor };
  };
  const chainOf = (
    name: string,
    ranges: string[],
    parts: { names?: string[]; protocols?: string[]; origin?: 'mesh' } = {},
  ) => ({
    name,
    origin: parts.origin ?? ('egress' as const),
    match: chainMatch(443, ranges, parts.names ?? [], parts.protocols ?? []),
    target: { filter: 'tcp_proxy', clusters: [] } as const,
    sources: [],
  });

  it('parts the space where other chains take connections, whatever tells them apart', () => {
    const [all, ten] = [[], ['10.0.0.0/8']];
    for (const parts of [
      {},
      { names: ['a.org'] },
      { names: ['*.org'] },
      { protocols: ['h2'] },
      { names: ['a.org'], protocols: ['h2'] },
    ]) {
      const { texts } = branchesOf({ chains: [chainOf('all', all), chainOf('ten', ten, parts)] });
      assert.deepEqual(texts, ['elsewhere not 10.0.0.0/8', 'in 10.0.0.0/8'], JSON.stringify(parts));
    }
    const both = [chainOf('one', ['10.0.0.0/8', '172.16.0.0/12']), chainOf('two', ['192.168.0.0/16'])];
    assert.deepEqual(branchesOf({ chains: both }).texts, [
      'elsewhere not 10.0.0.0/8 not 172.16.0.0/12 not 192.168.0.0/16',
      'in 10.0.0.0/8 172.16.0.0/12',
      'in 192.168.0.0/16',
    ]);
    for (const names of [
      ['a', 'b'],
      ['*.a', '*.b'],
    ]) {
      const apart = names.map((one, index) => chainOf(one, [`1${index}.0.0.0/8`], { names: [one] }));
      assert.equal(branchesOf({ chains: apart }).texts.length, 3, names.join());
    }
    const swapped = [chainOf('a', ['10.0.0.0/8'], { names: ['a'] }), chainOf('b', ['10.0.0.0/8'], { names: ['b'] })];
    assert.equal(branchesOf({ chains: [...swapped, chainOf('c', ['10.1.0.0/16'], { names: ['a'] })] }).texts.length, 3);
    const inMesh = chainOf('service', ['10.0.0.5/32'], { origin: 'mesh' });
    assert.deepEqual(branchesOf({ chains: [inMesh] }).texts, ['elsewhere'], 'services have names');
  });

  it('parts it where interception does', () => {
    assert.deepEqual(
      branchesOf({ included: ['10.0.0.0/8'] }).texts,
      ['in 10.0.0.0/8', 'elsewhere not 10.0.0.0/8'].toSorted(),
    );
    const { texts, outside } = branchesOf({ included: ['10.0.0.0/8'], excluded: ['10.1.0.0/16', '192.0.2.0/24'] });
    assert.deepEqual(texts.toSorted(), ['elsewhere not 10.0.0.0/8', 'in 10.0.0.0/8']);
    assert.deepEqual(outside, ['10.1.0.0/16', '192.0.2.0/24']);
    const everything = branchesOf({ excluded: ['0.0.0.0/0'] });
    assert.deepEqual([everything.outside, everything.branches.length], [[], 1]);
    const allButLocal = networksCovering([
      [0, 0xa9fdffff],
      [0xa9ff0000, 0xffffffff],
    ]).map(formatNetwork);
    assert.equal(branchesOf({ excluded: allButLocal }).branches.length, 2, 'what is excluded, and what no name has');
    const { interceptor } = everything;
    const sorts: Interceptor['intercept'] = (literal) =>
      literal.family === 4 && literal.value >> 24 === 10
        ? { redirected: true, rule: 'in-included-range' }
        : { redirected: true, rule: 'included-port' };
    const rules = {
      ...interceptor.rules,
      excludedRanges: [],
      includedRanges: [{ network: parseCidr('10.0.0.0/8')!, at: { object: meshConfig(), path: [] } }],
    };
    assert.deepEqual(branchesOf({ interceptor: { ...interceptor, rules, intercept: sorts } }).texts, ['elsewhere']);
    const two = [chainOf('ten', ['10.0.0.0/8']), chainOf('rest', [])];
    assert.equal(
      branchesOf({ chains: two, included: ['172.16.0.0/12'] }).branches.length,
      2,
      'past the sidecar all chains are one',
    );
  });

  it('names the parts by networks, and what of them is another part', () => {
    const nested = [
      chainOf('a', ['10.0.0.0/8', '10.1.1.0/24', '11.0.0.0/8']),
      chainOf('b', ['10.1.0.0/16', '10.2.0.0/16']),
      chainOf('c', ['10.1.2.0/24']),
    ];
    assert.deepEqual(branchesOf({ chains: nested }).texts, [
      'elsewhere not 10.0.0.0/8 not 11.0.0.0/8',
      'in 10.0.0.0/8 10.1.1.0/24 11.0.0.0/8 not 10.1.0.0/16 not 10.2.0.0/16',
      'in 10.1.0.0/16 10.2.0.0/16 not 10.1.1.0/24 not 10.1.2.0/24',
      'in 10.1.2.0/24',
    ]);
    const whole = branchesOf({ chains: [chainOf('low', ['0.0.0.0/1']), chainOf('high', ['128.0.0.0/1'])] });
    assert.deepEqual(whole.texts, ['in 0.0.0.0/1', 'in 128.0.0.0/1']);
  });

  it('has no loopback address, no 0.0.0.0 and none of a service', () => {
    const chains = [chainOf('pod', ['127.0.0.0/8', '0.0.0.0/32', '10.0.0.5/32'])];
    const { branches } = branchesOf({ chains, serviceAddresses: new Set([0x0a000005]) });
    assert.equal(branches.length, 1);
    const [{ cells } = { cells: [] }] = branches;
    for (const address of [0, 0x7f000001, 0x0a000005, 0xa9fea9fe])
      assert.ok(!cells.some(({ intervals }) => inIntervals(intervals, address)), formatIpv4(address));
    assert.ok(cells.some(({ intervals }) => inIntervals(intervals, 0x0a000006)));
  });

  it('is in an excluded range after all where everything is excluded', () => {
    assert.equal(decide([excluding('0.0.0.0/0')], 'http://example.com/').verdict, 'allowed');
  });

  it('has a branch for each outcome, however many ranges there are', () => {
    const ranges = Array.from({ length: 20_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    const { verdict, alternatives } = decide([meshConfig(), database('many', ranges)], 'tcp://example.com:5432');
    assert.equal(verdict, 'unknown');
    assert.deepEqual(
      alternatives.map(({ outcome }) => outcome.class),
      ['closed', 'reached'],
    );
    assert.equal(
      conditionText(alternatives[1]!.when[0]!),
      'if example.com is in 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24 or 19996 more',
    );
  });

  it('law: the conditions of its branches part the address space, and each tells what an address in it meets', () => {
    const range = fc
      .tuple(
        fc.constantFrom('10.0.0.0', '10.0.0.128', '10.0.1.0', '10.1.0.0'),
        fc.constantFrom(7, 8, 15, 16, 24, 25, 32),
      )
      .map(([address, length]) => `${address}/${length}`);
    const ranges = fc.uniqueArray(range, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        ranges,
        ranges,
        fc.boolean(),
        fc.integer({ min: 0, max: 2 ** 18 }),
        (open, included, routed, offset) => {
          const config = meshConfig({
            traffic: { enableEgress: routed, outboundIPRangeInclusionList: included },
          });
          const objects = [config, database('one', open)];
          const verdict = decide(objects, 'tcp://example.com:5432');
          const address = 0x0a000000 + offset;
          const real = decide(objects, `tcp://${formatIpv4(address)}:5432`);
          const told = verdict.alternatives.filter(({ when }) => when.every((condition) => holds(condition, address)));
          const endings = verdict.alternatives.length > 0 ? told : [verdict.ending!];
          assert.equal(endings.length, 1);
          assert.equal(endings[0]!.outcome, real.ending?.outcome);
          if (verdict.alternatives.length > 0)
            assert.equal(endings[0]!.destination?.cluster, real.ending?.destination?.cluster);
        },
      ),
      { numRuns: 300 },
    );
  });
});
