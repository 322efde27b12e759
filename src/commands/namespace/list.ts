import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { argReader, flagReader } from '../../lib/command/reading.js';
import { parseMeshName } from '../../lib/command/words/names.js';
import { openCluster } from '../../lib/input/connection.js';
import { listNamespaces } from '../../lib/mesh/namespace/list.js';
import { namespaceListFormats, printNamespaceList } from '../../lib/output/namespace-list.js';

export default class NamespaceList extends BaseCommand {
  static override summary = 'List the namespaces of a mesh, or of all meshes';
  static override aliases = ['ns:list'];
  static override args = {
    mesh: Args.string({
      parse: argReader(parseMeshName),
      description: 'Name of the mesh; wins over --mesh-name; all meshes if neither is given',
    }),
  };
  static override flags = {
    ...outputFlag(namespaceListFormats),
    'mesh-name': Flags.string({
      parse: flagReader(parseMeshName),
      helpValue: 'NAME',
      description: 'Name of the mesh',
    }),
    ...meshFlags,
  };
  static override examples = [
    '<%= config.bin %> namespace list',
    '<%= config.bin %> namespace list osm -o wide',
    '<%= config.bin %> namespace list -o json',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NamespaceList);
    const { 'mesh-name': meshName, kubeconfig, context } = flags;
    const mesh = args.mesh ?? meshName ?? null;
    if (args.mesh !== undefined && meshName !== undefined && args.mesh !== meshName) {
      this.report.warn(`--mesh-name ${meshName} is not looked at: the argument ${args.mesh} wins`);
    }
    const cluster = await openCluster({ kubeconfig, context }, this.report);
    const listing = await listNamespaces(cluster, mesh);
    await printNamespaceList(listing, flags.output);
    for (const note of listing.notes) this.report.note(note);
  }
}
