/** Compares two names by their UTF-8 bytes, as Go's filepath.Walk and `LC_ALL=C ls` do. */
export function compareBytewise(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // UTF-16 puts characters beyond U+FFFF, which are surrogates, before U+E000; UTF-8 puts them last.
    const order = left - right;
    return isSurrogate(left) === isSurrogate(right) || left < 0xd800 || right < 0xd800 ? order : -order;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
