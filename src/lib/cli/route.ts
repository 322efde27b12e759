import type { Config } from '@oclif/core';

import { UsageError } from '../errors.js';
import { hasFlag } from './arguments.js';
import { closest } from '../text/closest.js';
import { ownValue } from '../text/plain-data.js';

/** Where a command line leads. */
export type Route =
  | { readonly kind: 'version' }
  /** Help for a command, a topic, or (empty id) the whole program. */
  | { readonly kind: 'help'; readonly id: string }
  | { readonly kind: 'command'; readonly id: string; readonly argv: string[] };

type CommandTree = Pick<Config, 'bin' | 'commandIDs' | 'findCommand' | 'findTopic' | 'topics'>;

/** Flags that may stand before the command, as in `osm-ts -n web egress list`; true when a value follows. */
export const leadingFlags: Readonly<Record<string, boolean>> = {
  '--kubeconfig': true,
  '--context': true,
  '--osm-namespace': true,
  '--namespace': true,
  '-n': true,
  '--verbose': false,
  '--no-color': false,
  '--no-input': false,
};

/** What shells ask what may follow, with and without what it means. */
const questions = ['__complete', '__completeNoDesc'];

/**
 * Finds the command that the first words name. Words may be separated by spaces or colons; the longest name wins.
 * @throws UsageError for words that name no command, with the closest name as a hint
 */
export function route(argv: readonly string[], tree: CommandTree): Route {
  const words = behindWholeName(behindCommand(argv), tree);
  if (words[0] === '--version') return { kind: 'version' };
  // What is completed may be anything, `--help` too.
  if (questions.includes(argv[0] ?? '')) return { kind: 'command', id: questions[0]!, argv: [...argv] };
  const named = wordsOfName(words);
  const rest = words.slice(untilFlag(words));
  const id = longest(named, (name) => tree.findCommand(name) !== undefined);
  const wantsHelp = hasFlag(rest, '--help', '-h');
  if (id) {
    if (wantsHelp) return { kind: 'help', id };
    return { kind: 'command', id, argv: [...named.slice(id.split(':').length), ...rest] };
  }
  return { kind: 'help', id: topicOf(named, rest, wantsHelp, tree) };
}

/** The words before the first flag; the first may have several, as in `egress:list`. */
export function wordsOfName(words: readonly string[]): string[] {
  return words.slice(0, untilFlag(words)).flatMap((word, index) => (index === 0 ? word.split(':') : [word]));
}

/** What `help WORD…` shows: the id of a command or a topic, empty for the program. @throws UsageError for unknown words */
export function helpSubject(words: readonly string[], tree: CommandTree): string {
  const named = words.flatMap((word) => word.split(':'));
  const id = longest(named, (name) => tree.findCommand(name) !== undefined);
  if (id && id.split(':').length === named.length) return id;
  return topicOf(named, [], true, tree);
}

function topicOf(named: readonly string[], rest: readonly string[], wantsHelp: boolean, tree: CommandTree): string {
  const topic = longest(named, (name) => tree.findTopic(name) !== undefined) ?? '';
  const unknown = named[topic ? topic.split(':').length : 0];
  if (unknown !== undefined) throw unknownCommand(unknown, topic, tree);
  const [flag] = rest;
  if (flag !== undefined && !wantsHelp) {
    const where = [tree.bin, ...named].join(' ');
    throw new UsageError(`${where} needs a command before ${flag}`, `see ${where} --help`);
  }
  return topic;
}

/** What other programs call a command of ours. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  ls: ['list'],
  rm: ['delete', 'remove'],
  del: ['delete', 'remove'],
  show: ['get', 'list'],
  describe: ['get'],
  edit: ['set'],
  why: ['explain'],
};

function unknownCommand(word: string, topic: string, tree: CommandTree): UsageError {
  const prefix = topic ? `${topic}:` : '';
  const known = tree.commandIDs.filter((id) => id.startsWith(prefix));
  const next = new Set(known.map((id) => id.slice(prefix.length).split(':')[0] ?? ''));
  const sibling = (ownValue(SYNONYMS, word) ?? []).find((synonym) => next.has(synonym)) ?? closest(word, next);
  // Behind a topic the word is more likely one of its own that is not there.
  const turned = `${word}:${topic}`;
  const elsewhere = tree.commandIDs.find((id) => (topic === '' ? id.endsWith(`:${word}`) : id === turned));
  const meant = sibling === undefined ? elsewhere : prefix + sibling;
  const where = [tree.bin, ...spaced(topic)].join(' ');
  const help = `see ${where} --help`;
  const suggestion = meant && `did you mean ${[tree.bin, ...spaced(meant)].join(' ')}?\n`;
  return new UsageError(`unknown command ${JSON.stringify(word)} for ${where}`, `${suggestion ?? ''}${help}`);
}

function spaced(id: string): string[] {
  return id === '' ? [] : id.split(':');
}

/** How many words there are before the first flag. */
export function untilFlag(words: readonly string[]): number {
  const at = words.findIndex((word) => word.startsWith('-'));
  return at === -1 ? words.length : at;
}

/** The longest name, words joined by colons, that the first words make. */
export function longest(words: readonly string[], exists: (id: string) => boolean): string | undefined {
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':');
    if (exists(id)) return id;
  }
  return undefined;
}

/** Moves known flags that stand before the command's name to behind it, where oclif looks for them. */
export function behindCommand(argv: readonly string[]): readonly string[] {
  let at = 0;
  for (;;) {
    const word = argv[at] ?? '';
    const name = word.split('=', 1)[0] ?? '';
    const takesValue = leadingFlags[name];
    if (takesValue === undefined) break;
    at += takesValue && !word.includes('=') ? 2 : 1;
  }
  if (at === 0 || at >= argv.length) return argv;
  const rest = argv.slice(at);
  const flagsStart = untilFlag(rest);
  return [...rest.slice(0, flagsStart), ...argv.slice(0, at), ...rest.slice(flagsStart)];
}

/**
 * Moves flags that stand between the words of a command's name behind it, as the mirrored program takes them:
 * `namespace --mesh-name osm list`. What leads to no command stays as it is.
 */
function behindWholeName(words: readonly string[], tree: CommandTree): readonly string[] {
  const at = untilFlag(words);
  const topic = wordsOfName(words).join(':');
  if (at === words.length || tree.findCommand(topic) || (topic !== '' && !tree.findTopic(topic))) return words;
  const below = tree.commandIDs.filter((id) => topic === '' || id.startsWith(`${topic}:`));
  let end = at;
  while (/^-[^-]|^--./.test(words[end] ?? '')) end += takesValue(words[end] ?? '', below, tree) ? 2 : 1;
  const rest = words.slice(end);
  const names = rest.slice(0, untilFlag(rest));
  if (names.length === 0) return words;
  const moved = [...words.slice(0, at), ...names, ...words.slice(at, end), ...rest.slice(names.length)];
  const whole = behindWholeName(moved, tree);
  return longest(wordsOfName(whole), (id) => tree.findCommand(id) !== undefined) ? whole : words;
}

/** Does another word belong to the flag, as one of the commands has it? */
function takesValue(word: string, ids: readonly string[], tree: CommandTree): boolean {
  const [, long, short] = /^(?:--([^=]+)|-(.))$/s.exec(word) ?? [];
  return ids.some((id) =>
    Object.values(tree.findCommand(id)?.flags ?? {}).some(
      ({ type, name, char }) => type === 'option' && (name === long || (short !== undefined && char === short)),
    ),
  );
}
