/**
 * An IPv4 address in any notation that inet_aton takes (`127.1`, `0x7f.1`, `017700000001`, `2130706433`), as four
 * decimal numbers; null when the text is no such address. A leading `0` means octal, `0x` hexadecimal.
 */
export function normalizeIpv4(text: string): string | null {
  const first = text.charCodeAt(0);
  if (!(first >= 48 && first <= 57) || text.length > 64) return null;
  const parts = text.split('.');
  if (parts.length > 4) return null;
  const numbers: number[] = [];
  for (const part of parts) {
    const value = parseCNumber(part);
    if (value === null || value > 0xffffffff) return null;
    numbers.push(value);
  }
  // The last number fills all the bytes that are left.
  const last = numbers.pop()!;
  if (numbers.some((n) => n > 255) || last >= 2 ** (8 * (4 - numbers.length))) return null;
  const bytes = [...numbers];
  for (let shift = 3 - numbers.length; shift >= 0; shift--) bytes.push(Math.floor(last / 2 ** (8 * shift)) % 256);
  return bytes.join('.');
}

function parseCNumber(text: string): number | null {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : null;
}
