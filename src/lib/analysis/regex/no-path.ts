/** Regular expressions of routes that match no path at all. What is said of them is proven by automata. */
import { inspectRegex } from '../../simulator/envoy/re2.js';
import { matchesSomething } from './compare.js';

/** `slash`: with a slash before it something would match; `query`: with the query something would; `other`: neither. */
export type WhyNoPath = 'slash' | 'query' | 'other';

/** Whatever a client sends as a path, without the query and the fragment. */
const PATH = '/[^?#\\x{0}-\\x{20}\\x{7f}]*';

/** What most expressions look like: nothing in them keeps a path from matching. */
const PLAIN = /^\^?(?:\/|\.[*+])(?:[\w\-./~]|\.[*+])*\$?$/;

const known = new Map<string, WhyNoPath | undefined>();

/** Why no path matches in full; undefined where one does, where Envoy refuses the expression, or where it is too large to decide. */
export function whyNoPath(pattern: string): WhyNoPath | undefined {
  if (PLAIN.test(pattern)) return undefined;
  if (!known.has(pattern)) known.set(pattern, findOut(pattern));
  return known.get(pattern);
}

/** Proven: no path matches in full, and one would with a slash before the pattern. */
export function lacksSlash(pattern: string): boolean {
  return (
    matchesSomething(pattern, PATH) === false && matchesSomething(`/(?:${pattern.replace(/^\^/, '')})`, PATH) === true
  );
}

function findOut(pattern: string): WhyNoPath | undefined {
  if (!inspectRegex(pattern).accepted || matchesSomething(pattern, PATH) !== false) return undefined;
  if (lacksSlash(pattern)) return 'slash';
  return matchesSomething(pattern, `${PATH}[?].*`) === true ? 'query' : 'other';
}
