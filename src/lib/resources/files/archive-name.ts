/** Archives that are read, by their names. */
export const archiveName = /\.(?:tar\.gz|tgz)$/i;

/** Is a file, by its name in places, one of an archive? */
export function isArchived(file: string): boolean {
  return /\.(?:tar\.gz|tgz):/i.test(file);
}
