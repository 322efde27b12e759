import assert from 'node:assert/strict';
import { Diagram, type Alternative, type Node } from '../../../src/lib/analysis/request-space/diagram.js';
import {
  mergeDrafts,
  withLandmarksApart,
  type Draft,
  type Landmarks,
} from '../../../src/lib/analysis/request-space/merge.js';
import type { Part } from '../../../src/lib/analysis/request-space/types.js';

/** Which ways through a diagram are put together, and which are kept apart; docs/request-space.md. */

type Branch = readonly [part: string | Part, child: Node];

const diagram = new Diagram();
const [YES, NO, X, Y, Z] = ['yes', 'no', 'x', 'y', 'z'].map((key) => diagram.leaf(key)) as [
  Node,
  Node,
  Node,
  Node,
  Node,
];

const partOf = (part: string | Part): Part =>
  typeof part === 'string' ? { name: part, ...(part === 'other' && { rest: true as const }) } : part;

function choice(dimension: string, ...branches: Branch[]): Node {
  const alternatives = branches.map(([part, child]): Alternative => {
    const own = partOf(part);
    return { part: own, pick: { path: `/${own.name}` }, child };
  });
  return diagram.choice(dimension, alternatives, () => '');
}

/** Each way to a leaf. */
function waysFrom(node: Node, steps: Draft['steps'] = [], picks: Draft['picks'] = []): Draft[] {
  if (node.kind === 'leaf') return [{ steps, picks, leaf: node, ways: [steps], cuts: [] }];
  return node.edges.flatMap(({ parts, pick, child }) =>
    waysFrom(child, [...steps, { choice: node, parts }], [...picks, pick]),
  );
}

const stepsText = (steps: Draft['steps']) =>
  steps.map(({ choice: { dimension, parts: all }, parts }) => {
    const names = parts.map((index) => all[index]!.name);
    return `${dimension} ${names.join('|')}`;
  });
const textOf = ({ steps }: Draft) => stepsText(steps).join(', ');

/** What leads to `yes`, put together. */
const merged = (root: Node) =>
  mergeDrafts(waysFrom(root))
    .filter(({ leaf }) => leaf === YES)
    .map(textOf);

describe('ways that lead to one outcome', () => {
  it('are one class where they differ in one dimension only, whatever else there is to choose', () => {
    const root = choice(
      'port',
      ['80', choice('host', ['a', YES], ['b', NO])],
      ['81', choice('host', ['a', YES], ['c', X])],
      ['82', choice('host', ['a', Z], ['d', YES])],
      ['83', choice('host', ['e', YES], ['a', Y])],
    );
    assert.deepEqual(merged(root), ['port 80|81, host a', 'port 82, host d', 'port 83, host e']);
    const [first] = mergeDrafts(waysFrom(root));
    assert.deepEqual(first!.ways.map(stepsText), [
      ['port 80', 'host a'],
      ['port 81', 'host a'],
    ]);
    assert.deepEqual(first!.picks, [{ path: '/80' }, { path: '/a' }]);
  });

  it('say nothing of a dimension all of which they hold', () => {
    const root = choice(
      'port',
      ['80', choice('host', ['a', YES], ['b', NO])],
      ['other', choice('host', ['a', YES], ['b', X])],
    );
    assert.deepEqual(merged(root), ['host a']);
    const below = choice(
      'port',
      [
        '80',
        choice(
          'host',
          ['a', choice('method', ['GET', YES], ['PUT', NO])],
          ['b', choice('method', ['GET', YES], ['PUT', X])],
        ),
      ],
      ['other', Y],
    );
    assert.deepEqual(merged(below), ['port 80, method GET']);
  });

  it('have the parts in their order', () => {
    const [one, other] = [choice('host', ['a', YES], ['b', NO]), choice('host', ['a', YES], ['b', X])];
    const root = choice('port', ['80', one], ['81', other], ['82', other], ['83', one], ['other', Z]);
    assert.deepEqual(merged(root), ['port 80|81|82|83, host a']);
  });

  it('are not one class where the rest is another, or a wildcard less something else', () => {
    const ports = (...hosts: [Branch[], Branch[]]) =>
      choice('port', ['80', choice('host', ...hosts[0])], ['81', choice('host', ...hosts[1])], ['other', Z]);
    const rest = (name: string): Branch[] => [
      [name, NO],
      ['other', YES],
    ];
    assert.deepEqual(merged(ports(rest('a'), rest('b'))), ['port 80, host other', 'port 81, host other']);
    const wild = (name: string): Branch[] => [
      [name, NO],
      ['*.x', YES],
    ];
    assert.deepEqual(merged(ports(wild('a.x'), wild('b.x'))), ['port 80, host *.x', 'port 81, host *.x']);
    const mixed = (name: string, end: Node): Branch[] => [
      ['a', YES],
      [name, end],
      ['other', YES],
    ];
    assert.deepEqual(merged(ports(mixed('b', X), mixed('c', Y))), ['port 80, host a|other', 'port 81, host a|other']);
    // where the choices are cut alike, they are
    assert.deepEqual(merged(ports(mixed('b', X), mixed('b', Y))), ['port 80|81, host a|other']);
  });

  it('are compared by what parts hold, not by what they are called', () => {
    const term = (...matching: string[]): Partial<Part> => ({ terms: [{ matching, notMatching: [] }] });
    const within = (last: number): Partial<Part> => ({ intervals: [[1, last]] });
    const both = (dimension: string, one: Part, other: Part) =>
      merged(
        choice(
          'port',
          ['80', choice(dimension, [one, YES], ['b', NO])],
          ['81', choice(dimension, [other, YES], ['b', X])],
          ['other', Z],
        ),
      ).length;
    assert.equal(both('path', { name: '1', ...term('x') }, { name: '2', ...term('x') }), 1);
    assert.equal(both('path', { name: '1', ...term('x') }, { name: '1', ...term('y') }), 2);
    assert.equal(both('address', { name: '1', ...within(2) }, { name: '2', ...within(2) }), 1);
    assert.equal(both('address', { name: '1', ...within(2) }, { name: '1', ...within(3) }), 2);
    assert.equal(both('host', { name: '1' }, { name: '2' }), 2);
    const named = choice(
      'port',
      ['80', choice('host', ['a', YES], ['b', NO])],
      ['81', choice('method', ['a', YES], ['b', X])],
      ['other', Z],
    );
    assert.deepEqual(merged(named), ['port 80, host a', 'port 81, method a']);
  });

  it('are put together where they part last, first', () => {
    const methods = (end: Node) => choice('method', ['GET', YES], ['PUT', end]);
    const hosts = (...ends: Node[]) => choice('host', ...ends.map((end, index): Branch => ['ab'[index]!, end]));
    const root = choice('port', ['80', hosts(methods(NO), methods(X))], ['81', hosts(methods(Y), Z)], ['other', Z]);
    assert.deepEqual(merged(root), ['port 80, method GET', 'port 81, host a, method GET']);
    // a dimension counts where it is deepest
    const deeper = choice('first', ['1', root], ['2', choice('host', ['a', X], ['b', Y])], ['3', NO]);
    assert.deepEqual(merged(deeper), ['first 1, port 80, method GET', 'first 1, port 81, host a, method GET']);
  });

  it('are put together as far as it goes', () => {
    // the hosts can be put together only when the methods were, and the ports only when the hosts were
    const methods = (end: Node) => choice('method', ['GET', YES], ['PUT', end]);
    const hosts = (one: Node, other: Node) => choice('host', ['a', methods(one)], ['b', methods(other)], ['other', Z]);
    const root = choice('port', ['80', hosts(NO, X)], ['81', hosts(Y, NO)], ['other', NO]);
    assert.deepEqual(merged(root), ['port 80|81, host a|b, method GET']);
  });
});

describe('landmarks among the parts of a class', () => {
  const root = choice(
    'port',
    ['80', choice('host', ['a', YES], ['b', YES], ['c', YES], ['other', NO])],
    ['81', choice('host', ['a', YES], ['b', YES], ['c', YES], ['other', X])],
    ['other', Z],
  );
  const draft = mergeDrafts(waysFrom(root)).find(({ leaf }) => leaf === YES)!;
  const parts = (dimensions: string, ...names: string[]) => ({
    dimensions: dimensions.split(' '),
    parts: new Set(names),
  });
  const apart = (landmarks: Landmarks, own = draft) => withLandmarksApart(own, landmarks);

  it('are cut out of it: what is outside first, then each, then the rest', () => {
    const told = apart({ within: parts('port', '80'), apart: [parts('name host', 'b', 'x'), parts('host', 'b', 'c')] });
    assert.deepEqual(told.map(textOf), [
      'port 81, host a|b|c',
      'port 80, host b',
      'port 80, host c',
      'port 80, host a',
    ]);
    assert.deepEqual(
      told.map(({ cuts }) => stepsText(cuts)),
      [['port 81'], ['port 80', 'host b'], ['port 80', 'host a|c', 'host c'], ['port 80', 'host a|c', 'host a']],
    );
    assert.deepEqual(
      told.map(({ picks }) => picks.slice(2).map(({ path }) => path)),
      [['/81'], ['/80', '/b'], ['/80', '/a', '/c'], ['/80', '/a', '/a']],
    );
    for (const { ways } of told) assert.equal(ways, draft.ways);
  });

  it('leave it whole where all of it is one, or none of it', () => {
    assert.deepEqual(apart({ within: parts('port', '80', '81'), apart: [] }), [draft]);
    assert.deepEqual(apart({ within: parts('port', '9'), apart: [parts('host', 'a')] }), [draft]);
    assert.deepEqual(apart({ within: parts('path', '80'), apart: [parts('host', 'a')] }), [draft]);
    assert.deepEqual(
      apart({ within: parts('port', '80', '81'), apart: [parts('host', 'a', 'b', 'c'), parts('host', 'a')] }),
      [draft],
    );
    assert.deepEqual(apart({ within: parts('port', '80', '81'), apart: [parts('path', 'a'), parts('host', 'z')] }), [
      draft,
    ]);
  });
});
