import assert from 'node:assert/strict';
import {
  decisiveKinds,
  readAll,
  standIns,
  variantsOf,
  type Unread,
  type UnreadKind,
} from '../../src/lib/analysis/unread.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { Egress, KubernetesObject, Resource } from '../../src/lib/resources/types.js';

const OSM = 'osm-system';

/** Nothing of these kinds could be read, but in the namespaces that are known. */
function without(kinds: readonly UnreadKind[], known: readonly string[] = []): Unread {
  return { kinds: new Set(kinds), knows: (kind, namespace) => !kinds.includes(kind) || known.includes(namespace) };
}

function egress(
  name: string,
  namespace: string | undefined,
  sources: readonly string[],
  matches: readonly string[],
): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: {
      sources: sources.map((from) => ({ kind: 'ServiceAccount', name: 'a', namespace: from })),
      ports: [],
      matches: matches.map((text) => {
        const [kind, of] = text.split(' ') as [string, string];
        return { apiGroup: '', kind, name: of };
      }),
    },
  };
}

const POLICIES = [
  egress('one', 'shop', ['shop', 'web'], ['HTTPRouteGroup routes', 'UpstreamTrafficSetting limits', 'Egress x']),
  egress('two', undefined, ['web'], ['HTTPRouteGroup routes']),
];
const ALL: readonly UnreadKind[] = ['MeshConfig', 'Namespace', 'Egress', 'HTTPRouteGroup', 'UpstreamTrafficSetting'];
const given = (kind: string, name: string, namespace?: string) =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
  }) as KubernetesObject as Resource;
const told = (objects: readonly Resource[]) =>
  objects.map((object) => {
    const { kind, metadata } = object;
    const pattern = object.kind === 'HTTPRouteGroup' ? ` ${object.spec.matches[0]!.pathRegex}` : '';
    return `${kind} ${metadata.namespace ?? ''}/${metadata.name}${pattern}`;
  });

describe('what could not be read', () => {
  it('does not matter where all was', () => {
    assert.deepEqual(
      [standIns(POLICIES, readAll), decisiveKinds(POLICIES, readAll, OSM), variantsOf(POLICIES, readAll, OSM)],
      [[], [], [[]]],
    );
    assert.ok(readAll.knows('Egress', 'shop'));
  });

  it('is thought of so that everything favours the policies: each setting and group that they name is there, and takes all', () => {
    assert.deepEqual(told(standIns(POLICIES, without(ALL))), [
      'UpstreamTrafficSetting shop/limits',
      'HTTPRouteGroup shop/routes .*',
      'HTTPRouteGroup default/routes .*',
    ]);
    assert.deepEqual(told(standIns(POLICIES, without(ALL, ['shop']))), ['HTTPRouteGroup default/routes .*']);
    const some = [
      ...POLICIES,
      given('HTTPRouteGroup', 'routes', 'default'),
      given('UpstreamTrafficSetting', 'limits', 'other'),
    ];
    assert.deepEqual(told(standIns(some, without(ALL))), [
      'UpstreamTrafficSetting shop/limits',
      'HTTPRouteGroup shop/routes .*',
    ]);
  });

  it('may be in ways that matter: all in favour, nothing in favour, and groups that Envoy refuses', () => {
    assert.deepEqual(variantsOf(POLICIES, without(ALL), OSM).map(told), [
      ['UpstreamTrafficSetting shop/limits', 'HTTPRouteGroup shop/routes .*', 'HTTPRouteGroup default/routes .*'],
      ['MeshConfig osm-system/osm-mesh-config', 'Namespace /shop', 'Namespace /web', 'Namespace /default'],
      ['UpstreamTrafficSetting shop/limits', 'HTTPRouteGroup shop/routes (', 'HTTPRouteGroup default/routes ('],
    ]);
    // a namespace has no namespace, whatever a manifest says
    const known = [...POLICIES, given('MeshConfig', 'osm-mesh-config', OSM), given('Namespace', 'web', 'other')];
    assert.deepEqual(variantsOf(known, without(['MeshConfig', 'Namespace']), OSM).map(told), [
      [],
      ['Namespace /shop', 'Namespace /default'],
    ]);
    assert.deepEqual(variantsOf(POLICIES, without(['MeshConfig'], [OSM]), OSM).map(told), [[], []]);
  });

  it('is thought of as objects that a manifest may have', () => {
    for (const objects of variantsOf(POLICIES, without(ALL), OSM)) {
      const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      assert.equal(parseManifests(manifest, 'unread.json').objects.length, objects.length);
    }
  });

  it('decides where the policies rest on it', () => {
    assert.deepEqual(decisiveKinds(POLICIES, without(ALL), OSM), ALL);
    for (const kind of ALL) assert.deepEqual(decisiveKinds(POLICIES, without([kind]), OSM), [kind]);
    assert.deepEqual(decisiveKinds(POLICIES, without(ALL, [OSM, 'shop', 'web', 'default']), OSM), ['Egress']);
    const [, second] = POLICIES;
    const unread = without(ALL, [OSM, 'web']);
    assert.deepEqual(decisiveKinds([second!], unread, OSM), ['Namespace', 'Egress', 'HTTPRouteGroup']);
    assert.equal(variantsOf([second!], unread, OSM).length, 3);
    assert.deepEqual(decisiveKinds([], without(ALL), OSM), ['MeshConfig', 'Egress']);
  });
});
