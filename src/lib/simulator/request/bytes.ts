/** Text as the bytes that curl sends: UTF-8 throughout. */

const encoder = new TextEncoder();

/** Number of bytes of the text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of the text's UTF-8 bytes, or of the bytes. */
export function base64(input: string | readonly number[]): string {
  const bytes = typeof input === 'string' ? encoder.encode(input) : input;
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    // behind the end there are no bits
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!;
    out += i + 1 < bytes.length ? alphabet[(group >> 6) & 63]! : '=';
    out += i + 2 < bytes.length ? alphabet[group & 63]! : '=';
  }
  return out;
}

/**
 * What bytes are in UTF-8.
 * @throws URIError when they are nothing in it
 */
export function decodeUtf8(bytes: readonly number[]): string {
  return decodeURIComponent(bytes.map((byte) => `%${hex(byte)}`).join(''));
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Percent-encodes everything but letters, digits and `-._~`. */
export function escapeUrlPart(text: string): string {
  return text.replace(/[^A-Za-z0-9._~-]+/g, (run) =>
    Array.from(encoder.encode(run), (byte) => `%${hex(byte)}`).join(''),
  );
}

/** Percent-encodes the bytes outside ASCII, with hexadecimal digits in lower case, as curl does with a URL's path. */
export function escapeNonAscii(text: string): string {
  // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
  return text.replace(/[^\x00-\x7f]+/g, (run) => Array.from(encoder.encode(run), (byte) => `%${hex(byte)}`).join(''));
}

/** `%AB` becomes `%ab`: what curl does to a part that it sets in a URL. */
export function lowerCasePercent(text: string): string {
  return text.replace(/%[0-9a-fA-F]{2}/g, (escape) => escape.toLowerCase());
}

/**
 * Percent-decodes to bytes; what is no escape stays as it is.
 * @returns the bytes, so that credentials which are not UTF-8 survive
 */
export function percentDecode(text: string): number[] {
  const bytes = encoder.encode(text);
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const escape = bytes[i] === 0x25 ? String.fromCharCode(...bytes.subarray(i + 1, i + 3)) : '';
    if (/[0-9a-fA-F]{2}/.test(escape)) {
      out.push(Number.parseInt(escape, 16));
      i += 2;
    } else {
      out.push(bytes[i]!);
    }
  }
  return out;
}
