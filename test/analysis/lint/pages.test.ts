import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ruleBy, rules } from '../../../src/lib/analysis/lint/rules/index.js';
import { ruleSummary } from '../../../src/lib/wording/rules.js';
import { runWarm } from '../../support/run-cli.js';
import { fileOf, pageFiles, pageOf, type Example } from './pages.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-pages-'));

/** Codes that are found, each once. */
async function codesIn(example: Example): Promise<string[]> {
  const run = await runWarm(['egress', 'lint', '-f', await fileOf(example, scratch), '-o', 'json'], { cwd: scratch });
  const { findings } = JSON.parse(run.stdout || assert.fail(run.stderr)) as { findings: { code: string }[] };
  return [...new Set(findings.map(({ code }) => code))].sort();
}

describe('pages of the rules', function () {
  this.timeout(60_000);

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
    it(`${file}: the bad example has this fault, and no other that the page does not name`, async () => {
      assert.deepEqual(await codesIn(page.bad), [page.code, ...page.also].sort());
    });
    it(`${file}: the good example has no fault`, async () => assert.deepEqual(await codesIn(page.good), []));
  }
});
