import assert from 'node:assert/strict';

import type { Cluster } from '../../src/lib/cluster/types.js';
import { roleOf, type RootCertificate } from '../../src/lib/mesh/certificate/roles.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject, MeshConfig } from '../../src/lib/resources/types.js';
import { controlPlane } from '../mesh/support/cli.js';
import { installed } from '../mesh/support/meshconfig.js';
import { assertFits } from '../support/schema.js';
import { runCli, runOnTerminal, runWarm, type Run } from '../support/run-cli.js';
import { integration } from './support/api-server.js';
import { startRotatingMesh, withRoles, type RotatingMesh } from './support/rotating-mesh.js';
import { wipe } from './support/wipe.js';

const TYPE = 'meshrootcertificate.config.openservicemesh.io';
const kind = kinds.MeshRootCertificate;

integration('alpha certificate rotate', (server) => {
  let admin: Cluster;
  let namespace: string;
  let mesh: RotatingMesh | undefined;
  let takeRolesAway: () => Promise<void>;

  before(async () => {
    admin = await server.connect('admin');
    takeRolesAway = await withRoles(server);
  });
  beforeEach(async () => {
    namespace = await server.freshNamespace('osm');
    const config = installed(namespace) as MeshConfig & { spec: { featureFlags: object } };
    Object.assign(config.spec.featureFlags, { enableMeshRootCertificate: true });
    await admin.create(config, { fieldValidation: 'Strict' });
  });
  afterEach(async () => {
    await mesh?.stop();
    mesh = undefined;
    for (const { metadata } of await admin.list<RootCertificate>(kind))
      await admin.delete({ kind, name: metadata.name, namespace: metadata.namespace });
    await wipe(server, admin);
  });
  after(() => takeRolesAway());

  const kubeconfig = (user = 'admin') => ({ KUBECONFIG: server.kubeconfigFor(user) });
  const words = (...args: string[]) => ['alpha', 'certificate', 'rotate', ...args, '--osm-namespace', namespace];
  const rotate = (...args: string[]): Promise<Run> =>
    runWarm(words('--accept', ...(args.includes('-w') ? [] : ['-w', '300ms']), ...args), { env: kubeconfig() });
  const tresor = (secret: string) => ({ tresor: { ca: { secretRef: { name: secret, namespace } } } });

  function certificate(name: string, role?: string, provider: object = tresor(`secret-of-${name}`)): RootCertificate {
    return {
      apiVersion: 'config.openservicemesh.io/v1alpha2',
      kind: 'MeshRootCertificate',
      metadata: { name, namespace },
      spec: { ...(role !== undefined && { role }), trustDomain: 'example.org', provider },
    } as RootCertificate;
  }
  const put = (name: string, role?: string, provider?: object) => admin.create(certificate(name, role, provider));
  const roles = async (): Promise<Record<string, string | undefined>> => {
    const all = await admin.list<RootCertificate>(kind, { namespace });
    return Object.fromEntries(all.map((each) => [each.metadata.name, roleOf(each)]));
  };
  const secrets = async () =>
    (await admin.list<KubernetesObject>(kinds.Secret, { namespace })).map(({ metadata }) => metadata.name);

  /** A control plane that follows, with its webhook configurations. */
  async function follow(): Promise<RotatingMesh> {
    const hook = (name: string) => ({
      name,
      clientConfig: { service: { name: 'osm', namespace, path: '/x' } },
      rules: [{ apiGroups: ['none'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    });
    for (const each of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      await admin.create({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: each,
        metadata: { name: `osm-of-${namespace}`, labels: { 'app.kubernetes.io/name': 'openservicemesh.io' } },
        webhooks: [hook(`${each.toLowerCase()}.k8s.io`)],
      } as KubernetesObject);
    mesh = startRotatingMesh(admin, namespace, server.control.authority.cert);
    while (mesh.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return mesh;
  }

  it('leads a new certificate in and the old one out, with both known in between', async () => {
    await put('old', 'active');
    const { seen } = await follow();
    const run = await rotate('--delete');
    assert.equal(run.code, 0, run.stderr);
    const [first = ''] = run.stdout.split('\n');
    const name = /\/(osm-mesh-root-certificate-([0-9a-f]{16})) created$/.exec(first)?.[1] ?? '';
    assert.deepEqual(run.stdout.split('\n'), [
      `${TYPE}/${name} created`,
      `${TYPE}/${name} is now passive`,
      `${TYPE}/${name} is now active`,
      `${TYPE}/old is now passive`,
      `${TYPE}/old is now inactive`,
      `${TYPE}/old deleted`,
      'secret/secret-of-old deleted',
      `OSM successfully rotated root certificate for mesh [osm] in namespace [${namespace}]`,
      '',
    ]);
    assert.match(run.stderr, /^note: this is a preview of OSM/);
    assert.match(run.stderr, /note: sidecars were not asked .* osm-ts proxy get certs POD -n NAMESPACE\n/);
    const steps = ['old active', `old active, ${name} inactive`, `old active, ${name} passive`];
    steps.push(`old active, ${name} active`, `old passive, ${name} active`, `old inactive, ${name} active`);
    // what lasts no longer than the control plane takes to look need not be seen
    const orderOf = (all: readonly string[]) => all.map((state) => state.split(', ').sort().join(', '));
    assert.deepEqual(
      orderOf(seen).filter((state) => state.includes('active, ') || state.includes('passive, ')),
      orderOf(steps).filter((state) => orderOf(seen).includes(state) && state.includes(', ')),
    );
    for (const state of orderOf(steps.slice(2))) assert.ok(orderOf(seen).includes(state), state);
    const made = await admin.get<RootCertificate & { spec: object }>({ kind, name, namespace });
    const suffix = name.slice(-16);
    assert.deepEqual(made.spec, {
      role: 'active',
      trustDomain: 'example.org',
      spiffeEnabled: false,
      provider: tresor(`osm-ca-bundle-${suffix}`),
    });
    assert.deepEqual(await secrets(), [`osm-ca-bundle-${suffix}`]);
  });

  it('stops where the control plane does not follow, and goes on from there', async () => {
    await put('old', 'active');
    await put('new', 'inactive');
    const { sleep, wake } = await follow();
    sleep();
    const stopped = await rotate('-c', 'new');
    assert.equal(stopped.code, 3);
    assert.equal(stopped.stdout, `${TYPE}/new is now passive\n`);
    assert.match(
      stopped.stderr,
      new RegExp(
        `error: the control plane has not followed in 0\\.3 s: there is no Secret ${namespace}/secret-of-new, .*` +
          `mutatingwebhookconfiguration.*/osm-of-${namespace} has 1 certificate, and two are in use`,
      ),
    );
    assert.match(
      stopped.stderr,
      new RegExp(`the rotation stops here: ${TYPE}/old is active, and ${TYPE}/new, which is to take over, is passive`),
    );
    const next = `osm-ts alpha certificate rotate -c new --osm-namespace ${namespace}`;
    assert.ok(stopped.stderr.includes(`go on with it: ${next}\n`), stopped.stderr);
    assert.deepEqual(await roles(), { old: 'active', new: 'passive' });
    const refused = await rotate('-c', 'new');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /error: the control plane is not ready for a rotation: there is no Secret/);
    wake();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const done = await rotate('-c', 'new');
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stdout.split('\n')[0], `${TYPE}/new is now active`);
    assert.deepEqual(await roles(), { old: 'inactive', new: 'active' });
    const again = await rotate('-c', 'new');
    assert.deepEqual([again.code, again.stdout], [0, `${TYPE}/new unchanged\n`]);
  });

  it('goes on from each step', async () => {
    for (const [old, next, left] of [
      ['active', 'active', 3],
      ['passive', 'active', 2],
    ] as const) {
      await put(`old-${left}`, old);
      await put(`new-${left}`, next);
      const run = await rotate('-c', `new-${left}`, '--dry-run=server');
      assert.equal(run.stdout.trimEnd().split('\n').length, left, run.stdout + run.stderr);
      for (const name of [`old-${left}`, `new-${left}`]) await admin.delete({ kind, name, namespace });
    }
  });

  it('keeps a Secret that another certificate has, too', async () => {
    await put('old', 'active', tresor('both'));
    await put('new', 'inactive', tresor('both'));
    await follow();
    const run = await rotate('-c', 'new', '-d');
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, new RegExp(`note: Secret ${namespace}/both stays: ${TYPE}/new has the same`));
    assert.deepEqual(await secrets(), ['both']);
  });

  it('changes nothing in a dry run', async () => {
    await put('old', 'active');
    await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret-of-old', namespace } });
    for (const dryRun of ['client', 'server']) {
      const run = await rotate(`--dry-run=${dryRun}`, '-d', '-t', 'new.example');
      assert.equal(run.code, 0, run.stderr);
      const mark = dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
      assert.ok(run.stdout.includes(` created${mark}\n`), run.stdout);
      assert.ok(run.stdout.includes(`${TYPE}/old is now inactive${mark}\n`), run.stdout);
      assert.ok(run.stdout.includes(`secret/secret-of-old deleted${mark}\n`), run.stdout);
    }
    assert.deepEqual(await roles(), { old: 'active' });
    const summary = JSON.parse((await rotate('--dry-run=client', '-o', 'json')).stdout) as { items: unknown[] };
    assertFits(summary, 'change-summary');
    assert.equal(summary.items.length, 6);
  });

  it('asks first, and shows which cluster is meant', async () => {
    await put('old', 'active');
    const nobody = await runWarm(words(), { env: kubeconfig() });
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /--accept/);
    const no = await runOnTerminal(words(), { env: kubeconfig(), stdin: 'n\n', columns: 200 });
    assert.match(
      no.stdout,
      new RegExp(`in context "admin" \\(${server.url}\\), namespace ${namespace}: create ${TYPE}/`),
    );
    assert.match(no.stdout, new RegExp(`${TYPE}/old: passive → inactive, then wait for 60 s`));
    assert.match(no.stdout, /nothing is changed/);
    assert.equal(no.code, 0);
    assert.deepEqual(await roles(), { old: 'active' });
  });

  it('says after Ctrl-C what is in use', async () => {
    await put('old', 'active');
    await put('new', 'inactive');
    await follow();
    const run = await runCli(words('-y', '-c', 'new', '-w', '1h'), { env: kubeconfig(), sigintAfter: 3 });
    assert.equal(run.code, 130, run.stderr);
    assert.match(run.stderr, new RegExp(`error: interrupted: ${TYPE}/old is active, and ${TYPE}/new, .* is passive\n`));
    assert.match(run.stderr, /hint: go on with it: osm-ts alpha certificate rotate -c new /);
  });

  it('refuses what is no beginning of a rotation, with what there is', async () => {
    const vault = {
      vault: {
        host: 'v',
        port: 8200,
        role: 'r',
        protocol: 'http',
        token: { secretKeyRef: { name: 's', key: 'k', namespace } },
      },
    };
    const cases: { have: [string, string | undefined, object?][]; args?: string[]; code: number; says: RegExp }[] = [
      { have: [], code: 1, says: /there is no active MeshRootCertificate\n/ },
      { have: [['a', 'passive']], code: 1, says: /there is no active MeshRootCertificate: a is passive/ },
      {
        have: [
          ['a', 'active'],
          ['b', 'passive'],
        ],
        code: 1,
        says: /where one is in use: a is active, b is passive\n.*go on with it, .*: -c a/,
      },
      {
        have: [
          ['a', 'active'],
          ['b', 'active'],
        ],
        code: 1,
        says: /where one is in use: a is active, b is active/,
      },
      {
        have: [
          ['a', 'active'],
          ['b', undefined],
        ],
        code: 1,
        says: /\/b has no spec.role: this control plane is older than rotation/,
      },
      { have: [['a', 'active', vault]], code: 1, says: /\/a comes from vault, .*\n.*--file FILE, or -c NAME/ },
      { have: [['a', 'active']], args: ['-c', 'b'], code: 3, says: /there is no MeshRootCertificate b: a is active/ },
    ];
    for (const { have, args = [], code, says } of cases) {
      for (const each of have) await put(...each);
      const run = await rotate(...args);
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, says);
      assert.equal(run.stdout, '');
      assert.deepEqual(Object.keys(await roles()).sort(), have.map(([name]) => name).sort());
      for (const [name] of have) await admin.delete({ kind, name, namespace });
    }
  });

  it('reads the certificate that takes over from a file', async () => {
    await put('old', 'active');
    const manifest = `apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshRootCertificate
metadata:
  name: next
spec:
  provider:
    certManager: { issuerName: i, issuerKind: Issuer, issuerGroup: cert-manager.io }
`;
    const wrong: [string, string, RegExp][] = [
      [manifest.replace('MeshRootCertificate', 'Secret'), 'kind', /:2:1: this is no MeshRootCertificate/],
      [
        manifest.replace('name: next', 'namespace: x\n  name: next'),
        'place',
        /:4:3: it is for namespace "x", and the control plane is in osm-/,
      ],
      [manifest.replace('  name: next', '  labels: {}'), 'name', /:3:1: it has no name/],
      [
        manifest.replace('spec:', 'spec:\n  role: active'),
        'role',
        /:6:3: a certificate that takes over is inactive at first/,
      ],
      [`${manifest}---\n${manifest}`, 'two', /:9:1: there is more than one object/],
      ['# nothing\n', 'empty', /empty: there is no object in it/],
      ['a: [\n', 'syntax', /syntax:\d+:\d+: /],
      [manifest.replace('next', 'old'), 'there', /error: .*\/old is there already\n.*-c old/],
      [manifest.replace('certManager', 'other'), 'server', /error: .*spec\.provider/],
    ];
    for (const [text, name, says] of wrong) {
      const run = await rotate('-f', server.file(name, text));
      assert.match(run.stderr, says, name);
      assert.ok([1, 2, 3].includes(run.code ?? 0), `${name}: ${run.code}`);
    }
    assert.deepEqual(await roles(), { old: 'active' });
    const run = await rotate('-f', server.file('right', manifest), '-w', '0s');
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(await roles(), { old: 'inactive', next: 'active' });
  });

  it('does not begin where the mesh has no rotation, or may not', async () => {
    await put('old', 'active');
    const path = '/spec/featureFlags/enableMeshRootCertificate';
    const forbidden = await runWarm(words('-y'), { env: kubeconfig('nobody') });
    assert.equal(forbidden.code, 3);
    await admin.patch({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace }, 'json', [{ op: 'remove', path }]);
    const off = await rotate();
    assert.equal(off.code, 1);
    assert.match(off.stderr, /error: the MeshConfig must have enableMeshRootCertificate set to true/);
    assert.match(off.stderr, /kubectl rollout restart deployment osm-controller osm-injector osm-bootstrap -n osm-/);
    await admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace });
    const none = await rotate();
    assert.equal(none.code, 3);
    assert.match(none.stderr, /MeshConfig .*\/osm-mesh-config not found/);
  });

  it('does not rotate for another mesh than the one that is named', async () => {
    await put('old', 'active');
    await admin.create(controlPlane('m2', namespace));
    const run = await rotate();
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^error: the mesh in namespace osm-.* is \[m2\], not \[osm\]\n.*--mesh-name m2,/m);
    const named = await rotate('--mesh-name', 'm2', '--dry-run=client');
    assert.equal(named.code, 0, named.stderr);
    assert.match(named.stdout, /root certificate for mesh \[m2\] in namespace/);
  });

  it('stops when somebody else changes a role', async () => {
    await put('old', 'active');
    await put('new', 'inactive');
    const running = rotate('-c', 'new', '-w', '2s');
    while ((await roles())['new'] !== 'passive') await new Promise((resolve) => setTimeout(resolve, 50));
    await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret-of-new', namespace } });
    await admin.patch({ kind, name: 'new', namespace }, 'merge', { spec: { role: 'inactive' } });
    const run = await running;
    assert.equal(run.code, 3);
    assert.match(run.stderr, /\/new is inactive and was passive: somebody else has changed it\n/);
    assert.deepEqual(await roles(), { old: 'active', new: 'inactive' });
  });
});
