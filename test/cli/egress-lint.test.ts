import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { load } from 'js-yaml';
import { validateXML } from 'xmllint-wasm';
import EgressLint from '../../src/commands/egress/lint.js';
import { rules } from '../../src/lib/analysis/lint/rules/index.js';
import { assertJunit, assertSarif } from '../support/report-formats.js';
import { packageRoot, runCli, runOnTerminal, runWarm } from '../support/run-cli.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-lint-'));

function file(name: string, text: string): string {
  writeFileSync(join(scratch, name), text);
  return name;
}

const lint = (...words: string[]) => runWarm(['egress', 'lint', ...words], { cwd: scratch });

interface Policy {
  ports?: string;
  hosts?: string;
  ranges?: string;
  annotation?: string;
}

function policy(name: string, { ports = '443/https', hosts, ranges, annotation }: Policy): string {
  const list = (field: string, items: string | undefined) => (items === undefined ? '' : `  ${field}: [${items}]\n`);
  const annotations = annotation === undefined ? '' : `  annotations:\n    osm-ts/lint-ignore: ${annotation}\n`;
  const entries = ports.split(',').map((port) => {
    const [number, protocol] = port.split('/');
    return `    - number: ${number}\n      protocol: ${protocol}\n`;
  });
  return `apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata:\n  name: ${name}\n  namespace: shop\n${annotations}spec:\n  sources:\n    - kind: ServiceAccount\n      name: api\n      namespace: shop\n  ports:\n${entries.join('')}${list('hosts', hosts)}${list('ipAddresses', ranges)}`;
}

const sound = policy('sound', { hosts: 'a.com' });
/** An error, a warning, and one for information. */
const faulty = [
  policy('capitals', { ports: '443/HTTPS', hosts: 'a.com' }),
  policy('open', { ports: '3306/tcp-server-first' }),
  'apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata:\n  name: unused\n  namespace: shop\nspec:\n  matches: []\n',
].join('---\n');

const schemaOf = (name: string) => JSON.parse(readFileSync(join(packageRoot, 'schemas', name), 'utf8')) as Schema;

function assertFits(document: unknown, schema: Schema): void {
  const { valid, errors } = new Validator(schema, '2020-12').validate(document);
  assert.ok(valid, JSON.stringify(errors, null, 2));
}

interface Report {
  summary: Record<string, number>;
  findings: { code: string; line: number; file: string; fingerprint: string; message: string }[];
  suppressed: { code: string; suppression: { by: string; reason: string } }[];
}

async function report(...words: string[]): Promise<Report> {
  const { stdout } = await lint(...words, '-o', 'json');
  const document = JSON.parse(stdout) as Report;
  assertFits(document, schemaOf('lint-report.json'));
  return document;
}

const codes = ({ findings }: Report) => findings.map(({ code }) => code);

describe('egress lint', () => {
  before(() => {
    file('sound.yaml', sound);
    file('faulty.yaml', faulty);
  });

  it('takes the folder of shipped examples whole', async () => {
    const { stdout, stderr, code } = await runWarm(['egress', 'lint', '-R', '-f', 'examples', '-o', 'json'], {
      cwd: packageRoot,
    });
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { kind: string }).kind, 'LintReport');
  });

  it('finds nothing in sound policies, and says so on standard error', async () => {
    const { stdout, stderr, code } = await lint('-f', 'sound.yaml');
    assert.deepEqual([stdout, stderr, code], ['', 'note: no findings in 1 policy\n', 0]);
  });

  it('prints a line for each finding, with file, line and column', async () => {
    const { stdout, stderr, code } = await lint('-f', 'faulty.yaml');
    assert.equal(code, 1);
    assert.deepEqual(stdout.match(/^faulty\.yaml:\d+:\d+: \w+ OSM-E\d+ [a-z-]+/gm), [
      'faulty.yaml:12:7: error OSM-E009 protocol-not-lower-case',
      'faulty.yaml:27:7: warning OSM-E023 tcp-to-anywhere',
      'faulty.yaml:33:3: info OSM-E048 route-group-unused',
    ]);
    assert.equal(stderr, 'note: 1 error, 1 warning, 1 for information in 2 policies\n');
    assert.equal((await runWarm(['egress', 'check', '-f', 'faulty.yaml'], { cwd: scratch })).stdout, stdout);
  });

  it('--fail-on says what counts', async () => {
    const warnings = file('warnings.yaml', policy('open', { ports: '3306/tcp-server-first' }));
    const codeWith = async (name: string, level: string) => (await lint('-f', name, '--fail-on', level)).code;
    assert.deepEqual(
      [await codeWith('faulty.yaml', 'error'), await codeWith(warnings, 'error'), await codeWith(warnings, 'warning')],
      [1, 0, 1],
    );
    assert.deepEqual([await codeWith('sound.yaml', 'info'), await codeWith(warnings, 'info')], [0, 1]);
  });

  it('JSON and YAML fit the schema and say the same', async () => {
    const document = await report('-f', 'faulty.yaml');
    assert.deepEqual(codes(document), ['OSM-E009', 'OSM-E023', 'OSM-E048']);
    assert.deepEqual(load((await lint('-f', 'faulty.yaml', '-o', 'yaml')).stdout), document);
  });

  it('SARIF fits the schema of SARIF, and has what code scanning wants', async () => {
    const { stdout } = await lint('-f', 'faulty.yaml', '-o', 'sarif');
    const log = JSON.parse(stdout) as {
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: { ruleId: string; ruleIndex: number; partialFingerprints: object; locations: object[] }[];
      }[];
    };
    assertSarif(log);
    const [run] = log.runs;
    const { rules: described } = run!.tool.driver;
    assert.deepEqual(
      described.map(({ id }) => id),
      rules.map(({ code }) => code).sort(),
    );
    assert.equal(run!.results.length, 3);
    for (const { ruleId, ruleIndex, partialFingerprints } of run!.results) {
      assert.equal(described[ruleIndex]!.id, ruleId);
      assert.match(JSON.stringify(partialFingerprints), /^{"osmTsFinding\/v1":"[0-9a-f]{32}"}$/);
    }
    assert.deepEqual(run!.results[0]!.locations, [
      {
        physicalLocation: {
          artifactLocation: { uri: 'faulty.yaml' },
          region: { startLine: 12, startColumn: 7 },
        },
      },
    ]);
  });

  it('JUnit fits the schema of Jenkins; what reaches --fail-on fails', async () => {
    for (const [level, failures] of [
      ['error', 1],
      ['info', 3],
    ] as const) {
      const { stdout } = await lint('-f', 'faulty.yaml', '-o', 'junit', '--fail-on', level);
      await assertJunit(stdout);
      assert.equal(stdout.match(/<failure /g)!.length, failures);
      assert.equal(stdout.match(/<testcase /g)!.length, rules.length);
    }
  });

  it('text that means something to a format is escaped in it', async () => {
    const odd = file('odd,%:.yaml', policy('odd', { ports: '80/http', hosts: '"a<b>&\\"\\u0001 %,:"' }));
    const { stdout: commands } = await lint('-f', odd, '-o', 'github');
    assert.match(commands, /^::error file=odd%2C%25%3A\.yaml,line=\d+,col=\d+,title=OSM-E042 host-not-a-name::/);
    const { stdout: xml } = await lint('-f', odd, '-o', 'junit');
    const { valid, errors } = await validateXML({
      xml: { fileName: 'report.xml', contents: xml },
      schema: [
        {
          fileName: 'any.xsd',
          contents:
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="testsuites"/></xs:schema>',
        },
      ],
    });
    assert.ok(valid, JSON.stringify(errors));
    const { stdout: sarif } = await lint('-f', odd, '-o', 'sarif');
    assert.match(sarif, /"uri": "odd,%25:\.yaml"/);
  });

  it('GitHub annotations, one a line', async () => {
    const { stdout } = await lint('-f', 'faulty.yaml', '-o', 'github');
    assert.deepEqual(
      stdout.match(/^::(error|warning|notice) file=faulty\.yaml,line=\d+,col=\d+,title=OSM-E\d+ [a-z-]+::./gm)!.length,
      3,
    );
    assert.equal(stdout.split('\n').length, 4);
  });

  it('standard input', async () => {
    const { stdout, code } = await runCli(['egress', 'lint', '-f', '-'], { cwd: scratch, stdin: faulty });
    assert.match(stdout, /^<stdin>:12:7: error OSM-E009/);
    assert.equal(code, 1);
  });

  it('what the loader doubts is a finding, and told once', async () => {
    const unknown = file('unknown.yaml', sound.replace('spec:\n', 'spec:\n  descripton: x\n'));
    const { stdout, stderr } = await lint('-f', unknown);
    assert.match(stdout, /^unknown\.yaml:7:3: warning OSM-E050 manifest-oddity: .*descripton/);
    assert.doesNotMatch(stderr, /descripton/);
  });

  it('colours the level on a terminal', async () => {
    const { stdout } = await runOnTerminal(['egress', 'lint', '-f', 'faulty.yaml'], { cwd: scratch, columns: 200 });
    assert.match(stdout.replaceAll('\u001B', 'ESC'), /ESC\[31merrorESC\[39m OSM-E009/);
  });

  it('--explain prints the page of a rule, by code or by name', async () => {
    const page = readFileSync(join(packageRoot, 'docs', 'rules', 'OSM-E023.md'), 'utf8');
    for (const word of ['OSM-E023', 'osm-e023', 'tcp-to-anywhere']) {
      assert.equal((await lint('--explain', word)).stdout, page);
    }
    const { stderr, code } = await lint('--explain', 'tcp-to-anywher');
    assert.match(stderr, /there is no rule tcp-to-anywher\n.*did you mean tcp-to-anywhere\?/);
    assert.equal(code, 2);
  });

  it('-n looks at one namespace of the files', async () => {
    assert.deepEqual(codes(await report('-f', 'faulty.yaml', '-n', 'other')), []);
    assert.equal((await report('-f', 'faulty.yaml', '-n', 'shop')).findings.length, 3);
  });

  it('what may hide a warning exits with 4, where warnings count', async () => {
    const page = readFileSync(join(packageRoot, 'docs', 'rules', 'OSM-E058.md'), 'utf8');
    const name = file('undecided.yaml', /## Bad\n\n```yaml\n([^]*?)```/.exec(page)![1]!);
    const codeWith = async (...words: string[]) => (await lint('-f', name, ...words)).code;
    assert.equal(await codeWith('--fail-on', 'warning'), 4);
    assert.equal(await codeWith('--fail-on', 'warning', '--quick'), 0);
  });

  it('a regular expression that Envoy refuses comes with one that it takes', async () => {
    const group =
      "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata:\n  name: g\n  namespace: shop\nspec:\n  matches:\n    - name: m\n      pathRegex: '/(?!admin).*'\n      methods: [GET]\n    - name: second\n      pathRegex: '/.{30}'\n";
    const { stdout } = await lint('-f', file('regex.yaml', group));
    assert.match(stdout, /RE2 has no look-ahead: write \/\(\?:/);
    assert.match(stdout, /write \/\[!-~\]\{30\}, which matches the same paths/);
  });

  it('--quick leaves out what looks at all requests', async () => {
    const twice = file(
      'twice.yaml',
      `${policy('one', { hosts: '"*.a.com"' })}---\n${policy('two', { hosts: 'b.a.com' })}`,
    );
    assert.deepEqual(codes(await report('-f', twice)), ['OSM-E055']);
    assert.deepEqual(codes(await report('-f', twice, '--quick')), []);
  });

  it('every example of the help that needs no cluster runs', async () => {
    const examples = EgressLint.examples.map((example) =>
      example.replace('<%= config.bin %> <%= command.id %>', 'egress lint').replace(/ > .*/, ''),
    );
    mkdirSync(join(scratch, 'policies'));
    mkdirSync(join(scratch, 'examples'));
    cpSync(join(packageRoot, 'examples/http'), join(scratch, 'examples/http'), { recursive: true });
    file('policies/a.yaml', sound);
    file('lint-baseline.json', '{"apiVersion":"osm-ts/v1","kind":"LintBaseline","findings":[]}');
    const offline = examples.filter((example) => !example.includes(' -A'));
    assert.equal(offline.length, examples.length - 1);
    for (const example of offline) {
      const { code, stderr } = await runWarm(example.split(' '), { cwd: scratch });
      assert.equal(code, 0, `${example}: ${stderr}`);
    }
  });

  it('unreadable input and bad usage exit with 2', async () => {
    const broken = file('broken.yaml', 'kind: [');
    for (const words of [
      ['-f', broken],
      ['-f', 'none.yaml'],
      ['-f', 'sound.yaml', '--ignore', 'OSM-E999'],
      ['--fail-on', 'x'],
      ['-f', 'sound.yaml', '--write-baseline'],
    ]) {
      const { stdout, code } = await lint(...words);
      assert.deepEqual([stdout, code], ['', 2], words.join(' '));
    }
  });
});

describe('egress lint: leaving findings out', () => {
  const open = (annotation?: string) =>
    policy('open', { ports: '3306/tcp-server-first', ...(annotation !== undefined && { annotation }) });
  const commented = (comment: string, at: RegExp) => open().replace(at, comment);

  it('by an annotation with a reason', async () => {
    const { findings, suppressed, summary } = await report(
      '-f',
      file('a.yaml', open('OSM-E023 the database moves often')),
    );
    assert.deepEqual([findings, summary['suppressed']], [[], 1]);
    assert.deepEqual(suppressed[0]!.suppression, { by: 'annotation', reason: 'the database moves often' });
  });

  it('by several in one annotation, by code or by name', async () => {
    const several = policy('several', {
      ports: '3306/tcp-server-first,443/HTTPS',
      annotation: 'protocol-not-lower-case; OSM-E023 moves',
    });
    const found = await report('-f', file('a.yaml', several.replace('ignore: p', 'ignore: soon gone; p')));
    assert.deepEqual(codes(found).sort(), ['OSM-E009', 'OSM-E051']);
  });

  it('by a comment on the line, or above it', async () => {
    for (const text of [
      commented('    - number: 3306 # osm-ts/lint-ignore: OSM-E023 it moves', /^ {4}- number: 3306$/m),
      commented(
        '    # osm-ts/lint-ignore: OSM-E023 it moves\n    # and moves\n    - number: 3306',
        /^ {4}- number: 3306$/m,
      ),
    ]) {
      const { findings, suppressed } = await report('-f', file('c.yaml', text));
      assert.deepEqual(findings, []);
      assert.deepEqual(suppressed[0]!.suppression, { by: 'comment', reason: 'it moves' });
    }
  });

  it('not by a comment elsewhere, which is reported at its place', async () => {
    const text = commented('kind: Egress # osm-ts/lint-ignore: OSM-E023 it moves', /^kind: Egress$/m);
    const { findings } = await report('-f', file('e.yaml', text));
    assert.deepEqual(
      findings.map(({ code, line }) => [code, line]),
      [
        ['OSM-E052', 2],
        ['OSM-E023', 12],
      ],
    );
  });

  it('not without a reason, and not for a rule that is none', async () => {
    assert.deepEqual(codes(await report('-f', file('r.yaml', open('OSM-E023')))).sort(), ['OSM-E023', 'OSM-E051']);
    assert.deepEqual(codes(await report('-f', file('r.yaml', open('OSM-E999 because')))).sort(), [
      'OSM-E023',
      'OSM-E051',
    ]);
  });

  it('by --ignore, which is reported when it hides nothing', async () => {
    const name = file('i.yaml', open());
    assert.deepEqual(codes(await report('-f', name, '--ignore', 'OSM-E023')), []);
    assert.deepEqual(codes(await report('-f', name, '--ignore', 'tcp-to-anywhere', '--ignore', 'OSM-E001')), [
      'OSM-E052',
    ]);
  });

  it('SARIF shows what is left out, marked', async () => {
    const { stdout, code } = await lint(
      '-f',
      file('a.yaml', open('OSM-E023 it moves')),
      '-o',
      'sarif',
      '--fail-on',
      'info',
    );
    assert.match(stdout, /"kind": "inSource",\s+"justification": "it moves"/);
    assert.equal(code, 0);
  });

  it('by a baseline, though lines move, lists are sorted and policies come first', async () => {
    const name = file(
      'b.yaml',
      `${policy('hosts', { ports: '443/https', hosts: 'https://b.com, a.com' })}---\n${open()}`,
    );
    const wrote = await lint('-f', name, '--baseline', 'base.json', '--write-baseline');
    assert.deepEqual([wrote.stdout, wrote.code], ['', 0]);
    assert.match(wrote.stderr, /2 findings written to base\.json/);
    const baseline = JSON.parse(readFileSync(join(scratch, 'base.json'), 'utf8')) as unknown;
    assertFits(baseline, schemaOf('lint-baseline.json'));
    file('b.yaml', `# moved\n${open()}---\n${policy('hosts', { ports: '443/https', hosts: 'a.com, https://b.com' })}`);
    const again = await report('-f', name, '--baseline', 'base.json');
    assert.deepEqual([again.findings, again.summary['known']], [[], 2]);
    file('b.yaml', `${open()}---\n${policy('hosts', { ports: '443/https', hosts: 'https://c.com, a.com' })}`);
    const other = await lint('-f', name, '--baseline', 'base.json', '-o', 'json');
    assert.deepEqual(codes(JSON.parse(other.stdout) as Report), ['OSM-E038']);
    assert.match(other.stderr, /1 finding of base\.json is gone/);
    assert.equal(other.code, 1);
  });

  it('a baseline that is none exits with 2', async () => {
    for (const text of ['{', '{}', '{"apiVersion":"osm-ts/v1","kind":"LintBaseline","findings":[{}]}']) {
      const { code, stderr } = await lint('-f', file('s.yaml', sound), '--baseline', file('bad.json', text));
      assert.equal(code, 2);
      assert.match(stderr, /bad\.json.*\n.*--write-baseline/);
    }
    assert.equal((await lint('-f', 's.yaml', '--baseline', 'none.json')).code, 2);
  });
});

describe('egress lint --fix', () => {
  it('deletes policies without which nothing changes, and files in which nothing is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-lint-redundant-'));
    const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    const wide = policy('wide', { hosts: "'*.a.com', b.com" });
    put('a-twice.yaml', policy('again', { hosts: "b.com, '*.a.com'" }));
    put('several.yaml', `# first\n${policy('narrow', { hosts: 'www.a.com' })}---\n# stays\n${wide}`);
    const before = mkdtempSync(join(tmpdir(), 'osm-ts-lint-before-'));
    cpSync(folder, before, { recursive: true });
    const run = await runWarm(['egress', 'lint', '-f', folder, '--fix'], { cwd: scratch });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /fixed OSM-E055 redundant at Egress shop\/narrow/);
    assert.match(run.stderr, /deleted \S*a-twice\.yaml, in which nothing was left/);
    assert.deepEqual(readdirSync(folder), ['several.yaml']);
    assert.equal(readFileSync(join(folder, 'several.yaml'), 'utf8'), `---\n# stays\n${wide}`);
    const diff = await runWarm(['egress', 'diff', before, folder]);
    assert.equal(diff.code, 0, diff.stdout);
    const again = await runWarm(['egress', 'lint', '-f', folder, '--fix'], { cwd: scratch });
    assert.deepEqual([again.code, /fixed|deleted/.test(again.stderr)], [0, false]);
  });

  it('leaves a redundant policy alone that is an item of a list', async () => {
    const items = ['one', 'two'].map((name) => load(policy(name, { hosts: 'a.com' })));
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const name = file('list.json', text);
    const { stdout, stderr } = await lint('-f', name, '--fix');
    assert.match(stdout, /OSM-E055 redundant/);
    assert.doesNotMatch(stderr, /fixed/);
    assert.equal(readFileSync(join(scratch, name), 'utf8'), text);
  });

  const before = `# a comment
${policy('http', { ports: '80/http', hosts: 'a.com', ranges: '192.0.2.0/24' }).replace('hosts: [', 'hosts:   [ ')}---
# another
${policy('bits', { ports: '3306/tcp-server-first', ranges: '10.1.2.3/8' })}---
${policy('capitals', { ports: '443/HTTPS', hosts: 'a.com' })}`;

  it('edits what changes nothing and keeps every other byte; the second time it changes nothing', async () => {
    const name = file('fix.yaml', before);
    const { stdout, stderr, code } = await lint('-f', name, '--fix');
    const after = before.replace('  ipAddresses: [192.0.2.0/24]\n', '').replace('10.1.2.3/8', '10.0.0.0/8');
    assert.equal(readFileSync(join(scratch, name), 'utf8'), after);
    assert.match(
      stderr,
      /^note: fixed OSM-E020 ranges-on-http at Egress shop\/http spec\.ports\[0\] \(fix\.yaml:13\)$/m,
    );
    assert.match(stderr, /^note: fixed OSM-E044 range-host-bits /m);
    assert.match(stderr, /^note: not fixed, because it would change something or cannot be decided: OSM-E009 /m);
    assert.match(stdout, /^fix\.yaml:\d+:\d+: error OSM-E009 [^\n]*\n$/);
    assert.equal(code, 1);
    const again = await lint('-f', name, '--fix');
    assert.equal(readFileSync(join(scratch, name), 'utf8'), after);
    assert.equal(again.stdout, stdout);
    assert.doesNotMatch(again.stderr, /note: fixed/);
  });

  it('leaves alone what is suppressed', async () => {
    const text = policy('bits', {
      ports: '3306/tcp-server-first',
      ranges: '10.1.2.3/8',
      annotation: 'OSM-E044 written as people here write it',
    });
    const name = file('left.yaml', text);
    assert.equal((await lint('-f', name, '--fix')).code, 0);
    assert.equal(readFileSync(join(scratch, name), 'utf8'), text);
  });

  it('edits files, and nothing else', async () => {
    for (const words of [['--fix'], ['-f', '-', '--fix']]) {
      const { stdout, stderr, code } = await lint(...words);
      assert.deepEqual([stdout, code], ['', 2]);
      assert.match(stderr, /--fix/);
    }
  });
});
