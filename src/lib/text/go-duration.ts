const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const LONGEST = 2n ** 63n - 1n;
/** Far more digits than any duration needs; the rest of a fraction counts for nothing. */
const MAX_LENGTH = 200;

/**
 * Reads a duration as Go's `time.ParseDuration` does: `300ms`, `-1.5h`, `2h45m`, `0`.
 * @returns nanoseconds; undefined when Go refuses the text, so that whoever decodes the object fails
 */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const sign = /^[+-]/.exec(text)?.[0];
  const unsigned = sign ? text.slice(1) : text;
  if (unsigned === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(unsigned)) return undefined;
  let sum = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of unsigned.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = UNITS[unit]!;
    sum += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
    if (sum > LONGEST) return undefined;
  }
  return sign === '-' ? -sum : sum;
}

/** A duration in the JSON of protocol buffers: seconds, three, six or nine digits after the point where there are any: `90s`, `-0.250s`. */
export function protobufDuration(nanoseconds: bigint): string {
  const [sign, length] = nanoseconds < 0n ? ['-', -nanoseconds] : ['', nanoseconds];
  const fraction = String(length % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/(?:000){1,3}$/, '');
  return `${sign}${length / 1_000_000_000n}${fraction && `.${fraction}`}s`;
}
