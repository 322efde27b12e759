/**
 * An IPv4 address in any notation that inet_aton takes (`127.1`, `0x7f.1`, `017700000001`, `2130706433`), as four
 * decimal numbers; null when the text is no such address. A leading `0` means octal, `0x` hexadecimal.
 */
export function normalizeIpv4(text: string): string | null {
  const numbers = text.split('.').map(parseCNumber);
  // The last number fills all the bytes that are left.
  const last = numbers.pop()!;
  const left = 4 - numbers.length;
  if (left < 1 || !numbers.every((n) => n <= 255) || !(last < 256 ** left)) return null;
  for (let shift = left - 1; shift >= 0; shift--) numbers.push(Math.floor(last / 256 ** shift) % 256);
  return numbers.join('.');
}

/** NaN when it is none. */
function parseCNumber(text: string): number {
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^(?:0x[0-9a-f]+|[1-9][0-9]*)$/i.test(text) ? Number(text) : NaN;
}
