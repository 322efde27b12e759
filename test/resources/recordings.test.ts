import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { parseManifests, serialize } from '../../src/lib/resources/index.js';

/** What the real control plane was given when the recordings were made is what this reader admits, unchanged. */
describe('recorded worlds', () => {
  for (const file of ['named.jsonl', 'generated.jsonl']) {
    it(`of ${file} are admitted as they are`, () => {
      const lines = readFileSync(new URL(`../conformance/${file}`, import.meta.url), 'utf8')
        .trimEnd()
        .split('\n');
      for (const line of lines) {
        const { name, resources } = JSON.parse(line) as { name: string; resources: object[] };
        if (resources.length === 0) continue;
        for (const text of [
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: resources }),
          serialize(resources),
        ]) {
          const manifests = parseManifests(text, name);
          assert.deepEqual(manifests.objects, resources, name);
          // One world has a TrafficTarget that no API server would take.
          const messages = manifests.warnings.map(({ message }) => message);
          if (messages.length > 0)
            assert.match(messages.join('\n'), /^TrafficTarget \S+: spec lacks the field "rules"[^\n]*$/);
          assert.equal(manifests.skipped.size, 0, name);
        }
      }
    });
  }
});
