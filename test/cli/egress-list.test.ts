import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Validator, type Schema } from '@cfworker/json-schema';
import { load } from 'js-yaml';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runOnTerminal, runWarm } from '../support/run-cli.js';

const cwd = packageRoot;
const policies = 'test/egress/fixtures';
const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-list-'));

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

const golden = (name: string) => fileURLToPath(new URL(`../egress/golden/${name}`, import.meta.url));
const list = (...words: string[]) => runWarm(['egress', 'list', ...words], { cwd });

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/egress-policy-list.json', import.meta.url), 'utf8'),
) as Schema;

function assertFits(document: unknown): void {
  const { valid, errors } = new Validator(schema, '2020-12').validate(document);
  assert.ok(valid, JSON.stringify(errors, null, 2));
}

describe('egress list, from files', () => {
  for (const format of ['text', 'wide', 'json', 'yaml', 'name']) {
    it(`prints -o ${format} as recorded`, async () => {
      const { stdout, stderr, code } = await list('-f', policies, '-o', format);
      assert.equal(code, 0);
      assertGolden(golden(`list.${format}`), stdout);
      const note = 'note: 3 policies do not do all that they say: -o wide, or osm-ts egress get NAME, tells why\n';
      assert.equal(stderr, format === 'text' ? note : '');
    });
  }

  it('JSON and YAML say the same, and fit the schema', async () => {
    const [json, yaml] = [await list('-f', policies, '-o', 'json'), await list('-f', policies, '-o', 'yaml')];
    const document: unknown = JSON.parse(json.stdout);
    assertFits(document);
    assert.deepEqual(load(yaml.stdout), document);
  });

  it('-n shows one namespace, without its column, and takes it for objects that name none', async () => {
    const { stdout } = await list('-f', policies, '-n', 'outside');
    assert.match(stdout, /^NAME +SOURCES +HOSTS +PORTS +STATE\nlost +curl\/curl +- +3306\/tcp +ignored\n$/);
    const nameless = file(
      'nameless.yaml',
      readFileSync(join(cwd, policies, 'policies.yaml'), 'utf8').replaceAll(/^ {2}namespace: curl\n/gm, ''),
    );
    assert.match((await list('-f', nameless, '-n', 'curl')).stdout, /^web +curl\/curl/m);
  });

  it('-A is what files are listed with anyway', async () => {
    assert.equal((await list('-f', policies, '-A')).stdout, (await list('-f', policies)).stdout);
  });

  it('no policies: nothing on standard output, and a note', async () => {
    const none = file('none.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n');
    assert.deepEqual(await list('-f', none), {
      stdout: '',
      stderr: 'note: there are no Egress policies\n',
      code: 0,
      signal: null,
    });
    const empty = JSON.parse((await list('-f', none, '-o', 'json')).stdout) as { items: unknown[] };
    assertFits(empty);
    assert.deepEqual(empty.items, []);
  });

  it('in a pipe long lists are whole; on a terminal they are shortened and coloured', async () => {
    assert.match((await list('-f', policies)).stdout, / a\.com,\*\.b\.com,c\.com,d\.com,e\.com /);
    const run = await runOnTerminal(['egress', 'list', '-f', policies], { cwd, columns: 200 });
    const stdout = run.stdout.replaceAll('\u001B', 'ESC');
    assert.match(stdout, / a\.com, \*\.b\.com, c\.com, \+2 /);
    assert.match(stdout, /ESC\[31mrefusedESC\[39m/);
    assert.match(stdout, /ESC\[32mactiveESC\[39m/);
    const plain = await runOnTerminal(['egress', 'list', '-f', policies], { cwd, env: { NO_COLOR: '1' } });
    assert.ok(!plain.stdout.includes('\u001B'));
  });

  it('standard input', async () => {
    const { runCli } = await import('../support/run-cli.js');
    const stdin = readFileSync(join(cwd, policies, 'policies.yaml'), 'utf8');
    const { stdout, code } = await runCli(['egress', 'list', '-f', '-', '-o', 'name', '-n', 'outside'], { cwd, stdin });
    assert.deepEqual([stdout, code], ['egress.policy.openservicemesh.io/lost\n', 0]);
  });

  it('bad usage', async () => {
    const cases: [string[], RegExp][] = [
      [['-f', policies, '-l', 'a=b'], /cannot also be provided when using --selector/],
      [
        ['-A', '-n', 'curl'],
        /--namespace=curl cannot also be provided when using --all-namespaces|cannot also be provided/,
      ],
      [['-f', 'no/such/file'], /no\/such\/file/],
      [['-o', 'jsn'], /did you mean json/],
      [['x'], /unexpected argument/],
    ];
    for (const [words, message] of cases) {
      const { stdout, stderr, code } = await list(...words);
      assert.deepEqual([stdout, code], ['', 2], words.join(' '));
      assert.match(stderr, message);
    }
  });

  it('objects that the API server would keep and that mean nothing', async () => {
    const odd = file(
      'odd.yaml',
      'apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata:\n  name: empty\n---\n' +
        'apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata:\n  name: blank\nspec:\n  sources: []\n  ports: []\n  hosts: ["a b"]\n',
    );
    const { stdout, stderr } = await list('-f', odd);
    assert.match(stdout, /^default +blank +- +a·b +- +ignored$/m);
    assert.match(stdout, /^default +empty +- +- +- +ignored$/m);
    assert.match(stderr, /^warning: .*has no spec/m);
  });

  it('a thousand policies', async () => {
    const spec = (index: number) => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: `p${String(index).padStart(4, '0')}`, namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: `sa${index % 300}`, namespace: 'curl' }],
        hosts: [`h${index}.example.com`],
        ports: [{ number: 443, protocol: 'https' }],
      },
    });
    const many = file(
      'many.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: Array.from({ length: 1000 }, (_, i) => spec(i)) }),
    );
    const { stdout } = await list('-f', many);
    assert.equal(stdout.split('\n').length, 1002);
  });
});
