import assert from 'node:assert/strict';
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

describe('ports of the client’s own pod', () => {
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
  ];
  for (const [target, expected, objects = listening] of cases) {
    it(`${target}: ${expected}${objects === listening ? '' : ` (${objects.length} objects)`}`, () => {
      assert.equal(seen(objects, target), expected);
    });
  }

  it('Envoy itself reaches them for a policy whose host is the pod', () => {
    const own = [namespace('curl'), meshConfig(), egress('own', '15000/http,8080/http', { hosts: ['127.0.0.1'] })];
    const through = (port: number) => `curl -H 'Host: 127.0.0.1:${port}' http://192.0.2.1:${port}/`;
    assert.equal(seen(own, through(15000)), 'allowed reached');
    const inbound = egress('inbound', '15001/http,15003/http', { hosts: ['127.0.0.1'] });
    assert.equal(seen([...own, inbound], through(15003)), 'denied http');
    assert.equal(seen([...own, inbound], through(15001)), 'unknown connects-to-itself');
    assert.equal(seen(own, through(8080)), 'unknown reached http');
  });

  it('who knows that nothing else listens says so', () => {
    assert.equal(seen(listening, 'http://127.0.0.1:8080/', { onlyDeclaredPorts: true }), 'denied refused');
  });
});
