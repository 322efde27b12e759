import { textWidth } from '../../lib/cli/streams.js';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { targetArgs, targetFlags, targetsOf } from '../../lib/command/request-flags.js';
import { everybodyInputOf, everybodyWorldFlags } from '../../lib/command/world-flags.js';
import { mayBeSeveral } from '../../lib/input/targets.js';

export default class EgressWhoCan extends BaseCommand {
  static override summary = 'Say which sources can send a request, and what lets them';
  static override description =
    'Asks for every source that is known: those that policies name, and the ServiceAccounts, pods and workloads of the input. Exits with 0 when somebody can, with 1 when nobody can, and with 4 when that is not known. -o wide also lists those that cannot, and why. With -f nothing but the files is looked at; without -f the policies come from the cluster.';
  static override args = targetArgs;
  static override examples = [
    '<%= config.bin %> <%= command.id %> http://httpbin.org/get -f examples/http',
    '<%= config.bin %> <%= command.id %> --url https://httpbin.org -f examples/https -o json',
    '<%= config.bin %> <%= command.id %> -f examples/http -- curl -s http://httpbin.org:80/status/200',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  static override flags = {
    ...targetFlags,
    ...everybodyWorldFlags,
    ...outputFlag(['text', 'wide', 'json', 'csv', 'markdown']),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressWhoCan);
    const targets = targetsOf(args.target, flags, this.passedThrough);
    const { whoCan, exitCodeOf, summaryVerdict } = await import('../../lib/egress/who-can.js');
    const { whoCanPrinter } = await import('../../lib/output/who-can/printer.js');
    const { input, answers } = await whoCan({ ...everybodyInputOf(flags), targets }, this.report);
    const { palette, terminal } = this;
    const print = whoCanPrinter(flags.output ?? 'text', {
      ...{ palette, terminal, width: textWidth(), locate: input.locate },
      several: mayBeSeveral(targets),
    });
    const said = new Set<ReturnType<typeof summaryVerdict> | 'fault'>();
    for await (const answer of answers) {
      said.add('fault' in answer ? 'fault' : summaryVerdict(answer));
      await print(answer);
    }
    this.exitWith(exitCodeOf(said));
  }
}
