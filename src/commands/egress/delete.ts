import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { clusterFlags, dryRunFlag, outputFlag } from '../../lib/command/flags.js';
import { ExitCode } from '../../lib/errors.js';

export default class EgressDelete extends BaseCommand {
  static override summary = 'Delete Egress policies, after a look at what would stop working';
  static override description =
    'Simulates the sources of the policies with and without them, shows on standard error which requests only they allow, asks on a terminal, and deletes. Every policy is tried. A policy that somebody changes in between is left alone.';
  static override args = {
    name: Args.string({ required: true, multiple: true, description: 'Name of a policy' }),
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
    'mesh-name': Flags.string({ helpValue: 'NAME', default: 'osm', description: 'Name of the mesh' }),
    ...dryRunFlag,
    ...outputFlag(['json', 'yaml', 'name']),
    ...clusterFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressDelete);
    const { deletePolicies } = await import('../../lib/egress/delete.js');
    const { reportChanges } = await import('../../lib/output/changes.js');
    const { previewText } = await import('../../lib/output/policies/preview.js');
    const { askConfirm, canPrompt } = await import('../../lib/cli/prompt.js');
    const prompt = { noInput: flags['no-input'] };
    const note = (text: string): void => this.note(text);
    const outcomes = await deletePolicies({
      ...flags,
      names: args.name,
      dryRun: flags['dry-run'],
      ignoreNotFound: flags['ignore-not-found'],
      confirm: canPrompt(prompt) ? (message) => askConfirm({ message, flag: '--yes' }, prompt) : undefined,
      verbose: flags.verbose ? note : undefined,
      note,
      preview: (preview) => previewText(preview).forEach(note),
    });
    if (outcomes) {
      const warn = (text: string): void => void this.warn(text);
      return reportChanges(outcomes, { format: flags.output, dryRun: flags['dry-run'], note, warn });
    }
    this.note('nothing was deleted');
    this.exitWith(ExitCode.no);
  }
}
