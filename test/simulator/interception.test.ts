import assert from 'node:assert/strict';
import type { Pod, Resource } from '../../src/lib/resources/types.js';
import { createInterceptor } from '../../src/lib/simulator/interception.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { meshConfig, SOURCE } from './control-plane/worlds.js';

const PREFIX = 'openservicemesh.io/';

function pod(annotations: Record<string, string> = {}, spec: Pod['spec'] = {}, status?: Pod['status']): Pod {
  const named = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl-0', namespace: 'curl', annotations: named },
    spec: { serviceAccountName: 'curl', ...spec },
    ...(status && { status }),
  };
}

const ADDRESS = { family: 4, value: 0xc000020a } as const;

function ruleOf(objects: Resource[], client?: Pod, port = 80): string {
  const interceptor = createInterceptor(createWorld(objects), SOURCE, client);
  return interceptor.broken ? interceptor.broken.why : interceptor.intercept(ADDRESS, port).rule;
}

const byAnnotation = (annotations: Record<string, string>) => ruleOf([meshConfig()], pod(annotations));
const byMeshConfig = (traffic: object) => ruleOf([meshConfig(traffic)]);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1000);

describe('lists that keep a pod from starting (egress semantics §2)', () => {
  it('have more than 15 ports, both lists of a direction together', () => {
    assert.equal(byMeshConfig({ outboundPortExclusionList: upTo(15) }), 'everything-else');
    assert.equal(byMeshConfig({ outboundPortExclusionList: upTo(16) }), 'too-many-ports');
    assert.equal(byMeshConfig({ inboundPortExclusionList: upTo(16) }), 'too-many-ports');
    assert.equal(byAnnotation({ 'inbound-port-exclusion-list': upTo(16).join() }), 'too-many-ports');
    const both = (annotation: number[]) =>
      ruleOf(
        [meshConfig({ outboundPortExclusionList: upTo(15) })],
        pod({ 'outbound-port-exclusion-list': annotation.join() }),
      );
    assert.equal(both([1000]), 'everything-else');
    assert.equal(both([1]), 'too-many-ports');
  });

  it('have a port over 65535, or none at all', () => {
    assert.equal(byAnnotation({ 'outbound-port-exclusion-list': '65535' }), 'everything-else');
    assert.equal(byAnnotation({ 'outbound-port-exclusion-list': '65536' }), 'port-too-large');
    assert.equal(byAnnotation({ 'inbound-port-exclusion-list': '65536' }), 'port-too-large');
    assert.equal(byAnnotation({ 'outbound-port-exclusion-list': 'http' }), 'not-valid');
  });

  it('have a range that iptables does not take', () => {
    assert.equal(byMeshConfig({ outboundIPRangeExclusionList: ['192.0.2.0/08'] }), 'range-does-not-load');
    assert.equal(byMeshConfig({ outboundIPRangeInclusionList: ['::192.0.2.0/24'] }), 'range-does-not-load');
    assert.equal(byAnnotation({ 'outbound-ip-range-exclusion-list': '10.0.0.0/33' }), 'not-valid');
    assert.equal(byAnnotation({ 'outbound-ip-range-exclusion-list': '::/0' }), 'excluded-range');
    assert.equal(byAnnotation({ 'outbound-ip-range-inclusion-list': '::/0' }), 'in-included-range');
  });

  it('have an interface name that iptables does not take', () => {
    const byName = (...names: string[]) => byMeshConfig({ networkInterfaceExclusionList: names });
    for (const name of ['', 'a b', 'sixteen-letters-'])
      assert.equal(byName('eth9', name), 'interface-does-not-load', name);
    assert.equal(byName('fifteen-letters'), 'everything-else');
    assert.equal(byName('ééééééé'), 'everything-else');
    assert.equal(byName('éééééééé'), 'interface-does-not-load');
  });
});

describe('what passes by the proxy (egress semantics §2)', () => {
  it('leaves by an excluded interface, by its name or by a wildcard', () => {
    const byName = (name: string) => byMeshConfig({ networkInterfaceExclusionList: [name] });
    for (const name of ['eth0', 'eth+', '+', 'eth0+']) assert.equal(byName(name), 'excluded-interface', name);
    for (const name of ['eth', 'ETH0', 'eth1+', 'lo', '!eth1', 'e+h0'])
      assert.equal(byName(name), 'everything-else', name);
  });

  it('goes to the pod’s own address', () => {
    assert.equal(ruleOf([meshConfig()], pod({}, {}, { podIP: '192.0.2.10' })), 'loopback');
    assert.equal(ruleOf([meshConfig()], pod({}, {}, { podIP: '192.0.2.11' })), 'everything-else');
    assert.equal(ruleOf([meshConfig()], pod({}, {}, { podIP: 'fd00::1' })), 'everything-else');
  });

  it('comes from a process of Envoy’s user, by the container or the pod', () => {
    const as = (ofPod: number | undefined, ofContainer?: number) =>
      ruleOf(
        [meshConfig()],
        pod(
          {},
          {
            ...(ofPod !== undefined && { securityContext: { runAsUser: ofPod } }),
            containers: [
              { name: 'c', ...(ofContainer !== undefined && { securityContext: { runAsUser: ofContainer } }) },
            ],
          },
        ),
      );
    assert.equal(as(1500), 'proxy-user');
    assert.equal(as(undefined, 1500), 'proxy-user');
    assert.equal(as(1500, 1000), 'everything-else');
    assert.equal(as(1000, 1500), 'proxy-user');
    assert.equal(as(1000), 'everything-else');
    assert.equal(ruleOf([meshConfig()], pod({}, { securityContext: { runAsUser: 1500 } })), 'proxy-user');
  });

  it('depends on the container where they differ', () => {
    const client = pod({}, { containers: [{ name: 'app' }, { name: 'agent', securityContext: { runAsUser: 1500 } }] });
    const verdict = simulate(createWorld([meshConfig(), client]), SOURCE).decide(parseTarget('http://192.0.2.10/'));
    assert.equal(verdict.verdict, 'unknown');
    assert.deepEqual(
      verdict.alternatives.map(({ when, outcome }) => [when, outcome.class]),
      [
        [[{ kind: 'container-is', container: 'agent' }], 'reached'],
        [[{ kind: 'container-is', container: 'app' }], 'refused'],
      ],
    );
  });
});

describe('pods with different lists', () => {
  it('have each their own parts of the address space', () => {
    const including = (name: string, range: string): Pod => {
      const one = pod({ 'outbound-ip-range-inclusion-list': range });
      return { ...one, metadata: { ...one.metadata, name } };
    };
    const world = createWorld([meshConfig(), including('a', '192.0.2.0/24'), including('b', '198.51.100.0/24')]);
    const { alternatives } = simulate(world, SOURCE).decide(parseTarget('http://nobody-knows.example/'));
    const told = alternatives.map(({ when, outcome }) =>
      [
        ...when.flatMap((one) =>
          'pod' in one
            ? one.pod
            : 'networks' in one
              ? [...one.networks, ...one.except.map((network) => `not ${network}`)]
              : one.kind,
        ),
        outcome.class,
      ].join(' '),
    );
    assert.deepEqual(told.toSorted(), [
      'a 192.0.2.0/24 refused',
      'a not 192.0.2.0/24 reached',
      'b 198.51.100.0/24 refused',
      'b not 198.51.100.0/24 reached',
    ]);
  });
});
