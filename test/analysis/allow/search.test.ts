import assert from 'node:assert/strict';
import type { Resource } from '../../../src/lib/resources/types.js';
import { MESH, changesIn, egress, http, https, meshConfig, namespaceObject, plan, settingRef } from './support.js';

/** A setting that lets no connection through. It is there, so that nobody takes it away, and counts for all bytes to the port. */
const nobody: Resource = {
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'UpstreamTrafficSetting',
  metadata: { name: 'nobody', namespace: 'curl' },
  spec: { host: 'x.org', connectionSettings: { tcp: { maxConnections: 0 } } },
};
const shut = [nobody, egress('shut', { hosts: ['x.org'], ports: [https()], matches: [settingRef('nobody')] })];
const others = (count: number) =>
  Array.from({ length: count }, (_, index) => egress(`b${index}`, { hosts: [`${index}.org`], ports: [https()] }));

describe('the search of a change', () => {
  const tried = (mesh: readonly Resource[], policies: number, address?: string) => {
    const resolve = () => (address === undefined ? undefined : [address]);
    const made = plan([...mesh, ...shut, ...others(policies)], 'https://x.org/', { resolve });
    return made.result === 'impossible' && made.reason.code === 'no-change-found' ? made.reason.tried : made.result;
  };

  it('tries each change once, and goes on from those alone that bring the request on its way', () => {
    const off = [meshConfig({}, false), namespaceObject('curl')];
    assert.deepEqual([tried(MESH, 0), tried(off, 0)], [19, 20], 'the flag, then the same');
    assert.deepEqual([tried(MESH, 1), tried(MESH, 2)], [10, 13]);
  });

  it('looks at networks too where the address is known', () => {
    assert.equal(tried(MESH, 1, '192.0.2.1'), 156);
  });

  it('of changes of one size the one with the fewest side effects, and no larger one', () => {
    const wide = Array.from({ length: 5 }, (_, at) =>
      egress(`wide${at}`, { hosts: ['y.org'], ports: [https(), http(81 + at)] }),
    );
    const apart = wide.map((one, at) => ({ ...one, spec: { ...one.spec, hosts: [`y${at}.org`] } }));
    const narrow = egress('narrow', { hosts: ['z.org'], ports: [https()] });
    for (const objects of [
      [...apart, narrow],
      [narrow, ...apart],
    ])
      assert.deepEqual(changesIn(plan([...MESH, ...objects], 'https://x.org/', { resolve: () => ['192.0.2.1'] })), [
        'narrow +hosts x.org',
      ]);
  });
});
