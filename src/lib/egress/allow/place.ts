import { stat } from 'node:fs/promises';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { isWritable } from '../../resources/index.js';
import type { Egress, Resource } from '../../resources/types.js';
import type { AllowInput } from './allow-input.js';

/** Where new objects are written: at the end of a file that was read, or in a new file beside it. */
export interface Place {
  readonly path: string;
  readonly isNew: boolean;
}

/**
 * The place for new objects: where the policies that are closest to them stand. When that file was found in a directory, a
 * new file beside it will be found too; a file that was named is extended.
 * @returns undefined when nothing was read from a file
 */
export async function placeFor(
  created: readonly Resource[],
  { objects, source, locate, manifests, options }: AllowInput,
): Promise<Place | undefined> {
  const fileOf = (object: Resource) => {
    const file = locate(object, [])?.file;
    return file !== undefined && isWritable(file) ? file : undefined;
  };
  const namespace = created[0]?.metadata.namespace;
  const names = (policy: Egress) =>
    policy.spec.sources.some((item) => item.namespace === source.namespace && item.name === source.serviceAccount);
  const policies = objects.filter(
    (object): object is Egress => object.kind === 'Egress' && fileOf(object) !== undefined,
  );
  const closest =
    policies.find((policy) => names(policy) && policy.metadata.namespace === namespace) ??
    policies.find(names) ??
    policies.find((policy) => policy.metadata.namespace === namespace) ??
    policies[0];
  const file = closest ? fileOf(closest) : manifests?.files.find(isWritable);
  if (file === undefined) return firstFile(created, options.filenames);
  if (!(await isFoundInDirectory(file, options.filenames))) return { path: file, isNew: false };
  return { path: await freePath(dirname(file), created.at(-1)!.metadata.name, extname(file) || '.yaml'), isNew: true };
}

/** Where no file was read: in a directory that was named. */
async function firstFile(created: readonly Resource[], filenames: readonly string[]): Promise<Place | undefined> {
  for (const name of filenames) {
    if (name === '-' || !(await isDirectory(name))) continue;
    return { path: await freePath(name, created.at(-1)!.metadata.name, '.yaml'), isNew: true };
  }
  return undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function isFoundInDirectory(file: string, filenames: readonly string[]): Promise<boolean> {
  const path = normalize(file);
  if (filenames.some((name) => normalize(name) === path)) return false;
  for (const name of filenames) {
    const directory = normalize(name).replace(/[/\\]$/, '');
    if ((await isDirectory(name)) && (directory === '.' || path.startsWith(directory + sep))) return true;
  }
  return false;
}

async function freePath(directory: string, name: string, extension: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(directory, `${name}${number === 1 ? '' : `-${number}`}${extension}`);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return path;
  }
}
