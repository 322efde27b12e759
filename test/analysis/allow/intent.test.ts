import assert from 'node:assert/strict';
import { Draft } from '../../../src/lib/analysis/allow/draft.js';
import { Intentions, switchedOn } from '../../../src/lib/analysis/allow/intent.js';
import type { Egress, MeshConfig, Resource, Service } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { MESH, account, egress, http, https, meshConfig, namespaceObject, routeGroup, routesRef, settingRef, tcp } from './support.js'; // prettier-ignore

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const resolve = (name: string) => (name.endsWith('.test') ? ('not-found' as const) : ['192.0.2.10']);
const port = (number: number, protocol: string) => ({ number, protocol });
type Spec = Partial<Egress['spec']>;

function covers(objects: readonly Resource[], command: string): boolean {
  return new Intentions(createWorld(objects), SOURCE, { resolve }).cover(parseTarget(command));
}

/** A policy, and which requests it is evidently meant to allow. */
const POLICIES: readonly (readonly [name: string, spec: Spec, yes: readonly string[], no: readonly string[]])[] = [
  ['as it is', { hosts: ['a.org'], ports: [https()] }, ['https://a.org/'], ['https://b.org/', 'https://a.org:8443/']],
  ['capitals', { hosts: ['a.org'], ports: [port(443, 'HTTPS')] }, ['https://a.org/'], ['https://b.org/']],
  ['no protocol at all', { hosts: ['a.org'], ports: [port(80, 'HTTP/1')] }, [], ['http://a.org/', 'https://a.org:80/']],
  ['a setting that is missing', { hosts: ['a.org'], ports: [http()], matches: [settingRef('gone')] }, ['http://a.org/'], []],
  ['a host twice', { hosts: ['a.org', 'A.org'], ports: [http(), https()] }, ['http://a.org/', 'https://a.org/'], []],
  ['a port twice', { hosts: ['a.org'], ports: [http(), http()] }, ['http://a.org/'], []],
  ['a range twice', { hosts: ['a.org'], ipAddresses: ['192.0.2.0/24', '192.0.2.9/24'], ports: [https()] }, ['https://a.org/'], []],
  ['a range that does not parse, twice', { hosts: ['a.org'], ipAddresses: ['x', 'x'], ports: [https()] }, ['https://a.org/'], []],
  ['two ranges that do not parse', { ipAddresses: ['x', 'y', '192.0.2.0/24'], ports: [tcp(9)] }, ['tcp://192.0.2.1:9'], ['tcp://198.51.100.1:9']],
  ['any range', { hosts: ['a.org'], ipAddresses: ['0.0.0.0/0'], ports: [https()] }, ['https://a.org/'], []],
  ['any server name', { hosts: ['*'], ports: [https()] }, ['https://a.org/', 'https://b.org/'], ['http://a.org/']],
  ['any server name beside another one', { hosts: ['a.org', '*'], ports: [https()] }, ['https://b.org/'], []],
  ['a wildcard without its dot', { hosts: ['*a.org'], ports: [https()] }, ['https://x.a.org/'], ['https://xa.org/', 'https://a.org/']],
  ['both wildcards', { hosts: ['*a.org', '*.a.org', '*.A.org'], ports: [https()] }, ['https://x.a.org/'], []],
  ['a wildcard written in both ways', { hosts: ['.a.org', '*.A.org'], ports: [https()] }, ['https://x.a.org/'], ['https://a.org/']],
  ['wildcards only that no server name has', { hosts: ['a.*', '*.'], ports: [https(), tcp(9)] }, ['tcp://192.0.2.1:9'], ['https://a.org/', 'https://b.org/']],
  ['a wildcard that no server name has, and no other', { hosts: ['a.*'], ports: [https(), tcp(9)] }, ['tcp://192.0.2.1:9'], ['https://a.org/', 'https://b.org/']],
  ['ranges none of which parses', { hosts: ['a.org'], ipAddresses: ['10.0.0.300/8'], ports: [https(), tcp(9), http()] }, ['https://a.org/', 'http://a.org/'], ['tcp://10.0.0.1:9', 'https://b.org/']],
  ['no host and no range that parses', { ipAddresses: ['10.0.0.300/8'], ports: [https()] }, [], ['https://a.org/']],
  ['any host and no range that parses', { hosts: ['*'], ipAddresses: ['10.0.0.300/8'], ports: [https()] }, [], ['https://a.org/']],
  ['an IPv4 range in the notation of IPv6', { ipAddresses: ['::ffff:192.0.2.0/24'], ports: [tcp(9)] }, ['tcp://192.0.2.1:9'], ['tcp://198.51.100.1:9']],
  ['an empty list of ranges', { ipAddresses: [], ports: [tcp(9), https()] }, ['tcp://192.0.2.1:9', 'https://a.org/'], []],
  ['one of IPv6', { ipAddresses: ['2001:db8::192.0.2.0/96'], ports: [tcp(9)] }, [], ['tcp://192.0.2.1:9']],
  ['a star that no server name has', { hosts: ['a.*', 'x.*.org', '*.x*.org', 'b.org'], ports: [https()] }, ['https://b.org/'], ['https://a.org/']],
  ['names that only https does not take', { hosts: ['*', 'a.org'], ports: [http(), https()] }, ['http://a.org/', 'https://b.org/'], ['http://b.test/']],
  ['https and one more port', { hosts: ['*a.org'], ports: [https(), https(8443), http()] }, ['https://x.a.org/', 'https://x.a.org:8443/'], []],
  ['another port first', { hosts: ['a.org'], ports: [http(8080), http(80)] }, ['http://a.org/', 'http://a.org:8080/'], ['http://a.org:81/']],
]; // prettier-ignore

describe('what policies were evidently meant to allow', () => {
  it('is what one of them allows alone and repaired', () => {
    for (const [name, spec, yes, no] of POLICIES) {
      const objects = [...MESH, egress('e', spec)];
      for (const command of yes) assert.ok(covers(objects, command), `${name}: ${command}`);
      for (const command of no) assert.ok(!covers(objects, command), `${name}: not ${command}`);
      // whatever keeps it from working in the world
      const off = [meshConfig({}, false), namespaceObject('curl'), egress('e', spec), egress('f', spec)];
      for (const command of yes) assert.ok(covers(off, command), `${name}, switched off: ${command}`);
      const stranger = [...MESH, egress('e', { ...spec, sources: [account('other')] })];
      for (const command of yes) assert.ok(!covers(stranger, command), `${name}, of another source: ${command}`);
    }
  });

  it('is no more than its routes say, of which those that Envoy refuses say nothing', () => {
    const bad = [
      { name: 'bad', pathRegex: '/(?!x)', methods: ['GET'] },
      { name: 'bad-header', pathRegex: '/h', headers: [{ 'x-one': '(' }] },
    ];
    const restricted = (...matches: object[]) => [
      ...MESH,
      egress('e', { hosts: ['a.org'], ports: [http()], matches: [settingRef('gone'), routesRef('g'), routesRef('none')] }),
      routeGroup('g', matches as never),
    ];
    const get = { name: 'get', pathRegex: '/get', methods: ['GET'] };
    const withHeader = { name: 'h', pathRegex: '/with', headers: [{ 'x-one': 'a+' }] };
    const any = { name: 'any', methods: ['PUT'] };
    const objects = restricted(...bad, get, withHeader, any);
    const probes = {
      'http://a.org/get': true,
      'curl -X POST http://a.org/get': false,
      'http://a.org/other': false,
      'http://a.org/h': false,
      'http://a.org/x': false,
      "curl -H 'x-one: aa' http://a.org/with": true,
      'http://a.org/with': false,
      'curl -X PUT http://a.org/any': true,
    };
    for (const [command, expected] of Object.entries(probes)) assert.equal(covers(objects, command), expected, command);
    assert.ok(!covers(restricted(...bad), 'http://a.org/h'), 'nothing is left');
  }); // prettier-ignore

  it('is what the mesh allows without policies', () => {
    const open = [meshConfig({ enableEgress: true }), namespaceObject('curl')];
    assert.ok(covers(open, 'https://a.org/'));
    assert.ok(covers([...open, egress('e', { hosts: ['b.org'], ports: [https()] })], 'https://a.org/'));
    assert.ok(!covers([...MESH, egress('e', { hosts: ['a.org'], ports: [http()] })], 'https://a.org/'));
    // a policy alone does not have the mesh's egress
    const shut = [meshConfig({ enableEgress: true }), namespaceObject('curl'), egress('e', { hosts: ['b.org'], ports: [http()] })];
    assert.ok(covers(shut, 'http://a.org/'));
  }); // prettier-ignore

  it('is not what services of the mesh let through', () => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'curl' },
      spec: { clusterIP: '10.0.0.5', ports: [{ name: 'tcp-x', port: 9 }] },
    };
    const policy = egress('e', { ipAddresses: ['10.0.0.0/24'], ports: [tcp(9)] });
    assert.ok(covers([...MESH, service, policy], 'tcp://10.0.0.5:9'));
    // Envoy would refuse the address that is there twice
    const both = egress('e', { ipAddresses: ['10.0.0.5/32', '192.0.2.0/24'], ports: [tcp(9)] });
    const permissive = [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl')];
    assert.ok(covers([...permissive, service, both], 'tcp://192.0.2.1:9'));
    assert.ok(!covers([...permissive, service, both], 'tcp://198.51.100.1:9'));
  });

  it('is what a setting that is there leaves of it', () => {
    const setting = (maxConnections: number): Resource => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name: 'there', namespace: 'curl' },
      spec: { host: 'a.org', connectionSettings: { tcp: { maxConnections } } },
    });
    const policy = egress('e', { hosts: ['a.org'], ports: [https()], matches: [settingRef('there')] });
    assert.ok(covers([...MESH, setting(1), policy], 'https://a.org/'));
    assert.ok(!covers([...MESH, setting(0), policy], 'https://a.org/'));
  });

  it('after a change it is what the policies say that let the request through then', () => {
    const spec = { hosts: ['a.org'], ports: [https()] };
    const world = createWorld([...MESH, egress('e', spec), egress('f', { ...spec, hosts: ['b.org'] })]);
    const target = parseTarget('https://a.org/');
    const after = (...objects: Resource[]) => simulate(createWorld([...MESH, ...objects]), SOURCE, { resolve }).decide(target);
    const covered = (now: Verdict) => new Intentions(world, SOURCE, { resolve }).cover(target, now);
    assert.ok(covered(after(egress('e', { ...spec, ports: [https(), https(8443)] }))));
    assert.ok(!covered(after(egress('f', spec))));
    assert.ok(!covered(after(egress('e', spec, 'default'))));
    assert.ok(covered(after(egress('g', spec), egress('e', spec))), 'either of two that say the same');
    // routes are called as they like
    const routed = [egress('f', { ...spec, ports: [http()], matches: [routesRef('e')] }), routeGroup('e', [{ name: 'any' }])];
    const request = parseTarget('http://a.org/');
    const now = simulate(createWorld([...MESH, ...routed]), SOURCE, { resolve }).decide(request);
    const alone = createWorld([...MESH, egress('e', { ...spec, ports: [http()] })]);
    assert.ok(now.verdict === 'allowed' && !new Intentions(alone, SOURCE, { resolve }).cover(request, now));
  }); // prettier-ignore

  it('the feature flag is all that is switched, and only where it is off', () => {
    const before: MeshConfig = meshConfig({ outboundPortExclusionList: [9] }, false);
    const other = { ...before, spec: { ...before.spec, featureFlags: { enableEgressPolicy: false, enableWASMStats: true } } };
    const draft = Draft.of(createWorld([other]));
    const on = switchedOn(draft);
    const featureFlags = { enableEgressPolicy: true, enableWASMStats: true };
    assert.deepEqual(on.world.meshConfig, { ...before, spec: { ...before.spec, featureFlags } });
    assert.deepEqual(on.steps, ['enable-egress-policy']);
    assert.equal(switchedOn(on), on);
    const none = Draft.of(createWorld([]));
    assert.equal(switchedOn(none), none);
  }); // prettier-ignore
});
