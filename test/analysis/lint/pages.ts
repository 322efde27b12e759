import { readdirSync, readFileSync } from 'node:fs';
import { packageRoot } from '../../../scripts/build/package.js';
import { review, type Review } from '../../../src/lib/analysis/lint/review.js';
import { readAll } from '../../../src/lib/analysis/unread.js';
import { parseManifests } from '../../../src/lib/resources/index.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const folder = `${packageRoot}docs/rules/`;

/** What a page of docs/rules says. */
export interface Page {
  readonly code: string;
  readonly name: string;
  readonly summary: string;
  readonly level: string;
  /** YAML; undefined on the page of a rule that no manifest can show. */
  readonly bad: string | undefined;
  readonly good: string | undefined;
  /** Other rules that find something in the bad example. */
  readonly also: readonly string[];
}

export const pageFiles = readdirSync(folder).filter((file) => file !== 'README.md');

export function pageOf(file: string): Page {
  const text = readFileSync(folder + file, 'utf8');
  const [, code = '', name = ''] = /^# (OSM-E\d{3}) ([a-z0-9-]+)\n/.exec(text) ?? [];
  const example = (title: string) => new RegExp(`\n## ${title}\n\n\`\`\`yaml\n([^]*?)\`\`\`\n`).exec(text)?.[1];
  return {
    code,
    name,
    summary: /^#.*\n\n(.*)\.\n/.exec(text)?.[1] ?? '',
    level: /\nLevel: (\w+)\n/.exec(text)?.[1] ?? '',
    bad: example('Bad'),
    good: example('Good'),
    also: /\nAlso found here: (.*)\.\n/.exec(text)?.[1]?.split(', ') ?? [],
  };
}

/** What all rules make of a text. */
export function reviewText(text: string, ignore: readonly string[] = []): Review {
  const manifests = parseManifests(text, 'page.yaml');
  const { objects, warnings } = manifests;
  return review(
    {
      world: createWorld(objects),
      objects,
      worldOptions: {},
      unread: readAll,
      warnings,
      texts: new Map([['page.yaml', text]]),
      locate: (object, path) => manifests.locate(object, path),
    },
    { concerns: () => true, ignore, quick: false },
  );
}
