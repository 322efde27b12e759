import assert from 'node:assert/strict';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { cliFor, controlPlane, whole } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { parseChecked } from '../mesh/support/schema.js';
import { integration } from './support/api-server.js';
import { startFaultProxy } from './support/fault-proxy.js';
import type { FaultProxy } from './support/fault-proxy.js';

const MONITORED = 'openservicemesh.io/monitored-by';
const INJECTION = 'openservicemesh.io/sidecar-injection';
const IGNORE = 'openservicemesh.io/ignore';

const namespaceRights = { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'patch'] };
const deploymentRights = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] };

interface Summary {
  dryRun: string;
  items: { object: { name: string }; result: string; patch: unknown; error: { status: number | null } | null }[];
}

integration('namespace commands: rights, requests, dry runs and failures', (server) => {
  let admin: Cluster;
  let cli: Cli;
  let proxy: FaultProxy;
  let home: string;
  const mesh = 'rights-mesh';

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    proxy = await startFaultProxy(server.control);
    home = await server.freshNamespace('control');
    await server.apply(JSON.stringify(controlPlane(mesh, home)));
  });

  after(() => proxy.close());

  const namespace = (labels: Record<string, string> = {}): Promise<string> => server.freshNamespace('rights', labels);

  /** The command lines that change a namespace, from a state that each of them changes. */
  const changes = [
    { args: ['add', '--mesh-name', mesh], labels: {}, patch: added('enabled') },
    {
      args: ['add', '--mesh-name', mesh, '--disable-sidecar-injection'],
      labels: {},
      patch: added('disabled'),
    },
    {
      args: ['remove', '--mesh-name', mesh],
      labels: { [MONITORED]: mesh },
      patch: { metadata: { labels: { [MONITORED]: null } } },
    },
    { args: ['ignore'], labels: {}, patch: { metadata: { labels: { [IGNORE]: 'true' } } } },
    { args: ['unignore'], labels: { [IGNORE]: 'true' }, patch: { metadata: { labels: { [IGNORE]: null } } } },
  ];

  function added(injection: string): object {
    return { metadata: { labels: { [MONITORED]: mesh }, annotations: { [INJECTION]: injection } } };
  }

  for (const { args, labels, patch } of changes) {
    const words = `namespace ${args.join(' ')}`;
    const command = (name: string, ...more: string[]): string[] => ['namespace', ...args, name, ...more];

    describe(words, () => {
      it('sends one strategic merge patch, on the condition that nobody wrote meanwhile, and none when repeated', async () => {
        const name = await namespace(labels);
        const { resourceVersion } = (await admin.get({ kind: kinds.Namespace, name })).metadata;
        const through = cliFor(server, 'admin', proxy.url);
        proxy.plan();
        assert.equal((await through(...command(name))).code, 0);
        const [sent, ...others] = proxy.requests.filter(({ method }) => method !== 'GET');
        assert.deepEqual(others, []);
        assert.equal(sent?.method, 'PATCH');
        assert.equal(sent.path, `/api/v1/namespaces/${name}?fieldManager=osm-ts&fieldValidation=Strict`);
        assert.equal(sent.headers['content-type'], 'application/strategic-merge-patch+json');
        const { metadata } = patch as { metadata: object };
        assert.deepEqual(JSON.parse(sent.body), { metadata: { ...metadata, resourceVersion } });
        const after = await admin.get({ kind: kinds.Namespace, name });
        proxy.plan();
        assert.equal((await through(...command(name))).code, 0);
        assert.deepEqual(
          proxy.requests.filter(({ method }) => method !== 'GET'),
          [],
        );
        assert.deepEqual(await admin.get({ kind: kinds.Namespace, name }), after);
      });

      it('changes nothing in a dry run, and shows what it would', async () => {
        const name = await namespace(labels);
        const before = await admin.get({ kind: kinds.Namespace, name });
        const client = await cli(...command(name, '--dry-run=client'));
        const [line, shown, ...rest] = client.stdout.split('\n');
        assert.match(line ?? '', / \(dry run\)$/);
        assert.deepEqual(JSON.parse(shown ?? ''), patch);
        assert.deepEqual(rest, ['']);
        const onServer = await cli(...command(name, '--dry-run', 'server'));
        assert.equal(onServer.stdout, `${line?.replace('(dry run)', '(server dry run)')}\n`);
        assert.deepEqual([client.code, onServer.code], [0, 0]);
        for (const dryRun of ['client', 'server']) {
          const run = await cli(...command(name, '--dry-run', dryRun, '-o', 'json'));
          const summary = parseChecked<Summary>(run.stdout, 'change-summary');
          assert.deepEqual([summary.dryRun, summary.items[0]?.patch], [dryRun, patch]);
        }
        assert.deepEqual(await admin.get({ kind: kinds.Namespace, name }), before);
        const real = await cli(...command(name));
        assert.equal(real.stdout, `${line?.replace(' (dry run)', '')}\n`);
      });

      it('sends nothing but reads in a dry run of the client', async () => {
        const name = await namespace(labels);
        proxy.plan();
        await cliFor(server, 'admin', proxy.url)(...command(name, '--dry-run=client'));
        assert.ok(proxy.requests.every(({ method }) => method === 'GET'));
      });

      it('prints JSON, YAML and names', async () => {
        const json = await cli(...command(await namespace(labels), '-o', 'json'));
        const summary = parseChecked<Summary>(json.stdout, 'change-summary');
        assert.equal(summary.dryRun, 'none');
        assert.notEqual(summary.items[0]?.result, 'unchanged');
        const yaml = await cli(...command(await namespace(labels), '-o', 'yaml'));
        assert.deepEqual(parseChecked<Summary>(yaml.stdout, 'change-summary').items[0]?.patch, patch);
        const name = await namespace(labels);
        for (const dryRun of ['client', 'server', 'none']) {
          assert.equal((await cli(...command(name, '-o', 'name', '--dry-run', dryRun))).stdout, `namespace/${name}\n`);
        }
        const again = await cli(...command(name, '-o', 'json'));
        assert.equal(parseChecked<Summary>(again.stdout, 'change-summary').items[0]?.result, 'unchanged');
      });

      it('is refused to who has no rights', async () => {
        const name = await namespace(labels);
        const before = await whole(admin, kinds.Namespace, name);
        const run = await cliFor(server, 'nobody')(...command(name));
        assert.deepEqual([run.code, run.stdout], [3, '']);
        assert.match(run.stderr, /^error: .*is forbidden: User "nobody" cannot (get|list) resource/);
        assert.match(run.stderr, /\n {2}hint: ask an administrator for this rule/);
        assert.deepEqual(await whole(admin, kinds.Namespace, name), before);
      });

      it('is refused to who may only look, also in a dry run of the server', async () => {
        const user = await server.createUser('looker', {
          cluster: [{ ...namespaceRights, verbs: ['get', 'list'] }, deploymentRights],
        });
        const name = await namespace(labels);
        const looker = cliFor(server, user);
        for (const dryRun of ['none', 'server']) {
          const run = await looker(...command(name, '--dry-run', dryRun));
          assert.deepEqual([run.code, run.stdout], [3, ''], dryRun);
          assert.match(run.stderr, /cannot patch resource "namespaces"/);
        }
        assert.equal((await looker(...command(name, '--dry-run=client'))).code, 0);
      });

      it('decides anew when somebody else wrote at the same moment, and gives up in the end', async () => {
        const conflict = {
          status: 409,
          body: {
            kind: 'Status',
            status: 'Failure',
            reason: 'Conflict',
            code: 409,
            message: 'the object has been modified',
          },
        };
        const through = cliFor(server, 'admin', proxy.url);
        const isPatch = ({ method }: { method: string }): boolean => method === 'PATCH';
        proxy.plan({ fault: conflict, when: isPatch, times: 2 });
        const run = await through(...command(await namespace(labels)));
        assert.equal(run.code, 0);
        assert.equal(proxy.requests.filter(isPatch).length, 3);
        proxy.plan({ fault: conflict, when: isPatch, times: 100 });
        const lost = await through(...command(await namespace(labels)));
        assert.deepEqual([lost.code, lost.stdout], [3, '']);
        assert.match(lost.stderr, /: the object has been modified/);
        assert.equal(proxy.requests.filter(isPatch).length, 5);
      });
    });
  }

  describe('with some rights', () => {
    it('adds when only the Deployments of the control plane can be seen; pods are not asked for twice', async () => {
      const name = await namespace();
      const user = await server.createUser('partly', {
        cluster: [namespaceRights],
        namespaces: { [home]: [deploymentRights] },
      });
      const partly = cliFor(server, user);
      const refused = await partly('namespace', 'add', name, '--mesh-name', mesh);
      assert.deepEqual([refused.code, refused.stdout], [3, '']);
      assert.match(
        refused.stderr,
        /^error: Cannot obtain information about the mesh \[rights-mesh\]: deployments.apps is forbidden/,
      );
      assert.match(refused.stderr, /hint: or name the namespace of the control plane with --osm-namespace/);
      const run = await partly('namespace', 'add', name, '--mesh-name', mesh, '--osm-namespace', home);
      assert.deepEqual(run, {
        stdout: `Namespace [${name}] successfully added to mesh [rights-mesh]\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
      const verbose = await partly('namespace', 'ignore', name, '--verbose');
      assert.match(verbose.stderr, /the pods of namespace \S+ are not looked at: pods is forbidden/);
      assert.equal(verbose.stdout, `Successfully configured namespace [${name}] to be ignored\n`);
    });

    it('does to some namespaces what it may', async () => {
      const names = [await namespace(), await namespace(), await namespace()];
      const user = await server.createUser('some', { cluster: [{ ...namespaceRights, resourceNames: [names[1]!] }] });
      const run = await cliFor(server, user)('namespace', 'ignore', ...names, '-o', 'json');
      assert.equal(run.code, 3);
      assert.match(run.stderr, new RegExp(`^note: 1 of 3 succeeded; failed: ${names[0]}, ${names[2]}\n`));
      const { items } = parseChecked<Summary>(run.stdout, 'change-summary');
      assert.deepEqual(
        items.map(({ object, result, error }) => [object.name, result, error?.status]),
        [
          [names[0], 'failed', 403],
          [names[1], 'ignored', undefined],
          [names[2], 'failed', 403],
        ],
      );
    });
  });

  describe('when the server goes away', () => {
    it('after the first namespace: what is done is told, the rest is not waited for', async () => {
      const names = [await namespace(), await namespace(), await namespace()];
      const doomed = await startFaultProxy(server.control);
      let closed: Promise<void> | undefined;
      doomed.plan({
        fault: { drop: 'request' },
        when: ({ path }) => {
          if (!path.includes(names[1]!)) return false;
          closed ??= doomed.close();
          return true;
        },
      });
      const run = await cliFor(server, 'admin', doomed.url)('namespace', 'ignore', ...names);
      await closed;
      assert.equal(run.stdout, `Successfully configured namespace [${names[0]}] to be ignored\n`);
      assert.equal(run.code, 3);
      const errors = run.stderr.split('\n').filter((line) => line.startsWith('error: '));
      assert.match(errors[0] ?? '', new RegExp(`Failed to retrieve namespace \\[${names[1]}\\]: .* cannot be reached`));
      assert.equal(
        errors[1],
        `error: Failed to configure namespace [${names[2]}] to be ignored: not tried, because the cluster did not answer before`,
      );
    });

    it('before the answer to the write: it is not sent twice, and not reported as done', async () => {
      const name = await namespace();
      proxy.plan({ fault: { drop: 'answer' }, when: ({ method }) => method === 'PATCH' });
      const run = await cliFor(server, 'admin', proxy.url)('namespace', 'ignore', name);
      assert.deepEqual([run.code, run.stdout], [3, '']);
      assert.equal(proxy.requests.filter(({ method }) => method === 'PATCH').length, 1);
      const again = await cli('namespace', 'ignore', name);
      assert.deepEqual([again.code, again.stderr], [0, '']);
    });

    it('and cannot be reached from the start', async () => {
      const gone = await startFaultProxy(server.control);
      await gone.close();
      for (const args of [['add', 'x'], ['remove', 'x'], ['ignore', 'x'], ['unignore', 'x'], ['list']]) {
        const run = await cliFor(server, 'admin', gone.url)('namespace', ...args);
        assert.deepEqual([run.code, run.stdout], [3, ''], args[0]);
        assert.match(run.stderr, /cannot be reached: connection refused/);
      }
    });
  });

  it('asks as the mirrored program does before it adds', async () => {
    const name = await namespace();
    proxy.plan();
    await cliFor(server, 'admin', proxy.url)('namespace', 'add', name, '--mesh-name', mesh);
    const paths = proxy.requests.map(
      ({ method, path }) => `${method} ${decodeURIComponent(path).replace(/\?.*labelSelector=/, '?')}`,
    );
    assert.deepEqual(
      paths.map((path) => path.replace(/&limit=\d+/, '').replace(/\?fieldManager.*/, '')),
      [
        `GET /apis/apps/v1/deployments?meshName=${mesh}`,
        `GET /apis/apps/v1/namespaces/${name}/deployments?app=osm-controller`,
        `GET /api/v1/namespaces/${name}`,
        `PATCH /api/v1/namespaces/${name}`,
        `GET /api/v1/namespaces/${name}/pods?!osm-proxy-uuid`,
      ],
    );
  });
});
