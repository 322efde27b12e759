import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { openSession } from '../../lib/input/session.js';
import { parseMeshName } from '../../lib/mesh/names.js';
import { listNamespaces } from '../../lib/mesh/namespace/list.js';
import { namespaceListFormats, printNamespaceList } from '../../lib/output/namespace-list.js';

export default class NamespaceList extends BaseCommand {
  static override summary = 'List the namespaces of a mesh, or of all meshes';
  static override aliases = ['ns:list'];
  static override args = {
    mesh: Args.string({ description: 'Name of the mesh; wins over --mesh-name; all meshes if neither is given' }),
  };
  static override flags = {
    ...outputFlag(namespaceListFormats),
    'mesh-name': Flags.string({ helpValue: 'MESH', description: 'Name of the mesh' }),
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
    const given = args.mesh ?? flags['mesh-name'];
    const mesh = given ? parseMeshName(given) : null;
    if (args.mesh && flags['mesh-name'] && args.mesh !== flags['mesh-name']) {
      this.warn(`--mesh-name ${flags['mesh-name']} is not looked at: the argument ${args.mesh} wins`);
    }
    const { cluster } = await openSession({ ...flags, warn: (text) => void this.warn(text) });
    const listing = await listNamespaces(cluster, mesh);
    await printNamespaceList(listing, flags.output);
    for (const note of listing.notes) this.note(note);
  }
}
