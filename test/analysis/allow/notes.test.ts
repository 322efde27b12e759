import assert from 'node:assert/strict';
import { Draft } from '../../../src/lib/analysis/allow/draft.js';
import { withHost, withPort, withRanges, withSpec } from '../../../src/lib/analysis/allow/moves/policy-edits.js';
import { notesOn } from '../../../src/lib/analysis/allow/notes.js';
import { situationOf } from '../../../src/lib/analysis/allow/situation.js';
import type { PlanNote } from '../../../src/lib/analysis/allow/types.js';
import type { Egress, HTTPMatch, HTTPRouteGroup, MeshConfig, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { Resolver } from '../../../src/lib/simulator/names.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import {
  MESH,
  account,
  egress,
  http,
  https,
  namespaceObject,
  routeGroup,
  routesRef,
  situation,
  tcp,
} from './support.js';

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const RESOLVE: Resolver = (name) => (name === 'gone.org' ? 'not-found' : ['192.0.2.1']);

/** What is noted of a change that is made by hand. */
function noted(
  objects: readonly Resource[],
  command: string,
  change: (draft: Draft) => Draft,
  resolve: Resolver = RESOLVE,
): readonly PlanNote[] {
  const wish = { source: SOURCE, target: parseTarget(command), simulation: { resolve } };
  const start = Draft.of(createWorld([...MESH, ...objects]));
  return notesOn(situationOf(change(start), wish), situationOf(start, wish));
}
const place = ({ at, ...note }: Extract<PlanNote, { code: 'takes-away' }>) => ({
  ...note,
  at: `${at.object.metadata.name} ${at.path.join('.')}`,
});
const takenAway = (notes: readonly PlanNote[]) =>
  notes.flatMap((note) => (note.code === 'takes-away' ? [place(note).at] : []));

const x = (spec: Partial<Egress['spec']>, name = 'x') => egress(name, { hosts: ['x.org'], ...spec });

describe('what a person should know about a change', () => {
  it('the wait, also where nothing is changed', () => {
    const waits = situation([...MESH, egress('e', { ports: [tcp(9)] })], 'tcp://192.0.2.1:9 --server-first');
    assert.deepEqual(notesOn(waits), [{ code: 'delay', seconds: 15 }]);
    const added = egress('e', { ipAddresses: ['192.0.2.1/32'], ports: [tcp(9)] });
    assert.deepEqual(
      noted([], 'tcp://192.0.2.1:9 --server-first', (draft) => draft.add(added)),
      [{ code: 'delay', seconds: 15 }],
    );
    assert.deepEqual(
      noted([], 'tcp://192.0.2.1:9', (draft) => draft.add(added)),
      [],
    );
  });

  it('why tcp stands in', () => {
    const policy = egress('e', { ipAddresses: ['192.0.2.1/32'], ports: [tcp(80)] });
    const why = (command: string, detour: 'http-1.0' | 'nothing-else-works', resolve?: Resolver) =>
      noted([], command, (draft) => draft.add(policy).because('new-policy', { detour }), resolve).flatMap((note) =>
        note.code === 'tcp-instead' ? [note.why] : [],
      );
    const forged = (host: string) => `curl -H 'Host: ${host}' http://192.0.2.1/`;
    assert.deepEqual(why('curl -0 http://x.org/', 'http-1.0'), ['http-1.0']);
    assert.deepEqual(why(forged('gone.org'), 'nothing-else-works'), ['host-cannot-resolve']);
    assert.deepEqual(why(forged('GONE.org'), 'nothing-else-works'), ['host-cannot-resolve']);
    assert.deepEqual(why(forged('gone.org'), 'http-1.0'), ['http-1.0']);
    assert.deepEqual(why(forged('x.org'), 'nothing-else-works'), ['nothing-else-works']);
    const tls = 'curl --resolve gone.org:80:192.0.2.1 https://gone.org:80/';
    assert.deepEqual(why(tls, 'nothing-else-works'), ['nothing-else-works']);
    const all: Resolver = () => 'not-found';
    assert.deepEqual(why(forged('*'), 'nothing-else-works', all), ['nothing-else-works'], 'no name at all');
  });

  it('where Envoy connects to, if that is another place than is dialled', () => {
    const added = (host: string) => (draft: Draft) => draft.add(egress('e', { hosts: [host], ports: [http()] }));
    const elsewhere = (command: string, host: string, resolve?: Resolver) => noted([], command, added(host), resolve);
    const forged = "curl -H 'Host: x.org' http://192.0.2.9/";
    const far: Resolver = (name) => (name === 'x.org' ? ['192.0.2.1'] : ['198.51.100.1']);
    assert.deepEqual(elsewhere(forged, 'x.org'), [{ code: 'goes-elsewhere', dialled: '192.0.2.9', reached: '192.0.2.1' }]);
    assert.deepEqual(elsewhere("curl -H 'Host: x.org' http://192.0.2.1/", 'x.org'), []);
    assert.deepEqual(elsewhere('curl http://X.org/', 'x.org'), []);
    assert.deepEqual(elsewhere('curl http://x.org/', 'X.org', () => undefined), []);
    assert.deepEqual(noted([], 'curl --connect-to x.org:443:y.org:443 https://x.org/', (draft) => draft.add(x({ ports: [https()] }))), []);
    assert.deepEqual(elsewhere("curl -H 'Host: x.org' http://y.org/", 'x.org', far), [
      { code: 'goes-elsewhere', dialled: 'y.org', reached: '192.0.2.1' },
    ]);
    const several: Resolver = (name) => (name === 'x.org' ? ['192.0.2.1'] : ['198.51.100.1', '192.0.2.1']);
    assert.deepEqual(elsewhere("curl -H 'Host: x.org' http://y.org/", 'x.org', several), [], 'to one of those that may be dialled');
    const unknown: Resolver = (name) => (name === 'y.org' ? ['198.51.100.1'] : undefined);
    assert.deepEqual(elsewhere("curl -H 'Host: X.org' http://y.org/", 'X.org', unknown), [
      { code: 'goes-elsewhere', dialled: 'y.org', reached: 'X.org' },
    ]);
    assert.deepEqual(elsewhere('curl http://X.org/', 'x.org', () => undefined), []);
    const tls = (draft: Draft) => draft.add(x({ ports: [https()] }));
    assert.deepEqual(noted([], 'curl --resolve x.org:443:192.0.2.9 https://x.org/', tls), []);
  }); // prettier-ignore

  it('ranges that hold what a name is today, if they are new', () => {
    const old = x({ ipAddresses: ['192.0.2.0/24'], ports: [https(8443)] });
    const pinned = { code: 'pinned-address', host: 'x.org', addresses: ['192.0.2.1'] };
    const extended = (policy: Egress, ...ranges: string[]) => (draft: Draft) =>
      draft.replace(policy, withPort(withRanges(policy, ranges), https()));
    assert.deepEqual(noted([old], 'https://x.org/', extended(old, '192.0.2.1/32')), [pinned]);
    assert.deepEqual(noted([old], 'https://x.org/', extended(old)), []);
    assert.deepEqual(noted([old], 'https://x.org/', extended(old, '198.51.100.1/32')), []);
    const had = x({ ipAddresses: ['192.0.2.1/32'], ports: [https(8443)] });
    assert.deepEqual(noted([had], 'https://x.org/', extended(had)), []);
    const without = x({ ports: [https(8443)] });
    assert.deepEqual(noted([without], 'https://x.org/', extended(without, '192.0.2.1/32')), [pinned]);
    const added = (draft: Draft) => draft.add(routeGroup('g', [])).add(x({ ipAddresses: ['192.0.2.1/32'], ports: [https()] }));
    assert.deepEqual(noted([], 'https://x.org/', added), [pinned]);
    const address = 'curl https://192.0.2.1/';
    const tcpAdded = (draft: Draft) => draft.add(egress('e', { ipAddresses: ['192.0.2.1/32'], ports: [tcp(443)] }));
    assert.deepEqual(noted([], address, tcpAdded), [], 'an address is no name');
  }); // prettier-ignore

  it('any bytes to any address of the port, if that is new for the source', () => {
    const command = 'tcp://x.org:9';
    const any = { code: 'any-address', host: 'x.org' };
    const opens = (policy: Egress) => noted([], command, (draft) => draft.add(policy)).filter(({ code }) => code === 'any-address');
    const first = { number: 9, protocol: 'tcp-server-first' };
    for (const spec of [{ ports: [tcp(9)] }, { ports: [https(9), first] }, { ports: [tcp(9)], ipAddresses: ['x'] }, { ports: [tcp(9)], ipAddresses: ['192.0.0.0/8', '0.0.0.0/0'] }]) {
      assert.deepEqual(opens(x(spec)), [any], JSON.stringify(spec));
    }
    for (const spec of [{ ports: [tcp(10)] }, { ports: [https(9)] }, { ports: [tcp(9)], ipAddresses: ['192.0.0.0/8'] }, { ports: [tcp(9)], ipAddresses: ['2001:db8::1.2.3.4/96'] }, { ports: [tcp(9)], sources: [account('other')] }, { ports: [tcp(9)], sources: [account('curl', 'other')] }, { ports: [tcp(9)], sources: [account('other', 'curl')] }]) {
      assert.deepEqual(opens(x(spec)), [], JSON.stringify(spec));
    }
    const policy = x({ ports: [tcp(10)] });
    const replaced = (before: Egress, after: Egress) => noted([before], command, (draft) => draft.replace(before, after));
    assert.deepEqual(replaced(policy, withPort(policy, tcp(9))), [any]);
    const open = x({ ports: [tcp(9)] });
    assert.deepEqual(replaced(open, withPort(open, tcp(10))), [], 'it was so before');
    const theirs = x({ ports: [tcp(9)], sources: [account('other')] });
    assert.deepEqual(replaced(theirs, withSpec(theirs, { sources: [account('other'), account()] })), [any], 'for the others');
    const nobodys = x({ ports: [tcp(9)], sources: [{ ...account(), kind: 'Group' }] });
    assert.deepEqual(replaced(nobodys, withSpec(nobodys, { sources: [account()] })), [any], 'for no ServiceAccount');
  }); // prettier-ignore

  it('paths and methods that a route cannot name', () => {
    const long = `/${'a.'.repeat(150)}`;
    const restricted = x({ ports: [http()], matches: [routesRef('g')] });
    const get = { name: 'm', pathRegex: '/b', methods: ['GET'] };
    const old = { name: 'old', pathRegex: '/old.*' };
    const group = routeGroup('g', [old]);
    const with_ = (matches: HTTPRouteGroup['spec']['matches'], command: string) =>
      noted([restricted, group], command, (draft) => draft.replace(group, { ...group, spec: { matches: [...group.spec.matches, ...matches] } }));
    const prefix = { ...get, pathRegex: '/a.*' };
    assert.deepEqual(with_([get, prefix], `http://x.org${long}`), [{ code: 'path-prefix', pathRegex: '/a.*' }]);
    assert.deepEqual(with_([get, prefix], `http://x.org${long}?q=1`), [{ code: 'path-prefix', pathRegex: '/a.*' }]);
    assert.deepEqual(with_([prefix], `http://x.org/a?${long}`), [], 'a query is no path');
    assert.deepEqual(with_([prefix], 'http://x.org/abc'), [], 'not too long');
    assert.deepEqual(with_([get, { name: 'n' }], `http://x.org${long}`), [], 'no beginning was written');
    const any = { name: 'any', pathRegex: '/b' };
    const propfind = 'curl -X PROPFIND http://x.org/b';
    assert.deepEqual(with_([get, any], propfind), [{ code: 'any-method', method: 'PROPFIND' }]);
    assert.deepEqual(with_([get], propfind), []);
    assert.deepEqual(with_([any], 'http://x.org/b'), []);
    const added = noted([restricted], propfind, (draft) => draft.add(routeGroup('g', [any])));
    assert.deepEqual(added, [{ code: 'any-method', method: 'PROPFIND' }]);
    assert.deepEqual(noted([], 'tcp://192.0.2.1:9', (draft) => draft.add(routeGroup('g', [any]))), [], 'no HTTP');
  }); // prettier-ignore

  it('route groups of which TrafficTargets name a match that is changed, made or taken away', () => {
    const trafficTarget = (rules: object[] | undefined, namespace: string | undefined = 'curl') =>
      ({
        apiVersion: 'access.smi-spec.io/v1alpha3',
        kind: 'TrafficTarget',
        metadata: { name: 't', ...(namespace !== '' && { namespace }) },
        spec: { destination: { kind: 'ServiceAccount', name: 'web', namespace: 'curl' }, rules, sources: [account()] },
      }) as unknown as Resource;
    const rule = (name: string, kind = 'HTTPRouteGroup', matches: string[] | undefined = ['n', 'm']) => ({ kind, name, matches });
    const same = { name: 'same' };
    const group = routeGroup('g', [same, { name: 'm', methods: ['GET'] }]);
    const to = (...matches: HTTPMatch[]) => (draft: Draft) => draft.replace(group, { ...group, spec: { matches } });
    const changed = to(same, { name: 'm', methods: ['GET', 'PUT'] });
    const note = { code: 'route-group-shared-with-mesh', group: 'curl/g' };
    const shared = (target: Resource) => noted([group, target], 'http://x.org/', changed);
    assert.deepEqual(shared(trafficTarget([rule('h'), rule('g')])), [note]);
    assert.deepEqual(shared(trafficTarget([rule('h'), rule('g', 'TCPRoute')])), []);
    assert.deepEqual(shared(trafficTarget([rule('h'), rule('g', 'HTTPRouteGroup', ['same', 'other'])])), [], 'another one');
    assert.deepEqual(shared(trafficTarget([{ kind: 'HTTPRouteGroup', name: 'g' }])), [], 'none');
    const added = to(...group.spec.matches, { name: 'new' });
    assert.deepEqual(noted([group, trafficTarget([rule('g')])], 'http://x.org/', added), []);
    assert.deepEqual(noted([group, trafficTarget([rule('g', 'HTTPRouteGroup', ['new'])])], 'http://x.org/', added), [note], 'one that was missing');
    assert.deepEqual(noted([group, trafficTarget([rule('g')])], 'http://x.org/', to(same)), [note]);
    assert.deepEqual(shared(trafficTarget(undefined)), []);
    assert.deepEqual(shared(trafficTarget([rule('g')], 'far')), []);
    assert.deepEqual(noted([trafficTarget([rule('g')])], 'http://x.org/', (draft) => draft.add(x({})).add(group)), [note]);
    const policy = x({ ports: [http()] }, 'g');
    const own = noted([policy, trafficTarget([rule('g')])], 'http://x.org/', (draft) => draft.replace(policy, withHost(policy, 'y.org')));
    assert.deepEqual(own, [], 'a policy is no group');
    const home = { ...group, metadata: { name: 'g' } } as HTTPRouteGroup;
    const objects = [namespaceObject('default'), home, trafficTarget([rule('g')], '')];
    const atHome = noted(objects, 'http://x.org/', (draft) => draft.replace(home, { ...home, spec: { matches: [same] } }));
    assert.deepEqual(atHome, [{ ...note, group: 'default/g' }]);
  }); // prettier-ignore

  it('what Envoy refused so far', () => {
    const twice = x({ hosts: ['x.org', 'X.org'], ports: [https()] });
    const once = withSpec(twice, { hosts: ['x.org'] });
    const refused = (before: Egress, after: Egress) => noted([before], 'https://x.org/', (draft) => draft.replace(before, after));
    assert.deepEqual(refused(twice, once), [{ code: 'was-refused', what: 'listener' }]);
    const routes = withSpec(twice, { ports: [http()] });
    assert.deepEqual(refused(routes, withSpec(once, { ports: [http()] })), [{ code: 'was-refused', what: 'routes' }]);
    assert.deepEqual(refused(routes, withHost(routes, 'y.org')), [], 'it still is');
    assert.deepEqual(refused(once, withHost(once, 'y.org')), []);
  }); // prettier-ignore

  it('what somebody wrote and is taken away, item by item', () => {
    const policy = egress('e', {
      sources: [account(), account('other')],
      hosts: ['A.org', 'b.org', 'x.org'],
      ipAddresses: ['10.0.0.0/8', '192.0.2.0/24'],
      ports: [https(), https(8443)],
    });
    const changedTo = (spec: Partial<Egress['spec']>, cost = 1) =>
      takenAway(noted([policy], 'https://x.org/', (draft) => draft.replace(policy, withSpec(policy, spec)).because('repair-listener', { takenAway: cost })));
    assert.deepEqual(changedTo({ sources: [account('other')] }), ['e spec.sources.0']);
    assert.deepEqual(changedTo({ hosts: ['a.org', 'x.org'] }), ['e spec.hosts.1']);
    assert.deepEqual(changedTo({ ipAddresses: ['192.0.2.0/24'] }), ['e spec.ipAddresses.0']);
    assert.deepEqual(changedTo({ ipAddresses: undefined as never }), ['e spec.ipAddresses.0', 'e spec.ipAddresses.1']);
    assert.deepEqual(changedTo({ ports: [https()] }), ['e spec.ports.1']);
    assert.deepEqual(changedTo({ ports: [https()] }, 0), [], 'what never had an effect');
    const bare = egress('bare', { ports: [https(), http()] });
    assert.deepEqual(
      takenAway(noted([bare], 'https://x.org/', (draft) => draft.replace(bare, withSpec(bare, { ports: [https()] })).because('repair-listener', { takenAway: 1 }))),
      ['bare spec.ports.1'],
    );
    const matches = [{ name: 'one' }, { name: 'two' }, { name: 'three', pathRegex: '/(' }, { name: 'three', methods: ['GET'] }];
    const group = routeGroup('g', [...matches, { name: 'three', headers: [{ host: '(' }] }]);
    const fewer = noted([group, policy], 'http://x.org/', (draft) =>
      draft
        .replace(policy, withHost(policy, 'c.org'))
        .replace(group, { ...group, spec: { matches: [{ name: 'three', methods: ['GET', 'PUT'] }, { name: 'one' }] } })
        .because('repair-routes', { takenAway: 1 }),
    );
    assert.deepEqual(takenAway(fewer), [1, 2, 4].map((index) => `g spec.matches.${index}`));
    const empty = { ...MESH[0]!, spec: undefined } as unknown as MeshConfig;
    const given = noted([], 'https://x.org/', (draft) => draft.replace(empty, { ...empty }).because('enable-egress-policy', { takenAway: 1 }));
    assert.deepEqual(takenAway(given), [], 'of a MeshConfig nothing is');
  }); // prettier-ignore
});
