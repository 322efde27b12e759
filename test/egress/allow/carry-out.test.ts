import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carryOut, type CarryOutOptions } from '../../../src/lib/egress/allow/carry-out.js';
import { exitCodeOf, planTargets, type AllowAnswer, type AllowRequest } from '../../../src/lib/egress/allow/index.js';
import { UsageError } from '../../../src/lib/errors.js';
import { usualNames } from '../../../src/lib/input/mesh-names.js';
import { silent } from '../../../src/lib/reporter.js';
import { EditRefusedError } from '../../../src/lib/resources/edit/index.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { packageRoot } from '../../support/run-cli.js';
import { fakeCluster } from '../fake-cluster.js';

/** A copy of an example that a test may write to. */
function example(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-allow-'));
  cpSync(join(packageRoot, 'examples', name), folder, { recursive: true });
  return folder;
}

const plan = (folder: string, words: readonly string[], options: Partial<AllowRequest> = {}) =>
  planTargets(
    {
      targets: { targets: words.map((word) => parseTarget(word)) },
      clients: [{ kind: 'ServiceAccount', namespace: 'curl', name: 'curl' }],
      filenames: [folder],
      recursive: false,
      live: false,
      dns: false,
      exact: false,
      write: false,
      ...usualNames,
      ...options,
    },
    silent,
  );

/** Carries out, and tells what was done, in short. */
async function run(answer: AllowAnswer, options: Partial<CarryOutOptions> = {}) {
  const notes: string[] = [];
  let asked = 0;
  const no = () => {
    asked++;
    return Promise.resolve(false);
  };
  const report = { ...silent, note: (text: string) => void notes.push(text) };
  const written = await carryOut(answer, { write: false, dryRun: 'none', confirm: no, ...options }, report);
  const done = written?.map(({ kind, object, change, file }) =>
    [kind.kind, object.metadata.name, change, file?.replace(/.*\//, '')].join(' '),
  );
  return { done, notes, asked };
}

const shown = ({ texts }: AllowAnswer) =>
  texts.map(({ name, before, isFile, changes, problem }) => [
    name.replace(/.*\//, ''),
    before === null ? 'new' : 'edited',
    isFile ? 'file' : 'object',
    changes.length,
    ...(problem ? [problem.message] : []),
  ]);

describe('egress allow: from targets to changes', () => {
  it('a host more is an edit of the file that holds the policy', async () => {
    const folder = example('https');
    const answer = await plan(folder, ['https://example.com/']);
    assert.equal(exitCodeOf(answer), 0);
    assert.deepEqual(shown(answer), [['egress.yaml', 'edited', 'file', 1]]);
    const { before, after } = answer.texts[0]!;
    assert.ok(before);
    assert.equal(before.toString(), readFileSync(join(folder, 'egress.yaml'), 'utf8'));
    assert.deepEqual(
      after
        .toString()
        .split('\n')
        .filter((line) => !before.toString().includes(line)),
      ['  - example.com'],
    );
  });

  it('several targets are planned one upon the other', async () => {
    const answer = await plan(example('https'), [
      'https://example.com/',
      'https://example.com/',
      'https://example.org/',
    ]);
    assert.deepEqual(
      answer.plans.map(({ result }) => result),
      ['change', 'nothing-to-do', 'change'],
    );
    assert.deepEqual(shown(answer), [['egress.yaml', 'edited', 'file', 1]]);
    assert.match(answer.texts[0]!.after.toString(), /example\.com\n.*example\.org\n/);
  });

  it('a new policy goes to a file of its own beside the others, or into the one that was named', async () => {
    const folder = example('http');
    const words = ['tcp://db.example.com:5432'];
    const found = await plan(folder, words, { name: 'db' });
    assert.deepEqual(shown(found), [['db.yaml', 'new', 'file', 1]]);
    assert.match(
      found.texts[0]!.after.toString(),
      /^apiVersion: .*\nkind: Egress\nmetadata:\n {2}name: db\n {2}namespace: curl\n/,
    );
    const file = join(folder, 'egress.yaml');
    const named = await plan(folder, words, { name: 'db', filenames: [join(folder, 'mesh.yaml'), file] });
    assert.deepEqual(shown(named), [['egress.yaml', 'edited', 'file', 1]]);
    assert.ok(named.texts[0]!.after.toString().startsWith(readFileSync(file, 'utf8')));
  });

  it('a file that cannot be edited in place is an error only if it is to be written', async () => {
    const folder = example('https');
    const file = join(folder, 'egress.yaml');
    const utf16 = Buffer.from(`\ufeff${readFileSync(file, 'utf8')}`, 'utf16le');
    writeFileSync(file, utf16);
    assert.deepEqual(shown(await plan(folder, ['https://example.com/'])), [
      ['httpbin-443', 'edited', 'object', 1, 'only files in UTF-8 are changed in place'],
    ]);
    await assert.rejects(plan(folder, ['https://example.com/'], { write: true }), EditRefusedError);
  });

  it('the exit code tells of the worst target', async () => {
    const folder = example('http');
    const [good, impossible, unknown] = [
      'http://httpbin.org/',
      'http://127.0.0.1:15001/',
      'curl --http1.0 http://httpbin.org/',
    ] as const;
    const code = async (...words: string[]) => exitCodeOf(await plan(folder, words));
    assert.equal(await code(good), 0);
    assert.equal(await code(good, impossible), 1);
    assert.equal(await code(impossible, good), 1);
    assert.equal(await code(unknown), 4);
    assert.equal(await code(good, unknown), 4);
    assert.equal(await code(unknown, impossible), 1);
  });

  it('the policy that is asked for must be there', async () => {
    const folder = example('https');
    const words = ['https://example.com/'];
    for (const policy of [{ name: 'httpbin-443' }, { namespace: 'curl', name: 'httpbin-443' }]) {
      assert.equal((await plan(folder, words, { policy })).changes.length, 1);
    }
    for (const [policy, named] of [
      [{ name: 'httpbin' }, 'httpbin'],
      [{ namespace: 'other', name: 'httpbin-443' }, 'other/httpbin-443'],
    ] as const) {
      await assert.rejects(plan(folder, words, { policy }), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.message, `there is no Egress policy ${named}`);
        return true;
      });
    }
  });

  it('objects that name no namespace are where -n says, also when they are edited', async () => {
    const folder = example('https');
    const file = join(folder, 'egress.yaml');
    const text = readFileSync(file, 'utf8').replace(/^ {2}namespace: curl\n/m, '');
    writeFileSync(file, text);
    const { texts } = await plan(folder, ['https://example.com/'], { namespace: 'curl' });
    assert.equal(texts[0]!.after.toString().replace(/.*example\.com\n/, ''), text);
  });
});

describe('egress allow: carrying out', () => {
  const words = ['https://example.com/'];

  it('without --write no file is touched', async () => {
    const folder = example('https');
    const before = readFileSync(join(folder, 'egress.yaml'), 'utf8');
    assert.deepEqual(await run(await plan(folder, words)), { done: [], notes: [], asked: 0 });
    assert.equal(readFileSync(join(folder, 'egress.yaml'), 'utf8'), before);
  });

  it('with it the files are as the plan showed them', async () => {
    const folder = example('https');
    const answer = await plan(folder, words, { write: true });
    const { done, asked } = await run(answer, { write: true });
    assert.deepEqual(done, ['Egress httpbin-443 configured egress.yaml']);
    assert.equal(asked, 0);
    assert.deepEqual(readFileSync(join(folder, 'egress.yaml')), answer.texts[0]!.after);
    const again = await plan(folder, words, { write: true });
    assert.deepEqual(await run(again, { write: true }), {
      done: ['Egress httpbin-443 unchanged egress.yaml'],
      notes: [],
      asked: 0,
    });
  });

  it('a dry run tells what it would do', async () => {
    const folder = example('https');
    const before = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const { done } = await run(await plan(folder, words), { write: true, dryRun: 'client' });
    assert.deepEqual(done, ['Egress httpbin-443 configured egress.yaml']);
    assert.deepEqual(
      readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
      before,
    );
  });

  it('nothing is written unless every target can be allowed', async () => {
    const folder = example('https');
    const before = readFileSync(join(folder, 'egress.yaml'), 'utf8');
    const answer = await plan(folder, [...words, 'https://127.0.0.1:8443/'], { write: true });
    const { done, notes } = await run(answer, { write: true });
    assert.deepEqual(done, []);
    assert.deepEqual(notes, ['nothing was changed, because not every target can be allowed']);
    assert.equal(readFileSync(join(folder, 'egress.yaml'), 'utf8'), before);
    const none = await run(await plan(folder, ['https://127.0.0.1:8443/'], { write: true }), { write: true });
    assert.deepEqual(none, { done: [], notes: [], asked: 0 });
  });

  it('a file that has gone meanwhile', async () => {
    const folder = example('https');
    const answer = await plan(folder, words, { write: true });
    rmSync(join(folder, 'egress.yaml'));
    await assert.rejects(run(answer, { write: true }), /is not there any more; nothing was written/);
    assert.deepEqual(readdirSync(folder), ['egress-test.yaml', 'mesh.yaml']);
  });

  /** The same plan, as if its objects had come from a cluster. */
  async function live() {
    const answer = await plan(example('https'), words);
    const fake = fakeCluster(answer.input.objects);
    return { fake, answer: { ...answer, input: { ...answer.input, manifests: undefined, cluster: fake.cluster } } };
  }

  it('a cluster is changed after a yes', async () => {
    const { fake, answer } = await live();
    assert.deepEqual(await run(answer), { done: undefined, notes: [], asked: 1 });
    assert.deepEqual(fake.calls, []);
    const { done } = await run(answer, { confirm: () => Promise.resolve(true) });
    assert.deepEqual(done, ['Egress httpbin-443 configured ']);
    assert.equal(fake.calls.length, 2);
  });

  it('or without a question with --yes, and on trial', async () => {
    const { fake, answer } = await live();
    assert.equal((await run(answer, { confirm: undefined })).asked, 0);
    assert.equal(fake.calls.length, 2);
    const trial = await live();
    assert.equal((await run(trial.answer, { dryRun: 'server' })).asked, 0);
    assert.equal(trial.fake.calls.length, 1);
    const local = await live();
    assert.equal((await run(local.answer, { dryRun: 'client' })).asked, 0);
    assert.deepEqual(local.fake.calls, []);
  });
});
