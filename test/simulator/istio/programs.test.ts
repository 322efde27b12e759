import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { WORLDS } from './programs.js';
import { programOf, programText } from './worlds.js';

/**
 * Programs in full, which were read against docs/istio-egress.md and the specification line by line: what they send where, and from what
 * place of the objects it comes.
 */
const expected = JSON.parse(readFileSync(new URL('programs.json', import.meta.url), 'utf8')) as Record<string, object>;

describe('what istiod programs', () => {
  for (const [name, [objects, given]] of Object.entries(WORLDS)) {
    it(name, () => {
      assert.deepEqual(programText(programOf(objects, given)), expected[name]);
    });
  }
});
