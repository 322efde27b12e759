import { readFile, unlink } from 'node:fs/promises';
import { proveFixes } from '../../analysis/lint/fixes.js';
import type { AnyFinding } from '../../analysis/lint/rules/index.js';
import { InputError } from '../../errors.js';
import type { Input } from '../../input/load.js';
import { EditRefusedError, editManifestBytes, holdsNothing, type ManifestChange } from '../../resources/edit/index.js';
import type { FileWrite } from '../../resources/edit/write-files.js';
import { isWritable } from '../../resources/index.js';
import type { KubernetesObject } from '../../resources/types.js';

/** What `--fix` has done. */
export interface FixResult {
  readonly fixed: readonly AnyFinding[];
  /** Findings whose edits would change something, or may do so. */
  readonly left: readonly AnyFinding[];
  /** Files that were deleted, as they were named. */
  readonly removed: readonly string[];
}

/**
 * Edits the files, and takes policies out, where it is proven that nothing changes for any request: all of them or none. What is not
 * touched keeps its every byte; a file in which nothing is left is deleted.
 * @throws InputError, when nothing has been changed
 */
export async function fixFiles(input: Input, findings: readonly AnyFinding[]): Promise<FixResult> {
  const { locate } = input;
  const isInFile = (object: KubernetesObject): boolean => {
    const file = locate(object, [])?.file;
    return file !== undefined && isWritable(file);
  };
  const files = new Files(input);
  const curable: AnyFinding[] = [];
  for (const finding of findings) {
    const [first] = finding.at;
    if (!finding.deletes || !first || (isInFile(first.object) && (await files.canDelete(first.object)))) {
      curable.push(finding);
    }
  }
  const { edits, deletions, fixed, left } = proveFixes(input, curable, isInFile);
  const changes: Change[] = [
    ...[...edits].map(([before, own]) => ({ kind: 'edit', before, edits: own, at: locate(before, [])! }) as const),
    ...[...deletions].map((before) => ({ kind: 'delete', before, at: locate(before, [])! }) as const),
  ];
  const byFile = groupByFile(changes);
  const [writes, removed]: [FileWrite[], string[]] = [[], []];
  for (const [path, ofFile] of byFile) {
    const { before, after } = await files.edited(path, ofFile);
    if (await holdsNothing(after)) removed.push(path);
    else writes.push({ path, before, after });
  }
  if (writes.length > 0) {
    const { writeFiles } = await import('../../resources/edit/write-files.js');
    await writeFiles(writes);
  }
  for (const path of removed) await remove(path);
  return { fixed, left, removed };
}

type Change = Exclude<ManifestChange, { kind: 'create' }>;

class Files {
  constructor(private readonly input: Input) {}

  /** @throws InputError, EditRefusedError among them */
  async edited(path: string, changes: readonly Change[]): Promise<{ readonly before: Buffer; readonly after: Buffer }> {
    const before = await readFile(path).catch((cause: unknown) => {
      throw new InputError('the file cannot be read again', { file: path }, 'run the command again', { cause });
    });
    const { manifests, defaultNamespace } = this.input;
    const objects = manifests?.objectsOf(path) ?? [];
    return { before, after: await editManifestBytes(before, path, objects, changes, defaultNamespace) };
  }

  /** Not an item of a list, and not where the cluster has it below the files, so that it would stay. */
  async canDelete(object: KubernetesObject): Promise<boolean> {
    const { cluster, locate } = this.input;
    if (cluster) return false;
    const at = locate(object, [])!;
    try {
      await this.edited(at.file, [{ kind: 'delete', before: object, at }]);
      return true;
    } catch (error) {
      if (error instanceof EditRefusedError) return false;
      throw error;
    }
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((cause: unknown) => {
    throw new InputError('the file, in which nothing is left, cannot be deleted', { file: path }, 'delete it by hand', {
      cause,
    });
  });
}

function groupByFile(changes: readonly Change[]): Map<string, Change[]> {
  const byFile = new Map<string, Change[]>();
  for (const change of changes) byFile.set(change.at.file, [...(byFile.get(change.at.file) ?? []), change]);
  return byFile;
}
