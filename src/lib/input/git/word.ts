import { UsageError } from '../../errors.js';

/** A commit and a path in it, as a person names them. */
export interface CommitWord {
  /** The whole word. */
  readonly text: string;
  readonly revision: string;
  /** As in git: from the top of the repository, from the current directory when it begins with `./` or `../`. */
  readonly path: string | undefined;
}

const prefix = 'git:';

/**
 * Reads `git:REV[:PATH]`. A colon within braces belongs to the revision, as in `main@{2026-01-31 12:00}`.
 * @returns undefined for a word that does not begin with `git:`
 * @throws UsageError
 */
export function parseCommitWord(text: string): CommitWord | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const [, revision = '', path] = /^((?:\{[^}]*\}|[^:{]|\{)*)(?::(.*))?$/s.exec(text.slice(prefix.length)) ?? [];
  const fault = faultOf(revision, path);
  if (fault === undefined) return { text, revision, path };
  throw new UsageError(`${text}: ${fault}`, 'write git:REV or git:REV:PATH, such as git:HEAD~1 or git:main:policies');
}

/** Git would take a revision that begins with a dash for an option, and reads names line by line. */
function faultOf(revision: string, path: string | undefined): string | undefined {
  if (revision === '') return 'the revision is missing';
  if (revision.startsWith('-')) return 'a revision does not begin with a dash';
  if (path === '') return 'the path is missing';
  return /[\n\0]/.test(`${revision}${path ?? ''}`) ? 'there is a line break in it' : undefined;
}
