import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, differences, sameValue, type FieldEdit } from '../../src/lib/resources/edit/fields.js';

const json = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', 1, 2, true, null),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.constantFrom('p', 'q', 'r'), tie('value'), { noNullPrototype: true }),
})).map;

describe('changes of fields', () => {
  it('what is found between two values turns the one into the other', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const copy = structuredClone(before);
        assert.deepEqual(applyEdits(before, differences(before, after)), after);
        assert.deepEqual(before, copy);
      }),
      { numRuns: 500 },
    );
  });

  it('equal values differ in nothing, whatever the order of their fields', () => {
    fc.assert(
      fc.property(json, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        assert.deepEqual(differences(value, reversed), []);
        assert.ok(sameValue(value, reversed));
      }),
    );
  });

  it('the order of changes does not matter', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        assert.deepEqual(applyEdits(before, differences(before, after).reverse()), after);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the small change in a long list', () => {
    const hosts = Array.from({ length: 500 }, (_, index) => `h${index}`);
    const after = [...hosts.filter((_, index) => index !== 250), 'new'];
    assert.deepEqual(differences({ hosts }, { hosts: after }), [
      { op: 'remove', path: ['hosts', 250] },
      { op: 'insert', path: ['hosts'], index: 500, values: ['new'] },
    ]);
  });

  it('changes one field of one item of several', () => {
    const ports = [
      { number: 80, protocol: 'HTTP' },
      { number: 443, protocol: 'https' },
    ];
    const after = [{ number: 80, protocol: 'http' }, ports[1], { number: 90, protocol: 'tcp' }];
    assert.deepEqual(differences({ ports }, { ports: after }), [
      { op: 'set', path: ['ports', 0, 'protocol'], value: 'http' },
      { op: 'insert', path: ['ports'], index: 2, values: [{ number: 90, protocol: 'tcp' }] },
    ]);
  });

  it('no more items of a list change than have to', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 7, minLength: 1 });
    const isWithin = (some: readonly string[], list: readonly string[]) => {
      let at = 0;
      return some.every((item) => (at = list.indexOf(item, at) + 1) > 0);
    };
    const mostCommon = (one: readonly string[], other: readonly string[]) =>
      Math.max(
        ...Array.from({ length: 2 ** one.length }, (_, chosen) => {
          const some = one.filter((_item, index) => (chosen >> index) & 1);
          return isWithin(some, other) ? some.length : 0;
        }),
      );
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        const changed = differences(before, after).filter(({ op }) => op !== 'insert').length;
        assert.equal(before.length - changed, mostCommon(before, after));
      }),
      { numRuns: 300 },
    );
  });

  it('of two items that have changed places the upper one is moved', () => {
    assert.deepEqual(differences(['a', 'b'], ['b', 'a']), [
      { op: 'remove', path: [0] },
      { op: 'insert', path: [], index: 2, values: ['a'] },
    ]);
  });

  it('compares what is left behind an item that stays in pairs', () => {
    const before = ['x', { a: 1, b: 1 }, { a: 2, b: 2 }];
    assert.deepEqual(differences(before, ['x', { a: 9, b: 1 }, { a: 2, b: 9 }]), [
      { op: 'set', path: [1, 'a'], value: 9 },
      { op: 'set', path: [2, 'b'], value: 9 },
    ]);
  });

  it('a field that is undefined is not there', () => {
    const edits = [{ op: 'set', path: ['b'], value: 2 }];
    assert.deepEqual(differences({ a: undefined, b: 1 }, { b: 2 }), edits);
    assert.deepEqual(differences({ b: 1 }, { a: undefined, b: 2 }), edits);
    assert.deepEqual(differences({ a: undefined }, { a: 1 }), [{ op: 'set', path: ['a'], value: 1 }]);
    assert.deepEqual(differences({ a: 1 }, { a: undefined }), [{ op: 'remove', path: ['a'] }]);
  });

  it('a list too long to compare is replaced', () => {
    const list = (length: number) => Array.from({ length }, (_, index) => index);
    for (const [before, after] of [
      [list(2001), list(2)],
      [list(2), list(2001)],
    ]) {
      assert.deepEqual(differences({ a: before }, { a: after }), [{ op: 'set', path: ['a'], value: after }]);
    }
    assert.deepEqual(differences(list(2000), [...list(1999), 'x']), [{ op: 'set', path: [1999], value: 'x' }]);
  });

  it('every place is one of the object as it was, whatever else goes or comes', () => {
    const before = { a: [1, { b: [2, 3] }, 4] };
    const edits: FieldEdit[] = [
      { op: 'remove', path: ['a', 0] },
      { op: 'remove', path: ['a', 1, 'b', 0] },
      { op: 'insert', path: ['a', 1, 'b'], index: 1, values: [5] },
      { op: 'set', path: ['a', 2], value: 6 },
      { op: 'insert', path: ['a'], index: 2, values: [7] },
    ];
    for (const some of [edits, [...edits].reverse()]) {
      const given = [...some];
      assert.deepEqual(applyEdits(before, some), { a: [{ b: [5, 3] }, 7, 6] });
      assert.deepEqual(some, given);
    }
  });

  it('an item in the place of one that goes, and a field between two items', () => {
    const edits: FieldEdit[] = [
      { op: 'remove', path: ['a', 1] },
      { op: 'insert', path: ['a'], index: 1, values: ['x'] },
      { op: 'remove', path: ['b', 'c'] },
      { op: 'remove', path: ['a', 3] },
    ];
    for (const some of [edits, [...edits].reverse()]) {
      assert.deepEqual(applyEdits({ a: [0, 1, 2, 3, 4], b: { c: 1 } }, some), { a: [0, 'x', 2, 4], b: {} });
    }
  });

  it('a list that was empty, and what becomes empty, or of another sort, is replaced', () => {
    for (const [before, after] of [
      [['a'], []],
      [[], ['a']],
      [{ b: 1 }, {}],
      [{ b: 1 }, [1]],
      [[1], { b: 1 }],
      [{ b: 1 }, null],
      [null, { b: 1 }],
    ]) {
      assert.deepEqual(differences({ a: before }, { a: after }), [{ op: 'set', path: ['a'], value: after }]);
    }
    assert.deepEqual(differences({ a: {} }, { a: { b: 1 } }), [{ op: 'set', path: ['a', 'b'], value: 1 }]);
    assert.deepEqual(differences({}, { a: 1 }), [{ op: 'set', path: ['a'], value: 1 }]);
    assert.deepEqual(differences({ a: 1 }, {}), [{ op: 'remove', path: ['a'] }]);
  });

  it('a path that leads nowhere is refused', () => {
    const edits: readonly FieldEdit[] = [
      { op: 'set', path: ['b', 'c'], value: 1 },
      { op: 'set', path: ['list', 1], value: 1 },
      { op: 'set', path: ['list', 'length'], value: 0 },
      { op: 'insert', path: ['map'], index: 0, values: [1] },
      { op: 'remove', path: ['map', 'b'] },
      { op: 'remove', path: ['constructor'] },
    ];
    for (const edit of edits) {
      const message = `there is no field ${edit.path.join('.')}`;
      assert.throws(() => applyEdits({ list: [1], map: { a: 1 } }, [edit]), { name: 'RangeError', message });
    }
  });
});
