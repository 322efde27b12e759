import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alikeSenders, sendersIn } from '../../../src/lib/analysis/reach/senders.js';
import { outcomeKey } from '../../../src/lib/analysis/request-space/index.js';
import { LABELS_OF_NOBODY } from './support.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { resources, targetLine } from '../../simulator/generators.js';

const account = (namespace: string, name: string): Resource =>
  ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }) as unknown as Resource;

/** Pods that differ in what is intercepted, and in what is not looked at. */
const pod = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    serviceAccountName: fc.constantFrom('curl', 'other', 'third', 'fourth'),
    ports: fc.constantFrom('80', '443', undefined),
    podIP: fc.constantFrom('192.0.2.10', '10.1.2.3'),
    listens: fc.constantFrom(80, 3306),
    // as files have it, or with the containers that it runs with: all of the sidecar's, none, or half of them
    runs: fc.constantFrom<readonly string[] | undefined>(undefined, undefined, ['osm-init', 'envoy'], [], ['osm-init']),
  })
  .map(({ name, serviceAccountName, ports, podIP, listens, runs }): Resource => {
    const annotations = ports === undefined ? {} : { 'openservicemesh.io/outbound-port-exclusion-list': ports };
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'curl', name, annotations, labels: LABELS_OF_NOBODY },
      spec: {
        serviceAccountName,
        ...(runs?.includes('osm-init') && { initContainers: [{ name: 'osm-init' }] }),
        containers: [
          { name: 'main', ports: [{ containerPort: listens }] },
          ...(runs?.includes('envoy') ? [{ name: 'envoy' }] : []),
        ],
      },
      status: { podIP, ...(runs && { phase: 'Running' }) },
    } as unknown as Resource;
  });

describe('senders', () => {
  it('that are put together fare alike, whatever they send', function () {
    this.timeout(120_000);
    let shared = 0;
    const lines = fc.array(targetLine, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(resources, fc.array(pod, { maxLength: 4 }), lines, (policies, pods, commands) => {
        const objects = [...policies, ...pods, account('curl', 'third'), account('curl', 'fourth')];
        const world = createWorld(objects);
        const targets = commands.map((command) => parseTarget(command));
        const dialled = new Set(targets.map(({ dial }) => dial.host));
        for (const [first, ...others] of alikeSenders(sendersIn(objects, world), world, dialled)) {
          const asked = simulate(world, first!.source);
          for (const { source } of others) {
            shared++;
            const own = simulate(world, source);
            for (const target of targets) {
              const [mine, theirs] = [own.decide(target), asked.decide(target)];
              assert.equal(outcomeKey(own, mine, 'policies'), outcomeKey(asked, theirs, 'policies'), target.command);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(shared > 100, `only ${shared} were put together`);
  });

  it('are apart where Envoy refuses what leads into one of them, and so what leads out', () => {
    const subject = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'curl' });
    const [web, batch, idle] = ['web', 'batch', 'idle'].map((name) => ({ namespace: 'curl', serviceAccount: name }));
    const running = ['web', 'batch'].map((name) => ({
      kind: 'Pod',
      metadata: { name, namespace: 'curl', labels: { app: name } },
      spec: { serviceAccountName: name },
    }));
    const objects = (targetPort: number | string, pathRegex: string) => [
      { kind: 'Namespace', metadata: { name: 'curl', labels: { 'openservicemesh.io/monitored-by': 'osm' } } },
      { kind: 'MeshConfig', metadata: { name: 'osm-mesh-config', namespace: 'osm-system' }, spec: { featureFlags: { enableEgressPolicy: true } } },
      { kind: 'Egress', metadata: { name: 'e', namespace: 'curl' }, spec: { sources: ['web', 'batch', 'idle'].map(subject), hosts: ['x.org'], ports: [{ number: 80, protocol: 'http' }] } },
      { kind: 'Service', metadata: { name: 'web', namespace: 'curl' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort }] } },
      { kind: 'Endpoints', metadata: { name: 'web', namespace: 'curl' }, subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports: typeof targetPort === 'number' ? [{ name: 'http', port: targetPort }] : [] }] },
      { kind: 'HTTPRouteGroup', metadata: { name: 'g', namespace: 'curl' }, spec: { matches: [{ name: 'm', pathRegex }] } },
      { kind: 'TrafficTarget', metadata: { name: 't', namespace: 'curl' }, spec: { destination: subject('web'), sources: [subject('far')], rules: [{ kind: 'HTTPRouteGroup', name: 'g', matches: ['m'] }] } },
      ...running,
    ] as unknown as Resource[];
    const groups = (...given: Parameters<typeof objects>) => {
      const senders = [web!, batch!, idle!].map((source) => ({ source }));
      return alikeSenders(senders, createWorld(objects(...given))).map((group) => group.map(({ source }) => source.serviceAccount));
    };
    assert.deepEqual(groups(8080, '/'), [['web', 'batch'], ['idle']]);
    assert.deepEqual(groups(8080, '/('), [['web'], ['batch'], ['idle']]);
    assert.deepEqual(groups('http', '/'), [['web'], ['batch'], ['idle']], 'a port that nobody knows');
    const world = createWorld(objects(8080, '/('));
    const [refused, taken] = [web!, batch!].map((source) => simulate(world, source, { resolve: () => ['192.0.2.1'] }).decide(parseTarget('http://x.org/')).verdict);
    assert.deepEqual([refused, taken], ['denied', 'allowed']);
  }); // prettier-ignore

  it('are together where their pods run with a sidecar, or all without, and apart where a pod has settings of its own', () => {
    const sidecar = { initContainers: [{ name: 'osm-init' }], containers: [{ name: 'app' }, { name: 'envoy' }] };
    const running = (own: { metadata?: object; spec?: object } = {}): Resource[] =>
      ['a', 'b'].map((name) => ({
        kind: 'Pod',
        metadata: { name, namespace: 'curl', labels: LABELS_OF_NOBODY, ...own.metadata },
        spec: { serviceAccountName: name, ...sidecar, ...own.spec },
        status: { phase: 'Running' },
      })) as unknown as Resource[];
    const groups = (pods: readonly Resource[]) => {
      const senders = ['a', 'b'].map((serviceAccount) => ({ source: { namespace: 'curl', serviceAccount } }));
      return alikeSenders(senders, createWorld(pods)).length;
    };
    for (const own of [{}, { spec: { initContainers: [] } }]) assert.equal(groups(running(own)), 1);
    const annotated = (name: string) => ({ metadata: { annotations: { [`openservicemesh.io/${name}`]: '7' } } });
    for (const own of [
      { spec: { containers: [{ name: 'app' }] } },
      { spec: { hostNetwork: true } },
      { spec: { securityContext: { runAsUser: 1500 } } },
      { spec: { containers: [...sidecar.containers, { name: 'agent', securityContext: { runAsUser: 1500 } }] } },
      ...['outbound-port-exclusion-list', 'inbound-port-exclusion-list', 'sidecar-injection'].map(annotated),
      ...['outbound-ip-range-exclusion-list', 'outbound-ip-range-inclusion-list'].map(annotated),
    ])
      assert.equal(groups(running(own)), 2, JSON.stringify(own));
  });

  it('are those of policies, accounts, pods, workloads and TrafficTargets', () => {
    const template = { template: { spec: { serviceAccountName: 'worker' } } };
    const objects = [
      account('b', 'account'),
      { kind: 'Pod', metadata: { name: 'p', namespace: 'a' }, spec: {} },
      { kind: 'Deployment', metadata: { name: 'd', namespace: 'a' }, spec: template },
      { kind: 'CronJob', metadata: { name: 'c', namespace: 'c' }, spec: { jobTemplate: { spec: template } } },
      { kind: 'ConfigMap', metadata: { name: 'no', namespace: 'no' }, spec: template },
      { kind: 'Pod', metadata: { name: 'bare', namespace: 'd' } },
      // what shows first that it is there stays
      { kind: 'Pod', metadata: { name: 'p', namespace: 'b' }, spec: { serviceAccountName: 'account' } },
      { kind: 'Pod', metadata: { name: 'p', namespace: 'z' }, spec: { serviceAccountName: 'shown' } },
      { kind: 'ServiceAccount', metadata: { name: 'homeless' } },
    ];
    const subject = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'z' });
    const world = createWorld([
      {
        kind: 'Egress',
        metadata: { name: 'e', namespace: 'z' },
        spec: {
          sources: [subject('policy'), subject('shown'), { kind: 'Group', name: 'x', namespace: 'z' }],
          ports: [],
        },
      },
      {
        kind: 'TrafficTarget',
        metadata: { name: 't', namespace: 'z' },
        spec: { destination: subject('dest'), sources: [subject('peer')] },
      },
    ] as unknown as Resource[]);
    assert.deepEqual(
      sendersIn(objects, world).map(({ source, evidence }) => [
        `${source.namespace}/${source.serviceAccount}`,
        evidence?.kind,
      ]),
      [
        ['a/default', 'Pod'],
        ['a/worker', 'Deployment'],
        ['b/account', 'ServiceAccount'],
        ['c/worker', 'CronJob'],
        ['d/default', 'Pod'],
        ['default/homeless', 'ServiceAccount'],
        ['z/peer', undefined],
        ['z/policy', undefined],
        ['z/shown', 'Pod'],
      ],
    );
  });
});
