import assert from 'node:assert/strict';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import { readAll, type Unread } from '../../../src/lib/analysis/unread.js';
import type { KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace, source, toGroup } from '../../egress/support.js';

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
