import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { clusterFlags, dryRunFlag, meshNameFlag, outputFlag } from '../../lib/command/flags.js';
import { argReader } from '../../lib/command/reading.js';
import { parsePolicyName } from '../../lib/command/words/names.js';
import { inputOf } from '../../lib/command/world-flags.js';
import { ExitCode, UsageError } from '../../lib/errors.js';

export default class EgressDelete extends BaseCommand {
  static override summary = 'Delete Egress policies, after a look at what would stop working';
  static override description =
    'Simulates the sources of the policies with and without them, shows on standard error which requests only they allow, asks on a terminal, and deletes. Every policy is tried. A policy that somebody changes in between is left alone.';
  static override args = {
    name: Args.string({
      parse: argReader(parsePolicyName),
      description: 'Name of a policy',
      required: true,
      multiple: true,
    }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> httpbin -n curl',
    '<%= config.bin %> <%= command.id %> httpbin github -n curl --yes --ignore-not-found',
    '<%= config.bin %> <%= command.id %> httpbin -n curl --dry-run=client',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
    'ignore-not-found': Flags.boolean({ description: 'A policy that is not there is no error' }),
    ...meshNameFlag,
    ...dryRunFlag,
    ...outputFlag(['json', 'yaml', 'name']),
    ...clusterFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressDelete);
    const { output: format, 'dry-run': dryRun, 'ignore-not-found': ignoreNotFound } = flags;
    const { deletePolicies } = await import('../../lib/egress/delete.js');
    const { reportChanges } = await import('../../lib/output/changes.js');
    const { previewText } = await import('../../lib/output/policies/preview.js');
    const { report } = this;
    const asks = dryRun === 'none' && !flags.yes;
    if (asks && !this.canAsk) {
      throw new UsageError(
        'deleting needs a confirmation, and there is no terminal to ask on',
        'confirm with --yes, or look first with --dry-run=client',
      );
    }
    const confirm = asks ? (message: string) => this.confirm(message, '--yes') : undefined;
    const preview = (shown: Parameters<typeof previewText>[0]) =>
      previewText(shown).forEach((text) => report.note(text));
    const options = { ...inputOf(flags), names: args.name, dryRun, ignoreNotFound, confirm, preview };
    const outcomes = await deletePolicies(options, report);
    if (outcomes) return reportChanges(outcomes, { format, dryRun, report });
    report.note('nothing was deleted');
    this.exitWith(ExitCode.no);
  }
}
