import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { clusterFlags, dryRunFlag, filenameFlags, outputFlag } from '../../lib/command/flags.js';
import { writeErr } from '../../lib/cli/streams.js';
import { policyFlags } from '../../lib/command/policy-flags.js';
import { ExitCode } from '../../lib/errors.js';

export default class EgressCreate extends BaseCommand {
  static override summary = 'Create an Egress policy that fits among those that are there';
  static override description =
    'Builds the policy from the flags, checks it more strictly than the API server does, and simulates its sources before and after. A policy that Envoy would refuse, or that would deny a request that another policy allows, is not created without --force. It is checked against the cluster; in a client dry run against the files of -f only, and without -f no file and no cluster is looked at. On a terminal, what is missing is asked for.';
  static override args = { name: Args.string({ description: 'Name of the policy' }) };
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
    ...filenameFlags,
    'mesh-name': Flags.string({ helpValue: 'NAME', default: 'osm', description: 'Name of the mesh' }),
    ...dryRunFlag,
    ...outputFlag(['yaml', 'json', 'name']),
    ...clusterFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressCreate);
    const { createEgress } = await import('../../lib/egress/create/index.js');
    const { printWritten } = await import('../../lib/output/policies/written.js');
    const { askerOf } = await import('../../lib/egress/create/ask.js');
    const prompts = await import('../../lib/cli/prompt.js');
    const written = await createEgress({
      ...flags,
      answers: { ...flags, name: args.name },
      dryRun: flags['dry-run'],
      ask: askerOf(prompts, { noInput: flags['no-input'] }),
      verbose: flags.verbose ? (line) => this.note(line) : undefined,
      show: writeErr,
      note: (text) => this.note(text),
      warn: (text) => void this.warn(text),
    });
    if (written) return printWritten(written, { format: flags.output, dryRun: flags['dry-run'] });
    this.note('nothing was created');
    this.exitWith(ExitCode.no);
  }
}
