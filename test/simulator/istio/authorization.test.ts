import assert from 'node:assert/strict';
import type { AuthorizationPolicy } from '../../../src/lib/resources/istio-types.js';
import { authorizationFor, type Peer, type RuleAsks } from '../../../src/lib/simulator/istio/authorization.js';
import { createIstioWorld } from '../../../src/lib/simulator/istio/world.js';

/** What AuthorizationPolicies make of who gets to a gateway; docs/istio-egress.md, §6. */

const WORKLOAD = { namespace: 'egress', labels: { istio: 'egressgateway', version: 'v1' } };
const PEER: Peer = {
  principal: 'cluster.local/ns/curl/sa/web',
  serverName: 'a.test',
  port: 8443,
  http: true,
  at: { object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gateway' } }, path: ['spec'] },
};
const OF_TCP = { ...PEER, http: false };

type Given = { spec: AuthorizationPolicy['spec'] | undefined } & Partial<AuthorizationPolicy['metadata']>;

function policy({ spec, ...metadata }: Given): AuthorizationPolicy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'p', namespace: 'egress', ...metadata },
    ...(spec && { spec }),
  };
}

function authorization(policies: readonly Given[], peer = PEER) {
  const all = policies.map((one, index) => policy({ name: `p${index}`, ...one }));
  return authorizationFor(createIstioWorld(all), WORKLOAD, peer);
}

/** Conditions of a request, each alternative on its own. */
function asked(all: readonly RuleAsks[]): string[] {
  return all.map(({ conditions: { pathRegex, method, headers, notUnderstood } }) => {
    const parts = [
      ...(pathRegex === '.*' ? [] : [`path ${pathRegex}`]),
      ...(method === null ? [] : [`method ${method}`]),
      ...headers.map(({ name, regex }) => `${name} ${regex}`),
      ...(notUnderstood ? [`? ${notUnderstood.what} at ${notUnderstood.at.object.kind}`] : []),
    ];
    return parts.join(' and ') || 'always';
  });
}

type Rule = NonNullable<NonNullable<AuthorizationPolicy['spec']>['rules']>[number];

/** What a rule asks for, by the action that it has. */
function rule(given: Rule, peer = PEER, action = 'ALLOW'): string[] {
  const { allowed, denied } = authorization([{ spec: { action, rules: [given] } }], peer);
  return asked(action === 'ALLOW' ? allowed! : denied);
}

describe('AuthorizationPolicies', () => {
  it('concern the workloads of their namespace that they select, and those of the root namespace all', () => {
    const rules = [{}];
    const rows: [Given, boolean][] = [
      [{ spec: { rules } }, true],
      [{ spec: { rules }, namespace: 'curl' }, false],
      [{ spec: { rules }, namespace: 'istio-system' }, true],
      [{ spec: { rules, selector: {} } }, true],
      [{ spec: { rules, selector: { matchLabels: { istio: 'egressgateway' } } } }, true],
      [{ spec: { rules, selector: { matchLabels: { istio: 'egressgateway', version: 'v2' } } } }, false],
      [{ spec: { rules, selector: { matchLabels: { istio: 'x' } } }, namespace: 'istio-system' }, false],
      [{ spec: { rules, targetRefs: [{}] } }, false],
      [{ spec: { rules, targetRefs: [] } }, true],
      [{ spec: { rules, targetRef: {} } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'true' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': '1' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 't' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'T' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'True' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'TRUE' } }, false],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'false' } }, true],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'untrue' } }, true],
      [{ spec: { rules }, annotations: { 'istio.io/dry-run': 'true ' } }, true],
      [{ spec: { rules }, annotations: {} }, true],
    ];
    for (const [given, expected] of rows) {
      const { allowed, by } = authorization([given]);
      assert.deepEqual(
        [allowed && asked(allowed), by.length],
        expected ? [['always'], 1] : [undefined, 0],
        JSON.stringify(given),
      );
    }
    const inDefault = policy({ spec: { rules } });
    const homeless = { ...inDefault, metadata: { name: 'p' } };
    const found = (namespace: string) =>
      authorizationFor(createIstioWorld([homeless]), { ...WORKLOAD, namespace }, PEER).by;
    assert.deepEqual([found('default').length, found('egress').length], [1, 0]);
  });

  it('allow, deny, ask somebody else, or only write down', () => {
    const rules = [{ to: [{ operation: { paths: ['/a'] } }] }, { to: [{ operation: { paths: ['/b'] } }] }];
    const ends = (...specs: AuthorizationPolicy['spec'][]) => {
      const { denied, allowed, by } = authorization(specs.map((spec) => ({ spec })));
      const places = (all: readonly RuleAsks[]) =>
        all.map(({ at }) => `${at.object.metadata.name} ${at.path.join('.')}`);
      return [
        asked(denied),
        places(denied),
        allowed && asked(allowed),
        allowed && places(allowed),
        by.map(({ object, path }) => `${object.metadata.name} ${path.join('.')}`),
      ];
    };
    const both = ['path /a', 'path /b'];
    const places = ['p0 spec.rules.0', 'p0 spec.rules.1'];
    assert.deepEqual(ends(), [[], [], undefined, undefined, []]);
    assert.deepEqual(ends({ rules }), [[], [], both, places, ['p0 spec']]);
    assert.deepEqual(ends({ action: 'ALLOW', rules }), [[], [], both, places, ['p0 spec']]);
    assert.deepEqual(ends({ action: 'ALLOW' }), [[], [], [], [], ['p0 spec']]);
    assert.deepEqual(ends(undefined), [[], [], [], [], ['p0 spec']]);
    assert.deepEqual(ends({ action: 'DENY', rules }), [both, places, undefined, undefined, []]);
    assert.deepEqual(ends({ action: 'AUDIT', rules }), [[], [], undefined, undefined, []]);
    const custom = { action: 'CUSTOM', rules };
    const unknown = '? the action CUSTOM at AuthorizationPolicy';
    assert.deepEqual(ends(custom), [[unknown], ['p0 spec.action'], undefined, undefined, []]);
    assert.deepEqual(ends({ action: 'DENY', rules }, custom, { rules }), [
      [unknown, ...both],
      ['p1 spec.action', ...places],
      both,
      ['p2 spec.rules.0', 'p2 spec.rules.1'],
      ['p2 spec'],
    ]);
  });

  it('know who connects by the certificate', () => {
    const [yes, no] = [['always'], []] as const;
    const rows: [string, string[], readonly string[]][] = [
      ['principals', ['cluster.local/ns/curl/sa/web'], yes],
      ['principals', ['cluster.local/ns/curl/sa/we'], no],
      ['principals', ['x', 'cluster.local/ns/curl/sa/web'], yes],
      ['principals', ['*'], yes],
      ['principals', ['*/sa/web'], yes],
      ['principals', ['*/sa/we'], no],
      ['principals', ['*xweb'], no],
      // nothing is quoted behind an asterisk
      ['principals', ['*/sa/w.b'], yes],
      ['principals', ['cluster.local/ns/curl/*'], yes],
      ['principals', ['cluster.local/ns/cur*'], yes],
      ['principals', ['cluster.local/ns/x/*'], no],
      ['principals', ['cluster.local/ns/curlx*'], no],
      ['principals', ['clusterXlocal/ns/curl/*'], no],
      ['principals', ['cluster.local/ns/curl/sa/w.b'], no],
      ['principals', [], yes],
      ['principals', ['*/sa/('], ['? principals at Service']],
      ['principals', ['*/sa/(', 'cluster.local/ns/curl/sa/web'], yes],
      ['notPrincipals', ['cluster.local/ns/curl/sa/web'], no],
      ['notPrincipals', ['x'], yes],
      ['notPrincipals', ['*/sa/('], ['? not principals at Service']],
      ['namespaces', ['curl'], yes],
      ['namespaces', ['cur'], no],
      ['namespaces', ['url'], no],
      ['namespaces', ['c*'], yes],
      ['namespaces', ['*l'], yes],
      ['namespaces', ['c*l'], yes],
      ['namespaces', ['*'], yes],
      ['namespaces', ['x*l'], no],
      // its asterisk goes over slashes
      ['namespaces', ['*a'], yes],
      ['notNamespaces', ['curl'], no],
      ['notNamespaces', ['other'], yes],
      ['serviceAccounts', ['curl/web'], ['? serviceAccounts at Service']],
      ['ipBlocks', ['192.0.2.0/24'], ['? ipBlocks at Service']],
      ['notIpBlocks', ['192.0.2.0/24'], ['? not ipBlocks at Service']],
      ['requestPrincipals', ['*'], no],
      ['notRequestPrincipals', ['*'], ['? not requestPrincipals at Service']],
    ];
    for (const [field, values, expected] of rows) {
      assert.deepEqual(rule({ from: [{ source: { [field]: values } }] }), expected, `${field} ${values.join()}`);
    }
    const nobody = { ...PEER, principal: undefined };
    for (const [field, values, expected] of [
      ['principals', ['*'], no],
      ['namespaces', ['*'], no],
      ['notPrincipals', ['*'], yes],
      ['notNamespaces', ['*'], yes],
    ] as const) {
      assert.deepEqual(rule({ from: [{ source: { [field]: [...values] } }] }, nobody), expected, `nobody ${field}`);
    }
  });

  it('know the port, the server name and what the request says', () => {
    const [yes, no] = [['always'], []] as const;
    const operations: [string, string[], readonly string[]][] = [
      ['ports', ['80', '8443'], yes],
      ['ports', ['443'], no],
      ['notPorts', ['8443'], no],
      ['notPorts', ['443'], yes],
      ['methods', ['GET', 'HEAD'], [':method GET|HEAD']],
      ['methods', ['*'], [':method (?s:.*)']],
      ['paths', ['/a.b'], ['path /a\\.b']],
      ['paths', ['/a', '/b*', '*c'], ['path /a|/b(?s:.*)|(?s:.*)c']],
      ['paths', ['*'], ['path (?s:.+)']],
      ['paths', ['/{a*'], ['path /\\{a(?s:.*)']],
      ['hosts', ['A.test', '*.b'], [':authority (?i:A\\.test|(?s:.*)\\.b)']],
      ['hosts', ['*'], [':authority (?i:(?s:.*))']],
      ['notMethods', ['GET'], ['? not methods at Service']],
      ['notPaths', ['/'], ['? not paths at Service']],
      ['notHosts', ['x'], ['? not hosts at Service']],
      ['x', ['x'], ['? x at Service']],
      ['methods', [], yes],
    ];
    for (const [field, values, expected] of operations) {
      assert.deepEqual(rule({ to: [{ operation: { [field]: values } }] }), expected, `${field} ${values.join()}`);
    }
    const keys: [Rule['when'], readonly string[]][] = [
      [[{ key: 'connection.sni', values: ['x', 'a.test'] }], yes],
      [[{ key: 'connection.sni', values: ['aXtest'] }], no],
      [[{ key: 'connection.sni', values: ['*.test'] }], yes],
      [[{ key: 'connection.sni', values: ['a.*'] }], yes],
      [[{ key: 'connection.sni', values: ['*'] }], yes],
      [[{ key: 'connection.sni', notValues: ['a.test'] }], no],
      [[{ key: 'connection.sni', notValues: ['b.test'] }], yes],
      [[{ key: 'source.principal', values: ['*/web'] }], yes],
      [[{ key: 'source.principal', notValues: ['*/web'] }], no],
      [[{ key: 'source.namespace', values: ['curl'] }], yes],
      [[{ key: 'source.namespace', values: ['other'] }], no],
      [[{ key: 'destination.port', values: ['8443'] }], yes],
      [[{ key: 'destination.port', values: ['443'] }], no],
      [[{ key: 'destination.port', values: ['8443'], notValues: ['8443'] }], no],
      [[{ key: 'destination.port', values: [], notValues: ['443'] }], yes],
      [[{ key: 'request.headers[X-Env]', values: ['prod', 'a.*'] }], ['x-env prod|a\\.(?s:.*)']],
      [[{ key: 'request.headers[x-env]', values: ['*'] }], ['x-env (?s:.*)']],
      [[{ key: 'request.headers[x-env]', values: ['{*}'] }], ['x-env \\{\\*\\}']],
      [[{ key: 'request.headers[x-env]', values: ['{*'] }], ['x-env \\{(?s:.*)']],
      [[{ key: 'request.headers[x-env]', notValues: ['prod'] }], ['? not request.headers[x-env] at Service']],
      [[{ key: 'request.headers', values: ['prod'] }], ['? request.headers at Service']],
      [[{ key: 'xrequest.headers[x]', values: ['prod'] }], ['? xrequest.headers[x] at Service']],
      [[{ key: 'request.headers[x]y', values: ['prod'] }], ['? request.headers[x]y at Service']],
      [[{ key: 'source.ip', values: ['192.0.2.1'] }], ['? source.ip at Service']],
      [[], yes],
    ];
    for (const [when, expected] of keys) assert.deepEqual(rule({ when: when! }), expected, JSON.stringify(when));
    const nameless = { ...PEER, serverName: '' };
    assert.deepEqual(rule({ when: [{ key: 'connection.sni', values: ['*'] }] }, nameless), no);
  });

  it('templates of paths stand for parts without the signs that Envoy leaves out', () => {
    const regexOf = (path: string) => rule({ to: [{ operation: { paths: [path] } }] })[0]!.slice('path '.length);
    const matches = (path: string, text: string) => new RegExp(`^(?:${regexOf(path)})$`).test(text);
    const rows: [string, string, boolean][] = [
      ['/a/{*}/c', '/a/b/c', true],
      ['/a/{*}/c', "/a/b.B-9_~%!$&'()+,;:@/c", true],
      ['/a/{*}/c', '/a//c', false],
      ['/a/{*}/c', '/a/b/b/c', false],
      ['/a/{*}/c', '/a/b=c/c', false],
      ['/a/{*}', '/a/b*', false],
      ['/a/{*}', '/a/{b}', false],
      ['/a/{**}', '/a/', true],
      ['/a/{**}', '/a/b/c', true],
      ['/a/{**}', '/a/b=c', false],
      ['/a/{**}/c', '/a/b/b/c', true],
      ['/{*}/x.y', '/a/x.y', true],
      ['/{*}/x.y', '/a/xxy', false],
      ['/{***}', '/{***}', true],
    ];
    for (const [path, text, expected] of rows) assert.equal(matches(path, text), expected, `${path} ${text}`);
  });

  it('of a rule one of its sources, one of its operations and all of its conditions hold', () => {
    const given: Rule = {
      from: [{ source: { namespaces: ['other'] } }, { source: { principals: ['*'], namespaces: ['curl'] } }],
      to: [{ operation: { paths: ['/a'], methods: ['GET'] } }, { operation: { hosts: ['h'] } }],
      when: [{ key: 'request.headers[x]', values: ['1'] }],
    };
    assert.deepEqual(rule(given), ['path /a and :method GET and x 1', ':authority (?i:h) and x 1']);
    assert.deepEqual(rule({ ...given, when: [{ key: 'destination.port', values: ['1'] }] }), []);
    assert.deepEqual(rule({ ...given, from: [{ source: { principals: ['*'], namespaces: ['other'] } }] }), []);
    // no list is as good as an empty one, and a block without fields asks for nothing
    assert.deepEqual(rule({ from: [], to: [], when: [] }), ['always']);
    assert.deepEqual(rule({ from: [{}], to: [{}] }), ['always']);
    assert.deepEqual(rule({}), ['always']);
    const unread = rule({ from: [{ source: { ipBlocks: ['x'] } }], to: [{ operation: { paths: ['/a'] } }] });
    assert.deepEqual(unread, ['path /a and ? ipBlocks at Service']);
  });

  it('of connections that are not read: what looks at requests allows nothing, and does not limit what is denied', () => {
    const ofHttp: Rule[] = [
      { to: [{ operation: { hosts: ['h'] } }] },
      { to: [{ operation: { methods: ['GET'] } }] },
      { to: [{ operation: { paths: ['/a'] } }] },
      { to: [{ operation: { notPaths: ['/a'] } }] },
      { from: [{ source: { requestPrincipals: ['*'] } }] },
      { from: [{ source: { notRequestPrincipals: ['*'] } }] },
      { when: [{ key: 'request.headers[x]', values: ['1'] }] },
      { when: [{ key: 'request.auth.claims[iss]', values: ['1'] }] },
      // the other alternative does not save it
      { to: [{ operation: { ports: ['8443'] } }, { operation: { methods: ['GET'] } }] },
      { from: [{ source: { requestPrincipals: ['*'] } }, { source: { namespaces: ['curl'] } }] },
    ];
    for (const given of ofHttp) {
      assert.deepEqual(rule(given, OF_TCP), [], JSON.stringify(given));
      assert.equal(rule(given, OF_TCP, 'DENY')[0], 'always', JSON.stringify(given));
    }
    for (const field of ['xpaths', 'pathsx', 'request']) {
      const unread = [`? ${field} at Service`];
      assert.deepEqual(rule({ to: [{ operation: { [field]: ['x'] } }] }, OF_TCP), unread, field);
    }
    const ofPort: Rule = { to: [{ operation: { ports: ['8443'], methods: [] } }] };
    assert.deepEqual(rule(ofPort, OF_TCP), ['always']);
    const other: Rule = { to: [{ operation: { ports: ['1'], methods: ['GET'] } }] };
    assert.deepEqual(rule(other, OF_TCP, 'DENY'), []);
    assert.deepEqual(rule({ from: [{ source: { ipBlocks: ['x'] } }] }, OF_TCP, 'DENY'), ['? ipBlocks at Service']);
    // in requests that are read it counts
    assert.deepEqual(rule({ to: [{ operation: { methods: ['GET'] } }] }, PEER, 'DENY'), [':method GET']);
  });
});
