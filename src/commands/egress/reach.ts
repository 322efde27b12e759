import { textWidth } from '../../lib/cli/streams.js';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { eitherMeshFlags, requestInputOf, sourcesFlag } from '../../lib/command/world-flags.js';

export default class EgressReach extends BaseCommand {
  static override summary = 'List all that a source can reach, and what opens the way';
  static override description =
    'Looks at every request that the source can send, not at examples: hosts, ports, methods, paths and addresses that get through, put together into rows, each with the policy that opens it. Services of the mesh, what goes past Envoy, and mesh-wide egress are listed as well. What is too large to decide, or depends on something not given, is said, and the exit code is 4. With -f nothing but the files is looked at; without -f the policies come from the cluster.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http-routes',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http -o wide',
    '<%= config.bin %> <%= command.id %> --mesh istio --from curl/curl -f examples/istio',
    '<%= config.bin %> <%= command.id %> --from curl/curl --from shop/cart -f examples/https -o csv',
  ];
  static override exitCodes = [0, 2, 3, 4, 70];

  static override flags = {
    ...sourcesFlag,
    ...eitherMeshFlags,
    ...outputFlag(['text', 'wide', 'json', 'csv', 'markdown']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressReach);
    const { reachOfClients, exitCodeOf } = await import('../../lib/egress/reach.js');
    const { reachPrinter } = await import('../../lib/output/reach/printer.js');
    const { input, answers } = await reachOfClients(requestInputOf(flags), this.report);
    const { palette, terminal } = this;
    const print = reachPrinter(flags.output ?? 'text', {
      ...{ palette, terminal, width: textWidth(), locate: input.locate },
      several: input.clients.length > 1,
    });
    let code = 0;
    for await (const answer of answers) {
      code = Math.max(code, exitCodeOf(answer));
      await print(answer);
    }
    this.exitWith(code);
  }
}
