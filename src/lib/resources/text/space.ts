/**
 * Skips what YAML ignores between tokens: spaces, tabs, line breaks and comments.
 *
 * @param from - where to start; a `#` there counts as a comment only at the start of a line or after a space
 * @returns the offset of the first character that is content, or `end`
 */
export function skipSpace(text: string, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === 32 || c === 9 || c === 10 || c === 13) {
      at += 1;
    } else if (c === 35 && (at === 0 || isSpace(text.charCodeAt(at - 1)))) {
      at += 1;
      while (at < end) {
        const inside = text.charCodeAt(at);
        if (inside === 10 || inside === 13) break;
        at += 1;
      }
    } else {
      return at;
    }
  }
  return end;
}

export function isSpace(c: number): boolean {
  return c === 32 || c === 9 || c === 10 || c === 13;
}

export function isLineBreak(c: number): boolean {
  return c === 10 || c === 13;
}
