import { TargetError } from '../error.js';

/** How a program writes its options, as far as where it connects depends on it. */
export interface OptionSyntax {
  /**
   * Options that take a value, with spaces between them: `h,host=host` has the names `-h` and `--host` and the key `host`;
   * without a key the last name is the key. What takes no value need not be listed.
   */
  readonly values: string;
  /** Keys of options that take none: `l,listen`. */
  readonly switches?: string;
  /** `dash`: one dash begins a long name (`-connect HOST:PORT`), as in openssl and Go programs; else as getopt_long has it. */
  readonly style?: 'dash';
  /** The first operand ends the options. */
  readonly operandEnds?: true;
}

/** The words behind a program's name, told apart. */
export class ReadOptions {
  readonly operands: string[] = [];
  /** Where in the words each operand stands. */
  readonly positions: number[] = [];
  private readonly found = new Map<string, string[]>();

  add(key: string, value: string): void {
    const values = this.found.get(key);
    if (values) values.push(value);
    else this.found.set(key, [value]);
  }

  has(key: string): boolean {
    return this.found.has(key);
  }

  /** The last value counts. */
  get(key: string): string | undefined {
    return this.found.get(key)?.at(-1);
  }

  all(key: string): readonly string[] {
    return this.found.get(key) ?? [];
  }
}

interface Compiled {
  readonly values: ReadonlyMap<string, string>;
  readonly switches: ReadonlyMap<string, string>;
}

const compiled = new WeakMap<OptionSyntax, Compiled>();

function keysOf(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [names = '', key] = word.split('=');
    const all = names.split(',');
    for (const name of all) keys.set(name, key ?? all.at(-1)!);
  }
  return keys;
}

/** Reads options and operands. @throws TargetError for a value that is missing; its position is the index of the word */
export function readOptions(args: readonly string[], syntax: OptionSyntax): ReadOptions {
  let names = compiled.get(syntax);
  if (!names) {
    compiled.set(syntax, (names = { values: keysOf(syntax.values), switches: keysOf(syntax.switches ?? '') }));
  }
  const { values, switches } = names;
  const read = new ReadOptions();
  let ended = false;
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    const takeValue = (spelling: string, key: string): void => {
      const value = args[++index];
      if (value === undefined) throw new TargetError(`${spelling} needs a value`, `write ${spelling} VALUE`, index - 1);
      read.add(key, value);
    };
    if (ended || word === '-' || !word.startsWith('-')) {
      ended ||= syntax.operandEnds === true;
      read.operands.push(word);
      read.positions.push(index);
    } else if (word === '--') {
      ended = true;
    } else if (word.startsWith('--') || syntax.style === 'dash') {
      const [, name = '', value] = /^--?([^=]*)(?:=([^]*))?$/.exec(word)!;
      const key = values.get(name);
      if (key === undefined) read.add(switches.get(name) ?? name, value ?? '');
      else if (value !== undefined) read.add(key, value);
      else takeValue(word, key);
    } else {
      readLetters(word, values, switches, read, takeValue);
    }
  }
  return read;
}

/** Several letters may share one dash; the first that takes a value takes the rest of the word, or the next word. */
function readLetters(
  word: string,
  values: Compiled['values'],
  switches: Compiled['switches'],
  read: ReadOptions,
  takeValue: (spelling: string, key: string) => void,
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const key = values.get(letter);
    if (key === undefined) read.add(switches.get(letter) ?? letter, '');
    else if (at + 1 < word.length) return read.add(key, word.slice(at + 1));
    else return takeValue(`-${letter}`, key);
  }
}
