import { Plugin } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { packageRoot, readPackageJson } from './package.js';

/**
 * The commands as they stand in `src/commands`, as an oclif plugin. Needs tsx.
 * @param lenient warn of a command that cannot be loaded, and go on without it; otherwise it is an error
 */
export async function sourcePlugin({ lenient }: { lenient: boolean }): Promise<Plugin> {
  const pjson = readPackageJson();
  const plugin = new Plugin({
    root: packageRoot,
    pjson: { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } },
    ignoreManifest: true,
    errorOnManifestCreate: !lenient,
    isRoot: true,
  });
  await plugin.load();
  return plugin;
}

/** For `main`: runs the commands from their sources, those that can be loaded. */
export async function sourceOptions(): Promise<Interfaces.LoadOptions> {
  const plugin = await sourcePlugin({ lenient: true });
  return { root: packageRoot, pjson: plugin.pjson, plugins: new Map([[plugin.name, plugin]]) };
}
