import { ChangeCommand } from '../../lib/command/change-command.js';
import { namespaceArgs } from '../../lib/command/mesh-flags.js';
import { unignoreNamespaces } from '../../lib/mesh/namespace/change.js';

export default class NamespaceUnignore extends ChangeCommand {
  static override summary = 'Undo namespace ignore';
  static override description = 'Whether a namespace belongs to a mesh, and to which, is not changed.';
  static override aliases = ['ns:unignore'];
  static override args = namespaceArgs;
  static override examples = ['<%= config.bin %> namespace unignore monitoring'];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NamespaceUnignore);
    await this.change(flags, (cluster, run) => unignoreNamespaces(cluster, args.namespace, run));
  }
}
