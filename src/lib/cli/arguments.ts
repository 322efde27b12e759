/** What is done to a command line before oclif parses it. */

interface FlagShape {
  readonly type: string;
  /** There is `--no-flag`. */
  readonly allowNo?: boolean;
}

/** Splits at the first `--`. `after` is undefined when there is none. */
export function splitAtDashes(argv: readonly string[]): { before: string[]; after: string[] | undefined } {
  const at = argv.indexOf('--');
  if (at === -1) return { before: [...argv], after: undefined };
  return { before: argv.slice(0, at), after: argv.slice(at + 1) };
}

/**
 * Rewrites `--flag=true` to `--flag`, and `--flag=false` to `--no-flag` where there is that, else to nothing, as people who know
 * kubectl write booleans; oclif would take the word after `=` for an argument. Nothing after `--` is touched.
 */
export function normalizeBooleans(argv: readonly string[], flags: Readonly<Record<string, FlagShape>>): string[] {
  const { before, after } = splitAtDashes(argv);
  const words = before.flatMap((word) => {
    const match = /^--([^=]+)=(true|false)$/.exec(word);
    const flag = flags[match?.[1] ?? ''];
    if (!match || flag?.type !== 'boolean') return [word];
    if (match[2] === 'true') return [`--${match[1]}`];
    return flag.allowNo ? [`--no-${match[1]}`] : [];
  });
  return after ? [...words, '--', ...after] : words;
}

/** True when the flag stands on the command line as osm-ts' own, that is before `--`. For use before parsing. */
export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  return splitAtDashes(argv).before.some((word) => names.includes(word));
}
