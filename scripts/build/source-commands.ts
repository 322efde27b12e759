import { Plugin } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { packageRoot, readPackageJson } from './package.js';

/** The commands as they stand in `src/commands`, as an oclif plugin. Needs tsx. */
export async function sourcePlugin(): Promise<Plugin> {
  const pjson = readPackageJson();
  const plugin = new Plugin({
    root: packageRoot,
    pjson: { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } },
    ignoreManifest: true,
    errorOnManifestCreate: true,
    isRoot: true,
  });
  await plugin.load();
  return plugin;
}

/** For `main`: runs the commands from their sources. */
export async function sourceOptions(): Promise<Interfaces.LoadOptions> {
  const plugin = await sourcePlugin();
  return { root: packageRoot, pjson: plugin.pjson, plugins: new Map([[plugin.name, plugin]]) };
}
