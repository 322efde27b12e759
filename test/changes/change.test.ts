import assert from 'node:assert/strict';
import { fieldChanges, patchOf } from '../../src/lib/changes/change.js';

describe('merge patches', () => {
  const cases: [name: string, before: object, after: object, patch: object][] = [
    ['nothing', { a: 1, b: { c: [1] } }, { a: 1, b: { c: [1] } }, {}],
    ['a value', { a: 1, b: 2 }, { a: 3, b: 2 }, { a: 3 }],
    ['a new field', {}, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a field that goes', { a: 1, b: 2 }, { b: 2 }, { a: null }],
    ['a field that is undefined goes', { a: 1 }, { a: undefined }, { a: null }],
    ['a field that is undefined on both sides', { a: undefined }, {}, {}],
    ['deep inside', { a: { b: { c: 1, d: 2 }, e: 3 } }, { a: { b: { c: 1 }, e: 3 } }, { a: { b: { d: null } } }],
    ['lists are sent whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['a list that becomes a map', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a map that becomes a list', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['a map that becomes a word', { a: { b: 1 } }, { a: 'b' }, { a: 'b' }],
    ['a word that becomes a map', { a: 'b' }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['null is a value of the server', { a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
  ];
  for (const [name, before, after, patch] of cases) {
    it(name, () => {
      assert.deepEqual(patchOf(fieldChanges(before, after)), patch);
    });
  }
});
