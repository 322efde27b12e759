import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { InputError } from '../../src/lib/errors.js';
import { ManifestErrors, parseManifests, type Manifests } from '../../src/lib/resources/index.js';
import { assertGolden } from '../support/golden.js';

const fixtures = new URL('../fixtures/resources/golden/', import.meta.url).pathname;

function texts(folder: string): string[] {
  return readdirSync(fixtures + folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));
}

function parse(folder: string, name: string): Manifests {
  const file = `${name}.yaml`;
  return parseManifests(readFileSync(`${fixtures}${folder}/${file}`, 'utf8'), file);
}

function place(location: Manifests['warnings'][number]['location']): string {
  return 'line' in location ? `${location.file}:${location.line}:${location.column}` : location.file;
}

/** What a person would want to know of what was read. */
function show(manifests: Manifests): string {
  const lines = manifests.objects.map((object) => {
    const at = manifests.locate(object);
    return `${at ? place(at) : '?'}: ${JSON.stringify(object)}`;
  });
  for (const [kind, count] of manifests.skipped) lines.push(`skipped ${count} ${kind}`);
  for (const { message, location } of manifests.warnings) lines.push(`warning ${place(location)}: ${message}`);
  return `${lines.join('\n')}\n`;
}

describe('manifests that are good', () => {
  for (const name of texts('good')) {
    it(name, () => {
      assertGolden(`${fixtures}good/${name}.txt`, show(parse('good', name)));
    });
  }
});

describe('manifests that are refused', () => {
  for (const name of texts('bad')) {
    it(name, () => {
      let thrown: unknown;
      try {
        parse('bad', name);
      } catch (error) {
        thrown = error;
      }
      assert.ok(thrown instanceof InputError, `${name} is accepted`);
      const hint = thrown.hint ? `\n  ${thrown.hint}` : '';
      assertGolden(`${fixtures}bad/${name}.txt`, `${thrown.describe()}${hint}\n`);
    });
  }

  it('are told all at once, each with its place and remedy, up to a bound', () => {
    const bad = (n: number): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: N${n}}\n`;
    const text = (count: number): string => Array.from({ length: count }, (_, n) => bad(n)).join('---\n');
    const errorOf = (source: string): ManifestErrors => {
      try {
        parseManifests(source, 'f.yaml', { limits: { maxErrors: 3 } });
      } catch (error) {
        assert.ok(error instanceof ManifestErrors);
        return error;
      }
      assert.fail('accepted');
    };
    const ten = errorOf(text(10));
    assert.equal(ten.errors.length, 3);
    assert.equal(ten.total, 10);
    assert.deepEqual(
      ten.errors.map(({ location }) => location),
      [3, 7, 11].map((line) => ({ file: 'f.yaml', line, column: 12 })),
    );
    assert.deepEqual(ten.location, ten.errors[0]?.location);
    assert.match(ten.message, /^Namespace N0: .* \(and 9 more\)$/);
    assert.match(ten.describe(), /\n {2}for example: n0\n.*\n … and 7 more$|… and 7 more$/);
    const many = errorOf(text(2000));
    assert.equal(many.total, 1000);
    assert.match(many.describe(), /… and 997 more before reading stopped$/);
  });
});
