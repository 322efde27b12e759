import assert from 'node:assert/strict';
import type { Draft } from '../../../src/lib/analysis/allow/draft.js';
import { extendPolicies, rangeVariants } from '../../../src/lib/analysis/allow/moves/grants.js';
import { movesFrom } from '../../../src/lib/analysis/allow/moves/index.js';
import { repairListener, repairTwins } from '../../../src/lib/analysis/allow/moves/listener-repairs.js';
import { newPolicies } from '../../../src/lib/analysis/allow/moves/new-policy.js';
import { addSource, dropZeroRanges, repairPolicies } from '../../../src/lib/analysis/allow/moves/policy-repairs.js';
import { repairRoutes } from '../../../src/lib/analysis/allow/moves/route-repairs.js';
import { exactMatch, extendRoutes, isNameableMethod } from '../../../src/lib/analysis/allow/moves/routes.js';
import type { Situation } from '../../../src/lib/analysis/allow/situation.js';
import type { Egress, HTTPMatch, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import {
  MESH,
  account,
  egress,
  http,
  https,
  meshConfig,
  namespaceObject,
  routeGroup,
  routesRef,
  settingRef,
  situation,
  tcp,
  told,
} from './support.js';

type Spec = Partial<Egress['spec']>;
type Step = (situation: Situation) => Draft[];
interface Row {
  readonly name: string;
  readonly objects: readonly Resource[];
  readonly command: string;
  readonly drafts: readonly string[];
  /** Addresses of every name; none: not known. */
  readonly at?: readonly string[];
  readonly mesh?: readonly Resource[];
}

/** What a step tries: each draft once, in the order in which they come. */
function check(step: Step, rows: readonly Row[]): void {
  for (const { name, objects, command, drafts, at = ['192.0.2.1', '192.0.2.2'], mesh = MESH } of rows) {
    const options = { resolve: at.length > 0 ? () => [...at] : () => undefined };
    const found = told(step(situation([...mesh, ...objects], command, options)));
    assert.deepEqual([...new Set(found)], drafts, name);
  }
}

const A = 'a +sources {kind:ServiceAccount,name:curl,namespace:curl}';
const others = [account('other')];
const setting: Resource = {
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'UpstreamTrafficSetting',
  metadata: { name: 'there', namespace: 'curl' },
  spec: { host: 'x.org' },
};

describe('single steps towards a change', () => {
  it('a listener that Envoy refuses: one of two gives up what both have, its port or the source; what is wrong by itself goes', () => {
    const shared = (host: string) => [
      egress('a', { hosts: [host, 'y.org'], ports: [https()] }),
      egress('b', { sources: [account(), account('other')], hosts: ['X.org', 'z.org'], ports: [https(), http()] }),
    ];
    const ranges = [
      egress('a', { ipAddresses: ['10.0.0.0/8', '11.0.0.0/8'], ports: [tcp(9)] }),
      egress('b', { ipAddresses: ['10.0.0.1/8', 'x'], ports: [tcp(9)] }),
    ];
    check(repairListener, [
      { name: 'accepted', objects: shared('x.com'), command: 'https://q.org/', drafts: [] },
      {
        name: 'a host of two',
        objects: shared('x.org'),
        command: 'https://q.org/',
        drafts: [
          'repair-listener -1: b -hosts.0',
          'repair-listener -1: b -ports.0',
          'repair-listener -1: b -sources.0',
          'repair-listener -1: a -hosts.0',
          'repair-listener -1: a ports = []',
          'repair-listener -1: a sources = []',
        ],
      },
      {
        name: 'a range of two; without one that counts every address would do',
        objects: ranges,
        command: 'tcp://192.0.2.1:9',
        drafts: [
          'repair-listener -1: b ports = []',
          'repair-listener -1: b sources = []',
          'repair-listener -1: a -ipAddresses.0',
          'repair-listener -1: a ports = []',
          'repair-listener -1: a sources = []',
        ],
      },
      {
        name: 'a host of which a policy has no other; without one any would do',
        objects: [egress('a', { hosts: ['x.org', 'y.org'], ports: [https()] }), egress('b', { hosts: ['x.org'], ports: [https()] })],
        command: 'https://q.org/',
        drafts: [
          'repair-listener -1: b ports = []',
          'repair-listener -1: b sources = []',
          'repair-listener -1: a -hosts.0',
          'repair-listener -1: a ports = []',
          'repair-listener -1: a sources = []',
        ],
      },
      {
        name: 'a wildcard without its dot, one that is there with it, and one that none can be',
        objects: [egress('a', { hosts: ['*x.org', 'y.*', '*.x.org', '*w.org'], ports: [https()] })],
        command: 'https://q.org/',
        drafts: [
          'repair-listener -1: a -hosts.0; a -hosts.1; a hosts.3 = *.w.org',
          'repair-listener -3: a -hosts.0; a -hosts.1; a -hosts.3',
        ],
      },
      {
        name: 'any server name beside another policy with a wildcard',
        objects: [egress('a', { hosts: ['*'], ports: [https()] }), egress('b', { hosts: ['*w.org', 'a.org'], ports: [https()] })],
        command: 'https://q.org/',
        drafts: ['repair-listener: a hosts = []; b hosts.0 = *.w.org', 'repair-listener -1: a hosts = []; b -hosts.0'],
      },
      {
        name: 'a wildcard that no server name has, and no other host: without hosts any would do, so the ports go',
        objects: [egress('a', { hosts: ['api.*'], ports: [http(), https(), https(8443)] })],
        command: 'https://q.org/',
        drafts: ['repair-listener -2: a -ports.1; a -ports.2'],
      },
      {
        name: 'one that was meant for the server name that is asked for',
        objects: [egress('a', { hosts: ['api.*'], ports: [https()] })],
        command: 'https://API.org/',
        drafts: ['repair-listener -1: a hosts.0 = api.org'],
      },
      {
        name: 'of a request without a server name nothing is known that could be meant',
        objects: [egress('a', { hosts: ['api.*'], ports: [https()] })],
        command: 'http://api.org:443/',
        drafts: ['repair-listener -1: a ports = []'],
      },
      {
        name: 'one wildcard in both its notations, in one policy and in two',
        objects: [
          egress('a', { hosts: ['*.x.org', 'y.org', '.X.org'], ports: [https()] }),
          egress('b', { hosts: ['z.org', '.x.org'], ports: [https()] }),
        ],
        command: 'https://q.org/',
        drafts: [
          'repair-listener -1: a -hosts.2; b -hosts.1',
          'repair-listener -1: a -hosts.2; b ports = []',
          'repair-listener -1: a -hosts.2; b sources = []',
          'repair-listener -1: a -hosts.0; a -hosts.2',
          'repair-listener -1: a ports = []; a -hosts.2',
          'repair-listener -1: a sources = []; a -hosts.2',
        ],
      },
      {
        name: 'ranges in the notation of IPv6, some of them of IPv4',
        objects: [
          egress('a', { ipAddresses: ['10.0.0.0/8', '::ffff:10.0.0.0/8', '2001:db8::1.2.3.4/64'], ports: [tcp(9)] }),
          egress('b', { ipAddresses: ['11.0.0.0/8', '2001:DB8::/64'], ports: [tcp(9)] }),
        ],
        command: 'tcp://192.0.2.1:9',
        drafts: [
          'repair-listener -1: a -ipAddresses.1; b -ipAddresses.1',
          'repair-listener -1: a -ipAddresses.1; b ports = []',
          'repair-listener -1: a -ipAddresses.1; b sources = []',
          'repair-listener -1: a -ipAddresses.1; a -ipAddresses.2',
          'repair-listener -1: a ports = []; a -ipAddresses.1',
          'repair-listener -1: a sources = []; a -ipAddresses.1',
        ],
      },
      {
        name: 'a host and a range twice, and ranges that do not parse, which are none',
        objects: [egress('a', { hosts: ['x.org', 'y.org', 'X.org'], ipAddresses: ['10.0.0.0/8', 'x', 'x', '10.0.0.1/8'], ports: [https()] })],
        command: 'https://q.org/',
        drafts: ['repair-listener: a -hosts.2; a -ipAddresses.3'],
      },
    ]);
  }); // prettier-ignore

  it('a listener of which more than one thing is wrong, or what no policy can mend', () => {
    const permissive = [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl')];
    const service = (name: string, more: object = {}): Resource => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'curl' },
      spec: { clusterIP: '10.0.0.5', ports: [{ name: 'tcp-x', port: 9 }], ...more },
    });
    const endpoints = (name: string, ...ports: number[]): Resource => ({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, namespace: 'curl' },
      subsets: [{ addresses: [{ ip: '10.9.0.1' }], ports: ports.map((port) => ({ name: 'tcp-x', port })) }],
    });
    const split: Resource = {
      apiVersion: 'split.smi-spec.io/v1alpha2',
      kind: 'TrafficSplit',
      metadata: { name: 'split', namespace: 'curl' },
      spec: { service: 'root', backends: [{ service: 'one', weight: 1 }, { service: 'two', weight: 0 }] },
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'curl', labels: { app: 'p' } }, spec: { serviceAccountName: 'curl', containers: [] } } as unknown as Resource;
    const q = 'https://q.org/';
    const b = egress('b', { hosts: ['x.org'], ports: [https()] });
    check(repairListener, [
      {
        name: 'stars in other places say nothing of a domain',
        objects: [egress('a', { hosts: ['x.*.org', '*y*', 'z.org'], ports: [https()] })],
        command: q,
        drafts: ['repair-listener -2: a -hosts.0; a -hosts.1'],
      },
      {
        name: 'any name beside a star that no name has: not any name',
        objects: [egress('a', { hosts: ['*', 'api.*'], ports: [https()] })],
        command: q,
        drafts: ['repair-listener -2: a ports = []; a -hosts.0'],
      },
      {
        name: 'ranges, with hosts that tcp does not look at',
        objects: [egress('a', { hosts: ['q.org'], ipAddresses: ['10.0.0.0/8', '11.0.0.0/8'], ports: [tcp(9)] }), egress('b', { ipAddresses: ['10.0.0.0/8'], ports: [tcp(9)] })],
        command: 'tcp://192.0.2.1:9',
        drafts: [
          'repair-listener -1: b ports = []',
          'repair-listener -1: b sources = []',
          'repair-listener -1: a -ipAddresses.0',
          'repair-listener -1: a ports = []',
          'repair-listener -1: a sources = []',
        ],
      },
      {
        name: 'the only host of both, in a range that is not the only one',
        objects: [egress('a', { hosts: ['x.org'], ipAddresses: ['11.0.0.0/8', '10.0.0.0/8'], ports: [https()] }), egress('b', { hosts: ['x.org'], ipAddresses: ['10.0.0.0/8', 'x'], ports: [https()] })],
        command: q,
        drafts: [
          'repair-listener -1: b ports = []',
          'repair-listener -1: b sources = []',
          'repair-listener -1: a -ipAddresses.1',
          'repair-listener -1: a ports = []',
          'repair-listener -1: a sources = []',
        ],
      },
      {
        name: 'a port that is listed twice, and sources of which only one is the source',
        objects: [
          b,
          egress('c', {
            sources: [account('curl', 'far'), { kind: 'Group', name: 'curl', namespace: 'curl' }, account('other'), account()],
            hosts: ['x.org', 'y.org'],
            ports: [https(), http(), https()],
          }),
        ],
        command: q,
        drafts: [
          'repair-listener -1: c -hosts.0',
          'repair-listener -1: c -ports.0; c -ports.2',
          'repair-listener -1: c -sources.3',
          'repair-listener -1: b ports = []',
          'repair-listener -1: b sources = []',
        ],
      },
      {
        name: 'a service, which does not give way, beside two policies',
        mesh: permissive,
        objects: [service('web'), egress('a', { ipAddresses: ['10.0.0.5/32', '10.1.0.0/16'], ports: [tcp(9)] }), b, egress('c', { hosts: ['x.org', 'y.org'], ports: [https()] })],
        command: q,
        drafts: [
          'repair-listener -2: a -ipAddresses.0; c -hosts.0',
          'repair-listener -2: a ports = []; c ports = []',
          'repair-listener -2: a sources = []; c sources = []',
          'repair-listener -2: a -ipAddresses.0; b ports = []',
          'repair-listener -2: a ports = []; b ports = []',
          'repair-listener -2: a sources = []; b sources = []',
        ],
      },
      { name: 'two services', mesh: permissive, objects: [service('web'), service('web2'), b], command: q, drafts: [] },
      {
        name: 'a TrafficSplit without weight',
        mesh: permissive,
        objects: [service('root'), ...['one', 'two'].flatMap((name, at) => [service(name, { clusterIP: `10.0.0.${at + 6}` }), endpoints(name, 9)]), endpoints('root', 9), split, b],
        command: q,
        drafts: [],
      },
      {
        name: 'a port of the pod that is not known',
        mesh: permissive,
        objects: [pod, service('own', { selector: { app: 'p' } }), endpoints('own'), b],
        command: q,
        drafts: [],
      },
    ]);
    const refusals = (...objects: Resource[]) => situation([...permissive, ...objects, b], q).simulation.listenerRefusals.map(({ code }) => code);
    assert.deepEqual(refusals(pod, service('own', { selector: { app: 'p' } }), endpoints('own')), ['own-port-unknown']);
    const backends = ['one', 'two'].flatMap((name, at) => [service(name, { clusterIP: `10.0.0.${at + 6}` }), endpoints(name, 9)]);
    assert.deepEqual(refusals(service('web'), service('web2')), ['duplicate-match']);
    assert.deepEqual(refusals(service('root'), endpoints('root', 9), ...backends, split), ['zero-weight']);
  }); // prettier-ignore

  it('as many things that are wrong as there is time for', () => {
    const wild = (count: number) => egress('a', { hosts: ['q.org', ...Array.from({ length: count }, (_, at) => `*${at}.org`)], ports: [https()] });
    const bad = (count: number) => [egress('a', { hosts: ['q.org'], ports: [http()], matches: [routesRef('g')] }), routeGroup('g', Array.from({ length: count }, (_, at) => ({ name: `m${at}`, pathRegex: `(${at}` })))];
    for (const [count, settled] of [[59, true], [60, false]] as const) {
      assert.equal(repairListener(situation([...MESH, wild(count)], 'https://q.org/')).length > 0, settled, `${count} names`);
      assert.equal(repairRoutes(situation([...MESH, ...bad(count)], 'http://q.org/')).length > 0, settled, `${count} routes`);
    }
  }); // prettier-ignore

  it('of two policies that say the same, one says a thing twice', () => {
    const twins = [
      egress('a', { hosts: ['x.org'], ports: [https()] }),
      // what is there twice cancels itself out
      egress('b', { hosts: ['x.org', 'y.org', 'y.org'], ports: [https()] }),
    ];
    const found = repairTwins(situation([...MESH, ...twins], 'https://q.org/'));
    assert.deepEqual(told(found), ['repair-listener: b -hosts.2']);
    const options = { newPolicy: { namespace: 'curl', name: undefined, exact: false }, editable: () => true };
    assert.deepEqual(told(movesFrom(situation([...MESH, ...twins], 'https://q.org/'), options)), told(found));
    assert.deepEqual(told(repairTwins(situation([...MESH, twins[0]!], 'https://q.org/'))), []);
  });

  it('routes that Envoy refuses', () => {
    const g = (match: Omit<HTTPMatch, 'name'>) => [
      egress('a', { hosts: ['x.org'], ports: [http()], matches: [routesRef('g')] }),
      routeGroup('g', [{ name: 'ok', pathRegex: '/' }, { name: 'bad', ...match }]),
    ];
    const within = (spec: Spec) => [egress('a', { hosts: ['x.org'], ports: [http()], ...spec })];
    const incoming: Resource[] = [
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'curl', labels: { app: 'p' } }, spec: { serviceAccountName: 'curl', containers: [] } } as unknown as Resource,
          { apiVersion: 'v1', kind: 'Service', metadata: { name: 'own', namespace: 'curl' }, spec: { clusterIP: '10.0.0.5', selector: { app: 'p' }, ports: [{ name: 'http', port: 80 }] } },
          { apiVersion: 'access.smi-spec.io/v1alpha3', kind: 'TrafficTarget', metadata: { name: 't', namespace: 'curl' }, spec: { destination: account(), rules: [{ kind: 'HTTPRouteGroup', name: 'in', matches: ['bad'] }], sources: [account('other')] } },
          routeGroup('in', [{ name: 'bad', pathRegex: '(' }]),
      { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'own', namespace: 'curl' }, subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports: [{ name: 'http', port: 8080 }] }] },
          ...within({}),
    ];
    const weightless: Resource[] = [
          ...['root', 'one'].flatMap((name, at): Resource[] => [
            { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'curl' }, spec: { clusterIP: `10.0.0.${at + 5}`, ports: [{ name: 'http', port: 80 }] } },
            { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'curl' }, subsets: [{ addresses: [{ ip: '10.9.0.1' }], ports: [{ name: 'http', port: 80 }] }] },
          ]),
          { apiVersion: 'split.smi-spec.io/v1alpha2', kind: 'TrafficSplit', metadata: { name: 's', namespace: 'curl' }, spec: { service: 'root', backends: [{ service: 'one', weight: 0 }] } },
          ...within({}),
    ];
    const permissive = [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl')];
    const refusals = (objects: readonly Resource[]) => [...new Set([...situation(objects, 'http://x.org/').simulation.routeRefusals.values()].flat().map(({ code, leads }) => `${code} ${leads}`))];
    assert.deepEqual([refusals([...MESH, ...incoming]), refusals([...permissive, ...weightless])], [['regex in'], ['undecodable undefined']]);
    check(repairRoutes, [
      { name: 'accepted', objects: within({}), command: 'http://x.org/', drafts: [] },
      {
        name: 'a host of two policies',
        objects: [
          egress('a', { hosts: ['x.org', 'y.org'], ports: [http()] }),
          egress('b', { sources: [account(), account('other')], hosts: ['x.org', 'z.org'], ports: [http(), https(), http(8080)] }),
        ],
        command: 'http://x.org/',
        drafts: [
          'repair-routes -1: b -hosts.0',
          'repair-routes -1: b -ports.0',
          'repair-routes -1: b -sources.0',
          'repair-routes -1: a -hosts.0',
          'repair-routes -1: a ports = []',
          'repair-routes -1: a sources = []',
        ],
      },
      {
        name: 'the only host of a policy: the port goes, as without hosts there is nothing',
        objects: [egress('a', { hosts: ['x.org', 'y.org'], ports: [http()] }), egress('b', { hosts: ['x.org'], ports: [https(), http()] })],
        command: 'http://x.org/',
        drafts: [
          'repair-routes -1: b -ports.1',
          'repair-routes -1: b sources = []',
          'repair-routes -1: a -hosts.0',
          'repair-routes -1: a ports = []',
          'repair-routes -1: a sources = []',
        ],
      },
      { name: 'a host with its port, first', objects: within({ hosts: ['x.org:80', 'x.org'] }), command: 'http://x.org/', drafts: ['repair-routes: a -hosts.0'] },
      { name: 'a host with its port, last', objects: within({ hosts: ['y.org', 'x.org', 'x.org:80'] }), command: 'http://x.org/', drafts: ['repair-routes: a -hosts.2'] },
      { name: 'a host twice, in capitals', objects: within({ hosts: ['X.org', 'y.org', 'x.org'] }), command: 'http://x.org/', drafts: ['repair-routes: a -hosts.2'] },
      {
        name: 'the source twice',
        objects: within({ sources: [account('other'), account(), account('curl', 'far'), account()] }),
        command: 'http://x.org/',
        drafts: ['repair-routes: a -sources.3'],
      },
      { name: 'a port twice', objects: within({ ports: [http(8080), http(), https(80), http()] }), command: 'http://x.org/', drafts: ['repair-routes: a -ports.3'] },
      { name: 'a port in capitals, which has routes', objects: within({ ports: [http(), { number: 80, protocol: 'HTTP' }] }), command: 'http://x.org/', drafts: ['repair-routes: a -ports.1'] },
      {
        name: 'the source beside others of its name',
        objects: within({ sources: [{ kind: 'Group', name: 'curl', namespace: 'curl' }, account(), account()] }),
        command: 'http://x.org/',
        drafts: ['repair-routes: a -sources.2'],
      },
      {
        name: 'who comes in',
        objects: incoming,
        command: 'http://x.org/',
        drafts: [],
      },
      {
        name: 'a TrafficSplit that weighs nothing',
        mesh: [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl')],
        objects: weightless,
        command: 'http://x.org/',
        drafts: [],
      },
      {
        name: 'the name of two services',
        mesh: [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl'), namespaceObject('web')],
        objects: [
          ...['curl', 'web'].map((namespace, at): Resource => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: at === 0 ? 'a.web' : 'a', namespace }, spec: { clusterIP: `10.0.0.${at + 5}`, ports: [{ name: 'http', port: 80 }] } })),
          ...within({}),
        ],
        command: 'http://x.org/',
        drafts: [],
      },
      {
        name: 'a host that cannot be sent, beside another one',
        objects: within({ hosts: ['x.org', 'y\n'] }),
        command: 'http://x.org/',
        drafts: ['repair-routes -1: a -hosts.1', 'repair-routes -1: a ports = []', 'repair-routes -1: a sources = []'],
      },
      {
        name: 'and the only one: without hosts https would take any',
        objects: within({ hosts: ['y\n'], ports: [http(), https()] }),
        command: 'http://x.org/',
        drafts: ['repair-routes -1: a -ports.0', 'repair-routes -1: a sources = []'],
      },
      { name: 'a path', objects: g({ pathRegex: '(' }), command: 'http://x.org/', drafts: ['repair-routes -1: g -matches.1'] },
      { name: 'a header', objects: g({ headers: [{ 'x-a': '(' }] }), command: 'http://x.org/', drafts: ['repair-routes -1: g -matches.1'] },
    ]);
  }); // prettier-ignore

  it('policies that have no effect on the port', () => {
    const a = (spec: Spec) => [egress('a', { hosts: ['x.org'], ...spec })];
    check(repairPolicies, [
      {
        name: 'protocols that there are not: small letters take nothing away',
        objects: a({ ports: [{ number: 443, protocol: 'mysql' }, https(8443), { number: 443, protocol: 'HTTPS' }, { number: 80, protocol: 'HTTP' }] }),
        command: 'https://x.org/',
        drafts: [
          'replace-protocol -1: a ports.0.protocol = https',
          'replace-protocol -1 (nothing-else-works): a ports.0.protocol = tcp',
          'lower-case-protocol: a ports.2.protocol = https',
          'replace-protocol -1 (nothing-else-works): a ports.2.protocol = tcp',
        ],
      },
      {
        name: 'a setting that is missing, and all that the policy refers to',
        objects: a({ ports: [http()], matches: [settingRef('gone')] }),
        command: 'http://x.org/',
        drafts: ['drop-missing-upstream-traffic-setting: a -matches'],
      },
      { name: 'no scheme at the beginning', objects: a({ hosts: ['1http://x.org'], ports: [http()] }), command: 'http://1x.org/', drafts: [] },
      { name: 'a host in capitals', objects: a({ hosts: ['http://x.org'], ports: [http()] }), command: "curl -H 'Host: X.ORG' http://192.0.2.1/", drafts: ['repair-host: a hosts.0 = X.ORG'] },
      {
        name: 'hosts that are written with more than a host',
        objects: a({ hosts: ['x:8.org', '1http://x.org', 'HTTP://x.org', 'x.org:80', 'x.org/a?b', 'x.org.', 'y.org:80', 'X.org', 'http://X.org:80/a', 'a://b://x.org', 'x.org:80:80'], ports: [http()] }),
        command: 'http://x.org/',
        drafts: [2, 3, 4, 5, 8].map((index) => `repair-host: a hosts.${index} = x.org`),
      },
      { name: 'no host at all', objects: a({ hosts: ['x.org.'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
      {
        name: 'settings that are not there',
        objects: [setting, ...a({ ports: [http()], matches: [settingRef('there'), settingRef('gone'), routesRef('g')] })],
        command: 'http://x.org/',
        drafts: ['drop-missing-upstream-traffic-setting: a -matches.1'],
      },
      { name: 'of another port', objects: a({ hosts: ['x.org:80'], ports: [http(8080)], matches: [settingRef('gone')] }), command: 'http://x.org/', drafts: [] },
      { name: 'one of several ports', objects: a({ hosts: ['x.org:80'], ports: [http(8080), http()] }), command: 'http://x.org/', drafts: ['repair-host: a hosts.0 = x.org'] },
    ]);
  }); // prettier-ignore

  it('policies of other sources that would let the request through', () => {
    const b = (spec: Spec, namespace?: string) => [egress('a', { sources: others, hosts: ['x.org'], ports: [https()], ...spec }, namespace)];
    const added = [`add-source: ${A}`];
    const command = 'https://x.org/';
    check(addSource, [
      { name: 'as it is', objects: b({}), command, drafts: added },
      { name: 'by a wildcard', objects: b({ hosts: ['q.org', '*.org'] }), command, drafts: added },
      { name: 'by a wildcard in its other notation', objects: b({ hosts: ['.org'] }), command, drafts: added },
      { name: 'by a wildcard of http only', objects: b({ hosts: ['x.*'] }), command, drafts: [] },
      { name: 'for http by any wildcard', objects: b({ hosts: ['x.*'], ports: [http()] }), command: 'http://x.org/', drafts: added },
      { name: 'for http by one of https only', objects: b({ hosts: ['.org'], ports: [http()] }), command: 'http://x.org/', drafts: [] },
      { name: 'of another host', objects: b({ hosts: ['y.org'] }), command, drafts: [] },
      { name: 'of another port', objects: b({ ports: [https(8443)] }), command, drafts: [] },
      { name: 'of the namespace that goes without saying, which is not in the mesh', objects: [namespaceObject('default', null), { ...b({})[0]!, metadata: { name: 'a' } }], command, drafts: [] },
      { name: 'of another range', objects: b({ ipAddresses: ['192.0.2.1/32'] }), command, drafts: [] },
      { name: 'of a range that holds both addresses', objects: b({ ipAddresses: ['192.0.2.0/24'] }), command, drafts: added },
      { name: 'of a namespace that is not in the mesh', objects: [namespaceObject('out', null), ...b({}, 'out')], command, drafts: [] },
      { name: 'its own', objects: b({ sources: [account()] }), command, drafts: [] },
      { name: 'tcp in its place', objects: b({ ports: [tcp(443)] }), command, drafts: [`add-source (nothing-else-works): ${A}`] },
      { name: 'tcp with a range', objects: b({ ipAddresses: ['192.0.2.0/24'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: added },
      { name: 'tcp to another range', objects: b({ ipAddresses: ['10.0.0.0/8'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
      { name: 'tcp to any address', objects: b({ ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
      { name: 'tcp to a range that does not parse, and so to any address', objects: b({ ipAddresses: ['x'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
      { name: 'tcp to a range of IPv6', objects: b({ ipAddresses: ['2001:db8::1.2.3.4/96'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
      { name: 'tcp to one of IPv4 in its notation', objects: b({ ipAddresses: ['::ffff:192.0.2.0/24'], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: added },
      { name: 'tcp to no range', objects: b({ ipAddresses: [], ports: [tcp(9)] }), command: 'tcp://x.org:9', drafts: [] },
    ]);
    const crowd = Array.from({ length: 22 }, (_, index) => egress(`e${index}`, { sources: others, hosts: ['x.org'], ports: [https()] }));
    assert.equal(addSource(situation([...MESH, ...crowd], command)).length, 20, 'more of them would be more of the same');
  }); // prettier-ignore

  it('0.0.0.0/0 is any address: all policies of the port together, then one by one', () => {
    const a = egress('a', { ipAddresses: ['10.0.0.0/8', '0.0.0.0/0'], ports: [tcp(8), tcp(9)] });
    const b = egress('b', { ipAddresses: ['0.0.0.0/0'], ports: [tcp(9)] });
    const c = egress('c', { ipAddresses: ['0.0.0.0/0'], ports: [tcp(10)] });
    const d = egress('d', { ipAddresses: ['10.0.0.0/8'], ports: [tcp(9)] });
    const command = 'tcp://192.0.2.1:9';
    const alone = 'drop-zero-range: a -ipAddresses';
    const both = 'drop-zero-range: a -ipAddresses; b -ipAddresses';
    check(dropZeroRanges, [
      { name: 'two', objects: [a, b, c, d], command, drafts: [both, alone, 'drop-zero-range: b -ipAddresses'] },
      { name: 'one', objects: [a, c, d], command, drafts: [alone] },
      { name: 'none', objects: [c, d], command, drafts: [] },
    ]);
    assert.equal(dropZeroRanges(situation([...MESH, a], command)).length, 1);
  });

  it('one more entry in a policy of the source', () => {
    const e = (name: string, spec: Spec, command: string, ...drafts: string[]): Row => ({ name, objects: [egress('a', spec)], command, drafts });
    const x = { hosts: ['x.org'] };
    const y = { hosts: ['y.org'] };
    const [host, range] = ['extend-policy: a +hosts x.org', 'extend-policy: a +ipAddresses 192.0.2.1/32 192.0.2.2/32'];
    const port = (number: number, protocol: string, why = '') => `extend-policy${why}: a +ports {number:${number},protocol:${protocol}}`;
    const INSTEAD = ' (nothing-else-works)';
    const unknown: readonly string[] = [];
    check(extendPolicies, [
      e('http: another host', { ...y, ports: [http()] }, 'http://x.org/', host),
      e('http: no host', { ports: [http()] }, 'http://x.org/', 'extend-policy: a hosts = [x.org]'),
      e('http: another port', { hosts: ['X.org'], ports: [http(8080)] }, 'http://x.org/', port(80, 'http'), port(80, 'tcp', INSTEAD)),
      e('http: neither', { ...y, ports: [http(8080)] }, 'http://x.org/'),
      e('http: both', { ...x, ports: [http()] }, 'http://x.org/', port(80, 'tcp', INSTEAD)),
      e('https: another host', { ...y, ports: [https()] }, 'https://x.org/', host),
      e('https: one of two addresses', { ...x, ipAddresses: ['192.0.2.1/32'], ports: [https()] }, 'https://x.org/', 'extend-policy: a +ipAddresses 192.0.2.2/32'),
      e('https: host and range', { ...y, ipAddresses: ['10.0.0.0/8'], ports: [https()] }, 'https://x.org/', 'extend-policy: a +hosts x.org; a +ipAddresses 192.0.2.1/32 192.0.2.2/32'),
      e('https: all of it', { ...x, ports: [https()] }, 'https://x.org/', port(443, 'tcp', INSTEAD)),
      e('tcp: all of it', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(9)] }, 'tcp://x.org:9', port(9, 'tcp-server-first')),
      e('http: both, in capitals', { ...x, ports: [http()] }, 'http://X.ORG/', port(80, 'tcp', INSTEAD)),
      { ...e('https: a port of the range for one address', { ...y, ipAddresses: ['192.0.2.0/24'], ports: [https(8443)] }, 'https://x.org/', port(443, 'https'), port(443, 'tcp', INSTEAD)), at: ['192.0.2.1'] },
      { ...e('tcp: a port of the range for one address', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(10)] }, 'tcp://x.org:9', port(9, 'tcp'), port(9, 'tcp-server-first')), at: ['192.0.2.1'] },
      e('https: any host of another range', { ipAddresses: ['10.0.0.0/8'], ports: [https()] }, 'https://x.org/', range),
      e('https: a port of the host', { hosts: ['q.com', '*.org'], ports: [https(8443)] }, 'https://x.org/', port(443, 'https')),
      e('https: a port of the wildcard in its other notation', { hosts: ['.org'], ports: [https(8443)] }, 'https://x.org/', port(443, 'https')),
      e('https: no port of a wildcard that no server name has', { hosts: ['x.*'], ports: [http(8080)] }, 'https://x.org/'),
      e('https: a range beside one of IPv6', { ...x, ipAddresses: ['2001:db8::1.2.3.4/96'], ports: [https()] }, 'https://x.org/', range),
      e('https: a port of the range', { ...y, ipAddresses: ['192.0.2.0/24'], ports: [https(8443)] }, 'https://x.org/', port(443, 'https'), port(443, 'tcp', INSTEAD)),
      e('https: a port of half the range', { ...y, ipAddresses: ['192.0.2.1/32'], ports: [https(8443)] }, 'https://x.org/'),
      e('https: a port of another host', { ...y, ports: [https(8443)] }, 'https://x.org/'),
      { ...e('https: nobody knows the address', { ...y, ipAddresses: ['192.0.2.0/24'], ports: [https(8443)] }, 'https://x.org/'), at: unknown },
      e('https: no server name', { ipAddresses: ['10.0.0.0/8'], ports: [https()] }, 'https://192.0.2.1/', 'extend-policy: a +ipAddresses 192.0.2.1/32'),
      e('https: no server name, where one is asked for', { ...x, ipAddresses: ['10.0.0.0/8'], ports: [https()] }, 'https://192.0.2.1/'),
      e('https: no server name, no port', { ...x, ports: [https(8443)] }, 'https://192.0.2.1/'),
      e('tcp: a port of the range', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(10)] }, 'tcp://x.org:9', port(9, 'tcp'), port(9, 'tcp-server-first')),
      e('tcp: a port of the host', { ...x, ports: [tcp(10)] }, 'tcp://x.org:9', port(9, 'tcp'), port(9, 'tcp-server-first')),
      e('tcp: a port of any address', { ports: [tcp(10)] }, 'tcp://x.org:9'),
      e('tcp: a port of the host in another range', { ...x, ipAddresses: ['10.0.0.0/8'], ports: [tcp(10)] }, 'tcp://x.org:9'),
      e('tcp: the other address', { ipAddresses: ['192.0.2.2/32'], ports: [tcp(9)] }, 'tcp://x.org:9', 'extend-policy: a +ipAddresses 192.0.2.1/32'),
      { ...e('tcp: nobody knows the address', { ipAddresses: ['192.0.2.2/32'], ports: [tcp(9)] }, 'tcp://x.org:9'), at: unknown },
      { ...e('tcp: nobody knows the address, a port of a range', { ipAddresses: ['192.0.2.2/32'], ports: [tcp(10)] }, 'tcp://x.org:9'), at: unknown },
      e('the server speaks first', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(10)] }, 'tcp://x.org:9 --server-first', port(9, 'tcp-server-first'), port(9, 'tcp')),
    ]);
  }); // prettier-ignore

  it('of many policies those that name host or port, the smallest first, and no more than forty', () => {
    const command = 'http://x.org/';
    const policies = (count: number, spec: (index: number) => Spec) =>
      Array.from({ length: count }, (_, index) => egress(`e${index}`, spec(index)));
    const changed = (objects: Egress[]) =>
      extendPolicies(situation([...MESH, ...objects], command)).map(({ originals }) => [...originals.values()][0]!.metadata.name);
    const strangers = policies(38, () => ({ hosts: ['y.org'], ports: [http(8080)] }));
    const ofHost = (name: string, ...numbers: number[]) => egress(name, { hosts: ['x.org'], ports: numbers.map(http) });
    const ofPort = (name: string, more: Spec = {}) => egress(name, { hosts: ['y.org'], ports: [http()], ...more });
    // a host that has no port for the request gives two drafts: its port, and any bytes
    assert.deepEqual(
      changed([...strangers, ofPort('p2', { sources: [account(), account('other')] }), ofPort('p1'), ofHost('h2', 81, 82), ofHost('h1', 81)]),
      ['h1', 'h1', 'h2', 'h2', 'p1', 'p2'],
    );
    assert.equal(changed(policies(40, () => ({ hosts: ['y.org'], ports: [http()] }))).length, 40);
    assert.equal(changed(policies(43, () => ({ hosts: ['y.org'], ports: [http(), http(81)] }))).length, 40);
    const bytes = policies(41, (index) => ({ hosts: index > 39 ? ['x.org'] : ['y.org'], ports: [tcp(index === 0 ? 9 : 10)] }));
    const drafts = extendPolicies(situation([...MESH, ...bytes], 'tcp://x.org:9'));
    assert.deepEqual([...new Set(told(drafts).map((text) => text.split(' ')[1]))], ['e40'], 'a name that is no host of policies');
  }); // prettier-ignore

  it('ranges are those of the addresses, or of the chains that stand in the way', () => {
    const at = (objects: Resource[], addresses: string[], command = 'https://x.org/') =>
      rangeVariants(situation([...MESH, ...objects], command, { resolve: () => addresses }));
    const any = egress('any', { hosts: ['x.org'], ports: [https()] });
    const range = (...ipAddresses: string[]) => egress('range', { hosts: ['y.org'], ipAddresses, ports: [https()] });
    const [one, two] = ['192.0.2.1', '192.0.2.2'];
    assert.deepEqual(at([any, range('192.0.0.0/16', '192.0.2.0/24')], [one, two]), [['192.0.2.1/32', '192.0.2.2/32'], ['192.0.2.0/24']]);
    assert.deepEqual(at([any, range('192.0.2.0/24', '192.0.0.0/16')], [one]), [['192.0.2.1/32'], ['192.0.2.0/24']]);
    assert.deepEqual(at([range('192.0.2.1/32')], [one]), [['192.0.2.1/32']]);
    assert.deepEqual(at([range('192.0.2.0/24')], [one, '198.51.100.1']), [['192.0.2.1/32', '198.51.100.1/32'], ['192.0.2.0/24', '198.51.100.1/32']]);
    const ofOtherPort = egress('other', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(9)] });
    assert.deepEqual(at([ofOtherPort], [one]), [['192.0.2.1/32']]);
    assert.deepEqual(at([egress('tcp', { ipAddresses: ['192.0.2.1/32'], ports: [tcp(9)] })], [one, two], 'tcp://x.org:9'), [['192.0.2.2/32']], 'those that are denied');
    assert.deepEqual(at([], []), []);
  }); // prettier-ignore

  it('routes that a policy lacks', () => {
    const get = { name: 'get', pathRegex: '/a.*', methods: ['GET'] };
    const a = egress('a', { hosts: ['x.org'], ports: [http()], matches: [settingRef('there'), routesRef('there'), routesRef('g'), routesRef('g')] });
    const [match, own] = ['{name:post-abc,pathRegex:/abc,methods:[POST]}', '{name:propfind-abc,pathRegex:/abc}'];
    const rest = (text: string) => [
      `new-routes, extend-policy: a +matches {apiGroup:specs.smi-spec.io/v1alpha4,kind:HTTPRouteGroup,name:a-routes-2}; new HTTPRouteGroup a-routes-2 {matches:[${text}]}`,
    ];
    const objects = (matches: HTTPMatch[]) => [setting, a, routeGroup('a-routes', []), routeGroup('g', matches)];
    const missing = (text: string) => `new-routes: new HTTPRouteGroup there {matches:[${text}]}`;
    const all = (text: string, ...methods: string[]) => [missing(text), `extend-routes: g +matches ${text}`, ...methods.map((one) => `extend-routes: g +matches.${one}`), ...rest(text)];
    const x = '{name:get-a,pathRegex:/a,methods:[GET]}';
    check(extendRoutes, [
      { name: 'the method', objects: objects([get, { name: 'b', pathRegex: '/b', methods: ['PUT'] }]), command: 'curl -X POST http://x.org/abc', drafts: all(match, '0.methods POST') },
      { name: 'a method that a group cannot name', objects: objects([get]), command: 'curl -X PROPFIND http://x.org/abc', drafts: all(own) },
      {
        name: 'headers',
        objects: objects([
          { name: 'h', pathRegex: '/a', headers: [{ 'X-One': 'a+', Host: 'x\\.org' }], methods: ['PUT'] },
          { name: 'i', pathRegex: '/a', headers: [{ 'X-One': 'b' }], methods: ['PUT'] },
          { name: 'j', headers: [{ 'x-none': '.*' }], methods: ['PUT'] },
          { name: 'k', headers: [{ host: 'y' }], methods: ['PUT'] },
          { name: 'l', headers: [{ 'X-One': '(' }], methods: ['PUT'] },
          { name: 'm', methods: ['PUT', 'HEAD'] },
          { name: 'n', pathRegex: '(', methods: ['PUT'] },
        ].filter(({ name }) => name !== 'l' && name !== 'n')),
        command: "curl -H 'X-One: aa' http://x.org/a",
        drafts: all(x, '0.methods GET', '4.methods GET'),
      },
      {
        name: 'methods that are right already are not added',
        objects: objects([
          { name: 'any', headers: [{ 'x-none': 'a' }] },
          { name: 'star', methods: ['*'], headers: [{ 'x-none': 'a' }] },
          { name: 'same', pathRegex: '/b', methods: ['GET'] },
        ]),
        command: 'curl http://x.org/a',
        drafts: all(x),
      },
      {
        name: 'a setting is no group of routes',
        objects: [setting, egress('a', { hosts: ['x.org'], ports: [http()], matches: [settingRef('there'), routesRef('g')] }), routeGroup('a-routes', []), routeGroup('g', [])],
        command: 'curl http://x.org/a',
        drafts: [`extend-routes: g matches = [${x}]`, ...rest(x)],
      },
      { name: 'no routes are asked for', objects: [egress('a', { hosts: ['y.org'], ports: [http()] })], command: 'http://x.org/', drafts: [] },
    ]);
    const home = { ...a, metadata: { name: 'a' }, spec: { ...a.spec, matches: [routesRef('g')] } } as Egress;
    const group = { ...routeGroup('g', [get]), metadata: { name: 'g' } } as Resource;
    const made = told(extendRoutes(situation([meshConfig(), namespaceObject('curl'), namespaceObject('default'), home, group], 'curl http://x.org/b', { resolve: () => ['192.0.2.1'] })));
    const lacking = { ...home, spec: { ...home.spec, matches: [routesRef('gone')] } };
    const [alone] = extendRoutes(situation([meshConfig(), namespaceObject('default'), namespaceObject('curl'), lacking], 'curl http://x.org/b', { resolve: () => ['192.0.2.1'] }));
    assert.deepEqual(alone!.created.map(({ metadata }) => metadata), [{ name: 'gone', namespace: 'default' }]);
    assert.equal(made[0], 'extend-routes: g +matches {name:get-b,pathRegex:/b,methods:[GET]}', 'in the namespace default');
  }); // prettier-ignore

  it('methods that a group may name, and names for matches', () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']) {
      assert.ok(isNameableMethod(method), method);
    }
    for (const method of ['PROPFIND', 'get', '*', '']) assert.ok(!isNameableMethod(method), method);
    const nameOf = (path: string, ...taken: string[]) => exactMatch(parseTarget(`http://x.org${path}`), taken.map((name) => ({ name }))).name; // prettier-ignore
    assert.equal(nameOf('/a', 'get-a', 'get-a-2'), 'get-a-3');
    assert.throws(() => exactMatch(parseTarget('curl -H "Host: a b" http://x.org/'), []), RangeError);
    assert.equal(nameOf('/'), 'get');
    assert.equal(nameOf(`/${'a'.repeat(80)}`), `get-${'a'.repeat(56)}`);
    assert.equal(nameOf(`/${'a'.repeat(55)}/b`), `get-${'a'.repeat(55)}`, 'no dash at its end');
  });

  it('new policies', () => {
    const made = (command: string, exact: boolean, name?: string, at = ['192.0.2.1']) =>
      told(newPolicies(situation(MESH, command, { resolve: () => at }), { namespace: 'curl', name, exact }));
    const policy = (name: string, spec: string) => `new Egress ${name} {${spec}}`;
    const [first, tcp9] = ['ports:[{number:9,protocol:tcp-server-first}]', 'ports:[{number:9,protocol:tcp}]'];
    const range = 'ipAddresses:[192.0.2.1/32]';
    assert.deepEqual(made('tcp://x.org:9 --server-first', true), [
      `new-policy: ${policy('x-org-9', first)}`,
      `new-policy: ${policy('x-org-9', `${range},${first}`)}`,
      `new-policy: ${policy('x-org-9', tcp9)}`,
      `new-policy: ${policy('x-org-9', `${range},${tcp9}`)}`,
    ]);
    const [port, any] = ['ports:[{number:80,protocol:http}]', 'ports:[{number:80,protocol:tcp}]'];
    const group = 'new HTTPRouteGroup n {matches:[{name:get-a,pathRegex:/a,methods:[GET]}]}';
    const routes = 'matches:[{apiGroup:specs.smi-spec.io/v1alpha4,kind:HTTPRouteGroup,name:n}]';
    const instead = [
      `new-policy (nothing-else-works): ${policy('n', any)}`,
      `new-policy (nothing-else-works): ${policy('n', `${range},${any}`)}`,
    ];
    assert.deepEqual(made('curl http://x.org/a', true, 'n'), [
      `new-policy, new-routes: ${group}; ${policy('n', `hosts:[x.org],${port},${routes}`)}`,
      ...instead,
    ]);
    assert.deepEqual(made('curl http://x.org/a', false, 'n'), [`new-policy: ${policy('n', `hosts:[x.org],${port}`)}`, ...instead]);
  }); // prettier-ignore

  it('new objects, with the whole of what they are', () => {
    const [draft] = newPolicies(situation(MESH, 'curl http://x.org/a', { resolve: () => ['192.0.2.1'] }), { namespace: 'far', name: undefined, exact: true });
    const apiVersion = 'specs.smi-spec.io/v1alpha4';
    const metadata = { name: 'x-org-80', namespace: 'far' };
    assert.deepEqual(draft!.created, [
      { apiVersion, kind: 'HTTPRouteGroup', metadata, spec: { matches: [{ name: 'get-a', pathRegex: '/a', methods: ['GET'] }] } },
      {
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'Egress',
        metadata,
        spec: { sources: [account()], hosts: ['x.org'], ports: [http()], matches: [{ apiGroup: apiVersion, kind: 'HTTPRouteGroup', name: 'x-org-80' }] },
      },
    ]);
    const taken = [egress('x-org-80', {}), routeGroup('x-org-80-2', [])];
    const [other] = newPolicies(situation([...MESH, ...taken], 'curl http://x.org/a', { resolve: () => ['192.0.2.1'] }), { namespace: 'curl', name: undefined, exact: true });
    assert.deepEqual(other!.created.map(({ kind, metadata: { name } }) => `${kind} ${name}`), ['HTTPRouteGroup x-org-80-2-2', 'Egress x-org-80-2']);
    const [tls] = newPolicies(situation(MESH, 'https://x.org/', { resolve: () => ['192.0.2.1'] }), { namespace: 'curl', name: undefined, exact: false });
    assert.deepEqual(told([tls!]), ['new-policy: new Egress x-org-443 {hosts:[x.org],ports:[{number:443,protocol:https}]}']);
    const nameless = newPolicies(situation(MESH, 'https://192.0.2.1/'), { namespace: 'curl', name: undefined, exact: false });
    assert.ok(told(nameless).every((text) => !text.includes('protocol:https')), 'without a server name https would take any');
  }); // prettier-ignore

  it('of more policies than are tried, those that name the host or the port', () => {
    const range = egress('range', { ipAddresses: ['192.0.2.0/24'], ports: [tcp(10)] });
    const host = egress('host', { hosts: ['x.org'], ports: [tcp(10)] });
    const crowd = (count: number) => Array.from({ length: count }, (_, at) => egress(`e${at}`, { hosts: [`${at}.org`], ports: [http()] }));
    const extended = (...objects: Egress[]) => [...new Set(extendPolicies(situation([...MESH, ...objects], 'tcp://x.org:9', { resolve: () => ['192.0.2.1'] })).flatMap(({ originals }) => [...originals.values()].map(({ metadata }) => metadata.name)))];
    assert.deepEqual(extended(...crowd(38), range, host), ['range', 'host'], '40 are all tried');
    assert.deepEqual(extended(range, ...crowd(39), host), ['host']);
  }); // prettier-ignore

  it('what nothing else has an effect without comes first, and what may not be changed is left', () => {
    const options = { newPolicy: undefined, editable: () => true };
    const steps = (objects: readonly Resource[], more: object = {}, command = 'https://x.org/') =>
      [...new Set(movesFrom(situation(objects, command, { resolve: () => ['192.0.2.1'] }), { ...options, ...more }).flatMap((draft) => draft.steps))];
    const refused = egress('twice', { hosts: ['y.org', 'Y.org'], ports: [https()] });
    const plain = egress('plain', { hosts: ['y.org'], ports: [https()] });
    assert.deepEqual(steps([meshConfig({}, false), namespaceObject('curl'), refused]), ['enable-egress-policy']);
    assert.deepEqual(steps([...MESH, refused]), ['repair-listener']);
    assert.deepEqual(steps([...MESH, plain]), ['extend-policy']);
    assert.deepEqual(steps([...MESH, plain], { editable: ({ kind }: Resource) => kind !== 'Egress' }), []);
    assert.deepEqual(steps([...MESH, plain], { newPolicy: { namespace: 'curl', name: undefined, exact: false } }), ['extend-policy', 'new-policy']);
    const zero = egress('zero', { hosts: ['y.org'], ipAddresses: ['0.0.0.0/0'], ports: [https()] });
    assert.deepEqual(steps([...MESH, zero]), ['drop-zero-range', 'extend-policy']);
    const bad = egress('bad', { hosts: ['z.org', 'Z.org'], ports: [http()] });
    assert.deepEqual(steps([...MESH, bad], {}, 'http://y.org/'), ['repair-routes', 'extend-policy']);
    assert.deepEqual(steps([...MESH, bad]), [], 'which TLS does not meet');
    const typo = egress('typo', { hosts: ['x.org'], ports: [{ number: 443, protocol: 'HTTPS' }] });
    assert.deepEqual(steps([...MESH, typo]), ['lower-case-protocol', 'replace-protocol', 'extend-policy']);
    assert.deepEqual(steps([...MESH, egress('theirs', { sources: others, hosts: ['x.org'], ports: [https()] })]), ['add-source']);
    const routed = [egress('routed', { hosts: ['y.org'], ports: [http()], matches: [routesRef('g')] }), routeGroup('g', [{ name: 'm', pathRegex: '/a' }])];
    assert.deepEqual(steps([...MESH, ...routed], {}, 'http://y.org/'), ['extend-routes', 'new-routes', 'extend-policy']);
  }); // prettier-ignore
});
