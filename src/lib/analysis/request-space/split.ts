/**
 * Cuts the texts of a language along conditions, as far as it makes a difference to lists of cases of which the first that
 * holds counts. It is the product of the conditions' automata, searched breadth first, so that every part comes with its
 * shortest text.
 */
import { utf8Of } from '../../simulator/envoy/re2/byte-ranges.js';
import { Numbering } from './fingerprint.js';
import { Answer, type Component } from './languages.js';
import type { Bound } from './types.js';

const MAX_STATES = 20_000;
const MAX_PARTS = 4096;

/** One case of a list: it holds when all of its conditions do, and what `rest` stands for does too. */
export interface Case {
  /** Indices of components. */
  readonly conditions: readonly number[];
  readonly rest: number;
  /** Whether `rest` holds in any case, so that later cases do not matter. */
  readonly final: boolean;
}

/** What is known of each condition: true, false, or undefined where it makes no difference. */
export type Vector = readonly (boolean | undefined)[];

export interface SplitPart {
  /** For each list the rests of the cases that hold as far as this dimension goes; undefined: all programs agree. */
  readonly rests: readonly (readonly number[])[] | undefined;
  readonly key: string;
  readonly witness: string;
  readonly vectors: readonly Vector[];
}

export interface Split {
  readonly parts: readonly SplitPart[];
  /** The key of the part that a text of the language lies in. */
  readonly partOf: (text: string) => string;
}

export interface SplitInput {
  readonly language: Component;
  readonly components: readonly Component[];
  /** Lists of cases; those of one program are next to each other. */
  readonly lists: readonly (readonly Case[])[];
  /** How many programs have lists, all equally many, and whether nothing matters on which they agree. */
  readonly programs: number;
  readonly onlyDifferences: boolean;
  /** Texts that are taken as witnesses, if they belong to a part. */
  readonly preferred: readonly string[];
  readonly maxStates?: number;
}

/** States that have a number together. */
const BLOCK = 64;

const NEVER = -1;
const IRRELEVANT = -2;
const ALWAYS = -3;
const SAME = 'same';

/** The last step of a way through the language. */
interface Step {
  readonly language: number;
  readonly from: Step | undefined;
  readonly byte: number;
}

interface Visit extends Step {
  readonly states: Int32Array;
  /** Numbers that stand for the states, to compare them. */
  readonly blocks: Int32Array;
  /** Conditions that are still open, and the cases of each list that may still hold: what is settled stays so on the way on. */
  readonly alive: readonly number[];
  readonly open: readonly (readonly Case[])[];
  /** How many bytes lead here. */
  readonly depth: number;
}

export function split(input: SplitInput): Split | { readonly bound: Bound; readonly limit: number } {
  const splitter = new Splitter(input);
  return splitter.run();
}

class Splitter {
  private readonly alphabet: readonly number[];
  private readonly parts = new Map<
    string,
    { rests: SplitPart['rests']; witness: string; length: number; vectors: Map<string, Vector> }
  >();
  private readonly seen = new Set<string>();
  private readonly numbers = new Numbering();
  private readonly queue: Visit[] = [];

  constructor(private readonly input: SplitInput) {
    this.alphabet = jointAlphabet([input.language, ...input.components]);
  }

  run(): Split | { bound: Bound; limit: number } {
    const { language, components, lists, preferred, maxStates = MAX_STATES } = this.input;
    const starts = Int32Array.from(components, ({ start }) => start);
    this.visit(
      language.start,
      starts,
      { blocks: new Int32Array(Math.ceil(components.length / BLOCK)), alive: [...components.keys()], open: lists },
      undefined,
      0,
    );
    for (let index = 0; index < this.queue.length; index++) {
      const visit = this.queue[index]!;
      this.endHere(visit);
      for (const byte of this.alphabet) {
        const next = language.next(visit.language, byte);
        if (next < 0) continue;
        const states = visit.states.slice();
        for (const at of visit.alive) states[at] = components[at]!.next(states[at]!, byte);
        this.visit(next, states, visit, visit, byte);
      }
      if (this.seen.size > maxStates) return { bound: 'states', limit: maxStates };
      if (this.parts.size > MAX_PARTS) return { bound: 'classes', limit: MAX_PARTS };
    }
    for (const text of preferred.toReversed()) this.prefer(text);
    return {
      parts: [...this.parts].map(([key, part]) => ({
        key,
        rests: part.rests,
        witness: part.witness,
        vectors: [...part.vectors.values()],
      })),
      partOf: (text) => this.partOf(text) ?? outsideLanguage(text),
    };
  }

  /** @param before what was open before the last byte */
  private visit(
    language: number,
    states: Int32Array,
    before: Pick<Visit, 'blocks' | 'alive' | 'open'>,
    from: Visit | undefined,
    byte: number,
  ): void {
    const { components, onlyDifferences } = this.input;
    for (const at of before.alive) {
      const fate = components[at]!.fate(states[at]!);
      if (fate !== 'open') states[at] = fate === 'never' ? NEVER : ALWAYS;
    }
    const open = before.open.map((cases) => this.stillOpen(cases, states));
    const needed = new Uint8Array(states.length);
    for (const cases of open) for (const { conditions } of cases) for (const index of conditions) needed[index] = 1;
    const alive: number[] = [];
    for (const at of before.alive) {
      if (states[at]! < 0) continue;
      if (needed[at]) alive.push(at);
      else states[at] = IRRELEVANT;
    }
    const blocks = this.blocksOf(states, before);
    const key = `${language}:${blocks.join()}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const visit = { language, states, blocks, alive, open, from, byte, depth: from ? from.depth + 1 : 0 };
    if (onlyDifferences && this.agree(open.map((cases) => this.listKey(cases, states)))) {
      this.add(SAME, undefined, visit, '');
    } else if (alive.length > 0) {
      this.queue.push(visit);
    } else {
      const completion = this.completion(language);
      if (completion !== undefined) this.classify(visit, completion);
    }
  }

  /** Numbers for the states, a block each, of which only those of open conditions can have changed. */
  private blocksOf(states: Int32Array, { blocks, alive }: Pick<Visit, 'blocks' | 'alive'>): Int32Array {
    const now = blocks.slice();
    for (const block of new Set(alive.map((at) => Math.floor(at / BLOCK))))
      now[block] = this.numbers.of(states.subarray(block * BLOCK, (block + 1) * BLOCK).join());
    return now;
  }

  /** The cases that may still hold, up to the first that holds for sure, less those that end like that one anyway. */
  private stillOpen(cases: readonly Case[], states: Int32Array): readonly Case[] {
    const open: Case[] = [];
    for (const one of cases) {
      if (one.conditions.some((index) => states[index] === NEVER)) continue;
      const isSettled = one.final && one.conditions.every((index) => states[index] === ALWAYS);
      if (isSettled) while (open.at(-1)?.rest === one.rest) open.pop();
      open.push(one);
      if (isSettled) break;
    }
    return open;
  }

  private listKey(cases: readonly Case[], states: Int32Array): string {
    return cases
      .map(({ conditions, rest }) => `${rest}:${conditions.filter((index) => states[index] !== ALWAYS).join('+')}`)
      .join();
  }

  /** Do all programs have the same lists? */
  private agree(keys: readonly string[]): boolean {
    const count = keys.length / this.input.programs;
    return keys.every((key, index) => key === keys[index % count]);
  }

  private endHere(visit: Visit): void {
    if (this.input.language.answer(visit.language) === Answer.yes) this.classify(visit, '');
  }

  private classify(visit: Visit, completion: string): void {
    const holds = visit.states.map((state, at) =>
      state === ALWAYS || this.input.components[at]!.answer(state) === Answer.yes ? 1 : 0,
    );
    const { key, rests } = this.outcome((index) => holds[index] === 1);
    this.add(key, rests, visit, completion, holds);
  }

  private outcome(holds: (index: number) => boolean): { key: string; rests: number[][] | undefined } {
    const rests = this.input.lists.map((cases) => {
      const found: number[] = [];
      for (const { conditions, rest, final } of cases) {
        if (!conditions.every(holds)) continue;
        if (!found.includes(rest)) found.push(rest);
        if (final) break;
      }
      return found;
    });
    const keys = rests.map((list) => list.join('+'));
    return this.input.onlyDifferences && this.agree(keys)
      ? { key: SAME, rests: undefined }
      : { key: keys.join('|'), rests };
  }

  private add(key: string, rests: SplitPart['rests'], visit: Visit, completion: string, holds?: Int32Array): void {
    let part = this.parts.get(key);
    const length = visit.depth + bytesOf(completion).length;
    if (!part) {
      this.parts.set(key, (part = { rests, witness: textOf(visit) + completion, length, vectors: new Map() }));
    } else if (length < part.length) {
      part.witness = textOf(visit) + completion;
      part.length = length;
    }
    const vector = Array.from(visit.states, (state, at) => {
      if (state === IRRELEVANT) return undefined;
      if (state === NEVER || state === ALWAYS) return state === ALWAYS;
      return holds && holds[at] === 1;
    });
    part.vectors.set(vector.join(), vector);
  }

  /** The shortest way to go on to a text of the language. */
  private completion(language: number): string | undefined {
    const { language: component } = this.input;
    const steps: Step[] = [{ language, from: undefined, byte: 0 }];
    const seen = new Set([language]);
    for (const step of steps) {
      if (component.answer(step.language) === Answer.yes) return textOf(step);
      for (const byte of this.alphabet) {
        const next = component.next(step.language, byte);
        if (seen.has(next)) continue;
        seen.add(next);
        steps.push({ language: next, from: step, byte });
      }
    }
    return undefined;
  }

  private partOf(text: string): string | undefined {
    const { language, components } = this.input;
    const bytes = bytesOf(text);
    const run = (component: Component) =>
      component.answer(bytes.reduce((at, byte) => component.next(at, byte), component.start));
    if (run(language) !== Answer.yes) return undefined;
    const holds = components.map((component) => run(component) === Answer.yes);
    return this.outcome((index) => holds[index]!).key;
  }

  private prefer(text: string): void {
    const key = this.partOf(text);
    const part = key === undefined ? undefined : this.parts.get(key);
    if (part) part.witness = text;
  }
}

function outsideLanguage(text: string): never {
  throw new Error(`no request of the space has this text: ${JSON.stringify(text.slice(0, 100))}`);
}

function bytesOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!).flatMap(utf8Of);
}

/** The bytes on the way there, as text. */
function textOf(step: Step): string {
  const bytes: number[] = [];
  for (let at = step; at.from; at = at.from) bytes.push(at.byte);
  return new TextDecoder().decode(Uint8Array.from(bytes.reverse()));
}

const READABLE = "abcdefghijklmnopqrstuvwxyz0123456789/-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ~=:;,+*!$()@&'";
const BY_READABILITY = [
  ...new Set([
    ...Array.from(READABLE, (character) => character.charCodeAt(0)),
    ...Array.from({ length: 0x5e }, (_, index) => 0x21 + index),
    ...Array.from({ length: 256 }, (_, index) => index),
  ]),
];

/** One byte, the most readable, of each set that no component tells apart. */
function jointAlphabet(components: readonly Component[]): number[] {
  let classes = new Uint16Array(256);
  for (const component of components) {
    const numbers = new Map<number, number>();
    const refined = new Uint16Array(256);
    for (let byte = 0; byte < 256; byte++) {
      const key = classes[byte]! * 256 + component.classes[byte]!;
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      refined[byte] = number;
    }
    classes = refined;
  }
  const seen = new Set<number>();
  return BY_READABILITY.filter((byte) => !seen.has(classes[byte]!) && seen.add(classes[byte]!));
}
