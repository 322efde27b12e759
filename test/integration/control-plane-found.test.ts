import assert from 'node:assert/strict';
import { egressSuite, policyIn } from '../egress/live.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { runCli, runWarm, type Run } from '../support/run-cli.js';

/** A control plane as its installation leaves it: the Deployment that `mesh list` looks for. */
const controller = (mesh: string, namespace: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: osm-controller, namespace: ${namespace}, labels: {app: osm-controller, meshName: ${mesh}}}
spec:
  selector: {matchLabels: {app: osm-controller}}
  template: {metadata: {labels: {app: osm-controller}}, spec: {containers: [{name: c, image: c}]}}
`;

egressSuite('finding the control plane', (suite) => {
  let first: { osm: string; home: string };
  let second: { osm: string; home: string };

  const cli = (...words: string[]): Promise<Run> =>
    runWarm(['egress', ...words, '-n', first.home], { env: { KUBECONFIG: suite.server.kubeconfigFor('admin') } });
  const install = ({ osm }: { osm: string }): Promise<unknown> => suite.server.apply(controller(osm, osm));
  const meshconfig = (...words: string[]): Promise<Run> =>
    runWarm(['meshconfig', ...words], { env: { KUBECONFIG: suite.server.kubeconfigFor('admin') } });
  const explain = ['explain', 'http://httpbin.org/', '--from', 'client'];

  before(async () => {
    for (const { metadata } of await suite.admin.list(kinds.Deployment, { labelSelector: 'app=osm-controller' })) {
      await suite.admin.delete({ kind: kinds.Deployment, name: metadata.name, namespace: metadata.namespace! });
    }
    first = await suite.mesh();
    second = await suite.mesh();
    await suite.admin.create(policyIn(first.home, 'web'));
    await suite.server.apply(
      `{apiVersion: v1, kind: ServiceAccount, metadata: {name: client, namespace: ${first.home}}}`,
    );
  });

  it('without any it is an error of every command that needs it, and nothing is written', async () => {
    const needs = [explain, ['list'], ['get', 'web'], ['allow', 'https://example.com/', '--from', 'client', '--yes']];
    for (const words of needs) {
      const { code, stdout, stderr } = await cli(...words);
      assert.deepEqual([code, stdout], [3, ''], words.join(' '));
      assert.match(
        stderr,
        /no MeshConfig osm-mesh-config in namespace osm-system, and no control plane in this cluster/,
      );
    }
    assert.equal((await suite.server.dump(kinds.Egress, first.home)).length, 1);
  });

  it('the only one is used, with the name of its mesh, and that is said', async () => {
    await install(first);
    const { code, stdout, stderr } = await cli(...explain);
    assert.match(stdout, new RegExp(`in mesh ${first.osm}\\nALLOWED`));
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`^note: the control plane of mesh ${first.osm} is in namespace ${first.osm}`, 'm'));
    assert.match((await cli('list')).stdout, /active/);
  });

  it('so does meshconfig, which changes what is there', async () => {
    const { code, stdout, stderr } = await meshconfig('get', '-o', 'json');
    const { metadata } = JSON.parse(stdout) as { metadata: { namespace: string } };
    assert.deepEqual([code, metadata.namespace], [0, first.osm]);
    assert.match(stderr, new RegExp(`^note: the control plane of mesh ${first.osm} is in namespace ${first.osm}`, 'm'));
    for (const words of [['disable-egress'], ['enable-egress'], ['set', 'sidecar.logLevel=debug']]) {
      const change = await meshconfig(...words);
      assert.deepEqual(
        [change.code, change.stdout],
        [0, 'meshconfig.config.openservicemesh.io/osm-mesh-config patched\n'],
      );
      assert.match(change.stderr, /^note: the control plane of mesh/m);
    }
    const named = await meshconfig('get', '--osm-namespace', 'osm-nowhere');
    assert.deepEqual([named.code, named.stdout], [3, '']);
  });

  it('a namespace that was named is not exchanged for another', async () => {
    const { code, stderr } = await cli('list', '--osm-namespace', 'osm-nowhere');
    assert.equal(code, 3);
    assert.match(
      stderr,
      new RegExp(`no MeshConfig osm-mesh-config in namespace osm-nowhere[^]*--osm-namespace ${first.osm}`),
    );
  });

  it('the usual namespace is taken at its word, too, when somebody names it', async () => {
    const missing = new RegExp(
      `^error: there is no MeshConfig osm-mesh-config in namespace osm-system$[^]*--osm-namespace ${first.osm}`,
      'm',
    );
    const words = ['--osm-namespace', 'osm-system'];
    for (const asked of [['list'], explain, ['allow', 'https://example.com/', '--from', 'client', '--yes']]) {
      const { code, stdout, stderr } = await cli(...asked, ...words);
      assert.deepEqual([code, stdout], [3, ''], asked.join(' '));
      assert.match(stderr, missing);
    }
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin'), OSM_NAMESPACE: 'osm-system' };
    const conflicts = await runWarm(['policy', 'check-conflicts', 'Egress', '-n', first.home], { env });
    assert.deepEqual(
      [conflicts.code, conflicts.stdout, missing.test(conflicts.stderr)],
      [3, '', true],
      conflicts.stderr,
    );
    const config = await meshconfig('get', ...words);
    assert.deepEqual([config.code, config.stdout], [3, '']);
    const byVariable = await runWarm(['egress', 'list', '-n', first.home], { env });
    assert.deepEqual([byVariable.code, missing.test(byVariable.stderr)], [3, true], byVariable.stderr);
    assert.equal((await suite.server.dump(kinds.Egress, first.home)).length, 1);
  });

  it('of several one has to be named, by its namespace or its mesh', async () => {
    await install(second);
    const { code, stderr } = await cli('list');
    assert.equal(code, 3);
    for (const { osm } of [first, second]) assert.match(stderr, new RegExp(`--osm-namespace ${osm} \\(mesh ${osm}\\)`));
    const config = await meshconfig('enable-permissive');
    assert.deepEqual([config.code, config.stdout], [3, '']);
    assert.match(config.stderr, new RegExp(`several control planes[^]*--osm-namespace ${second.osm} `));
    assert.equal((await cli('list', '--osm-namespace', first.osm, '--mesh-name', first.osm)).code, 0);
    const { stderr: note } = await cli('list', '--mesh-name', first.osm);
    assert.match(note, new RegExp(`is in namespace ${first.osm} `));
  });

  it('a control plane without MeshConfig is an error too', async () => {
    await suite.admin.delete({ kind: kinds.Deployment, name: 'osm-controller', namespace: second.osm });
    await suite.admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: first.osm });
    const { code, stderr } = await cli('list');
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`the control plane is in namespace ${first.osm}, and there is no MeshConfig`));
  });

  it('a MeshConfig among files that are laid over the cluster makes it dispensable', async () => {
    const config = `{apiVersion: config.openservicemesh.io/v1alpha2, kind: MeshConfig, metadata: {name: osm-mesh-config, namespace: osm-system}, spec: {featureFlags: {enableEgressPolicy: true}}}`;
    const { code } = await runCli(
      ['egress', ...explain, '-n', first.home, '--mesh-name', first.osm, '--live', '-f', '-'],
      {
        env: { KUBECONFIG: suite.server.kubeconfigFor('admin') },
        stdin: config,
      },
    );
    assert.equal(code, 0);
  });
});
