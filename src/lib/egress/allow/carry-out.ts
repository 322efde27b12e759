import { findKind } from '../../resources/kinds.js';
import { ExitCode } from '../../errors.js';
import type { DryRun } from '../../changes/change.js';
import type { Resource } from '../../resources/types.js';
import { exitCodeOf, type AllowAnswer } from './index.js';
import { contextText } from '../../input/connection.js';
import type { Reporter } from '../../reporter.js';
import { written, writeFilesOf, type WrittenObject } from './write.js';

export interface CarryOutOptions {
  /** Edit the files. */
  readonly write: boolean;
  readonly dryRun: DryRun;
  /** Asks whether the changes shown are to be made in the cluster; undefined: nobody is to be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * Makes the changes, where that is asked for: in the files with `write`, in the cluster unless there are files.
 * @returns what was done, or would be in a dry run; undefined when the person who was asked said no
 * @throws UsageError, InputError, ClusterError; nothing has been changed then, unless the error or a note says so
 */
export async function carryOut(
  answer: AllowAnswer,
  options: CarryOutOptions,
  report: Reporter,
): Promise<WrittenObject[] | undefined> {
  const { input, changes } = answer;
  const { write, dryRun } = options;
  const isLive = input.manifests === undefined;
  if (!write && !isLive) return [];
  if (exitCodeOf(answer) !== ExitCode.yes) {
    const why = answer.faults.length > 0 ? 'line could be read' : 'target can be allowed';
    if (changes.length > 0) report.note(`nothing was changed, because not every ${why}`);
    return [];
  }
  if (changes.length === 0) return unchanged(answer);
  if (dryRun === 'client') {
    return answer.texts.flatMap(({ name, isFile, changes: ofText }) =>
      ofText.map((change) => written(change, isFile ? name : undefined)),
    );
  }
  if (!isLive) return writeFilesOf(answer);
  const cluster = input.cluster!;
  const question = `Make this change ${contextText(cluster)}?`;
  if (dryRun === 'none' && options.confirm && !(await options.confirm(question))) return undefined;
  const { applyChangesTo } = await import('./apply.js');
  return applyChangesTo(cluster, changes, { dryRun: dryRun === 'server', report });
}

/** The policies that allow the targets already. */
function unchanged({ plans, input }: AllowAnswer): WrittenObject[] {
  const objects = new Set<Resource>();
  for (const { before } of plans) {
    for (const { object } of before.ending?.decidedBy ?? [])
      if (object.kind === 'Egress') objects.add(object as Resource);
  }
  return [...objects].map((object) => {
    const file = input.locate(object, [])?.file;
    return { kind: findKind(object)!, object, change: 'unchanged', file };
  });
}
