import { BaseCommand } from '../lib/command/base-command.js';
import { clusterFlags, outputFlag } from '../lib/command/flags.js';
import { environmentFile, readInstallation } from '../lib/input/environment.js';
import { printInstallation } from '../lib/output/installation.js';

export default class Env extends BaseCommand {
  static override summary = 'Print what is known about the installation of OSM';
  static override description =
    'It comes from the file that OSM_CONFIG names, or ~/.osm/config.yaml; what that leaves out is as usual. --osm-namespace, and the ' +
    'variable OSM_NAMESPACE, win over the file, here and in every command.';
  static override flags = { ...outputFlag(['json', 'yaml']), 'osm-namespace': clusterFlags['osm-namespace'] };
  static override examples = ['<%= config.bin %> env', '<%= config.bin %> env -o json'];
  static override exitCodes = [0, 2, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(Env);
    const install = { ...(await readInstallation(process.env)), namespace: flags['osm-namespace'] };
    await printInstallation(install, environmentFile(process.env) ?? null, flags.output);
  }
}
