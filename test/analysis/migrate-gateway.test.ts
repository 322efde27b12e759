import assert from 'node:assert/strict';
import {
  accountOf,
  planMigration,
  worldAfter,
  type ChangeKind,
  type MigrationPlan,
} from '../../src/lib/analysis/migrate/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { AuthorizationPolicy, DestinationRule } from '../../src/lib/resources/istio-types.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorld } from '../../src/lib/simulator/istio/world.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/** ServiceAccounts of one namespace, told apart by their certificates at an egress gateway. */

const ADDRESSES: Readonly<Record<string, string>> = {
  'api.test': '192.0.2.10',
  'pay.test': '198.51.100.20',
  'db.test': '203.0.113.30',
};
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));

const HEAD = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: MESH_WIDE}}
`;

let policies = 0;
const egress = (accounts: string, spec: string) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e${policies++}, namespace: shop}
spec: {sources: [${accounts
  .split(' ')
  .map((name) => `{kind: ServiceAccount, name: ${name}, namespace: shop}`)
  .join()}], ${spec}}`;
const group = (name: string, matches: string) => `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: ${name}, namespace: shop}
spec: {matches: [${matches}]}`;
const routes = (name: string) =>
  `matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: ${name}}]`;
const pod = (name: string) => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {serviceAccountName: ${name}}`;

interface Moved {
  readonly plan: MigrationPlan;
  readonly kinds: ReadonlySet<ChangeKind>;
  readonly after: IstioWorld;
  decide(account: string, target: string): string | undefined;
}

function moved(
  text: string,
  accounts: string,
  identity?: 'gateway' | 'workload' | 'namespace',
  meshWide = false,
): Moved {
  const { objects } = parseManifests(HEAD.replace('MESH_WIDE', String(meshWide)) + text, 'policies.yaml');
  const world = createWorld(objects);
  const sources = accounts.split(' ').map((serviceAccount) => ({ namespace: 'shop', serviceAccount }));
  const plan = planMigration(world, sources, { resolve, identity });
  const after = worldAfter(world, plan, sources);
  assert.deepEqual(
    after.admissions.filter(({ error }) => error !== undefined),
    [],
  );
  const { changes, undecided } = accountOf(plan, after, sources, { resolve });
  assert.deepEqual(undecided, []);
  return {
    plan,
    after,
    kinds: new Set(changes.map(({ change }) => change)),
    decide: (serviceAccount, target) => said(after, serviceAccount, target),
  };
}

/** The address that is reached, the status, or how it ends. */
function said(world: IstioWorld, serviceAccount: string, target: string): string | undefined {
  const simulation = simulateIstio(world, { namespace: 'shop', serviceAccount }, { resolve, onlyDeclaredPorts: true });
  const { ending } = simulation.decide(parseTarget(target));
  if (ending?.destination) return ending.destination.address ?? ending.destination.host;
  return ending?.outcome.httpStatus === null ? ending.outcome.class : String(ending?.outcome.httpStatus);
}

const API = 'hosts: [api.test], ports: [{number: 80, protocol: http}, {number: 443, protocol: https}]';

describe('egress migrate --identity gateway', () => {
  it('keeps apart sources without pods, whoever else there is in the namespace', () => {
    const { plan, kinds, decide } = moved(egress('web', API) + egress('till', API.replace('api', 'pay')), 'web till');
    assert.deepEqual(
      plan.identities.map(({ identity, isShared, isPartly }) => [identity, isShared, isPartly]),
      [['gateway', false, false]],
    );
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'), [...kinds].join());
    assert.equal(decide('web', 'http://api.test/'), ADDRESSES['api.test']);
    assert.equal(decide('web', 'https://api.test/'), ADDRESSES['api.test']);
    assert.equal(decide('web', 'http://pay.test/'), '403');
    assert.equal(decide('web', 'https://pay.test/'), 'closed');
    assert.equal(decide('till', 'https://pay.test/'), ADDRESSES['pay.test']);
    // a ServiceAccount that nobody knew when the policies were moved
    assert.equal(decide('stranger', 'http://api.test/'), '403');
    assert.equal(decide('stranger', 'https://api.test/'), 'closed');
    // what the gateway looks up, and not what was dialled
    assert.equal(decide('web', 'curl --resolve api.test:443:203.0.113.99 https://api.test/'), ADDRESSES['api.test']);
    assert.equal(decide('web', "curl -H 'Host: api.test:80' http://203.0.113.99/"), ADDRESSES['api.test']);
    assert.equal(decide('web', "curl -H 'Host: api.test:81' http://203.0.113.99/"), '404');
    // nobody gets to the gateway by its own name
    assert.equal(decide('web', "curl -H 'Host: istio-egressgateway.istio-egress' http://203.0.113.99/"), '502');
  });

  it('writes what the facts page has: one name for each host, principals, and the least for everybody else', () => {
    const { plan } = moved(egress('web', API) + egress('till', API.replace('api', 'pay')), 'web till');
    const count = new Map<string, number>();
    for (const { object } of plan.emitted) count.set(object.kind, (count.get(object.kind) ?? 0) + 1);
    assert.deepEqual(
      [...count],
      [
        ['Sidecar', 1],
        ['AuthorizationPolicy', 1],
        ['DestinationRule', 1],
        ['Gateway', 1],
        ['VirtualService', 5],
        ['ServiceEntry', 5],
      ],
    );
    const find = <T>(kind: string) => plan.emitted.find(({ object }) => object.kind === kind)!.object as T;
    const { spec } = find<AuthorizationPolicy>('AuthorizationPolicy');
    assert.deepEqual(spec?.rules?.[0], {
      from: [{ source: { principals: ['cluster.local/ns/shop/sa/web'] } }],
      to: [{ operation: { hosts: ['api.test', 'api.test:80'] } }],
      when: [{ key: 'connection.sni', values: ['api.test'] }],
    });
    const rule = find<DestinationRule>('DestinationRule');
    assert.equal(rule.metadata.namespace, 'shop');
    assert.deepEqual(rule.spec.subsets?.[0]?.trafficPolicy, {
      portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'ISTIO_MUTUAL', sni: 'api.test' } }],
    });
    for (const { object } of plan.emitted) {
      if (object.kind === 'ServiceEntry') assert.deepEqual(object.spec.exportTo, ['.']);
    }
    assert.deepEqual(plan.gateway?.ports, [80, 443]);
  });

  it('nothing is open between two applies that is not open in the end', () => {
    const { plan, after, decide } = moved(egress('web', API) + egress('till', API.replace('api', 'pay')), 'web till');
    const objects = plan.emitted.map(({ object }) => object);
    const around = [...after.base.services.values()];
    const probes = [
      'http://api.test/',
      'https://api.test/',
      'http://pay.test/',
      'https://pay.test/',
      'tcp://db.test:80',
    ];
    for (let applied = 0; applied <= objects.length; applied++) {
      const so = createIstioWorld([...objects.slice(0, applied), ...around], { meshConfig: plan.meshConfig });
      for (const account of ['web', 'till', 'stranger']) {
        for (const probe of probes) {
          const now = said(so, account, probe);
          if (now?.includes('.')) assert.equal(decide(account, probe), now, `${account} ${probe} after ${applied}`);
        }
      }
    }
  });

  it('paths, methods and headers of one host stay with those who may send them', () => {
    const text =
      group('read', "{name: r, methods: [GET], pathRegex: '/v[0-9]+/.*'}") +
      group('write', "{name: w, methods: [POST], pathRegex: '/v[0-9]+/.*', headers: [{x-env: prod}]}");
    const host = 'hosts: [api.test], ports: [{number: 80, protocol: http}]';
    const { kinds, decide } = moved(
      text + egress('web', `${host}, ${routes('read')}`) + egress('till', `${host}, ${routes('write')}`),
      'web till',
    );
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'), [...kinds].join());
    assert.equal(decide('web', 'http://api.test/v1/x'), ADDRESSES['api.test']);
    assert.equal(decide('web', "curl -X POST -H 'x-env: prod' http://api.test/v1/x"), '403');
    assert.equal(decide('till', "curl -X POST -H 'x-env: prod' http://api.test/v1/x"), ADDRESSES['api.test']);
    assert.equal(decide('till', 'http://api.test/v1/x'), '403');
    assert.equal(decide('web', 'http://api.test/other'), '404');
  });

  it('who may send more may send what others may', () => {
    const host = 'hosts: [api.test], ports: [{number: 80, protocol: http}]';
    const { kinds, decide } = moved(
      group('some', "{name: r, pathRegex: '/public.*'}") +
        egress('web', `${host}, ${routes('some')}`) +
        egress('till', host),
      'web till',
    );
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'), [...kinds].join());
    assert.equal(decide('till', 'http://api.test/public'), ADDRESSES['api.test']);
    assert.equal(decide('till', 'http://api.test/private'), ADDRESSES['api.test']);
    assert.equal(decide('web', 'http://api.test/private'), '403');
  });

  it('routes of which none is the other’s, and which meet, stay with both', () => {
    const host = 'hosts: [api.test], ports: [{number: 80, protocol: http}]';
    const { kinds, decide } = moved(
      group('get', '{name: r, methods: [GET]}') +
        group('v1', "{name: r, pathRegex: '/v1/.*'}") +
        egress('web', `${host}, ${routes('get')}`) +
        egress('till', `${host}, ${routes('v1')}`),
      'web till',
    );
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'), [...kinds].join());
    for (const account of ['web', 'till']) assert.equal(decide(account, 'http://api.test/v1/x'), ADDRESSES['api.test']);
    assert.equal(decide('till', 'http://api.test/v2/x'), '403');
    assert.equal(decide('web', 'curl -X POST http://api.test/v1/x'), '403');
  });

  it('two conditions of one route on a header, for which Istio has no words, are no way for others either', () => {
    const host = 'hosts: [api.test], ports: [{number: 80, protocol: http}]';
    const { kinds, decide } = moved(
      group('strict', "{name: r, headers: [{x-a: 'a.*'}, {X-A: '.*z'}]}") +
        group('v1', "{name: r, pathRegex: '/v1/.*'}") +
        egress('web', `${host}, ${routes('strict')}`) +
        egress('till', `${host}, ${routes('v1')}`),
      'web till',
    );
    assert.ok(!kinds.has('wider'), [...kinds].join());
    assert.equal(decide('web', "curl -H 'x-a: z' http://api.test/v1/x"), '403');
  });

  it('one host on several ports and in both protocols on one, each for those who may use it', () => {
    const { kinds, decide } = moved(
      egress('web', 'hosts: [api.test], ports: [{number: 80, protocol: http}, {number: 8443, protocol: https}]') +
        egress('till', 'hosts: [api.test], ports: [{number: 8080, protocol: http}, {number: 8443, protocol: http}]'),
      'web till',
    );
    assert.ok(!kinds.has('wider'), [...kinds].join());
    assert.equal(decide('web', 'http://api.test/'), ADDRESSES['api.test']);
    assert.equal(decide('web', 'http://api.test:8080/'), '403');
    assert.equal(decide('till', 'http://api.test:8080/'), ADDRESSES['api.test']);
    assert.equal(decide('till', 'http://api.test/'), '403');
    assert.equal(decide('web', 'https://api.test:8443/'), ADDRESSES['api.test']);
    assert.equal(decide('till', 'https://api.test:8443/'), 'closed');
    assert.equal(decide('till', 'http://api.test:8443/'), ADDRESSES['api.test']);
    assert.equal(decide('web', 'http://api.test:8443/'), '403');
  });

  it('ranges of names hold for those whose policies have them', () => {
    const https = 'ports: [{number: 443, protocol: https}]';
    const { kinds, decide } = moved(
      egress('web', `hosts: [api.test], ipAddresses: [192.0.2.0/24, 192.0.2.64/26], ${https}`) +
        egress('till', `hosts: [api.test], ipAddresses: [192.0.2.0/25], ${https}`) +
        egress('clerk', `hosts: [pay.test], ${https}`),
      'web till clerk',
    );
    assert.ok(!kinds.has('wider') && !kinds.has('narrower'), [...kinds].join());
    const at = (address: string, name = 'api.test') => `curl --resolve ${name}:443:${address} https://${name}/`;
    assert.equal(decide('web', at('192.0.2.200')), ADDRESSES['api.test']);
    assert.equal(decide('till', at('192.0.2.200')), 'closed');
    assert.equal(decide('till', at('192.0.2.70')), ADDRESSES['api.test']);
    assert.equal(decide('web', at('198.51.100.1')), 'closed');
    assert.equal(decide('clerk', at('192.0.2.70', 'pay.test')), ADDRESSES['pay.test']);
    assert.equal(decide('clerk', at('192.0.2.70')), 'closed');
  });

  it('names that one TLS server of a gateway takes all end where the first of them does; each has a server of its own', () => {
    const { plan, after, decide } = moved(egress('web', API) + egress('till', API.replace('api', 'pay')), 'web till');
    const joined = plan.emitted.map(({ object }) => {
      if (object.kind !== 'Gateway') return object;
      const servers = object.spec.servers!.filter(({ port }) => port.protocol === 'TLS');
      const hosts = servers.flatMap((server) => server.hosts);
      return { ...object, spec: { ...object.spec, servers: [{ ...servers[0]!, hosts }] } };
    });
    const trap = createIstioWorld([...joined, ...after.base.services.values()], { meshConfig: plan.meshConfig });
    assert.equal(said(trap, 'till', 'https://pay.test/'), ADDRESSES['api.test']);
    assert.equal(decide('till', 'https://pay.test/'), ADDRESSES['pay.test']);
  });

  it('an excluded range leads around the gateway, as around everything; the account has it for who has the annotation', () => {
    const around = `
---
apiVersion: v1
kind: Pod
metadata: {name: till, namespace: shop, annotations: {openservicemesh.io/outbound-ip-range-exclusion-list: 192.0.2.0/24}}
spec: {serviceAccountName: till}`;
    const text = egress('web', API) + egress('till', API.replace('api', 'pay')) + around;
    const { decide, kinds } = moved(text, 'web till', 'gateway');
    assert.equal(decide('till', 'https://api.test/'), ADDRESSES['api.test']);
    // under OSM it did too
    assert.ok(!kinds.has('wider'), [...kinds].join());
    assert.equal(decide('web', 'https://pay.test/'), 'closed');
  });

  it('what has no name to check is told apart by labels where these do, and is said to be shared where not', () => {
    const text = egress('web', API) + egress('till', 'ports: [{number: 3306, protocol: tcp}]');
    const bare = moved(text, 'web till', 'gateway');
    assert.deepEqual(
      bare.plan.identities.map(({ identity, isShared, isPartly }) => [identity, isShared, isPartly]),
      [['gateway', true, true]],
    );
    assert.ok(bare.kinds.has('wider'));
    assert.equal(bare.decide('web', 'tcp://db.test:3306'), ADDRESSES['db.test']);
    assert.equal(bare.decide('till', 'https://api.test/'), 'closed');
    // which is not what is chosen without being asked for
    assert.equal(moved(text, 'web till').plan.identities[0]?.identity, 'namespace');
    const labelled = moved(text + pod('web') + pod('till'), 'web till', 'gateway');
    assert.ok(!labelled.kinds.has('wider') && !labelled.kinds.has('narrower'), [...labelled.kinds].join());
    assert.deepEqual(
      labelled.plan.identities.map(({ identity, isShared, isPartly }) => [identity, isShared, isPartly]),
      [['gateway', false, true]],
    );
    assert.equal(labelled.decide('web', 'tcp://db.test:3306'), 'closed');
    assert.equal(labelled.decide('till', 'tcp://db.test:3306'), ADDRESSES['db.test']);
    assert.equal(labelled.decide('web', 'https://api.test/'), ADDRESSES['api.test']);
    // labels come first where they are enough
    assert.equal(moved(text + pod('web') + pod('till'), 'web till').plan.identities[0]?.identity, 'workload');
  });

  it('no gateway where sources do not differ, nor where everything passes beside it', () => {
    assert.equal(moved(egress('web till', API), 'web till', 'gateway').plan.gateway, undefined);
    const open = moved(egress('web', API) + egress('till', API.replace('api', 'pay')), 'web till', 'gateway', true);
    assert.equal(open.plan.gateway, undefined);
  });
});
