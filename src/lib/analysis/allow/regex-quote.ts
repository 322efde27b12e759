import { inspectRegex } from '../../simulator/envoy/re2.js';

/** A regular expression that matches exactly the text. Every character that RE2 gives a meaning is escaped. */
function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

export interface PathPattern {
  readonly pathRegex: string;
  /** False when the path is too long for Envoy's limit on regular expressions, and only its beginning is matched. */
  readonly exact: boolean;
}

/**
 * The narrowest pattern that Envoy takes for a path: the path itself, or, where its program would be over the limit of
 * egress semantics §4, as much of its beginning as fits.
 * @param path without query
 */
export function pathPattern(path: string): PathPattern {
  const whole = quoteRegex(path);
  if (inspectRegex(whole).accepted) return { pathRegex: whole, exact: true };
  const beginning = (length: number) => `${quoteRegex(path.slice(0, length))}.*`;
  let [fits, tooLong] = [0, path.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (inspectRegex(beginning(middle)).accepted) fits = middle;
    else tooLong = middle;
  }
  return { pathRegex: beginning(fits), exact: false };
}
