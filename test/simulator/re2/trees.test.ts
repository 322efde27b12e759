import assert from 'node:assert/strict';
import { joinRepetitions } from '../../../src/lib/simulator/envoy/re2/simplify.js';
import { ANY, choiceOf, EMPTY, sequenceOf, type Node } from '../../../src/lib/simulator/envoy/re2/syntax-tree.js';

const several = (count: number): Node[] => new Array<Node>(count).fill(ANY);

/** How many children a list has; of a list of lists those of each. */
function shapeOf(node: Node): unknown {
  if (node.kind !== 'sequence' && node.kind !== 'choice') return node.kind;
  const inner = node.subs.filter(({ kind }) => kind === node.kind);
  return [node.kind, inner.length === 0 ? node.subs.length : node.subs.map(shapeOf)];
}

describe('RE2: lists of nodes', () => {
  it('have at most 65,535 children, and are lists of lists beyond', () => {
    assert.equal(sequenceOf([]), EMPTY);
    for (const [kind, make] of [
      ['sequence', sequenceOf],
      ['choice', choiceOf],
    ] as const) {
      assert.equal(make([ANY]), ANY);
      const counts = [2, 65_534, 65_535, 65_536, 131_070, 131_072];
      assert.deepEqual(
        counts.map((count) => shapeOf(make(several(count)))),
        [
          [kind, 2],
          [kind, 65_534],
          [kind, 65_535],
          [kind, [[kind, 65_535], 'any']],
          [kind, [[kind, 65_535], [kind, 65_535]]], // prettier-ignore
          [kind, [[kind, 65_535], [kind, 65_535], [kind, 2]]], // prettier-ignore
        ],
      );
    }
  });
});

describe('RE2: repetitions side by side', () => {
  it('are joined in trees of up to a million nodes, at the last of them too', () => {
    const [full, a]: Node[] = [sequenceOf(several(65_535)), { kind: 'literal', point: 0x61, ignoreCase: false }];
    const star: Node = { kind: 'star', sub: a!, flags: 0 };
    // 15 × 65,536 nodes, those of the last list, `a*a`, and the root
    const tree = (count: number): Node => ({
      kind: 'sequence',
      subs: [...new Array<Node>(15).fill(full!), sequenceOf(several(count)), star, a!],
    });
    const joined = joinRepetitions(tree(16_955));
    assert.ok(joined?.kind === 'sequence');
    assert.deepEqual(joined.subs.slice(-2), [EMPTY, { kind: 'repeat', sub: a, flags: 0, min: 1, max: Infinity }]);
    assert.equal(joinRepetitions(tree(16_956)), undefined);
  });
});
