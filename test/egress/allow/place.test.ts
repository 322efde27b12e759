import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeFor } from '../../../src/lib/egress/allow/place.js';
import type { AllowInput } from '../../../src/lib/egress/allow/allow-input.js';
import { stdinName } from '../../../src/lib/resources/manifests.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { namespaceObject } from '../../analysis/allow/support.js';
import { egress, source } from '../support.js';

const MINE = { sources: [source('curl')] };
const THEIRS = { sources: [source('other')] };
const made = (namespace = 'curl', name = 'new') => [egress(name, '80/http', {}, namespace)];

/** Objects and the files that they come from; undefined for the cluster. */
function input(filenames: readonly string[], ...objects: [Resource, file: string | undefined][]): AllowInput {
  const files = new Map(objects);
  return {
    objects: objects.map(([object]) => object),
    options: { filenames },
    source: { namespace: 'curl', serviceAccount: 'curl' },
    locate: (object: Resource) => {
      const file = files.get(object);
      return file === undefined ? undefined : { file, line: 1, column: 1 };
    },
    manifests: { files: [...new Set(objects.flatMap(([, file]) => file ?? []))] },
  } as unknown as AllowInput;
}

describe('egress allow: the file for a new policy', () => {
  const mineHere = egress('a', '80/http', MINE);
  const mineThere = egress('b', '80/http', MINE, 'osm');
  const theirsHere = egress('c', '80/http', THEIRS);
  const theirsThere = egress('d', '80/http', THEIRS, 'osm');
  const shared = egress('f', '80/http', { sources: [source('other'), source('curl')] }, 'osm');
  const notNamed = egress('e', '80/http', { sources: [source('curl', 'other'), source('other')] }, 'osm');

  const cases: [name: string, [Resource, string | undefined][], expected: string | undefined][] = [
    ['nothing was read from a file', [[mineHere, undefined]], undefined],
    ['the one file without policies', [[namespaceObject('curl'), 'ns.yaml']], 'ns.yaml'],
    ['standard input is no file', [[mineHere, stdinName]], undefined],
    [
      'a file beside standard input',
      [
        [mineHere, stdinName],
        [namespaceObject('curl'), 'ns.yaml'],
      ],
      'ns.yaml',
    ],
    [
      'where policies are',
      [
        [namespaceObject('curl'), 'ns.yaml'],
        [theirsThere, 'd.yaml'],
      ],
      'd.yaml',
    ],
    [
      'rather where those of the namespace are',
      [
        [theirsThere, 'd.yaml'],
        [theirsHere, 'c.yaml'],
      ],
      'c.yaml',
    ],
    [
      'rather where those of the client are',
      [
        [theirsHere, 'c.yaml'],
        [mineThere, 'b.yaml'],
      ],
      'b.yaml',
    ],
    [
      'rather where those of both are',
      [
        [mineThere, 'b.yaml'],
        [mineHere, 'a.yaml'],
      ],
      'a.yaml',
    ],
    [
      'the first of equal ones',
      [
        [notNamed, 'e.yaml'],
        [theirsThere, 'd.yaml'],
      ],
      'e.yaml',
    ],
    [
      'a client is its namespace and its name',
      [
        [notNamed, 'e.yaml'],
        [mineThere, 'b.yaml'],
      ],
      'b.yaml',
    ],
    [
      'a policy of several clients is one of each',
      [
        [theirsHere, 'c.yaml'],
        [shared, 'f.yaml'],
      ],
      'f.yaml',
    ],
    [
      'policies of the cluster have no place',
      [
        [namespaceObject('curl'), 'ns.yaml'],
        [mineHere, undefined],
        [theirsThere, 'd.yaml'],
      ],
      'd.yaml',
    ],
  ];
  for (const [name, objects, path] of cases) {
    it(name, async () => {
      const filenames = objects.flatMap(([, file]) => file ?? []);
      const place = await placeFor(made(), input(filenames, ...objects));
      assert.deepEqual(place, path === undefined ? undefined : { path, isNew: false });
    });
  }

  /** A folder with these files, and the place for a new policy when the policy of `file` is the closest. */
  async function inFolder(file: string, filenames: (at: string) => string[], ...others: string[]) {
    const at = mkdtempSync(join(tmpdir(), 'osm-ts-place-'));
    mkdirSync(join(at, 'sub'));
    for (const name of [file, ...others]) writeFileSync(join(at, name), '');
    const place = await placeFor(made(), input(filenames(at), [mineHere, join(at, file)]));
    return { path: place!.path.slice(at.length + 1), isNew: place!.isNew };
  }

  it('a file that was named is extended', async () => {
    assert.deepEqual(await inFolder('a.yaml', (at) => [at, join(at, 'a.yaml')]), { path: 'a.yaml', isNew: false });
    assert.deepEqual(await inFolder('a.yaml', (at) => [`${at}/./a.yaml`]), { path: 'a.yaml', isNew: false });
  });

  it('beside a file that was found in a directory there will be another', async () => {
    assert.deepEqual(await inFolder('a.yaml', (at) => [at]), { path: 'new.yaml', isNew: true });
    assert.deepEqual(await inFolder('a.yaml', (at) => [`${at}/`]), { path: 'new.yaml', isNew: true });
    assert.deepEqual(await inFolder('sub/a.json', (at) => [at]), { path: 'sub/new.json', isNew: true });
    assert.deepEqual(await inFolder('a', (at) => [at]), { path: 'new.yaml', isNew: true });
  });

  it('that is not in use yet', async () => {
    assert.equal((await inFolder('a.yaml', (at) => [at], 'new.yaml')).path, 'new-2.yaml');
    assert.equal((await inFolder('a.yaml', (at) => [at], 'new.yaml', 'new-2.yaml')).path, 'new-3.yaml');
  });

  it('a directory of the same beginning is another one', async () => {
    assert.equal((await inFolder('sub.yaml', (at) => [join(at, 'sub')])).isNew, false);
    assert.equal((await inFolder('a.yaml', (at) => [join(at, 'missing'), join(at, 'sub')])).isNew, false);
  });

  it('what is no directory holds nothing, nor what has gone since', async () => {
    assert.equal((await inFolder('sub/a.yaml', (at) => [join(at, 'b.yaml')], 'b.yaml')).isNew, false);
    const gone = mkdtempSync(join(tmpdir(), 'osm-ts-place-'));
    rmdirSync(gone);
    const place = await placeFor(made(), input([gone], [mineHere, join(gone, 'a.yaml')]));
    assert.deepEqual(place, { path: join(gone, 'a.yaml'), isNew: false });
  });

  it('is named after the last of the new objects, the policy', async () => {
    const at = mkdtempSync(join(tmpdir(), 'osm-ts-place-'));
    const created = [...made('curl', 'routes'), ...made('curl', 'policy')];
    const place = await placeFor(created, input([at], [mineHere, join(at, 'a.yaml')]));
    assert.deepEqual(place, { path: join(at, 'policy.yaml'), isNew: true });
  });

  it('the current directory holds what has no directory in its name', async () => {
    const here = process.cwd();
    process.chdir(mkdtempSync(join(tmpdir(), 'osm-ts-place-')));
    try {
      writeFileSync('a.yaml', '');
      for (const directory of ['.', './']) {
        assert.deepEqual(await placeFor(made(), input([directory], [mineHere, 'a.yaml'])), {
          path: 'new.yaml',
          isNew: true,
        });
      }
    } finally {
      process.chdir(here);
    }
  });
});
