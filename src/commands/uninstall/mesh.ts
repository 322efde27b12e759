import { Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { dryRunFlag, localPortFlag, outputFlag } from '../../lib/command/flags.js';
import { interruptible } from '../../lib/command/interruptible.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { uninstallFlags, uninstallRequest } from '../../lib/command/uninstall-flags.js';
import { openCluster } from '../../lib/input/connection.js';
import { changeFormats, reportChanges } from '../../lib/output/changes.js';

export default class UninstallMesh extends BaseCommand {
  static override summary = 'Uninstall a mesh, or clear away what is left of one';
  static override description =
    'Shows what goes, and asks for each mesh. What the chart leaves behind, or an installation or a clean-up that failed, goes with it. ' +
    'What another mesh needs stays. The helm program (3.10 or newer) does the uninstalling where there is a release.';
  static override aliases = ['delete:mesh', 'del:mesh'];
  static override flags = {
    ...uninstallFlags,
    force: Flags.boolean({ char: 'f', description: 'Ask nothing' }),
    ...localPortFlag,
    ...dryRunFlag,
    ...outputFlag(changeFormats),
    ...meshFlags,
  };
  static override examples = [
    '<%= config.bin %> uninstall mesh',
    '<%= config.bin %> uninstall mesh --mesh-name osm --dry-run=client',
    '<%= config.bin %> uninstall mesh --mesh-name osm --force -a --delete-namespace',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags, metadata } = await this.parse(UninstallMesh);
    const { output: format, 'dry-run': dryRun, kubeconfig, context } = flags;
    const { uninstallMeshes } = await import('../../lib/mesh/uninstall/uninstall.js');
    const { describeMeshes } = await import('../../lib/mesh/list.js');
    const { converse } = await import('../../lib/output/uninstall.js');
    const { report } = this;
    const request = await uninstallRequest(flags, metadata.flags['osm-namespace']?.setFromDefault !== true);
    const cluster = await openCluster({ kubeconfig, context }, report);
    await interruptible(async (signal) => {
      const { talk, end } = converse({
        ...{ format, signal, mayAsk: !flags['no-input'] },
        meshes: () => describeMeshes(cluster),
      });
      const surroundings = { connection: { kubeconfig, context }, env: process.env, report, signal };
      const outcomes = uninstallMeshes(cluster, request, talk, surroundings);
      await reportChanges(outcomes, { format, dryRun, report }).finally(end);
    });
  }
}
