import assert from 'node:assert/strict';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import { readAll, type Unread } from '../../../src/lib/analysis/unread.js';
import type {
  Egress,
  KubernetesObject,
  MeshConfig,
  Pod,
  Resource,
  TrafficTarget,
} from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace, routeGroup, source, toGroup, toSetting } from '../../egress/support.js';
import { mesh, service, split as weightless } from './trap-examples.js';

interface Asked {
  readonly unread?: Unread;
  readonly quick?: boolean;
  readonly concerns?: (object: KubernetesObject) => boolean;
}

function findingsIn(objects: readonly Resource[], { unread = readAll, quick = false, concerns = () => true }: Asked) {
  const subject = { world: createWorld(objects), objects, worldOptions: {}, unread };
  return lint(subject, { concerns, quick });
}

const around = [meshConfig(), namespace('curl')];

describe('what lint is asked about', () => {
  it('is told of policies and groups, and of no others', () => {
    const [one, two] = ['one', 'two'].map((name) => egress(name, '5432/tcp-server-first'));
    const groups = ['g', 'h'].map((name) => routeGroup(name));
    const asked = new Set<KubernetesObject>([one!, groups[1]!]);
    const found = findingsIn([...around, one!, two!, ...groups], {
      quick: true,
      concerns: (object) => asked.has(object),
    });
    const told = found.map(({ rule, at }) => [rule, ...new Set(at.map(({ object }) => object.metadata.name))]);
    assert.deepEqual(told, [
      ['tcp-to-anywhere', 'one'],
      ['route-group-unused', 'h'],
    ]);
  });

  const target = (...sources: TrafficTarget['spec']['sources']): TrafficTarget => ({
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: 'in', namespace: 'curl' },
    spec: { destination: { kind: 'ServiceAccount', name: 'any', namespace: 'curl' }, sources, rules: [] },
  });
  const podOf = (spec: NonNullable<Pod['spec']>, podNamespace: string | undefined): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', ...(podNamespace !== undefined && { namespace: podNamespace }) },
    spec,
  });
  const outside = podOf({ serviceAccountName: 'app' }, 'outside');
  const ended: Pod = { ...podOf({ serviceAccountName: 'app' }, 'curl'), status: { phase: 'Succeeded' } };
  const bare = podOf({ serviceAccountName: 'app', hostNetwork: true }, 'curl');
  const withGroup = egress('one', '443/https', {
    hosts: ['a.com'],
    sources: [source('curl'), { ...source('all'), kind: 'Group' }],
  });
  const [permissive, strict] = [true, false].map((enablePermissiveTrafficPolicyMode) =>
    meshConfig({ traffic: { enablePermissiveTrafficPolicyMode } }),
  );
  const policy = egress('one', '443/https', { hosts: ['a.com'] });
  const rows: readonly (readonly [what: string, mode: Resource, objects: readonly Resource[], source: string[]])[] = [
    ['of a policy', permissive!, [policy], ['curl/curl']],
    ['of a pod', permissive!, [podOf({ serviceAccountName: 'app' }, 'curl')], ['curl/app']],
    ['of a pod without account', permissive!, [podOf({}, 'curl')], ['curl/default']],
    ['of a pod without anything', permissive!, [podOf({}, undefined)], ['default/default']],
    ['of a TrafficTarget', permissive!, [target({ kind: 'ServiceAccount', name: 'b', namespace: 'c' })], ['c/b']],
    [
      'of a TrafficTarget without namespace',
      permissive!,
      [target({ kind: 'ServiceAccount', name: 'b' })],
      ['default/b'],
    ],
    [
      'of what a TrafficTarget calls a user',
      permissive!,
      [target({ kind: 'User', name: 'b', namespace: 'c' })],
      ['c/b'],
    ],
    ['not outside the mesh, but any', permissive!, [outside], ['curl/default']],
    ['not of a pod that has ended, but any', permissive!, [ended], ['curl/default']],
    ['not of a pod without sidecar, but any', permissive!, [bare], ['curl/default']],
    ['not of what is no ServiceAccount', permissive!, [withGroup], ['curl/curl']],
    ['any, where everybody may', permissive!, [], ['curl/default']],
    ['none, where nobody may', strict!, [], []],
  ];
  for (const [what, mode, objects, expected] of rows) {
    it(`proxies of a source ${what}`, () => {
      const split = mesh(...service('root', {}, '10.1.0.1'), weightless('root', ['none', 1])).slice(2);
      const found = findingsIn([mode, namespace('curl'), namespace('outside', false), ...split, ...objects], {});
      const refused = found.filter(({ rule, policy }) => rule === 'routes-refused' && !policy);
      const sources = refused.flatMap((one) => one.sources.map((of) => `${of.namespace}/${of.serviceAccount}`));
      assert.deepEqual(sources, expected);
    });
  }

  it('any of a namespace that is in the mesh, whichever service is named first', () => {
    const outside = ['outside', 'kube-system'].flatMap((name) =>
      service('dns', { clusterIP: '10.0.0.2' }, '10.1.0.2').map((object) => ({
        ...object,
        metadata: { name: 'dns', namespace: name },
      })),
    ) as Resource[];
    const split = mesh(...service('root', {}, '10.1.0.1'), weightless('root', ['none', 1]));
    const found = findingsIn([namespace('outside', false), ...outside, ...split], {});
    assert.deepEqual(
      found.map(({ rule, sources }) => [rule, ...sources]),
      [['routes-refused', { namespace: 'curl', serviceAccount: 'default' }]],
    );
  });

  it('nothing, where there is neither a policy nor a service', () => {
    assert.deepEqual(findingsIn([permissive!, namespace('curl')], {}), []);
  });

  it('faults of its proxies, those that it has a part in first, and of others the first with it', () => {
    const well = egress('well', '5432/tcp', { ipAddresses: ['192.0.2.0/24'] });
    const [first, second] = [443, 8443].map((port) =>
      egress(`${port}`, `${port}/https`, { hosts: ['a.com', 'a.com'] }),
    );
    const told = (asked: Egress) =>
      findingsIn([...around, well, first!, second!], { quick: true, concerns: (object) => object === asked })
        .filter(({ rule }) => rule === 'listener-refused')
        .map(({ policy, at }) => [policy?.metadata.name, at[0]?.object.metadata.name]);
    assert.deepEqual([well, first!, second!].map(told), [
      [
        ['well', '443'],
        [undefined, '8443'],
      ],
      [
        ['443', '443'],
        [undefined, '8443'],
      ],
      [
        ['8443', '8443'],
        [undefined, '443'],
      ],
    ]);
  });

  it('with a service that has no namespace it is the default one', () => {
    const objects = [...service('root', {}, '10.1.0.1'), weightless('root', ['none', 1])].map(
      ({ metadata: { name }, ...rest }) => ({ ...rest, metadata: { name } }),
    );
    const [found] = findingsIn([permissive!, ...objects], {});
    assert.deepEqual(found?.sources, [{ namespace: 'default', serviceAccount: 'default' }]);
  });

  it('ServiceAccounts are missed only where all could be read', () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'other', namespace: 'curl' } };
    const told = (unread: Unread) =>
      findingsIn([...around, policy, account as Resource], { unread, quick: true }).map(({ rule }) => rule);
    assert.deepEqual(told(readAll), ['unknown-source']);
    assert.deepEqual(told(hiding('ServiceAccount')), []);
  });
});

describe('what lint proves for all requests', () => {
  const exact = new Set(['never-decides', 'shadowed', 'redundant', 'open-to-everyone', 'wider-than-written']);
  const [one, two] = ['one', 'two'].map((name) => egress(name, '443/https', { ipAddresses: ['::/0'], hosts: [name] }));
  const policies = [one!, two!, egress('other', '80/http', { hosts: ['a.com'], matches: [toGroup('g')] })];
  const proven = (objects: readonly Resource[], asked: Asked) =>
    findingsIn([...around, ...objects], asked).filter(({ rule }) => exact.has(rule)).length;

  it('is told unless only the quick rules are asked', () => {
    assert.deepEqual([proven(policies, {}), proven(policies, { quick: true })], [2, 0]);
  });

  it('is told of no source for which something that decides could not be read', () => {
    const [first, ...others] = policies;
    const elsewhere = { ...first!, spec: { ...first!.spec, sources: [source('else')] } };
    const rows: [kind: string, policies: readonly Resource[], count: number][] = [
      ['Egress', policies, 0],
      ['HTTPRouteGroup', policies, 0],
      ['HTTPRouteGroup', [elsewhere, ...others], 1],
      ['UpstreamTrafficSetting', policies, 2],
      ['Service', policies, 2],
    ];
    for (const [kind, objects, count] of rows) assert.equal(proven(objects, { unread: hiding(kind) }), count, kind);
    const known = proven(policies, { unread: hiding('MeshConfig') });
    assert.equal(known, 2, 'a MeshConfig that is there is known');
    const withoutConfig = findingsIn([namespace('curl'), ...policies], { unread: hiding('MeshConfig') });
    assert.ok(!withoutConfig.some(({ rule }) => exact.has(rule)), 'a MeshConfig that could not be read');
  });
});

describe('a finding', () => {
  const both = [source('curl'), source('other')];
  const tls = (name: string, host: string, spec: Partial<Egress['spec']> = {}) =>
    egress(name, '443/https', { hosts: [host], ...spec });
  const ofBoth = tls('asked', 'a.com', { sources: both });
  const first = { ipAddresses: ['192.0.2.0/24'] };
  const rows: readonly (readonly [what: string, others: readonly Egress[], told: unknown[]])[] = [
    ['that holds for one source names it', [tls('b', 'b.com', first)], [['shadowed', 'curl']]],
    ['that holds for all names none', [tls('b', 'b.com', { ...first, sources: both })], [['shadowed']]],
    [
      'that a policy is of no use is told where no source has one for it',
      [egress('b', '443/tcp-server-first', first)],
      [
        ['detection-off', 'curl'],
        ['shadowed', 'curl'],
      ],
    ],
    [
      'and is told then',
      [egress('b', '443/tcp-server-first', { ...first, sources: both })],
      [['detection-off'], ['never-decides'], ['shadowed']],
    ],
    ['that others say the same is told where they do for every source', [tls('b', '*.com')], []],
    ['and is told then too', [tls('b', '*.com', { sources: both })], [['redundant']]],
  ];
  for (const [what, others, told] of rows) {
    it(what, () => {
      const found = findingsIn([...around, ofBoth, ...others], {}).filter(({ policy }) => policy === ofBoth);
      const named = found.map(({ rule, sources }) => [rule, ...sources.map(({ serviceAccount }) => serviceAccount)]);
      assert.deepEqual(named.sort(), told);
    });
  }

  const lists = (traffic: NonNullable<MeshConfig['spec']>['traffic']) => [meshConfig({ traffic: traffic! })];
  const explained: readonly (readonly [rule: string, objects: readonly Resource[]])[] = [
    ['http-without-hosts', [egress('one', '80/http')]],
    ['host-without-routes', [egress('one', '80/http', { hosts: ['a.com'], matches: [toGroup('g')] }), routeGroup('g')]],
    ['host-is-the-pod', [egress('one', '80/http', { hosts: ['127.0.0.1'] }), egress('two', '80/tcp-server-first')]],
    ['port-excluded', [tls('one', 'a.com'), ...lists({ outboundPortExclusionList: [443] })]],
    ['range-excluded', [tls('one', 'a.com', first), ...lists({ outboundIPRangeExclusionList: ['192.0.2.0/24'] })]],
    ['not-intercepted', [tls('one', 'a.com'), ...lists({ outboundIPRangeExclusionList: ['0.0.0.0/0'] })]],
    ['address-as-tls-host', [tls('one', '192.0.2.1')]],
    ['wildcard-on-http', [egress('one', '80/http', { hosts: ['*.a.com'] })]],
  ];
  for (const [rule, objects] of explained) {
    it(`${rule} says why a policy is of no use, and so that it is of none is left out`, () => {
      const told: string[] = findingsIn([namespace('curl'), ...objects], {}).map((one) => one.rule);
      assert.ok(told.includes(rule) && !told.includes('never-decides'), told.join());
    });
  }

  it('that addresses pass the proxy by is told of policies about all of them, also where no range counts', () => {
    const world = [namespace('curl'), ...lists({ outboundIPRangeInclusionList: ['10.0.0.0/8'] })];
    const isTold = (port: string, ...ipAddresses: string[]): boolean =>
      findingsIn([...world, egress('one', port, { hosts: ['a.com'], ipAddresses })], {}).some(
        ({ rule }) => rule === 'not-intercepted',
      );
    const ranges = [[], ['10.0.0.0'], ['10.0.0.0', '10.0.0.0/33'], ['10.0.0.0/9'], ['10.0.0.0', '2001:db8::/32']];
    assert.deepEqual(
      ranges.map((some) => isTold('443/https', ...some)),
      [true, true, true, false, false],
    );
    assert.equal(isTold('80/http', '10.0.0.0/9'), true);
  });

  it('of no use is told with a reason that is another policy’s, and beside other proofs', () => {
    const useless = tls('one', 'a.com', { ipAddresses: ['64:ff9b::/96'] });
    const excluded = egress('two', '80/http', { hosts: ['localhost', 'b.com'] });
    const told = findingsIn([...around, useless, excluded], {}).map(({ rule, policy }) => [
      rule,
      policy?.metadata.name,
    ]);
    assert.deepEqual(told, [
      ['range-ipv6', 'one'],
      ['host-is-the-pod', 'two'],
      ['never-decides', 'one'],
    ]);
  });

  it('that is proven otherwise is told of a policy with an error too', () => {
    const odd = egress('odd', '80/http,443/https', { hosts: ['*.a.com', 'b.com'] });
    const told = findingsIn([...around, odd, tls('c', 'c.com', first)], {}).map((one) => [one.level, one.rule]);
    assert.deepEqual(told, [
      ['error', 'wildcard-on-http'],
      ['warning', 'shadowed'],
    ]);
  });

  it('that others say the same is told of one of two that do', () => {
    const policies = ['one', 'two'].map((name) =>
      tls(name, 'a.com', { ipAddresses: [name === 'one' ? '10.0.0.0/8' : '10.0.0.0/9'] }),
    );
    const wide = ['w', 'x'].map((name) => egress(name, '5432/tcp', { hosts: [name] }));
    const told = findingsIn([...around, ...policies, ...wide], {}).filter(({ rule }) => rule === 'redundant');
    assert.deepEqual(
      told.map(({ policy }) => policy?.metadata.name),
      ['two', 'w'],
    );
  });

  it('that others say the same is told where those that are found for every source may be gone, and no others', () => {
    const at = (name: string, range: string, spec: Partial<Egress['spec']>) =>
      egress(name, '443/https', { hosts: ['a.com'], ipAddresses: [range], ...spec });
    const policies = [at('first', '10.0.0.0/24', { sources: both }), at('second', '10.0.0.0/24', { hosts: ['*.com'] })];
    const wide = at('wide', '10.0.0.0/8', { hosts: ['*.com'] });
    const told = (...objects: Egress[]) =>
      findingsIn([...around, ...objects], {})
        .filter(({ rule }) => rule === 'redundant')
        .map(({ policy }) => policy?.metadata.name);
    assert.deepEqual(told(...policies, wide), []);
    assert.deepEqual(
      told(...policies.map((one) => ({ ...one, spec: { ...one.spec, sources: [source('curl')] } })), wide),
      ['first'],
    );
  });

  it('that it cannot be decided is told of policies that take effect', () => {
    const large = routeGroup('large', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET'] });
    const odd = egress('odd', '80/http', { hosts: ['a.com'], matches: [toGroup('large')] });
    const dropped = egress('dropped', '80/http', { hosts: ['b.com'], matches: [toSetting('none')] });
    const told = findingsIn([...around, large, odd, dropped], {}).filter(({ rule }) => rule === 'undecided');
    assert.deepEqual(
      told.map(({ policy }) => policy?.metadata.name),
      ['odd'],
    );
  });

  it('is told of the policy and the port that it is about', () => {
    const rulesOf = (objects: readonly Resource[]) =>
      findingsIn([...around, ...objects], {}).map(({ rule, policy }) => [rule, policy?.metadata.name]);
    const lacking = ['a', 'b'].map((name) =>
      egress(name, '443/https', { hosts: [`${name}.com`], matches: [toSetting(`of-${name}`)] }),
    );
    assert.deepEqual(
      rulesOf(lacking).filter(([rule]) => rule === 'upstream-traffic-setting-missing'),
      ['a', 'b'].map((name) => ['upstream-traffic-setting-missing', name]),
    );
    const bytes = egress('bytes', '80/tcp', { ipAddresses: ['192.0.2.0/24'] });
    const twice = egress('twice', '80/http', { hosts: ['c.com', 'c.com'] });
    assert.deepEqual(
      rulesOf([bytes, twice]).filter(([rule]) => rule === 'routes-refused'),
      [['routes-refused', 'twice']],
    );
  });

  it('of all that a proxy is sent is told once, of policies once for each port', () => {
    const list = meshConfig({
      traffic: { outboundPortExclusionList: Array.from({ length: 16 }, (_, port) => port + 1) },
    });
    const policies = ['a', 'b'].map((name) =>
      egress(name, '5432/tcp,3306/tcp', { ipAddresses: ['192.0.2.0/24'], hosts: [name] }),
    );
    const bad = [
      egress('c', '80/http', { hosts: ['c.com', 'c.com'] }),
      ...['d', 'e'].map((name) => egress(name, '8080/http', { hosts: [`${name}.com`] })),
    ];
    const count = (name: string, objects: readonly Resource[]) =>
      findingsIn([namespace('curl'), ...objects], { quick: true }).filter(({ rule }) => rule === name).length;
    assert.equal(count('pod-never-starts', [list, ...policies]), 1);
    assert.equal(count('hosts-on-tcp', policies), 4);
    assert.equal(count('mesh-wide-egress', [meshConfig({ traffic: { enableEgress: true } }), ...policies]), 2);
    const twice = egress('twice', '80/http,80/tcp', { hosts: ['a.com:80', 'b.com:80'] });
    assert.equal(count('port-excluded', [meshConfig({ traffic: { outboundPortExclusionList: [80] } }), twice]), 2);
    assert.equal(count('host-with-port', [twice]), 2);
    assert.equal(count('routes-refused', bad), 1);
    assert.equal(count('routes-by-chance', bad), 1);
  });
});
