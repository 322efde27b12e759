import { UsageError } from '../errors.js';

/** What is done to a command line before oclif parses it. */

interface FlagShape {
  readonly type: string;
  /** Its short form. */
  readonly char?: string | undefined;
  /** There is `--no-flag`. */
  readonly allowNo?: boolean;
  /** The only values that it takes. */
  readonly options?: readonly string[];
}

/** Splits at the first `--`. `after` is undefined when there is none. */
export function splitAtDashes(argv: readonly string[]): { before: string[]; after: string[] | undefined } {
  const at = argv.indexOf('--');
  if (at === -1) return { before: [...argv], after: undefined };
  return { before: argv.slice(0, at), after: argv.slice(at + 1) };
}

/** How Go writes booleans, and so the mirrored program and kubectl. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/**
 * Rewrites `--flag=true` to `--flag`, and `--flag=false` to `--no-flag` where there is that, else to nothing, as people who know
 * kubectl write booleans; oclif would take the word after `=` for an argument. Nothing after `--` is touched.
 * @throws UsageError for a boolean with another word, and for one that is given both ways
 */
export function normalizeBooleans(argv: readonly string[], flags: Readonly<Record<string, FlagShape>>): string[] {
  const { before, after } = splitAtDashes(argv);
  const set = new Map<string, boolean>();
  const note = (name: string, isOn: boolean): void => {
    if ((set.get(name) ?? isOn) !== isOn)
      throw new UsageError(`--${name} is given as true and as false`, 'give it once');
    set.set(name, isOn);
  };
  const words = before.flatMap((word) => {
    const [, long, short, value] = /^(?:--([^=]+)|-([^-=]))(?:=(.*))?$/s.exec(word) ?? [];
    const name = long ?? Object.keys(flags).find((each) => short !== undefined && flags[each]?.char === short) ?? '';
    const flag = flags[name];
    if (flag?.type !== 'boolean') return [word];
    if (value === undefined || TRUE.includes(value)) {
      note(name, true);
      return value === undefined ? [word] : [`--${name}`];
    }
    if (FALSE.includes(value)) {
      note(name, false);
      return flag.allowNo ? [`--no-${name}`] : [];
    }
    throw new UsageError(`--${name} cannot be ${JSON.stringify(value)}`, `write --${name}, or --${name}=false`);
  });
  return after ? [...words, '--', ...after] : words;
}

/**
 * Rewrites `--dry-run` to `--dry-run=client` where no value follows, as Helm has it; oclif would take the next word for a wrong value.
 * Nothing after `--` is touched.
 */
export function completeDryRun(argv: readonly string[], flags: Readonly<Record<string, FlagShape>>): string[] {
  const { type, options } = flags['dry-run'] ?? {};
  const { before, after } = splitAtDashes(argv);
  const words = before.map((word, index) => {
    const isBare = type === 'option' && word === '--dry-run' && !options?.includes(before[index + 1] ?? '');
    return isBare ? '--dry-run=client' : word;
  });
  return after ? [...words, '--', ...after] : words;
}

/** True when the flag stands on the command line as osm-ts' own, that is before `--`. For use before parsing. */
export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  return splitAtDashes(argv).before.some((word) => names.includes(word));
}
