import assert from 'node:assert/strict';
import type { KubernetesObject, Pod } from '../../../src/lib/resources/types.js';
import {
  istioSimulations,
  simulateIstio,
  type IstioSimulationOptions,
} from '../../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorldOptions } from '../../../src/lib/simulator/istio/world.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { ALLOW_ANY, entry, object, REGISTRY_ONLY, SOURCE } from './worlds.js';

/** Whose requests are decided under Istio, and what is taken for granted. */

const NAMESPACE: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'curl', labels: { 'istio-injection': 'enabled' } },
};
const named = (
  name: string,
  more: { labels?: Record<string, string>; ports?: string; spec?: Pod['spec'] } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'curl',
    ...(more.labels && { labels: more.labels }),
    ...(more.ports && { annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': more.ports } }),
  },
  spec: { serviceAccountName: 'curl', ...more.spec },
});
const OPEN = object('Sidecar', 'open', {
  workloadSelector: { labels: { app: 'open' } },
  outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
});

interface Given extends IstioSimulationOptions {
  readonly world?: IstioWorldOptions;
}

const worldOf = (objects: readonly KubernetesObject[], options?: IstioWorldOptions) =>
  createIstioWorld(objects, { meshConfig: REGISTRY_ONLY, ...options });

/** The verdict, and each way in which it may end, with what it depends on. */
function decided(objects: readonly KubernetesObject[], line: string, { world, ...options }: Given = {}): string[] {
  const simulation = simulateIstio(worldOf(objects, world), SOURCE, options);
  const { verdict, ending, alternatives } = simulation.decide(parseTarget(line));
  const all = ending && alternatives.length === 0 ? [{ ...ending, when: [] }] : alternatives;
  const ends = all.map(
    ({ outcome, when }) =>
      `${outcome.class}${when.map((one) => ` ${one.kind === 'pod-is' ? one.pods[0] : 'container' in one ? `in ${one.container}` : one.kind}`).join('')}`,
  );
  return [verdict, ...ends];
}

const assumed = (objects: readonly KubernetesObject[], { world, ...options }: Given = {}) =>
  simulateIstio(worldOf(objects, world), SOURCE, options)
    .decide(parseTarget('tcp://192.0.2.1:80'))
    .assumptions.map((one) => ('namespace' in one ? `${one.code} ${one.namespace}` : one.code));

describe('simulations under Istio', () => {
  it('are one for each program that pods of a source get', () => {
    const pods = (objects: readonly KubernetesObject[], options?: IstioSimulationOptions) =>
      istioSimulations(worldOf(objects), SOURCE, options).map(({ clients, pod }) =>
        [pod?.metadata.name ?? null, ...clients.map((one) => one.pod?.metadata.name)].join(),
      );
    const open = { labels: { app: 'open' } };
    assert.deepEqual(pods([]), [',']);
    assert.deepEqual(pods([named('a'), named('b')]), ['a,a']);
    assert.deepEqual(pods([named('a'), named('b', { ports: '80' })]), [',a,b']);
    assert.deepEqual(pods([OPEN, named('a'), named('b', open)]), ['a,a', 'b,b']);
    assert.deepEqual(pods([OPEN, named('a'), named('b', open), named('c', { ports: '80' })]), [',a,c', 'b,b']);
    assert.deepEqual(pods([OPEN, named('a'), named('b', open)], { pod: named('x', open) }), ['x,x']);
    const whole = simulateIstio(worldOf([OPEN, named('a'), named('b', open)]), SOURCE);
    assert.deepEqual([whole.pod, whole.clients.map(({ pod }) => pod?.metadata.name)], [undefined, ['a', 'b']]);
    assert.deepEqual(whole.sidecars.length, 2);
    const [first] = istioSimulations(worldOf([named('a')]), SOURCE);
    assert.deepEqual([first!.since, first!.isHeld, first!.source], [undefined, false, SOURCE]);
  });

  it('say for which pod an answer is, where they differ', () => {
    const open = { labels: { app: 'open' } };
    const line = 'tcp://192.0.2.1:80';
    assert.deepEqual(decided([NAMESPACE, OPEN, named('a'), named('b')], line), ['denied', 'closed']);
    assert.deepEqual(decided([NAMESPACE, OPEN, named('a'), named('b', open)], line), [
      'unknown',
      'closed a',
      'reached b',
    ]);
    assert.deepEqual(decided([NAMESPACE, OPEN, named('a'), named('b', open), named('c', { ports: '80' })], line), [
      'unknown',
      'closed a',
      'reached c',
      'reached b',
    ]);
    assert.deepEqual(
      decided([NAMESPACE, OPEN, named('a'), named('b', open)], line, { world: { meshConfig: ALLOW_ANY } })[0],
      'allowed',
    );
  });

  it('take IPv6 with a zone as they take it without', () => {
    const world: IstioWorldOptions = { meshConfig: ALLOW_ANY, ipv6: { redirected: true, programmed: true } };
    for (const zone of ['', '%25eth0'])
      assert.deepEqual(decided([], `curl http://[fe80::1${zone}]/`, { world }), ['allowed', 'reached'], zone);
    assert.deepEqual(
      decided([], 'curl http://[fe80::1%25eth0]/', { world: { ...world, ipv6: undefined } }).slice(0, 1),
      ['allowed'],
    );
  });

  it('are for a container that is no proxy’s user, or the one that is named', () => {
    const user = (name: string, runAsUser?: number) => ({ name, ...(runAsUser && { securityContext: { runAsUser } }) });
    const containers = [user('a'), user('b', 1337), user('istio-proxy', 1337)];
    const objects = [named('p', { spec: { serviceAccountName: 'curl', containers } })];
    const line = 'tcp://192.0.2.1:80';
    assert.deepEqual(decided(objects, line), ['unknown', 'reached in b', 'closed in a']);
    assert.deepEqual(decided(objects, line, { container: 'a' }), ['denied', 'closed']);
    assert.deepEqual(decided(objects, line, { container: 'b' }), ['allowed', 'reached']);
    const turned = [user('a', 1337), user('b'), user('istio-proxy', 1337)];
    const unlike = [...objects, named('q', { spec: { serviceAccountName: 'curl', containers: turned } })];
    assert.deepEqual(decided(unlike, line, { container: 'b' }), ['unknown', 'reached p', 'closed q']);
    const alone = [
      named('p', { spec: { serviceAccountName: 'curl', containers: [user('a'), user('istio-proxy', 1337)] } }),
    ];
    assert.deepEqual(decided(alone, line), ['denied', 'closed']);
  });

  it('tell the parts of the address space apart that a port gets to the sidecar from', () => {
    const lists = { includeOutboundIPRanges: '10.0.0.0/8', includeOutboundPorts: '22' };
    const annotations = Object.entries(lists).map(([key, value]) => [`traffic.sidecar.istio.io/${key}`, value]);
    const { metadata, ...rest } = named('p');
    const objects = [
      { ...rest, metadata: { ...metadata, annotations: Object.fromEntries(annotations) as Record<string, string> } },
      entry('a', 'a.test', [[22, 'TCP']], { addresses: ['192.0.2.0/24'], resolution: 'NONE' }),
    ];
    const parts = ['closed address-elsewhere', 'reached address-in'];
    assert.deepEqual(decided(objects, 'tcp://b.test:22'), ['unknown', ...parts]);
    assert.deepEqual(decided(objects, 'tcp://b.test:23'), [
      'unknown',
      'reached address-elsewhere',
      'closed address-in',
    ]);
  });

  it('resolve names as they are told, know the pod’s interface, and what listens in it', () => {
    const objects = [NAMESPACE, named('p'), entry('a', 'a.test', [[80, 'TCP']], { addresses: ['192.0.2.1'] })];
    const resolve = () => ['192.0.2.1'];
    assert.deepEqual(decided(objects, 'tcp://a.test:80', { resolve }), ['allowed', 'reached']);
    assert.deepEqual(decided(objects, 'tcp://a.test:80')[0], 'unknown');
    const apart = {
      ...named('p'),
      metadata: { ...named('p').metadata, annotations: { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' } },
    };
    assert.deepEqual(decided([NAMESPACE, apart], 'tcp://192.0.2.1:80'), ['denied', 'closed']);
    assert.deepEqual(decided([NAMESPACE, apart], 'tcp://192.0.2.1:80', { podInterface: 'net1' }), [
      'allowed',
      'reached',
    ]);
    assert.deepEqual(decided(objects, 'tcp://127.0.0.1:9', { onlyDeclaredPorts: true }), ['denied', 'refused']);
    assert.deepEqual(decided(objects, 'tcp://127.0.0.1:9')[0], 'unknown');
    assert.deepEqual(decided(objects, 'tcp://127.0.0.1:9', { onlyDeclaredPorts: false })[0], 'unknown');
  });

  it('take for granted what is not said', () => {
    const shown = named('p', { spec: { serviceAccountName: 'curl', containers: [{ name: 'istio-proxy' }] } });
    const none = { meshConfig: undefined };
    assert.deepEqual(assumed([NAMESPACE, named('p')]), []);
    assert.deepEqual(assumed([NAMESPACE, named('p')], { world: none }), ['no-istio-mesh-config']);
    assert.deepEqual(assumed([NAMESPACE]), ['no-pod']);
    assert.deepEqual(assumed([]), ['no-namespace curl', 'no-pod']);
    assert.deepEqual(assumed([named('p')]), ['no-namespace curl', 'injection-not-stated']);
    assert.deepEqual(assumed([shown]), ['no-namespace curl']);
    assert.deepEqual(assumed([], { world: none }), ['no-istio-mesh-config', 'no-namespace curl', 'no-pod']);
    // without a sidecar it does not matter
    const silent = { ...NAMESPACE, metadata: { name: 'curl' } };
    assert.deepEqual(assumed([silent], { world: none }), []);
    assert.deepEqual(assumed([silent, named('p')], { world: none }), []);
    // of several programs each is asked for what it takes for granted, and it is said once
    assert.deepEqual(assumed([OPEN, named('a'), named('b', { labels: { app: 'open' } })]), [
      'no-namespace curl',
      'injection-not-stated',
    ]);
  });
});
