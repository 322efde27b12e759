import assert from 'node:assert/strict';
import type { Pod, Resource } from '../../src/lib/resources/types.js';
import {
  clientContainersOf,
  createInterceptor,
  isLoopback,
  sidecarState,
  trafficSettingsOf,
} from '../../src/lib/simulator/interception.js';
import { parseAddressLiteral } from '../../src/lib/simulator/address.js';
import { formatNetwork } from '../../src/lib/text/ip.js';
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
    for (const text of ['http', '0', '-80', '1.5', '1e3', '0x50', '80,,443', '80x'])
      assert.equal(byAnnotation({ 'outbound-port-exclusion-list': text }), 'not-valid', text);
    for (const text of ['', ' ', '80', ' +80 , 1 '])
      assert.equal(byAnnotation({ 'outbound-port-exclusion-list': text }).includes('valid'), false, text);
  });

  it('are named with the place and the value, and matter to nobody without a sidecar', () => {
    const ports = 'outbound-port-exclusion-list';
    const range = { 'outbound-ip-range-exclusion-list': '10.0.0.0/8,10.0.0.0/33' };
    const many = upTo(16).join();
    for (const [annotations, value, why] of [
      [{ [ports]: '443,http' }, 'http', 'not-valid'],
      [{ [ports]: '443,65536' }, '65536', 'port-too-large'],
      [{ [ports]: many }, '1015', 'too-many-ports'],
      [range, '10.0.0.0/33', 'not-valid'],
    ] as const) {
      const client = pod(annotations);
      const [annotation] = Object.keys(annotations);
      const { broken, networks } = createInterceptor(createWorld([meshConfig()]), SOURCE, client);
      const at = { object: client, path: ['metadata', 'annotations', PREFIX + annotation!] };
      assert.deepEqual(broken, { at, value, why });
      assert.deepEqual(networks.map(formatNetwork), annotations === range ? ['10.0.0.0/8'] : []);
      assert.equal(ruleOf([meshConfig()], pod({ ...annotations, 'sidecar-injection': 'disabled' })), 'no-sidecar');
    }
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
    const config = meshConfig({ networkInterfaceExclusionList: ['eth9', 'a b'] });
    const at = { object: config, path: ['spec', 'traffic', 'networkInterfaceExclusionList', 1] };
    const { broken } = createInterceptor(createWorld([config]), SOURCE, undefined);
    assert.deepEqual(broken, { at, value: 'a b', why: 'interface-does-not-load' });
  });
});

describe('what passes by the proxy (egress semantics §2)', () => {
  it('leaves by an excluded interface, by its name or by a wildcard', () => {
    const byName = (name: string) => byMeshConfig({ networkInterfaceExclusionList: [name] });
    for (const name of ['eth0', 'eth+', '+', 'eth0+']) assert.equal(byName(name), 'excluded-interface', name);
    for (const name of ['eth', 'ETH0', 'eth1+', 'lo', '!eth1', 'e+h0'])
      assert.equal(byName(name), 'everything-else', name);
  });

  it('is told with the entry that decides, the pod’s before the MeshConfig’s', () => {
    const world = createWorld([
      meshConfig({
        outboundPortExclusionList: [80, 81],
        outboundIPRangeExclusionList: ['198.51.100.0/24'],
        outboundIPRangeInclusionList: ['192.0.2.0/24'],
      }),
    ]);
    const client = pod({ 'outbound-port-exclusion-list': '80' });
    const { intercept, networks } = createInterceptor(world, SOURCE, client);
    const told = (address: string, port: number) => {
      const { redirected, rule, at } = intercept(parseAddressLiteral(address)!, port);
      return [redirected, rule, at?.object.kind, at?.path.slice(2).join('.')];
    };
    const list = (name: string, index: number) => ['MeshConfig', `${name}.${index}`];
    const own = ['Pod', `${PREFIX}outbound-port-exclusion-list`];
    const nowhere = [undefined, undefined];
    assert.deepEqual(told('192.0.2.10', 80), [false, 'excluded-port', ...own]);
    assert.deepEqual(told('192.0.2.10', 81), [false, 'excluded-port', ...list('outboundPortExclusionList', 1)]);
    assert.deepEqual(told('198.51.100.1', 80), [false, 'excluded-range', ...list('outboundIPRangeExclusionList', 0)]);
    assert.deepEqual(told('192.0.2.10', 443), [true, 'in-included-range', ...list('outboundIPRangeInclusionList', 0)]);
    const elsewhere = [false, 'not-in-included-range', ...list('outboundIPRangeInclusionList', 0)];
    assert.deepEqual(told('203.0.113.1', 443), elsewhere);
    assert.deepEqual(told('2001:db8::1', 443), [false, 'ipv6', ...nowhere]);
    assert.deepEqual(networks.map(formatNetwork), ['198.51.100.0/24', '192.0.2.0/24']);
  });

  it('goes to a loopback address of either family', () => {
    const is = (host: string) => isLoopback(parseAddressLiteral(host)!);
    for (const host of ['127.0.0.1', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '0.0.0.0', '::'])
      assert.equal(is(host), true, host);
    for (const host of ['128.0.0.1', '126.0.0.1', '0.0.0.1', '::2', '::12', '::1:2', '1::1', '2001:db8::1'])
      assert.equal(is(host), false, host);
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

  it('comes from a container of the user’s choice, the sidecar’s own never', () => {
    const containers = [
      { name: 'envoy', securityContext: { runAsUser: 1500 } },
      { name: 'app', securityContext: { runAsUser: 0 } },
      { name: 'agent', securityContext: { runAsUser: 1500 } },
      { name: 'plain' },
    ];
    const client = pod({}, { containers, initContainers: [{ name: 'osm-init' }] });
    const at = (...path: (string | number)[]) => ({ object: client, path: ['spec', ...path] });
    const agent = { name: 'agent', asProxy: at('containers', 2, 'securityContext', 'runAsUser') };
    assert.deepEqual(clientContainersOf(client), [agent, { name: 'app', asProxy: undefined }]);
    assert.deepEqual(clientContainersOf(client, 'plain'), [{ name: 'plain', asProxy: undefined }]);
    assert.deepEqual(clientContainersOf(client, 'agent'), [agent]);
    assert.deepEqual(clientContainersOf(client, 'envoy'), clientContainersOf(client), 'as if not named');
    const agentFirst = pod({}, { containers: [containers[2]!, containers[3]!] });
    assert.deepEqual(
      clientContainersOf(agentFirst).map(({ name }) => name),
      ['agent', 'plain'],
    );
    const bare = pod({}, { containers });
    assert.equal(clientContainersOf(bare)[0]!.name, 'envoy', 'without a sidecar it is like any other');
    const istio = { user: 0, container: 'agent' };
    const app = {
      name: 'app',
      asProxy: { object: bare, path: ['spec', 'containers', 1, 'securityContext', 'runAsUser'] },
    };
    assert.deepEqual(clientContainersOf(bare, undefined, istio), [app, { name: 'envoy', asProxy: undefined }]);
    assert.deepEqual(clientContainersOf(bare, 'agent', istio), [app, { name: 'envoy', asProxy: undefined }]);
    const empty = pod({}, { securityContext: { runAsUser: 1500 } });
    const ofPod = { object: empty, path: ['spec', 'securityContext', 'runAsUser'] };
    assert.deepEqual(clientContainersOf(empty), [{ name: undefined, asProxy: ofPod }]);
    assert.deepEqual(clientContainersOf(undefined), [{ name: undefined, asProxy: undefined }]);
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

describe('whether the client has a sidecar (egress semantics §2)', () => {
  type Namespace = { labels?: Record<string, string>; annotations?: Record<string, string> };
  const namespace = (name: string, { labels = {}, annotations = {} }: Namespace = {}): Resource => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [`${PREFIX}monitored-by`]: 'osm', ...labels }, annotations },
  });
  const INJECTION = `${PREFIX}sidecar-injection`;
  const [APP, ENVOY, INIT] = [{ name: 'app' }, { name: 'envoy' }, { name: 'osm-init' }];
  const labelled = (one: Pod): Pod => ({
    ...one,
    metadata: { ...one.metadata, labels: { 'osm-proxy-uuid': 'x' } },
  });

  /** `with`, `assumed`, or where it is said that there is none. */
  const state = (client?: Pod, objects: Resource[] = [namespace('curl')], home = 'curl'): string => {
    const sidecar = sidecarState(createWorld([meshConfig(), ...objects]), { ...SOURCE, namespace: home }, client);
    if (sidecar.injected) {
      assert.equal(typeof sidecar.assumed, 'boolean');
      return sidecar.assumed ? 'assumed' : 'with';
    }
    const { injected, at } = sidecar;
    assert.equal(injected, false);
    return at ? `${at.object.kind} ${at.path.join(' ')}` : 'without';
  };

  it('is what a pod shows, whatever is asked for', () => {
    const off = { 'sidecar-injection': 'disabled' };
    const running = { phase: 'Running' };
    assert.equal(state(pod(off, { containers: [APP, ENVOY], initContainers: [APP, INIT] })), 'with');
    assert.equal(state(pod(off, { containers: [APP], initContainers: [INIT, ENVOY] })), 'with', 'a native sidecar');
    assert.equal(state(pod({}, { containers: [APP, ENVOY] })), 'assumed');
    assert.equal(state(pod({}, { containers: [APP, ENVOY], initContainers: [APP] })), 'assumed');
    assert.equal(state(pod({}, { containers: [APP], initContainers: [INIT] })), 'assumed');
    assert.equal(state(pod({}, { containers: [APP] }, running)), 'Pod spec containers');
    assert.equal(state(pod({}, { containers: [APP] }, {})), 'assumed');
    assert.equal(state(pod({}, {}, running)), 'assumed');
    assert.equal(state(labelled(pod(off))), 'with');
    assert.equal(state(labelled(pod({}, { hostNetwork: true }))), 'with');
    assert.equal(state(pod({}, { hostNetwork: true })), 'Pod spec hostNetwork');
    assert.equal(state(pod({}, { hostNetwork: false })), 'assumed');
  });

  it('is never so in some namespaces, and those outside the mesh', () => {
    for (const home of ['kube-system', 'kube-public', 'osm-system']) {
      assert.equal(state(undefined, [namespace(home)], home), 'Namespace metadata name', home);
      assert.equal(state(undefined, [], home), 'without', home);
    }
    assert.equal(state(undefined, []), 'assumed');
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'curl' } };
    assert.equal(state(undefined, [outside]), 'Namespace metadata labels');
    const ignored = namespace('curl', { labels: { [`${PREFIX}ignore`]: 'false' } });
    assert.equal(state(undefined, [ignored]), `Namespace metadata labels ${PREFIX}ignore`);
  });

  it('is what the annotation of the pod says, else that of the namespace', () => {
    const by = (ofPod: string | undefined, ofNamespace: string | undefined) =>
      state(pod(ofPod === undefined ? {} : { 'sidecar-injection': ofPod }), [
        namespace('curl', { annotations: ofNamespace === undefined ? {} : { [INJECTION]: ofNamespace } }),
      ]);
    const said = (kind: string) => `${kind} metadata annotations ${INJECTION}`;
    for (const word of ['enabled', 'yes', 'true', 'Enabled']) {
      assert.equal(by(word, 'disabled'), 'with', word);
      assert.equal(by(undefined, word), 'with', word);
    }
    for (const word of ['disabled', 'no', 'false', 'NO']) {
      assert.equal(by(word, 'enabled'), said('Pod'), word);
      assert.equal(by(undefined, word), said('Namespace'), word);
    }
    assert.equal(by('maybe', 'no'), said('Namespace'));
    assert.equal(by('maybe', undefined), 'assumed');
    assert.equal(by(undefined, undefined), 'assumed');
  });

  it('is one of the settings by which pods differ', () => {
    const all = [
      pod(),
      pod({ 'outbound-port-exclusion-list': '1' }),
      pod({ 'inbound-port-exclusion-list': '1' }),
      pod({ 'outbound-ip-range-exclusion-list': '1' }),
      pod({ 'outbound-ip-range-inclusion-list': '1' }),
      pod({ 'sidecar-injection': 'no' }),
      pod({}, { hostNetwork: true }),
      pod({}, { containers: [{ ...APP, securityContext: { runAsUser: 1500 } }] }),
      pod({}, { containers: [APP] }, { phase: 'Running' }),
      labelled(pod()),
    ];
    const settingsOf = (pods: readonly Pod[], container?: string) =>
      new Set(pods.map((one) => trafficSettingsOf(one, container)));
    assert.equal(settingsOf(all).size, all.length);
    const others = [
      pod({}, { hostNetwork: false }),
      pod({}, {}, { podIP: '192.0.2.1' }),
      pod({ other: 'x' }),
      pod({}, { containers: [APP] }),
    ];
    assert.deepEqual(settingsOf(others), settingsOf([pod()]));
    const asProxy = { securityContext: { runAsUser: 1500 } };
    const two = [{}, asProxy].map((own) =>
      pod({}, { containers: [APP, { name: 'agent', ...asProxy }, { name: 'shell', ...own }] }),
    );
    assert.deepEqual(
      [undefined, 'app', 'agent', 'shell'].map((container) => settingsOf(two, container).size),
      [1, 1, 1, 2],
    );
    const named = ['app', 'web'].map((name) => pod({}, { containers: [{ name }, { name: 'agent', ...asProxy }] }));
    assert.equal(settingsOf(named).size, 2, 'a container is told by its name');
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
          'pods' in one
            ? one.pods[0]
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
