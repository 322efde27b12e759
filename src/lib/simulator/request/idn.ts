import { shortened } from '../../text/shorten.js';
import { malformedUrl } from './error.js';

/** Punycode (RFC 3492): the ASCII form of one label that has characters outside ASCII, without the `xn--`. */
function punycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0)!);
  // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
  let out = label.replace(/[^\x00-\x7f]/g, '');
  const basicLength = out.length;
  if (basicLength > 0) out += '-';
  let n = 128;
  let delta = 0;
  let bias = 72;
  let handled = basicLength;
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      out += encodeDelta(delta, bias);
      bias = adaptBias(delta, handled + 1, handled === basicLength);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return out;
}

function encodeDelta(delta: number, bias: number): string {
  const digit = (value: number): string => String.fromCharCode(value < 26 ? value + 97 : value + 22);
  let out = '';
  let q = delta;
  for (let k = 36; ; k += 36) {
    const threshold = Math.min(Math.max(k - bias, 1), 26);
    if (q < threshold) return out + digit(q);
    out += digit(threshold + ((q - threshold) % (36 - threshold)));
    q = Math.floor((q - threshold) / (36 - threshold));
  }
}

function adaptBias(delta: number, count: number, first: boolean): number {
  let d = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  d += Math.floor(d / count);
  let k = 0;
  for (; d > 455; k += 36) d = Math.floor(d / 35);
  return k + Math.floor((36 * d) / (d + 38));
}

/** What a name is read without (UTS #46): soft hyphens, joiners, selectors of variants and their like. */
const ignorable = /\u00ad|\u034f|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|\u2064|[\ufe00-\ufe0f]|\ufeff/g;

/**
 * The ASCII form of a host with characters outside ASCII, as curl gets it from libidn2 in a UTF-8 locale: lower case,
 * normalised, each label in Punycode. (In the C locale, the usual one in a container, curl refuses such a host and exits
 * with 3.)
 *
 * @throws TargetError when a label cannot be a DNS label
 */
export function idnToAscii(host: string): string {
  const mapped = host
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .replace(ignorable, '')
    .replace(/[\u3002\uff0e\uff61]/g, '.');
  const labels = mapped.split('.').map((label) => {
    // Mapping may have made such a character from a look-alike.
    const bad = /[ !-,/:-@[-^`{-~]/.exec(label);
    if (bad) throw malformedUrl(`an international host name cannot contain ${JSON.stringify(bad[0])}`);
    if (/^-|-$|^(?!xn)..--/u.test(label))
      throw malformedUrl(
        `the label ${shortened(label, 21)} of an international host name has a hyphen where none may be`,
      );
    // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
    if (/^[\x00-\x7f]*$/.test(label)) return label;
    const ascii = label.length > 63 ? '' : `xn--${punycode(label)}`;
    if (ascii === '' || ascii.length > 63)
      throw malformedUrl(`the host's label ${shortened(label, 21)} is too long for DNS`);
    return ascii;
  });
  return labels.join('.');
}
