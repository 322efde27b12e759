import { ChangeCommand } from '../../lib/command/change-command.js';
import { namespaceArgs } from '../../lib/command/mesh-flags.js';
import { ignoreNamespaces } from '../../lib/mesh/namespace/change.js';

export default class NamespaceIgnore extends ChangeCommand {
  static override summary = 'Make the mesh ignore namespaces';
  static override description =
    'No pod of an ignored namespace gets a sidecar, whatever mesh the namespace is in, until namespace unignore.';
  static override aliases = ['ns:ignore'];
  static override args = namespaceArgs;
  static override examples = ['<%= config.bin %> namespace ignore monitoring'];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NamespaceIgnore);
    await this.change(flags, (cluster, run) => ignoreNamespaces(cluster, args.namespace, run));
  }
}
