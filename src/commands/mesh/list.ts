import { BaseCommand } from '../../lib/command/base-command.js';
import { localPortFlag, outputFlag, unusedOsmNamespaceFlag } from '../../lib/command/flags.js';
import { connectionFlags } from '../../lib/command/mesh-flags.js';
import { openCluster } from '../../lib/input/connection.js';
import { describeMeshes } from '../../lib/mesh/list.js';
import { meshListFormats, printMeshes } from '../../lib/output/mesh-list.js';

export default class MeshList extends BaseCommand {
  static override summary = 'List the meshes of a cluster';
  static override description =
    'One control plane is one mesh: its namespace, its version, the namespaces that were added to it, and the versions of the SMI ' +
    'kinds that its controller serves. What cannot be found out is Unknown, and a warning tells why.';
  static override flags = {
    ...outputFlag(meshListFormats),
    ...localPortFlag,
    ...connectionFlags,
    ...unusedOsmNamespaceFlag,
  };
  static override examples = [
    '<%= config.bin %> mesh list',
    '<%= config.bin %> mesh list -o wide',
    '<%= config.bin %> mesh list -o json',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MeshList);
    const { kubeconfig, context } = flags;
    const meshes = await describeMeshes(await openCluster({ kubeconfig, context }, this.report));
    await printMeshes(meshes, flags.output);
    for (const problem of meshes.flatMap(({ problems }) => problems)) this.report.warn(problem);
  }
}
