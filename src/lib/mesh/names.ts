import { UsageError } from '../errors.js';
import { isDnsLabel, isLabelValue } from '../text/dns-names.js';

/**
 * Names of namespaces as given on a command line: spaces around a name do not count, `namespace/x` (what `-o name` prints)
 * is `x`, and a name given twice counts once.
 * @throws UsageError for what cannot be the name of a namespace (RFC 1123 label), before anything is done
 */
export function parseNamespaceNames(words: readonly string[]): string[] {
  return [...new Set(words.map(parseNamespaceName))];
}

function parseNamespaceName(word: string): string {
  const name = word.trim().replace(/^(?:namespaces?|ns)\//, '');
  if (isDnsLabel(name)) return name;
  throw new UsageError(
    `${JSON.stringify(word)} cannot be the name of a namespace`,
    'use at most 63 lower-case letters, digits and -, with a letter or digit at both ends',
  );
}

/**
 * Checks the name of a mesh, which has to fit into a label's value.
 * @throws UsageError for an empty name and for what no label can carry
 */
export function parseMeshName(word: string): string {
  if (isLabelValue(word)) return word;
  throw new UsageError(
    `${JSON.stringify(word)} cannot be the name of a mesh`,
    'use at most 63 letters, digits, -, _ and ., with a letter or digit at both ends',
  );
}
