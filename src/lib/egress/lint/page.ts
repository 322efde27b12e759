import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRule } from './index.js';

/**
 * The page of a rule, in Markdown.
 * @param rule a code or a name
 * @param root folder of the installed package
 * @throws UsageError for a rule that is none
 */
export async function rulePage(rule: string, root: string): Promise<string> {
  const { code } = requireRule(rule);
  const { getAsset, isSea } = await import('node:sea');
  // The single executable has no folder; the pages are inside.
  const name = `docs/rules/${code}.md`;
  return (isSea() ? getAsset(name, 'utf8') : await readFile(join(root, name), 'utf8')).trimEnd();
}
