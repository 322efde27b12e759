import { Flags } from '@oclif/core';

import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshNameFlag } from '../../lib/command/flags.js';
import { namespaceArgs } from '../../lib/command/mesh-flags.js';
import { addNamespaces } from '../../lib/mesh/namespace/change.js';

export default class NamespaceAdd extends ChangeCommand {
  static override summary = 'Add namespaces to a mesh';
  static override description =
    'New pods of these namespaces get a sidecar. A namespace that is in the mesh already is brought in line with the flags; ' +
    'one of another mesh is left there, unless --overwrite is given. Pods that run already stay as they are until they are ' +
    'restarted: a note tells which.';
  static override aliases = ['ns:add'];
  static override args = namespaceArgs;
  static override flags = {
    ...meshNameFlag,
    'disable-sidecar-injection': Flags.boolean({ description: 'New pods get no sidecar unless they ask for it' }),
    overwrite: Flags.boolean({ description: 'Take namespaces out of the mesh that they are in' }),
  };
  static override examples = [
    '<%= config.bin %> namespace add bookstore bookbuyer',
    '<%= config.bin %> namespace add legacy --disable-sidecar-injection',
    '<%= config.bin %> namespace add web --mesh-name staging --overwrite --dry-run=server',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NamespaceAdd);
    const request = {
      mesh: flags['mesh-name'],
      injection: flags['disable-sidecar-injection'] ? 'disabled' : 'enabled',
      overwrite: flags.overwrite,
    } as const;
    await this.change(flags, (cluster, run) => addNamespaces(cluster, args.namespace, request, run));
  }
}
