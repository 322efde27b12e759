import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { Command } from '@oclif/core';
import ts from 'typescript';

import { readManifest } from '../../scripts/build/manifest.js';
import { packageRoot } from '../../scripts/build/package.js';
import { sources } from './graph.js';

/** A command line of osm-ts in a sentence of the sources: it ends where the sentence goes on. */
const commandLine = /\bosm-ts ([a-z][\w-]*(?: [a-z][\w-]*)*)([^;:,()<>"\n]*)/g;
const flag = /(?<![\w-])(--[a-z][\w-]*|-[A-Za-z](?![\w-]))/g;

/** What the sources say, a text a literal; what they put into templates is `…`. */
function texts(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(packageRoot + path, 'utf8'), ts.ScriptTarget.ESNext, false);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node))
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('what the sources say to type', () => {
  let commands: Readonly<Record<string, Command.Cached>>;

  before(async () => {
    ({ commands } = await readManifest());
  });

  const withAliases = (): Map<string, Command.Cached> =>
    new Map(Object.values(commands).flatMap((command) => [command.id, ...command.aliases].map((id) => [id, command])));

  it('is a command that is there, with flags that it has', () => {
    const known = withAliases();
    const topics = new Set([...known.keys()].map((id) => id.split(':')[0]!));
    let checked = 0;
    for (const path of [...sources('src/lib'), ...sources('src/commands')]) {
      for (const text of texts(path)) {
        for (const [line, words = '', rest = ''] of text.matchAll(commandLine)) {
          const named = words.trim().split(' ');
          // Otherwise it is prose: what osm-ts does.
          if (!topics.has(named[0]!)) continue;
          const command = named
            .map((_, index) => known.get(named.slice(0, named.length - index).join(':')))
            .find(Boolean);
          assert.ok(command, `${path}: ${line}`);
          const has = new Set(Object.values(command.flags).flatMap(({ name, char }) => [`--${name}`, `-${char}`]));
          for (const [word] of rest.matchAll(flag))
            assert.ok(has.has(word.replace(/^--no-/, '--')) || has.has(word), `${path}: ${line}`);
          checked++;
        }
      }
    }
    assert.ok(checked > 40, String(checked));
  });
});
