import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';

import { interruptible } from '../../src/lib/command/interruptible.js';
import type { RunOptions } from '../support/run-cli.js';
import { runFake as run } from '../support/run-fake.js';

async function parsed(args: string[], options?: RunOptions): Promise<{ args: object; flags: Record<string, unknown> }> {
  const { stdout, stderr } = await run(args, options);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as { args: object; flags: Record<string, unknown> };
}

describe('the base of all commands', () => {
  it('takes what stands behind -- as it is', async () => {
    const curl = ['curl', '-s', '-H', 'a', '-H', 'b', '--', '-h', '--help', '--url=x', '--no-color=false', 'http://a'];
    const { stdout } = await run(['pass', '--url', 'u', '--', ...curl]);
    assert.deepEqual(JSON.parse(stdout), { flags: { url: 'u', named: {} }, after: curl });
    assert.equal((JSON.parse((await run(['pass'])).stdout) as { after: unknown }).after, null);
    assert.deepEqual((JSON.parse((await run(['pass', '--'])).stdout) as { after: unknown }).after, []);
  });

  it('lets other commands have arguments behind --', async () => {
    assert.deepEqual((await parsed(['thing', 'add', '--', '-x'])).args, { name: '-x' });
  });

  it('reads --flag=true and --flag=false', async () => {
    const { flags } = await parsed(['thing', 'add', 'x', '--recursive=true', '--all-namespaces=false']);
    assert.equal(flags['recursive'], true);
    assert.equal(flags['all-namespaces'], undefined);
    assert.equal((await run(['thing', 'add', 'x', '--output=true'])).code, 2);
  });

  it('lets -f take one value, so that an argument may follow', async () => {
    const { args, flags } = await parsed(['thing', 'add', '-f', 'a', '-f', 'b', 'x']);
    assert.deepEqual(args, { name: 'x' });
    assert.deepEqual(flags['filename'], ['a', 'b']);
  });

  it('knows the namespace of the control plane from flag, environment or habit', async () => {
    const namespace = async (args: string[], env: Record<string, string>) =>
      (await parsed(['thing', 'add', 'x', ...args], { env })).flags['osm-namespace'];
    assert.equal(await namespace([], {}), 'osm-system');
    assert.equal(await namespace([], { OSM_NAMESPACE: 'mine' }), 'mine');
    assert.equal(await namespace(['--osm-namespace', 'given'], { OSM_NAMESPACE: 'mine' }), 'given');
  });

  it('takes global flags before the command too', async () => {
    const { flags } = await parsed(['-n', 'web', '--context=c', '--no-color', 'thing', 'add', 'x', '-R']);
    assert.deepEqual([flags['namespace'], flags['context'], flags['no-color']], ['web', 'c', true]);
  });

  it('takes flags between the words of its name', async () => {
    for (const words of [
      ['thing', '-n', 'web', '-R', 'add', 'x'],
      ['thing', '-nweb', '--recursive', 'add', 'x'],
      ['--namespace=web', '-R', 'thing', 'add', 'x'],
      ['-R', 'thing', '-n', 'web', 'add', 'x'],
    ]) {
      const { args, flags } = await parsed(words);
      assert.deepEqual([args, flags['namespace'], flags['recursive']], [{ name: 'x' }, 'web', true], words.join(' '));
    }
    const { stderr } = await run(['thing', '-R', 'nothing']);
    assert.match(stderr, /^error: osm-ts thing needs a command before -R\n/);
  });

  it('leaves standard input alone when an argument is missing', async () => {
    const { code, stderr } = await run(['thing', 'add']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: missing argument: NAME\n/);
  });

  it('prints the answer on standard output and the rest on standard error', async () => {
    assert.deepEqual(await run(['tell']), {
      stdout: 'green\n',
      stderr: 'note: something\nwarning: careful\n',
      code: 0,
      signal: null,
    });
  });

  it('lets any number of requests wait for an interruption, without a warning of Node.js', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    await interruptible(async (signal) => {
      for (let count = 0; count < 20; count++) signal.addEventListener('abort', () => count);
      await turn();
    });
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('ends with the code that the command says, after all output', async () => {
    const { code, stdout } = await run(['code', '4']);
    assert.equal(code, 4);
    assert.equal(stdout.length, 200_001);
  });

  it('colours where FORCE_COLOR says so, and never against NO_COLOR or --no-color', async () => {
    const green = '\u001B[32mgreen\u001B[39m\n';
    const colored = async (env: Record<string, string>, ...args: string[]) =>
      (await run(['tell', ...args], { env })).stdout === green;
    assert.equal(await colored({ FORCE_COLOR: '1' }), true);
    assert.equal(await colored({ FORCE_COLOR: '1', NO_COLOR: '1' }), false);
    assert.equal(await colored({ FORCE_COLOR: '1' }, '--no-color'), false);
    assert.equal(await colored({ FORCE_COLOR: '0' }), false);
    assert.equal(await colored({}), false);
  });
});
