import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshConfigFlags, meshConfigRef, meshWideFlag } from '../../lib/command/mesh-flags.js';
import { changeMeshConfig } from '../../lib/mesh/meshconfig/service.js';
import { egressRemarks, turn } from '../../lib/mesh/meshconfig/switches.js';

export default class MeshConfigDisableEgress extends ChangeCommand {
  static override summary = 'Take Egress policies, or mesh-wide egress, out of force';
  static override description =
    'Sets spec.featureFlags.enableEgressPolicy to false; with --mesh-wide spec.traffic.enableEgress, so that only policies let traffic leave.';
  static override flags = { ...meshWideFlag, ...meshConfigFlags };
  static override examples = [
    '<%= config.bin %> meshconfig disable-egress',
    '<%= config.bin %> meshconfig disable-egress --mesh-wide --dry-run=client',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshConfigDisableEgress);
    const which = flags['mesh-wide'] ? 'mesh-wide-egress' : 'egress-policy';
    const remarks = flags['mesh-wide'] ? undefined : egressRemarks;
    await this.change(flags, (cluster, { dryRun }) =>
      changeMeshConfig(cluster, meshConfigRef(flags, this.report), [turn(which, false)], { dryRun, remarks }),
    );
  }
}
