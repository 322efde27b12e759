import assert from 'node:assert/strict';
import { checkPolicy } from '../../src/lib/analysis/inspect/check.js';
import type { AnyFinding } from '../../src/lib/analysis/lint/rules/index.js';
import { trapsOf as trapsIn } from '../../src/lib/analysis/lint/traps.js';
import { readAll } from '../../src/lib/analysis/unread.js';
import { objectionTo, summaryOf, warningsAbout } from '../../src/lib/wording/check.js';
import { findingText } from '../../src/lib/wording/findings.js';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld, type World } from '../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace, routeGroup, source, toGroup, toSetting } from './support.js';

const nowhere = () => undefined;

function check(policy: Egress, objects: readonly Resource[], blind = false, unread = readAll) {
  const result = checkPolicy({ objects, worldOptions: {}, unread }, policy, { blind });
  const objection = objectionTo(result, nowhere);
  return {
    ...result,
    objection,
    text: objection?.details.join('\n') ?? '',
    warnings: warningsAbout(result, nowhere),
    summary: summaryOf(result),
  };
}

const web = egress('web', '80/http', { hosts: ['httpbin.org'] });
const tls = egress('tls', '443/https', { hosts: ['a.com', '*.b.com'] });

describe('checking a new policy among the others', () => {
  it('takes one that meets nothing', () => {
    const { objection, warnings, summary } = check(egress('new', '8080/http', { hosts: ['c.com'] }), [web, tls]);
    assert.deepEqual([objection, warnings], [undefined, []]);
    assert.equal(
      summary,
      'Egress curl/new allows what is not allowed so far:\n' +
        '  from curl/curl: every method on 8080/http of c.com, wherever it resolves to\n' +
        '  nothing else changes, for any request, except how some denied ones fail; CONNECT by HTTP/2 is not modelled',
    );
  });

  it('refuses routes that Envoy would refuse, naming both objects', () => {
    const { objection, text } = check(egress('new', '80/http', { hosts: ['HTTPBIN.org'] }), [web]);
    assert.equal(objection?.what, 'Envoy would refuse its configuration');
    assert.equal(
      text,
      'Envoy refuses the routes of port 80 for curl/curl: the domain HTTPBIN.org is there twice\n' +
        '  Egress curl/web spec.hosts[0]\n  Egress curl/new spec.hosts[0]',
    );
  });

  it('refuses a listener that Envoy would refuse, naming both objects', () => {
    const { text } = check(egress('new', '443/https', { hosts: ['a.com'] }), [tls]);
    assert.match(text, /^Envoy refuses the listener for curl\/curl: two filter chains match the same/);
    assert.match(text, /Egress curl\/tls spec\.ports\[0\]\n {2}Egress curl\/new spec\.ports\[0\]/);
  });

  it('takes the place of the policy of its name, and of no other object', () => {
    const old = egress('x', '80/http', { hosts: ['a.com'] });
    const group = routeGroup('x', { name: 'r', pathRegex: '/a', methods: ['GET'] });
    const result = check(egress('x', '80/http', { hosts: ['a.com'], matches: [toGroup('x')] }), [old, group]);
    assert.deepEqual([result.report.state, result.report.reasons, result.refusals], ['active', [], []]);
    assert.deepEqual([result.breaks.length, result.captures.length, result.losses.length > 0], [0, 0, true]);
    // what the one before allowed, it loses, and nobody else does
    const moved = check(egress('x', '81/http', { hosts: ['a.com'] }), [old, group]);
    assert.deepEqual([moved.breaks.length, moved.captures.length, moved.losses.length > 0], [0, 0, true]);
  });

  it('refuses a policy that clashes with itself', () => {
    const { text } = check(egress('new', '9/tcp,9/tcp-server-first'), []);
    assert.match(text, /Egress curl\/new spec\.ports\[0\]\n {2}Egress curl\/new spec\.ports\[1\]/);
  });

  it('refuses a regular expression that Envoy refuses', () => {
    const policy = egress('new', '80/http', { hosts: ['c.com'], matches: [toGroup('bad')] });
    const { text } = check(policy, [routeGroup('bad', { name: 'x', pathRegex: '/(?!a)' })]);
    assert.match(text, /regex \/\(\?!a\):.*\n {2}HTTPRouteGroup curl\/bad spec\.matches\[0\]\.pathRegex/);
  });

  it('refuses what takes requests from another policy, with a witness', () => {
    const { objection, text, breaks, losses } = check(
      egress('db', '443/tcp-server-first', { ipAddresses: ['10.0.0.0/8'] }),
      [tls],
    );
    assert.equal(objection?.what, 'it would deny requests that other policies allow');
    assert.deepEqual([breaks.length, losses.length], [1, 0]);
    assert.match(
      text,
      /^from curl\/curl: TLS on port 443 of a\.com and \*\.b\.com, wherever it resolves to but 10\.0\.0\.0\/8\n {2}allowed by Egress curl\/tls\n {2}such as curl --resolve a\.com:443:203\.0\.113\.254 https:\/\/a\.com\/\n {2}then: /,
    );
  });

  it('refuses a range that hides a policy for every address, for that range only', () => {
    const any = egress('any', '5000/tcp');
    const { breaks, text } = check(egress('ranged', '5000/https', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/8'] }), [
      any,
    ]);
    assert.equal(breaks.length, 2);
    assert.match(text, /TLS on port 5000 of every server name but a\.com, at 10\.0\.0\.0\/8\n/);
    assert.match(text, /HTTP, other bytes and clients that wait for the server on port 5000, at 10\.0\.0\.0\/8\n/);
  });

  it('finds the one route that is lost', () => {
    const routes = routeGroup('routes', {
      name: 'post',
      methods: ['POST'],
      pathRegex: '/anything/.*',
      headers: [{ 'x-env': 'prod|stage' }],
    });
    const policy = egress('routed', '80/http', { hosts: ['httpbin.org'], matches: [toGroup('routes')] });
    const { text } = check(egress('new', '80/tcp-server-first', { ipAddresses: ['10.0.0.0/8'] }), [policy, routes]);
    assert.match(text, /curl -X POST -H 'x-env: prod' (--resolve \S+ )?http:\/\/httpbin\.org\/anything\//);
  });

  it('says when another policy’s requests go elsewhere', () => {
    const { objection, warnings } = check(egress('new', '80/tcp', { ipAddresses: ['10.0.0.0/8'] }), [web]);
    assert.equal(objection, undefined);
    assert.match(
      warnings.join('\n'),
      /go to another place.*httpbin\.org:80:10\.0\.0\.1.*goes to 10\.0\.0\.1:80, through Envoy's cluster 80; so far to httpbin\.org:80/s,
    );
  });

  it('says which requests mesh-wide egress lets out so far', () => {
    const { objection, warnings, moves } = check(web, [
      meshConfig({ featureFlags: { enableEgressPolicy: true }, traffic: { enableEgress: true } }),
    ]);
    assert.equal(objection, undefined);
    assert.match(warnings.join('\n'), /plain HTTP to other hosts on port 80 will get 404/);
    // what no policy allowed so far goes elsewhere without harm to any
    assert.deepEqual(moves, []);
    assert.match(
      warnings.join('\n'),
      /they are denied from now on:\n.*every method on 80\/http of every host but httpbin\.org,.*such as curl http:\/\/example\.com/s,
    );
  });

  it('a policy of the same name is replaced: what it alone allows is a warning', () => {
    const { objection, losses, warnings } = check(egress('web', '80/http', { hosts: ['example.com'] }), [web]);
    assert.equal(objection, undefined);
    assert.ok(losses.length > 0);
    assert.match(
      warnings.join('\n'),
      /allows so far are not allowed any more:\n.*every method on 80\/http of httpbin\.org,/,
    );
  });

  it('what is replaced is looked at for all of its sources, and as if what may not be read were in its favour', () => {
    const old = egress('web', '80/http', { hosts: ['a.com'], sources: [source('old')] });
    const young = egress('web', '80/http', { hosts: ['a.com'], sources: [source('young')] });
    const { comparison } = check(young, [old]);
    const told = comparison.effects.map(({ kind, source: { serviceAccount } }) => `${kind} ${serviceAccount}`);
    assert.deepEqual([...new Set(told)].filter((text) => /^st/.test(text)).sort(), ['starts young', 'stops old']);
    const routed = egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('unread')] });
    const { losses, report } = check(
      egress('web', '80/http', { hosts: ['b.com'] }),
      [routed],
      false,
      hiding('HTTPRouteGroup'),
    );
    assert.deepEqual([losses.length > 0, report.state, report.reasons], [true, 'active', []]);
  });

  it('what may not be read leaves open what becomes of it, unless somebody gives it', () => {
    const kinds = ['HTTPRouteGroup', 'UpstreamTrafficSetting'];
    const old = egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('r')] });
    const young = egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('r')] });
    const { report } = check(young, [old], false, hiding(...kinds));
    assert.deepEqual([report.state, report.reasons[0]?.data], ['unknown', { kinds: ['UpstreamTrafficSetting'] }]);
    const named = {
      ...namespace('curl'),
      metadata: { name: 'curl', labels: { 'openservicemesh.io/monitored-by': 'm' } },
    };
    const surroundings = { objects: [named], worldOptions: { meshName: 'm' }, unread: hiding('Namespace') };
    assert.equal(checkPolicy(surroundings, web, { blind: false }).report.state, 'active');
    const given = check(old, [routeGroup('r', { name: 'all' })], false, hiding(...kinds));
    assert.deepEqual([given.report.state, given.report.reasons], ['active', []]);
  });

  it('tells a trap once, and that nobody has the account of a source', () => {
    const { report, traps } = check(egress('x', '80/http', { hosts: ['a.com:80'] }), [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'other', namespace: 'curl' } },
    ]);
    assert.deepEqual(
      report.reasons.map(({ rule }) => rule),
      ['host-with-port'],
    );
    assert.deepEqual(
      traps.map(({ rule }) => rule),
      ['unknown-source'],
    );
  });

  it('what is refused already is a warning, not the new policy’s fault', () => {
    const clash = egress('clash', '80/http', { hosts: ['httpbin.org'] });
    const { objection, warnings } = check(egress('new', '8080/http', { hosts: ['c.com'] }), [web, clash]);
    assert.equal(objection, undefined);
    assert.match(warnings.join('\n'), /may not take effect, by chance/);
    assert.ok(check(egress('new', '80/http', { hosts: ['httpbin.org'] }), [web, clash]).objection);
  });

  it('warns of what keeps it from taking effect', () => {
    const cases: [Egress, Resource[], RegExp][] = [
      [
        web,
        [meshConfig({ featureFlags: {} })],
        /switched off in the MeshConfig: MeshConfig osm-system\/osm-mesh-config spec\.featureFlags/,
      ],
      [web, [namespace('curl', false)], /namespace curl is not in the mesh/],
      [egress('x', '443/https', { sources: [source('a', 'out')] }), [namespace('out', false)], /has no sidecar/],
      [egress('x', '80/http', { hosts: ['a.com'], matches: [toGroup('none')] }), [], /no HTTPRouteGroup none/],
      [
        egress('x', '80/http', { hosts: ['a.com'], matches: [toSetting('none')] }),
        [],
        /no UpstreamTrafficSetting none/,
      ],
    ];
    for (const [policy, objects, message] of cases) assert.match(check(policy, objects).warnings.join('\n'), message);
  });

  it('tries everything that the policy can change, also among hundreds of ranges and hosts', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `h${index}.com`);
    const others = Array.from({ length: 300 }, (_, index) =>
      egress(`p${index}`, '443/https', { hosts, ipAddresses: [`10.${index >> 8}.${index & 255}.0/24`] }),
    );
    const wide = check(egress('new', '443/https', { hosts: ['new.com'], ipAddresses: ['10.0.0.0/8'] }), others);
    assert.deepEqual([wide.comparison.undecided, wide.objection], [[], undefined]);
    const narrow = check(egress('new', '443/https', { hosts: ['new.com'], ipAddresses: ['10.0.7.0/25'] }), others);
    assert.deepEqual(narrow.comparison.undecided, []);
    assert.equal(narrow.breaks.length, 1);
    assert.match(narrow.text, /TLS on port 443 of h0\.com, .* and 95 more, at 10\.0\.7\.0\/25/);
    assert.match(narrow.text, /--resolve h0\.com:443:10\.0\.7\.1 /);
  });

  it('says what is too large to decide, and claims nothing of it', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const hard = (count: number) =>
      routeGroup(
        'hard',
        ...Array.from({ length: count }, (_, index) => ({
          name: `m${index}`,
          pathRegex: `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
          methods: [index % 2 ? 'GET' : 'PUT'],
        })),
      );
    const routed = (name: string) => egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup(name)] });
    const some = { ...hard(39), metadata: { name: 'some', namespace: 'curl' } };
    const { warnings, summary } = check(routed('some'), [routed('hard'), hard(40), some]);
    assert.match(
      warnings.join('\n'),
      /too large to decide here: the path on port 80 of a\.com has more than 20000 states/,
    );
    assert.match(summary, /nothing changes, for any request of which that can be decided$/);
  });

  it('does not miss what nobody showed: without any resources, references count as there', () => {
    const policy = egress('x', '80/http', { hosts: ['a.com'], matches: [toGroup('none'), toSetting('none')] });
    assert.deepEqual(check(policy, [], true).warnings, []);
  });
});

function trapsOf(policy: Egress, world: World, serviceAccounts?: ReadonlySet<string>): AnyFinding[] {
  return trapsIn({ policy, world, serviceAccounts }, (source) => simulate(world, source));
}

describe('traps of a new policy', () => {
  const cases: [AnyFinding['rule'], Egress, Resource[], RegExp][] = [
    [
      'ranges-on-http',
      egress('x', '80/http', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/8'] }),
      [],
      /its ranges have no effect on 80\/http/,
    ],
    [
      'hosts-on-tcp',
      egress('x', '9/tcp', { hosts: ['a.com'] }),
      [],
      /its hosts have no effect on port 9.*every address/,
    ],
    [
      'https-without-hosts',
      egress('x', '443/https'),
      [],
      /443\/https without hosts takes any server name, at every address/,
    ],
    [
      'https-without-hosts',
      egress('x', '443/https', { hosts: ['a.com', ''] }),
      [],
      /443\/https with an empty host takes any server name, at every address/,
    ],
    [
      'host-not-a-name',
      egress('x', '80/http', { hosts: [''] }),
      [],
      /an empty host lets http requests that name no host through, to every address/,
    ],
    [
      'host-not-a-name',
      egress('x', '80/http,443/https', { hosts: ['.a.com'] }),
      [],
      /the host "\.a\.com" opens nothing over http: it is a wildcard for https alone/,
    ],
    ['tcp-to-anywhere', egress('x', '9/tcp'), [], /port 9 is open to every address/],
    ['range-zero', egress('x', '9/tcp', { ipAddresses: ['0.0.0.0/0'] }), [], /0\.0\.0\.0\/0/],
    ['range-zero', egress('x', '9/tcp', { ipAddresses: ['::ffff:10.0.0.0/0'] }), [], /0\.0\.0\.0\/0/],
    [
      'likely-server-first',
      egress('x', '3306/tcp', { ipAddresses: ['10.0.0.0/8'] }),
      [],
      /MySQL.*3306\/tcp-server-first/,
    ],
    [
      'detection-off',
      egress('x', '9/tcp-server-first,9/https', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/8'] }),
      [],
      /not recognised on port 9, because Egress curl\/x/,
    ],
    ['address-as-tls-host', egress('x', '443/https', { hosts: ['192.0.2.1'] }), [], /use the range 192\.0\.2\.1\/32/],
    ['unlikely-protocol', egress('x', '443/http', { hosts: ['a.com'] }), [], /write 443\/https/],
    [
      'routes-without-http',
      egress('x', '443/https', { hosts: ['a.com'], matches: [toGroup('r')] }),
      [],
      /HTTPRouteGroup\/r has no effect without an http port/,
    ],
    [
      'port-excluded',
      egress('x', '443/https', { hosts: ['a.com'] }),
      [meshConfig({ traffic: { outboundPortExclusionList: [22, 443] } })],
      /excludes port 443/,
    ],
    [
      'mesh-wide-egress',
      egress('x', '443/https', { hosts: ['a.com'] }),
      [meshConfig({ traffic: { enableEgress: true } })],
      /leaves anyway, policy or not/,
    ],
  ];
  for (const [code, policy, objects, message] of cases) {
    it(code, () => {
      const found = trapsOf(policy, createWorld([...objects, policy]));
      const trap = found.find((one) => one.rule === code);
      assert.ok(trap, JSON.stringify(found.map((one) => one.rule)));
      assert.match(findingText(trap), message);
    });
  }

  it('unknown-source, only where the accounts are known', () => {
    const policy = egress('x', '443/https', { hosts: ['a.com'] });
    assert.deepEqual(trapsOf(policy, createWorld([policy])), []);
    const [trap] = trapsOf(policy, createWorld([policy]), new Set(['curl/other']));
    assert.match(findingText(trap!), /no ServiceAccount curl\/curl/);
  });

  it('none for plain policies', () => {
    for (const policy of [
      egress('x', '80/http', { hosts: ['a.com'] }),
      egress('x', '443/https', { hosts: ['*.a.com'] }),
      egress('x', '443/https', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/8'] }),
      egress('x', '3306/tcp-server-first', { ipAddresses: ['10.0.0.0/8'] }),
    ])
      assert.deepEqual(trapsOf(policy, createWorld([policy, meshConfig()])), []);
  });
});
