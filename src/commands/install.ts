import { Flags } from '@oclif/core';

import { ChangeCommand } from '../lib/command/change-command.js';
import { meshNameFlag } from '../lib/command/flags.js';
import { helmFlags, helmRequest } from '../lib/command/helm-flags.js';
import { interruptible } from '../lib/command/interruptible.js';
import { requireSelfHosted } from '../lib/command/managed.js';

export default class Install extends ChangeCommand {
  static override summary = 'Install a mesh';
  static override description =
    'The helm program (3.10 or newer) does the work; it has to be on PATH. First it is made sure that nothing is in the way: another ' +
    'mesh that is to be the only one, or what is left of an earlier try. When it fails or is interrupted, it says what is left.';
  static override flags = {
    ...meshNameFlag,
    'enforce-single-mesh': Flags.boolean({
      description: 'Let no other mesh be installed in the cluster',
      default: true,
      allowNo: true,
    }),
    atomic: Flags.boolean({ description: 'Undo what was installed when not everything gets ready' }),
    ...helmFlags,
  };
  static override examples = [
    '<%= config.bin %> install --osm-chart-path charts/osm --set osm.enableEgress=false',
    '<%= config.bin %> install --mesh-name staging --osm-namespace osm-staging --enforce-single-mesh=false',
    '<%= config.bin %> install --atomic --timeout 10m',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(Install);
    await requireSelfHosted('install');
    const { 'mesh-name': mesh, 'enforce-single-mesh': enforceSingleMesh, atomic } = flags;
    const { installMesh } = await import('../lib/mesh/install/install.js');
    await interruptible((signal) =>
      this.change(flags, (cluster, { osmNamespace: namespace, dryRun, report }) =>
        installMesh(
          cluster,
          { mesh, namespace, enforceSingleMesh, atomic, dryRun, ...helmRequest(flags) },
          { connection: flags, env: process.env, report, signal },
        ),
      ),
    );
  }
}
