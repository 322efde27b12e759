import { byteLength } from './bytes.js';
import { brief, usageError } from './error.js';

/** One -F or --form-string. */
export interface FormField {
  readonly name: string;
  /** Bytes of the content; null when it comes from a file or is encoded. */
  readonly contentLength: number | null;
  /** The part's own Content-Type. */
  readonly type: string | null;
  /** +1 begins a nested multipart, -1 ends one. */
  readonly nesting: -1 | 0 | 1;
}

/** curl's boundary: dashes, then 16 random hexadecimal digits; zeros stand for them here. */
export const formBoundary = `${'-'.repeat(24)}${'0'.repeat(16)}`;

/**
 * Reads `name=content[;type=…]`.
 * @param literal --form-string: nothing in the content is special
 * @throws TargetError where curl exits with 2
 */
export function parseFormField(value: string, literal: boolean): FormField {
  const equals = value.indexOf('=');
  if (equals < 0) throw usageError(`-F ${brief(value)} has no =`, 'write -F name=content');
  const name = value.slice(0, equals);
  const content = value.slice(equals + 1);
  if (literal) return { name, contentLength: byteLength(content), type: null, nesting: 0 };
  if (name === '' && content === ')') return { name, contentLength: null, type: null, nesting: -1 };
  const trimmed = content.trimStart();
  const simple = /^([^"@<(;][^;]*|)(?:;\s*type=\s*([^;]*))?$/.exec(trimmed);
  const badType = trimmed.startsWith('"') ? null : /;\s*type=\s*(?![^/ ]{1,127}\/[^;, \n])/i.exec(trimmed);
  if (badType) throw usageError(`-F ${brief(value)}: the type is no media type`, 'write ;type=text/plain');
  if (!simple) return { name, contentLength: null, type: null, nesting: content.startsWith('(') ? 1 : 0 };
  return { name, contentLength: byteLength(simple[1]!.trimEnd()), type: simple[2]?.trimEnd() ?? null, nesting: 0 };
}

/**
 * Length of the whole multipart body in bytes; null when it is not known.
 * @param type Content-Type of the whole: anything but multipart/form-data makes the parts attachments
 * @param backslashes --form-escape: special characters in names are escaped with backslashes
 */
export function formLength(fields: readonly FormField[], type: string, backslashes: boolean): number | null {
  const isFormData = /^multipart\/form-data(?:[\s;]|$)/i.test(type);
  // A boundary line with its line breaks: CRLF, two dashes, the boundary, CRLF (or two more dashes).
  const boundary = 4 + formBoundary.length + 2;
  let length = boundary;
  for (const field of fields) {
    if (field.contentLength === null) return null;
    const name = backslashes ? field.name.replace(/[\\"]/g, '\\$&') : field.name.replace(/["\r\n]/g, '%00');
    const named = name === '' ? '' : `; name="${name}"`;
    const disposition = isFormData ? `form-data${named}` : named && `attachment${named}`;
    const lines = [
      ...(disposition ? [`Content-Disposition: ${disposition}\r\n`] : []),
      ...(field.type === null ? [] : [`Content-Type: ${field.type}\r\n`]),
    ];
    length += boundary + byteLength(lines.join('')) + 2 + field.contentLength;
  }
  return length;
}
