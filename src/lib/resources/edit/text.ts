/** A piece of text to put in the place of another. Offsets count UTF-16 code units. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies edits that do not overlap; those at one place in the order given.
 * @throws RangeError when they overlap
 */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort((one, other) => one.start - other.start || one.end - other.end);
  let result = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError('the edits overlap');
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Start of the line that holds the offset. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Start of the line after the one in which a value ends; the text's length when there is none. A block scalar ends its line itself. */
export function nextLine(text: string, end: number): number {
  if (text[end - 1] === '\n') return end;
  const at = text.indexOf('\n', end);
  return at < 0 ? text.length : at + 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Is there nothing but spaces before it on its line? */
export function isFirstOnLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

/** The spaces with which the line of an offset begins. */
export function indentationAt(text: string, offset: number): string {
  return /[ \t]*/.exec(text.slice(lineStart(text, offset)))![0];
}

/** Lines to put where a line starts. */
export function insertLines(at: number, lines: string, eol: string): TextEdit {
  return { start: at, end: at, text: lines + eol };
}

/** Takes a piece of text away. */
export function cut(start: number, end: number): TextEdit {
  return { start, end, text: '' };
}
