import type { Command, Config, Interfaces } from '@oclif/core';

import { hasFlag } from './arguments.js';
import { longest, wordsOfName } from './route.js';

export interface Manifest {
  readonly commands: Readonly<Record<string, Command.Cached>>;
  readonly version: string;
}

/** How to get at the code of each command, by its id. */
export type CommandModules = Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;

/** What oclif looks at in every command at every start. */
export type CommandHead = Pick<
  Command.Cached,
  'id' | 'aliases' | 'hidden' | 'hiddenAliases' | 'pluginName' | 'strict' | 'summary'
>;

/**
 * What only help and errors need, as JSON by the command's id: most of the manifest, which a start would read for nothing.
 */
export type CommandDetails = Readonly<Record<string, string>>;

/** The commands of a manifest, for the build. */
export function packCommands(commands: readonly Command.Cached[]): { heads: CommandHead[]; details: CommandDetails } {
  const heads = commands.map(({ id, aliases, hidden, hiddenAliases, pluginName, strict, summary }) => {
    return { id, aliases, hidden, hiddenAliases, pluginName, strict, summary };
  });
  const details = commands.map(({ id, args, description, examples, exitCodes, flags, passThrough, usage }) => {
    return [id, JSON.stringify({ args, description, examples, exitCodes, flags, passThrough, usage })];
  });
  return { heads, details: Object.fromEntries(details) as CommandDetails };
}

/**
 * A command of the manifest, as oclif looks at it. oclif copies a command's own properties for each alias at every start, so the
 * details are properties of the class: a copy lacks them, and `commandNamed` finds the command by its `canonicalId`.
 */
class PreparedCommand {
  readonly pluginType = 'core';
  readonly canonicalId: string;
  private readonly all: () => Command.Cached;

  constructor(
    head: CommandHead,
    details: () => CommandDetails,
    readonly load: () => Promise<Command.Class>,
  ) {
    Object.assign(this, head);
    this.canonicalId = head.id;
    let read: Command.Cached | undefined;
    this.all = () => (read ??= JSON.parse(details()[head.id]!) as Command.Cached);
  }

  get args(): Command.Cached['args'] {
    return this.all().args;
  }

  get description(): string | undefined {
    return this.all().description;
  }

  get examples(): Command.Example[] | undefined {
    return this.all().examples;
  }

  get exitCodes(): unknown {
    return this.all()['exitCodes'];
  }

  get flags(): Command.Cached['flags'] {
    return this.all().flags;
  }

  get passThrough(): unknown {
    return this.all()['passThrough'];
  }

  get usage(): Command.Cached['usage'] {
    return this.all().usage;
  }
}

/** They tell of other commands. */
const lookingAtAll = ['help', '__complete'];

/**
 * The commands that a start has to know: the one that the first words name, as oclif's maps of a command take a thousandth of a
 * start; all where there is no such name, and where help or a command tells of others.
 * @param argv the words after the program's name
 */
export function headsFor(argv: readonly string[], heads: readonly CommandHead[]): readonly CommandHead[] {
  const byName = new Map<string, CommandHead>();
  for (const head of heads)
    for (const name of [head.id, ...head.aliases, ...head.hiddenAliases]) byName.set(name, head);
  const head = byName.get(longest(wordsOfName(argv), (name) => byName.has(name)) ?? '');
  return head && !lookingAtAll.includes(head.id) && !hasFlag(argv, '--help', '-h') ? [head] : heads;
}

/** The command of that name; for an alias it goes by the alias. */
export function commandNamed(id: string, tree: Pick<Config, 'findCommand'>): Command.Loadable | undefined {
  const command = tree.findCommand(id);
  const canonicalId = command?.['canonicalId'];
  if (typeof canonicalId !== 'string' || canonicalId === id) return command;
  return Object.assign(Object.create(tree.findCommand(canonicalId)!) as Command.Loadable, { id });
}

/**
 * What oclif needs to know, prepared at build time: with it oclif reads no package.json, no manifest and no folder at start,
 * and loads only the command that runs.
 * @param argv the words after the program's name
 * @param root the package's folder
 * @param heads of the commands of the manifest
 * @param details of the same commands, read when they are needed
 * @param modules a function for every one of them
 */
export function preparedOptions(
  argv: readonly string[],
  root: string,
  pjson: Interfaces.PJSON,
  heads: readonly CommandHead[],
  details: () => CommandDetails,
  modules: CommandModules,
): Interfaces.LoadOptions {
  const load = async (id: string): Promise<Command.Class> => {
    const command = (await modules[id]?.())?.default as Command.Class | undefined;
    if (!command) throw new Error(`no code for the command ${id}`);
    return Object.assign(command, { id, plugin });
  };
  const plugin: Interfaces.Plugin = {
    _base: '',
    alias: pjson.name,
    commandIDs: heads.map(({ id }) => id),
    commands: headsFor(argv, heads).map(
      (head) => new PreparedCommand(head, details, () => load(head.id)) as unknown as Command.Loadable,
    ),
    commandsDir: undefined,
    findCommand: (id: string) => load(id),
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: () => Promise.resolve(),
    moduleType: 'module',
    name: pjson.name,
    options: { root },
    pjson,
    root,
    topics: Object.entries(pjson.oclif.topics ?? {}).map(([name, topic]) => ({ ...topic, name })),
    type: 'core',
    valid: true,
    version: pjson.version,
  };
  return { root, pjson, plugins: new Map([[plugin.name, plugin]]) };
}
