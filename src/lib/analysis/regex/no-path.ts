/** Regular expressions of routes that match no path at all. What is said of them is proven by automata. */
import { inspectRegex } from '../../simulator/envoy/re2.js';
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
  if (!known.has(pattern)) known.set(pattern, findOut(pattern));
  return known.get(pattern);
}

/** Proven: no path matches in full, and one would with a slash before the pattern. */
export function lacksSlash(pattern: string): boolean {
  return matchesSomething(pattern, PATH) === false && matchesWithSlash(pattern);
}

function matchesWithSlash(pattern: string): boolean {
  return matchesSomething(withSlash(pattern.replace(/^\^/, '')), PATH) === true;
}

/** The pattern, which has no anchor before it, with a slash before all that it matches. */
export function withSlash(pattern: string): string {
  return pattern.includes('|') ? `/(?:${pattern})` : `/${pattern}`;
}

/** A text that the expression matches, found without automata; undefined where that is not simple. */
function sampleOf(node: Node): string | undefined {
  switch (node.kind) {
    case 'literal':
      return String.fromCodePoint(node.point);
    case 'text':
      return String.fromCodePoint(...node.points);
    case 'class': {
      const usual = node.set.find(({ lo, hi }) => hi >= 0x30 && lo <= 0x7a);
      return usual && String.fromCodePoint(Math.max(usual.lo, 0x30));
    }
    case 'any':
      return 'a';
    case 'group':
    case 'plus':
      return sampleOf(node.sub);
    case 'choice':
      return sampleOf(node.subs[0]!);
    case 'empty':
    case 'star':
    case 'quest':
      return '';
    case 'repeat':
      return node.min === 0 ? '' : sampleOf(node.sub)?.repeat(node.min);
    case 'sequence': {
      const parts = node.subs.map(sampleOf);
      return parts.includes(undefined) ? undefined : parts.join('');
    }
    default:
      return undefined;
  }
}

const isPath = new RegExp(`^${PATH.replaceAll('\\x{', '\\u{')}$`, 'u');

/** Most expressions match a path that is easily found. */
function hasSimplePath(pattern: string): boolean {
  try {
    const sample = sampleOf(withoutAnchors(parseRegex(pattern, allowance())));
    return sample !== undefined && isPath.test(sample);
  } catch {
    return false;
  }
}

function findOut(pattern: string): WhyNoPath | undefined {
  if (hasSimplePath(pattern)) return undefined;
  if (!inspectRegex(pattern).accepted || matchesSomething(pattern, PATH) !== false) return undefined;
  if (matchesWithSlash(pattern)) return 'slash';
  return matchesSomething(pattern, `${PATH}[?].*`) === true ? 'query' : 'other';
}
