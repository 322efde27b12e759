import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { packageRoot } from '../../../scripts/build/package.js';
import { scaffold, scaffoldedFiles } from '../../../scripts/scaffold-rule.js';

describe('npm run new-rule', () => {
  const before = new Map(scaffoldedFiles.map((path) => [path, readFileSync(packageRoot + path, 'utf8')]));
  const added = scaffold('a-new-rule', 'OSM-E999', before);

  it('adds a rule in every place that knows the rules', () => {
    assert.deepEqual([...added.keys()].sort(), [
      'docs/rules/OSM-E999.md',
      'src/lib/analysis/lint/rules/a-new-rule.ts',
      'src/lib/analysis/lint/rules/index.ts',
      'src/lib/wording/findings.ts',
      'src/lib/wording/rules.ts',
    ]);
    assert.match(added.get('docs/rules/OSM-E999.md')!, /^# OSM-E999 a-new-rule\n/);
    const index = added.get('src/lib/analysis/lint/rules/index.ts')!;
    assert.match(index, /^import \{ aNewRule \} from '\.\/a-new-rule\.js';$/m);
    assert.match(index, /export const policyRules = \[\n {2}aNewRule,\n/);
    assert.match(added.get('src/lib/wording/findings.ts')!, /case 'a-new-rule':\n {6}return '/);
  });

  it('what it adds is TypeScript, and takes nothing away', () => {
    for (const [path, text] of added) {
      if (!path.endsWith('.ts')) continue;
      const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
      assert.deepEqual(diagnostics, [], path);
      const left = new Set(text.split('\n'));
      for (const line of before.get(path)?.split('\n') ?? []) assert.ok(left.has(line), `${path}: ${line}`);
    }
  });
});
