import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { allowsExactly, egressOf, type RequestPattern } from '../../../src/lib/analysis/policy-test/exactly.js';
import { classes, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPRouteGroup, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const source = { namespace: 'shop', serviceAccount: 'api' };

const hosts = ['a.com', 'b.com', '*.a.com'] as const;
const pattern: fc.Arbitrary<RequestPattern> = fc.oneof(
  fc.record({
    protocol: fc.constant('http' as const),
    port: fc.constantFrom(80, 8080),
    host: fc.constantFrom('a.com', 'b.com', 'x.a.com'),
    methods: fc.constantFrom<string[]>([], ['GET'], ['GET', 'POST']),
    paths: fc.constantFrom<string[]>([], ['/'], ['/api/.*', '/']),
    addresses: fc.constant([]),
  }),
  fc.record({
    protocol: fc.constant('https' as const),
    port: fc.constantFrom(443, 8080),
    host: fc.constantFrom(...hosts, undefined),
    methods: fc.constant([]),
    paths: fc.constant([]),
    addresses: fc.constantFrom<string[]>([], ['10.0.0.0/8']),
  }),
  fc.record({
    protocol: fc.constant('tcp' as const),
    port: fc.constantFrom(443, 5432),
    host: fc.constant(undefined),
    methods: fc.constant([]),
    paths: fc.constant([]),
    addresses: fc.constantFrom<string[]>([], ['10.0.0.0/8'], ['192.0.2.0/24', '10.1.0.0/16']),
  }),
);
const patterns = fc.array(pattern, { maxLength: 4 });

/** Policies as somebody would write them for the patterns, one each; next to one another they may do less, as Envoy never tries a second chain. */
function policyResources(list: readonly RequestPattern[]): Resource[] {
  return list.flatMap(({ protocol, port, host, methods, paths, addresses }, index): Resource[] => {
    const metadata = { name: `p${index}`, namespace: 'shop' };
    const apiGroup = 'specs.smi-spec.io/v1alpha4';
    const isRouted = methods.length + paths.length > 0;
    const policy: Egress = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata,
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }],
        ports: [{ number: port, protocol }],
        ...(host !== undefined && { hosts: [host] }),
        ipAddresses: [...addresses],
        ...(isRouted && { matches: [{ apiGroup, kind: 'HTTPRouteGroup', name: metadata.name }] }),
      },
    };
    const texts = paths.length > 0 ? paths : ['.*'];
    const group: HTTPRouteGroup = {
      apiVersion: apiGroup,
      kind: 'HTTPRouteGroup',
      metadata,
      spec: { matches: texts.map((pathRegex, at) => ({ name: `m${at}`, pathRegex, methods: [...methods] })) },
    };
    return isRouted ? [policy, group] : [policy];
  });
}

const policiesOf = (list: readonly RequestPattern[]): Simulation =>
  simulate(createWorld(policyResources(list)), source);

/** What a pattern says, without a policy. */
function describes(one: RequestPattern, target: Target): boolean {
  const { protocol, port, host, methods, paths, addresses } = one;
  if (target.dial.port !== port) return false;
  const ranges = new BlockList();
  for (const [base, length] of addresses.map((range) => range.split('/'))) ranges.addSubnet(base!, Number(length));
  if (addresses.length > 0 && !ranges.check(target.dial.host)) return false;
  const covers = (name: string | null | undefined): boolean =>
    host === undefined || (host.startsWith('*') ? (name?.endsWith(host.slice(1)) ?? false) : name === host);
  if (protocol === 'tcp') return true;
  if (protocol === 'https') return host === undefined || covers(target.tls?.sni);
  if (target.scheme !== 'http') return false;
  const { method, path, authority } = target.http!;
  const plain = path.replace(/\?.*/, '');
  return (
    covers(authority!.toLowerCase().replace(new RegExp(`:${port}$`), '')) &&
    (methods.length === 0 || methods.includes(method)) &&
    (paths.length === 0 || paths.some((regex) => new RegExp(`^(?:${regex})$`).test(plain)))
  );
}

const requests = [80, 8080, 443, 5432].flatMap((port) =>
  ['10.1.2.3', '10.2.0.1', '192.0.2.1', '203.0.113.9'].flatMap((address) => [
    parseTarget(`tcp://${address}:${port}`),
    parseTarget(`tcp://${address}:${port} --server-first`),
    ...['a.com', 'b.com', 'x.a.com', 'other.org'].flatMap((host) => [
      parseTarget(`curl --resolve ${host}:${port}:${address} https://${host}:${port}/`),
      ...['GET', 'POST'].flatMap((method) =>
        ['/', '/api/x', '/other?/'].map((path) =>
          parseTarget(`curl -X ${method} --resolve ${host}:${port}:${address} http://${host}:${port}${path}`),
        ),
      ),
    ]),
  ]),
);

describe('laws of "allows exactly"', () => {
  it('holds only if no request fares otherwise, and its counter-example does', () => {
    const held = { true: 0, false: 0 };
    fc.assert(
      fc.property(patterns, patterns, fc.boolean(), (written, others, alike) => {
        const wanted = alike ? written : others;
        const simulation = policiesOf(written);
        const isWanted = (target: Target) => wanted.some((one) => describes(one, target));
        const isAllowed = (target: Target) => simulation.decide(target).verdict === 'allowed';
        const result = allowsExactly(simulation, wanted);
        assert.notEqual(result.holds, 'undecided');
        held[String(result.holds) as 'true' | 'false'] += 1;
        const differing = requests.find((target) => isWanted(target) !== isAllowed(target));
        if (result.holds === true) assert.equal(differing, undefined, differing?.command);
        if (result.holds !== false) return;
        const { class: requestClass, wanted: should } = result.counterExample;
        const target = parseTarget(requestClass.witness.command);
        assert.equal(isWanted(target), should, target.command);
        // by chance is neither
        assert.notEqual(simulation.decide(target).verdict, should ? 'allowed' : 'denied', target.command);
      }),
      { numRuns: 100 },
    );
    assert.ok(held.true > 10 && held.false > 10, JSON.stringify(held));
  });

  it('does not look at requests within the pod and by IPv6, which no policy decides', () => {
    const simulation = policiesOf([]);
    assert.equal(simulation.decide(parseTarget('curl http://[2001:db8::1]/')).verdict, 'allowed');
    assert.deepEqual(allowsExactly(simulation, []), { holds: true });
  });

  it('does not look at services of the mesh and the pod itself', () => {
    const resources: Resource[] = [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'openservicemesh.io/monitored-by': 'osm' } },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { clusterIP: '10.96.0.7', ports: [{ port: 80 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'api', namespace: 'shop' },
        spec: { serviceAccountName: 'api' },
        status: { podIP: '10.1.2.3' },
      },
    ];
    const simulation = simulate(createWorld(resources), source);
    assert.equal(
      simulation.decide(parseTarget('curl --resolve web.shop:80:10.96.0.7 http://web.shop/')).ending?.outcome.class,
      'mesh',
    );
    assert.equal(simulation.decide(parseTarget('tcp://10.1.2.3:15010')).verdict, 'allowed');
    assert.deepEqual(allowsExactly(simulation, []), { holds: true });
    const anywhere: RequestPattern = { protocol: 'tcp', port: 80, methods: [], paths: [], addresses: [] };
    const wider = allowsExactly(simulation, [anywhere]);
    assert.ok(wider.holds === false);
    assert.notEqual(wider.counterExample.class.witness.dial.host, '10.96.0.7');
    // the service's own 404 is nothing that the policy could change
    const open = simulate(createWorld([...resources, ...policyResources([anywhere])]), source);
    assert.equal(open.decide(parseTarget('http://10.96.0.7/')).verdict, 'denied');
    assert.deepEqual(allowsExactly(open, [anywhere]), { holds: true });
  });

  it('looks at other addresses where that of the pod fares alike', () => {
    const pod: Resource = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { serviceAccountName: 'api' },
      status: { podIP: '10.1.2.3' },
    };
    const simulation = simulate(createWorld([pod]), source);
    const classAt = (address: string) => simulation.decide(parseTarget(`tcp://${address}:15000`)).ending?.outcome.class;
    assert.deepEqual([classAt('10.1.2.3'), classAt('10.9.9.9')], ['refused', 'refused']);
    const wanted: RequestPattern = { protocol: 'tcp', port: 15_000, methods: [], paths: [], addresses: ['10.0.0.0/8'] };
    const programs = [simulation, policiesOf([wanted])];
    const mixed = [...classes(spaceOf(programs))].find(({ constraints }) =>
      constraints.some(({ dimension, parts }) => dimension === 'address' && parts.length > 1),
    );
    const own = { ...mixed!, witness: parseTarget('tcp://10.1.2.3:15000'), verdicts: [] };
    const other = egressOf(simulation, own, programs)!;
    // the first of a network is its name
    assert.equal(other.witness.command, 'tcp://10.0.0.1:15000');
    assert.deepEqual(other.constraints, own.constraints);
    assert.deepEqual(
      other.verdicts.map(({ verdict, ending }) => [verdict, ending?.destination?.address]),
      [
        ['denied', undefined],
        ['allowed', '10.0.0.1'],
      ],
    );
    const named = { ...own, witness: parseTarget('curl --resolve a.com:15000:10.1.2.3 http://a.com:15000/') };
    assert.equal(
      egressOf(simulation, named, programs)!.witness.command,
      'curl --resolve a.com:15000:10.0.0.1 http://a.com:15000/',
    );
    const alone = own.constraints.map((one) => ({
      ...one,
      parts: one.parts.filter(({ name }) => name === '10.1.2.3/32'),
    }));
    assert.equal(egressOf(simulation, { ...own, constraints: alone }, programs), undefined);
  });

  it('finds what goes past Envoy', () => {
    const meshConfig: Resource = {
      apiVersion: 'config.openservicemesh.io/v1alpha2',
      kind: 'MeshConfig',
      metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
      spec: { featureFlags: { enableEgressPolicy: true }, traffic: { outboundPortExclusionList: [6379] } },
    };
    const result = allowsExactly(simulate(createWorld([meshConfig]), source), []);
    assert.ok(result.holds === false);
    assert.equal(result.counterExample.class.witness.dial.port, 6379);
  });
});
