/** Regular expressions of routes that match no path at all. What is said of them is proven by automata. */
import { fullMatcher } from '../../simulator/envoy/re2.js';
import { parseRegex } from '../../simulator/envoy/re2/parse.js';
import type { Node } from '../../simulator/envoy/re2/syntax-tree.js';
import { allowance } from '../../simulator/envoy/re2/work.js';
import { matchesSomething } from './compare.js';
import { withoutAnchors } from './write.js';

/** `slash`: with a slash before it something would match; `query`: with the query something would; `other`: neither. */
export type WhyNoPath = 'slash' | 'query' | 'other';

/** Whatever a client sends as a path, without the query and the fragment. */
const PATH = '/[^?#\\x{0}-\\x{20}\\x{7f}]*';

const known = new Map<string, WhyNoPath | undefined>();

/** Why no path matches in full; undefined where one does, where Envoy refuses the expression, or where it is too large to decide. */
export function whyNoPath(pattern: string): WhyNoPath | undefined {
  if (!known.has(pattern)) known.set(pattern, findWhyNoPath(pattern));
  return known.get(pattern);
}

/** Proven: no path matches in full. */
export function matchesNoPath(pattern: string): boolean {
  return matchesSomething(pattern, PATH) === false;
}

/** Proven: a path would match with a slash before the pattern. */
export function matchesWithSlash(pattern: string): boolean {
  return matchesSomething(withSlash(pattern), PATH) === true;
}

/** The pattern with a slash before all that it matches. */
export function withSlash(pattern: string): string {
  const rest = pattern.replace(/^\^/, '');
  return rest.includes('|') ? `/(?:${rest})` : `/${rest}`;
}

/** Finds it out, whatever is remembered. */
export function findWhyNoPath(pattern: string): WhyNoPath | undefined {
  const matches = fullMatcher(pattern);
  if (!matches) return undefined;
  // most expressions match a path that is found without automata, which takes a fraction of the time
  const sample = sampleOf(withoutAnchors(parseRegex(pattern, allowance())));
  if (isPath.test(sample) && matches(sample)) return undefined;
  if (!matchesNoPath(pattern)) return undefined;
  if (matchesWithSlash(pattern)) return 'slash';
  return matchesSomething(pattern, `${PATH}[?].*`) === true ? 'query' : 'other';
}

const isPath = new RegExp(`^${PATH.replaceAll('\\x{', '\\u{')}$`, 'u');

/** A text that the expression is likely to match. */
function sampleOf(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return String.fromCodePoint(node.point);
    case 'text':
      return node.points.map((point) => String.fromCodePoint(point)).join('');
    case 'class': {
      const usual = node.set.find(({ lo, hi }) => hi >= 0x30 && lo <= 0x7a);
      return usual ? String.fromCodePoint(Math.max(usual.lo, 0x30)) : '';
    }
    case 'group':
    case 'plus':
      return sampleOf(node.sub);
    case 'choice':
      return sampleOf(node.subs[0]!);
    case 'repeat':
      return sampleOf(node.sub).repeat(node.min);
    case 'sequence':
      return node.subs.map(sampleOf).join('');
    default:
      return '';
  }
}
