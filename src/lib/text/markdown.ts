/** A table as GitHub's Markdown has it. Whatever the cells hold, it is shown as text: nothing in them is markup. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [header.map(markdownText), header.map(() => '---'), ...rows.map((row) => row.map(markdownText))]
    .map(line)
    .join('');
}

/** A text of one line in which nothing is taken for markup, a mention or a reference. */
export function markdownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('@', '&#64;');
}
