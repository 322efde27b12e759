import { createRequire } from 'node:module';

import { Language, Parser } from 'web-tree-sitter';
import type { Node } from 'web-tree-sitter';

/**
 * What a grammar of PowerShell that nobody here wrote does not understand in a script.
 * @returns for each place its line and column, and the text from there or what is missing; none for a script that parses
 */
export async function powershellFaults(script: string): Promise<string[]> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  const tree = parser.parse(script);
  if (!tree) throw new Error('the script was not parsed');
  return faultsOf(tree.rootNode);
}

function faultsOf(node: Node): string[] {
  const { row, column } = node.startPosition;
  const at = `${row + 1}:${column + 1}`;
  if (node.isMissing) return [`${at} ${node.type} is missing`];
  if (node.isError) return [`${at} ${JSON.stringify(node.text.slice(0, 40))}`];
  return node.hasError ? node.children.flatMap((child) => (child ? faultsOf(child) : [])) : [];
}
