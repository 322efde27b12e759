import { Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import {
  everybodyInputOf,
  everybodyWorldFlags,
  istioInputOf,
  meshKindFlags,
  sourcesFlag,
} from '../../lib/command/world-flags.js';

export default class EgressMatrix extends BaseCommand {
  static override summary = 'Show what each source can send to each destination, as a grid';
  static override description =
    'Sources are those that policies name, and the ServiceAccounts, pods and workloads of the input; --from narrows them. Destinations are the hosts and networks of the policies with their ports, for every usual request, or the requests of --targets. -o html makes one page, without anything from elsewhere, with a filter and the journey of each cell. --base also asks the policies that were there before, marks what differs, and exits with 1 if anything does. With -f nothing but the files is looked at; without -f the policies come from the cluster.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -f examples/http',
    '<%= config.bin %> <%= command.id %> -f examples/http-routes -o html',
    '<%= config.bin %> <%= command.id %> -f examples/http --base examples/http -o markdown',
    '<%= config.bin %> <%= command.id %> --mesh istio -f examples/istio',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  static override flags = {
    ...sourcesFlag,
    targets: Flags.string({
      helpValue: 'FILE',
      description: 'File with one target a line, or - for standard input, instead of what the policies name',
    }),
    base: Flags.string({
      helpValue: 'PATH',
      description: 'Policies to compare with: a file or directory, -, git:REV[:PATH] for a commit, or cluster',
    }),
    ...everybodyWorldFlags,
    ...meshKindFlags,
    ...outputFlag(['text', 'json', 'csv', 'markdown', 'html']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressMatrix);
    const { matrixOf, exitCodeOf } = await import('../../lib/egress/matrix.js');
    const { printMatrix } = await import('../../lib/output/matrix/printer.js');
    const { from: clients = [], targets, base } = flags;
    const options = { ...everybodyInputOf(flags), ...istioInputOf(flags), clients, targets, base };
    const matrix = await matrixOf(options, this.report);
    await printMatrix(matrix, flags.output ?? 'text', this.palette);
    this.exitWith(exitCodeOf(matrix));
  }
}
