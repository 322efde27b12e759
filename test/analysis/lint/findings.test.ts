import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintPolicies, type Reported } from '../../../src/lib/egress/lint/index.js';
import { messageOf } from '../../../src/lib/output/lint/lines.js';
import { silent } from '../../../src/lib/reporter.js';
import type { FieldRef, Resource } from '../../../src/lib/resources/types.js';
import type { FieldEdit } from '../../../src/lib/resources/edit/fields.js';
import { pathText } from '../../../src/lib/text/field-path.js';
import { moreExamples } from './more-examples.js';
import { fileOf, pageFiles, pageOf } from './pages.js';
import { trapExamples } from './trap-examples.js';

/** What the rules say of the examples, word for word: `UPDATE_GOLDEN=1` writes it anew. */
const goldenFile = fileURLToPath(new URL('golden/findings.txt', import.meta.url));
const golden = new Map(
  readFileSync(goldenFile, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trimEnd().split('\n');
      return [title, lines.join('\n')];
    }),
);
const seen = new Map<string, string>();

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-findings-'));

async function findingsIn(filename: string): Promise<string> {
  const options = { filenames: [filename], recursive: false, live: false, withoutCluster: true, namespace: 'default' };
  const settings = { allNamespaces: true, ignore: [], quick: false, fix: false, baseline: undefined };
  const names = { meshName: 'osm', osmNamespace: 'osm-system' };
  const { findings } = await lintPolicies({ ...options, ...settings, ...names, writeBaseline: false }, silent);
  return findings.map(describeFinding).join('\n');
}

/** Everything that a finding tells, places left out. */
function describeFinding({ finding, code }: Reported): string {
  const { level, rule, data, at, port, makes, sources, fix = [], deletes } = finding;
  assert.equal(typeof data, 'object', `${rule} has data, if only empty, so that nobody need ask`);
  const details = [
    ...(port === null ? [] : [`port: ${port}`]),
    ...(makes === null ? [] : [`makes: ${makes}`]),
    ...(sources.length === 0 ? [] : [`sources: ${sources.map((one) => Object.values(one).join('/')).join(', ')}`]),
    ...at.map((ref) => `at: ${fieldText(ref)}`.trimEnd()),
    ...fix.map((edit) => `fix: ${editText(edit)}`),
    ...(deletes ? ['deletes'] : []),
  ];
  const text = messageOf({ finding } as Reported);
  return [`${level} ${code} ${rule}: ${text}`, ...details.map((line) => `  ${line}`)].join('\n');
}

const fieldText = ({ object: { kind, metadata }, path }: FieldRef) =>
  `${kind} ${[metadata.namespace ?? [], metadata.name].flat().join('/')} ${pathText(path)}`;

function editText(edit: FieldEdit): string {
  const value = edit.op === 'set' ? ` ${JSON.stringify(edit.value)}` : '';
  return `${edit.op} ${pathText(edit.path)}${value}`;
}

/** @param title of the example; the same in every run */
function check(title: string, write: () => Promise<string> | string): void {
  it(title, async () => {
    const text = await findingsIn(join(scratch, await write())).catch((error: unknown) => {
      // not the class that is imported here: manifests are read by a part that is loaded when it is needed
      if ((error as Error).name !== 'InputError') throw error;
      return `refused: ${(error as Error).message}`;
    });
    seen.set(title, text);
    if (!process.env['UPDATE_GOLDEN']) assert.equal(text, golden.get(title));
  });
}

function writeObjects(items: readonly Resource[]): string {
  writeFileSync(join(scratch, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return 'objects.json';
}

describe('what the rules find', () => {
  for (const file of pageFiles.sort()) {
    const { code, bad, good } = pageOf(file);
    check(`${code} bad`, () => fileOf(bad, scratch));
    check(`${code} good`, () => fileOf(good, scratch));
  }
  for (const [words, examples] of Object.entries({ ...trapExamples, ...moreExamples })) {
    examples.forEach((items, index) => {
      check(examples.length === 1 ? words : `${words} (${index + 1})`, () => writeObjects(items));
    });
  }

  after(() => {
    const text = [...seen].map(([title, lines]) => `## ${title}\n${lines}`.trimEnd()).join('\n\n');
    if (process.env['UPDATE_GOLDEN']) writeFileSync(goldenFile, `${text}\n`);
  });
});
