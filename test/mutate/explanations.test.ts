import assert from 'node:assert/strict';

import { parseExplanations } from '../../scripts/mutate/explanations.js';
import { chosenBy, random } from '../../scripts/mutate/sample.js';

const TEXT = `# Mutants that no test can notice

How to read this.

## src/a.ts

The reason,
in two lines.

\`\`\`diff
@@ one
- if (a)
+ if (true)
@@ two
- b();
\`\`\`

\`\`\`diff
@@ three
-
+ c
\`\`\`

Another reason.

\`\`\`diff
@@ top level
- d
\`\`\`

## src/b.ts

Another reason.

\`\`\`diff
@@ one
- e
\`\`\`
`;

describe('explanations of mutants', () => {
  it('are read with file, function, diff and reason', () => {
    const reason = 'The reason, in two lines.';
    assert.deepEqual(parseExplanations(TEXT), [
      { file: 'src/a.ts', reason, within: 'one', diff: ['- if (a)', '+ if (true)'], line: 11 },
      { file: 'src/a.ts', reason, within: 'two', diff: ['- b();'], line: 14 },
      { file: 'src/a.ts', reason, within: 'three', diff: ['-', '+ c'], line: 19 },
      { file: 'src/a.ts', reason: 'Another reason.', within: 'top level', diff: ['- d'], line: 27 },
      { file: 'src/b.ts', reason: 'Another reason.', within: 'one', diff: ['- e'], line: 36 },
    ]);
  });

  const refused: readonly [text: string, message: RegExp][] = [
    ['```diff\n', /^test\/mutants\.md:1: a heading/],
    ['## a.ts\n```diff\n', /:2: the reason comes before/],
    ['## a.ts\nWhy.\n```diff\n- a\n', /:4: a mutant begins with "@@/],
    ['## a.ts\nWhy.\n```diff\n@@ f\na\n', /:5: a line of a mutant begins with - or \+/],
    ['## a.ts\nWhy.\n```diff\n@@ f\n- a', /the last code block has no end/],
  ];
  for (const [text, message] of refused) {
    it(`refused: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseExplanations(text),
        (error: Error) => message.test(error.message),
      );
    });
  }
});

describe('samples of mutants', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);

  it('are the same for the same seed, in the order of the mutants', () => {
    const sample = chosenBy(random(1), items, 10);
    assert.deepEqual(sample, chosenBy(random(1), items, 10));
    assert.notDeepEqual(sample, chosenBy(random(2), items, 10));
    assert.equal(new Set(sample).size, 10);
    assert.deepEqual(
      sample,
      [...sample].sort((one, other) => one - other),
    );
    assert.deepEqual(chosenBy(random(1), items, 100), items);
  });

  it('leave nothing out for good', () => {
    const seen = new Set(Array.from({ length: 100 }, (_, seed) => chosenBy(random(seed), items, 5)).flat());
    assert.equal(seen.size, items.length);
  });
});
