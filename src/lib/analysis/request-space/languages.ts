/** Texts that a client can send, and what a condition makes of them. */
import { automatonOf, type Automaton, type AutomatonState } from '../../simulator/envoy/re2.js';

/** A set of texts, as RE2 patterns. */
export interface Language {
  readonly pattern: string;
  /** Texts that do not belong to it. */
  readonly except?: string;
  /** Texts that people like to see, if they belong to it. */
  readonly preferred?: readonly string[];
}

/** A full match that is asked of a text. */
export interface Condition {
  readonly pattern: string;
  readonly negated?: true;
  /** Only what is before the first `?` is compared. */
  readonly beforeQuery?: true;
}

/** What a condition makes of a text: outside the language, or whether it holds. */
export const Answer = { outside: 2, no: 0, yes: 1 } as const;

/** States that are looked at to learn where a condition is settled for good. */
const MAX_SURVEYED = 500;
/** More than any bound of the request space, so that states keep their identity. */
const MAX_KEPT = 200_000;
const QUERY = 0x3f;

export type Fate = 'open' | 'never' | 'always';

/** The automaton of a condition on the texts of a language. States are numbers; -1 is the one from which it can never hold. */
export class Component {
  /** Bytes that it does not tell apart have the same number. */
  readonly classes: Uint8Array;
  readonly start: number;
  private readonly representatives: number[] = [];
  private readonly condition: Automaton | undefined;
  private readonly language: Automaton;
  private readonly except: Automaton | undefined;
  private readonly automata: readonly (Automaton | undefined)[];
  private readonly states: { readonly parts: readonly (AutomatonState | undefined)[]; readonly frozen: boolean }[] = [];
  private readonly known = new Map<string, number>();
  private readonly stateNumbers = new Map<AutomatonState | undefined, number>();
  private readonly transitions: Int32Array[] = [];
  private readonly answers: number[] = [];
  private readonly fates: Fate[] = [];
  /** States from which a byte of the language leads to where the condition can never hold. */
  private readonly failing = new Set<number>();
  private readonly negated: boolean;
  private readonly beforeQuery: boolean;

  /** @param condition undefined: that the text belongs to the language */
  constructor(language: Language, condition?: Condition) {
    this.language = compile(language.pattern);
    this.except = language.except === undefined ? undefined : compile(language.except);
    this.condition = condition && compile(condition.pattern);
    this.automata = [this.language, this.except, this.condition];
    this.negated = condition?.negated ?? false;
    this.beforeQuery = condition?.beforeQuery ?? false;
    this.classes = new Uint8Array(256);
    const numbers = new Map<number, number>();
    for (let byte = 0; byte < 256; byte++) {
      let signature = byte === QUERY && this.beforeQuery ? 1 : 0;
      for (const automaton of this.automata) signature = signature * 256 + (automaton?.classes[byte] ?? 0);
      let number = numbers.get(signature);
      if (number === undefined) {
        numbers.set(signature, (number = numbers.size));
        this.representatives.push(byte);
      }
      this.classes[byte] = number;
    }
    this.start = this.number(
      this.automata.map((automaton) => automaton?.start),
      false,
    );
    this.survey();
  }

  next(state: number, byte: number): number {
    if (state < 0) return state;
    const row = this.transitions[state]!;
    const known = row[this.classes[byte]!]!;
    return known === UNKNOWN ? this.step(state, byte) : known;
  }

  answer(state: number): number {
    if (state < 0) return Answer.no;
    const known = this.answers[state];
    if (known !== undefined) return known;
    const [language, except, condition] = this.states[state]!.parts;
    let answer: number = Answer.outside;
    if (this.language.accepts(language!) && !(except && this.except!.accepts(except))) {
      answer = !condition || this.condition!.accepts(condition) !== this.negated ? Answer.yes : Answer.no;
    }
    return (this.answers[state] = answer);
  }

  /** Whether the condition holds for every text of the language that goes on from here, or for none. */
  fate(state: number): Fate {
    return state < 0 ? 'never' : (this.fates[state] ?? 'open');
  }

  private step(state: number, byte: number): number {
    const { parts, frozen } = this.states[state]!;
    const freezes = frozen || (this.beforeQuery && byte === QUERY);
    const next = this.automata.map((automaton, index) =>
      index === 2 && freezes ? parts[2] : automaton?.next(parts[index]!, byte),
    );
    const [language, , condition] = next;
    const outside = language!.seeds.length === 0;
    const fails = !outside && !this.negated && condition?.seeds.length === 0;
    const number = outside || fails ? -1 : this.number(next, freezes);
    if (fails) this.failing.add(state);
    this.transitions[state]![this.classes[byte]!] = number;
    return number;
  }

  private number(parts: readonly (AutomatonState | undefined)[], frozen: boolean): number {
    const key = parts.map((part) => this.stateNumber(part)).join() + (frozen ? '?' : '');
    let number = this.known.get(key);
    if (number === undefined) {
      this.known.set(key, (number = this.states.length));
      this.states.push({ parts, frozen });
      this.transitions.push(new Int32Array(this.representatives.length).fill(UNKNOWN));
    }
    return number;
  }

  private stateNumber(state: AutomatonState | undefined): number {
    let number = this.stateNumbers.get(state);
    if (number === undefined) this.stateNumbers.set(state, (number = this.stateNumbers.size));
    return number;
  }

  /** Finds the states from which the answer is settled, if the automaton is small enough, and makes one of each kind. */
  private survey(): void {
    const before: number[][] = [[]];
    for (let state = 0; state < this.states.length; state++) {
      if (this.states.length > MAX_SURVEYED) return;
      for (const byte of this.representatives) {
        const next = this.next(state, byte);
        if (next >= 0) (before[next] ??= []).push(state);
      }
    }
    const reaching = (answer: number): Uint8Array => {
      const marks = new Uint8Array(this.states.length);
      const answers = (state: number) =>
        this.answer(state) === answer || (answer === Answer.no && this.failing.has(state));
      const stack = [...this.states.keys()].filter(answers);
      for (const state of stack) marks[state] = 1;
      for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
        for (const previous of before[state]!) {
          if (marks[previous]) continue;
          marks[previous] = 1;
          stack.push(previous);
        }
      }
      return marks;
    };
    const [yes, no] = [reaching(Answer.yes), reaching(Answer.no)];
    this.states.forEach((_, state) => (this.fates[state] = !yes[state] ? 'never' : no[state] ? 'open' : 'always'));
    for (const row of this.transitions) {
      for (let index = 0; index < row.length; index++) if (row[index]! >= 0 && !yes[row[index]!]) row[index] = -1;
    }
  }
}

const UNKNOWN = -2;

function compile(pattern: string): Automaton {
  const automaton = automatonOf(pattern, MAX_KEPT);
  if (!automaton) throw new Error(`no pattern of a route that Envoy accepts: ${pattern}`);
  return automaton;
}

/** A pattern that matches exactly this text. */
export function quote(text: string): string {
  return text.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, '\\$&');
}
