import { readlinkSync, statSync } from 'node:fs';

/**
 * The file into which the shell has led standard output; undefined for terminals and pipes, and where the system does not tell
 * (only Linux does).
 */
export function redirectedTo(): string | undefined {
  try {
    const link = '/proc/self/fd/1';
    return statSync(link).isFile() ? readlinkSync(link) : undefined;
  } catch {
    return undefined;
  }
}
