import type { ChangeOutcome, DryRun } from '../changes/change.js';
import type { Cluster } from '../cluster/types.js';
import { openCluster } from '../input/connection.js';
import { kubectlFlags } from '../input/flags.js';
import { changeFormats, reportChanges, type ChangeFormat, type OutcomeSource } from '../output/changes.js';
import type { Reporter } from '../reporter.js';
import { BaseCommand } from './base-command.js';
import { dryRunFlag, globalFlags, outputFlag } from './flags.js';
import { meshFlags } from './mesh-flags.js';

interface ChangeFlagValues {
  readonly output?: ChangeFormat | undefined;
  readonly 'dry-run': DryRun;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly 'osm-namespace': string;
}

export interface ChangeRun {
  readonly dryRun: DryRun;
  readonly osmNamespace: string;
  readonly report: Reporter;
}

/** A command that changes objects of the mesh and reports a line each. */
export abstract class ChangeCommand extends BaseCommand {
  static override baseFlags = { ...outputFlag(changeFormats), ...dryRunFlag, ...meshFlags, ...globalFlags };

  /** Connects, lets `start` make the changes, and reports them. */
  protected async change(
    flags: ChangeFlagValues,
    start: (cluster: Cluster, run: ChangeRun) => OutcomeSource | Promise<ChangeOutcome>,
  ): Promise<void> {
    const { report } = this;
    const { output: format, 'dry-run': dryRun, 'osm-namespace': osmNamespace, kubeconfig, context } = flags;
    const cluster = await openCluster({ kubeconfig, context }, report);
    const started = start(cluster, { dryRun, osmNamespace, report });
    const outcomes = started instanceof Promise ? [started] : started;
    await reportChanges(outcomes, { format, dryRun, report, kubectlFlags: kubectlFlags(flags) });
  }
}
