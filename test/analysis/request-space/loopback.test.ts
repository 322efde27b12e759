import assert from 'node:assert/strict';
import { classes, classOf, spaceOf, type RequestClass } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { addressOf, outcome, simulationOf } from './support.js';

const pod: Resource = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'curl', namespace: 'curl' },
  spec: { serviceAccountName: 'curl', containers: [{ name: 'curl', ports: [{ containerPort: 8080 }] }] },
};

describe('loopback addresses in the space of requests', () => {
  const simulation = simulationOf([pod]);
  const space = spaceOf([simulation]);
  const classAt = (line: string) => {
    const target = parseTarget(line);
    return { target, one: classOf(space, target, addressOf(simulation, target)!)! };
  };

  it('every one has the outcome of its class', () => {
    for (const port of [80, 8080, 9999, 15000, 15001, 15003, 15010, 15901]) {
      for (const host of ['127.0.0.1', '127.0.0.2', '127.255.255.255', '0.0.0.0', '[::1]']) {
        for (const line of [`tcp://${host}:${port}`, `http://${host}:${port}/`]) {
          const { target, one } = classAt(line);
          assert.equal(outcome(simulation, one.witness), outcome(simulation, target), line);
        }
      }
    }
  });

  it('Envoy’s administration is at 127.0.0.1 alone, which the class says', () => {
    const [itself, other] = ['127.0.0.1', '127.0.0.2'].map((host) => classAt(`tcp://${host}:15000`).one);
    assert.match(requestClassText(itself!), /127\.0\.0\.1/);
    assert.match(requestClassText(other!), /at every loopback address but 127\.0\.0\.1/);
  });

  it('that of IPv6 is none of the sidecar’s, which the class says', () => {
    const [ipv4, ipv6] = ['127.0.0.1', '[::1]'].map((host) => classAt(`tcp://${host}:15003`).one);
    assert.match(requestClassText(ipv4!), /, at every loopback address but ::1$/);
    assert.match(requestClassText(ipv6!), /, at ::1$/);
    assert.match(requestClassText(classAt('tcp://[2001:db8::1]:15003').one), /, at an IPv6 address$/);
  });
});

describe('own addresses of pods in the space of requests', () => {
  const withAddress = (name: string, podIP: string, annotations = {}) =>
    ({ ...pod, metadata: { ...pod.metadata, name, annotations }, status: { podIP } }) as Resource;
  const policy: Egress = {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'near', namespace: 'curl' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      // of which the first address is a pod's
      ipAddresses: ['10.0.0.1/24', '10.0.0.5/32'],
      ports: [{ number: 8080, protocol: 'tcp-server-first' }],
    },
  };
  const [p, q] = [withAddress('p', '10.0.0.1'), withAddress('q', '10.0.0.5')];
  const past = { 'openservicemesh.io/outbound-port-exclusion-list': '8080' };
  const classesAt = (pods: readonly Resource[], ...hosts: string[]) => {
    const simulation = simulationOf([policy, ...pods]);
    const space = spaceOf([simulation]);
    return hosts.map((host) => {
      const target = parseTarget(`tcp://${host}:8080 --server-first`);
      const address = addressOf(simulation, target)!;
      const one = classOf(space, target, address);
      if (one) assert.equal(outcome(simulation, one.witness), outcome(simulation, target), host);
      for (const each of classes(space))
        assert.equal(each.holds(target, address), one !== undefined && sameClass(each, one));
      return one?.verdicts[0]!.verdict;
    });
  };
  const sameClass = (one: RequestClass, other: RequestClass) => one.witness.command === other.witness.command;

  it('are apart for one pod, or several that are unlike', () => {
    assert.deepEqual(classesAt([p], '10.0.0.1', '10.0.0.5', '10.0.0.6'), ['allowed', 'allowed', 'allowed']);
    const unlike = [p, withAddress('x', '10.0.0.7', past)];
    assert.equal(classesAt(unlike, '10.0.0.1', '10.0.0.7', '10.0.0.8').includes(undefined), false);
  });

  it('are left out where pods are alike, at which one of them is by itself', () => {
    assert.deepEqual(classesAt([p, q], '10.0.0.1', '10.0.0.5', '10.0.0.2'), [undefined, undefined, 'allowed']);
    // how requests fare at a network of pods alone says nothing of others that are opened alike
    const https = { ...policy, spec: { ...policy.spec, hosts: ['a.test'], ipAddresses: ['10.0.0.5/32', '192.0.2.0/24'], ports: [{ number: 8080, protocol: 'https' }] } } as Resource; // prettier-ignore
    const simulation = simulationOf([https, p, q]);
    const target = parseTarget('tcp://192.0.2.1:8080');
    const one = classOf(spaceOf([simulation]), target, addressOf(simulation, target)!)!;
    assert.equal(outcome(simulation, one.witness), outcome(simulation, target));
    const ofPod = [...classes(spaceOf([simulation]))].filter(({ witness }) => witness.dial.host === '10.0.0.5');
    assert.ok(ofPod.some(({ verdicts }) => verdicts[0]!.verdict === 'unknown'));
  });
});
