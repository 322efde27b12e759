import assert from 'node:assert/strict';
import { kindOf, reasonOf, type ChangeKind, type Reason } from '../../src/lib/analysis/migrate/account.js';
import {
  accountOf,
  planMigration,
  worldAfter,
  type Change,
  type MigrationOptions,
} from '../../src/lib/analysis/migrate/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { FieldRef, KubernetesObject } from '../../src/lib/resources/types.js';
import { createIstioWorld } from '../../src/lib/simulator/istio/world.js';
import type { Outcome } from '../../src/lib/simulator/outcome.js';
import type { Destination, Obstacle, Verdict, VerdictWord } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/** What a migration says of the requests that fare otherwise. */

const ADDRESSES: Readonly<Record<string, string>> = { 'a.test': '192.0.2.10', 'b.test': '198.51.100.20' };
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));

const HEAD = `
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: false}}`;
const home = (name: string) => `
---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {openservicemesh.io/monitored-by: osm}}`;

interface Options extends MigrationOptions {
  /** Istio's resources, as `[kind, spec]`; default: those of the migration. */
  readonly istio?: readonly (readonly [kind: string, spec: object])[];
  /** Of the mesh's traffic settings. */
  readonly mesh?: string;
  readonly more?: string;
}

/** Policies as `NAMESPACE/ACCOUNT spec`. */
function account(
  policies: readonly string[],
  { istio, mesh = 'enableEgress: false', more = '', ...options }: Options = {},
) {
  const split = policies.map((text) => /^(\w+)\/(\w+) (.*)$/s.exec(text)!.slice(1) as [string, string, string]);
  const egresses = split.map(
    ([namespace, name, spec], index) => `
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e${index}, namespace: ${namespace}}
spec: {sources: [{kind: ServiceAccount, name: ${name}, namespace: ${namespace}}], ${spec}}`,
  );
  const homes = [...new Set(split.map(([namespace]) => namespace))].map(home);
  const head = HEAD.replace('enableEgress: false', mesh);
  const { objects } = parseManifests([head, ...homes, ...egresses, more].join(''), 'p.yaml');
  const names = new Map(
    split.map(([namespace, serviceAccount]) => [`${namespace}/${serviceAccount}`, { namespace, serviceAccount }]),
  );
  const sources = [...names.values()];
  const world = createWorld(objects);
  const plan = planMigration(world, sources, { resolve, ...options });
  const own = (istio ?? []).map(([kind, spec], index): KubernetesObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name: `o${index}`, namespace: sources[0]!.namespace },
    ...{ spec },
  }));
  const after = istio
    ? createIstioWorld(own, {
        meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, pathNormalization: { normalization: 'NONE' } },
      })
    : worldAfter(world, plan, sources);
  return accountOf(plan, after, sources, { resolve });
}

const told = ({ source, change, reason }: Change) => `${source.namespace}/${source.serviceAccount} ${change} ${reason}`;
/** What is said of changes that are more than seen, each once. */
const reasons = ({ changes }: { readonly changes: readonly Change[] }) =>
  [...new Set(changes.filter(({ change }) => change !== 'seen').map(told))].sort();

const HTTP = 'ports: [{number: 80, protocol: http}]';
const HTTPS = 'ports: [{number: 443, protocol: https}]';
const TCP = 'ports: [{number: 443, protocol: tcp}]';
const bytes = (addresses: readonly string[] = [], port = 3306) =>
  [
    'ServiceEntry',
    {
      hosts: [`x${port}.test`],
      addresses,
      resolution: 'NONE',
      ports: [{ number: port, name: 'tcp', protocol: 'TCP' }],
    },
  ] as const;

const SERVICE = `
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 203.0.113.200, ports: [{name: http, port: 80}], selector: {app: web}}`;
const entry = (host: string, port: number) =>
  [
    'ServiceEntry',
    { hosts: [host], resolution: 'DNS', ports: [{ number: port, name: 'http', protocol: 'HTTP' }] },
  ] as const;

const at = (host: string, address: string | null = null, port = 80): Destination => ({
  host,
  address,
  port,
  cluster: 'c',
});
const ending = (destination: Destination | null, outcome: Partial<Outcome>) => ({
  outcome: { class: 'reached', httpStatus: null, delaySeconds: 0, ...outcome } as Outcome,
  destination,
  decidedBy: [],
  when: [],
});
const one = (word: VerdictWord, destination: Destination | null = null, outcome: Partial<Outcome> = {}): Verdict => ({
  verdict: word,
  ending: ending(destination, outcome),
  alternatives: [],
  assumptions: [],
  obstacles: [],
});
const many = (word: VerdictWord, endings: Verdict['alternatives'], ...codes: Obstacle['code'][]): Verdict => ({
  ...{ verdict: word, ending: null, alternatives: endings, assumptions: [] },
  obstacles: codes.map((code) => ({ code })) as Obstacle[],
});

describe('the account of a migration', () => {
  it('says of two verdicts what became of a request: what is not certain before and possible after is wider', () => {
    const yes = one('allowed', at('a.test'));
    const no = one('denied', null, { class: 'closed' });
    const maybe = many('unpredictable', [ending(at('a.test'), {}), ending(null, { class: 'closed' })]);
    const surely = many('unpredictable', [ending(at('a.test'), {}), ending(at('a.test'), { delaySeconds: 15 })]);
    const never = many('unpredictable', [ending(null, { class: 'closed' }), ending(null, { class: 'refused' })]);
    const ended = many('unknown', [], 'request-not-modelled');
    const endedOrNot = many('unknown', [ending(at('a.test'), {})], 'request-not-modelled');
    const unknown = many('unknown', [], 'connects-to-itself');
    const both = many('unknown', [], 'request-not-modelled', 'connects-to-itself');
    const mesh = one('allowed', at('a.test'), { class: 'mesh' });
    const rows: readonly (readonly [ChangeKind, was: Verdict, is: Verdict])[] = [
      ['wider', no, yes],
      ['wider', no, maybe],
      ['wider', never, maybe],
      ['wider', maybe, yes],
      ['wider', maybe, maybe],
      ['wider', maybe, surely],
      ['wider', ended, yes],
      ['wider', ended, maybe],
      ['wider', no, endedOrNot],
      ['wider', endedOrNot, yes],
      ['narrower', yes, no],
      ['narrower', surely, never],
      ['narrower', yes, maybe],
      ['narrower', yes, ended],
      ['narrower', maybe, no],
      ['narrower', maybe, ended],
      ['seen', no, no],
      ['seen', no, never],
      ['seen', no, ended],
      ['seen', ended, never],
      ['seen', yes, surely],
      ['seen', one('allowed', at('A.test')), yes],
      ['seen', one('allowed', at('a.test', '192.0.2.1')), one('allowed', at('b.test', '192.0.2.1'))],
      ['elsewhere', yes, one('allowed', at('b.test'))],
      ['elsewhere', yes, one('allowed', at('a.test', null, 81))],
      ['elsewhere', one('allowed', at('a.test', '192.0.2.1')), one('allowed', at('a.test', '192.0.2.2'))],
      ['elsewhere', yes, many('unpredictable', [ending(at('a.test'), {}), ending(at('b.test'), {})])],
      [
        'seen',
        many('unpredictable', [ending(at('b.test'), {}), ending(at('a.test'), {})]),
        many('unpredictable', [ending(at('a.test'), {}), ending(at('b.test'), {})]),
      ],
      // which may happen to be where the host is
      ['elsewhere', one('allowed', at('192.0.2.1', '192.0.2.1')), one('allowed', at('a.test', '192.0.2.1'))],
      ['seen', one('allowed', at('192.0.2.1', '192.0.2.1')), one('allowed', at('192.0.2.1', '192.0.2.1'))],
      ['elsewhere', one('allowed', at('192.0.2.1', '192.0.2.1')), one('allowed', at('192.0.2.1', '192.0.2.1', 81))],
      [
        'elsewhere',
        many('unpredictable', [ending(at('a.test', '192.0.2.1'), {}), ending(at('192.0.2.1', '192.0.2.1'), {})]),
        one('allowed', at('a.test', '192.0.2.1')),
      ],
      [
        'elsewhere',
        one('allowed', at('192.0.2.1', '192.0.2.1')),
        many('unpredictable', [ending(at('192.0.2.1', '192.0.2.1'), {}), ending(at('a.test', '192.0.2.1'), {})]),
      ],
      [
        'seen',
        one('allowed', { ...at('192.0.2.1', '192.0.2.1'), cluster: '192.0.2.1:80' }),
        one('allowed', at('a.test', '192.0.2.1')),
      ],
      ['unmodelled', unknown, yes],
      ['unmodelled', no, unknown],
      ['unmodelled', both, yes],
      ['in-mesh', mesh, no],
      ['in-mesh', yes, mesh],
    ];
    for (const [index, [kind, was, is]] of rows.entries()) assert.equal(kindOf(was, is), kind, `row ${index}`);
  });

  it('says of two verdicts why, also where only some of the ways in which a request may end tell it', () => {
    const listener = (sources: readonly FieldRef[], chains = 1) => ({
      listener: { filterChains: Array.from({ length: chains }, () => ({})), defaultFilterChain: { sources } },
    });
    const [entryRef, other] = ['x', 'y'].map((name): FieldRef => ({
      object: { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry', metadata: { name } },
      path: [],
    })) as [FieldRef, FieldRef];
    const reasonWith = (was: Verdict, is: Verdict, listeners: readonly object[], shared: boolean) =>
      reasonOf(was, is, { dataPlane: { listeners: { onPort: (port: number) => (port === 80 ? listeners : []) } } } as never, shared);
    const through = (cluster: string | null, decidedBy: readonly FieldRef[] = [], port = 80) => ({
      ...ending({ ...at('b.test', null, port), cluster }, {}),
      decidedBy,
    });
    const closed = ending(null, { class: 'closed' });
    const answer = ending(null, { class: 'http', httpStatus: 404 });
    const dialled = ending(at('192.0.2.1', '192.0.2.1'), {});
    const chance = (...endings: Verdict['alternatives']) => many('unknown', endings);
    const yes = one('allowed', at('a.test'));
    const no = one('denied', null, { class: 'closed' });
    const broken = many('denied', [closed, ending(null, { class: 'tls-error' })]);
    const gate = 'gw.gates.svc.cluster.local';
    const fallback = [listener([other]), listener([other, entryRef])];
    const rows: readonly (readonly [Reason, was: Verdict, is: Verdict, listeners?: readonly object[], shared?: true])[] = [
      ['silent-client', yes, chance(through('c'), ending(null, { class: 'stalled' }))],
      ['by-chance-before', many('unpredictable', [through('c'), closed]), yes],
      ['other-user', chance(through(null), closed), yes],
      ['other-user', chance(through(null), closed), many('unpredictable', [through('PassthroughCluster'), closed])],
      ['reads-http', chance(closed, dialled), one('denied', null, { class: 'http', httpStatus: 404 })],
      ['other', chance(closed, dialled), chance(answer, closed)],
      ['other', chance(closed, through('c')), one('denied', null, { class: 'http', httpStatus: 404 })],
      ['gateway', yes, many('allowed', [through('c'), through(`${gate} → b.test`)])],
      ['gateway', yes, one('allowed', { ...at('b.test'), cluster: gate })],
      ['other', yes, one('allowed', { ...at('b.test'), cluster: `b.test → ${gate}` })],
      ['other', yes, one('allowed', null)],
      ['other', no, one('allowed', { ...at('b.test'), cluster: gate })],
      ['allow-any', no, many('unpredictable', [through('PassthroughCluster'), closed])],
      ['other', yes, many('unpredictable', [through('PassthroughCluster'), closed])],
      ['tls-beside-tcp', broken, yes],
      ['other', many('denied', [closed, answer]), yes],
      ['falls-back', no, many('unpredictable', [through('c', [entryRef]), closed]), fallback],
      ['other', no, many('unpredictable', [through('c'), closed]), fallback],
      ['other', no, many('unpredictable', [through('c', [entryRef], 81), closed]), fallback],
      ['other', no, many('unpredictable', [through('c', [entryRef]), closed]), [listener([entryRef], 0), { listener: { filterChains: [{}] } }]],
      ['shared-namespace', no, yes, [], true],
      ['other', no, yes, []],
    ];
    for (const [index, [reason, was, is, listeners = fallback, shared = false]] of rows.entries())
      assert.equal(reasonWith(was, is, listeners, shared), reason, `row ${index}`);
  }); // prettier-ignore

  describe('says why, where that can be told', () => {
    const user = `
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: c, image: x, securityContext: {runAsUser: 1500}}]}`;
    const server = `
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, osm-proxy-uuid: x}}
spec: {serviceAccountName: server}
status: {podIP: 10.0.0.7}`;
    const apart = [
      'shop/web hosts: [a.test], ' + HTTPS,
      'shop/till hosts: [b.test], ' + HTTPS,
      'yard/web hosts: [b.test], ' + HTTPS,
    ];
    const rows: readonly (readonly [expected: readonly string[], policies: readonly string[], Options?])[] = [
      // whoever shares a namespace with others, and nobody else
      [['shop/till wider shared-namespace', 'shop/web wider shared-namespace'], apart, { identity: 'namespace' }],
      [['shop/till elsewhere gateway', 'shop/web elsewhere gateway'], apart, { identity: 'gateway' }],
      [['shop/web narrower silent-client', 'shop/web wider allow-any'], ['shop/web hosts: [a.test], ' + HTTP], { mesh: 'enableEgress: true' }],
      [['shop/web narrower silent-client', 'shop/web wider falls-back', 'shop/web wider tls-beside-tcp'], ['shop/web ' + TCP, 'shop/web hosts: [a.test], ports: [{number: 443, protocol: http}]']],
      [['shop/web narrower other-user', 'shop/web narrower silent-client'], ['shop/web hosts: [a.test], ' + HTTPS], { more: user }],
      [['shop/web narrower by-chance-before', 'shop/web narrower reads-http', 'shop/web narrower silent-client', 'shop/web elsewhere by-chance-before', 'shop/web wider by-chance-before'].sort(), ['shop/web ipAddresses: [0.0.0.0/0], ' + TCP, 'shop/web hosts: [a.test], ports: [{number: 443, protocol: http}]']],
      [['shop/web narrower no-words'], ['shop/web hosts: [a.test.], ' + HTTP]],
      [['shop/web narrower no-words'], ['shop/web hosts: [_a.test], ' + HTTPS]],
      // Envoy cannot resolve it: it never worked
      [[], ['shop/web hosts: ["*.a.test"], ' + HTTP]],
      [['shop/web in-mesh other', 'shop/web narrower reads-http', 'shop/web narrower silent-client'], ['shop/web ports: [{number: 80, protocol: tcp-server-first}]'], { more: SERVICE }],
      // what passed the sidecar by, and goes where the Host says now
      [['shop/web elsewhere other-user', 'shop/web narrower other-user', 'shop/web narrower silent-client'], ['shop/web hosts: [a.test], ' + HTTP], { more: user }],
      // OSM knows the Hosts of a service, and Istio looks at the Host alone
      [['shop/web in-mesh other', 'shop/web in-mesh service-address', 'shop/web wider service-address'], ['shop/web hosts: [a.test], ' + HTTP], { more: SERVICE + server, mesh: 'enablePermissiveTrafficPolicyMode: true' }],
      // what leads to the pod itself
      [[], ['shop/web hosts: [127.0.0.1], ' + HTTP]],
      // of resources that somebody else wrote, nobody knows why
      [['shop/web narrower other', 'shop/web wider other'], ['shop/web hosts: [a.test], ' + HTTPS], { istio: [bytes(['192.0.2.0/24'])] }],
      [['shop/web narrower no-words', 'shop/web wider other'], ['shop/web hosts: [a.test], ' + HTTPS, 'shop/web hosts: [_a.test], ' + HTTPS], { istio: [bytes(['192.0.2.0/24'])] }],
      [['shop/web narrower other', 'shop/web wider other'], ['shop/web hosts: [a.test], ' + HTTPS, 'shop/web hosts: ["*.a.test"], ' + HTTP], { istio: [bytes(['192.0.2.0/24'])] }],
      [['shop/till narrower other', 'shop/till wider shared-namespace', 'shop/web narrower other', 'shop/web wider shared-namespace', 'yard/web narrower other', 'yard/web wider other'], [apart[2]!, ...apart.slice(0, 2)], { istio: [bytes(['192.0.2.0/24'])], identity: 'namespace' }],
      [['shop/web narrower other', 'shop/web wider other'], ['shop/web hosts: [a.test], ' + HTTPS], { istio: [bytes()] }],
      [['shop/web narrower other', 'shop/web wider other'], ['shop/web hosts: [a.test], ' + HTTP], { istio: [entry('b.test', 80)] }],
      [['shop/web elsewhere other', 'shop/web narrower other', 'shop/web narrower reads-http', 'shop/web narrower silent-client', 'shop/web wider other'], ['shop/web ipAddresses: [192.0.2.10/32], ports: [{number: 80, protocol: tcp-server-first}]', 'shop/web ipAddresses: [198.51.100.0/24], ports: [{number: 80, protocol: tcp-server-first}]'], { istio: [entry('a.test', 80)] }],
      [['shop/web elsewhere other', 'shop/web narrower other', 'shop/web narrower reads-http', 'shop/web narrower silent-client'], ['shop/web ports: [{number: 80, protocol: tcp-server-first}]'], { istio: [entry('a.test', 80)] }],
      [['shop/web in-mesh service-address', 'shop/web narrower no-words', 'shop/web narrower silent-client', 'shop/web wider falls-back', 'shop/web wider tls-beside-tcp'], ['shop/web ' + TCP, 'shop/web hosts: [a.test], ports: [{number: 443, protocol: http}]', 'shop/web hosts: [_a.test], ports: [{number: 8443, protocol: https}]'], { more: SERVICE.replace('{name: http, port: 80}', '{name: tcp, port: 443}') }],
    ]; // prettier-ignore
    for (const [index, [expected, policies, options]] of rows.entries()) {
      it(`row ${index}: ${expected.join(', ') || 'nothing'}`, () => {
        const found = account(policies, options);
        assert.deepEqual(reasons(found), expected);
        assert.deepEqual(found.undecided, []);
        for (const change of found.changes) {
          const asked = `${told(change)} ${change.class.witness.command}`;
          if (change.change === 'seen') assert.match(change.reason, /^(other|silent-client|by-chance-before)$/, asked);
          if (change.reason === 'tls-beside-tcp') assert.match(asked, / https:/);
          assert.ok(Array.isArray(change.allowedBy), asked);
        }
      });
    }
  });

  it('has the gravest first, told once for each way in which it looks, with what lets it through', () => {
    const { changes } = account(['shop/web hosts: [a.test], ' + HTTPS, 'shop/till ' + HTTPS], {
      istio: [bytes(['192.0.2.0/24'])],
    });
    const web = changes.filter(({ source }) => source.serviceAccount === 'web');
    const order: readonly ChangeKind[] = ['wider', 'narrower', 'elsewhere', 'unmodelled', 'seen', 'in-mesh'];
    const ranks = web.map(({ change }) => order.indexOf(change));
    assert.deepEqual(ranks, [...ranks].sort());
    assert.deepEqual(
      web.map(({ change, kind, allowedBy }) =>
        [change, kind, allowedBy.map(({ object }) => object.kind)].flat().join(' '),
      ),
      [
        'wider starts ServiceEntry',
        'wider starts ServiceEntry',
        'narrower stops Egress',
        'seen fails ConfigMap',
        'seen fails ConfigMap',
      ],
    );
    const chance = account([
      'shop/web ipAddresses: [0.0.0.0/0], ' + TCP,
      'shop/web hosts: [a.test, b.test], ports: [{number: 443, protocol: http}]',
    ]);
    const inMesh = account(['shop/web hosts: [a.test], ' + HTTP], { more: SERVICE });
    const ownAddress =
      '\n---\n' +
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {serviceAccountName: web}\nstatus: {podIP: 10.0.0.7}';
    const itself = account(['shop/web hosts: [10.0.0.7], ports: [{number: 15001, protocol: http}]'], {
      more: ownAddress,
    });
    assert.ok(itself.changes.some(({ change }) => change === 'unmodelled'));
    for (const { changes: some } of [chance, inMesh, itself]) {
      const found = some.map(({ change }) => order.indexOf(change));
      assert.deepEqual(found, [...found].sort());
    }
    // where it moves, what OSM's policy lets through
    const moved = chance.changes.filter(({ change }) => change === 'elsewhere');
    assert.ok(moved.length > 0);
    for (const { allowedBy } of moved) assert.equal(allowedBy[0]?.object.kind, 'Egress');
    const { changes: seen } = account([
      'shop/web hosts: [a.test, b.test], ' + HTTP,
      'shop/web hosts: [a.test], ' + HTTPS,
    ]);
    const shape = ({ verdict, ending }: Verdict) =>
      `${verdict} ${ending?.outcome.class} ${ending?.outcome.httpStatus} ${ending?.outcome.delaySeconds}`;
    const shapes = seen.map(
      ({ before, after, class: { witness } }) => `${shape(before)}, ${shape(after)}, ${witness.http?.version}`,
    );
    assert.deepEqual([...new Set(shapes)], shapes);
  });

  it('names for each source what is too large to decide', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const hard = Array.from({ length: 40 }, (_, index) => {
      const path = `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`;
      return `{name: m${index}, pathRegex: '${path}', methods: [${index % 2 ? 'GET' : 'PUT'}]}`;
    });
    const matches = 'matches: [{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}]';
    const more = `
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: g, namespace: shop}
spec: {matches: [${hard.join()}]}`;
    const { undecided } = account([`shop/web hosts: [a.test], ${HTTP}, ${matches}`], { more });
    assert.deepEqual(
      undecided.map(({ source, dimension, port }) => [source.serviceAccount, dimension, port]),
      [['web', 'path', 80]],
    );
  }).timeout(60_000);

  it('leaves out what no request does: loopback, addresses that no host has; and the gateway’s own', () => {
    const closed = ['shop/web hosts: [a.test], ' + HTTPS];
    for (const range of ['127.0.0.0/16', '0.1.0.0/16', '0.128.0.0/16']) {
      const { changes } = account(closed, { istio: [bytes([range])] });
      assert.ok(!changes.some(({ change }) => change === 'wider'), range);
    }
    // a class that has more than these is told
    const isWider = ({ change }: Change) => change === 'wider';
    for (const ranges of [['0.0.0.0/0'], ['126.0.0.0/7'], ['0.1.0.0/16', '5.0.0.0/16']]) {
      const { changes } = account(closed, { istio: [bytes(ranges)] });
      assert.ok(changes.some(isWider), ranges.join());
    }
    for (const range of ['192.0.2.0/24', '0.1.0.0/16']) {
      const some = [`shop/web ipAddresses: [${range}], ports: [{number: 3306, protocol: tcp}]`];
      assert.ok(account(some, { istio: [bytes()] }).changes.some(isWider), range);
    }
    const service = `
---
apiVersion: v1
kind: Service
metadata: {name: gw, namespace: gates}
spec: {clusterIP: 203.0.113.77, selector: {istio: gw}, ports: [{name: tls, port: 443}, {name: more, port: 8443}]}`;
    const one = 'ipAddresses: [192.0.2.50/32], ports: [{number: 8443, protocol: https}]';
    const { changes } = account([`shop/web hosts: [a.test], ${one}`, 'shop/till hosts: [b.test], ' + HTTPS], {
      more: home('gates') + service,
      gateway: { namespace: 'gates', name: 'gw' },
    });
    assert.ok(!changes.some(({ class: { witness } }) => witness.dial.host === '203.0.113.77'));
    const moved = changes
      .filter(({ change }) => change === 'elsewhere')
      .map(({ class: { witness } }) => witness.dial.host);
    assert.deepEqual([...new Set(moved)].sort(), ['192.0.2.50', '203.0.113.254']);
  });

  it('says of hosts that fare alike one thing, wherever each of them led', () => {
    const { changes } = account([`shop/web hosts: [a.test, b.test], ${HTTP}`], { istio: [] });
    const narrower = changes.filter(({ change }) => change === 'narrower');
    const hosts = narrower.map(({ class: { constraints } }) =>
      constraints.flatMap(({ dimension, parts }) =>
        dimension === 'host' ? parts.flatMap(({ name, rest }) => (rest ? [] : [name])) : [],
      ),
    );
    assert.deepEqual([...new Set(hosts.map(String))], ['a.test,a.test:80,b.test,b.test:80']);
  });
});
