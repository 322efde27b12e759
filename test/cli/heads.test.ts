import assert from 'node:assert/strict';

import { Config } from '@oclif/core';

import { headsFor, packCommands, preparedOptions } from '../../src/lib/cli/prepared-plugin.js';
import { route } from '../../src/lib/cli/route.js';
import { readManifest } from '../../scripts/build/manifest.js';
import { packageRoot, readPackageJson } from '../../scripts/build/package.js';

/** What `route` makes of a command line, or the error's words. */
function outcome(argv: readonly string[], config: Config): unknown {
  try {
    return route(argv, config);
  } catch (error) {
    return String(error);
  }
}

describe('the commands that a start knows', () => {
  it('lead each command line to where all of them would', async () => {
    const { heads, details } = packCommands(Object.values((await readManifest()).commands));
    const configFor = (argv: readonly string[]): Promise<Config> =>
      Config.load(preparedOptions(argv, packageRoot, readPackageJson(), heads, () => details, {}));
    const whole = await configFor([]);
    assert.equal(whole.commandIDs.length > heads.length, true);
    const names = [...whole.commandIDs, ...whole.topics.map(({ name }) => name), 'nonsense', 'egress:lst', ''];
    const lines = names.flatMap((name) => {
      const words = name === '' ? [] : name.split(':');
      return [
        words,
        [name],
        [...words, 'a', '-x', 'list'],
        [...words, '--help'],
        ['-n', 'web', ...words],
        ['--mesh-name', 'osm', ...words],
        [...words.slice(0, 1), '--mesh-name', 'osm', ...words.slice(1)],
        [...words, '--', '--help'],
      ];
    });
    for (const line of lines)
      assert.deepEqual(outcome(line, await configFor(line)), outcome(line, whole), line.join(' '));
    assert.deepEqual(
      headsFor(['ns', 'add', 'a'], heads).map(({ id }) => id),
      ['namespace:add'],
    );
    for (const line of [['help', 'version'], ['__complete', ''], ['version', '-h'], ['nonsense']])
      assert.equal(headsFor(line, heads), heads, line.join(' '));
  });
});
