import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Compares text with a golden file. `UPDATE_GOLDEN=1 npm test` writes the files instead.
 * @param file relative to `base`, which is the `import.meta.url` of the test
 */
export function matchGolden(actual: string, file: string, base: string): void {
  const path = fileURLToPath(new URL(file, base));
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.ok(existsSync(path), `${file} is missing: UPDATE_GOLDEN=1 npm test writes it`);
  assert.equal(actual, readFileSync(path, 'utf8'));
}
