import { ExitCode, INTERRUPTED, InputError, OsmTsError } from '../errors.js';
import type { Palette } from './color.js';
import { closest } from '../text/closest.js';
import { visible } from '../text/visible.js';
import { BrokenPipeError } from './streams.js';

/** What a failed run says and how the process ends. */
export interface ErrorReport {
  readonly exitCode: number;
  /** Without prefix and colours; may have several lines. Null: end without a word. */
  readonly message: string | null;
  /** The next step. */
  readonly hint?: string | undefined;
  /** Only `--verbose` shows these: causes, or the stack of a bug. */
  readonly details?: readonly string[];
}

/** What is known about the run, to name a remedy. */
export interface ErrorContext {
  readonly version: string;
  /** Flags of the command, long names without dashes. */
  readonly flags?: Readonly<
    Record<string, { readonly char?: string | undefined; readonly options?: readonly string[] }>
  >;
  /** `osm-ts egress explain [FLAGS]` */
  readonly usage?: string | undefined;
}

/** Exit code of a process that stopped because nobody reads its output, as a shell reports SIGPIPE. */
const brokenPipe = 141;

/** oclif's parse errors, told apart by what they carry: their classes are not part of its public API. */
interface OclifError extends Error {
  readonly oclif: { readonly exit?: number };
  readonly flags?: readonly string[];
  readonly args?: readonly (string | { readonly name: string; readonly description?: string })[];
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  ELOOP: 'too many symbolic links',
  EBADF: 'the file is closed',
  EIO: 'input or output error',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * The one map from anything that can be thrown to one or more reports (osm-ts, "Exit codes"): our own errors carry their code,
 * oclif's are bad usage, files that cannot be read are unreadable input, a network that fails is the cluster, the rest is a bug.
 */
export function reportError(error: unknown, context: ErrorContext): ErrorReport[] {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((one: unknown) => reportError(one, context));
  }
  return [reportOne(error, context)];
}

function reportOne(error: unknown, context: ErrorContext): ErrorReport {
  if (error instanceof BrokenPipeError || isErrno(error, 'EPIPE')) return { exitCode: brokenPipe, message: null };
  if (error instanceof OsmTsError) return reportOwn(error);
  if (error instanceof Error) {
    if (error.name === 'ExitPromptError') return { exitCode: INTERRUPTED, message: null };
    if (isOclifError(error)) return reportUsage(error, context);
    const system = reportSystem(error);
    if (system) return system;
  }
  return reportBug(error, context);
}

function reportOwn(error: OsmTsError): ErrorReport {
  return {
    exitCode: error.exitCode,
    message: tidy(error instanceof InputError ? error.describe() : error.message),
    hint: error.hint,
    details: causes(error),
  };
}

function isOclifError(error: Error): error is OclifError {
  return 'oclif' in error;
}

function reportUsage(error: OclifError, context: ErrorContext): ErrorReport {
  const exitCode = ExitCode.usage;
  const usage = context.usage ? `usage: ${context.usage}` : undefined;
  if (error.message.startsWith('EEXIT')) return { exitCode: error.oclif.exit ?? 0, message: null };
  if (error.flags && error.flags.length > 0) {
    const { flags } = error;
    const meant = suggestFlag(flags[0] ?? '', context);
    const message = `unknown flag${flags.length > 1 ? 's' : ''} ${flags.join(', ')}`;
    return { exitCode, message, hint: lines(meant && `did you mean ${meant}?`, usage) };
  }
  if (error.args && error.args.length > 0) {
    const names = error.args.map((arg) => (typeof arg === 'string' ? arg : arg.name.toUpperCase()));
    const plural = names.length > 1 ? 's' : '';
    const missing = typeof error.args[0] !== 'string';
    const message = `${missing ? 'missing' : 'unexpected'} argument${plural}: ${names.join(', ')}`;
    return { exitCode, message, hint: usage };
  }
  const message = tidy(error.message);
  const choice = /^Expected (?:(--[^=]+)=)?(.*) to be one of: (.*)$/s.exec(message);
  if (choice) {
    const [, flag = 'the argument', given = '', options = ''] = choice;
    const meant = closest(given, options.split(', '));
    const hint = lines(meant && `did you mean ${meant}?`, `use one of: ${options}`);
    return { exitCode, message: `${flag} cannot be ${JSON.stringify(given)}`, hint };
  }
  return { exitCode, message, hint: usage };
}

function suggestFlag(given: string, context: ErrorContext): string | undefined {
  const name = given.replace(/^-+/, '').replace(/=.*$/s, '');
  const meant = given.startsWith('--') ? closest(name, [...Object.keys(context.flags ?? {}), 'help']) : undefined;
  return meant && `--${meant}`;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

function reportSystem(error: NodeJS.ErrnoException): ErrorReport | undefined {
  const { code, path, syscall } = error;
  if (!code || !syscall) return undefined;
  if (networkCodes.has(code)) {
    return {
      exitCode: ExitCode.cluster,
      message: `the network fails: ${error.message}`,
      hint: 'check the address and that it can be reached from here',
    };
  }
  const problem = fileProblems[code];
  const what = path ?? (syscall === 'write' ? 'the output cannot be written' : undefined);
  if (what === undefined || problem === undefined) return undefined;
  return { exitCode: ExitCode.usage, message: `${what}: ${problem}` };
}

function reportBug(error: unknown, context: ErrorContext): ErrorReport {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const platform = `osm-ts ${context.version}, Node.js ${process.versions.node}, ${process.platform}-${process.arch}`;
  return {
    exitCode: ExitCode.bug,
    message: `bug in osm-ts: ${what} (${platform})`,
    hint: 'please report this with the command line and what --verbose adds; the input helps too, if you can share it',
    details: [error instanceof Error ? (error.stack ?? what) : what, ...causes(error)],
  };
}

function causes(error: unknown): string[] {
  const found: string[] = [];
  let current = error instanceof Error ? error.cause : undefined;
  while (current instanceof Error && found.length < 5) {
    found.push(`caused by ${current.name}: ${current.message}`);
    current = current.cause;
  }
  return found;
}

function lines(...parts: (string | undefined)[]): string | undefined {
  return parts.filter(Boolean).join('\n') || undefined;
}

// eslint-disable-next-line no-control-regex
const colorCodes = /\u001B\[\d+m/g;

/** oclif's wording without its colours, its pointer to the help, and the tabs of a failed flag value. */
function tidy(message: string): string {
  const plain = message
    .replace(colorCodes, '')
    .replace(/\nSee more help with --help/g, '')
    .replace(/^The following errors? occurred:\n\s*/, '');
  const missing = [...plain.matchAll(/^\s*Missing required flag (\S+)$/gm)].map(([, name]) => `--${name}`);
  if (missing.length > 1 && missing.length === plain.trimEnd().split('\n').length)
    return `missing required flags ${missing.join(', ')}`;
  return plain
    .replace(/^Parsing --(\S+) \n\t/, '--$1: ')
    .replace(/^Flag (?=--)/, '')
    .replace(/^Missing required flag (\S+)$/gm, 'missing required flag --$1')
    .trimEnd();
}

/** The text for standard error: `error: …`, then indented `hint: …`, then the details where asked for. */
export function renderReport(report: ErrorReport, palette: Palette, verbose: boolean): string {
  if (report.message === null) return '';
  // no colour but our own, and no line that does not stand in from the first
  const indent = (text: string): string => text.split('\n').map(visible).join('\n  ');
  let text = `${palette.bold(palette.red('error:'))} ${indent(report.message)}\n`;
  for (const hint of report.hint?.split('\n').map(visible) ?? []) {
    text += /^usage: /.test(hint) ? `  ${hint}\n` : `  ${palette.cyan('hint:')} ${hint}\n`;
  }
  if (verbose) for (const detail of report.details ?? []) text += `  ${palette.dim(indent(detail))}\n`;
  return text;
}
