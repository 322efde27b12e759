import { Config } from '@oclif/core';

import Help from '../src/lib/cli/help.js';
import type { Manifest } from '../src/lib/cli/prepared-plugin.js';
import { sourceOptions } from './build/source-commands.js';

/** docs/commands.md: the help page of every command, 100 columns wide. */
export async function commandReference(manifest: Manifest): Promise<string> {
  process.env['COLUMNS'] = '100';
  process.env['NO_COLOR'] = '1';
  const config = await Config.load(await sourceOptions());
  const help = new Help(config);
  let text = '# Commands\n\nMade from the sources by `npm run generate`; `osm-ts COMMAND --help` prints the same.\n';
  const shown = Object.values(manifest.commands).filter(({ hidden }) => !hidden);
  for (const id of ['', ...shown.map(({ id }) => id)]) {
    const page = await help.pageOf(id);
    text += `\n## ${['osm-ts', ...id.split(':')].join(' ').trim()}\n\n\`\`\`text\n${page}\`\`\`\n`;
  }
  return text;
}
