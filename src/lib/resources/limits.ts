/** Bounds on what is read, so that no input makes osm-ts hang, crash or eat the machine's memory. */
export interface Limits {
  /** Largest file, or text on standard input, in bytes. */
  readonly maxFileBytes: number;
  /** All files of one call together, in bytes. */
  readonly maxTotalBytes: number;
  /** Files of one call; also bounds how many entries of directories are looked at. */
  readonly maxFiles: number;
  /** Levels of maps and lists inside one another. */
  readonly maxDepth: number;
  /** Values that YAML aliases may add, all documents together. */
  readonly maxAliasNodes: number;
  /** Errors that are described; more are only counted. */
  readonly maxErrors: number;
  /** Errors after which reading stops: the input is not meant to be manifests. */
  readonly maxCountedErrors: number;
  /** Warnings that are kept before the rest is only counted. */
  readonly maxWarnings: number;
}

export const defaultLimits: Limits = {
  maxFileBytes: 64 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
  maxFiles: 100_000,
  maxDepth: 250,
  maxAliasNodes: 1_000_000,
  maxErrors: 20,
  maxCountedErrors: 1_000,
  maxWarnings: 1_000,
};

/** `64 MiB`, `1.5 KiB`, `12 bytes`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
