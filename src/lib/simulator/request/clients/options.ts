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
  /** Letters that may have a value, which then is the rest of the word: `-psecret`. */
  readonly attached?: string;
  /** With so many operands the options end. */
  readonly operands?: number;
}

/** The words behind a program's name, told apart. */
export class ReadOptions {
  readonly operands: string[] = [];
  /** Where in the words each operand stands. */
  readonly positions: number[] = [];
  /** The options in order, by their keys. */
  given: [key: string, value: string][] = [];

  add(key: string, value = ''): void {
    this.given.push([key, value]);
  }

  takeBack(key: string): void {
    this.given = this.given.filter(([name]) => name !== key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** The last value counts. */
  get(key: string): string | undefined {
    return this.all(key).at(-1);
  }

  all(key: string): readonly string[] {
    return this.given.flatMap(([name, value]) => (name === key ? value : []));
  }
}

/** A header as options have it, `Name: value`; without a colon it is empty. */
export function headerOf(line: string): [name: string, value: string] {
  const [, name, value] = /([^:]*):?([^]*)/.exec(line)!;
  return [name!, value!.trim()];
}

/** The key of each name. */
type Keys = ReadonlyMap<string, string>;

/** Of each text of a syntax; a batch reads the same one for every line. */
const known = new Map<string, Keys>();

function keysOf(text: string): Keys {
  const before = known.get(text);
  if (before) return before;
  const keys = new Map<string, string>();
  known.set(text, keys);
  for (const word of text.match(/\S+/g) ?? []) {
    const [names = '', key] = word.split('=');
    const all = names.split(',');
    for (const name of all) keys.set(name, key ?? all.at(-1)!);
  }
  return keys;
}

/** Reads options and operands. @throws TargetError for a value that is missing; its position is the index of the word */
export function readOptions(args: readonly string[], syntax: OptionSyntax): ReadOptions {
  const values = keysOf(syntax.values);
  const switches = keysOf(syntax.switches ?? '');
  const read = new ReadOptions();
  const isDash = syntax.style === 'dash';
  let ended = false;
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    const takeValue = (spelling: string, key: string): void => {
      const value = args[++index];
      if (value === undefined) throw new TargetError(`${spelling} needs a value`, `write ${spelling} VALUE`, index - 1);
      read.add(key, value);
    };
    if (ended || !word.startsWith('-')) {
      read.positions.push(index);
      ended = read.operands.push(word) === syntax.operands || ended;
    } else if (word === '--') {
      ended = true;
    } else if (word.startsWith('--') || isDash) {
      const [, name = '', value] = /--?([^=]*)(?:=([^]*))?/.exec(word)!;
      // without a value it may be a switch that is not listed, as HTTPie's --form beside --format-options
      const key = values.get(name) ?? (value === undefined || isDash ? undefined : abbreviated(name, values));
      if (key === undefined && OFF.has(value)) read.takeBack(name);
      else if (key === undefined) read.add(switches.get(name) ?? name, value);
      else if (value !== undefined) read.add(key, value);
      else takeValue(word, key);
    } else {
      readLetters(word, values, switches, syntax.attached ?? '', read, takeValue);
    }
  }
  return read;
}

/** As Go writes a switch that is off. */
const OFF: ReadonlySet<string | undefined> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** getopt_long takes what a long name begins with, where there is one such. */
function abbreviated(name: string, values: Keys): string | undefined {
  const names = [...values.keys()].filter((one) => one.startsWith(name));
  return names.length === 1 ? values.get(names[0]!) : undefined;
}

/** Several letters may share one dash; the first that takes a value takes the rest of the word, or the next word. */
function readLetters(
  word: string,
  values: Keys,
  switches: Keys,
  attached: string,
  read: ReadOptions,
  takeValue: (spelling: string, key: string) => void,
): void {
  let rest = word.slice(1);
  while (rest !== '') {
    const letter = rest.charAt(0);
    rest = rest.slice(1);
    const key = values.get(letter);
    if (attached.includes(letter)) return;
    if (key === undefined) read.add(switches.get(letter) ?? letter);
    else if (rest !== '') return read.add(key, rest);
    else return takeValue(`-${letter}`, key);
  }
}
