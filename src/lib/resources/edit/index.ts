/** Changing manifests in place. The parts that do the work are loaded when they are needed. */
import type { KubernetesObject } from '../types.js';
import type { ManifestChange } from './edit-file.js';
import { EditRefusedError } from './refused.js';

export { differences, type FieldEdit } from './fields.js';
export { EditRefusedError };
export type { ManifestChange } from './edit-file.js';

/**
 * The content of a file with the changes made; see `editManifestText`.
 * @throws EditRefusedError
 */
export async function editManifestBytes(
  bytes: Buffer,
  file: string,
  objects: readonly KubernetesObject[],
  changes: readonly ManifestChange[],
  defaultNamespace?: string,
): Promise<Buffer> {
  const { editManifestText } = await import('./edit-file.js');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    throw new EditRefusedError('only files in UTF-8 are changed in place', { file }, 'save the file as UTF-8');
  }
  return Buffer.from(editManifestText(text, file, objects, changes, defaultNamespace), 'utf8');
}

/** Is no document left in a file, but for comments? Then it cannot be read as manifests any more. */
export async function holdsNothing(bytes: Buffer): Promise<boolean> {
  const { isEmptied } = await import('./edit-file.js');
  return isEmptied(bytes.toString('utf8'));
}
