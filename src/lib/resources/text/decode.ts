/**
 * Bytes to text. UTF-8 unless a byte order mark says UTF-16 or UTF-32, which is what YAML asks of a reader.
 */

/** Why bytes are not text; `before` is what could be read up to the fault. */
export interface DecodeProblem {
  readonly message: string;
  readonly hint: string;
  readonly before: string;
}

export type Decoded = { readonly text: string } | { readonly problem: DecodeProblem };

const utf8Hint = 'save the file as UTF-8';

function utf16(bytes: Uint8Array, littleEndian: boolean): Decoded {
  const name = `UTF-16${littleEndian ? 'LE' : 'BE'}`;
  const units = (bytes.length - 2) >> 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2, units * 2);
  const chunks: string[] = [];
  const chunk = new Uint16Array(8192);
  for (let i = 0; i < units; i += chunk.length) {
    const length = Math.min(chunk.length, units - i);
    for (let j = 0; j < length; j += 1) chunk[j] = view.getUint16((i + j) * 2, littleEndian);
    chunks.push(String.fromCharCode(...chunk.subarray(0, length)));
  }
  const text = chunks.join('');
  if (bytes.length % 2 !== 0) {
    return {
      problem: { message: `the file ends in the middle of a character of ${name}`, hint: utf8Hint, before: text },
    };
  }
  return { text };
}

function utf32(bytes: Uint8Array, littleEndian: boolean): Decoded {
  const name = `UTF-32${littleEndian ? 'LE' : 'BE'}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: string[] = [];
  const points: number[] = [];
  const flush = (): string => {
    chunks.push(String.fromCodePoint(...points.splice(0)));
    return chunks.join('');
  };
  for (let i = 4; i + 4 <= bytes.length; i += 4) {
    const point = view.getUint32(i, littleEndian);
    if (point > 0x10ffff) {
      return { problem: { message: `the bytes are not valid ${name}`, hint: utf8Hint, before: flush() } };
    }
    points.push(point);
    if (points.length === 4096) flush();
  }
  const text = flush();
  if (bytes.length % 4 !== 0) {
    return {
      problem: { message: `the file ends in the middle of a character of ${name}`, hint: utf8Hint, before: text },
    };
  }
  return { text };
}

/** Where in `text`, decoded with replacement characters from `bytes`, the first invalid sequence stood; -1 when nowhere. */
function firstReplacement(bytes: Buffer, text: string): number {
  let byteOffset = 0;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    byteOffset += Buffer.byteLength(text.slice(from, at));
    const genuine = bytes[byteOffset] === 0xef && bytes[byteOffset + 1] === 0xbf && bytes[byteOffset + 2] === 0xbd;
    if (!genuine) return at;
    byteOffset += 3;
    from = at + 1;
  }
  return -1;
}

/**
 * Decodes the bytes of a file. A byte order mark is dropped.
 * Compressed data, text with NUL characters and invalid UTF-8 are refused with the place of the first fault.
 */
export function decodeText(bytes: Buffer): Decoded {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return utf32(bytes, true);
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return utf32(bytes, false);
  if (a === 0xff && b === 0xfe) return utf16(bytes, true);
  if (a === 0xfe && b === 0xff) return utf16(bytes, false);
  if (a === 0x1f && b === 0x8b) {
    return {
      problem: {
        message: 'the file is compressed (gzip), not text',
        hint: 'unpack it: gunzip -c FILE | osm-ts … -f -',
        before: '',
      },
    };
  }
  const body = a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
  const text = body.toString('utf8');
  const nul = text.indexOf('\0');
  const invalid = text.includes('\ufffd') ? firstReplacement(body, text) : -1;
  if (nul !== -1 && (invalid === -1 || nul < invalid)) {
    return {
      problem: {
        message: 'the file is not text: it contains a NUL byte',
        hint: 'give a YAML or JSON file; if this is UTF-16, save it as UTF-8, or with a byte order mark',
        before: text.slice(0, nul),
      },
    };
  }
  if (invalid !== -1) {
    return { problem: { message: 'the file is not valid UTF-8', hint: utf8Hint, before: text.slice(0, invalid) } };
  }
  return { text };
}
