import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshNameFlag } from '../../lib/command/flags.js';
import { namespaceArgs } from '../../lib/command/mesh-flags.js';
import { removeNamespaces } from '../../lib/mesh/namespace/change.js';

export default class NamespaceRemove extends ChangeCommand {
  static override summary = 'Remove namespaces from a mesh';
  static override description =
    'Their settings for sidecars and metrics are cleared; whether they are ignored stays (see namespace unignore). ' +
    'The control plane need not be there any more. Running pods keep their sidecars until they are restarted.';
  static override aliases = ['ns:remove'];
  static override args = namespaceArgs;
  static override flags = meshNameFlag;
  static override examples = [
    '<%= config.bin %> namespace remove bookstore',
    '<%= config.bin %> namespace remove web --mesh-name staging',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NamespaceRemove);
    const request = { mesh: flags['mesh-name'] };
    await this.change(flags, (cluster, run) => removeNamespaces(cluster, args.namespace, request, run));
  }
}
