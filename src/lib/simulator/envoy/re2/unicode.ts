/**
 * Unicode as RE2 knows it: the groups of `\p{…}` and simple case folding, for the Unicode version of the RE2 in Envoy 1.36.
 * The tables are short strings, read only when a pattern needs them; what the JavaScript engine knows of Unicode does not matter.
 */
import { CATEGORY_NAMES, CATEGORY_RUNS, FOLD_RUNS, SCRIPT_NAMES, SCRIPT_RUNS } from './unicode-data.js';
import { ALL_CODE_POINTS, codePointSet, contains, countOf } from './code-point-set.js';
import type { CodePointRange, CodePointSet } from './code-point-set.js';
import { spend } from './work.js';
import type { Work } from './work.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';

/** Reads the numbers of a table: base 32, where a digit of the second half of DIGITS ends a number. */
function readNumbers(table: string): number[] {
  const values = new Uint8Array(128);
  for (let digit = 0; digit < DIGITS.length; digit++) values[DIGITS.charCodeAt(digit)] = digit;
  const numbers: number[] = [];
  let number = 0;
  for (let i = 0; i < table.length; i++) {
    const digit = values[table.charCodeAt(i)] as number;
    number = number * 32 + (digit & 31);
    if (digit < 32) continue;
    numbers.push(number);
    number = 0;
  }
  return numbers;
}

type Groups = ReadonlyMap<string, CodePointRange[]>;

/** The groups of a table, by name; members are sorted. */
export function readGroups(names: string, table: string): Groups {
  const lists = names
    .trim()
    .split(' ')
    .map((name) => [name, [] as CodePointRange[]] as const);
  const numbers = readNumbers(table);
  let start = 0;
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const end = start + (numbers[i] as number);
    lists[(numbers[i + 1] as number) - 1]?.[1].push({ lo: start, hi: end - 1 });
    start = end;
  }
  return new Map(lists);
}

let categories: Groups | undefined;
let scripts: Groups | undefined;
/** Unions of the categories with one first letter, as they come up. */
const majorCategories = new Map<string, CodePointSet>();

/**
 * The set behind `\p{name}`: a general category (`Lu`), its first letter (`L`), a script (`Greek`) or `Any`. Names are
 * case-sensitive; there are no long names, no aliases, no `Cn`. Gives undefined for a name that RE2 does not know.
 */
export function unicodeGroup(name: string): CodePointSet | undefined {
  if (name === 'Any') return ALL_CODE_POINTS;
  categories ??= readGroups(CATEGORY_NAMES, CATEGORY_RUNS);
  const category = categories.get(name) ?? majorCategories.get(name);
  if (category !== undefined) return category;
  if (name.length !== 1) return (scripts ??= readGroups(SCRIPT_NAMES, SCRIPT_RUNS)).get(name);
  const ranges = [...categories].flatMap(([minor, members]) => (minor.startsWith(name) ? members : []));
  if (ranges.length === 0) return undefined;
  const union = codePointSet(ranges);
  majorCategories.set(name, union);
  return union;
}

/** By member, the code points that equal it when case is ignored, itself included; none where there is no other. */
export function readFoldOrbits(): Map<number, readonly number[]> {
  const orbits = new Map<number, number[]>();
  const numbers = readNumbers(FOLD_RUNS);
  let first = 0;
  for (let i = 0; i + 3 < numbers.length; i += 4) {
    const [gap, count, stride, zigzag] = numbers.slice(i, i + 4) as [number, number, number, number];
    const delta = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    first += gap;
    for (let k = 0; k < count; k++) {
      const point = first + k * stride;
      const orbit = orbits.get(point + delta) ?? [point + delta];
      orbit.push(point);
      orbits.set(point + delta, orbit);
    }
  }
  const byMember = new Map<number, readonly number[]>();
  for (const orbit of orbits.values()) for (const member of orbit) byMember.set(member, orbit);
  return byMember;
}

let orbitsByMember: Map<number, readonly number[]> | undefined;

const foldOrbits = (): Map<number, readonly number[]> => (orbitsByMember ??= readFoldOrbits());

/** The code points that equal this one when case is ignored, itself included; undefined when there is no other. */
export function foldOrbit(point: number): readonly number[] | undefined {
  return foldOrbits().get(point);
}

/** The set with all code points added that equal a member when case is ignored. */
export function foldClosure(set: CodePointSet, work: Work): CodePointSet {
  const orbits = foldOrbits();
  const extra: CodePointRange[] = [];
  const add = (orbit: readonly number[] | undefined): void => {
    if (orbit !== undefined) for (const point of orbit) extra.push({ lo: point, hi: point });
  };
  const count = countOf(set);
  spend(work, 8 * Math.min(count, orbits.size));
  if (count <= orbits.size) {
    for (const { lo, hi } of set) for (let point = lo; point <= hi; point++) add(orbits.get(point));
  } else {
    for (const [member, orbit] of orbits) if (contains(set, member)) add(orbit);
  }
  return codePointSet([...set, ...extra]);
}
