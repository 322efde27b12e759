/** What osm-ts prints and ships for other programs, read by programs that nobody here wrote. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { loadAll } from 'js-yaml';
import MarkdownIt from 'markdown-it';
import { packageRoot, runWarm } from '../support/run-cli.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-foreign-'));

/** A policy whose names and routes are full of what Markdown and HTML take for their own. */
const odd = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: odd, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: [a.example]
  ports: [{ number: 80, protocol: http }]
  matches: [{ apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: odd }]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: odd, namespace: curl }
spec:
  matches:
  - { name: bars, pathRegex: '/(a|b)|c\`d\`', methods: [GET] }
  - { name: tags, pathRegex: '/<b>_x_</b>&amp;[y](z)', methods: [GET] }
  - { name: stars, pathRegex: '/\\*\\*bold\\*\\*', methods: [POST] }
`;
const plain = odd.replace(/ {2}matches: \[[^]*?\]\n/, '').split('---')[0]!;

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a text as a renderer of Markdown sees them, and everything that it would let through as HTML. */
function rendered(markdown: string): { readonly tables: Table[]; readonly html: string[] } {
  const tables: { header: string[]; rows: string[][] }[] = [];
  const html: string[] = [];
  let cells: string[] = [];
  for (const token of new MarkdownIt({ html: true }).parse(markdown, {})) {
    if (token.type === 'table_open') tables.push({ header: [], rows: [] });
    if (token.type === 'tr_open') cells = [];
    if (token.type === 'html_block') html.push(token.content);
    if (token.type === 'inline') {
      const children = token.children ?? [];
      html.push(...children.filter(({ type }) => type === 'html_inline').map(({ content }) => content));
      cells.push(children.map(({ type, content }) => (type === 'softbreak' ? ' ' : content)).join(''));
    }
    if (token.type === 'tr_close') {
      const table = tables.at(-1)!;
      if (table.header.length === 0) table.header.push(...cells);
      else table.rows.push(cells);
      cells = [];
    }
  }
  return { tables, html };
}

describe('Markdown, before a renderer', () => {
  const [now, before] = ['now.yaml', 'before.yaml'].map((name) => join(scratch, name));
  const targets = join(scratch, 'targets');
  writeFileSync(targets, 'http://a.example/a\nhttp://b.example/\n');
  writeFileSync(now!, odd);
  writeFileSync(before!, plain);

  for (const [name, words] of [
    ['reach', ['egress', 'reach', '--from', 'curl/curl', '-f', now!]],
    ['who-can', ['egress', 'who-can', 'http://a.example/a', '-f', now!]],
    ['matrix', ['egress', 'matrix', '--targets', targets, '-f', now!]],
    ['diff', ['egress', 'diff', before!, now!]],
  ] as const) {
    it(`${name}: tables have as many cells as their heads, and nothing in them is HTML`, async () => {
      const { stdout, stderr } = await runWarm([...words, '-o', 'markdown'], { cwd: scratch });
      const { tables, html } = rendered(stdout);
      // differences are lists, for there is much to say of each
      assert.equal(tables.length > 0, name !== 'diff', stdout + stderr);
      for (const { header, rows } of tables) {
        assert.ok(rows.length > 0, stdout);
        for (const row of rows) assert.equal(row.length, header.length, JSON.stringify(row));
      }
      assert.deepEqual(
        html.filter((tag) => !/^<\/?(?:br|code|details|summary)\b/.test(tag.trim())),
        [],
        stdout,
      );
      if (name === 'reach') {
        const text = JSON.stringify(tables);
        for (const part of ['/(a|b)|c', '<b>_x_</b>&amp;[y](z)']) assert.ok(text.includes(part), `${part} in ${text}`);
      }
    });
  }
});

describe('JSON Schemas, before ajv', () => {
  const read = (...path: string[]) => JSON.parse(readFileSync(join(packageRoot, 'schemas', ...path), 'utf8')) as object;
  const names = (folder: string) => readdirSync(join(packageRoot, folder)).filter((name) => name.endsWith('.json'));

  it('are valid, and what they refer to is there', () => {
    for (const name of names('schemas')) {
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, validateFormats: false });
      assert.doesNotThrow(() => ajv.compile(read(name)), name);
    }
    for (const name of names('schemas/manifests')) {
      const ajv = new Ajv({ strict: false, validateFormats: false });
      assert.doesNotThrow(() => ajv.compile(read('manifests', name)), name);
    }
  });

  const manifests = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
    read('manifests', 'all.json'),
  );
  const policyTests = new Ajv2020({ strict: false, validateFormats: false }).compile(read('egress-test.json'));

  it('take every example that the package ships', () => {
    let seen = 0;
    for (const folder of ['http', 'http-routes', 'https', 'tcp']) {
      for (const file of readdirSync(join(packageRoot, 'examples', folder))) {
        const text = readFileSync(join(packageRoot, 'examples', folder, file), 'utf8');
        for (const document of loadAll(text) as { kind: string }[]) {
          const check = document.kind === 'EgressTest' ? policyTests : manifests;
          assert.ok(check(document), `${folder}/${file}: ${JSON.stringify(check.errors)}`);
          seen++;
        }
      }
    }
    assert.ok(seen > 10);
  });

  it('take what the rules of lint call good, and refuse what is no manifest', () => {
    const pages = readdirSync(join(packageRoot, 'docs', 'rules')).filter((name) => name.startsWith('OSM-'));
    let seen = 0;
    for (const page of pages) {
      const text = readFileSync(join(packageRoot, 'docs', 'rules', page), 'utf8');
      const [, good = ''] = /^## Good$[^]*?^```yaml$([^]*?)^```$/m.exec(text) ?? [];
      for (const document of loadAll(good)) {
        assert.ok(manifests(document), `${page}: ${JSON.stringify(manifests.errors)}`);
        seen++;
      }
    }
    assert.ok(seen > pages.length / 2);
    const [policy] = loadAll(odd) as [{ spec: Record<string, unknown> }];
    const spoiled = (spec: object) => ({ ...policy, spec: { ...policy.spec, ...spec } });
    for (const wrong of [
      spoiled({ port: [] }),
      spoiled({ ports: 80 }),
      spoiled({ ports: [{ number: 'x', protocol: 'http' }] }),
      spoiled({ sources: undefined }),
    ]) {
      assert.equal(manifests(JSON.parse(JSON.stringify(wrong))), false, JSON.stringify(wrong));
    }
  });
});
