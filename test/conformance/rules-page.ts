import { readFileSync } from 'node:fs';
import { parseExplanations } from '../../scripts/mutate/explanations.js';

const PAGE = new URL('rules.md', import.meta.url);

/** Part of a rule of the second survey, and changes of the code that break it. */
export interface Clause {
  /** `M4`. */
  readonly rule: string;
  /** Number and sentence. */
  readonly title: string;
  readonly mutants: readonly { readonly file: string; readonly within: string; readonly diff: readonly string[] }[];
  /** Names of recorded worlds. */
  readonly heldBy: readonly string[];
  /** A test, where there is no recording. */
  readonly test: { readonly file: string; readonly title: string } | undefined;
}

export const readPage = (): string => readFileSync(PAGE, 'utf8');
export const pagePath = PAGE;

/**
 * Reads the clauses of rules.md.
 * @throws Error for a clause that does not say what holds it
 */
export function parseClauses(text: string): Clause[] {
  const clauses = new Map<string, Clause>();
  for (const { file: title, within: place, diff, reason, line } of parseExplanations(text, 'rules.md')) {
    const [file, within] = place.split(': ') as [string, string];
    const mutant = { file, within, diff };
    const known = clauses.get(title);
    if (known) {
      clauses.set(title, { ...known, mutants: [...known.mutants, mutant] });
      continue;
    }
    const held = /Held by (.*)$/.exec(reason)?.[1];
    if (held === undefined) throw new Error(`rules.md:${line}: nothing is said to hold "${title}"`);
    const quoted = [...held.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    const isRecorded = !held.startsWith('no recording');
    clauses.set(title, {
      rule: /^[A-Z]\d/.exec(title)![0],
      title,
      mutants: [mutant],
      heldBy: isRecorded ? quoted : [],
      test: isRecorded ? undefined : { file: quoted.at(-2)!, title: quoted.at(-1)! },
    });
  }
  return [...clauses.values()];
}

/** Trace codes that no recording shows: those of the page's list of reasons. */
export function unrecordedCodes(text: string): string[] {
  return [...text.matchAll(/^- `([\w-]+:[\w-]+)`: ./gm)].map(([, code]) => code!);
}

/** The page with another count of recordings that notice changes of a rule. */
export function withCount(text: string, rule: string, worlds: number): string {
  return text.replace(new RegExp(`^(\\| ${rule} .*\\| *)\\d+ *\\|$`, 'm'), (_, row: string) => `${row}${worlds} |`);
}

/** The page with other recordings that hold a clause. */
export function withHolders(text: string, { title }: Clause, worlds: readonly string[]): string {
  const [head, tail] = text.split(`## ${title}\n`) as [string, string];
  const line = `Held by ${worlds.map((name) => `\`${name}\``).join(', ')}.`;
  return `${head}## ${title}\n${tail.replace(/^Held by .*$/m, () => line)}`;
}
