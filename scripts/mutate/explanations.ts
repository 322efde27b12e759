/** A mutant that no test can notice, with the reason: from `test/mutants.md`. */
export interface Explanation {
  readonly file: string;
  readonly within: string;
  readonly diff: readonly string[];
  readonly reason: string;
  /** Line of the explanation, from 1. */
  readonly line: number;
}

/**
 * Reads explanations: under a heading with the source file, a paragraph with the reason, and after it a code block with the
 * mutants it is about, each `@@ name of the function` and the lines of its diff.
 * @param page where the text is from
 * @throws Error that names the line of what is not as it should be
 */
export function parseExplanations(text: string, page = 'test/mutants.md'): Explanation[] {
  const found: Explanation[] = [];
  const place = { file: '', reason: '' };
  let diff: string[] | undefined;
  let inBlock = false;
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const refuse = (message: string) => new Error(`${page}:${line}: ${message}`);
    if (content.startsWith('```')) {
      if (!inBlock && place.file === '') throw refuse('a heading "## file" comes first');
      if (!inBlock && place.reason === '') throw refuse('the reason comes before the mutants');
      inBlock = !inBlock;
      diff = undefined;
    } else if (inBlock && content.startsWith('@@ ')) {
      diff = [];
      found.push({ ...place, within: content.slice(3), diff, line });
    } else if (inBlock) {
      if (!diff) throw refuse('a mutant begins with "@@ name of the function"');
      if (!/^[-+]( |$)/.test(content)) throw refuse('a line of a mutant begins with - or +');
      diff.push(content);
    } else if (content.startsWith('## ')) {
      Object.assign(place, { file: content.slice(3).trim(), reason: '' });
    } else if (content.trim() !== '') {
      // a paragraph behind a block is a new reason
      const isUsed = found.at(-1)?.reason === place.reason && found.at(-1)?.file === place.file;
      place.reason = isUsed || place.reason === '' ? content.trim() : `${place.reason} ${content.trim()}`;
    }
  }
  if (inBlock) throw new Error(`${page}: the last code block has no end`);
  return found;
}
