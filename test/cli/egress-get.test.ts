import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runOnTerminal, runWarm } from '../support/run-cli.js';

const cwd = packageRoot;
const policies = 'test/egress/fixtures';
const golden = (name: string) => fileURLToPath(new URL(`../egress/golden/${name}`, import.meta.url));
const get = (...words: string[]) => runWarm(['egress', 'get', ...words, '-f', policies], { cwd });

describe('egress get, from files', () => {
  for (const name of ['web', 'tls', 'clash-1', 'lost']) {
    it(`describes ${name} as recorded`, async () => {
      const { stdout, stderr, code } = await get(name);
      assert.deepEqual([stderr, code], ['', 0]);
      assertGolden(golden(`get-${name}.txt`), stdout);
    });
  }

  it('-o json and -o yaml print the object itself, as kubectl does', async () => {
    const [json, yaml] = [await get('web', '-o', 'json'), await get('web', '-o', 'yaml')];
    assertGolden(golden('get.yaml'), yaml.stdout);
    assert.deepEqual(load(yaml.stdout), JSON.parse(json.stdout));
  });

  it('-o name prints what every command takes for a name', async () => {
    const { stdout } = await get('web', '-o', 'name');
    assert.equal(stdout, 'egress.policy.openservicemesh.io/web\n');
    assert.equal((await get(stdout.trim(), '-o', 'name')).stdout, stdout);
    assert.equal((await get('egress/web', '-o', 'name')).stdout, stdout);
  });

  it('-o wide prints its line of the list', async () => {
    assertGolden(golden('get.wide'), (await get('tls', '-o', 'wide')).stdout);
  });

  it('is coloured on a terminal', async () => {
    const { stdout } = await runOnTerminal(['egress', 'get', 'clash-1', '-f', policies], { cwd });
    assert.match(stdout.replaceAll('\u001B', 'ESC'), /^ESC\[1mEgress curl\/clash-1ESC\[22m {2}ESC\[31mrefusedESC\[39m/);
  });

  const refused: [string[], RegExp][] = [
    [['wbe'], /there is no Egress wbe\n {2}hint: did you mean web\?/],
    [['nothing-like-it'], /there is no Egress nothing-like-it\n {2}hint: osm-ts egress list/],
    [['web', '-n', 'outside'], /there is no Egress outside\/web\n {2}hint: it is in namespace curl: -n curl/],
    [['curl/web'], /"curl\/web" cannot be the name of a policy\n {2}hint: write the namespace with -n: web -n curl/],
    [['Web'], /"Web" cannot be the name/],
    [[], /missing argument: NAME/],
  ];
  for (const [words, message] of refused) {
    it(`says what is wrong with: ${words.join(' ')}`, async () => {
      const { stdout, stderr, code } = await get(...words);
      assert.deepEqual([stdout, code], ['', 2]);
      assert.match(stderr, message);
    });
  }
});
