import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { InputError, UsageError, type SourceLocation } from '../errors.js';
import { encodingOf } from '../resources/text/decode.js';
import { parseTarget, TargetError, type Target } from '../simulator/request/index.js';

/** Requests to ask about: as they are, or in a file with one a line (`-`: standard input). */
export type TargetSource =
  | { readonly targets: readonly Target[] }
  | { readonly file: string }
  /** What a file held, where it was read before. */
  | { readonly lines: readonly TargetLine[] };

/** May it hold more targets than one? */
export function mayBeSeveral(source: TargetSource): boolean {
  return !('targets' in source) || source.targets.length > 1;
}

/** A target, or why there is none on a line. */
export type TargetLine =
  | {
      readonly target: Target;
      /** Where it was read, and what; absent for a target that is no line of a file. */
      readonly at?: SourceLocation;
      readonly text?: string;
    }
  | { readonly fault: LineFault };

/** A line that is no target. */
export interface LineFault {
  /** Names the line. */
  readonly error: InputError & { readonly location: SourceLocation };
  readonly text: string;
}

/**
 * The targets one after the other, and the lines that are none. A file is read as they are asked for, so that its length does
 * not matter.
 * @throws InputError for a file that cannot be read
 */
export async function* readTargets(source: TargetSource): AsyncGenerator<TargetLine> {
  if ('targets' in source) for (const target of source.targets) yield { target };
  else if ('lines' in source) yield* source.lines;
  else yield* readLines(source.file);
}

export interface AllTargets {
  readonly targets: readonly Target[];
  readonly faults: readonly LineFault[];
}

/**
 * All of them, for who needs them at once.
 * @throws InputError for a file that cannot be read, or AggregateError of them when no line is a target; UsageError when there are
 *   more than `most`
 */
export async function readAllTargets(source: TargetSource, most: number): Promise<AllTargets> {
  const targets: Target[] = [];
  const faults: LineFault[] = [];
  for await (const line of readTargets(source)) {
    if (targets.length + faults.length === most) {
      throw new UsageError(
        `there are more than ${most} targets, the most that are looked at together`,
        'ask for some after the others',
      );
    }
    if ('fault' in line) faults.push(line.fault);
    else targets.push(line.target);
  }
  if (targets.length === 0) refuse(faults);
  return { targets, faults };
}

/**
 * The same for who does something with them that a line that cannot be read would leave half done.
 * @throws also for any line that is no target
 */
export async function readSoundTargets(source: TargetSource, most: number): Promise<readonly Target[]> {
  const { targets, faults } = await readAllTargets(source, most);
  refuse(faults);
  return targets;
}

/** @throws InputError of the only one, or AggregateError of them */
function refuse(faults: readonly LineFault[]): void {
  const [first, ...others] = faults;
  if (first) throw others.length === 0 ? first.error : new AggregateError(faults.map(({ error }) => error));
}

/** No request is described by a longer line; without a limit one without end would fill the memory. */
const MAX_LINE_LENGTH = 1024 * 1024;

async function* readLines(filename: string): AsyncGenerator<TargetLine> {
  const file = filename === '-' ? '<stdin>' : filename;
  const input = filename === '-' ? process.stdin : createReadStream(filename);
  let number = 0;
  let begun: { text: string; number: number } | undefined;
  for await (const line of linesOf(textOf(input), file)) {
    number += 1;
    const text = line.trim();
    if (!begun && (text === '' || text.startsWith('#'))) continue;
    const whole = begun ? { text: `${begun.text}\n${line}`, number: begun.number } : { text: line, number };
    begun = undefined;
    // a command goes on behind a backslash, as PowerShell and cmd.exe have it behind ` and ^
    if (/(?:^|[^\\])(?:\\\\)*\\$|\s[`^]$/.test(line) && whole.text.length <= MAX_LINE_LENGTH) begun = whole;
    else yield targetOfLine(whole.text, file, whole.number);
  }
  if (begun) yield targetOfLine(begun.text, file, begun.number);
}

/** Bytes as text; PowerShell redirects in UTF-16. */
async function* textOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(encodingOf(piece));
    yield decoder.decode(piece, { stream: true });
  }
  if (decoder) yield decoder.decode();
}

/** The lines of a text that comes in pieces, each as soon as it is whole. @throws InputError */
async function* linesOf(pieces: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const piece of pieces) {
      const lines = `${rest}${piece}`.split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield line.replace(/\r$/, '');
      if (rest.length <= MAX_LINE_LENGTH) continue;
      throw new InputError(`a line has more than ${MAX_LINE_LENGTH} characters`, { file }, 'write one target a line');
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = error.code === 'EISDIR' ? 'it is a directory' : error.message;
    throw new InputError(`cannot be read: ${why}`, { file }, 'check the path given with --targets', {
      cause: error,
    });
  }
  if (rest !== '') yield rest;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function targetOfLine(text: string, file: string, line: number): TargetLine {
  try {
    return { target: parseTarget(text), at: { file, line, column: 1 }, text };
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const before = text.slice(0, error.position ?? 0).split('\n');
    const location = { file, line: line + before.length - 1, column: before.at(-1)!.length + 1 };
    return { fault: lineFault(error.message, location, text, error.hint, error) };
  }
}

export function lineFault(
  message: string,
  at: SourceLocation,
  text: string,
  hint: string | undefined,
  cause: Error,
): LineFault {
  return { error: new InputError(message, at, hint, { cause }) as LineFault['error'], text };
}
