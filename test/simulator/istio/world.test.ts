import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import { programSettingsOf } from '../../../src/lib/simulator/istio/program.js';
import { createIstioWorld, isExported, outboundModeOf } from '../../../src/lib/simulator/istio/world.js';
import { ALLOW_ANY, entry, object, pod, programOf, service, to, virtualService } from './worlds.js';

/** What of objects and of the mesh configuration counts; docs/istio-egress.md, §0. */

const names = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);
const aged = (name: string, creationTimestamp: string | undefined, namespace = 'curl') => ({
  ...entry(name, 'a.test', [[443, 'TLS']]),
  metadata: { name, namespace, ...(creationTimestamp && { creationTimestamp }) },
});

describe('the world of Istio', () => {
  it('has objects of Istio by kind, and what is of Kubernetes itself', () => {
    const plain = (kind: string, apiVersion = 'v1') => ({ ...object(kind, kind.toLowerCase(), {}), apiVersion });
    const { base, ...world } = createIstioWorld(
      [
        entry('e', 'a.test', [[443, 'TLS']]),
        virtualService('v', 'a.test', { http: [{ redirect: {} }] }),
        object('DestinationRule', 'd', { host: 'a.test' }),
        object('Sidecar', 's', {}),
        object('Gateway', 'g', { servers: [{ port: { number: 80, protocol: 'HTTP' }, hosts: ['*'] }] }),
        object('AuthorizationPolicy', 'a', {}),
        { ...object('Gateway', 'other', {}), apiVersion: 'gateway.networking.k8s.io/v1' },
        { ...object('Sidecar', 'third', {}), apiVersion: 'x.networking.istio.io/v1' },
        object('EnvoyFilter', 'f', {}),
        service('web', [[80, 'http']]),
        plain('Namespace'),
        { ...plain('Endpoints'), ...{ subsets: [] } },
        {
          ...object('EndpointSlice', 'web-1', undefined, { labels: { 'kubernetes.io/service-name': 'web' } }),
          ...{ apiVersion: 'discovery.k8s.io/v1', addressType: 'IPv4', endpoints: [{ addresses: ['10.1.0.1'] }] },
        },
        pod(),
        { ...object('Deployment', 'd', { template: { metadata: { labels: { app: 'd' } } } }), apiVersion: 'apps/v1' },
        plain('Egress', 'policy.openservicemesh.io/v1alpha1'),
      ].map((one) => (one.kind === 'Namespace' ? { ...one, metadata: { name: 'curl' } } : one)),
      { unreadable: new Set(['Pod']) },
    );
    const { serviceEntries, virtualServices, destinationRules, sidecars, gateways, authorizationPolicies } = world;
    const found = [serviceEntries, virtualServices, destinationRules, sidecars, gateways, authorizationPolicies];
    assert.deepEqual(found.map(names), [['e'], ['v'], ['d'], ['s'], ['g'], ['a']]);
    assert.deepEqual([...base.namespaces.keys()], ['curl']);
    assert.deepEqual([base.services.size, base.pods.length], [1, 2]);
    assert.deepEqual([...base.endpoints.keys()], ['curl/endpoints', 'curl/web']);
    assert.deepEqual([...base.unreadable], ['Pod']);
    assert.deepEqual([...createIstioWorld([]).base.unreadable], []);
    assert.deepEqual(world.admissions, []);
  });

  it('leaves out what the webhook refuses, so that what was there before stays, and keeps what it warns of', () => {
    const [good, bad] = [entry('e', 'a.test', [[443, 'TLS']]), entry('e', '*', [[443, 'TLS']])];
    const warned = entry('w', 'b.test', [[3306, 'TCP']]);
    const { serviceEntries, admissions } = createIstioWorld([good, bad, warned, entry('x', '*', [])]);
    assert.deepEqual(serviceEntries, [good, warned]);
    assert.deepEqual(
      admissions.map(({ object: one, error }) => [one.metadata.name, error === undefined]),
      [
        ['e', false],
        ['w', true],
        ['x', false],
      ],
    );
    const later = entry('e', 'c.test', [[443, 'TLS']]);
    assert.deepEqual(createIstioWorld([good, later]).serviceEntries, [later]);
    // one without a namespace is one of the default namespace
    const homeless = { ...later, metadata: { name: 'e' } };
    assert.deepEqual(createIstioWorld([entry('default/e', 'a.test', [[1, 'TLS']]), homeless]).serviceEntries, [
      homeless,
    ]);
    assert.equal(createIstioWorld([good, entry('other/e', 'a.test', [[1, 'TLS']])]).serviceEntries.length, 2);
  });

  it('has its objects from the oldest to the youngest: by time, then by name and namespace; else by their place', () => {
    const order = (...objects: KubernetesObject[]) =>
      createIstioWorld(objects).serviceEntries.map(({ metadata }) => `${metadata.name}.${metadata.namespace}`);
    const [one, two, three] = ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z', '2026-01-01T00:00:10Z'];
    assert.deepEqual(order(aged('a', three), aged('b', one), aged('c', two)), ['b.curl', 'c.curl', 'a.curl']);
    assert.deepEqual(order(aged('a', two), aged('b', one), aged('c', three)), ['b.curl', 'a.curl', 'c.curl']);
    const alike = [aged('b', one), aged('c', one), aged('a', one, 'x'), aged('a', one)];
    assert.deepEqual(order(...alike), ['a.curl', 'a.x', 'b.curl', 'c.curl']);
    assert.deepEqual(order(...alike.toReversed()), ['a.curl', 'a.x', 'b.curl', 'c.curl']);
    assert.deepEqual(order(aged('c', two), aged('b', undefined), aged('a', one)), ['c.curl', 'b.curl', 'a.curl']);
    // what is not read does not count
    assert.deepEqual(order(aged('c', two), object('EnvoyFilter', 'f', {}), aged('a', one)), ['a.curl', 'c.curl']);
  });

  it('has the settings of the mesh, or Istio’s own', () => {
    const { base, ...bare } = createIstioWorld([]);
    assert.equal(base.osmNamespace, 'istio-system');
    const { meshConfigAt, ...settings } = bare;
    assert.deepEqual(
      [meshConfigAt.object.kind, meshConfigAt.object.apiVersion, meshConfigAt.object.metadata, meshConfigAt.path],
      ['ConfigMap', 'v1', { name: 'istio', namespace: 'istio-system' }, ['data', 'mesh']],
    );
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(settings).filter(([name, value]) => !Array.isArray(value) && name !== 'meshConfigAt'),
      ),
      {
        meshConfig: {},
        hasMeshConfig: false,
        outboundMode: 'ALLOW_ANY',
        pathNormalization: 'BASE',
        detectionTimeout: null,
        rootNamespace: 'istio-system',
        trustDomain: 'cluster.local',
        ipv6: { redirected: false, programmed: false },
      },
    );
    const meshConfig = {
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      rootNamespace: 'aks-istio-system',
      trustDomain: 'td',
      protocolDetectionTimeout: '5s',
      pathNormalization: { normalization: 'MERGE_SLASHES' },
    };
    const ipv6 = { redirected: true, programmed: true };
    const given = createIstioWorld([], { meshConfig, ipv6, meshConfigAt: { object: pod(), path: ['x'] } });
    const { outboundMode, rootNamespace, trustDomain, detectionTimeout, pathNormalization, hasMeshConfig } = given;
    assert.deepEqual(
      [outboundMode, rootNamespace, trustDomain, detectionTimeout, pathNormalization, hasMeshConfig, given.ipv6],
      ['REGISTRY_ONLY', 'aks-istio-system', 'td', 5, 'MERGE_SLASHES', true, ipv6],
    );
    assert.deepEqual(
      [given.meshConfig, given.meshConfigAt.path, given.base.osmNamespace],
      [meshConfig, ['x'], 'aks-istio-system'],
    );
    assert.equal(createIstioWorld([], { meshConfig, rootNamespace: 'root' }).rootNamespace, 'root');
    assert.equal(createIstioWorld([], { rootNamespace: 'root' }).meshConfigAt.object.metadata.namespace, 'root');
    assert.deepEqual(['ALLOW_ANY', 'REGISTRY_ONLY', 'x', undefined].map(outboundModeOf), [
      'ALLOW_ANY',
      'REGISTRY_ONLY',
      undefined,
      undefined,
    ]);
  });

  it('reads how paths are normalised, and durations', () => {
    const normal = (normalization?: string) =>
      createIstioWorld([], { meshConfig: { pathNormalization: { ...(normalization && { normalization }) } } })
        .pathNormalization;
    const words = ['NONE', 'DEFAULT', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES', undefined, 'x'];
    assert.deepEqual(words.map(normal), [
      undefined,
      'BASE',
      'BASE',
      'MERGE_SLASHES',
      'DECODE_AND_MERGE_SLASHES',
      'BASE',
      'BASE',
    ]);
    const seconds = (protocolDetectionTimeout: string) =>
      createIstioWorld([], { meshConfig: { protocolDetectionTimeout } }).detectionTimeout;
    const rows: [string, number | null][] = [
      ['3s', 3],
      ['1s', 1],
      ['1.5s', 1.5],
      ['0.5s', 0.5],
      ['1h', 3600],
      ['1m30s', 90],
      ['100ms', 0.1],
      ['100us', 1e-4],
      ['100µs', 1e-4],
      ['100ns', 1e-7],
      ['0s', null],
      ['', null],
    ];
    for (const [text, expected] of rows) {
      const found = seconds(text);
      assert.equal(found === null ? null : Number(found.toPrecision(6)), expected, text);
    }
  });

  it('shows objects where they are exported to; no list, and one without entries, says nothing', () => {
    const rows: [string[] | undefined, string[] | undefined, boolean, boolean][] = [
      [undefined, undefined, true, true],
      [[], [], true, true],
      [['*'], ['.'], true, true],
      [['.'], undefined, true, false],
      [undefined, ['.'], true, false],
      [[], ['.'], true, false],
      [['curl'], undefined, false, true],
      [['x', 'curl'], undefined, false, true],
      [['x'], undefined, false, false],
      [['~'], undefined, false, false],
      [['.', 'curl'], ['~'], true, true],
    ];
    for (const [exportTo, usual, own, other] of rows) {
      const text = JSON.stringify([exportTo, usual]);
      assert.equal(isExported(exportTo, usual, 'shop', 'shop'), own, text);
      assert.equal(isExported(exportTo, usual, 'shop', 'curl'), other, text);
    }
  });
});

describe('the program of a pod', () => {
  it('tells what decided, and whether there is a listener for IPv6', () => {
    const [refused, sidecar] = [
      entry('x', '*', []),
      object('Sidecar', 's', { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }),
    ];
    const { istio, ...program } = programOf([refused, sidecar]);
    assert.deepEqual(
      { ...istio!, admissions: istio!.admissions.length, modeAt: istio!.modeAt.path, certified: istio!.certified.size },
      {
        mode: 'ALLOW_ANY',
        modeAt: ['spec', 'outboundTrafficPolicy'],
        sidecar,
        admissions: 1,
        certified: 0,
        decisiveKinds: [
          'ServiceEntry',
          'VirtualService',
          'DestinationRule',
          'Sidecar',
          'Gateway',
          'AuthorizationPolicy',
        ],
      },
    );
    assert.deepEqual([program.notices, program.applied, 'listensOnIpv6' in program], [[], [], false]);
    assert.equal(programOf([], { ipv6: { redirected: true, programmed: true } }).listensOnIpv6, true);
  });

  it('depends on the labels that Sidecars and VirtualServices ask for, and on the capture of DNS', () => {
    const match = (key: string) => [{ sourceLabels: { [key]: 'x' } }];
    const objects = [
      object('Sidecar', 's', { workloadSelector: { labels: { a: 'x' } } }),
      object('Sidecar', 't', {}),
      virtualService('v', 'a.test', {
        http: [{ match: match('b'), redirect: {} }, { redirect: {} }],
        tls: [{ match: match('c').map((one) => ({ ...one, sniHosts: ['a.test'] })), ...to('a.test') }],
        tcp: [{ match: match('d'), ...to('a.test') }],
      }),
      virtualService('w', 'b.test', { http: [{ redirect: {} }] }),
    ];
    const settings = (labels: Record<string, string>, annotations = {}, meshConfig: object = {}) =>
      programSettingsOf(createIstioWorld(objects, { meshConfig }), pod(labels, annotations));
    const base = settings({});
    assert.equal(settings({ other: 'x' }), base);
    const different = ['a', 'b', 'c', 'd'].map((key) => settings({ [key]: 'x' }));
    assert.equal(new Set([base, ...different]).size, 5);
    const config = (text: string) => settings({}, { 'proxy.istio.io/config': text });
    const captured = config('proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}');
    assert.notEqual(captured, base);
    assert.equal(config('proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}'), captured);
    assert.equal(config("proxyMetadata:\n  ISTIO_META_DNS_CAPTURE: 'true'"), captured);
    assert.equal(config('proxyMetadata: {ISTIO_META_DNS_CAPTURE: "false"}'), base);
    assert.equal(config('proxyMetadata: {}'), base);
    const mesh = { ...ALLOW_ANY, defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } };
    assert.equal(settings({}, {}, mesh), captured);
    assert.equal(
      settings({}, { 'proxy.istio.io/config': 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: "false"}' }, mesh),
      base,
    );
    // without a pod the mesh's setting counts
    const program = (meshConfig: object) =>
      programOf(
        [
          {
            ...entry('a', 'a.test', [[3306, 'TCP']]),
            ...{ status: { addresses: [{ value: '240.240.0.1', host: 'a.test' }] } },
          },
        ],
        { meshConfig },
      );
    assert.deepEqual([...program(mesh).boundListeners!.keys()], ['240.240.0.1:3306']);
    assert.deepEqual([...program({}).boundListeners!.keys()], ['3306']);
  });
});
