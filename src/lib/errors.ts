import { visible } from './text/visible.js';

/** A place in an input file. Line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Process exit codes, the same for every command and output format. */
export const ExitCode = {
  yes: 0,
  no: 1,
  usage: 2,
  cluster: 3,
  unknown: 4,
  bug: 70,
} as const;

/** What the help of every command says about its exit codes. */
export const exitCodeMeanings: Readonly<Record<number, string>> = {
  [ExitCode.yes]: 'yes: allowed, passed, same, done',
  [ExitCode.no]: 'no: denied, a test failed, different, findings',
  [ExitCode.usage]: 'bad usage or unreadable input',
  [ExitCode.cluster]: 'the cluster cannot be reached, or refuses',
  [ExitCode.unknown]: 'cannot be known: unpredictable, or it depends on something not given',
  [ExitCode.bug]: 'a bug in osm-ts',
};

/** Exit code after Ctrl-C, as a shell reports SIGINT. */
export const INTERRUPTED = 130;

/** An error that a person can act on: what is wrong, where, and what to do next. */
export abstract class OsmTsError extends Error {
  abstract readonly exitCode: number;

  constructor(
    message: string,
    /** The next step, as an imperative sentence or a command line. */
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line is wrong, or misses an answer that would have been asked for on a terminal. */
export class UsageError extends OsmTsError {
  readonly exitCode = ExitCode.usage;
}

/** `file:line:column`, as editors read it. */
export function placeText(location: SourceLocation | { readonly file: string }): string {
  return 'line' in location ? `${location.file}:${location.line}:${location.column}` : location.file;
}

/** A file, or text on standard input, cannot be read or does not make sense. */
export class InputError extends OsmTsError {
  readonly exitCode = ExitCode.usage;

  constructor(
    message: string,
    readonly location?: SourceLocation | { readonly file: string },
    hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, hint, options);
  }

  /** `file:line:column: message`, as editors read it, in one line. */
  describe(): string {
    const text = this.location ? `${placeText(this.location)}: ${this.message}` : this.message;
    return visible(text);
  }
}

/** The cluster cannot be reached, or refuses. */
export class ClusterError extends OsmTsError {
  readonly exitCode = ExitCode.cluster;

  constructor(
    message: string,
    hint?: string,
    /** HTTP status of the API server's answer, when there was one. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, hint, options);
  }
}

/** The question has no certain answer from what is given. */
export class UnknownError extends OsmTsError {
  readonly exitCode = ExitCode.unknown;
}

/** Somebody has ended the work by a signal; says what state is left. */
export class InterruptedError extends OsmTsError {
  readonly exitCode = INTERRUPTED;
}
