import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { dryRunFlag, outputFlag } from '../../lib/command/flags.js';
import { policyAnswersOf, policyFlags, requireAnswers } from '../../lib/command/policy-flags.js';
import { argReader } from '../../lib/command/reading.js';
import { parseObjectName } from '../../lib/command/words/names.js';
import { inputOf, policySourceFlags } from '../../lib/command/world-flags.js';
import { ExitCode } from '../../lib/errors.js';

export default class EgressCreate extends BaseCommand {
  static override summary = 'Create an Egress policy that fits among those that are there';
  static override description =
    'Builds the policy from the flags, checks it more strictly than the API server does, and simulates its sources before and after. A policy that Envoy would refuse, or that would deny a request that another policy allows, is not created without --force. It is checked against the cluster; in a client dry run against the files of -f only, and without -f no file and no cluster is looked at. On a terminal, what is missing is asked for.';
  static override args = {
    name: Args.string({ parse: argReader(parseObjectName), description: 'Name of the policy' }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> httpbin -n curl --from curl/curl --host httpbin.org --port 80/http',
    '<%= config.bin %> <%= command.id %> github -n ci --from runner --host github.com,api.github.com --port 443/https --dry-run=client -o yaml',
    '<%= config.bin %> <%= command.id %> db -n shop --from shop/api --ip-range 10.20.0.0/16 --port 3306/tcp-server-first',
    '<%= config.bin %> <%= command.id %> get-only -n curl --from curl --host httpbin.org --port 80/http --route get-only -f policies/ --dry-run=client',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];
  static override flags = {
    ...policyFlags,
    overwrite: Flags.boolean({ description: 'Give a policy of that name the new content' }),
    force: Flags.boolean({
      description: 'Create also what Envoy would refuse, or what would deny requests of other policies',
    }),
    ...dryRunFlag,
    ...outputFlag(['yaml', 'json', 'name']),
    ...policySourceFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressCreate);
    const answers = policyAnswersOf(args.name, flags);
    const { output: format, 'dry-run': dryRun, overwrite, force } = flags;
    if (!this.canAsk) requireAnswers(answers);
    const { createEgress, missingAnswers } = await import('../../lib/egress/create/index.js');
    const { printWritten } = await import('../../lib/output/policies/written.js');
    const { terminalPerson } = await import('../../lib/command/ask-policy.js');
    const person = missingAnswers(answers).length > 0 ? terminalPerson() : undefined;
    const options = { ...inputOf(flags), answers, dryRun, overwrite, force, person };
    const written = await createEgress(options, this.report);
    if (written) return printWritten(written, { format, dryRun });
    this.report.note('nothing was created');
    this.exitWith(ExitCode.no);
  }
}
