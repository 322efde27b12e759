import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { packageRoot } from '../../../scripts/build/package.js';
import { rules } from '../../../src/lib/analysis/lint/rules/index.js';

describe('the rules of lint', () => {
  it('are the files of their folder, by name', () => {
    const files = readdirSync(`${packageRoot}src/lib/analysis/lint/rules`).filter((file) => file !== 'index.ts');
    assert.deepEqual(rules.map(({ name }) => `${name}.ts`).sort(), files.sort());
  });

  it('have codes without gaps, each for one rule', () => {
    const codes = rules.map(({ code }): string => code).sort();
    assert.deepEqual(
      codes,
      rules.map((_, index) => `OSM-E${String(index + 1).padStart(3, '0')}`),
    );
  });

  it('do not lead to a state and call it no fault', () => {
    const harmless = rules.filter(({ makes, level }) => makes === 'refused' && level !== 'error');
    assert.deepEqual(harmless, []);
  });
});
