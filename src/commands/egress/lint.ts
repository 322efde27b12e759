import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { lintFlags, lintOptionsOf } from '../../lib/command/lint-flags.js';
import { allNamespacesFlag, outputFlag } from '../../lib/command/flags.js';
import { policySourceFlags } from '../../lib/command/world-flags.js';

export default class EgressLint extends BaseCommand {
  static override summary = 'Find what is wrong with policies, without a request to ask about';
  static override description =
    'Runs every rule over the policies and what decides what they do: what Envoy refuses, what the control plane skips in silence, what works otherwise than it reads. With -f the files are looked at and no socket is opened; with --live they are laid over the cluster; without -f the cluster is. A finding is left out by an annotation osm-ts/lint-ignore, a comment # osm-ts/lint-ignore on its line (both take CODE and a reason), --ignore, or a baseline.';
  static override aliases = ['egress:check'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> -f examples/http',
    '<%= config.bin %> <%= command.id %> -A --fail-on warning',
    '<%= config.bin %> <%= command.id %> -f policies/ -R -o sarif > lint.sarif',
    '<%= config.bin %> <%= command.id %> -f policies/ --baseline lint-baseline.json',
    '<%= config.bin %> <%= command.id %> --explain OSM-E023',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    explain: Flags.string({ helpValue: 'CODE', description: 'Print the page of a rule, and do nothing else' }),
    ...lintFlags,
    ...allNamespacesFlag,
    ...outputFlag(['text', 'json', 'yaml', 'sarif', 'github', 'junit']),
    ...policySourceFlags,
    live: Flags.boolean({
      description: 'With -f: lay the files over what the cluster holds, as if they were applied',
      dependsOn: ['filename'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressLint);
    const { lintPolicies, exitCodeOf } = await import('../../lib/egress/lint/index.js');
    if (flags.explain !== undefined) {
      const { rulePage } = await import('../../lib/egress/lint/page.js');
      return this.print(await rulePage(flags.explain, this.config.root));
    }
    const { printLint } = await import('../../lib/output/lint/printer.js');
    const failOn = flags['fail-on'];
    const result = await lintPolicies(lintOptionsOf(flags), this.report);
    const { palette, report, config } = this;
    await printLint(result, flags.output ?? 'text', { palette, report, failOn, version: config.version });
    this.exitWith(exitCodeOf(result, failOn));
  }
}
