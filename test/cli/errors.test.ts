import assert from 'node:assert/strict';

import { runFake } from '../support/run-fake.js';

/** What a command line writes to standard error, and how it ends. Nothing goes to standard output. */
async function failure(...args: string[]): Promise<{ stderr: string; code: number | null }> {
  const { stdout, stderr, code } = await runFake(args);
  assert.equal(stdout, '');
  return { stderr, code };
}

describe('errors', () => {
  it('say what is wrong, where, and what to do next; each has its exit code', async () => {
    assert.deepEqual(await failure('fail', 'usage'), {
      stderr: 'error: the usage is wrong\n  hint: do it right\n',
      code: 2,
    });
    assert.deepEqual(await failure('fail', 'input'), {
      stderr: 'error: egress/x.yaml:12:7: no such field\n  hint: write spec.ports\n',
      code: 2,
    });
    assert.deepEqual(await failure('fail', 'cluster'), { stderr: 'error: refused\n  hint: start it\n', code: 3 });
    assert.deepEqual(await failure('fail', 'unknown'), {
      stderr: 'error: the address is not known\n  hint: give --resolve\n',
      code: 4,
    });
  });

  it('are all told when there are several; the highest code wins', async () => {
    const { stderr, code } = await failure('fail', 'several');
    assert.equal(stderr.match(/^error: /gm)?.length, 2);
    assert.equal(code, 4);
  });

  it('name the file that cannot be read, even when nobody foresaw it', async () => {
    assert.deepEqual(await failure('fail', 'file'), {
      stderr: 'error: /does/not/exist: no such file or directory\n',
      code: 2,
    });
  });

  it('show causes with --verbose', async () => {
    const { stderr } = await failure('fail', 'cluster', '--verbose');
    assert.match(stderr, /\n {2}caused by Error: connect\n$/);
  });

  it('of our own making ask for a report, with the version; --verbose adds the stack', async () => {
    for (const how of ['bug', 'string']) {
      const { stderr, code } = await failure('fail', how);
      assert.equal(code, 70);
      assert.match(
        stderr,
        /^error: bug in osm-ts: .*\(osm-ts 1\.2\.3, Node\.js [\d.]+, \w+-\w+\)\n {2}hint: please report/,
      );
      assert.doesNotMatch(stderr, /\n +at /);
    }
    const verbose = await failure('fail', 'bug', '--verbose');
    assert.match(verbose.stderr, /\n +at /);
  });

  it('of the command line end with 2, the right word and the usage', async () => {
    const cases: [args: string, expected: string][] = [
      [
        'thing add x --outptu json',
        'unknown flag --outptu\n  hint: did you mean --output?\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]',
      ],
      [
        'thing add x --hepl',
        'unknown flag --hepl\n  hint: did you mean --help?\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]',
      ],
      ['thing add x -q', 'unknown flag -q\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]'],
      ['thing add x --qqq --rrr', 'unknown flags --qqq, --rrr\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]'],
      ['thing add x -o jsn', '--output cannot be "jsn"\n  hint: did you mean json?\n  hint: use one of: text, json'],
      [
        'thing add x -o',
        '--output expects one of these values: text, json\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]',
      ],
      ['thing add x --context', '--context expects a value\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]'],
      [
        'thing add x --port 99999',
        '--port: Expected an integer less than or equal to 65535 but received: 99999\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]',
      ],
      [
        'thing add x -n a -n b',
        '--namespace can only be specified once\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]',
      ],
      ['thing add', 'missing argument: NAME\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]'],
      ['thing add x y z', 'unexpected argument: z\n  usage: osm-ts thing add NAME [OTHER] [FLAGS]'],
      [
        'ask tetx',
        'the argument cannot be "tetx"\n  hint: did you mean text?\n  hint: use one of: text, choice, confirm',
      ],
      [
        'thing ad',
        'unknown command "ad" for osm-ts thing\n  hint: did you mean osm-ts thing add?\n  hint: see osm-ts thing --help',
      ],
      ['thing nonsense', 'unknown command "nonsense" for osm-ts thing\n  hint: see osm-ts thing --help'],
      [
        'thign add',
        'unknown command "thign" for osm-ts\n  hint: did you mean osm-ts thing?\n  hint: see osm-ts --help',
      ],
      ['add x', 'unknown command "add" for osm-ts\n  hint: did you mean osm-ts thing add?\n  hint: see osm-ts --help'],
      ['thing --output json', 'osm-ts thing needs a command before --output\n  hint: see osm-ts thing --help'],
      ['-x', 'osm-ts needs a command before -x\n  hint: see osm-ts --help'],
      ['-n', 'osm-ts needs a command before -n\n  hint: see osm-ts --help'],
    ];
    for (const [args, expected] of cases) {
      assert.deepEqual(await failure(...args.split(' ')), { stderr: `error: ${expected}\n`, code: 2 }, args);
    }
  });

  it('are coloured where standard error is', async () => {
    const { stderr } = await runFake(['fail', 'usage'], { env: { FORCE_COLOR: '1' } });
    assert.equal(
      stderr,
      '\u001B[1m\u001B[31merror:\u001B[39m\u001B[22m the usage is wrong\n  \u001B[36mhint:\u001B[39m do it right\n',
    );
  });

  it('of a prompt without a terminal name the flag', async () => {
    assert.deepEqual(await failure('ask', 'confirm'), {
      stderr: 'error: --yes is missing, and there is no terminal to ask on\n  hint: give --yes\n',
      code: 2,
    });
  });
});
