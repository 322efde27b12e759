import assert from 'node:assert/strict';
import { compareCosts, isClean } from '../../../src/lib/analysis/allow/cost.js';
import type { Cost } from '../../../src/lib/analysis/allow/types.js';

/** As `docs/allow.md` has them. */
const ORDER = [
  'lost',
  'notAsAsked',
  'detour',
  'elsewhere',
  'takenAway',
  'changed',
  'near',
  'delay',
  'own',
  'objects',
  'edits',
] as const;
/** What another change might do without. */
const SIDE_EFFECTS = ORDER.slice(0, ORDER.indexOf('own'));

const NOTHING: Cost = {
  ...(Object.fromEntries(ORDER.map((field) => [field, 0])) as Omit<Cost, 'restored'>),
  restored: 0,
};

describe('what changes cost', () => {
  for (const [index, field] of ORDER.entries()) {
    it(`${field} counts more than all that comes after it`, () => {
      const later = Object.fromEntries(ORDER.slice(index + 1).map((other) => [other, 9]));
      const [cheap, dear] = [
        { ...NOTHING, ...later, [field]: 1 },
        { ...NOTHING, [field]: 2, restored: 9 },
      ];
      assert.ok(compareCosts(cheap, dear) < 0);
      assert.ok(compareCosts(dear, cheap) > 0);
    });
  }

  it('of equals the one that restores more is better', () => {
    const [more, less] = [
      { ...NOTHING, restored: 2 },
      { ...NOTHING, restored: 1 },
    ];
    assert.ok(compareCosts(more, less) < 0);
    assert.ok(compareCosts(less, more) > 0);
    assert.equal(compareCosts(less, { ...less }), 0);
  });

  it('a change is clean without any side effect', () => {
    assert.ok(isClean({ ...NOTHING, own: 3, objects: 2, edits: 9, restored: 4 }));
    for (const one of SIDE_EFFECTS) {
      assert.ok(!isClean({ ...NOTHING, [one]: 1 }), one);
      for (const other of SIDE_EFFECTS) assert.ok(!isClean({ ...NOTHING, [one]: 1, [other]: 1 }), `${one} ${other}`);
    }
  });
});
