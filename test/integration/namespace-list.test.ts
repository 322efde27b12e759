import assert from 'node:assert/strict';

import type { Cluster } from '../../src/lib/cluster/types.js';
import { cliFor, controlPlane } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { parseChecked } from '../mesh/support/schema.js';
import { integration } from './support/api-server.js';
import { startFaultProxy } from './support/fault-proxy.js';
import type { FaultProxy } from './support/fault-proxy.js';

const MONITORED = 'openservicemesh.io/monitored-by';
const INJECTION = 'openservicemesh.io/sidecar-injection';
const METRICS = 'openservicemesh.io/metrics';
const IGNORE = 'openservicemesh.io/ignore';

interface NamespaceList {
  mesh: string | null;
  items: { name: string; mesh: string }[];
}

integration('namespace list', (server) => {
  let admin: Cluster;
  let cli: Cli;
  let proxy: FaultProxy;
  const names: Record<'plain' | 'enabled' | 'ignored' | 'odd' | 'second', string> = {
    plain: 'list-a',
    enabled: 'list-b',
    ignored: 'list-c-with-a-long-name',
    odd: 'list-d',
    second: 'list-e',
  };

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    proxy = await startFaultProxy(server.control);
    const create = (name: string, labels: Record<string, string>, annotations: Record<string, string> = {}) =>
      admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } });
    await create(names.plain, { [MONITORED]: 'list-1' });
    await create(names.enabled, { [MONITORED]: 'list-1' }, { [INJECTION]: 'enabled', [METRICS]: 'enabled' });
    await create(names.ignored, { [MONITORED]: 'list-1', [IGNORE]: 'any-value' }, { [INJECTION]: 'enabled' });
    await create(names.odd, { [MONITORED]: 'list-1' }, { [INJECTION]: '' });
    await create(names.second, { [MONITORED]: 'list-2.with_all-signs' }, { [INJECTION]: 'disabled' });
    await create('list-unrelated', { [IGNORE]: 'true' });
    const home = await server.freshNamespace('control');
    await server.apply(JSON.stringify(controlPlane('list-empty', home)));
  });

  after(() => proxy.close());

  it('shows the table of osm-cli §8.4', async () => {
    const run = await cli('namespace', 'list', '--mesh-name', 'list-1');
    assert.deepEqual(run, {
      stdout: [
        'NAMESPACE                 MESH     SIDECAR-INJECTION',
        'list-a                    list-1   -',
        'list-b                    list-1   enabled',
        'list-c-with-a-long-name   list-1   disabled (ignored)',
        'list-d                    list-1   ',
        '',
      ].join('\n'),
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  it('takes the mesh as an argument, which wins over the flag', async () => {
    const expected = [
      'NAMESPACE   MESH                    SIDECAR-INJECTION',
      'list-e      list-2.with_all-signs   disabled',
      '',
    ].join('\n');
    const argument = await cli('ns', 'list', 'list-2.with_all-signs');
    assert.deepEqual([argument.stdout, argument.stderr, argument.code], [expected, '', 0]);
    const both = await cli('ns', 'list', 'list-2.with_all-signs', '--mesh-name', 'list-1');
    assert.equal(both.stdout, expected);
    assert.equal(
      both.stderr,
      'warning: --mesh-name list-1 is not looked at: the argument list-2.with_all-signs wins\n',
    );
    const same = await cli('ns', 'list', 'list-2.with_all-signs', '--mesh-name', 'list-2.with_all-signs');
    assert.equal(same.stderr, '');
  });

  it('shows all meshes without a name, only namespaces that are in one, and the same as JSON', async () => {
    const text = await cli('namespace', 'list');
    const json = await cli('namespace', 'list', '-o', 'json');
    const { mesh, items } = parseChecked<NamespaceList>(json.stdout, 'namespace-list');
    assert.equal(mesh, null);
    const mine = items.filter(({ name }) => name.startsWith('list-'));
    assert.deepEqual(
      mine.map(({ name }) => name),
      Object.values(names),
    );
    assert.equal(text.stdout.trimEnd().split('\n').length, items.length + 1);
  });

  it('has columns for ignored and metrics with -o wide, names with -o name', async () => {
    const wide = await cli('namespace', 'list', 'list-1', '-o', 'wide');
    assert.equal(
      wide.stdout,
      [
        'NAMESPACE                 MESH     SIDECAR-INJECTION    IGNORED   METRICS',
        'list-a                    list-1   -                    false     -',
        'list-b                    list-1   enabled              false     enabled',
        'list-c-with-a-long-name   list-1   disabled (ignored)   true      -',
        'list-d                    list-1                        false     -',
        '',
      ].join('\n'),
    );
    const name = await cli('namespace', 'list', 'list-1', '-o', 'name');
    assert.equal(
      name.stdout,
      'namespace/list-a\nnamespace/list-b\nnamespace/list-c-with-a-long-name\nnamespace/list-d\n',
    );
  });

  it('gives JSON and YAML that fit the schema', async () => {
    const json = await cli('namespace', 'list', 'list-1', '-o', 'json');
    const yaml = await cli('namespace', 'list', 'list-1', '-o', 'yaml');
    const expected = {
      apiVersion: 'osm-ts/v1',
      kind: 'NamespaceList',
      mesh: 'list-1',
      items: [
        { name: 'list-a', mesh: 'list-1', sidecarInjection: null, ignored: false, metrics: null },
        { name: 'list-b', mesh: 'list-1', sidecarInjection: 'enabled', ignored: false, metrics: 'enabled' },
        {
          name: 'list-c-with-a-long-name',
          mesh: 'list-1',
          sidecarInjection: 'enabled',
          ignored: true,
          metrics: null,
        },
        { name: 'list-d', mesh: 'list-1', sidecarInjection: '', ignored: false, metrics: null },
      ],
    };
    assert.deepEqual(parseChecked(json.stdout, 'namespace-list'), expected);
    assert.deepEqual(parseChecked(yaml.stdout, 'namespace-list'), expected);
  });

  describe('with nothing to show', () => {
    it('says so, and that there is no such mesh', async () => {
      const run = await cli('namespace', 'list', 'list-none');
      assert.equal(run.stdout, 'No namespaces in mesh [list-none]\n');
      assert.match(run.stderr, /^note: there is no mesh \[list-none\]; meshes of this cluster: .+\n$/);
      assert.equal(run.code, 0);
      const json = await cli('namespace', 'list', 'list-none', '-o', 'json');
      assert.deepEqual(parseChecked<NamespaceList>(json.stdout, 'namespace-list').items, []);
      assert.equal((await cli('namespace', 'list', 'list-none', '-o', 'name')).stdout, '');
    });

    it('has no note when the mesh exists', async () => {
      const run = await cli('namespace', 'list', 'list-empty');
      assert.deepEqual([run.stdout, run.stderr], ['No namespaces in mesh [list-empty]\n', '']);
    });

    it('says so of all meshes', async () => {
      const none = { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: [] };
      proxy.plan({ fault: { status: 200, body: none } });
      const run = await cliFor(server, 'admin', proxy.url)('namespace', 'list');
      assert.deepEqual([run.stdout, run.stderr, run.code], ['No namespaces in any mesh\n', '', 0]);
    });
  });

  it('asks once, for what it shows', async () => {
    proxy.plan();
    await cliFor(server, 'admin', proxy.url)('namespace', 'list', 'list-1');
    assert.deepEqual(
      proxy.requests.map(({ method, path }) => `${method} ${path}`),
      ['GET /api/v1/namespaces?labelSelector=openservicemesh.io%2Fmonitored-by%3Dlist-1&limit=500'],
    );
  });

  it('is refused to who has no rights, and for what is no name', async () => {
    const run = await cliFor(server, 'nobody')('namespace', 'list', 'list-1');
    assert.deepEqual([run.code, run.stdout], [3, '']);
    assert.match(
      run.stderr,
      /^error: Could not list namespaces of mesh \[list-1\]: namespaces is forbidden: User "nobody"/,
    );
    assert.equal((await cli('namespace', 'list', 'list-1,x')).code, 2);
    assert.equal((await cli('namespace', 'list', 'list-1', 'list-2')).code, 2);
  });

  it('offers names for completion', async () => {
    const offered = async (user: 'admin' | 'nobody', ...words: string[]): Promise<string[]> => {
      const run = await cliFor(server, user)('__complete', ...words);
      assert.deepEqual([run.stderr, run.code], ['', 0]);
      return run.stdout
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('list-') || line.startsWith(':'));
    };
    const all = [...Object.values(names), 'list-unrelated'].sort();
    assert.deepEqual(await offered('admin', 'namespace', 'remove', ''), [...Object.values(names), ':4']);
    assert.deepEqual(await offered('admin', 'namespace', 'unignore', ''), [names.ignored, 'list-unrelated', ':4']);
    assert.deepEqual(await offered('admin', 'namespace', 'add', 'list-'), [':4']);
    assert.deepEqual(await offered('admin', 'egress', 'list', '-n', 'list-'), [...all, ':4']);
    assert.deepEqual(await offered('admin', 'namespace', 'list', '--mesh-name', 'list-'), ['list-empty', ':4']);
    assert.deepEqual(await offered('admin', 'egress', 'explain', '--from', 'list-a'), ['list-a/', ':6']);
    await server.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'list-account', namespace: names.plain },
      }),
    );
    assert.deepEqual(await offered('admin', 'egress', 'explain', '--from', 'list-a/l'), ['list-a/list-account', ':4']);
    assert.deepEqual(await offered('admin', 'egress', 'explain', '-n', 'list-a', '--from', 'list-ac'), [
      'list-account',
      ':4',
    ]);
    assert.deepEqual(await offered('nobody', 'namespace', 'remove', ''), [':4']);
    assert.deepEqual(await offered('nobody', 'egress', 'list', '--mesh-name', ''), [':4']);
  });
});
