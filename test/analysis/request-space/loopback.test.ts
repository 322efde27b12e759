import assert from 'node:assert/strict';
import { classOf, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import type { Resource } from '../../../src/lib/resources/types.js';
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
