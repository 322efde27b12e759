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

  add(key: string, value = ''): void {
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

/** A header as options have it, `Name: value`; without a colon it is empty. */
export function headerOf(line: string): [name: string, value: string] {
  const [, name, value] = /([^:]*):?([^]*)/.exec(line)!;
  return [name!, value!.trim()];
}

/** The key of each name. */
type Keys = ReadonlyMap<string, string>;

function keysOf(text: string): Keys {
  const keys = new Map<string, string>();
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
  let ended = false;
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    const takeValue = (spelling: string, key: string): void => {
      const value = args[++index];
      if (value === undefined) throw new TargetError(`${spelling} needs a value`, `write ${spelling} VALUE`, index - 1);
      read.add(key, value);
    };
    if (ended || !word.startsWith('-')) {
      ended ||= syntax.operandEnds === true;
      read.operands.push(word);
      read.positions.push(index);
    } else if (word === '--') {
      ended = true;
    } else if (word.startsWith('--') || syntax.style === 'dash') {
      const [, name = '', value] = /--?([^=]*)(?:=([^]*))?/.exec(word)!;
      const key = values.get(name);
      if (key === undefined) read.add(switches.get(name) ?? name, value);
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
  values: Keys,
  switches: Keys,
  read: ReadOptions,
  takeValue: (spelling: string, key: string) => void,
): void {
  let rest = word.slice(1);
  while (rest !== '') {
    const letter = rest.charAt(0);
    rest = rest.slice(1);
    const key = values.get(letter);
    if (key === undefined) read.add(switches.get(letter) ?? letter);
    else if (rest !== '') return read.add(key, rest);
    else return takeValue(`-${letter}`, key);
  }
}
