import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Resource } from '../../src/lib/resources/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { Condition, Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { formatIpv4, networkContains, parseCidr } from '../../src/lib/text/ip.js';
import { conditionText } from '../../src/lib/wording/verdict.js';
import { egress, meshConfig, namespace } from '../egress/support.js';

const decide = (objects: readonly Resource[], target: string): Verdict =>
  simulate(createWorld([namespace('curl'), ...objects]), { namespace: 'curl', serviceAccount: 'curl' }).decide(
    parseTarget(target),
  );

const database = (name: string, ipAddresses: string[]) => egress(name, '5432/tcp', { ipAddresses });
const excluding = (...outboundIPRangeExclusionList: string[]) =>
  meshConfig({ traffic: { outboundIPRangeExclusionList } });

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
