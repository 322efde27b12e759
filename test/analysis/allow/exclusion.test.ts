import assert from 'node:assert/strict';
import { planAllow, type Plan, type PlanEffect } from '../../../src/lib/analysis/allow/index.js';
import type { MeshConfig, Pod, Resource } from '../../../src/lib/resources/types.js';
import { workloadOf } from '../../../src/lib/resources/workloads.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, routeGroup, routesRef, settingRef } from './support.js';

const source = { namespace: 'shop', serviceAccount: 'api' };
const ANNOTATION = 'openservicemesh.io/outbound-ip-range-exclusion-list';

const namespace: Resource = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'shop',
    labels: { 'openservicemesh.io/monitored-by': 'osm' },
    annotations: { 'openservicemesh.io/sidecar-injection': 'enabled' },
  },
};
const meshConfig: Resource = {
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: {
    featureFlags: { enableEgressPolicy: true },
    traffic: { enablePermissiveTrafficPolicyMode: true, outboundIPRangeExclusionList: ['192.0.2.0/24'] },
  },
};
const deployment = (annotations?: Record<string, string>): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'shop' },
  spec: {
    template: {
      metadata: { labels: { app: 'api' }, ...(annotations && { annotations }) },
      spec: { serviceAccountName: 'api' },
    },
  },
});
const web: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP: '10.0.0.5', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
};
const server = (container?: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    serviceAccountName: 'web',
    containers: [{ name: 'web' }, ...(container ? [{ name: container }] : [])],
    initContainers: [{ name: 'osm-init' }],
  },
  status: { phase: 'Running' },
});

const plan = (objects: Resource[], line = 'curl http://web.shop/', exclusion = true): Plan =>
  planAllow([namespace, ...objects], source, parseTarget(line), { exclusion });
const changed = (found: Plan) =>
  found.result === 'change' ? found.changes.map(({ after }) => after) : assert.fail(found.result);

describe('leaving an address out of interception', () => {
  it('is not thought of without being asked for', () => {
    assert.equal(plan([meshConfig, web, server()], undefined, false).result, 'impossible');
  });

  it('annotates the workload of the source, and adds to what its list holds', () => {
    for (const [annotations, value] of [
      [undefined, '10.0.0.5/32'],
      [{ [ANNOTATION]: '192.0.2.0/24' }, '192.0.2.0/24,10.0.0.5/32'],
    ] as const) {
      const [after, ...others] = changed(plan([meshConfig, web, server(), deployment(annotations)]));
      assert.equal(others.length, 0);
      assert.deepEqual(after, deployment({ [ANNOTATION]: value }));
    }
  });

  it('changes the mesh where a pod of the source is only there as it runs, and tells what that does to everybody', () => {
    const pod: Resource = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'api-1', namespace: 'shop' },
      spec: { serviceAccountName: 'api' },
    };
    const objects = [meshConfig, web, server(), pod];
    const found = plan(objects);
    const [after] = changed(found);
    assert.equal(after!.kind, 'MeshConfig');
    assert.deepEqual((after as typeof meshConfig & { spec: object }).spec, {
      featureFlags: { enableEgressPolicy: true },
      traffic: {
        enablePermissiveTrafficPolicyMode: true,
        outboundIPRangeExclusionList: ['192.0.2.0/24', '10.0.0.5/32'],
      },
    });
    assert.ok(found.result === 'change');
    const others = new Set(found.effects.map((effect) => effect.source.serviceAccount));
    assert.ok(others.has('*'), 'accounts that nothing names are concerned too');
    assert.deepEqual(found.notes, [{ code: 'exclusion', scope: 'mesh', ranges: ['10.0.0.5/32'] }]);
  });

  it('does not mind pods that have ended', () => {
    const done: Resource = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'api-1', namespace: 'shop' },
      spec: { serviceAccountName: 'api' },
      status: { phase: 'Succeeded' },
    };
    const [after, ...others] = changed(plan([meshConfig, web, server(), deployment(), done]));
    assert.equal(others.length, 0);
    assert.deepEqual(after, deployment({ [ANNOTATION]: '10.0.0.5/32' }));
  });

  it('tells what the mesh does to pods of the source that are not asked about', () => {
    const pod = (name: string, ports?: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'shop',
        annotations: ports === undefined ? {} : { 'openservicemesh.io/outbound-port-exclusion-list': ports },
      },
      spec: { serviceAccountName: 'api' },
    });
    const [asked, other] = [pod('api-1', '443'), pod('api-2')];
    const objects = [namespace, meshConfig, web, server(), asked, other];
    const options = { exclusion: true, pod: asked };
    const told = (all: Resource[]) => {
      const found = planAllow(all, source, parseTarget('curl http://web.shop/'), options);
      assert.ok(found.result === 'change');
      assert.deepEqual(found.undecided, []);
      return found.effects.filter((one) => one.source.serviceAccount === 'api' && one.kind !== 'fails');
    };
    const [alone, both] = [told(objects.filter((one) => one !== other)), told(objects)];
    const onTls = ({ class: requests }: PlanEffect) =>
      requests.holds(parseTarget('tcp://10.0.0.5:443'), parseAddressLiteral('10.0.0.5')!);
    assert.ok(!alone.some(onTls), 'the pod that is asked about sends to 443 past Envoy as it is');
    const begun = both.filter(onTls).map(({ kind }) => kind);
    assert.deepEqual([...new Set(begun)], ['starts'], 'the other one does from now on');
    assert.ok(both.filter(onTls).every(({ before }) => before.verdict === 'denied'));
  });

  it('is no way to a server that has a sidecar, which wants mutual TLS', () => {
    const tcp = {
      ...web,
      spec: {
        clusterIP: '10.0.0.5',
        ports: [{ name: 'tcp', port: 80, appProtocol: 'https' }],
        selector: { app: 'web' },
      },
    };
    const found = plan([meshConfig, tcp, server('envoy'), deployment()], 'curl https://web.shop:80/');
    assert.equal(found.result, 'impossible');
  });

  it('is no way to one that no TrafficTarget opens to the source either', () => {
    const target: Resource = {
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        destination: { kind: 'ServiceAccount', name: 'open', namespace: 'shop' },
        sources: [{ kind: 'ServiceAccount', ...source, name: source.serviceAccount }],
        rules: [{ kind: 'TCPRoute', name: 'all' }],
      },
    };
    const strict = structuredClone<MeshConfig>(meshConfig);
    strict.spec!.traffic!.enablePermissiveTrafficPolicyMode = false;
    const open = server('envoy') as Pod;
    open.metadata.name = 'open';
    open.spec!.serviceAccountName = 'open';
    const closed = { ...server('envoy'), status: { phase: 'Running', podIP: '10.1.0.1' } } as Pod;
    const endpoints: Resource = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports: [{ name: 'http', port: 8080 }] }],
    };
    const found = plan([strict, web, endpoints, open, closed, target, deployment()]);
    assert.equal(found.result, 'impossible');
  });

  it('is not proposed where a policy can serve, or the address is not known', () => {
    const found = plan([meshConfig, deployment()], 'curl --resolve example.com:80:198.51.100.1 http://example.com/');
    assert.deepEqual(
      changed(found).map(({ kind }) => kind),
      ['Egress'],
    );
    const unknown = { ...web, spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'web' } } } as Resource;
    const objects = [meshConfig, unknown, server(), deployment()];
    assert.equal(plan(objects).result, 'impossible');
    const [standIn] = createWorld([namespace, ...objects]).standIns.values();
    for (const addresses of [standIn, `${standIn},10.0.0.5`]) {
      assert.equal(
        plan(objects, `curl --resolve web.shop:80:${addresses} http://web.shop/`).result,
        'impossible',
        'nobody has it',
      );
    }
    const told = { exclusion: true, resolve: () => [standIn!, '198.51.100.1'] };
    const line = "curl -H 'Host: web.shop' http://x.org/";
    const named = planAllow([namespace, ...objects], source, parseTarget(line), told);
    assert.deepEqual('reason' in named && named.reason.code, 'in-mesh-service', 'of one of two addresses');
  });

  it('tells all of the plan', () => {
    const found = plan([meshConfig, web, server(), deployment()]);
    assert.ok(found.result === 'change');
    const { before, after, changes, effects, objects, cost, ...rest } = found;
    const target = parseTarget('curl http://web.shop/');
    assert.deepEqual(rest, {
      result: 'change',
      source,
      target,
      steps: ['exclude-range'],
      undecided: [],
      notes: [{ code: 'exclusion', scope: 'workload', ranges: ['10.0.0.5/32'] }],
    });
    assert.deepEqual([before.verdict, after.verdict, changes.length], ['denied', 'allowed', 1]);
    assert.deepEqual(
      objects.find(({ kind }) => kind === 'Deployment'),
      deployment({ [ANNOTATION]: '10.0.0.5/32' }),
    );
    const starts = effects.filter(({ kind }) => kind === 'starts');
    assert.ok(starts.length > 0 && starts.every(({ intended }) => intended === false));
    assert.deepEqual(
      new Set(starts.map(({ where }) => where)),
      new Set(['near', 'elsewhere']),
      'every port of the address',
    );
    assert.ok(
      effects.every((one) => one.source === source),
      'nobody else',
    );
    const { near, elsewhere, ...others } = cost;
    assert.ok(near > 0 && elsewhere > 0);
    assert.deepEqual(others, {
      lost: 0,
      notAsAsked: 0,
      detour: 0,
      takenAway: 0,
      changed: 0,
      delay: 0,
      own: 0,
      objects: 1,
      edits: 1,
      restored: 0,
    });
  });

  it('is for all addresses of a name, in all workloads of the source, and in none of others', () => {
    const headless = {
      ...web,
      spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
    } as Resource;
    const one = deployment();
    const two = { ...deployment(), metadata: { name: 'api-two', namespace: 'shop' } } as Resource;
    const far = { ...deployment(), metadata: { name: 'far', namespace: 'far' } } as Resource;
    const other = {
      ...deployment(),
      metadata: { name: 'other', namespace: 'shop' },
      spec: { template: { metadata: { labels: { app: 'o' } }, spec: { serviceAccountName: 'other' } } },
    } as Resource;
    const addresses = ['10.0.0.7', '10.0.0.8'];
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'shop' },
      subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port: 80 }] }],
    } as unknown as Resource;
    const found = plan([meshConfig, headless, endpoints, server(), one, two, far, other]);
    const names = changed(found).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['api', 'api-two']);
    assert.ok(found.result === 'change');
    const value = '10.0.0.7/32,10.0.0.8/32';
    for (const object of changed(found))
      assert.deepEqual(
        (object as { spec?: object }).spec,
        (deployment({ [ANNOTATION]: value }) as { spec?: object }).spec,
      );
    assert.deepEqual([found.cost.objects, found.cost.edits], [2, 4]);
  });

  it('is for the workload that is asked about, as it is by now, and keeps to what may be changed', () => {
    const two = { ...deployment(), metadata: { name: 'api-two', namespace: 'shop' } } as Resource;
    const objects = [namespace, meshConfig, web, server(), deployment(), two];
    const ask = (all: readonly Resource[], more: object) =>
      planAllow(all, source, parseTarget('curl http://web.shop/'), { exclusion: true, ...more });
    const namesake = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: two.metadata } as Resource;
    objects.unshift(namesake);
    const pod = createWorld(objects).pods.find((one) => workloadOf(one) === two)!;
    const first = ask(objects, { pod });
    assert.deepEqual(
      changed(first).map(({ metadata }) => metadata.name),
      ['api-two'],
    );
    assert.ok(first.result === 'change');
    assert.equal(ask(first.objects, { pod }).result, 'nothing-to-do', 'of the workload as it was');
    assert.equal(
      ask(
        objects.filter((one) => one !== two),
        { pod },
      ).result,
      'change',
      'of a workload that is gone',
    );
    const keep = (...kinds: string[]) => ({ editable: ({ kind }: Resource) => !kinds.includes(kind) });
    assert.deepEqual(
      changed(ask(objects, keep('Deployment'))).map(({ kind }) => kind),
      ['MeshConfig'],
    );
    assert.equal(ask(objects, keep('Deployment', 'MeshConfig')).result, 'impossible');
    assert.deepEqual(
      changed(ask(objects, { editable: (one: Resource) => one !== two })).map(({ kind }) => kind),
      ['MeshConfig'],
      'one of two is not enough',
    );
    const bare = [namespace, web, server()];
    assert.equal(ask(bare, {}).result, 'impossible', 'there is no list to add to');
    const { traffic, ...spec } = (meshConfig as unknown as { spec: { traffic: object } }).spec;
    const empty = {
      ...meshConfig,
      spec: { ...spec, traffic: { enablePermissiveTrafficPolicyMode: true } },
    } as Resource;
    assert.ok(traffic);
    const [list] = changed(ask([...bare, empty], {}));
    assert.deepEqual((list as unknown as { spec: { traffic: object } }).spec.traffic, {
      enablePermissiveTrafficPolicyMode: true,
      outboundIPRangeExclusionList: ['10.0.0.5/32'],
    });
    const blank = changed(ask([namespace, meshConfig, web, server(), deployment({ [ANNOTATION]: ' ' })], {}));
    assert.deepEqual(blank, [deployment({ [ANNOTATION]: '10.0.0.5/32' })]);
  });

  it('tells what the mesh does to every other source, each once', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'api-1', namespace: 'shop' },
      spec: { serviceAccountName: 'api' },
    } as Resource;
    const account = (name: string, home: string) =>
      ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: home } }) as Resource;
    const far = { ...namespace, metadata: { ...namespace.metadata, name: 'far' } } as Resource;
    const bare = { ...namespace, metadata: { ...namespace.metadata, name: 'bare' } } as Resource;
    const found = plan([meshConfig, web, server(), pod, far, bare, account('other', 'shop'), account('api', 'far')]);
    assert.ok(found.result === 'change');
    const starts = found.effects.filter(({ kind }) => kind === 'starts');
    const told = [...new Set(starts.map((one) => `${one.source.namespace}/${one.source.serviceAccount}`))].sort();
    assert.deepEqual(
      told,
      ['bare/*', 'far/*', 'far/api', 'shop/*', 'shop/api', 'shop/other', 'shop/web'].filter((name) =>
        told.includes(name),
      ),
    );
    for (const name of ['bare/*', 'far/*', 'far/api', 'shop/*', 'shop/api', 'shop/other'])
      assert.ok(told.includes(name), name);
    assert.ok(
      starts
        .filter((one) => one.source.serviceAccount === 'api' && one.source.namespace === 'shop')
        .every((one) => one.source === source),
    );
  });

  it('names where it is too large to tell, for every source', () => {
    const pod = (name: string) =>
      ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' }, spec: { serviceAccountName: name } }) as Pod;
    const sources = ['api', 'other'].map((name) => ({ kind: 'ServiceAccount', name, namespace: 'shop' }));
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const matches = Array.from({ length: 40 }, (_, index) => ({
      name: `m${index}`,
      pathRegex: `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
      methods: [index % 2 ? 'GET' : 'PUT'],
    }));
    const found = plan([meshConfig, web, server(), pod('api'), pod('other'), routeGroup('g', matches, 'shop'),
      egress('hard', { sources, hosts: ['x.org'], ports: [{ number: 8080, protocol: 'http' }], matches: [routesRef('g')] }, 'shop')]);
    assert.ok(found.result === 'change');
    const told = found.undecided.map(({ dimension, port, source: { serviceAccount } }) => `${serviceAccount} ${dimension} ${port}`);
    assert.deepEqual(told, ['api path 8080', 'other path 8080']);
  }); // prettier-ignore

  it('keeps the name that was asked for apart from others to which the same happens', () => {
    const objects = [
      meshConfig,
      deployment(),
      egress('e', { sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }], hosts: ['x.org', 'y.org'], ports: [{ number: 443, protocol: 'https' }], matches: [settingRef('set')] }, 'shop'),
      { apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', metadata: { name: 'set', namespace: 'shop' }, spec: { host: 'x.org', connectionSettings: { tcp: { maxConnections: 0 } } } } as Resource,
    ];
    const open = structuredClone(objects[0] as MeshConfig);
    open.spec!.traffic!.enableEgress = true;
    const found = plan([open, ...objects.slice(1)], 'curl --resolve x.org:443:198.51.100.1 https://x.org/');
    assert.ok(found.result === 'change');
    const named = found.effects.flatMap(({ where, class: { constraints } }) =>
      constraints.flatMap(({ dimension, parts }) => (dimension === 'server-name' ? [`${where} ${parts.map(({ name }) => name).join()}`] : [])),
    );
    assert.deepEqual(named.sort(), ['near y.org', 'own x.org']);
  }); // prettier-ignore

  it('names mean the same for every source and pod', () => {
    const pod = (name: string, serviceAccountName: string, annotations: Record<string, string> = {}) =>
      ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', annotations }, spec: { serviceAccountName } }) as Pod;
    const asked = pod('api-1', 'api', { 'openservicemesh.io/outbound-port-exclusion-list': '8080' });
    const accounts = ['api', 'other'].map((name) => ({ kind: 'ServiceAccount', name, namespace: 'shop' }));
    const gone: Resource = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'gone', namespace: 'shop' },
      spec: { sources: accounts, hosts: ['gone.org'], ports: [{ number: 8080, protocol: 'http' }] },
    };
    const objects = [namespace, meshConfig, web, server(), asked, pod('api-2', 'api'), pod('other', 'other'), gone];
    const options = { exclusion: true, pod: asked, resolve: () => 'not-found' as const };
    const found = planAllow(objects, source, parseTarget('curl http://web.shop/'), options);
    assert.ok(found.result === 'change');
    const request = parseTarget("curl -H 'Host: gone.org' http://10.0.0.5:8080/");
    const told = found.effects.filter((one) => one.class.holds(request, parseAddressLiteral('10.0.0.5')!));
    // Envoy resolves the host, and would find nothing
    assert.deepEqual(
      told.map(({ kind, source: { serviceAccount } }) => `${serviceAccount} ${kind}`).filter((one) => /^(api|other) /.test(one)),
      ['api starts', 'other starts'],
    );
  }); // prettier-ignore

  it('serves wherever the way past Envoy is open and no policy is a way', () => {
    const outside = { ...namespace, metadata: { ...namespace.metadata, name: 'out', labels: {} } } as Resource;
    const line = 'curl --resolve x.org:443:198.51.100.1 https://x.org/';
    const ask = (objects: Resource[], options: object, command = line) =>
      planAllow([namespace, meshConfig, deployment(), ...objects], source, parseTarget(command), { exclusion: true, ...options });
    assert.deepEqual(changed(ask([outside], { namespace: 'out' })).map(({ kind }) => kind), ['Deployment'], 'namespace-not-monitored');
    const nothing = { editable: ({ kind }: Resource) => kind === 'Deployment' };
    const refused = { apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'Egress', metadata: { name: 'e', namespace: 'shop' }, spec: { sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }], hosts: ['y.org', 'Y.org'], ports: [{ number: 443, protocol: 'https' }] } } as unknown as Resource;
    assert.equal(ask([refused], nothing).result, 'impossible', 'a policy could serve, were it editable');
    assert.equal(ask([], {}, 'curl https://x.org/').result, 'change', 'a policy serves');
    const resolve = () => ['198.51.100.1'];
    const twin = { ...web, metadata: { name: 'twin', namespace: 'shop' } } as Resource;
    assert.deepEqual(changed(ask([web, twin], { resolve }, 'curl https://x.org/')).map(({ kind }) => kind), ['Deployment'], 'listener-refused');
    const setting = { apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', metadata: { name: 'set', namespace: 'shop' }, spec: { host: 'x.org', connectionSettings: { tcp: { connectTimeout: '0s' } } } } as Resource;
    const limited = { ...refused, spec: { ...(refused as unknown as { spec: object }).spec, hosts: ['x.org'], matches: [{ apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'set' }] } } as Resource;
    const db = { ...refused, metadata: { name: 'db', namespace: 'shop' }, spec: { ...(refused as unknown as { spec: object }).spec, ipAddresses: ['203.0.113.0/24'], ports: [{ number: 443, protocol: 'tcp' }] } } as Resource;
    assert.deepEqual(changed(ask([setting, limited], {})).map(({ kind }) => kind), ['Deployment'], 'clusters-refused');
    const past = ask([setting, limited, db], {});
    assert.deepEqual(changed(past).map(({ kind }) => kind), ['Deployment'], 'some of them, by chance');
    const none = { ...setting, spec: { host: 'x.org', connectionSettings: { tcp: { maxConnections: 0 } } } } as Resource;
    assert.deepEqual(changed(ask([none, limited], {})).map(({ kind }) => kind), ['Deployment'], 'no-change-found');
    const toNobody = { apiVersion: 'split.smi-spec.io/v1alpha2', kind: 'TrafficSplit', metadata: { name: 'split', namespace: 'shop' }, spec: { service: 'web', backends: [{ service: 'web', weight: 0 }] } } as Resource;
    const account = [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }];
    const plain = egress('plain', { sources: account, hosts: ['x.org'], ports: [{ number: 80, protocol: 'http' }] }, 'shop');
    const shut = egress('shut', { sources: account, ipAddresses: ['203.0.113.0/24'], ports: [{ number: 80, protocol: 'tcp' }], matches: [settingRef('set')] }, 'shop');
    const routes = ask([web, server(), toNobody, plain, none, shut], {}, 'curl --resolve x.org:80:198.51.100.1 http://x.org/');
    assert.deepEqual(changed(routes).map(({ kind }) => kind), ['Deployment'], 'routes-refused');
    const places = past.result === 'change' ? past.effects.map(({ kind, where }) => `${kind} ${where}`) : [];
    assert.deepEqual([...new Set(places)].sort(), ['starts elsewhere', 'starts near', 'starts own'], 'the name itself, others at its address');
    assert.equal(ask([], { name: 'e', namespace: 'shop' }, 'curl http://127.0.0.1:15003/').result, 'impossible', 'loopback');
  }); // prettier-ignore

  it('is remembered by the plans that build on it', () => {
    const first = plan([meshConfig, web, server(), deployment()]);
    assert.ok(first.result === 'change');
    const again = planAllow(first.objects, source, parseTarget('curl http://10.0.0.5/'), { exclusion: true });
    assert.equal(again.result, 'nothing-to-do');
  });
});
