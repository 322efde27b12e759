import type { Command, Interfaces } from '@oclif/core';

export interface Manifest {
  readonly commands: Readonly<Record<string, Command.Cached>>;
  readonly version: string;
}

/** How to get at the code of each command, by its id. */
export type CommandModules = Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;

/**
 * What oclif needs to know, prepared at build time: with it oclif reads no package.json, no manifest and no folder at start,
 * and loads only the command that runs.
 * @param root the package's folder
 * @param modules a function for every command of the manifest
 */
export function preparedOptions(
  root: string,
  pjson: Interfaces.PJSON,
  manifest: Manifest,
  modules: CommandModules,
): Interfaces.LoadOptions {
  const load = async (id: string): Promise<Command.Class> => {
    const command = (await modules[id]?.())?.default as Command.Class | undefined;
    if (!command) throw new Error(`no code for the command ${id}`);
    return Object.assign(command, { id, plugin });
  };
  const commands = Object.entries(manifest.commands).map(([id, cached]) => ({
    ...cached,
    pluginType: 'core',
    load: () => load(id),
  }));
  const plugin: Interfaces.Plugin = {
    _base: '',
    alias: pjson.name,
    commandIDs: Object.keys(manifest.commands),
    commands,
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
