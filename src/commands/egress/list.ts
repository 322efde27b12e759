import { Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { allNamespacesFlag, outputFlag } from '../../lib/command/flags.js';
import { inputOf, policySourceFlags } from '../../lib/command/world-flags.js';

export default class EgressList extends BaseCommand {
  static override summary = 'List Egress policies with what becomes of them';
  static override description =
    'For each policy: who may send, where to, and whether it takes effect, found by simulating every source that it names. active: it takes effect. ignored: the control plane skips it. refused: Envoy refuses what it programs, for at least one source. unknown: that depends on something that may not be read. -o wide says why. With -f the policies of the files are listed, and no socket is opened.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -A',
    '<%= config.bin %> <%= command.id %> -n curl -l team=web -o wide',
    '<%= config.bin %> <%= command.id %> -f policies/ -o json',
  ];
  static override exitCodes = [0, 2, 3, 70];
  static override flags = {
    ...allNamespacesFlag,
    selector: Flags.string({
      char: 'l',
      helpValue: 'SELECTOR',
      description: 'Only policies of the cluster with these labels: key=value,…',
      exclusive: ['filename'],
    }),
    ...policySourceFlags,
    ...outputFlag(['text', 'wide', 'json', 'yaml', 'name']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressList);
    const { listPolicies } = await import('../../lib/egress/list.js');
    const { printPolicies } = await import('../../lib/output/policies/printer.js');
    const options = { ...inputOf(flags), allNamespaces: flags['all-namespaces'], selector: flags.selector };
    const listing = await listPolicies(options, this.report);
    const { palette, terminal, report } = this;
    await printPolicies(listing, flags.output ?? 'text', { palette, terminal, report, now: Date.now() });
  }
}
