import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { lackingIn, OSM_VERSIONS, VERSIONED_FEATURES, type OsmVersion } from '../../src/lib/simulator/versions.js';
import { createWorld } from '../../src/lib/simulator/world.js';

const policy = (more = ''): string => `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: a, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: [a.org]
  ports: [{ number: 80, protocol: http }]
${more}`;
const meshConfig = (traffic: string): string => `---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: { name: osm-mesh-config, namespace: osm-system }
spec: { featureFlags: { enableEgressPolicy: true }, traffic: { ${traffic} } }
`;
const setting = `---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: { name: s, namespace: curl }
spec: { host: a.org }
`;

/** What the versions say of a request, joined where neighbours agree: `1.0 denied, 1.1 allowed`. */
function verdicts(text: string, line: string): string {
  const { objects } = parseManifests(text, 'test');
  const said = OSM_VERSIONS.map((osmVersion: OsmVersion) => {
    const simulation = simulate(createWorld(objects, { osmVersion }), { namespace: 'curl', serviceAccount: 'curl' });
    return [osmVersion, simulation.decide(parseTarget(line)).verdict] as const;
  });
  return said
    .filter(([, verdict], index) => verdict !== said[index - 1]?.[1])
    .map((pair) => pair.join(' '))
    .join(', ');
}

describe('versions of OSM', () => {
  it('differ where docs/versions.md says so, and nowhere else', () => {
    const page = readFileSync(join(packageRoot, 'docs', 'versions.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w-]+)` *\| ([\d.]+) *\|.*\| <(\S+)> *\|$/gm)].map(
      ([, code, since, source]) => [code, since, source],
    );
    const inCode = Object.entries(VERSIONED_FEATURES).map(([code, { since, source }]) => [code, since, source]);
    assert.deepEqual(rows, inCode);
  });

  it('know from one on all that was new in it, and the last ones everything', () => {
    const lacking = OSM_VERSIONS.map((version) => `${version}: ${lackingIn(version).size}`);
    assert.deepEqual(lacking, ['1.0: 4', '1.1: 2', '1.2: 0', '1.2.4: 0', '1.2.5: 0']);
  });

  it('outbound-range-inclusion', () => {
    const text = policy() + meshConfig('outboundIPRangeInclusionList: [198.51.100.0/24]');
    assert.equal(verdicts(text, 'tcp://192.0.2.1:3306'), '1.0 denied, 1.1 allowed');
  });

  it('network-interface-exclusion', () => {
    const text = policy() + meshConfig('networkInterfaceExclusionList: [eth0]');
    assert.equal(verdicts(text, 'tcp://192.0.2.1:3306'), '1.0 denied, 1.2 allowed');
  });

  it('upstream-traffic-setting', () => {
    const matches =
      '  matches: [{ apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: s }]\n';
    assert.equal(verdicts(policy(matches) + setting, 'http://a.org/'), '1.0 denied, 1.1 allowed');
    assert.equal(verdicts(policy() + setting, 'http://a.org/'), '1.0 allowed');
  });

  it('websocket-upgrade', () => {
    assert.equal(verdicts(policy(), 'ws://a.org/'), '1.0 denied, 1.2 allowed');
    assert.equal(verdicts(policy(), 'wss://a.org:80/'), '1.0 denied');
    const upgrade = (protocol: string) => `curl http://a.org/ -H 'Connection: Upgrade' -H 'Upgrade: ${protocol}'`;
    assert.equal(verdicts(policy(), upgrade('h2c')), '1.0 allowed');
    assert.equal(verdicts(policy(), upgrade('other')), '1.0 denied');
    const service = `---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: shop }
spec: { clusterIP: 10.0.0.7, ports: [{ port: 80, name: http }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: shop, namespace: shop }
subsets: [{ addresses: [{ ip: 10.1.0.7 }], ports: [{ port: 80, name: http }] }]
`;
    assert.equal(verdicts(policy() + service, 'http://shop.shop/'), '1.0 allowed');
    assert.equal(verdicts(policy() + service, 'ws://shop.shop/'), '1.0 denied, 1.2 allowed');
  });
});
