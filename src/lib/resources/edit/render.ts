import { doubleQuoted, isPrintable, serializeValue, writeBlock } from '../serialize.js';
import { fieldsOf } from '../../text/plain-data.js';

export type Quote = 'plain' | 'single' | 'double';

/** How new text is written, so that it looks like what stands around it. */
export interface Style {
  /** JSON: every string and key in double quotes. */
  readonly json: boolean;
  readonly quote: Quote;
  /** Spaces by which a map stands deeper than the key it belongs to. */
  readonly indent: number;
  /** Spaces by which the dashes of a list stand deeper than its key. */
  readonly dashIndent: number;
  /** A space inside of braces: `{ a: 1 }`. */
  readonly spacedBraces: boolean;
  /** JSON without spaces after commas and colons. */
  readonly compact: boolean;
  readonly eol: string;
}

type Context = 'block' | 'flow';

/** A value on one line. */
export function renderFlow(value: unknown, style: Style): string {
  if (Array.isArray(value)) {
    const separator = style.compact ? ',' : ', ';
    return `[${value.map((item) => renderFlow(item, style)).join(separator)}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = fieldsOf(value).map(([key, inner]) => {
      const colon = style.compact ? ':' : ': ';
      return `${renderKey(key, style)}${colon}${renderFlow(inner, style)}`;
    });
    if (fields.length === 0) return '{}';
    const pad = style.spacedBraces ? ' ' : '';
    const separator = style.compact ? ',' : ', ';
    return `{${pad}${fields.join(separator)}${pad}}`;
  }
  return renderScalar(value, style.quote, 'flow');
}

/** A value over several lines of JSON; the first is not indented. */
export function renderExpanded(value: unknown, indentation: string, unit: string, eol: string): string {
  return JSON.stringify(value, null, unit).split('\n').join(`${eol}${indentation}`);
}

/**
 * The lines of a value in block style, each with its indentation, without a line break at the end. A scalar, or a collection
 * without entries, is one line.
 */
export function renderBlock(value: unknown, indentation: string, style: Style): string {
  const look = {
    ...style,
    key: (name: string) => renderKey(name, style),
    scalar: (inner: unknown) => renderScalar(inner, style.quote, 'block'),
  };
  return indentation + writeBlock(value, indentation, look);
}

export function renderKey(key: string, style: Style): string {
  return style.json ? JSON.stringify(key) : renderScalar(key, 'plain', 'flow');
}

/** A scalar in the wanted quotes, or in those that it needs to be read back as it is. */
function renderScalar(value: unknown, quote: Quote, context: Context): string {
  if (typeof value !== 'string') return serializeValue(value).trimEnd();
  if (quote === 'single' && isPrintable(value)) return `'${value.replaceAll("'", "''")}'`;
  const needsQuotes = value.includes('\n') || (context === 'flow' && /[,[\]{}]/.test(value));
  return quote === 'double' || needsQuotes ? doubleQuoted(value) : serializeValue(value).trimEnd();
}
