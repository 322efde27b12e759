import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Interfaces } from '@oclif/core';

/** The folder that holds package.json. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** package.json */
export function readPackageJson(): Interfaces.PJSON {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as Interfaces.PJSON;
}
