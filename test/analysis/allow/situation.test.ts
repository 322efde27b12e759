import assert from 'node:assert/strict';
import { missingRouteIn, policiesOfSource, type Situation } from '../../../src/lib/analysis/allow/situation.js';
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
    assert.deepEqual(at([], 'https://x.org/'), [[], []]);
    const [one, two] = ['192.0.2.1', '198.51.100.1'];
    assert.deepEqual(at([], 'https://x.org/', one, '2001:db8::1', one, two)[0], [one, two]);
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
});
