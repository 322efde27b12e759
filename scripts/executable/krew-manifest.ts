/** `npm run krew-manifest -- FOLDER`: the manifest with which krew installs the archives of the folder as `kubectl osm_ts`. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { dump } from 'js-yaml';

import { readPackageJson } from '../build/package.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: npm run krew-manifest -- FOLDER');
const { version, description, homepage } = readPackageJson() as ReturnType<typeof readPackageJson> & {
  homepage: string;
};
const repository = homepage.replace(/#.*/, '');
const archives = readdirSync(folder).filter(
  (name) => name.startsWith(`osm-ts-${version}-`) && name.endsWith('.tar.gz'),
);
if (archives.length === 0) throw new Error(`${folder} has no archive of version ${version}`);

const platforms = archives.sort().map((name) => {
  const [os, arch] = name.slice(`osm-ts-${version}-`.length, -'.tar.gz'.length).split('-') as [string, string];
  const from = os === 'windows' ? 'osm-ts.exe' : 'osm-ts';
  return {
    selector: { matchLabels: { os, arch } },
    uri: `${repository}/releases/download/v${version}/${name}`,
    sha256: createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
    // krew links the file as kubectl-osm_ts, from which the program takes its name in help and usage.
    bin: from,
    files: [from, 'LICENSE', 'THIRD-PARTY-LICENSES.txt'].map((file) => ({ from: file, to: '.' })),
  };
});

process.stdout.write(
  dump(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'osm-ts' },
      spec: {
        version: `v${version}`,
        homepage: repository,
        shortDescription: 'Explain and edit egress policies of Open Service Mesh',
        description: `${description}.`,
        caveats: 'Hints name the program osm-ts. For them to work as they are: alias osm-ts="kubectl osm_ts"',
        platforms,
      },
    },
    { lineWidth: -1 },
  ),
);
