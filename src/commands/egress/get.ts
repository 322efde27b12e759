import { Args } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { argReader } from '../../lib/command/reading.js';
import { parsePolicyName } from '../../lib/command/words/names.js';
import { inputOf, policySourceFlags } from '../../lib/command/world-flags.js';

export default class EgressGet extends BaseCommand {
  static override summary = 'Show an Egress policy: what each port does, what becomes of it, and what is wrong';
  static override description =
    'As text, describes the policy and names the place of every problem, found by simulating every source that it names. With -o json or yaml prints the object itself, as kubectl does. With -f the policy is looked for in the files, and no socket is opened.';
  static override args = {
    name: Args.string({ parse: argReader(parsePolicyName), description: 'Name of the policy', required: true }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> httpbin -n curl',
    '<%= config.bin %> <%= command.id %> httpbin -f policies/',
    '<%= config.bin %> <%= command.id %> httpbin -n curl -o yaml',
  ];
  static override exitCodes = [0, 2, 3, 70];
  static override flags = {
    ...policySourceFlags,
    ...outputFlag(['text', 'wide', 'json', 'yaml', 'name']),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressGet);
    const { getPolicy } = await import('../../lib/egress/get.js');
    const { printPolicy } = await import('../../lib/output/policies/printer.js');
    const found = await getPolicy(args.name, inputOf(flags), this.report);
    const { palette, terminal, report } = this;
    await printPolicy(found, flags.output ?? 'text', { palette, terminal, report, now: Date.now() });
  }
}
