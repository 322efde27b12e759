import { isPlain, valueAt } from '../text/plain-data.js';
import { sameValue } from '../resources/edit/fields.js';
import type { ResourceKind } from '../resources/kinds.js';
import type { OsmTsError } from '../errors.js';
import type { FieldPath } from '../resources/types.js';
import type { RestartAdvice } from './restart.js';

/** `client`: nothing is sent that could change the cluster. `server`: the API server checks and keeps nothing. */
export type DryRun = 'none' | 'client' | 'server';

/** What a line about a change ends with. */
export const dryRunMarks: Readonly<Record<DryRun, string>> = {
  none: '',
  client: ' (dry run)',
  server: ' (server dry run)',
};

export interface FieldChange {
  readonly path: FieldPath;
  /** Undefined: the field was not there. */
  readonly from: unknown;
  /** Undefined: the field is removed. */
  readonly to: unknown;
}

/** What came of changing one object. */
export interface ChangeOutcome {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** What happened, in a word that suits the command: `added`, `patched`, `unchanged`, `failed`… */
  readonly result: string;
  /** True when the object cannot be what was asked for, and was left alone; the line says why. */
  readonly skipped?: boolean | undefined;
  /** The line for standard output; undefined after a failure, and for what is changed along with another object. */
  readonly line?: string | undefined;
  /** What differs afterwards (in a dry run: would differ). Empty when nothing had to be written. */
  readonly changes: readonly FieldChange[];
  /** What was sent to the API server (in a dry run of the client: would be); undefined when nothing. */
  readonly patch?: Readonly<Record<string, unknown>> | undefined;
  /** Things worth knowing, for standard error. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly restart?: readonly RestartAdvice[] | undefined;
  readonly error?: OsmTsError | undefined;
}

/** The changes that lead from one object to another, each as far down as only one side is not an object; lists are wholes. */
export function fieldChanges(from: object, to: object, path: FieldPath = []): FieldChange[] {
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys].flatMap((key): FieldChange[] => {
    const [before, after] = [valueAt(from, [key]), valueAt(to, [key])];
    if (sameValue(before, after)) return [];
    const at = [...path, key];
    return isPlain(before) && isPlain(after)
      ? fieldChanges(before, after, at)
      : [{ path: at, from: before, to: after }];
  });
}

/** A patch that makes the changes, for the types `merge` and `strategic`: null removes a field. Keys are not lists' items. */
export function patchOf(changes: readonly FieldChange[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const { path, to } of changes) {
    let at = patch;
    path.slice(0, -1).forEach((step) => (at = (at[step] ??= {}) as Record<string, unknown>));
    at[path.at(-1) ?? ''] = to === undefined ? null : to;
  }
  return patch;
}
