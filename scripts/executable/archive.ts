/** `npm run archive -- PLATFORM`: osm-ts-VERSION-PLATFORM.tar.gz with the executable that is in dist/executable, and the licenses. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { packageRoot, readPackageJson } from '../build/package.js';

const [platform] = process.argv.slice(2);
if (platform === undefined) throw new Error('usage: npm run archive -- PLATFORM, such as linux-amd64');
const built = join(packageRoot, 'dist', 'executable');
const node = dirname(dirname(process.execPath));
const licenses = [join(packageRoot, 'LICENSE'), join(packageRoot, 'dist', 'bundle', 'THIRD-PARTY-LICENSES.txt')];
// Node.js is in the executable; where it was unpacked, its license is beside it.
const ofNode = [join(node, 'LICENSE'), join(dirname(process.execPath), 'LICENSE')].find((file) => existsSync(file));
const folder = mkdtempSync(join(tmpdir(), 'osm-ts-archive-'));
try {
  for (const name of readdirSync(built)) copyFileSync(join(built, name), join(folder, name));
  for (const file of licenses) copyFileSync(file, join(folder, basename(file)));
  if (ofNode !== undefined) copyFileSync(ofNode, join(folder, 'NODE-LICENSE'));
  const archive = `osm-ts-${readPackageJson().version}-${platform}.tar.gz`;
  execFileSync('tar', ['-czf', archive, '-C', folder, ...readdirSync(folder)], { cwd: packageRoot, stdio: 'inherit' });
  console.log(archive);
} finally {
  rmSync(folder, { recursive: true });
}
