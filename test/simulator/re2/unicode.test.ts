import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFoldOrbits, readGroups, unicodeGroup } from '../../../src/lib/simulator/envoy/re2/unicode.js';
import {
  CATEGORY_NAMES,
  CATEGORY_RUNS,
  SCRIPT_NAMES,
  SCRIPT_RUNS,
} from '../../../src/lib/simulator/envoy/re2/unicode-data.js';

/**
 * Digests of what RE2 itself (the wheel google-re2 1.1.20240702) says of all code points but surrogates, which no text has: the members
 * of its 199 groups, and of each code point the others that equal it when case is ignored.
 */
const GROUPS = 'af6d93140cf06e2683df701c289809a690b24b0ae36167781986f347e5a87d18';
const FOLDS = '8e256ab3884ab30c646bb9b367e4581e6b6a63f62e990bd53d5cbd2597b0ce08';

const hex = (point: number): string => point.toString(16);
const digest = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');
const names = (list: string): string[] => list.trim().split(' ');

describe('RE2: Unicode', () => {
  it('has the groups that RE2 has, with their members', () => {
    const majors = [...new Set(names(CATEGORY_NAMES).map((name) => name[0]!))];
    const lines = [...names(CATEGORY_NAMES), ...names(SCRIPT_NAMES), ...majors].sort().map((name) => {
      const ranges = (unicodeGroup(name) ?? []).flatMap(({ lo, hi }) => [
        ...(lo < 0xd800 ? [[lo, Math.min(hi, 0xd7ff)]] : []),
        ...(hi > 0xdfff ? [[Math.max(lo, 0xe000), hi]] : []),
      ]);
      return `${name} ${ranges.map(([lo, hi]) => `${hex(lo!)}-${hex(hi!)}`).join()}`;
    });
    assert.equal(lines.length, 199);
    assert.equal(digest(lines), GROUPS);
    assert.deepEqual(unicodeGroup('Cs'), [{ lo: 0xd800, hi: 0xdfff }]);
    assert.deepEqual(unicodeGroup('Any'), [{ lo: 0, hi: 0x10ffff }]);
    assert.equal(unicodeGroup('L'), unicodeGroup('L'));
    for (const name of ['Unknown', 'Zzzz', 'Cn', 'LC', 'L&', 'Letter', 'lu', 'greek', 'Grek', 'X', 'l', ''])
      assert.equal(unicodeGroup(name), undefined, name);
  });

  it('reads the groups of its tables, and no others', () => {
    for (const [list, table] of [
      [CATEGORY_NAMES, CATEGORY_RUNS],
      [SCRIPT_NAMES, SCRIPT_RUNS],
    ] as const) {
      const groups = readGroups(list, table);
      assert.deepEqual([...groups.keys()], names(list));
      for (const [name, members] of groups) assert.deepEqual(members, unicodeGroup(name), name);
    }
  });

  it('folds case as RE2 does', () => {
    const orbits = readFoldOrbits();
    const lines: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const orbit = orbits.get(point);
      if (orbit)
        lines.push(
          `${hex(point)} ${orbit
            .toSorted((a, b) => a - b)
            .map(hex)
            .join()}`,
        );
    }
    assert.equal(digest(lines), FOLDS);
  });
});
