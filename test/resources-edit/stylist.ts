/**
 * Writes objects as people write them: block and flow style mixed, quotes here and there, comments, blank lines, other
 * indentation, CRLF, a byte order mark, lists of objects, JSON. Deterministic for a seed.
 */
export interface Manuscript {
  readonly text: string;
  /** Comments in lines of their own, none of which is about a single item. */
  readonly comments: readonly string[];
}

/** A small generator of pseudo-random numbers (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function writeAsPeopleDo(objects: readonly object[], seed: number): Manuscript {
  const random = randomFrom(seed);
  if (random(6) === 0) return { text: jsonText(objects, random), comments: [] };
  const writer = new Writer(random);
  writer.documents(objects);
  return writer.finish();
}

function jsonText(objects: readonly object[], random: (below: number) => number): string {
  const unit = [undefined, 2, 4, '\t'][random(4)];
  const values = random(2) === 0 ? [{ apiVersion: 'v1', kind: 'List', items: objects }] : objects;
  return values.map((value) => JSON.stringify(value, null, unit)).join('\n') + (random(2) === 0 ? '\n' : '');
}

class Writer {
  private readonly lines: string[] = [];
  private readonly comments: string[] = [];
  private readonly indent: number;
  private readonly dashIndent: number;
  private count = 0;

  constructor(private readonly random: (below: number) => number) {
    this.indent = [2, 2, 4][random(3)]!;
    this.dashIndent = [0, 2][random(2)]!;
  }

  documents(objects: readonly object[]): void {
    if (this.random(5) === 0) {
      this.comment('');
      this.lines.push('apiVersion: v1', 'kind: List', 'items:');
      for (const object of objects) this.item(object, ' '.repeat(this.dashIndent), false);
      return;
    }
    objects.forEach((object, index) => {
      if (index > 0 || this.random(4) === 0) this.lines.push(this.random(4) === 0 ? '--- # next' : '---');
      this.comment('');
      this.map(object, '', false);
    });
  }

  finish(): Manuscript {
    const eol = this.random(4) === 0 ? '\r\n' : '\n';
    const mark = this.random(8) === 0 ? '\ufeff' : '';
    const end = this.random(5) === 0 ? '' : eol;
    return { text: mark + this.lines.join(eol) + end, comments: this.comments };
  }

  private comment(indentation: string): void {
    if (this.random(3) > 0) return;
    const text = `# comment ${++this.count}: keep, me`;
    this.comments.push(text);
    this.lines.push(indentation + text);
    if (this.random(3) === 0) this.lines.push('');
  }

  private trailing(): string {
    return this.random(5) === 0 ? ' # aside' : '';
  }

  private map(value: object, indentation: string, inItem: boolean): void {
    for (const [index, [key, inner]] of Object.entries(value).entries()) {
      if (!inItem && index > 0) this.comment(indentation);
      this.field(key, inner, indentation, inItem);
    }
  }

  private field(key: string, value: unknown, indentation: string, inItem: boolean): void {
    const isCollection = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (!isCollection || this.random(4) === 0) {
      this.lines.push(`${indentation}${key}: ${this.flow(value)}${this.trailing()}`);
      return;
    }
    this.lines.push(`${indentation}${key}:${this.trailing()}`);
    if (!Array.isArray(value)) {
      this.map(value, indentation + ' '.repeat(this.indent), inItem);
      return;
    }
    const dashes = indentation + ' '.repeat(this.dashIndent);
    for (const item of value) this.item(item, dashes, true);
  }

  private item(value: unknown, indentation: string, inItem: boolean): void {
    if (typeof value !== 'object' || value === null || this.random(3) === 0) {
      this.lines.push(`${indentation}- ${this.flow(value)}${this.trailing()}`);
      return;
    }
    const at = this.lines.length;
    this.map(value, `${indentation}  `, inItem);
    this.lines[at] = `${indentation}- ${this.lines[at]!.slice(indentation.length + 2)}`;
  }

  private flow(value: unknown): string {
    const pad = this.random(3) === 0 ? ' ' : '';
    if (Array.isArray(value))
      return value.length === 0 ? '[]' : `[${pad}${value.map((item) => this.flow(item)).join(', ')}${pad}]`;
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).map(([key, inner]) => `${key}: ${this.flow(inner)}`);
      return fields.length === 0 ? '{}' : `{${pad}${fields.join(', ')}${pad}}`;
    }
    return typeof value === 'string' ? this.string(value) : String(value);
  }

  private string(text: string): string {
    const isPlain = /^[A-Za-z/][\w./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
    const style = this.random(isPlain ? 4 : 2);
    if (style === 0) return JSON.stringify(text);
    return style === 1 ? `'${text.replaceAll("'", "''")}'` : text;
  }
}
