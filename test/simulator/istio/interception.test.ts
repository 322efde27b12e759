import assert from 'node:assert/strict';
import type { KubernetesObject, Pod } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import type { SidecarState } from '../../../src/lib/simulator/interception.js';
import { createIstioInterceptor, istioTrafficSettingsOf } from '../../../src/lib/simulator/istio/interception.js';
import { createIstioWorld, type Ipv6Mode } from '../../../src/lib/simulator/istio/world.js';

/** Which connections get to the sidecar; docs/istio-egress.md, §1. */

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const CLIENT = { name: 'client', asProxy: undefined };
const TRAFFIC = 'traffic.sidecar.istio.io/';
const SHOWN = { containers: [{ name: 'client' }, { name: 'istio-proxy' }] };

interface Given {
  readonly lists?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: Pod['spec'];
  readonly status?: Pod['status'];
}

function podOf({ lists = {}, annotations = {}, labels, spec, status }: Given): Pod {
  const own = Object.entries(lists).map(([list, value]) => [TRAFFIC + list, value]);
  const metadata = { name: 'p', namespace: 'curl', ...(labels && { labels }) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, annotations: { ...annotations, ...(Object.fromEntries(own) as Record<string, string>) } },
    ...(spec && { spec }),
    ...(status && { status }),
  };
}

function interceptorOf(given: Given | undefined, more: { ipv6?: Ipv6Mode; podInterface?: string } = {}) {
  const world = createIstioWorld([], { ipv6: more.ipv6 });
  return createIstioInterceptor(world, SOURCE, given && podOf(given), CLIENT, more.podInterface);
}

/** What the rules make of `ADDRESS PORT`, and by which annotation. */
function decided(given: Given, line: string, more?: Parameters<typeof interceptorOf>[1]): string {
  const [address, port] = line.split(' ') as [string, string];
  const { redirected, rule, at } = interceptorOf(given, more).intercept(parseAddressLiteral(address)!, Number(port));
  return [redirected ? 'sidecar' : 'direct', rule, ...(at ? [String(at.path.at(-1)).replace(TRAFFIC, '')] : [])].join(
    ' ',
  );
}

const list = (name: string, value: string): Given => ({ lists: { [name]: value } });
const [PORTS, RANGES] = ['excludeOutboundPorts', 'excludeOutboundIPRanges'];
const [ONLY_PORTS, ONLY_RANGES] = ['includeOutboundPorts', 'includeOutboundIPRanges'];
const ELSE = 'sidecar everything-else';

describe('connections that get to Istio’s sidecar', () => {
  it('are those that no list leaves out', () => {
    const interfaces = list('excludeInterfaces', 'net1, eth0');
    const some = { lists: { [ONLY_RANGES]: '192.0.2.0/24', [RANGES]: '192.0.2.128/25', [ONLY_PORTS]: '3306' } };
    const nothing = { lists: { [ONLY_RANGES]: '' } };
    const rows: [Given, string, string][] = [
      [{}, '192.0.2.1 80', ELSE],
      [{}, '127.0.0.1 80', 'direct loopback'],
      [list(PORTS, '80'), '192.0.2.1 80', `direct excluded-port ${PORTS}`],
      [list(PORTS, '80'), '192.0.2.1 81', ELSE],
      [list(PORTS, '81, 80'), '192.0.2.1 80', `direct excluded-port ${PORTS}`],
      [list(RANGES, '192.0.2.0/24'), '192.0.2.1 80', `direct excluded-range ${RANGES}`],
      [list(RANGES, '192.0.2.0/24'), '192.0.3.1 80', ELSE],
      [interfaces, '192.0.2.1 80', 'direct excluded-interface excludeInterfaces'],
      [list('excludeInterfaces', 'net1,eth01'), '192.0.2.1 80', ELSE],
      [list('excludeInterfaces', 'e'), '192.0.2.1 80', ELSE],
      [list(ONLY_RANGES, ' * '), '192.0.2.1 80', ELSE],
      [some, '192.0.2.1 80', `sidecar in-included-range ${ONLY_RANGES}`],
      [some, '192.0.2.129 80', `direct excluded-range ${RANGES}`],
      [some, '192.0.3.1 80', `direct not-in-included-range ${ONLY_RANGES}`],
      [some, '192.0.3.1 3306', `sidecar included-port ${ONLY_PORTS}`],
      [{ lists: { ...nothing.lists, [ONLY_PORTS]: ' * ' } }, '192.0.2.1 80', ELSE],
      [{ lists: { ...nothing.lists, [ONLY_PORTS]: '80' } }, '192.0.2.1 80', `sidecar included-port ${ONLY_PORTS}`],
      [nothing, '192.0.2.1 80', `direct nothing-included ${ONLY_RANGES}`],
      [list(ONLY_PORTS, '80'), '192.0.2.1 81', ELSE],
    ];
    for (const [given, line, expected] of rows)
      assert.equal(decided(given, line), expected, JSON.stringify([given, line]));
    assert.equal(
      decided(list('excludeInterfaces', 'isvc'), '192.0.2.1 80', { podInterface: 'isvc' }).split(' ')[0],
      'direct',
    );
    assert.equal(decided(interfaces, '192.0.2.1 80', { podInterface: 'isvc' }), ELSE);
    assert.equal(decided({}, '0.0.0.0 80').split(' ')[0], 'direct');
  });

  it('over IPv6 are none, or what the lists say where it is redirected', () => {
    const ipv6 = { redirected: true, programmed: true };
    const rows: [Given, string, string][] = [
      [{}, '2001:db8::1 80', ELSE],
      [{}, '::1 80', 'direct loopback'],
      [list(PORTS, '80'), '2001:db8::1 80', `direct excluded-port ${PORTS}`],
      [list(RANGES, '2001:db8::/64'), '2001:db8::1 80', `direct excluded-range ${RANGES}`],
      [list(RANGES, '2001:db8::/64'), '2001:db8::1%eth0 80', `direct excluded-range ${RANGES}`],
      [list(RANGES, '2001:db8::/64'), '2001:db8:0:1::1 80', ELSE],
      [list(RANGES, '192.0.2.0/24,2001:db8::1/128'), '2001:db8::1 80', `direct excluded-range ${RANGES}`],
      [list(RANGES, '2001:db8::1'), '2001:db8::1 80', ELSE],
      [list(RANGES, '2001:db8::/x64'), '2001:db8::1 80', ELSE],
      [list(RANGES, '2001:db8::/64x'), '2001:db8::1 80', ELSE],
      [list(RANGES, '0.0.0.0/0'), '2001:db8::1 80', ELSE],
      [list(ONLY_RANGES, '2001:db8::/64'), '2001:db8::1 80', `sidecar in-included-range ${ONLY_RANGES}`],
      [list(ONLY_RANGES, '192.0.2.0/24'), '2001:db8::1 80', `direct not-in-included-range ${ONLY_RANGES}`],
    ];
    for (const [given, line, expected] of rows) {
      const shown = { ...given, spec: SHOWN };
      assert.equal(decided(shown, line, { ipv6 }), expected, JSON.stringify([given, line]));
    }
    assert.equal(decided({}, '2001:db8::1 80'), 'direct ipv6');
    assert.equal(decided(list(PORTS, '80'), '2001:db8::1 80'), 'direct ipv6');
  });

  it('are not those of the sidecar’s own user, nor of a pod without a sidecar', () => {
    const at = { object: podOf({}), path: ['spec', 'securityContext', 'runAsUser'] };
    const world = createIstioWorld([]);
    const asProxy = createIstioInterceptor(world, SOURCE, podOf(list(PORTS, '80')), { name: 'c', asProxy: at });
    assert.deepEqual(asProxy.intercept(parseAddressLiteral('192.0.2.1')!, 80), {
      redirected: false,
      rule: 'proxy-user',
      at,
    });
    const apart = interceptorOf({ labels: { 'sidecar.istio.io/inject': 'false' }, lists: { [PORTS]: 'x' } });
    const { rule, at: why } = apart.intercept(parseAddressLiteral('192.0.2.1')!, 80);
    assert.deepEqual([rule, why?.path], ['no-sidecar', ['metadata', 'labels', 'sidecar.istio.io/inject']]);
    assert.equal(apart.broken, undefined);
  });

  it('depend on ports and ranges that can be read; the others make the injector refuse the pod', () => {
    const broken = (given: Given) => {
      const { broken: first, rules } = interceptorOf(given);
      assert.equal(first, rules.broken[0]);
      return rules.broken.map(
        ({ value, why, at }) => `${value}: ${why} in ${String(at.path.at(-1)).replace(TRAFFIC, '')}`,
      );
    };
    const rows: [Given, string[]][] = [
      [list(PORTS, '0,65535, 80 '), []],
      [list(PORTS, ''), []],
      [list(PORTS, '65536'), [`65536: port-too-large in ${PORTS}`]],
      [list(PORTS, '80,x'), [`x: not-valid in ${PORTS}`]],
      [list(PORTS, '-1'), [`-1: not-valid in ${PORTS}`]],
      [list(PORTS, '80x'), [`80x: not-valid in ${PORTS}`]],
      [list(PORTS, 'x80'), [`x80: not-valid in ${PORTS}`]],
      [list(PORTS, '0x50'), [`0x50: not-valid in ${PORTS}`]],
      [list(PORTS, '1e3'), [`1e3: not-valid in ${PORTS}`]],
      [list(PORTS, 'mysql'), [`mysql: not-valid in ${PORTS}`]],
      [list(PORTS, ','), [`: not-valid in ${PORTS}`, `: not-valid in ${PORTS}`]],
      [list(ONLY_PORTS, 'x'), [`x: not-valid in ${ONLY_PORTS}`]],
      [list(ONLY_PORTS, '*'), []],
      [list(RANGES, '192.0.2.0/24,2001:db8::/64'), []],
      [list(RANGES, '192.0.2.0/24, 198.51.100.0/24'), [` 198.51.100.0/24: not-valid in ${RANGES}`]],
      [list(RANGES, '2001:db8::1'), [`2001:db8::1: not-valid in ${RANGES}`]],
      // the injector takes it, and iptables reads it as an octal number
      [list(RANGES, '192.0.2.0/08'), [`192.0.2.0/08: range-does-not-load in ${RANGES}`]],
      [list(ONLY_RANGES, 'x'), [`x: not-valid in ${ONLY_RANGES}`]],
      [list(ONLY_RANGES, '*'), []],
      [{ lists: { [PORTS]: 'x', [RANGES]: 'y' } }, [`x: not-valid in ${PORTS}`, `y: not-valid in ${RANGES}`]],
    ];
    for (const [given, expected] of rows) assert.deepEqual(broken(given), expected, JSON.stringify(given));
  });

  it('are told as lists, with the networks whose edges matter', () => {
    const lists = {
      [PORTS]: '80',
      [RANGES]: '192.0.2.0/24,::/0',
      [ONLY_PORTS]: '81',
      [ONLY_RANGES]: '198.51.100.0/24',
    };
    const { rules, networks, mesh } = interceptorOf({ lists: { ...lists, excludeInterfaces: 'eth0' } });
    const [excluded, included] = [
      { base: 0xc0000200, prefixLength: 24 },
      { base: 0xc6336400, prefixLength: 24 },
    ];
    assert.deepEqual(networks, [excluded, included]);
    assert.equal(mesh, 'istio');
    const named = (path: readonly (string | number)[] | undefined) => String(path?.at(-1)).replace(TRAFFIC, '');
    assert.deepEqual(
      {
        ports: [...rules.excludedPorts].map(([port, at]) => [port, named(at.path)]),
        ranges: rules.excludedRanges.map(({ network, at }) => [network, named(at.path)]),
        onlyPorts: [...rules.includedPorts!].map(([port, at]) => [port, named(at.path)]),
        onlyRanges: rules.includedRanges.map(({ network, at }) => [network, named(at.path)]),
        interface: named(rules.excludedInterface?.path),
      },
      {
        ports: [[80, PORTS]],
        ranges: [[excluded, RANGES]],
        onlyPorts: [[81, ONLY_PORTS]],
        onlyRanges: [[included, ONLY_RANGES]],
        interface: 'excludeInterfaces',
      },
    );
  });

  it('where the sidecar is there all the same, names of services are ports', () => {
    const known =
      'ssh 22,smtp 25,domain 53,http 80,ntp 123,imap2 143,ldap 389,https 443,submission 587,ldaps 636,imaps 993'
        .concat(',ms-sql-s 1433,mysql 3306,postgresql 5432,amqp 5672,redis 6379')
        .split(',')
        .map((one) => one.split(' ') as [string, string]);
    const { rules } = interceptorOf({ ...list(PORTS, known.map(([name]) => name).join(' , ')), spec: SHOWN });
    assert.deepEqual(
      [...rules.excludedPorts.keys()],
      known.map(([, port]) => Number(port)),
    );
    assert.deepEqual(rules.broken, []);
    const unknown = interceptorOf({ ...list(PORTS, 'constructor'), spec: SHOWN });
    assert.equal(unknown.broken?.value, 'constructor');
  });
});

describe('whether there is a sidecar of Istio', () => {
  const INJECT = 'sidecar.istio.io/inject';
  const namespace = (name: string, labels?: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...(labels && { labels }) },
  });
  const ON = [namespace('curl', { 'istio-injection': 'enabled' })];
  const OFF = [namespace('curl', { 'istio-injection': 'disabled' })];
  const REVISED = [namespace('curl', { 'istio.io/rev': 'asm-1-27' })];
  const SILENT = [namespace('curl')];

  /** By what: `shown`, or where it says so. */
  function stateOf(objects: KubernetesObject[], given: Given | undefined, source = SOURCE): string {
    const { sidecar } = createIstioInterceptor(createIstioWorld(objects), source, given && podOf(given), CLIENT);
    const told = (state: SidecarState) =>
      state.injected === true
        ? `yes${state.assumed ? ', it is assumed' : ''}`
        : ['no', ...(state.at ? [state.at.object.kind, ...state.at.path] : [])].join(' ');
    assert.equal(typeof (sidecar.injected === true ? sidecar.assumed : sidecar.injected), 'boolean');
    return told(sidecar);
  }

  it('is what the pod shows, else what its labels say, else the namespace’s', () => {
    const running = { phase: 'Running' };
    const bare = { containers: [{ name: 'client' }] };
    const inject = (value: string) => ({ labels: { [INJECT]: value } });
    const noted = (value: string) => ({ annotations: { [INJECT]: value } });
    const rows: [KubernetesObject[], Given | undefined, string][] = [
      [[], undefined, 'yes, it is assumed'],
      [[], {}, 'yes, it is assumed'],
      [OFF, { spec: SHOWN }, 'yes'],
      [OFF, { spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'istio-proxy' }] } }, 'yes'],
      [ON, { spec: bare, status: running }, 'no Pod spec containers'],
      [ON, { spec: bare, status: {} }, 'yes'],
      [ON, { spec: bare }, 'yes'],
      [ON, { spec: { containers: [] }, status: running }, 'yes'],
      [ON, { status: running }, 'yes'],
      [ON, { spec: { hostNetwork: true } }, 'no Pod spec hostNetwork'],
      [ON, { spec: { hostNetwork: false } }, 'yes'],
      [ON, undefined, 'yes'],
      [REVISED, {}, 'yes'],
      [SILENT, undefined, 'no Namespace metadata labels'],
      [SILENT, inject('true'), 'yes'],
      [SILENT, noted('true'), 'no Namespace metadata labels'],
      [SILENT, { labels: { 'istio.io/rev': 'default' } }, 'yes'],
      [OFF, {}, 'no Namespace metadata labels istio-injection'],
      [OFF, inject('true'), 'no Namespace metadata labels istio-injection'],
      [ON, inject('false'), `no Pod metadata labels ${INJECT}`],
      [ON, noted('false'), `no Pod metadata annotations ${INJECT}`],
      [ON, { ...inject('true'), ...noted('false') }, 'yes'],
      [ON, { ...inject('false'), ...noted('true') }, `no Pod metadata labels ${INJECT}`],
      [ON, inject('x'), 'yes'],
      [[], inject('false'), `no Pod metadata labels ${INJECT}`],
    ];
    for (const [objects, given, expected] of rows) {
      assert.equal(stateOf(objects, given), expected, JSON.stringify([objects, given]));
    }
  });

  it('is never so in namespaces of Kubernetes itself', () => {
    for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']) {
      const source = { namespace: name, serviceAccount: 'x' };
      const on = namespace(name, { 'istio-injection': 'enabled' });
      assert.equal(stateOf([on], {}, source), 'no Namespace metadata name');
      assert.equal(stateOf([], {}, source), 'no');
      assert.equal(stateOf([on], { spec: SHOWN }, source), 'yes');
    }
  });

  it('makes pods alike that differ in nothing that decides', () => {
    const alike: Given[] = [
      {},
      { labels: { app: 'a' } },
      { annotations: { other: 'x' } },
      { spec: { containers: [{ name: 'c' }], hostNetwork: false } },
      { status: { podIP: '10.0.0.9' } },
    ];
    const base = istioTrafficSettingsOf(podOf({}));
    for (const given of alike) assert.equal(istioTrafficSettingsOf(podOf(given)), base, JSON.stringify(given));
    const lists = [PORTS, RANGES, ONLY_PORTS, ONLY_RANGES, 'excludeInterfaces'];
    const different: Given[] = [
      ...lists.flatMap((name) => [list(name, '80'), list(name, '')]),
      { labels: { [INJECT]: 'true' } },
      { annotations: { [INJECT]: 'false' } },
      { labels: { 'istio.io/rev': 'x' } },
      { spec: { hostNetwork: true } },
      { status: { phase: 'Running' } },
      { spec: SHOWN },
      { spec: { securityContext: { runAsUser: 1337 } } },
    ];
    const texts = [base, ...different.map((given) => istioTrafficSettingsOf(podOf(given)))];
    assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
    const user = (runAsUser: number) => ({ spec: { containers: [{ name: 'c', securityContext: { runAsUser } }] } });
    assert.notEqual(istioTrafficSettingsOf(podOf(user(1337))), istioTrafficSettingsOf(podOf(user(1336))));
    assert.equal(istioTrafficSettingsOf(podOf(user(1336))), istioTrafficSettingsOf(podOf(user(1338))));
    const containers = [1336, 1337].map((runAsUser) => ({
      spec: { containers: [...user(1336).spec.containers, { name: 'd', securityContext: { runAsUser } }] },
    }));
    assert.deepEqual(
      ['c', 'd', undefined].map(
        (name) => new Set(containers.map((one) => istioTrafficSettingsOf(podOf(one), name))).size,
      ),
      [1, 2, 2],
    );
    const both = { labels: { [INJECT]: 'true' }, annotations: { [INJECT]: 'false' } };
    assert.equal(istioTrafficSettingsOf(podOf(both)), istioTrafficSettingsOf(podOf({ labels: { [INJECT]: 'true' } })));
  });
});
