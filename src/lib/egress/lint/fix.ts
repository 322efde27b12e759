import { readFile } from 'node:fs/promises';
import { proveFixes } from '../../analysis/lint/fixes.js';
import type { AnyFinding } from '../../analysis/lint/rules/index.js';
import { InputError } from '../../errors.js';
import type { Input } from '../../input/load.js';
import { editManifestBytes, type ManifestChange } from '../../resources/edit/index.js';
import { isWritable } from '../../resources/index.js';

/** What `--fix` has done. */
export interface FixResult {
  readonly fixed: readonly AnyFinding[];
  /** Findings whose edits would open something, or may do so. */
  readonly left: readonly AnyFinding[];
}

/**
 * Edits the files where it is proven that no request is allowed that was not: all of them or none. What is not touched keeps its
 * every byte.
 * @throws InputError, when nothing has been changed
 */
export async function fixFiles(input: Input, findings: readonly AnyFinding[]): Promise<FixResult> {
  const { locate, manifests } = input;
  const fileOf = (object: AnyFinding['at'][number]['object']) => locate(object, [])?.file;
  const editable = (object: AnyFinding['at'][number]['object']): boolean => {
    const file = fileOf(object);
    return file !== undefined && isWritable(file);
  };
  const { edits, fixed, left } = proveFixes(input, findings, editable);
  const byFile = new Map<string, ManifestChange[]>();
  for (const [before, ofObject] of edits) {
    const at = locate(before, [])!;
    byFile.set(at.file, [...(byFile.get(at.file) ?? []), { kind: 'edit', before, edits: ofObject, at }]);
  }
  const writes = [];
  for (const [path, changes] of byFile) {
    const before = await readFile(path).catch((cause: unknown) => {
      throw new InputError('the file cannot be read again', { file: path }, 'run the command again', { cause });
    });
    const objects = manifests?.objectsOf(path) ?? [];
    const after = await editManifestBytes(before, path, objects, changes, input.defaultNamespace);
    writes.push({ path, before, after });
  }
  if (writes.length > 0) {
    const { writeFiles } = await import('../../resources/edit/write-files.js');
    await writeFiles(writes);
  }
  return { fixed, left };
}
