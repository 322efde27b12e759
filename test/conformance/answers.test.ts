import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { asText, digestOf, questionsAbout } from './answers.js';
import { allRecorded } from './recorded-worlds.js';

/**
 * Whole answers about the recorded worlds, not only verdicts: reasons, objects, journeys, analyses. Each is kept as a digest, so that a change of
 * the sources shows which worlds it changes the answers to. `UPDATE_GOLDEN=1` takes them as they are; `ANSWERS=DIRECTORY` writes the
 * answers themselves, to be compared with those of another commit.
 */
const golden = new URL('answers.tsv', import.meta.url);
const kept = new Map(
  readFileSync(golden, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]),
);
const found = new Map<string, string>();
const { UPDATE_GOLDEN, ANSWERS } = process.env;

for (const [collection, worlds, hosts] of allRecorded()) {
  describe(`answers: ${collection}`, () => {
    for (const recorded of worlds) {
      it(recorded.name, () => {
        const answers = questionsAbout(recorded, hosts).map(({ name, answer }) => ({ name, text: asText(answer()) }));
        if (ANSWERS) write(join(ANSWERS, `${collection}-${recorded.name}`), answers);
        const digests = answers.map(({ text }) => digestOf(text));
        let key = `${collection} ${recorded.name}`;
        while (found.has(key)) key += ', again';
        found.set(key, digestOf(digests.join('')));
        if (!UPDATE_GOLDEN) assert.equal(found.get(key), kept.get(key), 'compare with ANSWERS=DIRECTORY');
      });
    }
  });
}

function write(file: string, answers: readonly { name: string; text: string }[]): void {
  writeFileSync(
    file,
    answers.map(({ name, text }) => `# ${name}\n${JSON.stringify(JSON.parse(text), null, 1)}\n`).join(''),
  );
}

after(() => {
  if (UPDATE_GOLDEN) writeFileSync(golden, [...found].map((entry) => `${entry.join('\t')}\n`).join(''));
});
