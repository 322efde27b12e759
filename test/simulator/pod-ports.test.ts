import assert from 'node:assert/strict';
import { parseAddressLiteral } from '../../src/lib/simulator/address.js';
import { ownPortsOf, podPortAt, probePorts, sidecarPorts } from '../../src/lib/simulator/pod-ports.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type SimulationOptions } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import type { Pod, Resource } from '../../src/lib/resources/types.js';
import { egress, meshConfig, namespace } from '../egress/support.js';

/** The classes of all endings, or the obstacle. */
function seen(objects: readonly Resource[], target: string, options?: SimulationOptions): string {
  const source = { namespace: 'curl', serviceAccount: 'curl' };
  const { verdict, ending, alternatives, obstacles } = simulate(createWorld(objects), source, options).decide(
    parseTarget(target),
  );
  const endings = ending ? [ending] : alternatives;
  return [verdict, ...endings.map(({ outcome }) => outcome.class), ...obstacles.map(({ code }) => code)].join(' ');
}

const listening = [namespace('curl'), meshConfig(), egress('web', '80/http', { hosts: ['httpbin.org'] })];

const server: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'curl', namespace: 'curl' },
  spec: { serviceAccountName: 'curl', containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }] },
};

/** With a sidecar container of its own, a port of UDP, and probes: one as it is written, one as the injector writes it. */
const probed: Pod = {
  ...server,
  spec: {
    serviceAccountName: 'curl',
    initContainers: [
      { name: 'proxy', restartPolicy: 'Always', ports: [{ containerPort: 5432 }] },
      { name: 'migrate', ports: [{ containerPort: 5433 }] },
    ],
    containers: [
      { name: 'app', ports: [{ containerPort: 9000, protocol: 'UDP' }], readinessProbe: { httpGet: { port: 'http' } } },
      { name: 'other', livenessProbe: { httpGet: { port: 15904 } } },
    ],
  },
};

describe('ports of the client’s own pod', () => {
  it('are there for its probes: one for each sort by HTTP, one for all by TCP', () => {
    const http = { httpGet: { port: 80 } };
    const tcp = { tcpSocket: { port: 80 } };
    const of = (...containers: object[]) =>
      probePorts({ ...server, spec: { containers: containers.map((one) => ({ name: 'app', ...one })) } });
    assert.equal(of(), undefined);
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ livenessProbe: http, readinessProbe: http, startupProbe: http }), [15901, 15902, 15903]);
    assert.deepEqual(of({ readinessProbe: tcp, startupProbe: http }, { livenessProbe: tcp }), [15903, 15904]);
  });

  // recorded with a real Envoy: an administration interface on 127.0.0.1, a listener that takes 15001 for the destination
  const cases: [string, string, Resource[]?][] = [
    ['http://127.0.0.1:15000/ready', 'allowed reached'],
    ['http://localhost:15010/stats/prometheus', 'allowed reached'],
    ['http://127.0.0.1:15901/', 'allowed reached'],
    ['tcp://127.0.0.1:15904', 'allowed reached'],
    ['http://127.0.0.2:15000/ready', 'denied refused'],
    ['http://127.0.0.1:15001/', 'denied closed'],
    ['http://127.0.0.1:15001/', 'denied refused', [namespace('curl'), meshConfig()]],
    ['http://127.0.0.1:15001/', 'unknown connects-to-itself', [...listening, egress('own', '15001/tcp')]],
    [
      'http://127.0.0.1:15001/',
      'unknown connects-to-itself',
      [namespace('curl'), meshConfig({ featureFlags: { enableEgressPolicy: true }, traffic: { enableEgress: true } })],
    ],
    ['http://127.0.0.1:15003/', 'denied closed'],
    ['http://127.0.0.1:8080/', 'unknown reached refused'],
    ['http://[::1]:15000/', 'unknown reached refused'],
    // without a sidecar nothing of Envoy is there, and the loopback address is still the pod
    ['http://127.0.0.1:15000/', 'unknown reached refused', [namespace('curl', false), meshConfig()]],
    ['http://127.0.0.1:8080/', 'allowed reached', [...listening, server]],
    ['http://127.0.0.1:9090/', 'unknown reached refused', [...listening, server]],
    ['http://ip6-localhost:8080/', 'allowed reached', [...listening, server]],
    ['http://127.0.0.1:15901/', 'unknown reached refused', [...listening, server]],
    ['http://127.0.0.1:15901/', 'unknown reached refused', [...listening, probed]],
    ['http://127.0.0.1:15902/', 'allowed reached', [...listening, probed]],
    ['http://127.0.0.1:15904/', 'allowed reached', [...listening, probed]],
    ['http://127.0.0.1:9000/', 'unknown reached refused', [...listening, probed]],
    ['tcp://127.0.0.1:5432', 'allowed reached', [...listening, probed]],
    ['tcp://127.0.0.1:5433', 'unknown reached refused', [...listening, probed]],
  ];
  for (const [target, expected, objects = listening] of cases) {
    it(`${target}: ${expected}${objects === listening ? '' : ` (${objects.length} objects)`}`, () => {
      assert.equal(seen(objects, target), expected);
    });
  }

  it('are those of the sidecar, on IPv4 alone, and those of administration on 127.0.0.1 alone', () => {
    const at = (
      port: number,
      { mesh, host = '127.0.0.1', injected = true }: { mesh?: 'istio'; host?: string; injected?: boolean } = {},
    ) => {
      const sidecar = injected ? ({ injected, assumed: false } as const) : ({ injected, at: undefined } as const);
      // one that declares ports, and does not show that it has no probes
      const pod = port < 15901 || port > 15904 ? server : undefined;
      return podPortAt({ sidecar, ...(mesh && { mesh }) }, pod, parseAddressLiteral(host)!, port);
    };
    const osm = {
      15000: 'sidecar',
      15001: 'outbound',
      15003: 'inbound',
      15010: 'sidecar',
      15901: 'probe',
      15902: 'probe',
      15903: 'probe',
      15904: 'probe',
    };
    const istio = {
      15000: 'sidecar',
      15001: 'outbound',
      15004: 'sidecar',
      15006: 'inbound',
      15020: 'sidecar',
      15021: 'sidecar',
      15090: 'sidecar',
    };
    for (const [mesh, expected] of [
      [undefined, osm],
      ['istio', istio],
    ] as const) {
      const of = mesh && { mesh };
      const ports = Object.keys(expected).map(Number);
      assert.deepEqual(Object.fromEntries(ports.map((port) => [port, at(port, of)])), expected);
      assert.deepEqual(ownPortsOf(of ?? {}), ports);
      const others = Array.from({ length: 1000 }, (_, index) => 14_990 + index).filter((port) => !ports.includes(port));
      assert.ok(others.every((port) => at(port, of) === 'not-known'));
      for (const port of ports) {
        assert.equal(at(port, { ...of, host: '::1' }), 'not-known');
        assert.equal(at(port, { ...of, injected: false }), 'not-known');
        const isLocal = port === 15_000 || (mesh === 'istio' && port === 15_004);
        assert.equal(at(port, { ...of, host: '127.0.0.2' }), isLocal ? 'nothing' : at(port, of));
      }
      assert.deepEqual([at(8080, of), at(8080, { ...of, host: '::1' })], ['declared', 'declared']);
    }
    assert.deepEqual(sidecarPorts, Object.keys(osm).map(Number));
  });

  it('say what is assumed of them, or what decides', () => {
    const of = (target: string, options?: SimulationOptions) =>
      simulate(createWorld(listening), { namespace: 'curl', serviceAccount: 'curl' }, options).decide(
        parseTarget(target),
      );
    const codes = (target: string, options?: SimulationOptions) =>
      of(target, options).assumptions.flatMap((one) => ('port' in one ? [`${one.code} ${one.port}`] : []));
    assert.deepEqual(codes('http://127.0.0.1:15901/'), ['probe-port 15901']);
    assert.deepEqual(codes('http://127.0.0.1:15003/'), ['inbound-listener 15003']);
    assert.deepEqual(codes('http://127.0.0.1:9090/', { onlyDeclaredPorts: true }), [
      'nothing-listens-on-loopback 9090',
    ]);
    assert.deepEqual(
      of('http://127.0.0.1:9090/').alternatives.map(({ outcome, when }) => [outcome.class, ...when]),
      [
        ['reached', { kind: 'pod-listens', port: 9090, listens: true }],
        ['refused', { kind: 'pod-listens', port: 9090, listens: false }],
      ],
    );
    assert.deepEqual(of('http://127.0.0.1:15001/').obstacles, []);
    const itself = createWorld([...listening, egress('own', '15001/tcp')]);
    const { obstacles } = simulate(itself, { namespace: 'curl', serviceAccount: 'curl' }).decide(
      parseTarget('http://127.0.0.1:15001/'),
    );
    assert.deepEqual(obstacles, [{ code: 'connects-to-itself', port: 15_001 }]);
  });

  it('Envoy itself reaches them for a policy whose host is the pod', () => {
    const own = [namespace('curl'), meshConfig(), egress('own', '15000/http,8080/http', { hosts: ['127.0.0.1'] })];
    const through = (port: number) => `curl -H 'Host: 127.0.0.1:${port}' http://192.0.2.1:${port}/`;
    assert.equal(seen(own, through(15000)), 'allowed reached');
    const inbound = egress('inbound', '15001/http,15003/http', { hosts: ['127.0.0.1'] });
    assert.equal(seen([...own, inbound], through(15003)), 'denied http');
    assert.equal(seen([...own, inbound], through(15001)), 'unknown connects-to-itself');
    assert.equal(seen(own, through(8080)), 'unknown reached http');
  });

  it('are where a name leads that is blocked by an address that is none', () => {
    const blocked = [namespace('curl'), meshConfig(), egress('blocked', '80/http,15000/http', { hosts: ['a.com'] })];
    const rows = [
      ['0.0.0.0', 'allowed reached'],
      ['::ffff:0.0.0.0', 'allowed reached'],
      // over IPv6 nothing of the sidecar is there
      ['::', 'unknown reached refused'],
    ] as const;
    for (const [address, atSidecar] of rows) {
      const options = { resolve: () => [address] };
      assert.equal(seen(blocked, 'http://a.com/', options), 'unknown reached refused', address);
      assert.equal(seen(blocked, 'https://a.com/', options), 'unknown reached refused', address);
      assert.equal(seen(blocked, 'http://a.com:15000/', options), atSidecar, address);
      assert.equal(seen(blocked, `curl -H 'Host: a.com' http://192.0.2.1/`, options), 'unknown reached http', address);
    }
  });

  it('who knows that nothing else listens says so', () => {
    assert.equal(seen(listening, 'http://127.0.0.1:8080/', { onlyDeclaredPorts: true }), 'denied refused');
  });
});
