import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshConfigFlags, meshConfigRef } from '../../lib/command/mesh-flags.js';
import { changeMeshConfig } from '../../lib/mesh/meshconfig/service.js';
import { turn } from '../../lib/mesh/meshconfig/switches.js';

export default class MeshConfigEnablePermissive extends ChangeCommand {
  static override summary = 'Let all services of the mesh reach one another';
  static override description =
    'Sets spec.traffic.enablePermissiveTrafficPolicyMode to true: TrafficTargets are not needed, and not looked at.';
  static override flags = meshConfigFlags;
  static override examples = ['<%= config.bin %> meshconfig enable-permissive'];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshConfigEnablePermissive);
    await this.change(flags, (cluster, { dryRun }) =>
      changeMeshConfig(cluster, meshConfigRef(flags, this.report), [turn('permissive', true)], { dryRun }),
    );
  }
}
