import assert from 'node:assert/strict';
import { rivalsAmong } from '../../../src/lib/analysis/lint/rivals.js';
import type { Egress } from '../../../src/lib/resources/types.js';
import { egress } from '../../egress/support.js';

/** `443/https a.com 10.0.0.0/8`: ports, then hosts and ranges; `""` is the empty host. */
function policyOf(words: string): Egress {
  const [ports = '', ...rest] = words.split(' ');
  const hosts = rest.filter((word) => !word.includes('/')).map((host) => (host === '""' ? '' : host));
  return egress(words, ports, { hosts, ipAddresses: rest.filter((word) => word.includes('/')) });
}

/** Names of the rivals of each, in the order of the policies. */
function rivalsOf(...written: string[]): string[][] {
  const policies = written.map(policyOf);
  const rivals = rivalsAmong(policies);
  return policies.map((policy) => [...(rivals.get(policy) ?? [])].map(({ metadata }) => metadata.name).sort());
}

describe('rivals of a policy', () => {
  const rows: readonly (readonly [one: string, other: string, mayMeet: boolean])[] = [
    // names of one protocol
    ['443/https a.com', '443/https b.com', false],
    ['443/https a.com', '443/https b.com A.com', true],
    ['443/https a.com', '80/https a.com', false],
    ['443/HTTPS a.com', '443/https b.com', false],
    ['80/http a.com:80', '80/http a.com', true],
    ['80/http a.com:80', '80/http b.com:80', false],
    ['80/http a:1b', '80/http ab', false],
    ['80/http *.b.com', '80/http a.com', true],
    ['80/http a.com 10.0.0.0/8', '80/http a.com 11.0.0.0/8', true],
    ['443/https a.com *.b.com', '443/https x.b.com', true],
    ['443/https .b.com', '443/https x.b.com', true],
    ['443/https ""', '443/https a.com', true],
    // ranges that everything within them is looked for in
    ['443/https a.com 10.0.0.0/8', '443/https b.com 10.0.0.0/8', false],
    ['443/https a.com 10.0.0.0/8', '443/https a.com 10.0.0.0/8', true],
    ['443/https a.com 10.0.0.0/8 11.0.0.0/8', '443/https b.com 11.0.0.0/8 10.0.0.0/8', false],
    ['443/https a.com 10.0.0.0/8', '443/https b.com 10.1.0.0/16', true],
    ['443/https a.com 10.0.0.0/8', '443/https a.com 11.0.0.0/8', false],
    ['443/https a.com 10.0.0.0/8', '443/https b.com', true],
    ['443/https a.com 10.0.0.0/8', '443/tcp 10.0.0.0/8', true],
    ['5/tcp 10.0.0.0/8', '5/tcp 11.0.0.0/8', false],
    ['5/tcp 10.0.0.0/8 11.0.0.0/8', '5/tcp 11.1.0.0/16', true],
    ['5/tcp 10.0.0.0/8 11.0.0.0/8', '5/tcp 11.1.0.0/16 12.0.0.0/8', true],
    ['5/tcp 10.0.0.0/8', '5/tcp', true],
    // tcp has no names
    ['5/tcp a.com', '5/tcp b.com', true],
    // Connections with HTTP come to chains for others where the address, or the lack of a name, leads them there
    ['80/http a.com', '80/https a.com', false],
    ['80/http a.com 10.0.0.0/8', '80/https b.com', false],
    ['80/http a.com', '80/https b.com 10.0.0.0/8', true],
    ['80/http a.com', '80/https b.com 300.1.1.1/24', true],
    ['80/http a.com', '80/tcp', true],
    ['80/http *.a.com', '80/https a.com', false],
    ['80/http *.a.com 10.0.0.0/8', '80/https a.com', false],
    ['80/http *.a.com', '80/https b.com 10.0.0.0/8', true],
    ['80/http *.a.com', '80/tcp', true],
    ['443/https a.com', '443/tcp', true],
    // it turns detection off for all
    ['80/http a.com', '80/tcp-server-first 10.0.0.0/8', true],
    ['5/tcp 10.0.0.0/8', '5/tcp-server-first 11.0.0.0/8', true],
    ['5/tcp-server-first 10.0.0.0/8', '5/tcp-server-first 11.0.0.0/8', false],
  ];
  for (const [one, other, mayMeet] of rows) {
    it(`${one} and ${other} ${mayMeet ? 'may meet' : 'never meet'}`, () => {
      const expected = mayMeet ? [[other], [one]] : [[], []];
      assert.deepEqual(rivalsOf(one, other), expected);
      assert.deepEqual(rivalsOf(other, one), [...expected].reverse());
    });
  }

  it('are all that meet it, on any of its ports, and not itself', () => {
    const [one, two, three] = ['443/https,5/tcp a.com', '443/https a.com b.com', '443/https,443/tcp a.com'];
    assert.deepEqual(rivalsOf(one, two, three), [[two, three].sort(), [one, three].sort(), [one, two].sort()]);
    assert.deepEqual(rivalsOf(three), [[]]);
    const named = ['b.com', 'c.com', 'd.com'].map((host) => `443/https a.com ${host}`);
    assert.deepEqual(
      rivalsOf(...named),
      named.map((name) => named.filter((other) => other !== name)),
    );
    assert.deepEqual(rivalsOf('443/https a.com', '443/https a.com b.com', '443/https b.com'), [
      ['443/https a.com b.com'],
      ['443/https a.com', '443/https b.com'],
      ['443/https a.com b.com'],
    ]);
  });
});
