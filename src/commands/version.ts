import { BaseCommand } from '../lib/command/base-command.js';
import { outputFlag } from '../lib/command/flags.js';
import { printDocument } from '../lib/output/document.js';

export default class Version extends BaseCommand {
  static override summary = 'Print the version of osm-ts';
  static override flags = { ...outputFlag(['json', 'yaml']) };
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version -o json'];
  static override exitCodes = [0, 2, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const client = {
      version: this.config.version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    if (flags.output) await printDocument({ apiVersion: 'osm-ts/v1', kind: 'Version', client }, flags.output);
    else await this.print(`osm-ts ${client.version} (Node.js ${client.node}, ${client.platform})`);
  }
}
