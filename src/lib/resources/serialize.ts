import { isAmbiguous } from './yaml/types.js';
import { fieldsOf, isFilled } from '../text/plain-data.js';

/**
 * YAML that kubectl, and any other reader of YAML 1.1 or 1.2, reads back as the same data. Strings are quoted only where a
 * reader would otherwise see something else (toolchain §5).
 */

/** What readers of YAML 1.1 other than kubectl take for a number, a date or a default key: `1:30`, `2001-01-01`, `=`. */
const otherReaders =
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?|[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]*)(?:[eE][-+]?[0-9_]*)?|[eE][0-9]+|\.|0[xXoObB][0-9a-fA-F_]*|[-+]?\.(?:inf|nan)|=|null|true|false)$/i;
/** Indicators that start something else than a plain scalar, `-`, `?` and `:` included for simplicity. */
const startsOtherwise = /^[-?:,[\]{}#&*!|>'"%@`=<~ ]/;
const plainText = /^[\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
const startsBlock = /^[^\s#]/;
/** YAML allows no longer key before its colon. */
const longestSimpleKey = 1000;

function isPlainSafe(text: string): boolean {
  return (
    text !== '' &&
    !startsOtherwise.test(text) &&
    isPrintable(text) &&
    !text.includes(': ') &&
    !text.includes(' #') &&
    !text.endsWith(':') &&
    !text.endsWith(' ') &&
    !/^(?:\.\.\.)(?: |$)/.test(text) &&
    !isAmbiguous(text) &&
    !otherReaders.test(text)
  );
}

/** Can it stand in a text as it is, on one line? */
export function isPrintable(text: string): boolean {
  return plainText.test(text);
}

/** JSON's escapes are YAML's; what JSON leaves bare and YAML does not print is escaped too, lone surrogates are replaced. */
export function doubleQuoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll(/\\ud[89a-f][0-9a-f]{2}/gi, '\\ufffd')
    .replaceAll(
      /[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

function quoted(text: string): string {
  const single = isPrintable(text) && /["\\]/.test(text) && !text.includes("'");
  return single ? `'${text}'` : doubleQuoted(text);
}

function scalar(text: string): string {
  return isPlainSafe(text) ? text : quoted(text);
}

/** Several lines of ordinary text as a block; undefined when the text needs quotes. */
function block(text: string, indent: string): string | undefined {
  if (!text.includes('\n') || !startsBlock.test(text)) return undefined;
  const end = /\n*$/.exec(text)?.[0].length ?? 0;
  const lines = text.slice(0, text.length - end).split('\n');
  if (!lines.every((line) => isPrintable(line) && !line.endsWith(' '))) return undefined;
  const chomp = end === 0 ? '-' : end === 1 ? '' : '+';
  const body = [...lines, ...Array<string>(Math.max(0, end - 1)).fill('')];
  return `|${chomp}\n${body.map((line) => (line === '' ? '' : indent + line)).join('\n')}`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return Object.is(value, -0) ? '0' : String(value);
}

/** How collections are laid out in lines, and what is not a filled collection is written. */
export interface BlockLook {
  /** Spaces by which a map stands deeper than the key it belongs to. */
  readonly indent: number;
  /** Spaces by which the dashes of a list stand deeper than its key. */
  readonly dashIndent: number;
  readonly eol: string;
  key(name: string): string;
  /** @param indentation of further lines, if it takes some */
  scalar(value: unknown, indentation: string): string;
}

/** The text of a value in block style; its first line is not indented, and no line break ends it. */
export function writeBlock(value: unknown, indentation: string, look: BlockLook): string {
  if (!isFilled(value)) return look.scalar(value, indentation);
  const rows = Array.isArray(value)
    ? value.map((item: unknown) => `- ${writeBlock(item, `${indentation}  `, look)}`)
    : fieldsOf(value).map(([key, inner]) => writeField(look.key(key), inner, indentation, look));
  return rows.join(`${look.eol}${indentation}`);
}

function writeField(key: string, value: unknown, indentation: string, look: BlockLook): string {
  const long = key.length > longestSimpleKey;
  const head = long ? `? ${key}${look.eol}${indentation}:` : `${key}:`;
  if (!isFilled(value)) return `${head} ${look.scalar(value, `${indentation}  `)}`;
  const deeper = Array.isArray(value) && !long ? look.dashIndent : look.indent;
  const inner = indentation + ' '.repeat(deeper);
  return `${head}${look.eol}${inner}${writeBlock(value, inner, look)}`;
}

function inline(value: unknown, indentation: string): string {
  if (typeof value === 'string') return block(value, indentation === '' ? '  ' : indentation) ?? scalar(value);
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? String(value) : 'null';
  return Array.isArray(value) ? '[]' : '{}';
}

/** Lists stand in the column of their key, as kubectl writes them. */
const kubectlLook: BlockLook = { indent: 2, dashIndent: 0, eol: '\n', key: scalar, scalar: inline };

/**
 * YAML text of plain data, ending in a line break. Fields keep their order; undefined ones are left out.
 */
export function serializeValue(value: unknown): string {
  return `${writeBlock(value, '', kubectlLook)}\n`;
}

/** YAML text of objects, one document each. */
export function serialize(objects: readonly object[]): string {
  return objects.map(serializeValue).join('---\n');
}
