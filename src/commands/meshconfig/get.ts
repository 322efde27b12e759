import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { meshConfigFlags, meshConfigRef, meshFlags } from '../../lib/command/mesh-flags.js';
import { openCluster } from '../../lib/input/connection.js';
import { getMeshConfig } from '../../lib/mesh/meshconfig/service.js';
import { meshConfigFormats, printMeshConfig } from '../../lib/output/meshconfig.js';

export default class MeshConfigGet extends BaseCommand {
  static override summary = 'Show the mesh-wide configuration';
  static override flags = { ...outputFlag(meshConfigFormats), ...meshConfigFlags, ...meshFlags };
  static override examples = ['<%= config.bin %> meshconfig get', '<%= config.bin %> meshconfig get -o yaml'];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshConfigGet);
    const { kubeconfig, context } = flags;
    const cluster = await openCluster({ kubeconfig, context }, this.report);
    await printMeshConfig(await getMeshConfig(cluster, meshConfigRef(flags, this.report)), flags.output);
  }
}
