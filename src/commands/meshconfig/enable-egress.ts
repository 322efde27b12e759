import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshConfigFlags, meshConfigRef, meshWideFlag } from '../../lib/command/mesh-flags.js';
import { changeMeshConfig } from '../../lib/mesh/meshconfig/service.js';
import { egressRemarks, turn } from '../../lib/mesh/meshconfig/switches.js';

export default class MeshConfigEnableEgress extends ChangeCommand {
  static override summary = 'Let Egress policies decide which traffic leaves the mesh';
  static override description =
    'Sets spec.featureFlags.enableEgressPolicy to true; with --mesh-wide spec.traffic.enableEgress, which lets all traffic leave.';
  static override flags = { ...meshWideFlag, ...meshConfigFlags };
  static override examples = [
    '<%= config.bin %> meshconfig enable-egress',
    '<%= config.bin %> meshconfig enable-egress --mesh-wide --dry-run=client',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshConfigEnableEgress);
    const which = flags['mesh-wide'] ? 'mesh-wide-egress' : 'egress-policy';
    const remarks = flags['mesh-wide'] ? undefined : egressRemarks;
    await this.change(flags, (cluster, { dryRun }) =>
      changeMeshConfig(cluster, meshConfigRef(flags, this.report), [turn(which, true)], { dryRun, remarks }),
    );
  }
}
