import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kindOf } from '../../src/lib/analysis/migrate/account.js';
import { accountOf, planMigration, worldAfter, type Identity } from '../../src/lib/analysis/migrate/index.js';
import { sourceKey } from '../../src/lib/analysis/migrate/plan.js';
import type { Egress, HTTPRouteGroup, MeshConfig, Namespace, Pod } from '../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../src/lib/simulator/address.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld } from '../../src/lib/simulator/istio/world.js';
import { isAllowed } from '../../src/lib/simulator/outcome.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { endingsOf, type Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/** Laws of a migration of several sources of one namespace, however they are told apart. */

const ADDRESSES: Readonly<Record<string, string>> = { 'a.test': '192.0.2.10', 'b.test': '198.51.100.20' };
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));
const ACCOUNTS = ['web', 'till', 'batch'];
const SOURCES = ACCOUNTS.map((serviceAccount) => ({ namespace: 'shop', serviceAccount }));

const TARGETS = [
  'curl --resolve a.test:80:192.0.2.10 http://a.test/get',
  'curl -X POST --resolve a.test:80:192.0.2.10 http://a.test/get',
  'curl --resolve a.test:80:192.0.2.10 http://a.test/v1/x',
  'curl --resolve b.test:80:198.51.100.20 http://b.test/get',
  "curl -H 'Host: a.test:81' http://192.0.2.10/get",
  'curl --resolve a.test:443:192.0.2.10 https://a.test/',
  'curl --resolve a.test:443:192.0.2.200 https://a.test/',
  'curl --resolve a.test:443:203.0.113.1 https://a.test/',
  'curl --resolve b.test:443:192.0.2.70 https://b.test/',
  'curl --resolve b.test:443:198.51.100.20 https://b.test/',
  'curl --resolve a.test:443:192.0.2.10 http://a.test:443/get',
  'curl --resolve c.b.test:443:198.51.100.21 https://c.b.test/',
  'tcp://192.0.2.70:443',
  'tcp://203.0.113.1:80',
].map((text) => parseTarget(text));

const egress = fc
  .record({
    accounts: fc.subarray(ACCOUNTS, { minLength: 1 }),
    hosts: fc.subarray(['a.test', 'b.test', '*.b.test'], { minLength: 1 }),
    ranges: fc.subarray(['192.0.2.0/24', '192.0.2.64/26', '198.51.100.0/24'], { maxLength: 2 }),
    port: fc.constantFrom(
      { number: 80, protocol: 'http' },
      { number: 443, protocol: 'https' },
      { number: 443, protocol: 'http' },
      { number: 443, protocol: 'tcp' },
      { number: 80, protocol: 'tcp' },
      { number: 443, protocol: 'tcp-server-first' },
    ),
    routes: fc.option(
      fc.array(
        fc.record({
          methods: fc.constantFrom<string[]>(['GET'], ['POST'], ['*']),
          pathRegex: fc.constantFrom('/get', '/v1/.*', '.*'),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    ),
  })
  .filter(({ hosts, port }) => port.protocol !== 'http' || !hosts.includes('*.b.test'));

type Drawn = typeof egress extends fc.Arbitrary<infer T> ? T : never;

const HOME: Namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { 'openservicemesh.io/monitored-by': 'osm' } },
};
const MESH: MeshConfig = {
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: { featureFlags: { enableEgressPolicy: true }, traffic: { enableEgress: false } },
};

function worldOf(drawn: readonly Drawn[], pods: readonly string[]) {
  const objects = drawn.flatMap(({ accounts, hosts, ranges, port, routes }, index): (Egress | HTTPRouteGroup)[] => {
    const name = `e${index}`;
    const metadata = { name, namespace: 'shop' };
    const isRouted = routes !== null && port.protocol === 'http';
    const apiGroup = 'specs.smi-spec.io/v1alpha4';
    const policy: Egress = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata,
      spec: {
        sources: accounts.map((account) => ({ kind: 'ServiceAccount', name: account, namespace: 'shop' })),
        hosts: port.protocol.startsWith('tcp') ? [] : hosts,
        ipAddresses: port.protocol === 'http' ? [] : ranges,
        ports: [port],
        ...(isRouted && { matches: [{ apiGroup, kind: 'HTTPRouteGroup', name }] }),
      },
    };
    if (!isRouted) return [policy];
    const matches = routes.map((one, at) => ({ name: `m${at}`, ...one }));
    return [policy, { apiVersion: apiGroup, kind: 'HTTPRouteGroup', metadata, spec: { matches } }];
  });
  const running = pods.map((name): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { serviceAccountName: name },
  }));
  return createWorld([HOME, MESH, ...objects, ...running]);
}

const passes = (verdict: Verdict) => endingsOf(verdict).some(({ outcome }) => isAllowed(outcome));

describe('laws of migrations of several sources', () => {
  const drawn = fc.record({
    policies: fc.array(egress, { minLength: 1, maxLength: 4 }),
    pods: fc.subarray(ACCOUNTS),
    identity: fc.constantFrom<Identity | undefined>('gateway', 'workload', 'namespace', undefined),
  });

  it('the account has what becomes of each request, and Istio takes what is emitted', () => {
    fc.assert(
      fc.property(drawn, ({ policies, pods, identity }) => {
        const world = worldOf(policies, pods);
        const plan = planMigration(world, SOURCES, { resolve, identity });
        const after = worldAfter(world, plan, SOURCES);
        assert.deepEqual(
          after.admissions.filter(({ error }) => error !== undefined),
          [],
        );
        const { changes, undecided } = accountOf(plan, after, SOURCES, { resolve });
        assert.deepEqual(undecided, []);
        for (const source of SOURCES) {
          const before = plan.before.get(sourceKey(source))!;
          const now = simulateIstio(after, source, { resolve, onlyDeclaredPorts: true });
          const own = changes.filter((one) => one.source === source);
          for (const target of TARGETS) {
            const address = parseAddressLiteral(target.dial.host)!;
            const kind = kindOf(before.decide(target), now.decide(target));
            const found = own.find((change) => change.class.holds(target, address));
            const told = `${source.serviceAccount}: ${target.command} is ${kind}, the account has ${found?.change}`;
            if (kind === 'wider' || kind === 'narrower') assert.equal(found?.change, kind, told);
            else assert.ok(!found || found.change === 'seen' || found.change === 'elsewhere', told);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('who is told apart wholly is not wider, and a ServiceAccount that nobody knows gets nothing of the gateway', () => {
    fc.assert(
      fc.property(drawn, ({ policies, pods, identity: wanted }) => {
        const world = worldOf(policies, pods);
        const plan = planMigration(world, SOURCES, { resolve, identity: wanted });
        const [identity] = plan.identities;
        const after = worldAfter(world, plan, SOURCES);
        if (!identity!.isShared) {
          const { changes } = accountOf(plan, after, SOURCES, { resolve });
          const wider = changes.filter(({ change, reason }) => change === 'wider' && !EXPECTED.has(reason));
          assert.deepEqual(
            wider.map(
              ({ source, reason, class: { witness } }) => `${source.serviceAccount} ${reason} ${witness.command}`,
            ),
            [],
          );
        }
        if (identity!.identity !== 'gateway') return;
        const stranger = simulateIstio(after, { namespace: 'shop', serviceAccount: 'stranger' }, { resolve });
        for (const target of TARGETS.slice(0, 10)) {
          const [ending] = endingsOf(stranger.decide(target));
          assert.ok(!ending?.destination?.cluster?.includes('egressgateway'), target.command);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is open between two applies that is not open in the end', () => {
    fc.assert(
      fc.property(drawn, ({ policies, pods, identity }) => {
        const world = worldOf(policies, pods);
        const plan = planMigration(world, SOURCES, { resolve, identity });
        const after = worldAfter(world, plan, SOURCES);
        const objects = plan.emitted.map(({ object }) => object);
        const around = [...after.base.services.values(), ...after.base.namespaces.values(), ...after.base.pods];
        for (const source of SOURCES) {
          const inTheEnd = simulateIstio(after, source, { resolve, onlyDeclaredPorts: true });
          const closed = TARGETS.filter((target) => !passes(inTheEnd.decide(target)));
          for (let applied = 0; applied < objects.length; applied++) {
            const so = createIstioWorld([...objects.slice(0, applied), ...around], { meshConfig: plan.meshConfig });
            const now = simulateIstio(so, source, { resolve, onlyDeclaredPorts: true });
            for (const target of closed)
              assert.ok(!passes(now.decide(target)), `${source.serviceAccount}: ${target.command} after ${applied}`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** What Istio cannot say, whoever asks. */
const EXPECTED = new Set<string>(['tls-beside-tcp', 'falls-back', 'by-chance-before']);
