import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshConfigFlags, meshConfigRef } from '../../lib/command/mesh-flags.js';
import { changeMeshConfig } from '../../lib/mesh/meshconfig/service.js';
import { turn } from '../../lib/mesh/meshconfig/switches.js';

export default class MeshConfigDisablePermissive extends ChangeCommand {
  static override summary = 'Let services reach only what a TrafficTarget allows';
  static override description = 'Sets spec.traffic.enablePermissiveTrafficPolicyMode to false.';
  static override flags = meshConfigFlags;
  static override examples = ['<%= config.bin %> meshconfig disable-permissive'];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshConfigDisablePermissive);
    await this.change(flags, (cluster, { dryRun }) =>
      changeMeshConfig(cluster, meshConfigRef(flags, this.report), [turn('permissive', false)], { dryRun }),
    );
  }
}
