import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';

import { splitShellWords } from '../../src/lib/simulator/request/index.js';
import { assertGolden } from '../support/golden.js';
import { runCli } from '../support/run-cli.js';

/**
 * A folder here is a case that somebody met: `command`, the words behind `osm-ts` as typed in that folder; the files that they
 * name, and `stdin` where there is something to read; `stdout`, `stderr` and `exit` as they have to be. `why` says what was
 * wrong.
 */
const here = import.meta.dirname;
const cases = readdirSync(here).filter((name) => statSync(join(here, name)).isDirectory());

describe('reports', () => {
  for (const name of cases) {
    it(name, async () => {
      const cwd = join(here, name);
      const files = readdirSync(cwd);
      const text = (file: string): string => (files.includes(file) ? readFileSync(join(cwd, file), 'utf8') : '');
      assert.ok(text('why').length > 0, 'a case says why it is there');
      const run = await runCli(splitShellWords(text('command').trim()), { cwd, stdin: text('stdin') });
      assertGolden(join(cwd, 'stdout'), run.stdout);
      assertGolden(join(cwd, 'stderr'), run.stderr);
      assertGolden(join(cwd, 'exit'), `${run.code}\n`);
    });
  }
});
