import assert from 'node:assert/strict';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { cliFor, whole } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { integration } from './support/api-server.js';

const MONITORED = 'openservicemesh.io/monitored-by';
const INJECTION = 'openservicemesh.io/sidecar-injection';
const METRICS = 'openservicemesh.io/metrics';
const IGNORE = 'openservicemesh.io/ignore';

integration('namespace remove, ignore and unignore', (server) => {
  let admin: Cluster;
  let cli: Cli;

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
  });

  async function namespace(
    labels: Record<string, string> = {},
    annotations: Record<string, string> = {},
  ): Promise<string> {
    const name = await server.freshNamespace('remove', labels);
    await admin.patch({ kind: kinds.Namespace, name }, 'merge', { metadata: { annotations } });
    return name;
  }

  /** The namespace as it should be, whole. */
  async function assertIs(
    name: string,
    labels: Record<string, string> = {},
    annotations?: Record<string, string>,
  ): Promise<void> {
    assert.deepEqual(await whole(admin, kinds.Namespace, name), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: { 'kubernetes.io/metadata.name': name, ...labels },
        ...(annotations && { annotations }),
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }

  describe('remove: the cases of osm-cli §8.5', () => {
    it('namespace in the mesh, whose control plane is gone', async () => {
      const name = await namespace({ [MONITORED]: 'osm', own: 'kept' });
      const run = await cli('namespace', 'remove', name);
      assert.deepEqual(run, {
        stdout: `Namespace [${name}] successfully removed from mesh [osm]\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
      await assertIs(name, { own: 'kept' });
    });

    it('with injection and metrics', async () => {
      const name = await namespace({ [MONITORED]: 'm' }, { [INJECTION]: 'enabled', [METRICS]: 'enabled', own: 'kept' });
      const run = await cli('ns', 'remove', name, '--mesh-name', 'm');
      assert.equal(run.stdout, `Namespace [${name}] successfully removed from mesh [m]\n`);
      await assertIs(name, {}, { own: 'kept' });
    });

    it('of another mesh', async () => {
      const name = await namespace({ [MONITORED]: 'theirs' });
      const run = await cli('namespace', 'remove', name);
      assert.deepEqual([run.code, run.stdout], [1, '']);
      assert.equal(
        run.stderr,
        `error: Namespace [${name}] belongs to mesh [theirs], not mesh [osm]\n  hint: name its mesh: --mesh-name theirs\n`,
      );
      await assertIs(name, { [MONITORED]: 'theirs' });
    });

    it('in no mesh', async () => {
      const name = await namespace();
      const run = await cli('namespace', 'remove', name);
      assert.deepEqual(run, {
        stdout: `Namespace [${name}] already does not belong to any mesh\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
    });

    it('ignored, with injection and metrics: all is cleared but the decision to ignore it, which has a command of its own', async () => {
      const labels = { [MONITORED]: 'osm', [IGNORE]: 'true' };
      const name = await namespace(labels, { [INJECTION]: 'enabled', [METRICS]: 'enabled' });
      const run = await cli('namespace', 'remove', name);
      assert.equal(run.stdout, `Namespace [${name}] successfully removed from mesh [osm]\n`);
      assert.equal(
        run.stderr,
        `note: namespace [${name}] stays ignored; to lift that: osm-ts namespace unignore ${name}\n`,
      );
      await assertIs(name, { [IGNORE]: 'true' });
      const again = await cli('namespace', 'remove', name);
      assert.equal(again.stderr, `note: namespace [${name}] still has label ${IGNORE}\n`);
      await cli('namespace', 'unignore', name);
      await assertIs(name);
    });

    it('missing', async () => {
      const run = await cli('namespace', 'remove', 'remove-nowhere');
      assert.deepEqual([run.code, run.stdout], [3, '']);
      assert.match(
        run.stderr,
        /^error: Could not get namespace \[remove-nowhere\]: namespaces "remove-nowhere" not found\n/,
      );
    });
  });

  it('removes several, and goes on after a failure', async () => {
    const [mine, theirs, last] = [
      await namespace({ [MONITORED]: 'osm' }),
      await namespace({ [MONITORED]: 'theirs' }),
      await namespace({ [MONITORED]: 'osm' }),
    ];
    const run = await cli('namespace', 'remove', mine, theirs, last);
    assert.equal(
      run.stdout,
      [mine, last].map((name) => `Namespace [${name}] successfully removed from mesh [osm]\n`).join(''),
    );
    assert.match(run.stderr, new RegExp(`^note: 2 of 3 succeeded; failed: ${theirs}\n`));
    assert.equal(run.code, 1);
  });

  it('removes the label that names no mesh', async () => {
    const name = await namespace({ [MONITORED]: '' });
    assert.equal((await cli('namespace', 'remove', name)).code, 0);
    await assertIs(name);
  });

  describe('ignore: the cases of osm-cli §8.3', () => {
    it('one namespace', async () => {
      const name = await namespace();
      for (const round of ['first', 'again']) {
        const run = await cli('namespace', 'ignore', ` ${name} `);
        assert.deepEqual(
          run,
          { stdout: `Successfully configured namespace [${name}] to be ignored\n`, stderr: '', code: 0, signal: null },
          round,
        );
        await assertIs(name, { [IGNORE]: 'true' });
      }
    });

    it('two namespaces, and one that is missing', async () => {
      const names = [await namespace({ [MONITORED]: 'osm' }), await namespace()];
      const run = await cli('ns', 'ignore', names[0]!, 'remove-nowhere', names[1]!);
      assert.equal(
        run.stdout,
        names.map((name) => `Successfully configured namespace [${name}] to be ignored\n`).join(''),
      );
      assert.match(
        run.stderr,
        /error: Failed to retrieve namespace \[remove-nowhere\]: namespaces "remove-nowhere" not found/,
      );
      assert.equal(run.code, 3);
      await assertIs(names[0]!, { [MONITORED]: 'osm', [IGNORE]: 'true' });
      await assertIs(names[1]!, { [IGNORE]: 'true' });
    });

    it('a label with another value, which the control plane takes for the same', async () => {
      const name = await namespace({ [IGNORE]: 'false' });
      const run = await cli('namespace', 'ignore', name);
      assert.equal(run.stderr, `note: namespace [${name}]: label ${IGNORE} was "false", is now "true"\n`);
      await assertIs(name, { [IGNORE]: 'true' });
    });
  });

  it('unignore takes the label away, whatever its value', async () => {
    for (const value of ['true', 'false', '']) {
      const name = await namespace({ [IGNORE]: value, [MONITORED]: 'osm' }, { own: 'kept' });
      assert.equal((await cli('ns', 'unignore', name)).stdout, `namespace/${name} unignored\n`);
      await assertIs(name, { [MONITORED]: 'osm' }, { own: 'kept' });
      const again = await cli('ns', 'unignore', name);
      assert.deepEqual(again, { stdout: `namespace/${name} unchanged\n`, stderr: '', code: 0, signal: null });
    }
    const run = await cli('namespace', 'unignore', 'remove-nowhere');
    assert.equal(run.code, 3);
  });
});
