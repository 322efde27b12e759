import assert from 'node:assert/strict';
import type { Choice } from '../../../src/lib/analysis/request-space/diagram.js';
import {
  classOf,
  difference,
  ownerText,
  spaceOf,
  targetOf,
  undecidedRegions,
  type RequestSpace,
} from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPRouteGroup, KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { Simulation } from '../../../src/lib/simulator/simulation.js';
import { endingsOf, type Verdict } from '../../../src/lib/simulator/verdict.js';
import { parseIpv4 } from '../../../src/lib/text/ip.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { simulationOf } from './support.js';

const egress = (name: string, spec: Partial<Egress['spec']>): Egress => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name, namespace: 'curl' },
  spec: { sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }], ports: [], ...spec },
});
const tcpTo = (...ipAddresses: string[]) =>
  egress('ranges', { ipAddresses, ports: [{ number: 3306, protocol: 'tcp' }] });
const onPorts = (...numbers: number[]) =>
  egress('ports', { ports: numbers.map((number) => ({ number, protocol: 'tcp' })) });
const https = (name: string, ...hosts: string[]) =>
  egress(name, { hosts, ports: [{ number: 443, protocol: 'https' }] });

const anyPort = egress('any', { hosts: ['a.test'], ports: [{ number: 0, protocol: 'https' }] });

/** The choice at the end of a way through the parts of those above it. */
function choiceAt({ root }: RequestSpace, ...way: string[]): Choice {
  const node = way.reduce((at, name) => (at as Choice).edgeOf.get(name)!.child, root);
  assert.ok(node.kind === 'choice');
  return node;
}

describe('what requests are cut into', () => {
  it('is the pod itself and what is outside, and ports: each that something names and a client can dial, in order, then all others', () => {
    const space = spaceOf([simulationOf([onPorts(443, 80, 65536, 1, 65535), anyPort])]);
    const choice = choiceAt(space, 'IPv4');
    assert.deepEqual(
      choice.parts,
      ['1', '80', '443', '65535', 'other'].map((name) => ({ name, ...(name === 'other' && { rest: true }) })),
    );
    assert.deepEqual(
      choice.picks.map(({ port }) => port),
      [1, 80, 443, 65535, 9999],
    );
    const { parts, picks } = choiceAt(space);
    assert.deepEqual(
      parts.map(({ name }, index) => [name, picks[index]!.address]),
      [
        ['IPv4', undefined],
        ['loopback', '127.0.0.1'],
        ['IPv6', '2001:db8::1'],
      ],
    );
  });

  it('has an example of the other ports that is none of those named, as long as there is one', () => {
    const example = (...named: number[]) =>
      choiceAt(spaceOf([simulationOf([onPorts(...named)])]), 'IPv4').picks.at(-1)!.port;
    assert.deepEqual([example(9999), example(9999, 65535)], [65535, 65534]);
    const cutFrom = (first: number) => {
      const ports = Array.from({ length: 65536 - first }, (_, index) => ({ containerPort: first + index }));
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'curl', namespace: 'curl' },
        spec: { serviceAccountName: 'curl', containers: [{ name: 'curl', ports }] },
      } as KubernetesObject as Resource;
      const programs = [simulationOf([pod, onPorts(2)]), simulationOf([pod, onPorts(2, 3)])];
      const { parts, picks } = choiceAt(spaceOf(programs, { onlyDifferences: true }), 'IPv4');
      return [parts.length, parts.at(-1)!.name, picks.at(-1)!.port];
    };
    assert.deepEqual([1, 2].map(cutFrom), [
      [65535, '65535', 65535],
      [65535, 'other', 1],
    ]);
  }).timeout(60_000);

  it('is ranges of addresses, what is elsewhere last, and nothing of the pod itself', () => {
    const cut = (...ranges: string[]) => choiceAt(spaceOf([simulationOf([tcpTo(...ranges)])]), 'IPv4', '3306');
    const { parts } = cut('198.51.100.0/24', '192.0.2.0/24', '127.0.0.0/24', '0.0.0.0/32');
    assert.deepEqual(
      parts.map(({ name, rest, intervals }) => [name, rest, intervals!.length]),
      [
        ['192.0.2.0/24', undefined, 1],
        ['198.51.100.0/24', undefined, 1],
        // without the pod itself and the ranges
        ['elsewhere', true, 4],
      ],
    );
    assert.deepEqual(parts[0]!.intervals, [[parseIpv4('192.0.2.0'), parseIpv4('192.0.2.255')]]);
    const within = egress('named', {
      hosts: ['a.test'],
      ipAddresses: ['192.0.2.0/24'],
      ports: [{ number: 3306, protocol: 'https' }],
    });
    const everywhere = spaceOf([simulationOf([tcpTo('0.0.0.0/0'), within])]);
    assert.deepEqual(
      choiceAt(everywhere, 'IPv4', '3306').parts.map(({ name }) => name),
      ['0.0.0.0/0', '192.0.2.0/24'],
    );
  });

  it('has an example of a range that looks like the address of a host', () => {
    const rows: [ranges: string[], examples: string[]][] = [
      [
        ['192.0.2.0/24', '198.51.100.4/31', '198.51.100.7/32'],
        ['192.0.2.1', '198.51.100.4', '198.51.100.7'],
      ],
      [
        ['192.0.2.0/24', '192.0.2.0/32'],
        ['192.0.2.1', '192.0.2.0'],
      ],
      [
        ['192.0.2.0/24', '192.0.2.1/32'],
        ['192.0.2.0', '192.0.2.1'],
      ],
      [
        ['192.0.2.0/30', '192.0.2.2/32'],
        ['192.0.2.1', '192.0.2.2'],
      ],
    ];
    for (const [ranges, examples] of rows) {
      const { picks } = choiceAt(spaceOf([simulationOf([tcpTo(...ranges)])]), 'IPv4', '3306');
      assert.deepEqual(
        picks.map(({ address }) => address),
        [...examples, '203.0.113.254'],
        ranges.join(),
      );
    }
  });

  it('has each address in its range, the first and the last ones too', () => {
    const ranges = [
      '10.0.0.0/8',
      '10.1.0.0/16',
      '10.1.2.3/32',
      '172.16.0.0/12',
      '192.0.2.0/24',
      '198.51.100.0/25',
      '203.0.113.0/31',
    ];
    const { partOf } = choiceAt(spaceOf([simulationOf([tcpTo(...ranges)])]), 'IPv4', '3306');
    const rows: Record<string, string[]> = {
      elsewhere: [
        '0.0.0.1',
        '9.255.255.255',
        '11.0.0.0',
        '172.15.255.255',
        '172.32.0.0',
        '192.0.1.255',
        '192.0.3.0',
        '198.51.100.128',
        '203.0.112.255',
        '203.0.113.2',
        '255.255.255.255',
      ],
      '10.0.0.0/8': ['10.0.0.0', '10.0.255.255', '10.2.0.0', '10.255.255.255'],
      '10.1.0.0/16': ['10.1.0.0', '10.1.2.2', '10.1.2.4', '10.1.255.255'],
      '10.1.2.3/32': ['10.1.2.3'],
      '172.16.0.0/12': ['172.16.0.0', '172.31.255.255'],
      '192.0.2.0/24': ['192.0.2.0', '192.0.2.255'],
      '198.51.100.0/25': ['198.51.100.0', '198.51.100.127'],
      '203.0.113.0/31': ['203.0.113.0', '203.0.113.1'],
    };
    for (const [part, addresses] of Object.entries(rows)) {
      for (const address of addresses)
        assert.equal(partOf({ target: targetOf({}), address: parseAddressLiteral(address)! }), part, address);
    }
  });

  it('is of the pod itself what 127.0.0.1 is, what the rest of its network is, and IPv6', () => {
    const { parts, picks } = choiceAt(spaceOf([simulationOf([])]), 'loopback', '15000');
    const [first, itself, last] = ['127.0.0.0', '127.0.0.1', '127.255.255.255'].map((text) => parseIpv4(text)!);
    assert.deepEqual(parts, [
      { name: '127.0.0.1', intervals: [[itself, itself]] },
      {
        name: 'elsewhere',
        rest: true,
        intervals: [
          [first, first],
          [itself! + 1, last],
        ],
      },
      { name: '::1' },
    ]);
    assert.deepEqual(
      picks.map(({ address }) => address),
      ['127.0.0.1', '127.0.0.2', '::1'],
    );
  });
});

describe('a space of several programs', () => {
  const [a, b] = [[https('a', 'a.test')], [https('b', 'a.test', 'b.test')]].map(simulationOf) as [
    Simulation,
    Simulation,
  ];
  const address = parseAddressLiteral('192.0.2.1')!;
  const isCut = (programs: (typeof a)[], name: string) =>
    classOf(spaceOf(programs, { onlyDifferences: true }), parseTarget(`https://${name}/`), address) !== undefined;

  it('holds what any of them has otherwise than another', () => {
    for (const programs of [
      [a, a, b],
      [a, b, a],
      [b, a, a],
    ])
      assert.deepEqual(
        ['a.test', 'b.test', 'c.test'].map((name) => isCut(programs, name)),
        [false, true, false],
      );
  });

  it('holds nothing where there is one, or none differs', () => {
    for (const programs of [[a], [a, a], [b, b, b]]) {
      const { root, same } = spaceOf(programs, { onlyDifferences: true });
      assert.equal(root, same);
    }
  });

  it('tells together what has one label, and nothing of what ends alike', () => {
    const [before, after] = [['a.test'], ['b.test']].map((hosts) => simulationOf([https('name', ...hosts)]));
    const told = (label: (before: Verdict, after: Verdict) => string) =>
      difference(before!, after!, { detail: 'policies', label }).differing.map(({ class: one }) =>
        requestClassText(one),
      );
    const text = (hosts: string) => `TLS on port 443 of ${hosts}, wherever it resolves to`;
    assert.deepEqual(
      told(() => 'any'),
      [text('a.test and b.test')],
    );
    assert.deepEqual(
      told((_, { verdict }) => verdict),
      [text('a.test'), text('b.test')],
    );
    const others = simulationOf([https('others', 'a.test')]);
    assert.deepEqual(difference(a, others, { detail: 'policies', label: () => 'any' }).differing, []);
    assert.notDeepEqual(difference(a, others, { detail: 'policies' }).differing, []);
  });

  it('is told verdict by verdict while it is cut', () => {
    const heard = new Set<string>();
    const onVerdict = (verdict: Verdict) => {
      for (const { decidedBy } of endingsOf(verdict)) for (const { object } of decidedBy) heard.add(ownerText(object));
    };
    spaceOf([a, b], { detail: 'policies', onVerdict });
    assert.deepEqual([...heard].sort(), ['Egress curl/a', 'Egress curl/b']);
  });

  it('is not too large where it is only for what they have in common', () => {
    const matches = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'large' }];
    const group: HTTPRouteGroup = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'large', namespace: 'curl' },
      spec: { matches: [{ name: 'large', pathRegex: '/[ab]*a[ab]{15}' }] },
    };
    const ports = [{ number: 80, protocol: 'http' }];
    const large = [group, egress('large', { hosts: ['large.test'], ports, matches })];
    const [one, other] = [large, [...large, egress('a', { hosts: ['a.test'], ports })]].map(simulationOf);
    assert.deepEqual(
      undecidedRegions(spaceOf([one!])).map(({ dimension, bound }) => [dimension, bound]),
      [['path', 'states']],
    );
    const { differing, undecided } = difference(one!, other!);
    assert.deepEqual(undecided, []);
    assert.ok(differing.length > 0);
  }).timeout(60_000);
});
