import { FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml';
import { SyntaxProblem } from '../errors.js';
import { expandAliases, type AliasBudget } from './aliases.js';
import { explainCollectionKey, explainYamlFault } from './explain.js';
import type { RepeatedKey } from '../positions.js';
import { yamlPositions } from './positions.js';
import { kubectlSchema, type YamlOptions } from './types.js';

export interface LoadLimits {
  readonly maxDepth: number;
  readonly aliases: AliasBudget;
  /** Every scalar is text, as it is written: `1.0` is that, and so is `true`. */
  readonly isTextOnly?: boolean;
  /** Told of each key that is in a map once more: the last one counts, as for kubectl. */
  readonly onRepeatedKey?: (key: RepeatedKey) => void;
}

/**
 * Reads one YAML document as kubectl does (see `types.ts`): plain data in which no two fields share one object.
 *
 * @throws SyntaxProblem with the offset in `text`: not YAML, too deep, or aliases that expand without end
 */
export function loadYaml(text: string, limits: LoadLimits): unknown {
  let value: unknown;
  try {
    value = loadOnce(text, limits);
  } catch (error) {
    if (error instanceof YAMLException) throw explainYamlFault(error, text, limits.maxDepth);
    // js-yaml gives up in its own way on a few contrived inputs (a stack that is too small, an array as a key).
    throw new SyntaxProblem(`this cannot be read as YAML (${(error as Error).message})`, 0);
  }
  refuseCollectionKeys(text, limits.maxDepth);
  if (text.includes('*') && text.includes('&')) return expandAliases(value, limits.aliases, limits.maxDepth, text);
  return value;
}

/** Only js-yaml's error tells that a key repeats, and costs nothing where none does. */
function loadOnce(text: string, { maxDepth, isTextOnly = false, onRepeatedKey }: LoadLimits): unknown {
  const options: YamlOptions = { schema: isTextOnly ? FAILSAFE_SCHEMA : kubectlSchema, maxDepth };
  try {
    return load(text, options);
  } catch (error) {
    if (!(error instanceof YAMLException) || !error.message.startsWith('duplicated mapping key')) throw error;
  }
  const value = load(text, { ...options, json: true });
  if (onRepeatedKey) yamlPositions(text, maxDepth).repeated.forEach(onRepeatedKey);
  return value;
}

/** Where a list or a map may be a key: `{{ … }}`, `[a]: b`, `*a : b`, `? - a`. Few documents have such a place. */
const collectionKey = /[\]}][ \t]*:|\{[\s{[]*[[{]|\*[^\s*,[\]{}]+[ \t]+:|(?:^|[\s[{,])\?\s/;

/** js-yaml makes text of such a key, `[object Object]`; kubectl refuses it. */
function refuseCollectionKeys(text: string, maxDepth: number): void {
  if (!collectionKey.test(text)) return;
  const found = yamlPositions(text, maxDepth).collectionKey;
  if (found !== undefined) throw explainCollectionKey(text, found);
}
