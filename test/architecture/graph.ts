import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';
import type { Metafile } from 'esbuild';

import { neededAtOnce } from '../../scripts/build/bundle.js';
import { packageRoot } from '../../scripts/build/package.js';

/** The TypeScript files below a folder of the package, as paths from the package's root. */
export function sources(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(packageRoot.length));
}

/** Who imports what among these files and what they lead to; packages are named, not followed. Type-only imports do not count. */
export async function imports(files: readonly string[]): Promise<Metafile['inputs']> {
  const { metafile } = await build({
    // one bundle, not one for each file: what is wanted is what esbuild reads, not what it writes
    stdin: {
      contents: files.map((file) => `import ${JSON.stringify(`./${file}`)};`).join(''),
      resolveDir: packageRoot,
    },
    absWorkingDir: packageRoot,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
  });
  delete metafile.inputs['<stdin>'];
  return metafile.inputs;
}

/**
 * Packages that are loaded when a file of the bundle is, directly or through the files that it needs at once.
 * @param output name in the metafile
 */
export function packagesLoadedBy(output: string, { outputs }: Metafile): Set<string> {
  const inputs = [...neededAtOnce(output, outputs)].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
  return new Set(inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
}
