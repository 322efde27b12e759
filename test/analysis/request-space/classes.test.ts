import assert from 'node:assert/strict';
import {
  classes,
  classOf,
  implies,
  mergedClasses,
  mergedClassesWithin,
  undecidedRegions,
  waysWithin,
  type Chooser,
  type Landmarks,
  type RequestClass,
} from '../../../src/lib/analysis/request-space/index.js';
import { Diagram, type Node } from '../../../src/lib/analysis/request-space/diagram.js';
import type { Egress, HTTPRouteGroup, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { simulationOf, spaceOf } from './support.js';

type Spec = Pick<Egress['spec'], 'ports'> & Partial<Egress['spec']>;

const egress = (name: string, spec: Spec, ...groups: string[]): Egress => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name, namespace: 'curl' },
  spec: {
    sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
    ...spec,
    matches: groups.map((group) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: group })),
  },
});
const http = [{ number: 80, protocol: 'http' }];
const https = [{ number: 443, protocol: 'https' }];

const isAllowed = ({ verdicts: [one] }: RequestClass) => one!.verdict === 'allowed';
/** Of TLS on port 443. */
const texts = (list: readonly RequestClass[]) =>
  list
    .filter(isAllowed)
    .map(requestClassText)
    .filter((text) => text.startsWith('TLS on port 443 '));

describe('classes of requests', () => {
  const simulation = simulationOf([
    egress('a', { hosts: ['a.test', 'b.test', 'c.test'], ports: https }),
    egress('b', { hosts: ['a.test'], ports: http }),
  ]);
  const space = spaceOf([simulation]);

  it('are fewer when they are merged: those that differ in one dimension are one, which holds all of their requests', () => {
    const [all, merged] = [[...classes(space)], mergedClasses(space)];
    assert.ok(merged.length < all.length);
    assert.deepEqual(texts(merged), ['TLS on port 443 of a.test, b.test and c.test, wherever it resolves to']);
  });

  it('say all that they hold, and what they do not, however much it is', () => {
    const paths = Array.from({ length: 100 }, (_, index) => `/page-${index}`);
    const group: HTTPRouteGroup = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'pages', namespace: 'curl' },
      spec: { matches: paths.map((pathRegex) => ({ name: pathRegex, pathRegex })) },
    };
    const pages = spaceOf([simulationOf([group, egress('a', { hosts: ['a.test'], ports: http }, 'pages')])]);
    const termsOf = (isWanted: boolean) => {
      const wanted = mergedClasses(pages).filter((one) => isAllowed(one) === isWanted);
      const ofPaths = wanted.flatMap(({ constraints }) => constraints.filter(({ dimension }) => dimension === 'path'));
      return new Set(ofPaths.map(({ parts }) => JSON.stringify(parts.flatMap(({ terms }) => terms))));
    };
    const sorted = paths.toSorted();
    const [held, others] = [
      sorted.map((path) => ({ matching: [path], notMatching: [] })),
      [{ matching: [], notMatching: sorted }],
    ];
    assert.deepEqual([true, false].map(termsOf), [new Set([JSON.stringify(held)]), new Set([JSON.stringify(others)])]);
  });

  it('are cut at landmarks: what is outside first, then each in its order, then the rest, each with a request of its own', () => {
    const landmarks: Landmarks = {
      within: { dimensions: ['port'], parts: new Set(['80', '443']) },
      apart: [
        { dimensions: ['host', 'server-name'], parts: new Set(['b.test', 'a.test']) },
        { dimensions: ['server-name'], parts: new Set(['a.test', 'c.test']) },
      ],
    };
    const told = mergedClasses(space, landmarks);
    assert.deepEqual(texts(told), [
      'TLS on port 443 of a.test and b.test, wherever it resolves to',
      'TLS on port 443 of c.test, wherever it resolves to',
    ]);
    const outside = told.filter(({ constraints }) =>
      constraints.some(({ dimension, parts }) => dimension === 'port' && parts.every(({ name }) => name === 'other')),
    );
    assert.ok(outside.length > 0);
    for (const line of [
      'http://a.test/',
      'https://c.test/',
      'http://d.test/',
      'https://a.test/',
      'https://b.test/',
      'tcp://a.test:81',
    ]) {
      const target = parseTarget(line);
      const address = parseAddressLiteral('192.0.2.1')!;
      const holding = told.filter((one) => one.holds(target, address));
      assert.equal(holding.length, 1, line);
    }
    for (const one of told)
      assert.ok(one.holds(one.witness, parseAddressLiteral(one.witness.dial.host)!), one.witness.command);
  });

  it('are cut at landmarks among addresses', () => {
    const ranges = simulationOf([
      egress('a', { ipAddresses: ['192.0.2.0/24', '198.51.100.0/24'], ports: [{ number: 3306, protocol: 'tcp' }] }),
    ]);
    const told = mergedClasses(spaceOf([ranges]), {
      within: { dimensions: ['port'], parts: new Set(['3306']) },
      apart: [{ dimensions: ['address'], parts: new Set(['192.0.2.0/24']) }],
    });
    const holding = ['192.0.2.1', '198.51.100.1'].map((host) => {
      const address = parseAddressLiteral(host)!;
      return told.filter((one) => isAllowed(one) && one.holds(parseTarget(`tcp://${host}:3306`), address));
    });
    assert.deepEqual(
      holding.map((list) => list.map(requestClassText)),
      ['192.0.2.0/24', '198.51.100.0/24'].map((range) => [`TLS, HTTP and other bytes on port 3306, at ${range}`]),
    );
  });

  it('can be looked at along some of the ways only', () => {
    const only =
      (dimension: string, name: string): Chooser =>
      (choice) =>
        choice.dimension === dimension ? choice.edges.filter((edge) => edge === choice.edgeOf.get(name)) : choice.edges;
    const within = mergedClassesWithin(space, only('port', '443'));
    assert.ok(within.length > 0);
    for (const { constraints } of within) {
      const port = constraints.find(({ dimension }) => dimension === 'port');
      assert.ok(!port || port.parts.some(({ name }) => name === '443'));
    }
    const ways = [...waysWithin(space, only('client', 'waits'))];
    assert.ok(ways.length > 0 && ways.length < [...classes(space)].length);
    for (const { picks } of ways) assert.ok(!picks.some(({ client }) => client !== undefined && client !== 'waits'));
  });

  it('of a difference hold nothing that fares alike', () => {
    const other = simulationOf([egress('a', { hosts: ['a.test', 'b.test'], ports: https })]);
    const differing = spaceOf([simulation, other], { onlyDifferences: true });
    const [gone, same, none] = ['https://c.test/', 'https://a.test/', "curl -H 'Connection: x' http://a.test/"].map(
      (line) => parseTarget(line),
    );
    const address = parseAddressLiteral('192.0.2.1')!;
    assert.ok(classOf(differing, gone!, address));
    assert.equal(classOf(differing, same!, address), undefined);
    assert.equal(classOf(differing, none!, address), undefined);
    for (const one of mergedClasses(differing)) assert.equal(one.holds(none!, address), false);
  });
});

describe('what cannot be decided', () => {
  const HOST: HTTPRouteGroup = {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name: 'group', namespace: 'curl' },
    spec: { matches: [{ name: 'match', pathRegex: '/get', headers: [{ host: '.*x.*' }] }] },
  };
  const tls = (...hosts: string[]) => egress('tls', { hosts, ports: https });
  // wildcards of two tables that meet, and routes that look at the Host
  const [before, after] = ['a.*', '*.test'].map((host) => [
    HOST,
    egress('a', { hosts: [host], ports: http }, 'group'),
    tls('a.test'),
  ]) as [Resource[], Resource[]];
  const space = spaceOf([simulationOf(before), simulationOf(after)], { onlyDifferences: true });

  it('is told with the place and the bound, is in no class, and counts as nothing that is proven', () => {
    const told = undecidedRegions(space).map(({ dimension, bound, port, domains, at }) => [
      [dimension, bound, port, domains.join()].join(' '),
      at.map(({ object }) => object.metadata.name).join(),
    ]);
    assert.deepEqual(told, [['authority classes 80 *.test,*.test:80,a.*,a.*:80', 'a,a']]);
    const target = parseTarget('http://a.x.test/get');
    const address = parseAddressLiteral('192.0.2.1')!;
    assert.equal(classOf(space, target, address), undefined);
    assert.ok(mergedClasses(space).every((one) => !one.holds(target, address)));
    assert.deepEqual(implies(simulationOf(before), simulationOf(after)), {
      holds: 'undecided',
      undecided: undecidedRegions(space),
    });
    const ways = [...waysWithin(space, ({ edges }) => edges)];
    assert.ok(ways.some(({ leaf, picks }) => leaf.undecided && picks.length > 0));
    assert.ok(ways.some(({ leaf }) => !leaf.undecided));
  });

  it('is told of those hosts that are there', () => {
    const other = simulationOf([egress('z', { hosts: ['z.test'], ports: http })]);
    const regions = undecidedRegions(spaceOf([simulationOf(before), other, simulationOf(after)]));
    assert.deepEqual(
      regions.map(({ limit, domains, at }) => [limit > 0, domains.join(), at.length]),
      [[true, '*.test,*.test:80,a.*,a.*:80', 2]],
    );
  });

  it('does not hide what is newly allowed elsewhere', () => {
    const more = [...after.slice(0, 2), tls('a.test', 'b.test')];
    assert.equal(implies(simulationOf(before), simulationOf(more)).holds, false);
  });

  it('is found where more ways lead than anyone can walk', () => {
    const diagram = new Diagram();
    const [region] = undecidedRegions(space);
    let [one, other]: [Node, Node] = [diagram.leaf('', region), diagram.leaf('same')];
    for (let level = 0; level < 60; level++) {
      const choice = (...children: Node[]) => {
        const alternatives = children.map((child, index) => ({ part: { name: String(index) }, pick: {}, child }));
        return diagram.choice(`level ${level}`, alternatives, () => '0');
      };
      [one, other] = [choice(one, other), choice(other, one)];
    }
    assert.deepEqual(undecidedRegions({ programs: [], root: one, same: other }), [region]);
  });
});
