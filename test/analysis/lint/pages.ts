import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../../../scripts/build/package.js';
import { tar } from '../../support/archive.js';

const folder = `${packageRoot}docs/rules/`;

/** What one finds on a page under "Bad" or "Good". */
export interface Example {
  /** YAML */
  readonly manifests: string;
  /** Where the manifests are the objects of an archived cluster: its snapshot.json. */
  readonly snapshot: string | undefined;
}

/** What a page of docs/rules says. */
export interface Page {
  readonly code: string;
  readonly name: string;
  readonly summary: string;
  readonly level: string;
  readonly bad: Example;
  readonly good: Example;
  /** Other rules that find something in the bad example. */
  readonly also: readonly string[];
}

export const pageFiles = readdirSync(folder).filter((file) => file !== 'README.md');

export function pageOf(file: string): Page {
  const text = readFileSync(folder + file, 'utf8');
  const [, code = '', name = ''] = /^# (OSM-E\d{3}) ([a-z0-9-]+)\n/.exec(text) ?? [];
  const example = (title: string): Example => {
    const section = new RegExp(`\n## ${title}\n([^]*?)(?:\n## |$)`).exec(text)?.[1] ?? '';
    const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\`\n`).exec(section)?.[1];
    return {
      manifests: block('yaml') ?? assert.fail(`${file} has no manifests under ${title}`),
      snapshot: block('json'),
    };
  };
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

/** An example as a file that `-f` takes. */
export async function fileOf({ manifests, snapshot }: Example, folder: string): Promise<string> {
  if (snapshot === undefined) {
    writeFileSync(join(folder, 'example.yaml'), manifests);
    return 'example.yaml';
  }
  const parts = [
    { name: 'report/snapshot.json', text: snapshot },
    { name: 'report/objects/example.yaml', text: manifests },
  ];
  writeFileSync(join(folder, 'example.tar.gz'), gzipSync(await tar(parts)));
  return 'example.tar.gz';
}
