import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Compares a text with the file that holds what it should be. `UPDATE_GOLDEN=1 npm test` writes the files anew: look at the
 * difference before you commit it.
 * @param file path of the golden file
 */
export function assertGolden(file: string, actual: string): void {
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: UPDATE_GOLDEN=1 npm test writes it`);
  assert.equal(actual, readFileSync(file, 'utf8'), `not as in ${file}: UPDATE_GOLDEN=1 npm test accepts it`);
}
