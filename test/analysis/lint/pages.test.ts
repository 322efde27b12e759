import assert from 'node:assert/strict';
import { ruleBy, rules } from '../../../src/lib/analysis/lint/rules/index.js';
import { ruleSummary } from '../../../src/lib/wording/rules.js';
import { pageFiles, pageOf, reviewText } from './pages.js';

/** Codes that are found, each once. */
function codesIn(text: string): string[] {
  return [...new Set(reviewText(text).findings.map(({ rule }) => ruleBy.get(rule)!.code))].sort();
}

describe('pages of the rules', () => {
  it('there is one for each', () => {
    assert.deepEqual(pageFiles.sort(), rules.map(({ code }) => `${code}.md`).sort());
  });

  for (const file of pageFiles) {
    const page = pageOf(file);
    const rule = ruleBy.get(page.code)!;
    it(`${file} says what the rule is`, () => {
      const { code, name, summary, level } = page;
      assert.deepEqual(
        { file: `${code}.md`, name, summary, level },
        { file, name: rule.name, summary: ruleSummary(rule.name), level: rule.level },
      );
    });
    if (rule.name === 'unread') continue;
    it(`${file}: the bad example has this fault, and no other that the page does not name`, () => {
      assert.deepEqual(codesIn(page.bad!), [page.code, ...page.also].sort());
    });
    it(`${file}: the good example has no fault`, () => assert.deepEqual(codesIn(page.good!), []));
  }
});
