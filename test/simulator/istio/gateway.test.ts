import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import {
  clusterText,
  entry,
  object,
  programOf,
  routesText,
  service,
  to,
  virtualService,
  type Given,
} from './worlds.js';

/** What becomes of what a sidecar sends to an egress gateway; docs/istio-egress.md, §6. */

const OUT = 'out.egress.svc.cluster.local';
const SELECTED = { istio: 'out' };
const mutual = (more: object = {}) =>
  object('DestinationRule', 'egress/out', {
    host: OUT,
    trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL', sni: 'a.test' } },
    ...more,
  });
const server = (protocol: string, more: object = {}) => ({
  port: { number: 80, protocol },
  hosts: ['*'],
  tls: { mode: 'ISTIO_MUTUAL' },
  ...more,
});
const gateway = (name: string, ...servers: object[]) => object('Gateway', name, { selector: SELECTED, servers });
const within = (name: string, hosts: string, spec: object, gateways = ['egress/gw']) =>
  virtualService(name, hosts, { gateways, ...spec });
const answer = (status: number, match?: object) => ({ ...(match && { match: [match] }), directResponse: { status } });
const policy = (name: string, spec: object) => object('AuthorizationPolicy', name, spec);

const PLACE = service('egress/out', [[80, 'http', 8080]], { clusterIP: '10.96.0.7', selector: SELECTED });
const SERVER = entry('a', 'a.test', [[80, 'HTTP']], { resolution: 'DNS' });
const WAY = virtualService('way', 'a.test', { http: [to(OUT)] });
const GATE = gateway('egress/gw', server('HTTPS'));
const ON = within('egress/on', 'a.test', { http: [to('a.test')] });

/** The routes of the sidecar for `a.test`, without what they share, and where the clusters behind the gateway lead. */
function http(objects: readonly KubernetesObject[], given?: Given): string[] {
  const program = programOf(objects, given);
  const all = routesText(program, '80').slice(2);
  const lines = all.slice(
    0,
    all.findIndex((line) => !line.startsWith('  ')),
  );
  const ends = [...program.clusters.keys()]
    .filter((name) => name.includes('→') && lines.some((line) => line.includes(`${name} (`)))
    .map((name) => `${name}: ${clusterText(program, name)}`);
  return [...lines, ...ends].map((line) =>
    line.trim().replaceAll(`outbound|80||${OUT}`, 'GW').replaceAll('VirtualService ', ''),
  );
}

const usual = (...more: KubernetesObject[]) => [PLACE, SERVER, WAY, GATE, mutual(), ON, ...more];
const replacing = (old: KubernetesObject, ...by: KubernetesObject[]) =>
  usual().flatMap((one) => (JSON.stringify(one) === JSON.stringify(old) ? by : one));
const REACHED = [
  'any → GW → outbound|80||a.test (100) by on spec.http.0 of on spec.http.0',
  'any → 404 behind GW of on spec.hosts',
  'any → 404 behind GW of way spec.http.0',
  'GW → outbound|80||a.test: dns a.test:80',
];

describe('requests that an egress gateway takes', () => {
  it('meet its own routes', () => {
    assert.deepEqual(http(usual()), REACHED);
    const [only] = http(replacing(ON));
    assert.equal(only, 'any → 404 behind GW of way spec.http.0');
    assert.deepEqual(http([PLACE, SERVER, WAY, mutual(), ON]), [
      'any → GW (100) by way spec.http.0 of way spec.http.0',
    ]);
    const unselected = object('Gateway', 'egress/gw', { servers: [server('HTTPS')] });
    assert.deepEqual(http(replacing(GATE, unselected)), ['any → GW (100) by way spec.http.0 of way spec.http.0']);
    const other = object('Gateway', 'egress/gw', { selector: { istio: 'x' }, servers: [server('HTTPS')] });
    assert.deepEqual(http(replacing(GATE, other)), ['any → GW (100) by way spec.http.0 of way spec.http.0']);
    // a host with capitals has no cluster, so that nothing gets to the gateway
    const place = entry('egress/out', 'GW.test', [[80, 'HTTP']], {
      resolution: 'STATIC',
      endpoints: [{ address: '192.0.2.9', labels: SELECTED }],
    });
    const capital = [place, SERVER, virtualService('way', 'a.test', { http: [to('GW.test')] }), GATE, ON];
    const led = 'outbound|80||GW.test';
    assert.deepEqual(http(capital), [`any → ${led} (100) by way spec.http.0 of way spec.http.0`]);
    assert.equal(programOf(capital).clusters.has(led), false);
  });

  it('ask both what the sidecar’s route does and what the gateway’s does, and leave others alone', () => {
    const way = virtualService('way', 'a.test', {
      http: [{ match: [{ uri: { prefix: '/x' }, method: { exact: 'GET' } }], ...to(OUT) }, to('a.test')],
    });
    const on = within('egress/on', 'a.test', {
      http: [
        { match: [{ uri: { exact: '/xy' } }], ...to('a.test') },
        answer(410, { method: { exact: 'PUT' } }),
        answer(411),
      ],
    });
    assert.deepEqual(http([PLACE, SERVER, way, GATE, mutual(), on]), [
      '/x(?s:.*) and GET and :path=(?:/xy)(?:\\?(?s:.*))? → GW → outbound|80||a.test (100) by on spec.http.0.match.0 of on spec.http.0.match.0',
      '/x(?s:.*) and GET → 411 behind GW of on spec.http.2',
      '/x(?s:.*) and GET → 404 behind GW of on spec.hosts',
      '/x(?s:.*) and GET → 404 behind GW of way spec.http.0.match.0',
      'any → outbound|80||a.test (100) by way spec.http.1 of way spec.http.1',
      'GW → outbound|80||a.test: dns a.test:80',
    ]);
  });

  it('are not understood where they go elsewhere too, or are changed on the way', () => {
    const both = {
      route: [
        { destination: { host: OUT }, weight: 1 },
        { destination: { host: 'a.test' }, weight: 1 },
      ],
    };
    const led = 'GW (1), outbound|80||a.test (1) by way spec.http.0 of way spec.http.0';
    const weighted = virtualService('way', 'a.test', { http: [both] });
    assert.deepEqual(http(replacing(WAY, weighted)), [
      `any → ? a weighted route to a gateway and elsewhere at way spec.http.0 and ${led}`,
    ]);
    const turned = virtualService('way', 'a.test', { http: [{ route: both.route.toReversed() }] });
    assert.match(http(replacing(WAY, turned))[0]!, /^any → \? a weighted route to a gateway and elsewhere at/);
    const turning = { match: [{ uri: { prefix: '/x' } }], ...to(OUT), rewrite: { uri: '/' } };
    const [matched] = http(replacing(WAY, virtualService('way', 'a.test', { http: [turning] })));
    assert.match(matched!, /^\/x\(\?s:\.\*\) → \? rewrite of a route to a gateway at way spec.http.0.match.0/);
    for (const field of ['rewrite', 'headers']) {
      const changed = virtualService('way', 'a.test', { http: [{ ...to(OUT), [field]: { uri: '/' } }] });
      const [line] = http(replacing(WAY, changed));
      assert.equal(
        line,
        `any → ? ${field} of a route to a gateway at way spec.http.0 and GW (100) by way spec.http.0 of way spec.http.0`,
      );
    }
  });

  it('meet the host of the gateway that is the most specific, and routes of several VirtualServices for it', () => {
    const some = [
      within('egress/wide', '*', { http: [answer(401)] }),
      within('egress/wild', '*.test', { http: [answer(402)] }),
      within('egress/old', 'a.test', { http: [answer(403)] }),
      within('egress/gone', 'a.test', { http: [answer(404, { port: 1 })] }),
      within('egress/young', 'a.test b.test', { http: [answer(405, { uri: { exact: '/x' } }), answer(406)] }),
    ];
    assert.deepEqual(http(replacing(ON, ...some)), [
      '/x → 405 behind GW of young spec.http.0.match.0',
      'any → 403 behind GW of old spec.http.0',
      'any → 406 behind GW of young spec.http.1',
      'any → 404 behind GW of old spec.hosts',
      'any → 404 behind GW of way spec.http.0',
    ]);
    const [first] = http(replacing(ON, some[0]!, some[1]!));
    assert.equal(first, 'any → 402 behind GW of wild spec.http.0');
    // one without a route for the port is as if it were not there, and other names do not matter, however long
    const beside = within('egress/beside', 'b.longer.test', { http: [answer(407)] });
    assert.equal(http(replacing(ON, beside, some[3]!, some[1]!))[0], 'any → 402 behind GW of wild spec.http.0');
    // what takes every request but for its query, its method or a header is no rest
    const limited = within('egress/old', 'a.test', {
      http: [
        answer(407),
        answer(408, { method: { exact: 'GET' } }),
        answer(409, { headers: { x: { exact: '1' } } }),
        answer(410, { queryParams: { x: { exact: '1' } } }),
      ],
    });
    const order = http(
      replacing(ON, limited, within('egress/young', 'a.test', { http: [answer(411, { uri: { exact: '/' } })] })),
    );
    assert.deepEqual(
      order.slice(0, 5).map((line) => /→ .*?(\d{3}) behind/.exec(line)?.[1]),
      ['408', '409', '410', '411', '407'],
    );
  });

  it('of a sidecar’s route for many hosts meet each of the gateway’s', () => {
    const hosts = 'a.test *.a.test';
    const way = virtualService('way', hosts, { http: [to(OUT)] });
    const objects = [
      PLACE,
      entry('a', hosts, [[80, 'HTTP']]),
      way,
      GATE,
      mutual(),
      within('egress/on', '*.a.test w.a.test *', { http: [answer(401)] }),
    ];
    const program = programOf(objects);
    const [, , first] = routesText(program, '80').map((line) => line.trim());
    assert.match(first!, /^any → 401/);
    // an address is another name
    const addressed = entry('a', 'a.test', [[80, 'HTTP']], { resolution: 'DNS', addresses: ['192.0.2.1'] });
    const asked = http(replacing(SERVER, addressed)).map((line) => line.split(' → ', 1)[0]);
    assert.deepEqual(asked.slice(0, 3), [':authority=(?i)a\\.test\\.?(?::[0-9]+)?', asked[0], 'any']);
    const wild = programOf([
      ...objects.filter((one) => one !== way),
      virtualService('way', '*.a.test', { http: [to(OUT)] }),
    ]);
    const lines = routesText(wild, '80').map((line) => line.trim().split(' → ', 1)[0]);
    const at = lines.indexOf('*.a.test of VirtualService way spec.hosts');
    assert.deepEqual([...new Set(lines.slice(at + 1, -2))].slice(0, 4), [
      ':authority=(?i)w\\.a\\.test\\.?(?::[0-9]+)?',
      ':authority=(?i)(?s:.+)\\.a\\.test\\.?(?::[0-9]+)?',
      ':authority=(?i)(?s:.+)\\.?(?::[0-9]+)?',
      'any',
    ]);
  });

  it('meet VirtualServices that are bound to the gateway, may be seen there, and have hosts of its server', () => {
    const status = (gate: KubernetesObject, ...some: KubernetesObject[]) =>
      /→ .*?(\d{3}) behind/.exec(
        http(replacing(GATE, gate).flatMap((one) => (one.metadata.name === 'on' ? some : one)))[0]!,
      )?.[1];
    const spec = { http: [answer(401)] };
    const STRANGER = { sourceLabels: { app: 'x' }, sourceNamespace: 'x' };
    const GATES_OWN = { sourceLabels: SELECTED, sourceNamespace: 'egress' };
    const at = (hosts: string[]) => gateway('egress/gw', server('HTTPS', { hosts }));
    const rows: [KubernetesObject, KubernetesObject, string | undefined][] = [
      [GATE, within('egress/on', 'a.test', spec, ['gw']), '401'],
      [GATE, within('egress/on', 'a.test', spec, ['mesh', 'x', 'egress/gw']), '401'],
      [GATE, within('other/on', 'a.test', spec, ['egress/gw']), '401'],
      [GATE, within('other/on', 'a.test', spec, ['gw']), '404'],
      [GATE, within('egress/on', 'a.test', spec, ['other/gw']), '404'],
      [GATE, within('egress/on', 'a.test', spec, ['x']), '404'],
      [GATE, within('egress/on', 'b.test', spec), '404'],
      [GATE, within('egress/on', 'a.test', spec, ['./gw']), '401'],
      [GATE, within('other/on', 'a.test', spec, ['./gw']), '404'],
      [GATE, within('other/on', 'a.test', spec, ['gw.egress']), '401'],
      [GATE, within('other/on', 'a.test', spec, ['gw.egress.svc.cluster.local']), '401'],
      [GATE, within('egress/on', 'a.test', spec, ['gw.other']), '404'],
      // a match that names gateways is asked for nothing else about who asks, but the VirtualService has to name them too
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { gateways: ['gw'] })] }), '401'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { gateways: ['gw'] })] }, ['x']), '404'],
      [GATE, within('other/on', 'a.test', { http: [answer(401, { gateways: ['gw'] })] }), '404'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { gateways: ['x'] })] }), '404'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { gateways: ['gw'], ...STRANGER })] }), '401'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { sourceLabels: STRANGER.sourceLabels })] }), '404'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { sourceNamespace: 'curl' })] }), '404'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, { sourceNamespace: '' })] }), '401'],
      [GATE, within('egress/on', 'a.test', { http: [answer(401, GATES_OWN)] }), '401'],
      [GATE, virtualService('egress/on', 'a.test', spec), '404'],
      [GATE, within('other/on', 'a.test', { ...spec, exportTo: ['.'] }), '404'],
      [GATE, within('other/on', 'a.test', { ...spec, exportTo: ['egress'] }), '401'],
      [at(['a.test']), within('egress/on', 'a.test', spec), '401'],
      [at(['b.test', '*.test']), within('egress/on', 'a.test', spec), '401'],
      [at(['b.test']), within('egress/on', 'a.test', spec), undefined],
      [at(['a.test']), within('egress/on', 'b.test', spec), '404'],
      [at(['a.test']), within('egress/on', '*.test', spec), '401'],
      [at(['egress/a.test']), within('egress/on', 'a.test', spec), '401'],
      [at(['*/a.test']), within('other/on', 'a.test', spec), '401'],
      [at(['egress/a.test']), within('other/on', 'a.test', spec), '404'],
      [at(['./a.test']), within('egress/on', 'a.test', spec), '401'],
      [at(['./a.test']), within('other/on', 'a.test', spec), '404'],
      [at(['other/a.test']), within('egress/on', 'a.test', spec), '404'],
    ];
    for (const [gate, one, expected] of rows) assert.equal(status(gate, one), expected, JSON.stringify([gate, one]));
  });

  it('are denied and allowed by AuthorizationPolicies at the gateway, by the certificate that the sidecar shows', () => {
    const rule = (more: object) => ({ rules: [more] });
    const of = (...policies: KubernetesObject[]) =>
      http(usual(...policies)).map((line) => line.replace(' of AuthorizationPolicy p', ''));
    const [way, rest] = ['any → 404 behind GW of way spec.http.0', 'any → 403 behind GW spec'];
    const ALLOW = policy(
      'egress/p',
      rule({
        to: [{ operation: { methods: ['GET'] } }],
        from: [{ source: { principals: ['cluster.local/ns/curl/sa/curl'] } }],
      }),
    );
    assert.deepEqual(of(ALLOW), [
      ':method=GET → GW → outbound|80||a.test (100) by on spec.http.0 of on spec.http.0',
      ':method=GET → 404 behind GW of on spec.hosts',
      ':method=GET → 404 behind GW spec.rules.0',
      rest,
      REACHED[3],
    ]);
    assert.deepEqual(
      of(policy('egress/p', { action: 'DENY', ...rule({ to: [{ operation: { methods: ['PUT'] } }] }) })),
      [':method=PUT → 403 behind GW spec.rules.0', ...REACHED],
    );
    assert.deepEqual(of(policy('egress/p', {})), [rest]);
    const is = (more: object) => of(policy('egress/p', rule(more))).length > 1;
    // the port is the one that the gateway listens on
    assert.equal(is({ to: [{ operation: { ports: ['8080'] } }] }), true);
    assert.equal(is({ to: [{ operation: { ports: ['80'] } }] }), false);
    const at80 = policy('egress/p', rule({ to: [{ operation: { ports: ['80'] } }] }));
    const placed = (targetPort?: string) =>
      http([
        service('egress/out', [[80, 'http', targetPort!]], { clusterIP: '10.96.0.7', selector: SELECTED }),
        ...usual(at80).slice(1),
      ]);
    assert.equal(placed()[0], REACHED[0]);
    // which one pods have under a name is not known
    assert.match(placed('http')[0]!, /^any → \? ports at Service out spec and/);
    assert.equal(is({ when: [{ key: 'connection.sni', values: ['a.test'] }] }), true);
    assert.equal(is({ from: [{ source: { principals: ['cluster.local/ns/curl/sa/x'] } }] }), false);
    assert.equal(of(policy('curl/p', {})).length, REACHED.length);
    assert.equal(of(policy('egress/p', { selector: { matchLabels: { istio: 'x' } } })).length, REACHED.length);
    const unread = http(usual(policy('egress/p', rule({ from: [{ source: { ipBlocks: ['10.0.0.0/8'] } }] }))))[0];
    assert.match(unread!, /^any → \? ipBlocks at Service out spec and/);
    const plain = gateway('egress/gw', server('HTTP', { tls: undefined }));
    const bare = [PLACE, SERVER, WAY, plain, mutual({ trafficPolicy: { tls: { mode: 'DISABLE' } } }), ON];
    assert.deepEqual(http(bare), REACHED);
    assert.equal(http([...bare, ALLOW])[0], 'any → 403 behind GW of AuthorizationPolicy p spec');
    // without TLS there is no server name, whatever a DestinationRule says
    const named = mutual({ trafficPolicy: { tls: { mode: 'DISABLE', sni: 'a.test' } } });
    for (const names of [['a.test'], [`outbound_.80_._.${OUT}`]]) {
      const asking = policy('egress/p', rule({ when: [{ key: 'connection.sni', values: names }] }));
      const found = http([PLACE, SERVER, WAY, plain, named, ON, asking]);
      assert.deepEqual(found, ['any → 403 behind GW of AuthorizationPolicy p spec']);
    }
    const trusting = { meshConfig: { trustDomain: 'td' } };
    assert.equal(http(usual(ALLOW), trusting)[0], 'any → 403 behind GW of AuthorizationPolicy p spec');
    assert.equal(way, REACHED[2]);
  });
});

describe('the server of a gateway that takes a connection', () => {
  const why = (...objects: KubernetesObject[]) => {
    const program = programOf(objects);
    const [, line] = routesText(program, '80').slice(1);
    const name = [...program.clusters.keys()].find((one) => line!.includes(`${one} (100)`) && one.endsWith('→ '));
    return name === undefined
      ? line!.trim()
      : `${line!.includes(`${name} (100)`) ? '' : '? '}${clusterText(program, name)}`;
  };
  const refusing = (gate: KubernetesObject, rule: KubernetesObject | undefined = mutual()) =>
    why(PLACE, SERVER, WAY, gate, ...(rule ? [rule] : []), ON);
  const tls = (more: object | undefined, spec: object = {}) =>
    mutual({ trafficPolicy: { ...(more && { tls: more }), ...spec } });
  const at = (number: number) => ({ port: { number, protocol: 'HTTPS' } });

  it('is one of the port, of the protocol, of the certificate and of the name', () => {
    const taken = /^any → outbound\|80\|\|out.egress.svc.cluster.local → outbound\|80\|\|a.test \(100\)/;
    const here = 'Gateway gw spec.servers';
    const rows: [KubernetesObject, KubernetesObject | undefined, string | RegExp][] = [
      [GATE, mutual(), taken],
      [gateway('egress/gw', server('https')), mutual(), taken],
      [gateway('egress/gw', server('HTTP')), mutual(), taken],
      [gateway('egress/gw', server('HTTPS', at(8080))), mutual(), taken],
      [
        gateway('egress/gw', server('HTTPS', at(81))),
        mutual(),
        `closing: no Gateway has a server for the port at ${here}`,
      ],
      [
        gateway('egress/gw', server('TLS')),
        mutual(),
        `closing: the gateway’s server speaks another protocol on the port at ${here}.0`,
      ],
      [
        gateway('egress/gw', server('HTTPS', at(81)), server('TCP')),
        mutual(),
        `closing: the gateway’s server speaks another protocol on the port at ${here}.1`,
      ],
      [gateway('egress/gw', server('TCP'), server('HTTPS')), mutual(), taken],
      [
        gateway('egress/gw', server('HTTPS', { tls: { mode: 'SIMPLE' } })),
        mutual(),
        `closing: the TLS mode SIMPLE of a gateway is not modelled; taken for a denial at ${here}.0`,
      ],
      [
        GATE,
        tls({ mode: 'DISABLE' }),
        `closing: the gateway asks for a certificate, and the sidecar shows none at ${here}.0`,
      ],
      [
        gateway('egress/gw', server('HTTP', { tls: undefined })),
        mutual(),
        `closing: the gateway speaks no TLS at ${here}.0`,
      ],
      [gateway('egress/gw', server('HTTP', { tls: undefined, hosts: ['a.test'] })), tls({ mode: 'DISABLE' }), taken],
      // settings without a mode say DISABLE
      [
        GATE,
        tls({ sni: 'a.test' }),
        `closing: the gateway asks for a certificate, and the sidecar shows none at ${here}.0`,
      ],
      [
        gateway('egress/gw', server('HTTPS', { hosts: ['b.test'] })),
        mutual(),
        `closing: the gateway has no server for the name a.test at ${here}.0`,
      ],
      [gateway('egress/gw', server('HTTPS', { hosts: ['b.test', 'egress/*.test'] })), mutual(), taken],
      [gateway('egress/gw', server('HTTPS', { hosts: ['*.test', 'b.test'] })), mutual(), taken],
      // between workloads of the mesh mutual TLS is a matter of course; the name is then that of the cluster
      [GATE, mutual({ trafficPolicy: undefined }), taken],
      [
        gateway('egress/gw', server('HTTPS', { hosts: ['a.test', `outbound_.80_._.${OUT}`] })),
        mutual({ trafficPolicy: undefined }),
        taken,
      ],
      [
        gateway('egress/gw', server('HTTPS', { hosts: ['x.test'] })),
        tls({ mode: 'ISTIO_MUTUAL' }),
        `closing: the gateway has no server for the name outbound_.80_._.${OUT} at ${here}.0`,
      ],
      [
        GATE,
        tls(undefined, { portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'DISABLE' } }] }),
        `closing: the gateway asks for a certificate, and the sidecar shows none at ${here}.0`,
      ],
      [GATE, tls({ mode: 'DISABLE' }, { portLevelSettings: [{ port: { number: 80 } }] }), taken],
      [
        GATE,
        tls({ mode: 'DISABLE' }, { portLevelSettings: [{ port: { number: 81 }, tls: { mode: 'ISTIO_MUTUAL' } }, {}] }),
        `closing: the gateway asks for a certificate, and the sidecar shows none at ${here}.0`,
      ],
    ];
    for (const [gate, rule, expected] of rows) {
      const found = refusing(gate, rule);
      const text = JSON.stringify([gate, rule]);
      if (typeof expected === 'string') assert.equal(found, expected, text);
      else assert.match(found, expected, text);
    }
  });

  it('of a subset is asked for with the subset’s settings and name', () => {
    const way = virtualService('way', 'a.test', { http: [to(OUT, { subset: 's' })] });
    const subset = (name: string, mode?: string) => ({ name, ...(mode && { trafficPolicy: { tls: { mode } } }) });
    const of = (subsets: object[], hosts = ['*']) =>
      why(PLACE, SERVER, way, gateway('egress/gw', server('HTTPS', { hosts })), mutual({ subsets }), ON);
    assert.match(of([subset('t', 'DISABLE'), subset('s')]), /→ outbound\|80\|\|a.test/);
    assert.match(of([subset('s', 'ISTIO_MUTUAL')], ['a.test', `outbound_.80_.s_.${OUT}`]), /→ outbound\|80\|\|a.test/);
    assert.match(of([subset('s', 'DISABLE')]), /the sidecar shows none/);
    assert.match(of([subset('t')]), /any → outbound\|80\|s\|out/);
  });

  it('of a ServiceEntry is asked without a certificate, unless its endpoint is one of the mesh', () => {
    const place = (labels: object) =>
      entry('egress/out', 'gw.test', [[80, 'HTTP']], {
        resolution: 'STATIC',
        endpoints: [{ address: '192.0.2.9' }, { address: '192.0.2.8', labels }],
      });
    const way = virtualService('way', 'a.test', { http: [to('gw.test')] });
    const of = (labels: object, gate: KubernetesObject) => why(place(labels), SERVER, way, gate, ON);
    const plain = gateway('egress/gw', server('HTTP', { tls: undefined }));
    assert.match(of(SELECTED, plain), /gw.test → outbound\|80\|\|a.test/);
    assert.match(of(SELECTED, GATE), /the sidecar shows none/);
    assert.match(of({ ...SELECTED, 'security.istio.io/tlsMode': 'istio' }, GATE), /gw.test → outbound\|80\|\|a.test/);
    assert.match(of({ istio: 'x' }, plain), /^any → outbound\|80\|\|gw.test \(100\)/);
    const unnamed = gateway('egress/gw', server('HTTPS', { hosts: ['x.test'] }));
    const nameless = object('DestinationRule', 'd', {
      host: 'gw.test',
      trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL', sni: '' } },
    });
    assert.match(
      why(place(SELECTED), SERVER, way, unnamed, ON, nameless),
      /no server for the name outbound_.80_._.gw.test/,
    );
  });
});

describe('what a gateway passes on', () => {
  it('goes to clusters of its own, whatever Sidecars are around it', () => {
    const end = (...objects: KubernetesObject[]) => http(objects).at(-1);
    const on = (host: string) => within('egress/on', 'a.test', { http: [to(host)] });
    assert.equal(
      end(...replacing(ON, on('b.test'))),
      'GW → outbound|80||b.test: closing: the gateway has no cluster outbound|80||b.test at Service out spec',
    );
    const none = entry('a', 'a.test', [[80, 'HTTP']]);
    assert.equal(
      end(...replacing(SERVER, none)),
      'GW → outbound|80||a.test: closing: the gateway passes it to the address dialled, which is its own at Service out spec',
    );
    const hidden = entry('a', 'a.test', [[80, 'HTTP']], { resolution: 'DNS', exportTo: ['curl'] });
    assert.match(end(...replacing(SERVER, hidden))!, /closing: the gateway has no cluster/);
    const shown = entry('a', 'a.test', [[80, 'HTTP']], { resolution: 'DNS', exportTo: ['curl', 'egress'] });
    assert.equal(end(...replacing(SERVER, shown)), REACHED[3]);
    // a service that only the gateway sees has the port that it has
    const inside = service('egress/in', [[8081, 'http']], { clusterIP: '10.96.0.8' });
    inside.metadata.annotations = { 'networking.istio.io/exportTo': '.' };
    assert.match(
      end(...replacing(ON, inside, on('in')))!,
      /^GW → outbound\|8081\|\|in\.egress\.svc\.cluster\.local: service Service in spec/,
    );
    const sidecar = object('Sidecar', 'egress/s', { egress: [{ hosts: ['~/*'] }] });
    assert.equal(end(...usual(sidecar)), REACHED[3]);
    const answered = within('egress/on', 'a.test', { http: [{ directResponse: { status: 418 } }] });
    assert.equal(http(replacing(ON, answered))[0], 'any → 418 behind GW of on spec.http.0');
    const weighted = within('egress/on', 'a.test', {
      http: [
        {
          route: [
            { destination: { host: 'a.test' }, weight: 3 },
            { destination: { host: 'b.test' }, weight: 7 },
          ],
        },
      ],
    });
    assert.equal(
      http(replacing(ON, weighted))[0],
      'any → GW → outbound|80||a.test (3), GW → outbound|80||b.test (7) by on spec.http.0 of on spec.http.0',
    );
  });

  it('as it comes, over TLS or TCP, goes where a tcp route of the gateway leads', () => {
    const place = service('egress/out', [[443, 'tls', 8443]], { clusterIP: '10.96.0.7', selector: SELECTED });
    const outside = entry('a', 'a.test', [[443, 'TLS']], { resolution: 'DNS' });
    const gate = gateway('egress/gw', server('TLS', { port: { number: 443, protocol: 'TLS' }, hosts: ['a.test'] }));
    const on = (tcp: object[], name = 'egress/on', hosts = 'a.test') => within(name, hosts, { tcp });
    const of = (...more: KubernetesObject[]) =>
      clusterText(programOf([place, outside, gate, mutual(), ...more]), `outbound|443||${OUT}`);
    const ROUTE = on([to('a.test')]);
    assert.equal(of(ROUTE), 'dns a.test:443');
    assert.equal(of(), 'closing: the gateway has no route for it at Gateway gw spec.servers');
    assert.match(of(on([to('a.test')], 'egress/on', 'b.test')), /no route/);
    assert.equal(of(on([to('a.test')], 'egress/on', 'b.test a.test')), 'dns a.test:443');
    assert.match(of(on([{ match: [{ port: 1 }], ...to('a.test') }])), /no route/);
    assert.equal(of(on([{ match: [{ port: 1 }, { port: 443 }], ...to('a.test') }])), 'dns a.test:443');
    assert.equal(of(on([{ match: [{ port: 1 }], ...to('b.test') }, to('a.test')])), 'dns a.test:443');
    assert.match(of(on([{ match: [{ gateways: ['mesh'] }], ...to('a.test') }])), /no route/);
    assert.match(of(on([to('b.test')])), /^closing: the gateway has no cluster outbound\|443\|\|b.test at/);
    assert.match(
      of(virtualService('egress/on', 'a.test', { http: [answer(401)], gateways: ['egress/gw'] })),
      /no route/,
    );
    const short = within('egress/on', 'a.test', { tcp: [to('out')] });
    assert.equal(of(short), `service Service out spec: not-given, assumed`);
    const rules = (...all: object[]) => policy('egress/p', { rules: all });
    assert.equal(
      of(ROUTE, policy('egress/p', {})),
      'closing: no AuthorizationPolicy allows it at the gateway at AuthorizationPolicy p spec',
    );
    assert.equal(of(ROUTE, rules({ from: [{ source: { namespaces: ['curl'] } }] })), 'dns a.test:443');
    assert.match(
      of(ROUTE, rules({ to: [{ operation: { methods: ['GET'] } }] })),
      /^closing: no AuthorizationPolicy allows/,
    );
    assert.equal(
      of(ROUTE, policy('egress/p', { action: 'DENY', rules: [{ to: [{ operation: { methods: ['GET'] } }] }] })),
      'closing: an AuthorizationPolicy denies it at the gateway at AuthorizationPolicy p spec.rules.0',
    );
    const unread = { from: [{ source: { ipBlocks: ['10.0.0.0/8'] } }] };
    const said =
      'closing: ipBlocks of an AuthorizationPolicy is not modelled: taken for a denial at AuthorizationPolicy p spec.rules.0';
    assert.equal(of(ROUTE, rules(unread)), said);
    assert.equal(of(ROUTE, policy('egress/p', { action: 'DENY', rules: [unread] })), said);
    assert.equal(of(ROUTE, rules({ to: [{ operation: { ports: ['8443'] } }] })), 'dns a.test:443');
    assert.match(
      of(ROUTE, mutual({ trafficPolicy: { tls: { mode: 'DISABLE' } } }), object('Gateway', 'x', {})),
      /dns|closing/,
    );
    assert.match(
      of(ROUTE, gateway('egress/gw', server('HTTPS', { port: { number: 443, protocol: 'HTTPS' } }))),
      /another protocol/,
    );
  });
});
