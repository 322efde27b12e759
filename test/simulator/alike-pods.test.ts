import assert from 'node:assert/strict';
import type { KubernetesObject, Pod, Resource } from '../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../src/lib/simulator/address.js';
import { interceptionsOf } from '../../src/lib/simulator/clients.js';
import { listeningPorts } from '../../src/lib/simulator/interception.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld } from '../../src/lib/simulator/istio/world.js';
import type { Resolver } from '../../src/lib/simulator/names.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { furtherConditions, type Condition } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { meshConfig } from './control-plane/worlds.js';

/** Pods that are alike to the lists of interception still differ in their own addresses, and in what listens in them. */

const SOURCE = { namespace: 'shop', serviceAccount: 'web' };

function pod(name: string, podIP: string, port?: number, annotations: Record<string, string> = {}): Pod {
  const containers = [{ name: 'c', ...(port !== undefined && { ports: [{ containerPort: port }] }) }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', annotations },
    spec: { serviceAccountName: 'web', containers },
    status: { podIP },
  } as KubernetesObject as Pod;
}

/** How a request ends, with the pods from which it does. */
function told(simulation: Simulation, line: string): string[] {
  const { verdict, ending, alternatives } = simulation.decide(parseTarget(line));
  const ends = alternatives.map(({ outcome, when }) => {
    const from = when.map((one) => (one.kind === 'pod-is' ? one.pods.join('+') : one.kind));
    return `${outcome.class} ${from.join(' ')}`;
  });
  return [verdict, ...(alternatives.length > 0 ? ends : [ending!.outcome.class])];
}

const egressTo = (spec: object) =>
  ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'a', namespace: 'shop' },
    spec: { sources: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }], ...spec },
  }) as Resource;
const REGISTRY_ONLY = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };

const PODS = [pod('p', '10.0.0.5', 8080), pod('q', '10.0.0.6', 8080), pod('r', '10.0.0.7', 8080)];
const of = (pods: readonly Pod[], resolve?: Resolver, ...more: Resource[]) =>
  simulate(createWorld([meshConfig(), ...more, ...pods]), SOURCE, { resolve });

describe('pods that are alike', () => {
  it('have an address each, which is past Envoy for its own pod alone', () => {
    for (const [own, others] of [
      ['5', 'p', 'q+r'],
      ['6', 'q', 'p+r'],
    ].map(([last, one, rest]) => [last, [`reached ${one}`, `refused ${rest}`]] as const)) {
      const [verdict, ...ends] = told(of(PODS), `http://10.0.0.${own}:8080/`);
      assert.equal(verdict, 'unknown');
      assert.deepEqual(ends.sort(), others);
    }
    assert.deepEqual(told(of(PODS), 'http://10.0.0.8:8080/'), ['denied', 'refused']);
    assert.deepEqual(told(of(PODS.slice(0, 1)), 'http://10.0.0.5:8080/'), ['allowed', 'reached']);
    assert.deepEqual(told(of(PODS.slice(0, 1)), 'http://[::ffff:10.0.0.5]:8080/'), ['allowed', 'reached']);
    const asked = simulate(createWorld([meshConfig(), ...PODS]), SOURCE, { pod: PODS[1] });
    assert.deepEqual(told(asked, 'http://10.0.0.5:8080/'), ['denied', 'refused']);
    assert.deepEqual(told(asked, 'http://10.0.0.6:8080/'), ['allowed', 'reached']);
    assert.deepEqual(told(of([pod('v6', 'fd00::5')]), 'http://10.0.0.5:8080/'), ['denied', 'refused']);
  });

  it('own what they are told to own, and are intercepted for each of them', () => {
    const twins = [...PODS.slice(0, 2), pod('twin', '10.0.0.5', 8080), pod('v6', 'fd00::5', 8080)];
    const [{ owners, pods }] = of([...twins, { ...pod('new', ''), status: {} }, pod('p-2', '10.0.0.9')]).clients;
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.name),
      ['p', 'q', 'twin', 'v6', 'new', 'p-2'],
    );
    assert.deepEqual(
      [...owners].map(([address, those]) => [address & 0xff, ...those.map(({ metadata }) => metadata.name)]),
      [
        [5, 'p', 'twin'],
        [6, 'q'],
        [9, 'p-2'],
      ],
    );
    const rules = (some: readonly Pod[], address: string) =>
      interceptionsOf(of(some).clients[0], parseAddressLiteral(address)!, 8080).map(({ rule }) => rule);
    assert.deepEqual(rules(PODS, '10.0.0.5'), ['loopback', 'everything-else']);
    assert.deepEqual(rules(PODS, '10.0.0.8'), ['everything-else']);
    assert.deepEqual(rules(PODS, 'fd00::5'), ['ipv6']);
    assert.deepEqual(rules(PODS.slice(0, 1), '10.0.0.5'), ['loopback']);
    assert.deepEqual(rules([], '10.0.0.5'), ['everything-else']);
  });

  it('are told once, beside others that differ in their lists', () => {
    const apart = pod('x', '10.0.0.9', 8080, { 'openservicemesh.io/outbound-port-exclusion-list': '8080' });
    assert.deepEqual(told(of([...PODS, apart]), 'http://10.0.0.5:8080/').sort(), [
      'reached p',
      'reached x',
      'refused q+r',
      'unknown',
    ]);
    assert.deepEqual(told(of([...PODS, apart]), 'http://10.0.0.8:8080/').sort(), [
      'reached x',
      'refused p+q+r',
      'unknown',
    ]);
  });

  it('are asked one after the other for each address of a name, and for each that curl tries in turn', () => {
    const two = PODS.slice(0, 2);
    const named = of(two, (host) => (host === 'peers.test' ? ['10.0.0.5', '10.0.0.6'] : undefined));
    assert.deepEqual(told(named, 'http://peers.test:8080/').sort(), [
      'reached address-is p',
      'reached address-is q',
      'refused address-is p',
      'refused address-is q',
      'unknown',
    ]);
    const inTurn = (...addresses: string[]) =>
      told(of(PODS), `curl --resolve a.test:8080:${addresses.join()} http://a.test:8080/`).sort();
    assert.deepEqual(inTurn('10.0.0.5', '10.0.0.6'), ['reached p', 'reached q', 'refused r', 'unknown']);
    assert.deepEqual(inTurn('10.0.0.8', '10.0.0.9'), ['denied', 'refused']);
    // what was supposed already is not said again
    const [p] = PODS as [Pod];
    const agent = { name: 'agent', securityContext: { runAsUser: 1500 } };
    const both = { ...p, spec: { ...p.spec, containers: [...p.spec!.containers!, agent] } };
    assert.deepEqual(told(of([both]), 'curl --resolve a.test:80:10.0.0.8,10.0.0.9 http://a.test/').sort(), [
      'reached container-is',
      'refused container-is',
      'unknown',
    ]);
  });

  it('are not where a name may be that nobody resolves', () => {
    const policy = egressTo({ ipAddresses: ['10.0.0.4/31'], ports: [{ number: 80, protocol: 'tcp' }] });
    const near = [pod('p', '10.0.0.4'), pod('q', '10.0.0.5'), pod('r', '10.0.0.6')];
    const [known, unknown] = [near, near.map((one) => ({ ...one, status: {} }))].map((pods) =>
      told(of(pods, undefined, policy), 'tcp://nobody-knows.test:80 --server-first'),
    );
    assert.deepEqual(known, unknown);
    assert.deepEqual(known, ['unknown', 'closed address-elsewhere', 'reached address-in']);
  });

  it('are known by the last that is supposed of them', () => {
    const chance: Condition = { kind: 'by-chance', cause: 'several-splits' };
    const is = (...pods: [string, ...string[]]): Condition => ({ kind: 'pod-is', pods });
    assert.deepEqual(furtherConditions([chance, is('p', 'q')], [is('q'), chance]), [chance, is('q'), chance]);
    assert.deepEqual(furtherConditions([chance], [is('q')]), [chance, is('q')]);
    assert.deepEqual(furtherConditions([is('p', 'q')], [chance]), [is('p', 'q'), chance]);
  });

  it('differ by the ports on which their containers listen', () => {
    const [one, other] = [pod('p', '10.0.0.5', 8080), pod('q', '10.0.0.6', 8081)];
    const declared = (line: string, resolve?: Resolver, ...more: Resource[]) => {
      const world = createWorld([meshConfig(), ...more, one, other]);
      return told(simulate(world, SOURCE, { resolve, onlyDeclaredPorts: true }), line).sort();
    };
    for (const host of ['127.0.0.1', '[::1]']) {
      assert.deepEqual(declared(`http://${host}:8080/`), ['reached p', 'refused q', 'unknown']);
      assert.deepEqual(declared(`http://${host}:8081/`), ['reached q', 'refused p', 'unknown']);
      assert.deepEqual(declared(`http://${host}:8082/`), ['denied', 'refused']);
    }
    assert.deepEqual(told(of([one, other]), 'http://127.0.0.1:8080/').sort(), [
      'reached p',
      'reached q pod-listens',
      'refused q pod-listens',
      'unknown',
    ]);
    // Envoy comes to a policy's host in the pod
    const policy = egressTo({ hosts: ['a.test'], ports: [{ number: 8080, protocol: 'http' }] });
    const here = (host: string) => (host === 'a.test' ? ['127.0.0.1'] : undefined);
    const asked = 'curl --resolve a.test:8080:192.0.2.1 http://a.test:8080/';
    assert.deepEqual(declared(asked, here, policy), ['http q', 'reached p', 'unknown']);
  });

  it('are none of which one has no sidecar, and another waits for one in vain', () => {
    const running = (name: string, ...initContainers: string[]): Pod => {
      const own = pod(name, '');
      const spec = { ...own.spec, initContainers: initContainers.map((one) => ({ name: one })) };
      return { ...own, spec, status: { phase: 'Running' } };
    };
    const both = [running('p', 'osm-init'), running('q')];
    for (const pods of [both, both.toReversed()])
      assert.deepEqual(told(of(pods), 'http://192.0.2.1/').sort(), ['reached q', 'unknown']);
  });

  it('that show no containers declare no port', () => {
    const bare = { ...pod('p', '10.0.0.5'), spec: undefined } as unknown as Pod;
    assert.deepEqual([listeningPorts(bare), listeningPorts(undefined), listeningPorts(PODS[0])], [[], [], [8080]]);
  });

  it('fare so under Istio', () => {
    const world = (pods: readonly Pod[]) => createIstioWorld(pods, { meshConfig: REGISTRY_ONLY });
    const istio = (pods: readonly Pod[], line: string) => told(simulateIstio(world(pods), SOURCE), line).sort();
    assert.deepEqual(istio(PODS, 'http://10.0.0.5:8080/'), ['closed q+r', 'reached p', 'unknown']);
    assert.deepEqual(istio(PODS, 'http://10.0.0.8:8080/'), ['closed', 'denied']);
    assert.deepEqual(istio(PODS.slice(0, 1), 'http://10.0.0.5:8080/'), ['allowed', 'reached']);
    // where some have a program of their own, all are named
    const sidecar = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'own', namespace: 'shop' },
      spec: { workloadSelector: { labels: { app: 'x' } }, outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
    } as KubernetesObject;
    const [p, q, r] = PODS as [Pod, Pod, Pod];
    const x = { ...pod('x', '10.0.0.8'), metadata: { ...pod('x', '').metadata, labels: { app: 'x' } } } as Pod;
    const past = { 'traffic.sidecar.istio.io/excludeOutboundPorts': '9999' };
    const all = [p, { ...q, metadata: { ...q.metadata, annotations: past } } as Pod, r, x];
    const simulation = simulateIstio(createIstioWorld([...all, sidecar], { meshConfig: REGISTRY_ONLY }), SOURCE);
    assert.deepEqual(told(simulation, 'http://192.0.2.1:80/').sort(), ['closed p+r+q', 'reached x', 'unknown']);
    assert.deepEqual(told(simulation, 'http://192.0.2.1:9999/').sort(), [
      'closed p+r',
      'reached q',
      'reached x',
      'unknown',
    ]);
  });
});
