import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { asWritten, sameObject } from '../../src/lib/resources/server-fields.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';

const object = (metadata: object, rest: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'x', ...metadata },
  ...rest,
});

describe('sameObject', () => {
  it('looks past the bookkeeping of the server', () => {
    const before = object({ resourceVersion: '1', generation: 1, managedFields: [1] }, { spec: { a: [1] } });
    assert(
      sameObject(before, object({ resourceVersion: '2', generation: 2, managedFields: [] }, { spec: { a: [1] } })),
    );
    assert(!sameObject(before, object({ resourceVersion: '1' }, { spec: { a: [2] } })));
    assert(!sameObject(before, object({ labels: { a: '1' } }, { spec: { a: [1] } })));
  });

  it('does not see the order of keys, and sees every other difference', () => {
    const value = fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text));
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), value, { noNullPrototype: true }),
        value,
        (spec, other) => {
          const turned = Object.fromEntries(Object.entries(spec).reverse());
          assert(sameObject(object({}, { spec }), object({}, { spec: turned })));
          const differs = JSON.stringify(other) !== JSON.stringify(spec['a']);
          if (differs) assert(!sameObject(object({}, { spec }), object({}, { spec: { ...spec, a: other } })));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('asWritten', () => {
  it('leaves out what the server added, and nothing else', () => {
    const served = { uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: 't', managedFields: [] };
    const own = { labels: { a: '1' }, annotations: { b: '2' } };
    const written = asWritten(object({ ...served, ...own }, { spec: { a: [1] }, status: { ready: true } }));
    assert.deepEqual(written, object(own, { spec: { a: [1] } }));
    assert.deepEqual(Object.keys(written), ['apiVersion', 'kind', 'metadata', 'spec']);
  });
});
