import { readFile } from 'node:fs/promises';
import { InputError } from '../../errors.js';
import { EditRefusedError, editManifestBytes, type ManifestChange } from '../../resources/edit/index.js';
import { serialize, isWritable } from '../../resources/index.js';
import { asWritten } from '../../resources/server-fields.js';
import type { Resource } from '../../resources/types.js';
import type { AllowInput } from './allow-input.js';
import type { TotalChange } from './combine.js';
import { placeFor } from './place.js';

/** A text before and after the changes: a file, or an object of a cluster in YAML. */
export interface ChangedText {
  /** Path, or `kind namespace/name`. */
  readonly name: string;
  /** Null: it is not there yet. */
  readonly before: Buffer | null;
  readonly after: Buffer;
  /** Can it be written back as a file? */
  readonly isFile: boolean;
  readonly changes: readonly TotalChange[];
  /** Why the file that holds the object cannot be edited, so that only the object is shown. */
  readonly problem?: EditRefusedError;
}

/**
 * What the changes make of the files that the objects come from; objects that come from no file are shown by themselves.
 * @throws EditRefusedError when a file that is to be written cannot be edited in place; InputError
 */
export async function textsOf(
  changes: readonly TotalChange[],
  input: AllowInput,
  { write }: { readonly write: boolean },
): Promise<ChangedText[]> {
  const byFile = new Map<string, TotalChange[]>();
  const created = changes.flatMap((change) => (change.kind === 'create' ? [change] : []));
  const place =
    created.length > 0 && input.manifests
      ? await placeFor(
          created.map(({ after }) => after),
          input,
        )
      : undefined;
  const loose: TotalChange[] = [];
  for (const change of changes) {
    const file = change.kind === 'edit' ? input.locate(change.before, [])?.file : place?.path;
    if (file === undefined || !isWritable(file)) loose.push(change);
    else byFile.set(file, [...(byFile.get(file) ?? []), change]);
  }
  const texts: ChangedText[] = [];
  for (const [file, ofFile] of byFile) {
    try {
      texts.push(await changedFile(file, ofFile, input, file === place?.path && place.isNew));
    } catch (error) {
      if (write || !(error instanceof EditRefusedError)) throw error;
      for (const change of ofFile) texts.push({ ...changedObject(change), problem: error });
    }
  }
  return [...texts, ...loose.map(changedObject)];
}

async function changedFile(
  file: string,
  changes: readonly TotalChange[],
  input: AllowInput,
  isNew: boolean,
): Promise<ChangedText> {
  const { defaultNamespace } = input.manifests ?? {};
  const ofFile = isNew ? [] : (input.manifests?.objectsOf(file) ?? []);
  const before = isNew ? null : await readBytes(file);
  const manifestChanges = changes.map((change) => manifestChange(change, input));
  const after = await editManifestBytes(before ?? Buffer.alloc(0), file, ofFile, manifestChanges, defaultNamespace);
  return { name: file, before, after, isFile: true, changes };
}

function manifestChange(change: TotalChange, { locate }: AllowInput): ManifestChange {
  if (change.kind === 'create') return { kind: 'create', object: change.after };
  const { before, edits } = change;
  return { kind: 'edit', before, edits, at: locate(before, [])! };
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new InputError('the file cannot be read again', { file }, 'run the command again', { cause: error });
  }
}

function changedObject(change: TotalChange): ChangedText {
  const before = change.kind === 'edit' ? Buffer.from(writtenText(change.before)) : null;
  return {
    name: nameOf(change.after),
    before,
    after: Buffer.from(writtenText(change.after)),
    isFile: false,
    changes: [change],
  };
}

const writtenText = (object: Resource): string => serialize([asWritten(object)]);

function nameOf({ kind, metadata: { name, namespace } }: Resource): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
