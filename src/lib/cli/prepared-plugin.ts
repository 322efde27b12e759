import type { Command, Interfaces } from '@oclif/core';

export interface Manifest {
  readonly commands: Readonly<Record<string, Command.Cached>>;
  readonly version: string;
}

/** How to get at the code of each command, by its id. */
export type CommandModules = Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;

/** A command of the manifest: what oclif looks at in every command at every start, and the rest as JSON. */
export interface PackedCommand {
  readonly head: Pick<
    Command.Cached,
    'id' | 'aliases' | 'hidden' | 'hiddenAliases' | 'pluginName' | 'strict' | 'summary'
  >;
  readonly details: string;
}

/** What help and errors need of a command: most of the manifest, which a start would make objects of for nothing. */
const detailNames = ['args', 'description', 'examples', 'exitCodes', 'flags', 'passThrough', 'usage'] as const;

/** For the build. */
export function packCommand(command: Command.Cached): PackedCommand {
  const { id, aliases, hidden, hiddenAliases, pluginName, strict, summary } = command;
  const details = Object.fromEntries(detailNames.map((name) => [name, command[name]]));
  return {
    head: { id, aliases, hidden, hiddenAliases, pluginName, strict, summary },
    details: JSON.stringify(details),
  };
}

function unpackCommand({ head, details }: PackedCommand, load: () => Promise<Command.Class>): Command.Loadable {
  let read: Command.Cached | undefined;
  const all = (): Command.Cached => (read ??= JSON.parse(details) as Command.Cached);
  // Own properties, because oclif copies commands for their aliases; spelled out, because that is the fastest.
  return {
    ...head,
    pluginType: 'core',
    load,
    get args() {
      return all().args;
    },
    get description() {
      return all().description;
    },
    get examples() {
      return all().examples;
    },
    get exitCodes() {
      return all()['exitCodes'];
    },
    get flags() {
      return all().flags;
    },
    get passThrough() {
      return all()['passThrough'];
    },
    get usage() {
      return all().usage;
    },
  };
}

/**
 * What oclif needs to know, prepared at build time: with it oclif reads no package.json, no manifest and no folder at start,
 * and loads only the command that runs.
 * @param root the package's folder
 * @param commands those of the manifest
 * @param modules a function for every one of them
 */
export function preparedOptions(
  root: string,
  pjson: Interfaces.PJSON,
  commands: readonly PackedCommand[],
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
    commandIDs: commands.map(({ head }) => head.id),
    commands: commands.map((packed) => unpackCommand(packed, () => load(packed.head.id))),
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
