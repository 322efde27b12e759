import assert from 'node:assert/strict';
import { proveFixes } from '../../../src/lib/analysis/lint/fixes.js';
import { lint } from '../../../src/lib/analysis/lint/lint.js';
import type { AnyFinding } from '../../../src/lib/analysis/lint/rules/index.js';
import { readAll, type Unread } from '../../../src/lib/analysis/unread.js';
import type { Egress, FieldPath, KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace, routeGroup, source, toGroup, toSetting } from '../../egress/support.js';

/** What one round of `--fix` fixes, and what it leaves. */
function fixOnce(objects: readonly Resource[], unread: Unread) {
  const surroundings = { objects, worldOptions: {}, unread };
  const findings = lint({ ...surroundings, world: createWorld(objects) }, { concerns: () => true, quick: true });
  return proveFixes(surroundings, findings, () => true);
}

describe('what lint fixes', () => {
  const around = [meshConfig(), namespace('curl')];
  const api = egress('api', '80/http,443/https', { hosts: ['a.com'] });
  const fixable = egress('db', '5432/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] });

  /** Policies, what is fixed of them in one round, and what is left. */
  const rows: readonly (readonly [what: string, policies: readonly Egress[], fixed: string[], left: string[]])[] = [
    ['what changes nothing', [fixable], ['hosts-on-tcp'], []],
    [
      'one edit for several findings',
      [egress('db', '1/tcp,2/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
      ['hosts-on-tcp', 'hosts-on-tcp'],
      [],
    ],
    [
      'no domain that Envoy would find twice',
      [api, egress('odd', '80/http', { hosts: ['http://a.com', 'b.com'] })],
      [],
      ['host-with-scheme'],
    ],
    [
      'no server name that Envoy would find twice',
      [api, egress('odd', '443/https', { hosts: ['a.com:443', 'b.com'] })],
      [],
      ['host-with-port'],
    ],
    [
      'no chain that would come before those of others',
      [
        egress('all', '443/https', { hosts: ['*.a.com'] }),
        egress('few', '443/HTTPS', { hosts: ['www.a.com'], ipAddresses: ['192.0.2.0/24'] }),
      ],
      [],
      ['protocol-not-lower-case'],
    ],
    [
      'not what another edit of the round is about',
      [egress('db', '5432/tcp', { ipAddresses: ['192.0.2.1/0', '192.0.2.0/24', '192.0.2.0/33'] })],
      ['cidr-skipped', 'range-host-bits'],
      ['range-zero'],
    ],
  ];
  for (const [what, policies, fixed, left] of rows) {
    it(what, () => {
      const found = fixOnce([...around, ...policies], readAll);
      const told = [found.fixed, found.left].map((findings) => findings.map(({ rule }) => rule as string).sort());
      assert.deepEqual(told, [fixed, left]);
    });
  }

  it('no policy goes that changes something, whoever says that it may', () => {
    const policies = ['a.com', 'b.com'].map((host) => egress(host.slice(0, 1), '443/https', { hosts: [host] }));
    const objects = [...around, ...policies];
    const findings = policies.map((policy) => ({
      rule: 'redundant',
      at: [{ object: policy, path: [] }],
      deletes: true,
    }));
    const { deletions, left } = proveFixes(
      { objects, worldOptions: {}, unread: readAll },
      findings as never,
      () => true,
    );
    assert.deepEqual([deletions.size, left.length], [0, 2]);
  });

  it('nothing of what depends on something that could not be read', () => {
    const dependent = egress('db', '5432/tcp', { ...fixable.spec, matches: [toSetting('s')] });
    const other = egress('other', '80/http', { hosts: ['a.com'], matches: [toGroup('g')] });
    const elsewhere = { ...other, spec: { ...other.spec, sources: [source('else')] } };
    const cases: [string, readonly Egress[], number][] = [
      ['UpstreamTrafficSetting', [dependent], 0],
      ['UpstreamTrafficSetting', [fixable], 1],
      ['HTTPRouteGroup', [fixable, other], 0],
      ['HTTPRouteGroup', [fixable, elsewhere], 1],
      ['Egress', [fixable], 0],
      ['Service', [fixable], 1],
    ];
    for (const [kind, policies, count] of cases) {
      const { fixed } = fixOnce([...around, ...policies], hiding(kind));
      assert.equal(fixed.length, count, `${kind}: ${policies.map(({ metadata }) => metadata.name).join()}`);
    }
    const twice = routeGroup('g', { name: 'one', headers: [{ 'x-a': '1' }, { 'x-a': '2' }] });
    const counts = [readAll, hiding('Egress')].map((unread) => fixOnce([...around, twice], unread).fixed.length);
    assert.deepEqual(counts, [1, 0], 'a policy that cannot be read may name the group');
  });

  type Written = Pick<AnyFinding, 'at' | 'fix' | 'deletes'>;
  const field = (object: KubernetesObject, ...path: FieldPath): Written['at'] => [{ object, path }];
  const removing = (object: KubernetesObject, ...path: FieldPath): Written => ({
    at: field(object),
    fix: [{ op: 'remove', path }],
  });
  const deleting = (object: KubernetesObject): Written => ({ at: field(object), deletes: true });

  /** Which of the findings are fixed and left, by their numbers. */
  function proven(
    objects: readonly Resource[],
    findings: readonly Written[],
    editable: (object: KubernetesObject) => boolean = () => true,
  ) {
    const surroundings = { objects: [...around, ...objects], worldOptions: {}, unread: readAll };
    const { edits, deletions, fixed, left } = proveFixes(surroundings, findings as AnyFinding[], editable);
    const numbers = (some: readonly AnyFinding[]) => some.map((finding) => findings.indexOf(finding));
    return { fixed: numbers(fixed), left: numbers(left), edits, deletions };
  }

  const ranges = (name: string, ...ipAddresses: string[]) => egress(name, '5432/tcp', { ipAddresses });

  it('each on top of those before: of two that say the same one stays', () => {
    const [one, two] = [ranges('one', '10.0.0.0/8'), ranges('two', '10.0.0.0/9', '10.128.0.0/9')];
    const [half, other] = [
      ranges('half', '10.0.0.0/8', '11.0.0.0/8'),
      ranges('other', '10.0.0.0/9', '10.128.0.0/9', '12.0.0.0/8'),
    ];
    const both: Written = {
      at: field(other),
      fix: [0, 1].map((index) => ({ op: 'remove', path: ['spec', 'ipAddresses', index] })),
    };
    const first = removing(half, 'spec', 'ipAddresses', 0);
    for (const [objects, findings] of [
      [
        [one, two],
        [deleting(one), deleting(two)],
      ],
      [
        [one, two],
        [deleting(two), deleting(one)],
      ],
      [
        [half, other],
        [first, both],
      ],
      [
        [half, other],
        [both, first],
      ],
    ] as const) {
      const { fixed, left } = proven(objects, findings);
      assert.deepEqual([fixed, left], [[0], [1]]);
    }
  });

  it('a policy is deleted or edited in one round, not both, and what is deleted has nothing more to fix', () => {
    const needless = ranges('needless', '10.0.0.0/9', '10.1.0.0/16');
    const objects = [needless, ranges('wide', '10.0.0.0/8')];
    const edit = removing(needless, 'spec', 'ipAddresses', 1);
    const deleted = proven(objects, [deleting(needless), edit, deleting(needless)]);
    assert.deepEqual(
      [deleted.fixed, deleted.left, [...deleted.deletions], deleted.edits.size],
      [[0], [], [needless], 0],
    );
    const changed = proven(objects, [edit, deleting(needless), { ...edit }]);
    assert.deepEqual([changed.fixed, changed.left, changed.deletions.size], [[0, 2], [], 0]);
    assert.deepEqual([...changed.edits], [[needless, edit.fix]]);
  });

  it('edits of one policy hold together, those of what is edited already wait for the next round', () => {
    const one = ranges('one', '10.0.0.0/9');
    const rest = { ...one, metadata: { ...one.metadata, annotations: { a: 'x', b: 'y' } } };
    const [a, b] = ['a', 'b'].map((name) => removing(rest, 'metadata', 'annotations', name));
    const all = removing(rest, 'metadata', 'annotations');
    for (const [findings, fixed, left] of [
      [[a!, b!], [0, 1], []],
      [[a!, all], [0], [1]],
      [[all, a!], [0], [1]],
      [[removing(rest, 'spec', 'ipAddresses', 0), a!], [1], [0]],
    ] as const) {
      const found = proven([rest], findings);
      assert.deepEqual([found.fixed, found.left], [fixed, left]);
      assert.deepEqual(
        found.edits.get(rest),
        fixed.flatMap((index) => findings[index].fix!),
      );
    }
  });

  it('only of what may be edited, and only where a finding has edits', () => {
    const needless = ranges('needless', '10.1.0.0/16');
    const objects = [needless, ranges('wide', '10.0.0.0/8')];
    const findings: Written[] = [{ at: field(needless) }, { at: [], deletes: true }, deleting(needless)];
    const nothing = proven(objects, findings, (object) => object !== needless);
    assert.deepEqual([nothing.fixed, nothing.left], [[], []]);
    assert.deepEqual(proven(objects, findings).fixed, [2]);
  });

  it('for every source that the policy names, or for everybody where a group is edited', () => {
    const sources = [source('curl'), source('other')];
    const shared = egress('shared', '5432/tcp', { ipAddresses: ['10.0.0.0/8', '11.0.0.0/8'], sources });
    const covering = ranges('covering', '10.0.0.0/9', '10.128.0.0/9');
    const edit = removing(shared, 'spec', 'ipAddresses', 0);
    assert.deepEqual(proven([shared, covering], [edit]).left, [0]);
    const ofBoth = { ...covering, spec: { ...covering.spec, sources } };
    assert.deepEqual(proven([shared, ofBoth], [edit]).fixed, [0]);

    const added: Written = {
      at: field(shared),
      fix: [{ op: 'insert', path: ['spec', 'sources'], index: 2, values: [source('third')] }],
    };
    assert.deepEqual(proven([shared, ofBoth], [added]).left, [0], 'a source that the edit adds');
    const namesake = routeGroup('shared', { name: 'one' });
    assert.deepEqual(proven([shared, covering, namesake], [edit]).left, [0], 'beside an object of the same name');

    const group = routeGroup('routes', { name: 'one', headers: [{ 'x-a': '1' }, { 'x-a': '2' }] });
    const routed = egress('routed', '80/http', { hosts: ['a.com'], matches: [toGroup('routes')], sources });
    const headers = [0, 1].map((index) => removing(group, 'spec', 'matches', 0, 'headers', index));
    const byGroup = proven([group, routed, shared], headers);
    assert.deepEqual([byGroup.fixed, byGroup.left], [[0], [1]]);
  });

  it('nothing that cannot be decided', () => {
    const large = routeGroup('large', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET'] });
    const policy = egress('odd', '80/http', { hosts: ['a.com', 'b.com'], matches: [toGroup('large')] });
    const other = egress('other', '8080/http', { hosts: ['a.com'], matches: [toGroup('other')] });
    const small = routeGroup('other', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET', 'GET'] });
    const found = proven(
      [large, small, policy, other],
      [
        {
          at: field(large),
          fix: [{ op: 'set', path: ['spec', 'matches', 0, 'pathRegex'], value: '/[ab]*a[ab]{13}[ab]' }],
        },
        removing(small, 'spec', 'matches', 0, 'methods', 0),
      ],
    );
    assert.deepEqual(found.left, [0]);
  });
});
