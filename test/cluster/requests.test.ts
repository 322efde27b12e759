import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { connect } from '../../src/lib/cluster/connect.js';
import { isConflict, isForbidden, isNotFound, MissingKindError } from '../../src/lib/cluster/errors.js';
import type { Api } from '../../src/lib/cluster/connection/api.js';
import { listAll } from '../../src/lib/cluster/paging.js';
import { fetchResources, type World, type WorldNeed } from '../../src/lib/cluster/fetch-resources.js';
import type { Cluster, ClusterOptions } from '../../src/lib/cluster/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import { istioKinds, kinds, type ResourceKind } from '../../src/lib/resources/kinds.js';
import type { Egress } from '../../src/lib/resources/types.js';
import { endAfterEach, listenOn } from '../support/loopback.js';

interface Asked {
  readonly what: string;
  readonly type: string | undefined;
  readonly body: unknown;
}
type Answer = readonly [status: number, body: unknown];

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-requests-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const ends = endAfterEach();

/** A server that answers each request as it is told, and notes what it was asked. */
async function serving(
  answer: (what: string, count: number) => Answer,
  options: ClusterOptions = {},
): Promise<{ cluster: Cluster; asked: Asked[]; lines: () => string[] }> {
  const asked: Asked[] = [];
  const note = async (request: IncomingMessage): Promise<string> => {
    const what = `${request.method} ${request.url}`;
    const body = await text(request);
    asked.push({
      what,
      type: request.headers['content-type'],
      body: body && JSON.parse(body),
    });
    return what;
  };
  const server = createServer((request, response) => {
    void note(request).then((what) => {
      const [status, body] = answer(what, asked.length);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const url = `http://127.0.0.1:${await listenOn(server, ends)}`;
  const kubeconfig = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'home' } }],
    clusters: [{ name: 'k', cluster: { server: url } }],
    users: [{ name: 'u', user: {} }],
  };
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(kubeconfig));
  const cluster = await connect({ kubeconfig: file, env: {}, ...options });
  return { cluster, asked, lines: () => asked.map(({ what }) => what) };
}

const egress: Egress = {
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: 'e', namespace: 'n' },
  spec: { sources: [], ports: [] },
};
const ref = { kind: kinds.Egress, name: 'e', namespace: 'n' };
const PATH = '/apis/policy.openservicemesh.io/v1alpha1/namespaces/n/egresses';
const status = (code: number, reason: string, details: object = {}): Answer => [
  code,
  { kind: 'Status', status: 'Failure', code, reason, message: `${reason} it is`, details },
];
const stored = (version: string, more: object = {}): Answer => [
  200,
  { ...egress, ...more, metadata: { ...egress.metadata, resourceVersion: version } },
];
const notFound = status(404, 'NotFound', { name: 'e', kind: 'egresses' });
const kindMissing: Answer = [404, '404 page not found\n'];
const asks = 'fieldManager=osm-ts&fieldValidation=Strict';

describe('requests: what is sent', () => {
  it('create', async () => {
    const { cluster, asked } = await serving(() => stored('1'));
    assert.equal((await cluster.create(egress)).metadata.resourceVersion, '1');
    await cluster.create(egress, { dryRun: true, fieldManager: 'me', fieldValidation: 'Warn' });
    assert.deepEqual(
      asked.map(({ what, type, body }) => [what, type, body]),
      [
        [`POST ${PATH}?${asks}`, 'application/json', egress],
        [`POST ${PATH}?dryRun=All&fieldManager=me&fieldValidation=Warn`, 'application/json', egress],
      ],
    );
  });

  it('patches: each of its type, and only of the version that was seen', async () => {
    const { cluster, asked } = await serving(() => stored('1'));
    await cluster.patch(ref, 'merge', { metadata: { labels: { a: 'b' } } });
    const spec = { hosts: null };
    await cluster.patch(ref, 'merge', { spec, metadata: { labels: { a: 'b' } } }, { resourceVersion: '7' });
    await cluster.patch(ref, 'strategic', {}, { resourceVersion: '7' });
    const operation = { op: 'remove', path: '/spec/hosts' } as const;
    await cluster.patch(ref, 'json', [operation], { dryRun: true });
    await cluster.patch(ref, 'json', [operation], { resourceVersion: '7' });
    assert.deepEqual(
      asked.map(({ what, type, body }) => [what, type, body]),
      [
        [`PATCH ${PATH}/e?${asks}`, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }],
        [
          `PATCH ${PATH}/e?${asks}`,
          'application/merge-patch+json',
          { spec, metadata: { labels: { a: 'b' }, resourceVersion: '7' } },
        ],
        [`PATCH ${PATH}/e?${asks}`, 'application/strategic-merge-patch+json', { metadata: { resourceVersion: '7' } }],
        [`PATCH ${PATH}/e?dryRun=All&${asks}`, 'application/json-patch+json', [operation]],
        [
          `PATCH ${PATH}/e?${asks}`,
          'application/json-patch+json',
          [operation, { op: 'replace', path: '/metadata/resourceVersion', value: '7' }],
        ],
      ],
    );
  });

  it('delete: in the background, unless told otherwise, and only the version that was seen', async () => {
    const { cluster, asked } = await serving(() => [200, { kind: 'Status', status: 'Success' }]);
    await cluster.delete(ref);
    await cluster.delete(ref, { dryRun: true, propagation: 'Foreground', resourceVersion: '7' });
    const base = { apiVersion: 'v1', kind: 'DeleteOptions' };
    assert.deepEqual(
      asked.map(({ what, body }) => [what, body]),
      [
        [`DELETE ${PATH}/e`, { ...base, propagationPolicy: 'Background' }],
        [
          `DELETE ${PATH}/e`,
          { ...base, propagationPolicy: 'Foreground', dryRun: ['All'], preconditions: { resourceVersion: '7' } },
        ],
      ],
    );
  });

  it('apply: without what only the server knows, with the version where there is one', async () => {
    const { cluster, asked } = await serving(() => stored('1'));
    const managed = { ...egress, metadata: { ...egress.metadata, managedFields: [{}] } };
    await cluster.apply(managed);
    await cluster.apply({ ...egress, metadata: { ...egress.metadata, resourceVersion: '6' } }, { force: true });
    await cluster.apply(egress, { resourceVersion: '7' });
    const sent = asked.filter(({ what }) => what.startsWith('PATCH'));
    assert.deepEqual(
      sent.map(({ what, type, body }) => [what, type, body]),
      [
        [`PATCH ${PATH}/e?${asks}`, 'application/apply-patch+yaml', egress],
        [
          `PATCH ${PATH}/e?${asks}&force=true`,
          'application/apply-patch+yaml',
          { ...egress, metadata: { ...egress.metadata, resourceVersion: '6' } },
        ],
        [
          `PATCH ${PATH}/e?${asks}`,
          'application/apply-patch+yaml',
          { ...egress, metadata: { ...egress.metadata, resourceVersion: '7' } },
        ],
      ],
    );
  });

  it('apply tells what it did', async () => {
    const results: readonly (readonly [before: Answer, after: Answer, change: string])[] = [
      [notFound, stored('1'), 'created'],
      [stored('1'), stored('1'), 'unchanged'],
      [stored('1'), stored('2', { spec: { sources: [], ports: [], hosts: ['a'] } }), 'configured'],
      [status(403, 'Forbidden'), stored('1'), 'configured'],
    ];
    for (const [first, then, change] of results) {
      const { cluster } = await serving((what) => (what.startsWith('GET') ? first : then));
      const result = await cluster.apply(egress);
      assert.deepEqual([result.change, result.object], [change, then[1]]);
    }
    const { cluster, lines } = await serving(() => status(500, 'InternalError'));
    await assert.rejects(cluster.apply(egress), /InternalError it is/);
    assert.deepEqual(lines(), [`GET ${PATH}/e`]);
  });

  it('where an object names no namespace, that of the context', async () => {
    const { cluster, lines } = await serving(() => stored('1'));
    const metadata = { name: 'e' };
    await cluster.get({ kind: kinds.Egress, name: 'e' });
    await cluster.create({ ...egress, metadata });
    const inHome = PATH.replace('/n/', '/home/');
    assert.deepEqual(lines(), [`GET ${inHome}/e`, `POST ${inHome}?${asks}`]);
  });

  it('nothing for a kind that is not known, or a name that would lead elsewhere', async () => {
    const { cluster, lines } = await serving(() => stored('1'));
    const odd = { apiVersion: 'example.com/v1', kind: 'Odd', metadata: { name: 'x' } };
    await assert.rejects(cluster.create(odd), /osm-ts does not know the kind Odd of example\.com\/v1/);
    for (const name of ['', '.', '..', 'a/b', '%2e']) {
      await assert.rejects(cluster.get({ ...ref, name }), { name: 'UsageError', message: /cannot be the name of/ });
      await assert.rejects(cluster.get({ ...ref, namespace: name }), { message: /cannot be the namespace of/ });
    }
    await cluster.get({ ...ref, name: 'a b' });
    assert.deepEqual(lines(), [`GET ${PATH}/a%20b`]);
  });

  it('a text by its path', async () => {
    const { cluster, lines } = await serving(() => [200, 'as it is']);
    assert.equal(await cluster.getText('/version?x=1'), 'as it is');
    assert.deepEqual(lines(), ['GET /version?x=1']);
    const { cluster: other } = await serving(() => status(403, 'Forbidden'));
    await assert.rejects(other.getText('/version'), { message: 'Forbidden it is', status: 403 });
  });

  it('to the server of the context', async () => {
    const { cluster } = await serving(() => stored('1'));
    assert.match(cluster.server, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([cluster.context, cluster.defaultNamespace], ['c', 'home']);
    assert.equal(typeof (await cluster.tunnel()).exec, 'function');
  });
});

describe('requests: what is sent twice', () => {
  const busyOnce = (code: number) => (_: string, count: number) =>
    count === 1 ? ([code, { kind: 'Status', reason: 'Conflict', message: 'busy' }] as const) : stored('1');
  const writes: readonly (readonly [what: string, write: (cluster: Cluster) => Promise<unknown>, after: number[]])[] = [
    ['get', (cluster) => cluster.get(ref), [429, 503]],
    ['list', (cluster) => cluster.list(kinds.Pod), [429, 503]],
    ['a text', (cluster) => cluster.getText('/version'), [429, 503]],
    ['create', (cluster) => cluster.create(egress), [429]],
    ['create as if', (cluster) => cluster.create(egress, { dryRun: true }), [429, 503]],
    ['merge', (cluster) => cluster.patch(ref, 'merge', {}), [429, 409]],
    ['merge of a version', (cluster) => cluster.patch(ref, 'merge', {}, { resourceVersion: '1' }), [429]],
    ['merge as if', (cluster) => cluster.patch(ref, 'merge', {}, { dryRun: true }), [429, 503]],
    ['JSON patch', (cluster) => cluster.patch(ref, 'json', []), [429]],
    ['delete', (cluster) => cluster.delete(ref), [429]],
    ['delete as if', (cluster) => cluster.delete(ref, { dryRun: true }), [429, 503]],
  ];
  for (const [what, write, again] of writes) {
    it(`${what}: after ${again.join(' and ')}`, async () => {
      for (const code of [429, 503, 409]) {
        const { cluster, asked } = await serving(busyOnce(code));
        await write(cluster).catch(() => undefined);
        assert.equal(asked.length, again.includes(code) ? 2 : 1, String(code));
      }
    });
  }

  it('apply: a conflict too, unless it is of a version', async () => {
    const seen = { ...egress, metadata: { ...egress.metadata, resourceVersion: '1' } };
    for (const [object, options, patches] of [
      [egress, {}, 2],
      [egress, { resourceVersion: '1' }, 1],
      [seen, {}, 1],
      [egress, { dryRun: true }, 1],
    ] as const) {
      let count = 0;
      const { cluster } = await serving((what) => {
        if (what.startsWith('GET')) return stored('1');
        return ++count === 1 ? [409, { kind: 'Status', reason: 'Conflict' }] : stored('2');
      });
      await cluster.apply(object, options).catch(() => undefined);
      assert.equal(count, patches, JSON.stringify(options));
    }
  });
});

describe('requests: what becomes of them', () => {
  it('a write that a gateway gave up may be done: how to look is told', async () => {
    const { cluster } = await serving(() => status(504, 'Timeout'));
    await assert.rejects(cluster.patch(ref, 'merge', {}), {
      hint: /^look before you try again: kubectl get egresses\.policy\.openservicemesh\.io e -n n -o yaml$/m,
    });
  });

  it('what has been given up is not sent', async () => {
    const { cluster, asked } = await serving(() => stored('1'));
    await assert.rejects(cluster.get(ref, AbortSignal.abort()), /interrupted/);
    await assert.rejects(cluster.list(kinds.Pod, { signal: AbortSignal.abort() }), /interrupted/);
    assert.deepEqual(asked, []);
  });
});

describe('requests: what is not there', () => {
  it('an object is not found, a kind is an error', async () => {
    const { cluster } = await serving((what) => (what.includes('egresses') ? notFound : kindMissing));
    assert.equal(await cluster.find(ref), undefined);
    await assert.rejects(cluster.get(ref), { status: 404 });
    await assert.rejects(cluster.find({ kind: kinds.Pod, name: 'p' }), MissingKindError);
  });

  it('a kind in another version, or none', async () => {
    const versions = (...names: string[]) => [200, { versions: names.map((version) => ({ version })) }] as const;
    const told = async (kind: ResourceKind, group: Answer): Promise<ClusterError> => {
      const { cluster } = await serving((what) => (/^GET \/apis\/[^/]+$/.test(what) ? group : kindMissing));
      return cluster.list(kind).then(
        () => assert.fail('it is there'),
        (error: unknown) => error as ClusterError,
      );
    };
    const cases: readonly (readonly [kind: ResourceKind, group: Answer, message: RegExp, hint: RegExp])[] = [
      [kinds.Egress, kindMissing, /the CRD egresses\.policy\.openservicemesh\.io is not installed$/, /^install OSM/],
      [kinds.Egress, versions('v1alpha1'), /is not installed$/, /^install OSM/],
      [
        kinds.Egress,
        versions('v1', 'v2'),
        /it serves policy\.openservicemesh\.io only as v1, v2$/,
        /OSM on the cluster to v1\.2/,
      ],
      [kinds.Egress, versions('v1', 'v1alpha1'), /is not installed$/, /^install OSM/],
      [
        istioKinds.ServiceEntry,
        kindMissing,
        /the CRD serviceentries\.networking\.istio\.io is not installed$/,
        /^install Istio/,
      ],
      [istioKinds.ServiceEntry, versions('v0'), /only as v0$/, /Istio on the cluster to 1\.22/],
      [kinds.Pod, kindMissing, /^the cluster does not know the kind Pod \(v1\): this API is not there$/, /"server"/],
    ];
    for (const [kind, group, message, hint] of cases) {
      const error = await told(kind, group);
      assert.ok(error instanceof MissingKindError, String(error));
      assert.equal(error.status, 404);
      assert.match(error.message, message);
      assert.match(error.hint!, hint);
    }
  });
});

describe('requests: lists', () => {
  const page = (names: readonly string[], token?: string): Answer => [
    200,
    {
      kind: 'PodList',
      metadata: token === undefined ? {} : { continue: token },
      items: names.map((name) => ({ metadata: { name } })),
    },
  ];

  it('come page by page, and their items get the kind that lists leave out', async () => {
    const { cluster, lines } = await serving((what) => {
      if (what.includes('continue=two')) return [200, { kind: 'PodList', metadata: { continue: '' }, items: null }];
      return what.includes('continue=one') ? page(['c'], 'two') : page(['a', 'b'], 'one');
    });
    const received: number[] = [];
    const pods = await cluster.list(kinds.Pod, {
      namespace: 'n',
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=x',
      onPage: (count) => received.push(count),
    });
    assert.deepEqual(
      pods,
      ['a', 'b', 'c'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } })),
    );
    assert.deepEqual(received, [2, 3, 3]);
    const query = 'labelSelector=a%3Db&fieldSelector=metadata.name%3Dx&limit=500';
    assert.deepEqual(
      lines(),
      ['', '&continue=one', '&continue=two'].map((token) => `GET /api/v1/namespaces/n/pods?${query}${token}`),
    );
  });

  it('of all namespaces, of kinds without any, and of other sizes', async () => {
    const { cluster, lines } = await serving((what) => {
      const kind = what.includes('/pods') ? 'PodList' : 'NamespaceList';
      return [200, { kind, items: [] }];
    });
    await cluster.list(kinds.Pod, { pageSize: 7 });
    await cluster.list(kinds.Namespace, { namespace: 'n' });
    assert.deepEqual(lines(), ['GET /api/v1/pods?limit=7', 'GET /api/v1/namespaces?limit=500']);
  });

  it('are read once more in one piece where the server has forgotten their state', async () => {
    const gone = status(410, 'Expired');
    const { cluster, lines } = await serving((what) => {
      if (what.includes('continue')) return gone;
      return what.includes('limit') ? page(['a'], 'one') : page(['a', 'b']);
    });
    assert.deepEqual(
      (await cluster.list(kinds.Pod)).map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(lines(), [
      'GET /api/v1/pods?limit=500',
      'GET /api/v1/pods?limit=500&continue=one',
      'GET /api/v1/pods',
    ]);
    const other = await serving((what) => (what.includes('continue') ? status(403, 'Forbidden') : page(['a'], 'one')));
    await assert.rejects(other.cluster.list(kinds.Pod), { status: 403 });
    const again = await serving((what) => (what.includes('continue') ? gone : page(['a'], 'one')));
    await assert.rejects(again.cluster.list(kinds.Pod), { status: 410 });
    assert.equal(again.asked.length, 4);
  });

  it('are not read for ever', async () => {
    const { cluster, asked } = await serving(() => page([], 'same'));
    await assert.rejects(cluster.list(kinds.Pod), {
      message: 'the API server sends the same page of pods again and again',
      hint: /^ask for less/,
    });
    assert.equal(asked.length, 2);
  });

  it('are 2000 pages at most', async () => {
    for (const [last, isTooMany] of [
      [1999, false],
      [2000, true],
    ] as const) {
      let pages = 0;
      const send = () => Promise.resolve({ metadata: { continue: pages++ < last ? String(pages) : '' } });
      const list = listAll({ send } as unknown as Api, kinds.Pod, {});
      if (isTooMany) await assert.rejects(list, { message: 'the API server sends more than 2000 pages of pods' });
      else assert.deepEqual(await list, []);
      assert.equal(pages, 2000);
    }
  });
});

describe('requests: a world', () => {
  const listOf = (what: string, names: readonly string[] = []): Answer => {
    const kind = [...Object.values(kinds), istioKinds.ServiceEntry].find(({ plural }) =>
      new RegExp(`/${plural}\\?`).test(what),
    )!;
    return [200, { kind: `${kind.kind}List`, items: names.map((name) => ({ metadata: { name } })) }];
  };
  const meshConfig: Answer = [
    200,
    {
      apiVersion: 'config.openservicemesh.io/v1alpha2',
      kind: 'MeshConfig',
      metadata: { name: 'm', managedFields: [] },
    },
  ];
  const namespace: Answer = [200, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }];
  const usual = (what: string): Answer => {
    if (what.includes('/meshconfigs/')) return meshConfig;
    if (/\/namespaces\/[^/?]+$/.test(what)) return namespace;
    if (what.includes('/namespaces?')) return listOf(what, ['a']);
    return listOf(what, what.includes('/pods?') ? ['p', 'q'] : []);
  };
  const forbidden = status(403, 'Forbidden');

  async function world(
    need: Partial<WorldNeed>,
    answer: (what: string) => Answer | undefined,
  ): Promise<{ world: World; lines: string[]; progress: string[] }> {
    const { cluster, lines } = await serving((what) => answer(what) ?? usual(what));
    const progress: string[] = [];
    const found = await fetchResources(cluster, {
      osmNamespace: 'osm',
      onProgress: ({ kind, received }) => progress.push(`${kind} ${received}`),
      ...need,
    });
    return { world: found, lines: lines().map((line) => line.replace(/^GET \/apis?\/|\?limit=500$/g, '')), progress };
  }

  const policies = [
    'config.openservicemesh.io/v1alpha2/namespaces/osm/meshconfigs/osm-mesh-config',
    'policy.openservicemesh.io/v1alpha1/egresses',
    'policy.openservicemesh.io/v1alpha1/upstreamtrafficsettings',
    'specs.smi-spec.io/v1alpha4/httproutegroups',
    'v1/namespaces',
  ];

  it('is the policies, the MeshConfig and the Namespaces, if nothing else is needed', async () => {
    const { world: found, lines, progress } = await world({ fallbackNamespaces: ['a'] }, () => undefined);
    assert.deepEqual(lines.sort(), policies);
    assert.deepEqual(
      found.objects.map(({ kind, metadata }) => [kind, metadata]),
      [
        ['MeshConfig', { name: 'm' }],
        ['Namespace', { name: 'a' }],
      ],
    );
    assert.deepEqual([found.forbidden, found.missingKinds, found.missingObjects], [[], [], []]);
    assert.deepEqual(progress.sort(), ['Egress 0', 'HTTPRouteGroup 0', 'Namespace 1', 'UpstreamTrafficSetting 0']);
  });

  it('is what is needed besides', async () => {
    const none = { policies: false, namespaces: false, meshConfig: false };
    const kindsOf: readonly (readonly [need: Partial<WorldNeed>, path: string])[] = [
      [{ serviceAccounts: true }, 'v1/serviceaccounts'],
      [{ services: true }, 'v1/services'],
      [{ endpoints: true }, 'v1/endpoints'],
      [{ endpointSlices: true }, 'discovery.k8s.io/v1/endpointslices'],
      [{ pods: true }, 'v1/pods'],
      [{ trafficTargets: true }, 'access.smi-spec.io/v1alpha3/traffictargets'],
      [{ trafficSplits: true }, 'split.smi-spec.io/v1alpha2/trafficsplits'],
      [{ others: [{ kind: istioKinds.ServiceEntry, extent: true }] }, 'networking.istio.io/v1/serviceentries'],
      [{ meshConfig: true, meshConfigName: 'own' }, policies[0]!.replace(/osm-mesh-config$/, 'own')],
      [{ namespaces: true }, 'v1/namespaces'],
    ];
    for (const [need, path] of kindsOf) {
      assert.deepEqual((await world({ ...none, ...need }, () => undefined)).lines, [path]);
    }
    assert.deepEqual((await world(none, () => undefined)).lines, []);
  });

  it('is of the namespaces that are named, each once', async () => {
    const pods = { namespaces: ['a', 'b', 'a'], labelSelector: 'x=y' };
    const none = { policies: false };
    const { lines, progress, world: found } = await world({ ...none, pods }, () => undefined);
    const query = '?labelSelector=x%3Dy&limit=500';
    assert.deepEqual(lines, [`v1/namespaces/a/pods${query}`, `v1/namespaces/b/pods${query}`]);
    assert.deepEqual(progress, ['Pod 2', 'Pod 4']);
    assert.equal(found.objects.length, 4);
  });

  it('tells what may not be read, and falls back on the namespaces that are known', async () => {
    const { world: found, lines } = await world(
      { policies: false, namespaces: true, pods: true, fallbackNamespaces: ['a', 'b', 'a'] },
      (what) => (/\/v1\/(pods|namespaces)\?/.test(what) || what.includes('/b') ? forbidden : undefined),
    );
    assert.deepEqual(lines.sort(), [
      'v1/namespaces',
      'v1/namespaces/a',
      'v1/namespaces/a/pods',
      'v1/namespaces/b',
      'v1/namespaces/b/pods',
      'v1/pods',
    ]);
    assert.deepEqual(
      found.forbidden.map(({ error, ...where }) => [where, error.status]),
      [
        [{ kind: 'Namespace' }, 403],
        [{ kind: 'Namespace', name: 'b' }, 403],
        [{ kind: 'Pod' }, 403],
        [{ kind: 'Pod', namespace: 'b' }, 403],
      ],
    );
    assert.equal(found.objects.filter(({ kind }) => kind === 'Pod').length, 2);
  });

  it('tells what is not there', async () => {
    const { world: found } = await world({ pods: { namespaces: ['a', 'b'] } }, (what) => {
      if (what.includes('meshconfigs'))
        return status(404, 'NotFound', { name: 'osm-mesh-config', kind: 'meshconfigs' });
      return /egresses|pods|^GET \/apis\/[^/]+$/.test(what) ? kindMissing : undefined;
    });
    assert.deepEqual(
      found.missingKinds.map(({ kind, apiVersion, error }) => [kind, apiVersion, error instanceof MissingKindError]),
      [
        ['Egress', 'policy.openservicemesh.io/v1alpha1', true],
        ['Pod', 'v1', true],
      ],
    );
    assert.deepEqual(found.missingObjects, [{ kind: 'MeshConfig', namespace: 'osm', name: 'osm-mesh-config' }]);
  });

  it('is no world where anything else fails', async () => {
    await assert.rejects(
      world({}, (what) => (what.includes('egresses') ? status(401, 'Unauthorized') : undefined)),
      { status: 401 },
    );
    await assert.rejects(
      world({}, (what) => (what.includes('meshconfigs') ? status(500, 'InternalError') : undefined)),
      { status: 500 },
    );
    await assert.rejects(
      world({ policies: false, pods: true }, (what) => (what.includes('pods') ? notFound : undefined)),
      { status: 404 },
    );
  });
});

describe('requests at the same time', () => {
  it('end when one has failed, and the failure is the first', async () => {
    const signals: AbortSignal[] = [];
    const failing = new Error('first');
    const cluster = {
      get: () => Promise.reject(failing),
      list: (_: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          signals.push(signal);
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
          if (signal.aborted) reject(new Error('interrupted'));
        }),
    } as unknown as Cluster;
    await assert.rejects(fetchResources(cluster, { osmNamespace: 'osm', pods: true }), failing);
    assert.ok(signals.length >= 3 && signals.every(({ aborted }) => aborted));
  });

  it('are four at most', async () => {
    let [running, most] = [0, 0];
    const read = async <T>(result: T): Promise<T> => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      running--;
      return result;
    };
    const cluster = { list: () => read([]), get: () => read(egress) } as unknown as Cluster;
    await fetchResources(cluster, { osmNamespace: 'osm', pods: true, services: true, endpoints: true });
    assert.deepEqual([running, most], [0, 4]);
  });
});

describe('refusals by their status', () => {
  it('are those of a cluster only', () => {
    const refusal = (code: number): ClusterError => new ClusterError('refused', undefined, code);
    const missing = new MissingKindError(kinds.Egress, []);
    const others = [
      undefined,
      null,
      { status: 404 },
      { status: 403 },
      { status: 409 },
      new Error('other'),
      refusal(500),
    ];
    const all = [refusal(404), refusal(403), refusal(409), missing, ...others];
    assert.deepEqual(all.filter(isNotFound), all.slice(0, 1));
    assert.deepEqual(all.filter(isForbidden), all.slice(1, 2));
    assert.deepEqual(all.filter(isConflict), all.slice(2, 3));
  });
});
