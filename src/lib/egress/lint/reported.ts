import type { AnyFinding } from '../../analysis/lint/rules/index.js';
import type { SourceLocation } from '../../errors.js';

/** A finding as it is told. */
export interface Reported {
  readonly finding: AnyFinding;
  /** `OSM-E023` */
  readonly code: string;
  /** In the files; undefined for what comes from a cluster or the command line. */
  readonly place: SourceLocation | { readonly file: string } | undefined;
  /** The same for the same finding in another version of the files. */
  readonly fingerprint: string;
}
