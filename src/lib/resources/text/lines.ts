import type { SourceLocation } from '../../errors.js';

/**
 * The starts of the lines of a text. LF, CRLF and a lone CR end a line, as in YAML.
 * Built once a text and on demand: most runs never ask for a position.
 */
function lineStarts(text: string): Uint32Array {
  let starts = new Uint32Array(1024);
  let count = 1;
  const add = (offset: number): void => {
    if (count === starts.length) {
      const larger = new Uint32Array(starts.length * 2);
      larger.set(starts);
      starts = larger;
    }
    starts[count++] = offset;
  };
  if (text.includes('\r')) {
    for (let i = 0; i < text.length; i += 1) {
      const c = text.charCodeAt(i);
      if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) add(i + 1);
    }
  } else {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) add(at + 1);
  }
  return starts.subarray(0, count);
}

/** One text that was read, and the name that errors give it. */
export class SourceText {
  #starts: Uint32Array | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  /**
   * @param offset - in UTF-16 code units from the start of the text, as JavaScript counts
   * @returns line and column, both from 1; the column in UTF-16 code units, as editors count
   */
  locate(offset: number): SourceLocation {
    this.#starts ??= lineStarts(this.text);
    const starts = this.#starts;
    const target = Math.min(Math.max(offset, 0), this.text.length);
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= target) low = middle;
      else high = middle;
    }
    return { file: this.file, line: low + 1, column: target - (starts[low] ?? 0) + 1 };
  }
}
