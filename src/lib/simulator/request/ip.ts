/** Address literals as curl reads and writes them. */

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

/** Four decimal numbers without leading zeros: what inet_pton takes. */
export function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/.test(text);
}

/** The eight 16-bit groups of an IPv6 address without brackets and zone; null when it is none. */
export function parseIpv6(text: string): number[] | null {
  if (text.length > 45 || !text.includes(':')) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (!head || !tail) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  if (head.length + tail.length > 7) return null;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (mayEndInIpv4 && index === parts.length - 1 && isIpv4(part)) {
      const [a, b, c, d] = part.split('.').map(Number) as [number, number, number, number];
      groups.push(a * 256 + b, c * 256 + d);
    } else {
      return null;
    }
  }
  return groups;
}

/** The shortest usual notation: lower case, the longest run of two or more zero groups as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return hex(groups);
  // An embedded IPv4 address is written with dots, as inet_ntop does.
  if (bestStart === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff))) {
    const dotted = [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.');
    return bestLength === 6 ? `::${dotted}` : `::ffff:${dotted}`;
  }
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** An IPv4 (dotted) or IPv6 (no brackets) literal. */
export function isIpLiteral(text: string): boolean {
  return isIpv4(text) || parseIpv6(text) !== null;
}
