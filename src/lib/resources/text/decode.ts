/** Bytes to text: UTF-8, unless a byte order mark says UTF-16. */

/** Why bytes are not text; `before` is what could be read up to the fault. */
interface DecodeProblem {
  readonly message: string;
  readonly hint: string;
  readonly before: string;
}

export type Decoded = { readonly text: string } | { readonly problem: DecodeProblem };

/**
 * Decodes the bytes of a file. A byte order mark is dropped.
 * Compressed data, text with NUL characters and invalid encodings are refused with the place of the first fault.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const problem = (message: string, hint: string, before: string): Decoded => ({ problem: { message, hint, before } });
  const [a, b] = bytes;
  if (a === 0x1f && b === 0x8b) {
    return problem('the file is compressed (gzip), not text', 'unpack it: gunzip -c FILE | osm-ts … -f -', '');
  }
  const encoding = encodingOf(bytes);
  const whole = decodeStart(bytes, encoding, false);
  const text = whole ?? longestStart(bytes, encoding);
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const hint = 'give a YAML or JSON file; if this is UTF-16, save it as UTF-8, or with a byte order mark';
    return problem('the file is not text: it contains a NUL byte', hint, text.slice(0, nul));
  }
  if (whole === undefined)
    return problem(`the file is not valid ${encoding.toUpperCase()}`, 'save the file as UTF-8', text);
  return { text };
}

/** What a byte order mark says at the beginning. */
export function encodingOf([a, b]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  return a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
}

/** @param mayBeCut whether the bytes may end within a character. Undefined when they are not valid. */
function decodeStart(bytes: Uint8Array, encoding: string, mayBeCut: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: mayBeCut });
  } catch {
    return undefined;
  }
}

/** What comes before the first byte that is not valid. */
function longestStart(bytes: Uint8Array, encoding: string): string {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodeStart(bytes.subarray(0, middle), encoding, true) === undefined) bad = middle;
    else good = middle;
  }
  return decodeStart(bytes.subarray(0, good), encoding, true) ?? '';
}
