import assert from 'node:assert/strict';
import {
  missingRouteIn,
  policiesOfSource,
  signatureOf,
  type Situation,
} from '../../../src/lib/analysis/allow/situation.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import type { TraceEvent } from '../../../src/lib/simulator/trace.js';
import { fieldRef } from '../../../src/lib/simulator/world.js';
import { MESH, egress, https, meshConfig, namespaceObject, situation, tcp } from './support.js';

const at = (objects: readonly Resource[], command: string, ...addresses: string[]) => {
  const options = { resolve: () => (addresses.length > 0 ? addresses : undefined) };
  const found = situation([...MESH, ...objects], command, options);
  return [[...found.addresses], [...found.deniedAddresses]];
};

describe('how a request fares, for the search of a change', () => {
  it('at the IPv4 addresses that are known, each once', () => {
    assert.deepEqual(at([], 'tcp://192.0.2.1:9'), [['192.0.2.1'], ['192.0.2.1']]);
    assert.deepEqual(at([], 'https://[2001:db8::1]/'), [[], []]);
    // curl tries the second where the first refuses
    const inTurn = 'curl --resolve x.org:443:192.0.2.1,192.0.2.2 https://x.org/';
    assert.deepEqual(at([], inTurn), [['192.0.2.1'], ['192.0.2.1']]);
    assert.deepEqual(at([], 'https://x.org/'), [[], []]);
    const [one, two] = ['192.0.2.1', '198.51.100.1'];
    assert.deepEqual(at([], 'https://x.org/', one, '2001:db8::1', one, two)[0], [one, two]);
    // not those at which Envoy looks for the host that the policy names
    const policy = egress('e', { hosts: ['x.org'], ports: [{ number: 80, protocol: 'http' }] });
    const resolve = (name: string) => [name === 'x.org' ? two : one];
    const named = situation([...MESH, policy], "curl -H 'Host: x.org' http://y.org/", { resolve });
    assert.deepEqual([named.verdict.verdict, named.addresses], ['allowed', [one]]);
  });

  it('and those of them from which it is not reached', () => {
    const [one, two] = ['192.0.2.1', '198.51.100.1'];
    const range = egress('e', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(9)] });
    assert.deepEqual(at([range], 'tcp://x.org:9', one, two), [[one, two], [two]]);
    assert.deepEqual(at([range], 'tcp://x.org:10', one, two)[1], [one, two]);
    // that chance decides says nothing about addresses
    const zero = egress('zero', { hosts: ['x.org'], ipAddresses: ['0.0.0.0/0'], ports: [https()] });
    const none = egress('none', { hosts: ['y.org'], ports: [https()] });
    assert.deepEqual(at([zero, none], 'https://x.org/', one)[1], [one]);
  });

  it('under the policies of its source that count', () => {
    const [here, far] = [egress('here', { ports: [https()] }), egress('far', { ports: [https()] }, 'out')];
    const home = { ...here, metadata: { name: 'home' } };
    const theirs = egress('theirs', { sources: [], ports: [https()] });
    const names = (...namespaces: Resource[]) =>
      policiesOfSource(situation([meshConfig(), ...namespaces, here, far, home, theirs], 'https://x.org/')).map(
        ({ metadata }) => metadata.name,
      );
    const all = ['curl', 'out', 'default'].map((name) => namespaceObject(name));
    assert.deepEqual(names(...all), ['here', 'far', 'home']);
    assert.deepEqual(names(...all.slice(0, 1), namespaceObject('out', null), namespaceObject('default', 'other')), ['here']);
  }); // prettier-ignore

  it('and the policy whose routes lack it', () => {
    const [a, b] = ['a', 'b'].map((name) => egress(name, { hosts: ['x.org'] })) as [Egress, Egress];
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: {} } as unknown as Resource;
    const host = (object: Resource | undefined) =>
      ({ stage: 'virtual-host', virtualHost: object && { source: fieldRef(object, 'spec', 'hosts', 0) } }) as TraceEvent;
    const route = (found: boolean) => ({ stage: 'route', route: found ? {} : undefined }) as TraceEvent;
    const other = { stage: 'outcome' } as TraceEvent;
    const missing = (...events: TraceEvent[]) => missingRouteIn({ events } as unknown as Situation);
    assert.deepEqual(missing(host(a), route(false)), { policy: a, host: fieldRef(a, 'spec', 'hosts', 0) });
    assert.equal(missing(host(a), other, route(false), host(b))?.policy, a);
    assert.equal(missing(host(a), route(true), other, host(b), route(false))?.policy, b);
    assert.equal(missing(host(service), route(false), host(b), route(false))?.policy, b);
    assert.equal(missing(other, host(a), other), undefined);
    assert.equal(missing(host(a), route(true)), undefined);
    assert.equal(missing(host(undefined), route(false)), undefined);
    assert.equal(missing(route(false)), undefined);
  }); // prettier-ignore

  it('and whether it is on its way: whatever a step towards the goal alters is told apart, and nothing else', () => {
    const start = situation([...MESH, egress('e', { hosts: ['x.org'], ports: [https()] })], 'https://y.org/', { resolve: () => ['192.0.2.1'] });
    const { verdict, simulation } = start;
    const key = (more: object) => signatureOf({ ...start, ...more });
    const ends = (outcome: object) => ({ verdict: { ...verdict, ending: { ...verdict.ending!, outcome: { ...verdict.ending!.outcome, ...outcome } } } });
    const simulated = (more: Record<string, unknown>) => {
      const made = Object.create(simulation) as object;
      for (const [name, value] of Object.entries(more)) Object.defineProperty(made, name, { value });
      return { simulation: made };
    };
    const event = (stage: string, more: object) => ({ events: [{ stage, ...more }] });
    const chain = (name: string, ...serverNames: string[]) => event('filter-chain', { chain: { name, match: { serverNames } } });
    const route = (method: string, pathRegex: string) => event('route', { route: { method, pathRegex } });
    const step = (level: string, entry: string, ...after: string[]) => event('sieve', { step: { level, entry, after } });
    const refusals = (...counts: number[]) => simulated({ routeRefusals: new Map(counts.map((count, at) => [`${at}`, Array<number>(count)])) });
    const changes = [
      { verdict: { ...verdict, verdict: 'unknown' } },
      ...[{ class: 'refused' }, { httpStatus: 404 }, { delaySeconds: 15 }].map(ends),
      { verdict: { ...verdict, obstacles: [{ code: 'pod-refused' }] } },
      simulated({ world: { ...simulation.world, egressPolicyEnabled: false } }),
      ...[{ listenerState: 'refused' }, { listenerRefusals: [1] }, { listenerRefusals: [1, 2] }, { clustersState: 'refused' }].map(simulated),
      ...[[1], [1, 1, 1]].map((counts) => refusals(...counts)),
      ...[chain('a'), chain('b'), chain('a', 'x.org'), event('filter-chain', {})],
      ...[event('routes', { state: 'refused', refusals: [] }), event('routes', { state: 'accepted', refusals: [] }), event('routes', { state: 'accepted', refusals: [1] })],
      ...[event('virtual-host', { domain: 'a' }), event('virtual-host', { domain: 'b' })],
      ...[route('GET', '/a'), route('PUT', '/a'), route('GET', '/b')],
      ...[step('port', '443'), step('range', '443'), step('port', '80'), step('port', '443', 'x')],
    ];
    const keys = [{}, ...changes].map(key);
    for (const [index, one] of keys.entries()) assert.equal(keys.indexOf(one), index, one);
    assert.equal(key(refusals(1, 2)), key(refusals(3)), 'their number');
    for (const other of [event('outcome', { outcome: 1 }), event('cluster', { cluster: 'x' })]) assert.equal(key(other), key(event('listener', {})));
  }); // prettier-ignore
});
