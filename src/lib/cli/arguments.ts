/** What is done to a command line before oclif parses it. */

interface FlagShape {
  readonly type: string;
}

/** Splits at the first `--`. `after` is undefined when there is none. */
export function splitAtDashes(argv: readonly string[]): { before: string[]; after: string[] | undefined } {
  const at = argv.indexOf('--');
  if (at === -1) return { before: [...argv], after: undefined };
  return { before: argv.slice(0, at), after: argv.slice(at + 1) };
}

/**
 * Rewrites `--flag=true` to `--flag` and drops `--flag=false`, as people who know kubectl write booleans; oclif would take the
 * word after `=` for an argument. Nothing after `--` is touched.
 */
export function normalizeBooleans(argv: readonly string[], flags: Readonly<Record<string, FlagShape>>): string[] {
  const { before, after } = splitAtDashes(argv);
  const words = before.flatMap((word) => {
    const match = /^--([^=]+)=(true|false)$/.exec(word);
    if (!match || flags[match[1] ?? '']?.type !== 'boolean') return [word];
    return match[2] === 'true' ? [`--${match[1]}`] : [];
  });
  return after ? [...words, '--', ...after] : words;
}

/** True when the flag stands on the command line as osm-ts' own, that is before `--`. For use before parsing. */
export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  return splitAtDashes(argv).before.some((word) => names.includes(word));
}
