import type { Change } from '../../cluster/types.js';
import type { ResourceKind } from '../../resources/kinds.js';
import { findKind } from '../../resources/kinds.js';
import type { Resource } from '../../resources/types.js';
import type { AllowAnswer } from './index.js';

/** What was done to one object. */
export interface WrittenObject {
  readonly kind: ResourceKind;
  readonly object: Resource;
  readonly change: Change;
  /** The file that holds it; undefined in a cluster. */
  readonly file: string | undefined;
}

/**
 * Edits the files in place, all of them or none.
 * @throws InputError naming the file; nothing has been changed then
 */
export async function writeFilesOf({ texts }: AllowAnswer): Promise<WrittenObject[]> {
  const { writeFiles } = await import('../../resources/edit/write-files.js');
  await writeFiles(
    texts.filter(({ isFile }) => isFile).map(({ name: path, before, after }) => ({ path, before, after })),
  );
  return texts.flatMap(({ name, changes }) => changes.map((change) => written(change, name)));
}

export function written({ kind, after }: AllowAnswer['changes'][number], file: string | undefined): WrittenObject {
  return { kind: findKind(after)!, object: after, change: kind === 'create' ? 'created' : 'configured', file };
}
