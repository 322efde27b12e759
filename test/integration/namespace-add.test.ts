import assert from 'node:assert/strict';

import { silent } from '../../src/lib/reporter.js';
import { addNamespaces } from '../../src/lib/mesh/namespace/change.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import type { ChangeOutcome } from '../../src/lib/changes/change.js';
import { cliFor, controlPlane, whole } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { integration } from './support/api-server.js';

const MONITORED = 'openservicemesh.io/monitored-by';
const INJECTION = 'openservicemesh.io/sidecar-injection';
const IGNORE = 'openservicemesh.io/ignore';

integration('namespace add', (server) => {
  let admin: Cluster;
  let cli: Cli;
  let home: string;
  /** Meshes of these tests; their control planes live in `home`. */
  const mesh = 'add-mesh';
  const other = 'add-other';

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    home = await server.freshNamespace('control');
    for (const name of [mesh, other]) await server.apply(JSON.stringify(controlPlane(name, home)));
  });

  async function namespace(
    labels: Record<string, string> = {},
    annotations: Record<string, string> = {},
  ): Promise<string> {
    const name = await server.freshNamespace('add', labels);
    await admin.patch({ kind: kinds.Namespace, name }, 'merge', { metadata: { annotations } });
    return name;
  }

  async function settings(name: string): Promise<Record<string, unknown>> {
    const { metadata } = await admin.get({ kind: kinds.Namespace, name });
    return { ...metadata.labels, ...metadata.annotations, 'kubernetes.io/metadata.name': undefined };
  }

  const member = (name = mesh, injection = 'enabled'): Record<string, unknown> => ({
    [MONITORED]: name,
    [INJECTION]: injection,
    'kubernetes.io/metadata.name': undefined,
  });

  describe('the cases of osm-cli §8.2', () => {
    it('namespace exists, mesh missing', async () => {
      const name = await namespace();
      const before = await whole(admin, kinds.Namespace, name);
      const run = await cli('namespace', 'add', name, '--mesh-name', 'add-mash');
      assert.equal(run.code, 3);
      assert.equal(run.stdout, '');
      assert.match(
        run.stderr,
        /^error: mesh \[add-mash\] does not exist\n {2}hint: did you mean --mesh-name add-mesh\?\n/,
      );
      assert.match(run.stderr, /meshes of this cluster: .*add-mesh, add-other/);
      assert.deepEqual(await whole(admin, kinds.Namespace, name), before);
    });

    it('mesh exists, namespace is ignored', async () => {
      const name = await namespace({ [IGNORE]: 'true' });
      const before = await whole(admin, kinds.Namespace, name);
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.deepEqual([run.code, run.stdout], [1, '']);
      assert.equal(
        run.stderr,
        `error: Cannot add ignored namespace [${name}] to mesh [add-mesh]\n` +
          `  hint: lift that first: osm-ts namespace unignore ${name}\n`,
      );
      assert.deepEqual(await whole(admin, kinds.Namespace, name), before);
    });

    it('namespace is in the mesh already', async () => {
      const name = await namespace({ [MONITORED]: mesh }, { [INJECTION]: 'enabled' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.deepEqual(run, {
        stdout: `Namespace [${name}] has already been added to mesh [add-mesh]\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
    });

    it('plain namespace', async () => {
      const name = await namespace();
      const before = await whole(admin, kinds.Namespace, name);
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.deepEqual(run, {
        stdout: `Namespace [${name}] successfully added to mesh [add-mesh]\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
      const metadata = {
        name,
        labels: { 'kubernetes.io/metadata.name': name, [MONITORED]: mesh },
        annotations: { [INJECTION]: 'enabled' },
      };
      assert.deepEqual(await whole(admin, kinds.Namespace, name), { ...before, metadata });
    });

    it('injection is enabled, and the flag disables it', async () => {
      const name = await namespace({}, { [INJECTION]: 'enabled', 'example.com/own': 'kept' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh, '--disable-sidecar-injection');
      assert.equal(run.stdout, `Namespace [${name}] successfully added to mesh [add-mesh]\n`);
      assert.equal(run.stderr, `note: namespace [${name}]: annotation ${INJECTION} was "enabled", is now "disabled"\n`);
      assert.equal(run.code, 0);
      assert.deepEqual(await settings(name), { ...member(mesh, 'disabled'), 'example.com/own': 'kept' });
    });

    it('two namespaces', async () => {
      const names = [await namespace(), await namespace()];
      const run = await cli('ns', 'add', ...names, '--mesh-name', mesh);
      assert.equal(
        run.stdout,
        names.map((name) => `Namespace [${name}] successfully added to mesh [add-mesh]\n`).join(''),
      );
      assert.equal(run.code, 0);
      for (const name of names) assert.deepEqual(await settings(name), member());
    });

    it('namespace holds a control plane', async () => {
      const before = await whole(admin, kinds.Namespace, home);
      const run = await cli('namespace', 'add', home, '--mesh-name', mesh);
      assert.equal(
        run.stdout,
        `Namespace [${home}] already has [osm-controller] installed and cannot be added to mesh [add-mesh]\n`,
      );
      assert.equal(run.code, 0);
      assert.deepEqual(await whole(admin, kinds.Namespace, home), before);
      assert.equal((await cli('namespace', 'add', home, '--mesh-name', mesh, '-o', 'name')).stdout, '');
    });

    it('neither namespace nor mesh exist: the mesh is told', async () => {
      const run = await cli('namespace', 'add', 'add-nowhere', '--mesh-name', 'unrelated');
      assert.equal(run.code, 3);
      assert.match(run.stderr, /^error: mesh \[unrelated\] does not exist\n/);
    });

    it('namespace missing, mesh exists', async () => {
      const run = await cli('namespace', 'add', 'add-nowhere', '--mesh-name', mesh);
      assert.deepEqual([run.code, run.stdout], [3, '']);
      assert.match(
        run.stderr,
        /^error: Could not add namespace \[add-nowhere\] to mesh \[add-mesh\]: namespaces "add-nowhere" not found\n/,
      );
    });
  });

  it('counts any Deployment that carries the name of the mesh', async () => {
    await server.apply(JSON.stringify(controlPlane('add-injector-only', home, 'osm-injector')));
    const name = await namespace();
    const run = await cli('namespace', 'add', name, '--mesh-name', 'add-injector-only');
    assert.equal(run.stdout, `Namespace [${name}] successfully added to mesh [add-injector-only]\n`);
  });

  describe('a namespace of another mesh', () => {
    it('stays there', async () => {
      const name = await namespace({ [MONITORED]: other }, { [INJECTION]: 'enabled' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.deepEqual([run.code, run.stdout], [1, '']);
      assert.equal(
        run.stderr,
        `error: Namespace [${name}] belongs to mesh [add-other], and is not added to mesh [add-mesh]\n` +
          `  hint: take it from mesh [add-other] with --overwrite, or remove it there first: ` +
          `osm-ts namespace remove ${name} --mesh-name add-other\n`,
      );
      assert.deepEqual(await settings(name), member(other));
    });

    it('moves with --overwrite', async () => {
      const name = await namespace({ [MONITORED]: other }, { [INJECTION]: 'enabled' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh, '--overwrite');
      assert.equal(run.stdout, `Namespace [${name}] successfully added to mesh [add-mesh]\n`);
      assert.equal(run.stderr, `note: namespace [${name}] was in mesh [add-other] before\n`);
      assert.equal(run.code, 0);
      assert.deepEqual(await settings(name), member());
    });

    it('belongs to one of two that add it at the same moment', async () => {
      const add = async (name: string, to: string): Promise<ChangeOutcome> => {
        const options = { dryRun: 'none', osmNamespace: 'osm-system', report: silent } as const;
        const request = { mesh: to, injection: 'enabled', overwrite: false } as const;
        for await (const outcome of addNamespaces(admin, [name], request, options)) return outcome;
        throw new Error('no outcome');
      };
      for (let round = 0; round < 5; round++) {
        const name = await namespace();
        const outcomes = await Promise.all([add(name, mesh), add(name, other)]);
        assert.deepEqual(outcomes.map(({ result }) => result).sort(), ['added', 'failed']);
        const winner = outcomes[0]?.result === 'added' ? mesh : other;
        assert.deepEqual(await settings(name), member(winner));
        assert.match(
          outcomes.find(({ error }) => error)?.error?.message ?? '',
          new RegExp(`belongs to mesh \\[${winner}\\]`),
        );
      }
    });
  });

  describe('a namespace that is in the mesh, but not as asked', () => {
    it('gets the annotation that is missing', async () => {
      const name = await namespace({ [MONITORED]: mesh });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.equal(run.stdout, `Namespace [${name}] has already been added to mesh [add-mesh]\n`);
      assert.equal(run.stderr, `note: namespace [${name}]: annotation ${INJECTION} was missing, is now "enabled"\n`);
      assert.deepEqual(await settings(name), member());
    });

    it('follows --disable-sidecar-injection, there and back', async () => {
      const name = await namespace({ [MONITORED]: mesh }, { [INJECTION]: 'enabled' });
      const off = await cli('namespace', 'add', name, '--mesh-name', mesh, '--disable-sidecar-injection');
      assert.equal(off.stdout, `Namespace [${name}] has already been added to mesh [add-mesh]\n`);
      assert.match(off.stderr, /was "enabled", is now "disabled"/);
      assert.deepEqual(await settings(name), member(mesh, 'disabled'));
      await cli('namespace', 'add', name, '--mesh-name', mesh, '--disable-sidecar-injection=false');
      assert.deepEqual(await settings(name), member());
    });

    it('keeps an annotation that means the same', async () => {
      const name = await namespace({ [MONITORED]: mesh }, { [INJECTION]: 'Yes' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.equal(run.stderr, '');
      assert.deepEqual(await settings(name), member(mesh, 'Yes'));
    });

    it('is told to be ignored', async () => {
      const name = await namespace({ [MONITORED]: mesh, [IGNORE]: 'true' }, { [INJECTION]: 'enabled' });
      const run = await cli('namespace', 'add', name, '--mesh-name', mesh);
      assert.equal(run.code, 0);
      assert.equal(
        run.stderr,
        `warning: namespace [${name}] is ignored: its pods get no sidecar until osm-ts namespace unignore ${name}\n`,
      );
    });
  });

  it('warns where no pod ever gets a sidecar', async () => {
    const run = await cli('namespace', 'add', 'kube-public', '--mesh-name', mesh, '--dry-run=server');
    assert.equal(run.stdout, 'Namespace [kube-public] successfully added to mesh [add-mesh] (server dry run)\n');
    assert.equal(run.stderr, 'warning: pods in namespace [kube-public] never get a sidecar, whatever its labels\n');
    const name = await namespace();
    const own = await cli('namespace', 'add', name, '--mesh-name', mesh, '--osm-namespace', name);
    assert.equal(own.stderr, `warning: pods in namespace [${name}] never get a sidecar, whatever its labels\n`);
  });

  it('tries all, each once, and summarises', async () => {
    const [plain, ignored, last] = [await namespace(), await namespace({ [IGNORE]: 'true' }), await namespace()];
    const run = await cli(
      'ns',
      'add',
      plain,
      'add-nowhere',
      ignored,
      plain,
      ` ${last}`,
      `namespace/${last}`,
      '--mesh-name',
      mesh,
    );
    assert.equal(
      run.stdout,
      [plain, last].map((name) => `Namespace [${name}] successfully added to mesh [add-mesh]\n`).join(''),
    );
    assert.match(
      run.stderr,
      new RegExp(`^note: 2 of 4 succeeded; failed: add-nowhere, ${ignored}\nerror: Could not add`),
    );
    assert.match(run.stderr, /\nerror: Cannot add ignored namespace/);
    assert.equal(run.code, 3);
    assert.deepEqual(await settings(last), member());
  });

  it('says no to what cannot be a name, before anything is done', async () => {
    const name = await namespace();
    for (const bad of ['Bad_Name', 'a/b', '', '-', '..', 'x'.repeat(64)]) {
      const run = await cli('namespace', 'add', '--mesh-name', mesh, name, bad);
      assert.equal(run.code, 2, bad);
      assert.match(run.stderr, /cannot be the name of a namespace/);
    }
    for (const bad of ['a,b', '', 'a=b', '-x']) {
      const run = await cli('namespace', 'add', name, `--mesh-name=${bad}`);
      assert.equal(run.code, 2, bad);
      assert.match(run.stderr, /cannot be the name of a mesh/);
    }
    assert.equal((await cli('namespace', 'add')).code, 2);
    assert.deepEqual(await settings(name), { 'kubernetes.io/metadata.name': undefined });
  });
});
