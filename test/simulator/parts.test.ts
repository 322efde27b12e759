import assert from 'node:assert/strict';
import { partitionAddresses } from '../../src/lib/simulator/address.js';
import { parseCidr, parseIpv4 } from '../../src/lib/text/ip.js';
import { compileRoutes, matchRoute, type RouteMismatch } from '../../src/lib/simulator/envoy/route-match.js';
import type { Route, VirtualHost } from '../../src/lib/simulator/envoy/types.js';
import { bareHost, createVirtualHostMatcher } from '../../src/lib/simulator/envoy/virtual-host.js';
import { hostCovers } from '../../src/lib/simulator/explain.js';
import { outcomeOf, type Outcome, type OutcomeClass } from '../../src/lib/simulator/outcome.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import {
  endingsOf,
  mergedVerdict,
  verdictOf,
  type Alternative,
  type Condition,
  type Destination,
  type Verdict,
} from '../../src/lib/simulator/verdict.js';
import { canResolve } from '../../src/lib/simulator/upstream.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { decide, policy, seen, service, served, SOURCE } from './control-plane/worlds.js';

const source = { object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }, path: [] };
const virtualHost = (...domains: string[]): VirtualHost => ({ domains, routes: [], source });

describe('the choice of a virtual host', () => {
  const choose = (domains: string[], authority: string) => {
    const virtualHosts = domains.map((domain) => virtualHost(domain));
    return createVirtualHostMatcher({ name: 'r', port: 80, origin: 'egress', virtualHosts })(authority)?.domain;
  };

  it('takes the longest wildcard, whatever their order', () => {
    const suffixes = ['*.org', '*.bin.org', '*.httpbin.org'];
    const prefixes = ['www.*', 'www.http*', 'w*'];
    for (const order of [(a: string[]) => a, (a: string[]) => a.toReversed()]) {
      assert.equal(choose(order(suffixes), 'www.httpbin.org'), '*.httpbin.org');
      assert.equal(choose(order(suffixes), 'a.bin.org'), '*.bin.org');
      assert.equal(choose(order(prefixes), 'www.httpbin.org'), 'www.http*');
      assert.equal(choose(order(prefixes), 'www.example.com'), 'www.*');
    }
    assert.equal(choose([...prefixes, ...suffixes], 'www.httpbin.org'), '*.httpbin.org');
    assert.equal(choose(['*', 'w*'], 'www'), 'w*');
  });

  it('takes the exact domain first, without case, and of equal ones the first', () => {
    const all = ['*', '*.org', 'www.*', 'WWW.a.org', 'www.A.org', '*.ORG', 'WWW.*'];
    const cases: [authority: string, domain: string | undefined][] = [
      ['www.a.org', 'WWW.a.org'],
      ['WWW.A.ORG', 'WWW.a.org'],
      ['x.ORG', '*.org'],
      ['www.de', 'www.*'],
      ['.org', '*'],
      ['www.', '*'],
      ['x', '*'],
      ['', '*'],
      ['www.a.org:80', 'www.*'],
      ['www.a.org.', 'www.*'],
    ];
    for (const [authority, domain] of cases) assert.equal(choose(all, authority), domain, authority);
    assert.equal(choose(['a.org', '*b', 'c*'], 'x.org'), undefined);
    assert.deepEqual(
      [choose(['*b'], 'b'), choose(['c*'], 'c'), choose(['*b'], 'ab'), choose(['c*'], 'cd')],
      [...[undefined, undefined, '*b', 'c*']],
    );
  });

  it('leaves out port and final dot where the configuration says so', () => {
    const virtualHosts = ['a.org', '*.b'].map((domain) => virtualHost(domain));
    const matcher = createVirtualHostMatcher({
      name: 'r',
      port: 80,
      origin: 'egress',
      ignoresPort: true,
      virtualHosts,
    });
    const found = (authority: string) => matcher(authority)?.domain;
    for (const authority of ['a.org', 'A.org:80', 'a.org.', 'a.org.:8080'])
      assert.equal(found(authority), 'a.org', authority);
    assert.deepEqual(['x.B:1', 'a.org:x', 'a.org:80x', 'a:80.org', 'a.org..'].map(found), [
      ...['*.b', undefined, undefined, undefined, undefined],
    ]);
    assert.equal(bareHost('a:80.org:81'), 'a:80.org');
  });
});

describe('a host of a policy', () => {
  it('names hosts by Envoy’s wildcards', () => {
    const covered: [pattern: string, host: string][] = [
      ['HTTPBIN.org', 'httpbin.ORG'],
      ['*', 'anything'],
      ['*', ''],
      ['*.org', 'a.org'],
      ['*bin.org', 'httpbin.org'],
      ['httpbin.*', 'httpbin.de'],
    ];
    for (const [pattern, host] of covered) assert.equal(hostCovers(pattern, host), true, `${pattern} ${host}`);
    const others: [pattern: string, host: string][] = [
      ['*.org', '.org'],
      ['httpbin.*', 'httpbin.'],
      ['httpbin.*', 'www.httpbin.de'],
      ['a*b', 'axb'],
      ['org', 'a.org'],
    ];
    for (const [pattern, host] of others) assert.equal(hostCovers(pattern, host), false, `${pattern} ${host}`);
  });
});

describe('a route that looks at a header', () => {
  const route: Route = {
    pathRegex: '.*',
    method: null,
    headers: [{ name: 'range', regex: 'bytes=.*' }],
    clusters: [],
    source,
  };
  const match = (headers: [string, string][], uncertain: string[]) => {
    const request = { method: 'GET', path: '/', headers: new Map(headers), uncertain: new Set(uncertain) };
    return matchRoute(compileRoutes({ ...virtualHost('x'), routes: [route] }), request);
  };

  it('does not match without it', () => {
    assert.equal(match([], []), undefined);
    assert.equal(match([], ['other']), undefined);
    assert.equal(match([['range', 'bytes=0-']], []), route);
  });

  it('leaves it open when its value is not known, or whether it is there', () => {
    assert.deepEqual(match([], ['range']), { route, uncertainHeader: 'range' });
    assert.deepEqual(match([['range', 'x']], ['range']), { route, uncertainHeader: 'range' });
    assert.deepEqual(match([['range', 'bytes=0-']], ['range', 'other']), { route, uncertainHeader: 'range' });
    assert.equal(match([['range', 'bytes=0-']], ['other']), route);
  });

  it('does not care about the value where any will do, nor where it is not understood itself', () => {
    const find = (one: Route, headers: [string, string][] = [['range', 'x']]) => {
      const request = { method: 'GET', path: '/', headers: new Map(headers), uncertain: new Set(['range']) };
      return matchRoute(compileRoutes({ ...virtualHost('x'), routes: [one] }), request);
    };
    const any = { ...route, headers: [{ name: 'range', regex: '.*' }] };
    assert.equal(find(any), any);
    assert.deepEqual(find(any, []), { route: any, uncertainHeader: 'range' });
    const odd = { ...route, notUnderstood: { what: 'x', at: source } };
    assert.equal(find(odd), odd);
  });

  it('says what it misses: the method, the path or the header', () => {
    const mismatches: RouteMismatch[] = [];
    const routes = [
      { ...route, method: 'PUT' },
      { ...route, pathRegex: '/a' },
      route,
      { ...route, headers: [{ name: 'x', regex: 'y' }] },
    ];
    const request = { method: 'GET', path: '/', headers: new Map([['x', 'z']]), uncertain: new Set<string>() };
    assert.equal(matchRoute(compileRoutes({ ...virtualHost('x'), routes }), request, mismatches), undefined);
    const [put, path, range, value] = routes;
    assert.deepEqual(mismatches, [
      { part: 'method', route: put },
      { part: 'path', route: path },
      { part: 'header', route: range, header: 'range', value: null },
      { part: 'header', route: value, header: 'x', value: 'z' },
    ]);
  });

  it('is none whose expression Envoy would refuse', () => {
    assert.throws(
      () => compileRoutes({ ...virtualHost('x'), routes: [{ ...route, pathRegex: '(' }] }),
      /Envoy refuses/,
    );
  });
});

describe('a verdict of several endings', () => {
  const target = parseTarget('http://x/');
  const [here, there] = [{ address: '192.0.2.1', host: 'x', port: 80, cluster: 'a' }, null];
  const fields = [source, { ...source, path: ['y'] }];
  const alternative = (outcome: Outcome, destination: Destination | null, ...when: Condition[]): Alternative => ({
    outcome,
    destination,
    decidedBy: fields.slice(0, when.length),
    when,
  });
  const ending = (outcome: OutcomeClass, ...when: Condition[]) =>
    alternative(outcomeOf(target, outcome), null, ...when);
  const chance: Condition = { kind: 'by-chance', cause: 'repeating-twin' };
  const pod: Condition = { kind: 'pod-is', pods: ['a'] };
  const of = (...endings: Alternative[]) => verdictOf(endings, [], []);
  const word = (...endings: Alternative[]) => of(...endings).verdict;

  it('is unpredictable only when nothing but chance tells them apart', () => {
    const either = [ending('reached', chance), ending('closed', chance)];
    const open = { ending: null, alternatives: either, assumptions: [], obstacles: [] };
    assert.deepEqual(of(...either), { verdict: 'unpredictable', ...open });
    assert.equal(word(ending('reached', pod, chance), ending('closed', chance)), 'unknown');
    assert.equal(word(ending('reached', pod), ending('closed', chance)), 'unknown');
    assert.equal(word(ending('closed', chance), ending('reached', pod)), 'unknown');
    assert.equal(word(ending('reached', pod), ending('reached', chance)), 'allowed');
  });

  it('is certain where all are allowed, or all are denied in the same way, unless chance has a say', () => {
    const slow = outcomeOf(target, 'closed', null, 15);
    const status = (code: number) => alternative(outcomeOf(target, 'http', code), null, pod);
    const { verdict, ending: one } = of(ending('reached', pod), ending('mesh', pod));
    assert.deepEqual([verdict, one?.outcome.class], ['allowed', 'reached']);
    assert.equal(word(ending('reached', pod, chance), ending('mesh', pod)), 'unknown');
    assert.equal(word(ending('reached', chance), ending('mesh', chance)), 'unpredictable');
    assert.equal(word(ending('refused', pod), ending('closed', pod)), 'unknown');
    assert.equal(word(ending('closed', pod), ending('reached', pod)), 'unknown');
    assert.equal(word(status(404), status(403)), 'unknown');
    assert.equal(word(ending('closed', pod), alternative(slow, null, pod)), 'denied');
  });

  it('has then the slowest outcome, the destination if it is one, and all fields that decided', () => {
    const outcomes = [0, 15, 15].map((delay) => outcomeOf(target, 'closed', null, delay));
    const several = outcomes.map((outcome, index) => alternative(outcome, here, ...[pod, chance].slice(0, index)));
    const certain = several.slice(0, 2);
    const { ending: one, alternatives, obstacles } = of(...certain);
    assert.deepEqual(one, { outcome: outcomes[1], destination: here, decidedBy: [source] });
    assert.deepEqual([alternatives, obstacles], [certain, []]);
    assert.equal(of(...certain.toReversed()).ending?.outcome, outcomes[1]);
    const apart = of(alternative(outcomes[0]!, here, pod), alternative(outcomes[0]!, there, pod, pod));
    assert.deepEqual(apart.ending, { outcome: outcomes[0], destination: null, decidedBy: fields });
    assert.equal(apart.verdict, 'denied');
  });

  it('is one ending where they differ in nothing but which address of the client was dialled', () => {
    const is = (address: string): Condition => ({ kind: 'address-is', host: 'x', address });
    const [reached] = [outcomeOf(target, 'reached')];
    const at = (address: string, cluster: string | null = null) => ({ ...here, address, cluster });
    const [a, b] = ['192.0.2.1', '192.0.2.2'];
    const dialled = (address: string) => alternative(reached, at(address), pod, is(address));
    const alike = (...endings: Alternative[]) => of(...endings).alternatives.length === 0;
    assert.ok(alike(dialled(a), dialled(b)));
    assert.ok(alike(alternative(reached, at(a), is(a)), alternative(reached, at(a), is(b))));
    assert.ok(!alike(dialled(a), alternative(reached, at(b), is(a))), 'another one than was dialled');
    assert.ok(!alike(alternative(reached, at(b), is(a)), dialled(a)));
    assert.ok(!alike(dialled(a), alternative(reached, at(b), pod)));
    assert.ok(!alike(alternative(reached, at(a), is(a)), alternative(reached, at(a, 'c'), is(a))));
    assert.ok(!alike(alternative(reached, at(a), pod), alternative(outcomeOf(target, 'mesh'), at(a), pod)));
  });

  it('is none where something is in the way, or nothing is known', () => {
    const obstacle = { code: 'request-not-modelled', details: [] } as const;
    const alone = ending('reached');
    const stopped = { verdict: 'unknown', ending: null, assumptions: [] };
    assert.deepEqual(verdictOf([alone], [obstacle], []), { ...stopped, alternatives: [alone], obstacles: [obstacle] });
    assert.deepEqual(endingsOf(verdictOf([alone], [obstacle], [])), [alone], 'what was found before is possible');
    assert.deepEqual(verdictOf([], [], []), { ...stopped, alternatives: [], obstacles: [] });
  });

  it('is put together of those of single circumstances', () => {
    const assumption = { code: 'no-pod' } as const;
    const obstacle = { code: 'request-not-modelled', details: [] } as const;
    const circumstance = (verdict: Verdict, ...conditions: Condition[]) => ({ verdict, conditions });
    const [allowed, denied] = [verdictOf([ending('reached')], [], [assumption]), of(ending('closed'))];
    const by = (address: string): Condition => ({ kind: 'address-is', host: 'x', address });
    const split = verdictOf([ending('reached', by('a')), ending('closed', by('b'))], [], [assumption]);
    const merged = mergedVerdict([circumstance(allowed, pod), circumstance(split, chance), circumstance(denied)]);
    assert.equal(merged.verdict, 'unknown');
    assert.deepEqual(
      merged.alternatives.map(({ outcome, when }) => [outcome.class, ...when]),
      [['reached', pod], ['reached', chance, by('a')], ['closed', chance, by('b')], ['closed']],
    );
    assert.deepEqual(merged.assumptions, [assumption]);
    assert.deepEqual(
      endingsOf(merged).map(({ outcome }) => outcome.class),
      ['reached', 'reached', 'closed', 'closed'],
    );
    const one = mergedVerdict([circumstance(allowed, pod)]);
    assert.equal(one.verdict, 'allowed');
    assert.deepEqual(endingsOf(one), [{ ...ending('reached', pod), decidedBy: [] }]);
    const stopped = mergedVerdict([circumstance(verdictOf([], [obstacle], []), pod), circumstance(allowed)]);
    assert.deepEqual([stopped.verdict, stopped.obstacles], ['unknown', [obstacle]]);
    assert.equal(stopped.alternatives.length, 1);
    const perhaps = mergedVerdict([circumstance(verdictOf([ending('reached')], [obstacle], []), pod)]);
    assert.deepEqual(
      perhaps.alternatives.map(({ when }) => when),
      [[pod]],
    );
    const alike = of(ending('reached', by('a')), ending('reached', by('b')));
    assert.deepEqual(endingsOf(mergedVerdict([circumstance(alike, pod)])), [
      { ...ending('reached', pod), decidedBy: [source] },
    ]);
    assert.deepEqual(endingsOf(verdictOf([], [obstacle], [])), []);
  });
});

describe('names that the resolver does not find', () => {
  const objects = [
    service('web'),
    served('web'),
    policy('egress', { hosts: ['web.shop'], ports: [{ number: 8080, protocol: 'http' }] }),
  ];
  const decide = (line: string) =>
    simulate(createWorld(objects), SOURCE, { resolve: () => 'not-found' }).decide(parseTarget(line)).ending?.outcome;

  it('are looked for among the services of the cluster, for the client', () => {
    assert.equal(decide('http://web.shop/')?.class, 'mesh');
    assert.equal(decide('http://other.shop/')?.class, 'unresolved');
  });

  it('do not resolve for Envoy', () => {
    assert.equal(decide("curl -H 'Host: web.shop' http://192.0.2.1:8080/")?.httpStatus, 503);
  });
});

describe('hosts of a policy that DNS cannot know (egress semantics §5)', () => {
  const state = (host: string) => seen([policy('p', { hosts: [host] })], `curl -H 'Host: ${host}' http://192.0.2.1/`);

  it('do not resolve', () => {
    const label = 'a'.repeat(64);
    const longest = [...Array.from({ length: 4 }, () => 'a'.repeat(60)), 'a'.repeat(9)].join('.');
    for (const host of [`${label}.org`, `a${longest}`, 'a..b', '.a', 'a,b', 'a%41.org'])
      assert.equal(state(host), 'http 503', host);
    assert.equal(state(`${label.slice(1)}.org`), `reached ${label.slice(1)}.org:80`);
    assert.equal(state(longest), `reached ${longest}:80`);
    assert.equal(state('a.org.'), 'reached a.org.:80');
    for (const host of [`${longest}.`, '2001:db8::1', '192.0.2.1', 'a_b']) assert.equal(canResolve(host), true, host);
    for (const host of [`a${longest}.`, 'a,.', 'a..', '.', '']) assert.equal(canResolve(host), false, host);
  });

  it('resolve, but lead Envoy to its own pod', () => {
    assert.equal(state('127.0.0.1'), 'reached 127.0.0.1:80 or http 503');
    assert.equal(state('localhost'), 'reached localhost:80 or http 503');
  });
});

describe('HTTP/2 with an empty Host (egress semantics §5)', () => {
  const state = (host: string, version: string) =>
    seen([policy('p', { hosts: [host] })], `curl ${version} -H 'Host;' http://192.0.2.1/`);

  it('gets no further than the Envoy that OSM ships lets it', () => {
    assert.equal(state('', '--http1.1'), 'reached :80');
    assert.equal(state('', '--http2-prior-knowledge'), 'unknown');
    const line = "curl --http2-prior-knowledge -H 'Host;' http://192.0.2.1/";
    assert.deepEqual(decide([policy('p', { hosts: [''] })], line).obstacles, [
      { code: 'request-not-modelled', details: ['HTTP/2 with an empty Host: Envoy 1.22 ends the stream'] },
    ]);
    const tcp = policy('p', { ports: [{ number: 80, protocol: 'tcp' }] });
    assert.equal(seen([tcp], "curl --http2-prior-knowledge -H 'Host;' http://192.0.2.1/"), 'reached 80');
  });

  it('is denied where that Envoy would not have to end the stream', () => {
    assert.equal(state('*', '--http2-prior-knowledge'), 'http 503');
    assert.equal(state('httpbin.org', '--http2-prior-knowledge'), 'http 404');
  });
});

describe('parts of the address space', () => {
  const cells = (networks: string[], avoid: Parameters<typeof partitionAddresses>[1]) =>
    partitionAddresses(
      networks.map((network) => parseCidr(network)!),
      avoid,
    ).map(({ network, witness }) => [network && network.prefixLength, witness]);

  it('keep a cell as long as one of its addresses is free', () => {
    const addresses = new Set(Array.from({ length: 256 }, (_, index) => parseIpv4('10.0.0.0')! + index));
    assert.deepEqual(cells(['10.0.0.0/16'], { addresses })[1], [16, parseIpv4('10.0.1.0')]);
    const all = new Set(Array.from({ length: 4 }, (_, index) => parseIpv4('192.0.2.4')! + index));
    assert.deepEqual(cells(['192.0.2.4/30'], { addresses: all }).length, 1);
    all.delete(parseIpv4('192.0.2.7')!);
    assert.deepEqual(cells(['192.0.2.4/30'], { addresses: all })[1], [30, parseIpv4('192.0.2.7')]);
  });

  it('take no witness from a network to avoid, nor from a more specific one', () => {
    const loopback = [parseCidr('127.0.0.0/8')!];
    assert.deepEqual(cells(['126.0.0.0/7', '126.0.0.0/9'], { networks: loopback }).slice(1), [
      [7, parseIpv4('126.128.0.0')],
      [9, parseIpv4('126.0.0.0')],
    ]);
    assert.deepEqual(cells(['127.0.0.0/8'], { networks: loopback }).length, 1);
    assert.deepEqual(cells(['0.0.0.0/1', '128.0.0.0/1'], {}).length, 2);
  });
});
