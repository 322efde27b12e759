import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { Validator } from '@cfworker/json-schema';
import type { Schema } from '@cfworker/json-schema';
import { load } from 'js-yaml';

/** Checks a document against a file of `schemas/`. */
export function assertFits(document: unknown, schema: 'namespace-list' | 'meshconfig' | 'change-summary'): void {
  const path = new URL(`../../../schemas/${schema}.json`, import.meta.url);
  const { valid, errors } = new Validator(JSON.parse(readFileSync(path, 'utf8')) as Schema, '2020-12').validate(
    document,
  );
  assert.ok(valid, JSON.stringify(errors, null, 2));
}

/** What a command printed as JSON or YAML, checked. */
export function parseChecked<T>(text: string, schema: Parameters<typeof assertFits>[1]): T {
  const document = load(text);
  assertFits(document, schema);
  return document as T;
}
