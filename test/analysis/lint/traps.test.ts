import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, runWarm } from '../../support/run-cli.js';
import { pageFiles } from './pages.js';
import { trapExamples } from './trap-examples.js';

interface Trap {
  readonly section: string;
  /** Words of docs/egress-semantics.md. */
  readonly quote: string;
  /** Codes of the rules that find it; empty: no rule does. */
  readonly codes: readonly string[];
  /** Instead of rules. */
  readonly instead: 'refused' | 'no finding' | undefined;
}

const read = (name: string) => readFileSync(join(packageRoot, 'docs', name), 'utf8');
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

const traps = read('traps.md')
  .split('\n')
  .filter((line) => /^\| +\d/.test(line))
  .map((line): Trap => {
    const [, section = '', quote = '', found = ''] = line.split('|').map((cell) => cell.trim());
    const codes = found.startsWith('[') ? [...found.matchAll(/\[(OSM-E\d+)\]/g)].map(([, code]) => code!) : [];
    const instead =
      found === 'refused when it is read' ? 'refused' : found.startsWith('no finding: ') ? 'no finding' : undefined;
    return { section, quote, codes, instead };
  });

/** The paragraphs, list items and rows of tables of each section; headings of tables left out. */
function blocksOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  for (const part of text.split(/\n(?=##+ )/).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    const number = /^#+ ([\d.]*\d)\.? /.exec(heading)?.[1];
    if (number === undefined) continue;
    const body = lines.join('\n').replace(/^\|.*\n\| ---.*\n/gm, '');
    const blocks = body.split(/\n\n|\n(?=- |\d+\. |\|)/).map(oneLine);
    sections.set(
      number,
      blocks.filter((block) => block !== ''),
    );
  }
  return sections;
}

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-traps-'));

describe('the traps of the semantics page', () => {
  const sections = blocksOf(read('egress-semantics.md'));

  it('the table quotes the page, section by section, and leaves nothing of §0 to §5 out', () => {
    for (const { section, quote } of traps) {
      const blocks = sections.get(section) ?? assert.fail(`there is no §${section}`);
      assert.ok(
        blocks.some((block) => block.includes(quote)),
        `§${section} does not say: ${quote}`,
      );
    }
    assert.ok([...sections.values()].flat().length > 40);
    for (const [section, blocks] of sections) {
      const quotes = traps.filter((trap) => trap.section === section).map(({ quote }) => quote);
      const missing = blocks.filter((block) => !quotes.some((quote) => block.includes(quote)));
      assert.deepEqual(section === '6' ? [] : missing, [], `§${section}`);
      assert.ok(quotes.length > 0 || blocks.length === 0, `§${section}`);
    }
  });

  it('every row names rules that there are, or says why there is none', () => {
    for (const { quote, codes, instead } of traps) {
      assert.ok(codes.length > 0 || instead, quote);
      for (const code of codes) assert.ok(pageFiles.includes(`${code}.md`), code);
    }
  });

  it('every example belongs to a row, and every row that something finds has one', () => {
    const found = traps.filter(({ instead }) => instead !== 'no finding').map(({ quote }) => quote);
    assert.deepEqual(Object.keys(trapExamples).sort(), [...found].sort());
  });

  for (const { section, quote, codes, instead } of traps.filter((trap) => trap.instead !== 'no finding')) {
    it(`§${section} ${quote}: ${instead === 'refused' ? 'refused when it is read' : codes.join(', ')}`, async () => {
      const seen = new Set<string>();
      for (const [index, items] of (trapExamples[quote] ?? []).entries()) {
        writeFileSync(join(scratch, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
        const run = await runWarm(['egress', 'lint', '-f', 'objects.json', '-o', 'json'], { cwd: scratch });
        if (instead === 'refused') {
          assert.equal(run.code, 2, `example ${index}: ${run.stdout}`);
          assert.match(run.stderr, /^error: objects\.json:\d+:\d+: /);
          continue;
        }
        const { findings } = JSON.parse(run.stdout || assert.fail(`example ${index}: ${run.stderr}`)) as {
          findings: { code: string }[];
        };
        const told = findings.map(({ code }) => code);
        assert.ok(
          codes.some((code) => told.includes(code)),
          `example ${index} shows ${told.join() || 'nothing'}`,
        );
        for (const code of told) seen.add(code);
      }
      assert.deepEqual(
        codes.filter((code) => !seen.has(code)),
        [],
      );
    });
  }
});
