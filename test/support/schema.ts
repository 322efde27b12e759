import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';

import { packageRoot } from '../../scripts/build/package.js';

/** Checks a document against a file of `schemas/`. */
export function assertFits(document: unknown, schema: string): void {
  const text = readFileSync(join(packageRoot, 'schemas', `${schema}.json`), 'utf8');
  const { valid, errors } = new Validator(JSON.parse(text) as Schema, '2020-12', false).validate(document);
  assert.ok(valid, JSON.stringify(errors, null, 2));
}
