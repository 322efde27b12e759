import { Flags } from '@oclif/core';

import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshNameFlag } from '../../lib/command/flags.js';
import { helmFlags, helmRequest } from '../../lib/command/helm-flags.js';
import { interruptible } from '../../lib/command/interruptible.js';
import { requireSelfHosted } from '../../lib/command/managed.js';

export default class MeshUpgrade extends ChangeCommand {
  static override summary = 'Upgrade a mesh to another chart or other values';
  static override description =
    'The helm program (3.10 or newer) does the work; it has to be on PATH. The mesh keeps its name, and whether it is to be the only ' +
    "one. All other values are the chart's unless they are given again, and the MeshConfig stays as it is.";
  static override flags = {
    ...meshNameFlag,
    atomic: Flags.boolean({ description: 'Go back to the revision before when not everything gets ready' }),
    ...helmFlags,
  };
  static override examples = [
    '<%= config.bin %> mesh upgrade --osm-chart-path charts/osm',
    '<%= config.bin %> mesh upgrade --mesh-name staging --osm-namespace osm-staging --set osm.image.tag=v1.2.4',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshUpgrade);
    await requireSelfHosted('mesh upgrade');
    const { 'mesh-name': mesh, atomic } = flags;
    const { upgradeMesh } = await import('../../lib/mesh/install/upgrade.js');
    await interruptible((signal) =>
      this.change(flags, (cluster, { osmNamespace: namespace, dryRun, report }) =>
        upgradeMesh(
          cluster,
          { mesh, namespace, atomic, dryRun, ...helmRequest(flags) },
          { connection: flags, env: process.env, report, signal },
        ),
      ),
    );
  }
}
