import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, differences, sameValue } from '../../src/lib/resources/edit/fields.js';

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

  it('a list too long to compare is replaced', () => {
    const before = Array.from({ length: 2100 }, (_, index) => index);
    const after = before.map((item) => item + 0.5);
    assert.deepEqual(differences({ a: before }, { a: after }), [{ op: 'set', path: ['a'], value: after }]);
  });

  it('a path that leads nowhere is refused', () => {
    assert.throws(() => applyEdits({ a: 1 }, [{ op: 'set', path: ['b', 'c'], value: 1 }]), RangeError);
    assert.throws(() => applyEdits({ a: [] }, [{ op: 'set', path: ['a', 0], value: 1 }]), RangeError);
    assert.throws(() => applyEdits({ a: 1 }, [{ op: 'remove', path: ['constructor'] }]), RangeError);
  });
});
