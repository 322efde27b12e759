import assert from 'node:assert/strict';

import fc from 'fast-check';

import { UsageError } from '../../src/lib/errors.js';
import { fieldChanges, patchOf } from '../../src/lib/changes/change.js';
import { applyAssignments, checkRequired } from '../../src/lib/mesh/meshconfig/edit.js';
import { droppedNote, droppedValues } from '../../src/lib/mesh/meshconfig/lists.js';
import { valueAt } from '../../src/lib/text/plain-data.js';

type Data = Record<string, unknown>;

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A merge patch as RFC 7396 §2 defines it. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isData(patch)) return patch;
  const result: Data = isData(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

const { tree } = fc.letrec<{ tree: Data; node: unknown }>((tie) => ({
  tree: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/~e'), tie('node'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  node: fc.oneof(
    { depthSize: 'small' },
    fc.boolean(),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('', 'x'),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    tie('tree'),
  ),
}));

describe('differences and patch', () => {
  it('lead from one object to the other, by the rules of merge patches', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        assert.deepEqual(mergePatch(from, patchOf(fieldChanges(from, to))), to);
      }),
      { numRuns: 1000 },
    );
  });

  it('are none between equals, and otherwise each is one', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        assert.deepEqual(fieldChanges(from, structuredClone(from)), []);
        for (const { from: before, to: after } of fieldChanges(from, to)) assert.notDeepEqual(before, after);
      }),
    );
  });
});

describe('assignments', () => {
  it('change what they name and nothing else, and not the original', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(tree, path, fc.option(fc.integer(), { nil: undefined }), (spec, at, value) => {
        const original = structuredClone(spec);
        const result = applyAssignments(spec, [{ path: at, value }]);
        assert.deepEqual(spec, original);
        const changed = fieldChanges(spec, result);
        assert.ok(changed.length <= 1);
        for (const change of changed) assert.deepEqual(change.path, at.slice(0, change.path.length));
        assert.deepEqual(
          at.reduce<unknown>((inner, step) => (isData(inner) ? inner[step] : undefined), result),
          value,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('lists', () => {
  const values = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 });
  const path = ['traffic', 'outboundPortExclusionList'];
  const after = (list: number[], change: 'add' | 'remove', value: number[]): unknown =>
    valueAt(applyAssignments({ traffic: { outboundPortExclusionList: list } }, [{ path, value, change }]), path);

  it('gain what they lack and lose what they have, in their order', () => {
    fc.assert(
      fc.property(values, values, (list, named) => {
        const more = after(list, 'add', named) as number[];
        assert.deepEqual(more.slice(0, list.length), list);
        assert.deepEqual(new Set(more), new Set([...list, ...named]));
        assert.equal(new Set(more).size, more.length);
        assert.deepEqual(
          after(list, 'remove', named),
          list.filter((value) => !named.includes(value)),
        );
        assert.deepEqual(droppedValues(list, after(list, 'add', named)), []);
      }),
    );
  });

  it('that are not there stay away when something is taken from them', () => {
    assert.deepEqual(applyAssignments({}, [{ path, value: [1], change: 'remove' }]), {});
    assert.deepEqual(applyAssignments({}, [{ path, value: [1], change: 'add' }]), {
      traffic: { outboundPortExclusionList: [1] },
    });
  });

  it('are told of where they lose values, also with their section', () => {
    const before = { traffic: { outboundPortExclusionList: [80, 443], outboundIPRangeExclusionList: ['10.0.0.0/8'] } };
    const told = droppedValues(before, { traffic: { outboundPortExclusionList: [443, 7] } }).map(droppedNote);
    assert.deepEqual(told, [
      'spec.traffic.outboundPortExclusionList no longer has 80; to keep what a list has, write traffic.outboundPortExclusionList+=VALUE',
      'spec.traffic.outboundIPRangeExclusionList no longer has 10.0.0.0/8; to keep what a list has, write traffic.outboundIPRangeExclusionList+=VALUE',
    ]);
  });

  it('are not emptied where one value has to stay', () => {
    const names = ['certificate', 'ingressGateway', 'subjectAltNames'];
    const gateway = { subjectAltNames: ['a'], validityDuration: '1h', secret: { name: 'a', namespace: 'b' } };
    const certificate = { serviceCertValidityDuration: '1h', certKeyBitSize: 2048, ingressGateway: gateway };
    const assignments = [{ path: names, value: ['a'], change: 'remove' as const }];
    const spec = applyAssignments({ certificate }, assignments);
    assert.throws(() => checkRequired(spec, assignments), /would be left with fewer than 1 item/);
  });
});

describe('required fields', () => {
  const certificate = { serviceCertValidityDuration: '24h', certKeyBitSize: 2048 };
  const check = (spec: Data, ...path: string[]) => checkRequired(spec, [{ path, value: true }]);

  it('must be there in the sections that are touched', () => {
    check({ certificate }, 'certificate', 'certKeyBitSize');
    assert.throws(
      () => check({ certificate: { certKeyBitSize: 1 } }, 'certificate', 'certKeyBitSize'),
      (error) =>
        error instanceof UsageError &&
        error.message === 'spec.certificate needs serviceCertValidityDuration' &&
        error.hint === 'add certificate.serviceCertValidityDuration=VALUE, or remove the whole section: certificate-',
    );
    const gateway = { subjectAltNames: ['a'], validityDuration: '1h', secret: { name: 'x' } };
    const spec = { certificate: { ...certificate, ingressGateway: gateway } };
    assert.throws(() => check(spec, 'certificate'), /spec.certificate.ingressGateway.secret needs namespace/);
    assert.throws(() => check(spec, 'certificate', 'ingressGateway', 'secret', 'name'), /needs namespace/);
  });

  it('are no concern elsewhere', () => {
    check({ certificate: {} }, 'traffic', 'enableEgress');
    check({}, 'certificate');
  });
});
