import assert from 'node:assert/strict';

import { kinds } from '../../src/lib/resources/kinds.js';
import { cliFor } from '../mesh/support/cli.js';
import { PATCHED, TYPE, UNCHANGED, meshSuite, installed } from '../mesh/support/meshconfig.js';
import { assertFits, parseChecked } from '../mesh/support/schema.js';

interface Summary {
  items: { result: string; patch: unknown; changes: unknown[] }[];
}

meshSuite('meshconfig', (suite, server) => {
  const { mesh } = suite;

  describe('get', () => {
    it('shows what decides on traffic', async () => {
      const { cli, namespace } = await mesh();
      const pad = ' '.repeat(namespace.length - 'NAMESPACE'.length);
      assert.deepEqual(await cli('get'), {
        stdout:
          `NAME              NAMESPACE${pad}   EGRESS-POLICY   MESH-WIDE-EGRESS   PERMISSIVE\n` +
          `osm-mesh-config   ${namespace}   false           true               true\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
      assert.equal(
        (await cli('get', '-o', 'wide')).stdout,
        `NAME              NAMESPACE${pad}   EGRESS-POLICY   MESH-WIDE-EGRESS   PERMISSIVE   SIDECAR-LOG   OSM-LOG   TRACING   CERT-VALIDITY\n` +
          `osm-mesh-config   ${namespace}   false           true               true         error         info      false     24h\n`,
      );
      assert.equal((await cli('get', '-o', 'name')).stdout, `${TYPE}/osm-mesh-config\n`);
    });

    it('shows an object without spec', async () => {
      const namespace = await server.freshNamespace('osm');
      await suite.admin.create({ ...installed(namespace), spec: {} });
      const run = await cliFor(server)('meshconfig', 'get', '-n', namespace, '-o', 'wide');
      assert.match(run.stdout, / false +false +false +- +- +false +-\n$/);
    });

    it('prints the object as the server has it', async () => {
      const { cli, namespace } = await mesh();
      const object = await suite.admin.get({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace });
      delete (object.metadata as unknown as Record<string, unknown>)['managedFields'];
      for (const format of ['json', 'yaml']) {
        assert.deepEqual(parseChecked((await cli('get', '-o', format)).stdout, 'meshconfig'), object);
      }
    });
  });

  const switches = [
    { on: 'enable-egress', off: 'disable-egress', flags: [], section: 'featureFlags', field: 'enableEgressPolicy' },
    { on: 'enable-egress', off: 'disable-egress', flags: ['--mesh-wide'], section: 'traffic', field: 'enableEgress' },
    {
      on: 'enable-permissive',
      off: 'disable-permissive',
      flags: [],
      section: 'traffic',
      field: 'enablePermissiveTrafficPolicyMode',
    },
  ];

  for (const { on, off, flags, section, field } of switches) {
    describe([on, off].join(', ') + flags.join(' '), () => {
      it('leave the same object as kubectl patch', async () => {
        for (const [command, value] of [
          [on, true],
          [off, false],
        ] as const) {
          for (const start of [
            {},
            { [section]: {} },
            { [section]: { [field]: !value } },
            { [section]: { [field]: value } },
          ]) {
            const [ours, theirs] = [await mesh(), await mesh()];
            for (const { namespace } of [ours, theirs]) {
              const replace = [{ op: 'replace', path: '/spec', value: start }] as const;
              await suite.admin.patch({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace }, 'json', replace);
            }
            const isSo = (start as Record<string, Record<string, boolean>>)[section]?.[field] === value;
            const patch = { spec: { [section]: { [field]: value } } };
            const ref = { kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: theirs.namespace };
            await suite.admin.patch(ref, 'merge', patch, { fieldManager: 'kubectl-patch' });
            const run = await ours.cli(command, ...flags);
            assert.deepEqual([run.stdout, run.code], [isSo ? UNCHANGED : PATCHED, 0]);
            const text = JSON.stringify(await ours.now()).replaceAll(ours.namespace, theirs.namespace);
            assert.deepEqual(JSON.parse(text), await theirs.now());
            const again = await ours.cli(command, ...flags);
            assert.deepEqual([again.stdout, again.code], [UNCHANGED, 0]);
          }
        }
      });

      it('send one merge patch, or nothing', async () => {
        const { cli, namespace } = await mesh('admin', suite.proxy.url);
        await cli(off, ...flags);
        suite.proxy.plan();
        await cli(on, ...flags);
        const [read, write, ...more] = suite.proxy.requests;
        const path = `/apis/config.openservicemesh.io/v1alpha2/namespaces/${namespace}/meshconfigs/osm-mesh-config`;
        assert.deepEqual([read?.method, read?.path, more], ['GET', path, []]);
        assert.deepEqual([write?.method, write?.path], ['PATCH', `${path}?fieldManager=osm-ts&fieldValidation=Strict`]);
        assert.equal(write?.headers['content-type'], 'application/merge-patch+json');
        assert.deepEqual(JSON.parse(write.body), { spec: { [section]: { [field]: true } } });
        suite.proxy.plan();
        await cli(on, ...flags);
        assert.deepEqual(
          suite.proxy.requests.map(({ method }) => method),
          ['GET'],
        );
      });

      it('change nothing in a dry run', async () => {
        const { cli, now } = await mesh();
        await cli(off, ...flags);
        const before = await now();
        const client = await cli(on, ...flags, '--dry-run=client');
        assert.equal(
          client.stdout,
          `${TYPE}/osm-mesh-config patched (dry run)\n{"spec":{"${section}":{"${field}":true}}}\n`,
        );
        const onServer = await cli(on, ...flags, '--dry-run=server');
        assert.equal(onServer.stdout, `${TYPE}/osm-mesh-config patched (server dry run)\n`);
        const so = await cli(off, ...flags, '--dry-run=client');
        assert.equal(so.stdout, `${TYPE}/osm-mesh-config unchanged (dry run)\n`);
        assert.deepEqual(await now(), before);
      });
    });
  }

  it('records osm-ts as the owner of what it sets', async () => {
    const { cli, namespace } = await mesh();
    await cli('enable-egress');
    const { metadata } = await suite.admin.get({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace });
    const managers = (
      metadata as unknown as { managedFields: { manager: string; operation: string; fieldsV1: object }[] }
    ).managedFields;
    const ours = managers.filter(
      ({ operation, fieldsV1 }) => operation === 'Update' && JSON.stringify(fieldsV1).includes('enableEgressPolicy'),
    );
    assert.deepEqual(
      ours.map(({ manager }) => manager),
      ['osm-ts'],
    );
  });

  it('tells when mesh-wide egress makes a policy switch weaker than it looks', async () => {
    const { cli } = await mesh();
    assert.match(
      (await cli('enable-egress')).stderr,
      /^note: mesh-wide egress is on .*what no policy names leaves the mesh too/,
    );
    assert.match((await cli('disable-egress')).stderr, /^note: mesh-wide egress is on .*everything may leave the mesh/);
    assert.equal((await cli('disable-egress', '--mesh-wide')).stderr, '');
    assert.equal((await cli('enable-egress')).stderr, '');
  });

  it('works on an object of another name', async () => {
    const { namespace } = await mesh();
    await suite.admin.create(installed(namespace, 'second'));
    const run = await cliFor(server)('meshconfig', 'enable-egress', '--name', 'second', '-n', namespace);
    assert.equal(run.stdout, `${TYPE}/second patched\n`);
  });

  describe('set', () => {
    it('sets several fields at once, each of its type', async () => {
      const { cli, now } = await mesh();
      const run = await cli(
        'set',
        'traffic.enableEgress=false',
        'spec.sidecar.logLevel=debug',
        'traffic.outboundPortExclusionList=6379, 7070',
        'traffic.outboundIPRangeExclusionList=["10.0.0.0/8"]',
        'sidecar.maxDataPlaneConnections=100',
        'sidecar.configResyncInterval=1m30s',
        'sidecar.resources.limits.cpu=500m',
        'sidecar.resources.requests={"memory":"64Mi","example.com/gpu":1}',
        'observability.tracing.address=jaeger.osm-system.svc.cluster.local',
        'certificate.ingressGateway={"subjectAltNames":["a.example"],"validityDuration":"1h","secret":{"name":"s","namespace":"n"}}',
        'observability.osmLogLevel=',
      );
      assert.deepEqual([run.stdout, run.stderr, run.code], [PATCHED, '', 0]);
      const { spec } = (await now()) as { spec: Record<string, unknown> };
      assert.deepEqual(spec, {
        sidecar: {
          enablePrivilegedInitContainer: false,
          logLevel: 'debug',
          maxDataPlaneConnections: 100,
          configResyncInterval: '1m30s',
          localProxyMode: 'Localhost',
          tlsMinProtocolVersion: 'TLSv1_2',
          tlsMaxProtocolVersion: 'TLSv1_3',
          resources: { limits: { cpu: '500m' }, requests: { memory: '64Mi', 'example.com/gpu': 1 } },
        },
        traffic: {
          enableEgress: false,
          enablePermissiveTrafficPolicyMode: true,
          outboundPortExclusionList: [6379, 7070],
          outboundIPRangeExclusionList: ['10.0.0.0/8'],
        },
        observability: {
          enableDebugServer: false,
          osmLogLevel: '',
          tracing: { enable: false, address: 'jaeger.osm-system.svc.cluster.local' },
        },
        certificate: {
          serviceCertValidityDuration: '24h',
          certKeyBitSize: 2048,
          ingressGateway: {
            subjectAltNames: ['a.example'],
            validityDuration: '1h',
            secret: { name: 's', namespace: 'n' },
          },
        },
        featureFlags: { enableEgressPolicy: false, enableWASMStats: true },
      });
    });

    it('is unchanged the second time, and sends nothing', async () => {
      const { cli, now } = await mesh('admin', suite.proxy.url);
      const words = ['set', 'sidecar.logLevel=debug', 'traffic.outboundPortExclusionList=80,443'];
      assert.equal((await cli(...words)).stdout, PATCHED);
      const before = await now();
      suite.proxy.plan();
      assert.equal((await cli(...words)).stdout, UNCHANGED);
      assert.deepEqual(
        suite.proxy.requests.map(({ method }) => method),
        ['GET'],
      );
      assert.deepEqual(await now(), before);
    });

    it('adds to a list and takes from it, and says what a list loses otherwise', async () => {
      const { cli, now } = await mesh();
      const ports = 'traffic.outboundPortExclusionList';
      await cli('set', `${ports}=6379,7070`);
      const run = await cli('set', `${ports}+=5432,6379`, `${ports}-=7070`);
      assert.deepEqual([run.stdout, run.stderr, run.code], [PATCHED, '', 0]);
      const { spec } = (await now()) as { spec: { traffic: Record<string, unknown> } };
      assert.deepEqual(spec.traffic['outboundPortExclusionList'], [6379, 5432]);
      assert.equal((await cli('set', `${ports}+=5432`, `${ports}-=7070`)).stdout, UNCHANGED);
      const dropped = await cli('set', `${ports}=5432`);
      assert.match(dropped.stderr, /^note: spec\.traffic\.outboundPortExclusionList no longer has 6379; .*\+=VALUE$/m);
    });

    it('adds to no list that somebody else has changed in the meantime', async () => {
      const { cli, namespace } = await mesh('admin', suite.proxy.url);
      const ref = { kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace };
      const patch = { spec: { traffic: { outboundPortExclusionList: [9999] } } };
      suite.proxy.plan();
      const dry = await cli('set', 'traffic.outboundPortExclusionList+=5432', '--dry-run=client', '-o', 'json');
      const { resourceVersion } = (await suite.admin.get(ref)).metadata;
      const sent = (JSON.parse(dry.stdout) as Summary).items[0]?.patch;
      assert.deepEqual((sent as { metadata?: unknown }).metadata, { resourceVersion });
      await suite.admin.patch(ref, 'merge', patch);
      await assert.rejects(suite.admin.patch(ref, 'merge', sent as Record<string, unknown>), /modified|conflict/i);
    });

    it('removes fields and sections, and replaces sections as wholes', async () => {
      const { cli, now } = await mesh();
      await cli('set', 'sidecar.resources.limits={"cpu":"1","memory":"1Gi"}', 'sidecar.envoyImage=e');
      const run = await cli(
        'set',
        'sidecar.resources.limits={"memory":"2Gi"}',
        'sidecar.envoyImage-',
        'traffic.outboundPortExclusionList=null',
        'certificate-',
        'observability.tracing.endpoint-',
      );
      assert.deepEqual([run.stdout, run.code], [PATCHED, 0]);
      const { spec } = (await now()) as { spec: Record<string, Record<string, unknown>> };
      assert.deepEqual(spec['sidecar']?.['resources'], { limits: { memory: '2Gi' } });
      assert.deepEqual([spec['sidecar'].envoyImage, spec['certificate']], [undefined, undefined]);
      assert.ok(!('outboundPortExclusionList' in spec['traffic']!));
    });

    it('says unchanged when a removed field comes back by its default', async () => {
      const { cli } = await mesh();
      assert.equal((await cli('set', 'sidecar.localProxyMode-')).stdout, UNCHANGED);
      assert.equal((await cli('set', 'sidecar.localProxyMode=PodIP')).stdout, PATCHED);
      assert.equal((await cli('set', 'sidecar.localProxyMode-')).stdout, PATCHED);
    });

    it('changes nothing when one of several is wrong, or when a required field would be missing', async () => {
      const { cli, now } = await mesh();
      const before = await now();
      const wrong = await cli('set', 'sidecar.logLevel=debug', 'traffic.enableEgres=true', 'sidecar.logLevl=x');
      assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
      assert.equal(wrong.stderr.match(/^error: /gm)?.length, 2);
      const missing = await cli('set', 'sidecar.logLevel=debug', 'certificate.certKeyBitSize-');
      assert.deepEqual([missing.code, missing.stdout], [2, '']);
      assert.equal(
        missing.stderr,
        'error: spec.certificate needs certKeyBitSize\n' +
          '  hint: add certificate.certKeyBitSize=VALUE, or remove the whole section: certificate-\n',
      );
      assert.deepEqual(await now(), before);
    });

    it('prints the change as data', async () => {
      const { cli } = await mesh();
      const run = await cli('set', 'sidecar.logLevel=debug', 'traffic.enableEgress-', '-o', 'yaml', '--dry-run=client');
      const [item] = parseChecked<Summary>(run.stdout, 'change-summary').items;
      assert.deepEqual(item?.patch, { spec: { sidecar: { logLevel: 'debug' }, traffic: { enableEgress: null } } });
      assert.deepEqual(item.changes, [
        { path: '/spec/sidecar/logLevel', from: 'error', to: 'debug' },
        { path: '/spec/traffic/enableEgress', from: true, to: null },
      ]);
      assert.equal((await cli('set', 'sidecar.logLevel=debug', '-o', 'name')).stdout, `${TYPE}/osm-mesh-config\n`);
      const same = await cli('set', 'sidecar.logLevel=debug', '-o', 'json');
      assertFits(JSON.parse(same.stdout), 'change-summary');
    });

    it('needs something to set', async () => {
      const { cli } = await mesh();
      assert.equal((await cli('set')).code, 2);
      assert.equal((await cli('set', 'sidecar.logLevel')).code, 2);
    });
  });
});
