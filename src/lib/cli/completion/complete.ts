import type { Command, Config } from '@oclif/core';

import { visible } from '../../text/visible.js';
import { commandNamed } from '../prepared-plugin.js';
import { behindCommand, leadingFlags, longest, untilFlag, wordsOfName } from '../route.js';
import { kindOfArgument, kindOfFlag, type ValueKind } from './kinds.js';

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  /** One line, for people. */
  readonly description?: string;
}

/** What may follow: words that are known, and names that somebody has to be asked for. */
export interface Completion {
  readonly words: readonly Candidate[];
  /** The kind of names, what of the word before them is kept, such as `--from=`, and what is there of the name. */
  readonly names?: { readonly kind: ValueKind; readonly before: string; readonly prefix: string };
  /** Values of flags that stand on the line, which say where to look for names. */
  readonly given: Readonly<Record<string, string>>;
}

type Tree = Pick<Config, 'commandIDs' | 'commands' | 'findCommand' | 'findTopic' | 'topics'>;
type FlagShape = Command.Flag.Cached;

/**
 * Completes a command line by what the manifest says of commands, flags and arguments; nothing is loaded for it.
 * @param words after the program's name, up to the cursor; the last one, empty perhaps, is the one that is completed
 */
export function complete(words: readonly string[], tree: Tree): Completion {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  // What follows `--` is another program's.
  if (before.includes('--')) return { words: [], given: {} };
  const line = behindCommand(before);
  const behind = line.slice(untilFlag(line));
  const named = wordsOfName(line);
  const id = longest(named, (name) => tree.findCommand(name) !== undefined);
  const command = id === undefined ? undefined : commandNamed(id, tree);
  const flags = command?.flags ?? leadingShapes;
  const { seen, given, plain, waiting } = readFlags(behind, flags);
  if (waiting !== undefined) return valueOf(waiting, '', current, given);
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) return valueOf(flags[name], `--${name}=`, value!, given);
  if (command === undefined) return { words: nextNames(named, current, tree), given };
  if (current.startsWith('-')) return { words: flagWords(flags, seen, current), given };
  const earlier = named.length - id!.split(':').length + plain.length;
  return argumentOf(command, earlier, current, given, tree);
}

const leadingShapes: Readonly<Record<string, FlagShape>> = Object.fromEntries(
  Object.entries(leadingFlags)
    .filter(([flag]) => flag.startsWith('--'))
    .map(([flag, hasValue]) => {
      const name = flag.slice(2);
      const helpValue = { kubeconfig: 'FILE', context: 'NAME' }[name] ?? 'NAMESPACE';
      const shape = hasValue ? { type: 'option', helpValue } : { type: 'boolean' };
      return [name, { name, ...shape, ...(name === 'namespace' ? { char: 'n' } : {}) } as FlagShape];
    }),
);

interface ReadFlags {
  /** Names of the flags that are there. */
  readonly seen: ReadonlySet<string>;
  readonly given: Readonly<Record<string, string>>;
  readonly plain: readonly string[];
  /** A flag at the end, whose value comes next. */
  readonly waiting: FlagShape | undefined;
}

function readFlags(words: readonly string[], flags: Readonly<Record<string, FlagShape>>): ReadFlags {
  const seen = new Set<string>();
  const given: Record<string, string> = {};
  const plain: string[] = [];
  let waiting: FlagShape | undefined;
  for (const word of words) {
    const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const shape = long === undefined ? shortFlag(word, flags) : flags[long];
    if (waiting) {
      given[waiting.name] = word;
      waiting = undefined;
    } else if (shape) {
      seen.add(shape.name);
      if (value !== undefined) given[shape.name] = value;
      else if (shape.type === 'option') waiting = shape;
    } else if (!word.startsWith('-')) plain.push(word);
  }
  return { seen, given, plain, waiting };
}

/** `-n`; not `-nweb`, which has its value. */
function shortFlag(word: string, flags: Readonly<Record<string, FlagShape>>): FlagShape | undefined {
  return word.length === 2 && word.startsWith('-')
    ? Object.values(flags).find(({ char }) => char === word[1])
    : undefined;
}

function valueOf(flag: FlagShape | undefined, before: string, prefix: string, given: Completion['given']): Completion {
  if (flag?.type !== 'option') return { words: [], given };
  if (flag.options)
    return {
      words: starting(
        prefix,
        flag.options.map((value) => ({ value })),
      ).map(after(before)),
      given,
    };
  const kind = kindOfFlag(flag.name, flag.helpValue as string | undefined);
  return { words: [], given, ...(kind && { names: { kind, before, prefix } }) };
}

function flagWords(
  flags: Readonly<Record<string, FlagShape>>,
  seen: ReadonlySet<string>,
  current: string,
): Candidate[] {
  const words = Object.values(flags)
    .filter((flag) => flag.hidden !== true && (!seen.has(flag.name) || (flag.type === 'option' && flag.multiple)))
    .map(({ name, summary, description }) => candidate(`--${name}`, summary ?? description));
  return starting(current, [...words, { value: '--help', description: 'show help' }].sort(byValue));
}

function argumentOf(
  command: Command.Loadable,
  at: number,
  prefix: string,
  given: Completion['given'],
  tree: Tree,
): Completion {
  const args = Object.values(command.args);
  const arg = args[at] ?? (args.at(-1)?.multiple === true ? args.at(-1) : undefined);
  if (!arg) return { words: [], given };
  if (arg.options)
    return {
      words: starting(
        prefix,
        arg.options.map((value) => ({ value })),
      ),
      given,
    };
  const kind = kindOfArgument((command['canonicalId'] as string | undefined) ?? command.id, arg.name);
  if (kind === 'commands') return { words: nextNames([], prefix, tree), given };
  return { words: [], given, ...(kind && { names: { kind, before: '', prefix } }) };
}

/** The words that may follow those of a topic, or the first ones. */
function nextNames(named: readonly string[], current: string, tree: Tree): Candidate[] {
  const topic = named.map((word) => `${word}:`).join('');
  const words = new Map<string, Candidate>();
  for (const { id, hidden, summary } of tree.commands) {
    if (hidden || !id.startsWith(topic)) continue;
    const [word, ...more] = id.slice(topic.length).split(':');
    const name = topic + word!;
    const { hidden: isHiddenTopic, description } = (more.length > 0 && tree.findTopic(name)) || {};
    if (!isHiddenTopic && !(more.length > 0 && words.has(word!)))
      words.set(word!, candidate(word!, more.length > 0 ? description : summary));
  }
  return starting(current, [...words.values()].sort(byValue));
}

function candidate(value: string, description: string | undefined): Candidate {
  return description === undefined ? { value } : { value, description: description.split(/(?<=\.)\s|\n/)[0]! };
}

/** Those that go on from what is there. */
export function starting(prefix: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(prefix));
}

/** For `map`: puts text before the values. */
export function after(before: string): (one: Candidate) => Candidate {
  return (one) => ({ ...one, value: before + one.value });
}

function byValue(a: Candidate, b: Candidate): number {
  return a.value < b.value ? -1 : 1;
}

/** The answer to a shell: a line for each word, with what it means after a tab, and a directive: 2 no space follows, 4 no files do. */
export function answerText(
  candidates: readonly Candidate[],
  options: { readonly hasFiles: boolean; readonly withDescriptions: boolean },
): string {
  const lines = candidates.map(({ value, description }) =>
    [value, ...(options.withDescriptions && description ? [description] : [])].map(visible).join('\t'),
  );
  const isOpen = candidates.length > 0 && candidates.every(({ value }) => /[/=]$/.test(value));
  return [...lines, `:${(isOpen ? 2 : 0) + (options.hasFiles ? 0 : 4)}\n`].join('\n');
}
