import assert from 'node:assert/strict';
import type { UpstreamTrafficSetting } from '../../../src/lib/resources/types.js';
import { byHost, decide, meshConfig, policy, seen, served, service, setting, simulationOf, told } from './worlds.js';

type ConnectionSettings = NonNullable<UpstreamTrafficSetting['spec']['connectionSettings']>;

const HTTP = 'curl http://httpbin.org/get';
const HTTPS = 'curl https://httpbin.org/';
const RAW = 'tcp://192.0.2.10:3306';
const OTHER = 'curl http://example.com:8080/';

/** Policies of each protocol that name the setting, and one that names none. */
function policies(connectionSettings: ConnectionSettings) {
  return [
    setting('u', connectionSettings),
    policy('http', { hosts: ['httpbin.org'] }, 'u'),
    policy('https', { hosts: ['httpbin.org'], ports: [{ number: 443, protocol: 'https' }] }, 'u'),
    policy('tcp', { ports: [{ number: 3306, protocol: 'tcp' }] }, 'u'),
    policy('other', { hosts: ['example.com'], ports: [{ number: 8080, protocol: 'http' }] }),
  ];
}

const all = (connectionSettings: ConnectionSettings) =>
  [HTTP, HTTPS, RAW, OTHER].map((line) => seen(policies(connectionSettings), line));

const REACHED = ['reached httpbin.org:80', 'reached 443', 'reached 3306', 'reached example.com:8080'];

describe('limits of an UpstreamTrafficSetting (egress semantics §3.5)', () => {
  it('of 0 let nothing through, each in its own way', () => {
    assert.deepEqual(all({ tcp: { maxConnections: 0 } }), [REACHED[0], 'closed', 'closed', REACHED[3]]);
    assert.deepEqual(all({ http: { maxRequests: 0 } }), ['http 503', REACHED[1], REACHED[2], REACHED[3]]);
    assert.deepEqual(all({ http: { maxPendingRequests: 0 } }), ['http 503', 'closed', 'closed', REACHED[3]]);
  });

  it('of other sizes, and of other sorts, do nothing to a single request', () => {
    assert.deepEqual(all({ tcp: { maxConnections: 1, connectTimeout: '1ns' } }), REACHED);
    assert.deepEqual(all({ http: { maxRequests: 1, maxRequestsPerConnection: 0, maxRetries: 0 } }), REACHED);
  });

  it('of a service are said, though the service’s side is not examined', () => {
    const limited = (connectionSettings: Parameters<typeof setting>[1], host = 'web.shop.svc.cluster.local') => [
      service('web'),
      served('web'),
      setting('u', connectionSettings, host),
    ];
    const stopped =
      'a limit of 0 in an UpstreamTrafficSetting lets nothing through to shop/web|8080: ' +
      'the client gets 503 from Envoy over HTTP, a closed connection over TCP';
    for (const [settings, remarks] of [
      [{ http: { maxRequests: 0 } }, [stopped]],
      [{ http: { maxPendingRequests: 0 } }, [stopped]],
      [{ http: { maxRequests: 1 } }, []],
      [{ tcp: { maxConnections: 0 } }, []],
    ] as const) {
      assert.equal(seen(limited(settings), byHost('web.shop')), 'mesh shop/web|8080');
      assert.deepEqual(told(limited(settings)).remarks, remarks, JSON.stringify(settings));
    }
    assert.deepEqual(told(limited({ http: { maxRequests: 0 } }, 'api.shop.svc.cluster.local')).remarks, []);
    const [cluster] = simulationOf(limited({ http: { maxRequests: 0 } })).program.clusters.values();
    assert.deepEqual(
      cluster?.limits.map((limits) => [limits?.maxRequests, limits?.source.object.metadata.name]),
      [[0, 'u']],
    );
  });

  it('are kept by chance where policies share a cluster', () => {
    const shared = [
      setting('u', { tcp: { maxConnections: 0 } }),
      policy('a', { hosts: ['httpbin.org'], ports: [{ number: 443, protocol: 'https' }] }, 'u'),
      policy('b', { hosts: ['example.com'], ports: [{ number: 443, protocol: 'https' }] }),
    ];
    for (const line of [HTTPS, 'curl https://example.com/']) {
      const { verdict, alternatives } = decide(shared, line);
      assert.equal(verdict, 'unpredictable');
      assert.deepEqual(
        alternatives.map(({ outcome }) => outcome.class),
        ['reached', 'closed'],
      );
      assert.deepEqual(alternatives[0]?.when, [{ kind: 'by-chance', cause: 'upstream-settings-differ' }]);
    }
    assert.equal(seen([...shared, setting('v', { tcp: { maxConnections: 1 } })], RAW), 'closed');
  });
});

describe('a connect timeout that is not above 0 (egress semantics §4)', () => {
  it('makes Envoy refuse every cluster, mesh-wide egress and services included', () => {
    for (const connectTimeout of ['0s', '-1s', '0.1ns']) {
      const objects = [
        ...policies({ tcp: { connectTimeout } }),
        service('web'),
        served('web'),
        service('raw', { clusterIP: '203.0.113.201', ports: [{ name: 'tcp-x', port: 80 }] }),
        meshConfig({ enableEgress: true }),
      ];
      assert.equal(seen(objects, HTTP), 'http 503');
      assert.equal(seen(objects, OTHER), 'http 503');
      assert.equal(seen(objects, HTTPS), 'closed');
      assert.equal(seen(objects, RAW), 'closed');
      assert.equal(seen(objects, 'tcp://192.0.2.10:9999'), 'closed');
      assert.equal(seen(objects, byHost('web.shop')), 'http 503');
      assert.equal(seen(objects, 'tcp://203.0.113.201:80'), 'closed');
      assert.equal(seen(objects, 'curl http://nobody.example/'), 'http 404');
      const { clustersState, clusterRefusals, listenerState } = simulationOf(objects);
      assert.equal(listenerState, 'programmed');
      assert.equal(clustersState, 'refused');
      assert.deepEqual(clusterRefusals[0]?.at.path, ['spec', 'connectionSettings', 'tcp', 'connectTimeout']);
    }
  });

  it('matters only in a setting that an applied policy names, or of a reachable service', () => {
    const zero = { tcp: { connectTimeout: '0s' } };
    assert.equal(seen([setting('u', zero), policy('a', { hosts: ['httpbin.org'] })], HTTP), REACHED[0]);
    const ofService = [setting('u', zero, 'web.shop.svc.cluster.local'), policy('a', { hosts: ['httpbin.org'] })];
    assert.equal(seen(ofService, HTTP), REACHED[0]);
    assert.equal(seen([...ofService, service('web')], HTTP), 'http 503');
    const smi = meshConfig({ enablePermissiveTrafficPolicyMode: false });
    assert.equal(seen([...ofService, service('web'), smi], HTTP), REACHED[0]);
  });

  it('is a matter of chance where policies share the cluster', () => {
    const objects = [
      setting('u', { tcp: { connectTimeout: '0s' } }),
      policy('a', { ports: [{ number: 3306, protocol: 'tcp' }] }, 'u'),
      policy('b', { ports: [{ number: 3306, protocol: 'tcp' }], ipAddresses: ['192.0.2.0/24'] }),
      policy('other', { hosts: ['example.com'], ports: [{ number: 8080, protocol: 'http' }] }),
    ];
    assert.equal(simulationOf(objects).clustersState, 'unpredictable');
    assert.equal(seen(objects, OTHER), 'reached example.com:8080 or http 503');
  });

  it('is a matter of chance where a service has several settings, of which Go can read it', () => {
    const of = (name: string, connectTimeout: string) =>
      setting(name, { tcp: { connectTimeout } }, 'web.shop.svc.cluster.local');
    const web = [service('web'), served('web')];
    assert.equal(seen([...web, of('u', '5s'), of('v', '0s')], byHost('web.shop')), 'mesh shop/web|8080 or http 503');
    assert.equal(seen([...web, of('u', 'soon'), of('v', '0s')], byHost('web.shop')), 'http 503');
  });

  it('that Go cannot read leaves the setting out, and the policies that name it', () => {
    assert.equal(seen(policies({ tcp: { connectTimeout: '87600000h' } }), HTTP), 'closed');
    assert.equal(seen(policies({ tcp: { connectTimeout: 'soon' } }), OTHER), REACHED[3]);
    assert.deepEqual(all({ tcp: { connectTimeout: '876000h' } }), REACHED);
  });
});
