/**
 * Classes put together for people: those that have one outcome and differ in one dimension only, so that `GET` and `every
 * method but GET` become every method.
 */
import type { Choice, Leaf } from './diagram.js';
import { Numbering } from './fingerprint.js';
import type { Part, Pick } from './types.js';

/** A choice on the way, and which of its parts belong to the class. */
export interface Step {
  readonly choice: Choice;
  /** Indices, in order. */
  readonly parts: readonly number[];
}

/** A class while it is put together. */
export interface Draft {
  readonly steps: readonly Step[];
  /** What its witness is made of. */
  readonly picks: readonly Pick[];
  readonly leaf: Leaf;
  /** The ways that it is made of, as they are in the diagram. */
  readonly ways: readonly (readonly Step[])[];
  /** What it is limited to besides. */
  readonly cuts: readonly Step[];
}

/** Merges as far as it goes; the first of those that are merged gives place and witness. */
export function mergeDrafts(drafts: readonly Draft[]): Draft[] {
  const texts = new Texts();
  let merged = [...drafts];
  for (let before = Infinity; merged.length < before;) {
    before = merged.length;
    for (const dimension of deepestFirst(merged)) merged = mergeIn(dimension, merged, texts);
  }
  return merged;
}

function deepestFirst(drafts: readonly Draft[]): string[] {
  const depths = new Map<string, number>();
  for (const { steps } of drafts) {
    steps.forEach(({ choice: { dimension } }, depth) =>
      depths.set(dimension, Math.max(depth, depths.get(dimension) ?? 0)),
    );
  }
  return [...depths].sort(([, one], [, other]) => other - one).map(([dimension]) => dimension);
}

function mergeIn(dimension: string, drafts: readonly Draft[], texts: Texts): Draft[] {
  const groups = new Map<string, { at: number; members: Draft[] }>();
  drafts.forEach((draft, index) => {
    const at = draft.steps.findIndex(({ choice }) => choice.dimension === dimension);
    const key = at < 0 ? `alone ${index}` : keyBeside(draft, at, texts);
    const group = groups.get(key);
    if (group) group.members.push(draft);
    else groups.set(key, { at, members: [draft] });
  });
  return [...groups.values()].map(({ at, members }) => (members.length === 1 ? members[0]! : united(members, at)));
}

/** Everything about a class but which parts of one choice belong to it. */
function keyBeside({ steps, leaf }: Draft, at: number, texts: Texts): string {
  const others = steps.map((step, index) => (index === at ? `at ${step.choice.id}` : texts.of(step)));
  return `${leaf.id}: ${others.join()}`;
}

function united(members: readonly Draft[], at: number): Draft {
  const [first] = members as [Draft];
  const { choice } = first.steps[at]!;
  const parts = members.flatMap(({ steps }) => steps[at]!.parts).sort((a, b) => a - b);
  const isAll = parts.length === choice.parts.length;
  const steps = first.steps.toSpliced(at, 1, ...(isAll ? [] : [{ choice, parts }]));
  return { ...first, steps, ways: members.flatMap(({ ways }) => ways) };
}

/** Some parts of some dimensions, by their names. */
interface NamedParts {
  readonly dimensions: readonly string[];
  readonly parts: ReadonlySet<string>;
}

/** What is kept apart from everything else. */
export interface Landmarks {
  readonly within: NamedParts;
  /** Each counts only for what is within, and in none of those before it. */
  readonly apart: readonly NamedParts[];
}

/** Cuts a class wherever some of its parts are landmarks and some are not. */
export function withLandmarksApart(draft: Draft, { within, apart }: Landmarks): Draft[] {
  const [inside, outside] = cutAlong(draft, within);
  const told = outside ? [outside] : [];
  let rest = inside;
  for (const parts of apart) {
    if (!rest) break;
    const [those, others] = cutAlong(rest, parts);
    if (those) told.push(those);
    rest = others;
  }
  return rest ? [...told, rest] : told;
}

/** The requests of a class that lie in the parts, and those that do not; a class that says nothing of the dimension does not. */
function cutAlong(draft: Draft, { dimensions, parts: wanted }: NamedParts): [Draft | undefined, Draft | undefined] {
  const at = draft.steps.findIndex(({ choice }) => dimensions.includes(choice.dimension));
  if (at < 0) return [undefined, draft];
  const { choice, parts } = draft.steps[at]!;
  const isWanted = (index: number) => wanted.has(choice.parts[index]!.name);
  const only = (some: readonly number[]): Draft | undefined => {
    if (some.length === 0) return undefined;
    if (some.length === parts.length) return draft;
    const cut = { choice, parts: some };
    const steps = draft.steps.toSpliced(at, 1, cut);
    return { ...draft, steps, cuts: [...draft.cuts, cut], picks: [...draft.picks, choice.picks[some[0]!]!] };
  };
  return [only(parts.filter(isWanted)), only(parts.filter((index) => !isWanted(index)))];
}

/** Numbers for what steps say, so that equal words are equal wherever in the diagram they come from. */
class Texts {
  private readonly numbers = new Numbering();
  private readonly known = new WeakMap<readonly number[], number>();
  private readonly wholes = new WeakMap<Choice, number>();

  of({ choice, parts }: Step): number {
    let number = this.known.get(parts);
    if (number === undefined) {
      const mine = parts.map((index) => choice.parts[index]!);
      // the rest is what the others do not name, and a wildcard is less what is more specific
      const all = mine.some(({ name, rest }) => rest || name.includes('*')) ? this.whole(choice) : '';
      number = this.numbers.of(JSON.stringify([choice.dimension, mine.map(textOf), all]));
      this.known.set(parts, number);
    }
    return number;
  }

  private whole(choice: Choice): number {
    let number = this.wholes.get(choice);
    if (number === undefined) {
      number = this.numbers.of(JSON.stringify(choice.parts.map(textOf)));
      this.wholes.set(choice, number);
    }
    return number;
  }
}

function textOf({ name, terms, intervals }: Part): unknown {
  return terms ?? intervals ?? name;
}
