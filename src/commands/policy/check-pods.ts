import { Args } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag, placeOf } from '../../lib/command/flags.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { parsePodName } from '../../lib/command/words/names.js';
import { ExitCode } from '../../lib/errors.js';
import { openCluster } from '../../lib/input/connection.js';
import { checkPods } from '../../lib/mesh/policy/check-pods.js';
import { printPodCheck } from '../../lib/output/pod-check.js';

export default class PolicyCheckPods extends BaseCommand {
  static override summary = 'Tell whether policies allow one pod to talk to another';
  static override description =
    'Both pods need a sidecar, and have to be in one mesh. Outside permissive mode a TrafficTarget has to name the ServiceAccounts of ' +
    'both; which requests it allows is what its rules say. A pod without a namespace is one of the namespace default.';
  static override args = {
    source: Args.string({ required: true, description: 'The pod that sends: NAMESPACE/POD or POD' }),
    destination: Args.string({ required: true, description: 'The pod that receives: NAMESPACE/POD or POD' }),
  };
  static override flags = { ...outputFlag(['json', 'yaml']), ...meshFlags };
  static override examples = [
    '<%= config.bin %> policy check-pods bookbuyer/bookbuyer-0 bookstore/bookstore-0',
    '<%= config.bin %> policy check-pods bookbuyer/bookbuyer-0 bookstore/bookstore-0 -o json',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyCheckPods);
    const source = parsePodName(args.source, 'source');
    const destination = parsePodName(args.destination, 'destination');
    const { report } = this;
    const { kubeconfig, context } = flags;
    const cluster = await openCluster({ kubeconfig, context }, report);
    const check = await checkPods(cluster, source, destination, { ...placeOf(flags), report });
    await printPodCheck(check, flags.output);
    for (const note of check.notes) report.warn(note);
    this.exitWith({ allowed: ExitCode.yes, denied: ExitCode.no, unknown: ExitCode.unknown }[check.verdict]);
  }
}
