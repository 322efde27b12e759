import { BaseCommand } from './base-command.js';
import { dryRunFlag, globalFlags, outputFlag } from './flags.js';
import type { Cluster } from '../cluster/types.js';
import { changeFormats, reportChanges } from '../output/changes.js';
import type { ChangeFormat, OutcomeSource } from '../output/changes.js';
import type { DryRun } from '../changes/change.js';
import { meshFlags } from './mesh-flags.js';
import { openSession } from '../input/session.js';

interface ChangeFlagValues {
  readonly output?: ChangeFormat | undefined;
  readonly 'dry-run': DryRun;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly 'osm-namespace': string;
  readonly verbose: boolean;
}

export interface ChangeRun {
  readonly dryRun: DryRun;
  readonly osmNamespace: string;
  readonly verbose: (line: string) => void;
}

/** A command that changes objects of the mesh and reports a line each. */
export abstract class ChangeCommand extends BaseCommand {
  static override baseFlags = { ...outputFlag(changeFormats), ...dryRunFlag, ...meshFlags, ...globalFlags };

  /** Connects, lets `start` make the changes, and reports them. */
  protected async change(
    flags: ChangeFlagValues,
    start: (cluster: Cluster, run: ChangeRun) => OutcomeSource,
  ): Promise<void> {
    const dryRun = flags['dry-run'];
    const warn = (text: string): void => void this.warn(text);
    const { cluster, verbose, kubectlFlags } = await openSession({ ...flags, warn });
    const outcomes = start(cluster, { dryRun, osmNamespace: flags['osm-namespace'], verbose });
    const note = (text: string): void => this.note(text);
    await reportChanges(outcomes, { format: flags.output, dryRun, note, warn, kubectlFlags });
  }
}
