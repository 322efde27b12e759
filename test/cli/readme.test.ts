import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { splitShellWords } from '../../src/lib/simulator/request/index.js';

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
const readme = read('README.md');
const blocks = [readme, read('docs/allow.md')].flatMap((text) => [
  ...text.matchAll(/```console\n\$ osm-ts (.*)\n([^]*?)```/g),
]);

describe('README.md and docs/allow.md show real output', () => {
  it('has examples', () => assert.ok(blocks.length >= 3));

  for (const [, words, output] of blocks) {
    it(words!, async () => {
      const run = await runWarm(splitShellWords(words!), { cwd: packageRoot });
      // as a terminal shows both: nothing is told before the answer
      assert.equal(run.stdout + run.stderr, output);
    });
  }

  it('names the two commands that set everything up', () => {
    assert.ok(
      readme.includes(
        'npm ci && ./bin/run.js egress explain --url http://httpbin.org:80/get --from curl/curl -f examples/http',
      ),
    );
    assert.ok(readme.includes('npm ci && npm test'));
  });
});
