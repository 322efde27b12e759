import assert from 'node:assert/strict';
import { onePerPolicy, portsWiderThanWritten, widerThanWritten } from '../../../src/lib/analysis/lint/wider.js';
import { findingsOfNotice } from '../../../src/lib/analysis/lint/notices.js';
import type { Egress } from '../../../src/lib/resources/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, meshConfig, namespace, toSetting } from '../../egress/support.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };
const simulationOf = (...policies: Egress[]) =>
  simulate(createWorld([meshConfig(), namespace('curl'), ...policies]), source);

describe('policies that open more than they say', () => {
  const hosts = egress('hosts', '5432/tcp', { hosts: ['a.com'] });
  const empty = egress('empty', '443/https,8443/https', { hosts: ['', 'a.com'] });
  const ranges = egress('ranges', '5432/tcp', { ipAddresses: ['300.1.1.1/24'], hosts: ['a.com'] });
  const dropped = egress('dropped', '443/https', { ipAddresses: ['300.1.1.1/24'], matches: [toSetting('none')] });
  const narrow = egress('narrow', '443/https,5432/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] });
  const open = egress('open', '443/https');

  it('are those that take effect, each once', () => {
    const found = widerThanWritten(simulationOf(hosts, empty, ranges, dropped, narrow, open));
    const told = found.map(({ policy, rule, port }) => [policy?.metadata.name, rule, port]);
    assert.deepEqual(told, [
      ['ranges', 'cidr-fails-open', null],
      ['hosts', 'hosts-on-tcp', 0],
      ['empty', 'https-without-hosts', 0],
    ]);
  });

  it('are told port by port from the text alone, and one of several findings of a policy is enough', () => {
    const world = createWorld([]);
    const found = [hosts, empty, narrow, open].flatMap((policy) => portsWiderThanWritten({ policy, world }));
    const named = (some: typeof found) => some.map(({ policy, port }) => [policy?.metadata.name, port]);
    assert.deepEqual(named(found), [
      ['hosts', 0],
      ['empty', 0],
      ['empty', 1],
    ]);
    const others = found.map((finding) => ({ ...finding, policy: narrow, makes: null }));
    assert.deepEqual(named(onePerPolicy([...others, ...found])), [
      ['hosts', 0],
      ['empty', 0],
    ]);
  });

  it('a notice that no rule is about tells nothing', () => {
    const { program, world } = simulationOf(dropped);
    const [notice] = program.notices;
    assert.equal(notice?.code, 'upstream-traffic-setting-missing');
    assert.deepEqual(findingsOfNotice(notice, world), []);
  });
});
