import { contains, type CodePointSet } from '../../simulator/envoy/re2/code-point-set.js';
import { parseRegex } from '../../simulator/envoy/re2/parse.js';
import { foldTree, type Node } from '../../simulator/envoy/re2/syntax-tree.js';
import { allowance } from '../../simulator/envoy/re2/work.js';
import { fullMatcher } from '../../simulator/envoy/re2.js';

const MAX_SAMPLES = 4;
const MAX_LENGTH = 200;
/** Characters that need no escape in a path or a header, the friendliest first. */
const FRIENDLY = 'ax0/-_.~AXbcdefghijklmnopqrstuvwyz123456789BCDEFGHIJKLMNOPQRSTUVWYZ:@!$&*+,;=';

/**
 * Texts that a regular expression matches in full, one for each of its alternatives; at most four.
 * @param pattern one that Envoy accepts; for any other there are no samples
 */
export function samplesOf(pattern: string): readonly string[] {
  const matches = fullMatcher(pattern);
  if (!matches) return [];
  const tree = parseRegex(pattern, allowance());
  return foldTree<readonly string[]>(tree, samplesOfNode).filter((sample) => matches(sample));
}

function samplesOfNode(node: Node, children: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = children;
  switch (node.kind) {
    case 'empty':
    case 'assertion':
      return [''];
    case 'nothing':
      return [];
    case 'literal':
      return [String.fromCodePoint(node.point)];
    case 'text':
      return [String.fromCodePoint(...node.points)];
    case 'class':
      return [memberOf(node.set)];
    case 'any':
    case 'byte':
      return ['a'];
    case 'group':
    case 'plus':
      return first;
    case 'star':
    case 'quest':
      return shortened(['', ...first]);
    case 'repeat':
      return shortened(first.map((sample) => sample.repeat(Math.min(node.min, MAX_LENGTH))));
    case 'choice':
      return shortened(children.flat());
    case 'sequence':
      return children.reduce(joined, ['']);
  }
}

/** Every sample of one side is used once; so the number grows with the longer list only. */
function joined(heads: readonly string[], tails: readonly string[]): readonly string[] {
  if (heads.length === 0 || tails.length === 0) return [];
  const count = Math.max(heads.length, tails.length);
  return shortened(
    Array.from({ length: count }, (_, index) => heads[index % heads.length]! + tails[index % tails.length]!),
  );
}

function shortened(samples: readonly string[]): readonly string[] {
  return [...new Set(samples)].filter((sample) => sample.length <= MAX_LENGTH).slice(0, MAX_SAMPLES);
}

function memberOf(set: CodePointSet): string {
  for (const character of FRIENDLY) if (contains(set, character.charCodeAt(0))) return character;
  return set.length > 0 ? String.fromCodePoint(set[0]!.lo) : '';
}
