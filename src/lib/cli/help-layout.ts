import { visibleLength, wrapText } from '../text/wrap.js';

/** Laying out help pages: pure functions of text and width. */

/** The shortest room for descriptions in which two columns still read well. */
const leastRoom = 28;

/**
 * Names and their descriptions in two columns or, where that leaves too little room, each description below its name.
 * @param width of a whole line
 */
export function twoColumns(rows: readonly (readonly [name: string, description: string])[], width: number): string {
  const left = Math.max(0, ...rows.map(([name]) => visibleLength(name))) + 2;
  if (width - left < leastRoom) {
    const entry = ([name, description]: readonly [string, string]): string =>
      [name.trimStart(), ...wrapText(description, width - 6).map((line) => (line ? `    ${line}` : line))].join('\n');
    return rows.map(entry).join('\n');
  }
  const blank = ' '.repeat(left);
  return rows
    .flatMap(([name, description]) => {
      const start = name + ' '.repeat(left - visibleLength(name));
      return wrapText(description, width - left).map((line, index) => ((index === 0 ? start : blank) + line).trimEnd());
    })
    .join('\n');
}

/**
 * A shell command on several lines, each ended by a backslash, so that it can be copied. Breaks only at spaces outside quotes,
 * and not between a flag and what follows it.
 * @param indent of the lines after the first
 */
export function wrapCommand(command: string, width: number, indent: string): string {
  const words = command.match(/-\S+ (?:'[^']*'|"[^"]*"|[^\s'"-]\S*)|(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    // Two columns for the space and the backslash.
    if (line.trim() && line.length + 1 + word.length > width - 2) {
      lines.push(line);
      line = `${indent}${word}`;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line].join(' \\\n');
}
