// eslint-disable-next-line no-control-regex -- escape codes take no room on the screen
const ESCAPES = /\u001B\[\d+m/g;

/** Columns that a text takes on a terminal. */
export function visibleLength(text: string): number {
  return text.replace(ESCAPES, '').length;
}

/** Breaks text at spaces into lines of at most `width` columns; words that are longer stay whole. Line feeds stay. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}
