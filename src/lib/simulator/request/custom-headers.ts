/** Without the blanks around it that HTTP/1 does not count as part of a value: spaces and tabs, no others. */
export function trimBlanks(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end--;
  return trimBlanksBefore(text.slice(0, end));
}

export function trimBlanksBefore(text: string): string {
  return text.replace(/^[ \t]+/, '');
}

/** The -H options of one request. */
export class CustomHeaders {
  constructor(private readonly lines: readonly string[]) {}

  /** The first -H that names the header, whether it sets or removes it: curl then leaves out its own. */
  find(name: string): string | undefined {
    const lower = name.toLowerCase();
    return this.lines.find(
      (line) =>
        (line[name.length] === ':' || line[name.length] === ';') && line.slice(0, name.length).toLowerCase() === lower,
    );
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** What follows the separator of the first -H of that name, without surrounding spaces. */
  value(name: string): string | undefined {
    const line = this.find(name);
    return line === undefined ? undefined : trimBlanks(line.slice(name.length + 1));
  }

  /**
   * The headers that the options add: `Name: value`, `Name;` for an empty value. `Name:` adds none, and a line without
   * either separator is ignored. Spaces at the end of a value are still there.
   */
  sent(): [name: string, value: string][] {
    const sent: [string, string][] = [];
    for (const line of this.lines) {
      const colon = line.indexOf(':');
      if (colon > 0) {
        const value = trimBlanksBefore(line.slice(colon + 1));
        if (value !== '') sent.push([line.slice(0, colon), value]);
      } else if (colon < 0 && line.endsWith(';') && line.indexOf(';') === line.length - 1) {
        sent.push([line.slice(0, -1), '']);
      }
    }
    return sent;
  }
}
