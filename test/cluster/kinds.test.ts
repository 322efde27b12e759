import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describe, it } from 'mocha';
import {
  apiVersionOf,
  comesWithOsm,
  findKind,
  kinds,
  qualifiedName,
  qualifiedPlural,
} from '../../src/lib/resources/kinds.js';
import type { ResourceKind } from '../../src/lib/resources/kinds.js';

interface Crd {
  metadata: { name: string };
  spec: {
    group: string;
    scope: string;
    names: { kind: string; plural: string; singular: string };
    versions: { name: string; served: boolean }[];
  };
}

const folder = fileURLToPath(new URL('../integration/support/crds', import.meta.url));
const crds = readdirSync(folder).flatMap((name) => loadAll(readFileSync(`${folder}/${name}`, 'utf8')) as Crd[]);

describe('kinds', () => {
  it("say what OSM's CRDs say, for each of them", () => {
    for (const { metadata, spec } of crds) {
      const kind = (kinds as Record<string, ResourceKind>)[spec.names.kind];
      assert(kind, metadata.name);
      assert(comesWithOsm(kind), metadata.name);
      assert.equal(qualifiedPlural(kind), metadata.name);
      assert.equal(kind.singular, spec.names.singular);
      assert.equal(kind.namespaced, spec.scope === 'Namespaced');
      assert(
        spec.versions.some(({ name, served }) => served && name === kind.version),
        metadata.name,
      );
    }
    assert.equal(crds.length, Object.values(kinds).filter(comesWithOsm).length);
  });

  it('are named as kubectl names them', () => {
    assert.equal(qualifiedName(kinds.Egress, 'x'), 'egress.policy.openservicemesh.io/x');
    assert.equal(qualifiedName(kinds.Namespace, 'x'), 'namespace/x');
    assert.equal(qualifiedName(kinds.HTTPRouteGroup, 'x'), 'httproutegroup.specs.smi-spec.io/x');
    assert.equal(apiVersionOf(kinds.Pod), 'v1');
    assert.equal(apiVersionOf(kinds.MeshConfig), 'config.openservicemesh.io/v1alpha2');
  });

  it('are found by apiVersion and kind together', () => {
    for (const kind of Object.values(kinds) as ResourceKind[]) {
      assert.equal(findKind({ apiVersion: apiVersionOf(kind), kind: kind.kind }), kind);
    }
    assert.equal(findKind({ apiVersion: 'v1', kind: 'Egress' }), undefined);
    assert.equal(findKind({ apiVersion: 'config.openservicemesh.io/v1alpha1', kind: 'MeshConfig' }), undefined);
    for (const kind of ['toString', '__proto__', 'constructor'])
      assert.equal(findKind({ apiVersion: 'v1', kind }), undefined);
  });
});
