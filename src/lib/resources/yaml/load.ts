import { load, YAMLException } from 'js-yaml';
import { SyntaxProblem } from '../errors.js';
import { expandAliases, type AliasBudget } from './aliases.js';
import { explainCollectionKey, explainYamlFault } from './explain.js';
import { yamlPositions } from './positions.js';
import { kubectlSchema, type YamlOptions } from './types.js';

export interface LoadLimits {
  readonly maxDepth: number;
  readonly aliases: AliasBudget;
  /** Of a key that is in a map twice the last counts, as where kubectl reads without `strict`; otherwise it is a fault. */
  readonly lastKeyCounts?: boolean;
}

/**
 * Reads one YAML document as kubectl does (see `types.ts`): plain data in which no two fields share one object.
 *
 * @throws SyntaxProblem with the offset in `text`: not YAML, a key twice in a map, too deep, or aliases that expand without end
 */
export function loadYaml(text: string, limits: LoadLimits): unknown {
  const options: YamlOptions = {
    schema: kubectlSchema,
    maxDepth: limits.maxDepth,
    json: limits.lastKeyCounts ?? false,
  };
  let value: unknown;
  try {
    value = load(text, options);
  } catch (error) {
    if (error instanceof YAMLException) throw explainYamlFault(error, text, limits.maxDepth);
    // js-yaml gives up in its own way on a few contrived inputs (a stack that is too small, an array as a key).
    throw new SyntaxProblem(`this cannot be read as YAML (${(error as Error).message})`, 0);
  }
  refuseCollectionKeys(text, limits.maxDepth);
  if (text.includes('*') && text.includes('&')) return expandAliases(value, limits.aliases, limits.maxDepth, text);
  return value;
}

/** Where a list or a map may be a key: `{{ … }}`, `[a]: b`, `? - a`. Few documents have such a place. */
const collectionKey = /[\]}][ \t]*:|\{[\s{[]*[[{]|(?:^|[\s[{,])\?\s/;

/** js-yaml makes text of such a key, `[object Object]`; kubectl refuses it. */
function refuseCollectionKeys(text: string, maxDepth: number): void {
  if (!collectionKey.test(text)) return;
  const found = yamlPositions(text, maxDepth).collectionKey;
  if (found !== undefined) throw explainCollectionKey(text, found);
}
