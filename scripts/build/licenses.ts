import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Metafile } from 'esbuild';

import { packageRoot } from './package.js';

/** The licences of all packages whose code is in the bundle: most ask to go along with copies. The same text stands once. */
export function licensesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const packagesOf = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { title, text } = licenseOf(folder);
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), title]);
  }
  return [...packagesOf].map(([text, titles]) => `${titles.join('\n')}\n\n${text}`).join('\n\n');
}

function licenseOf(folder: string): { title: string; text: string } {
  const path = join(packageRoot, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice)(\.|-|$)/i.test(file));
  const texts = files.map((file) => readFileSync(join(path, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { title: `==== ${name} ${version} (${license})`, text: texts.join('\n\n') };
}
