import type { ObjectSchema } from '../../resources/validate/schema.js';
import { OSM_VERSIONS } from '../../simulator/versions.js';

/** The fields of an EgressTest, as schemas/egress-test.json has them too. What may be of several types is `any` here, and looked at by the reader. */

export const verdicts = ['allowed', 'denied', 'unpredictable', 'unknown'] as const;
const outcomeClasses = ['refused', 'closed', 'tls-error', 'http', 'reached', 'mesh', 'unresolved', 'stalled'] as const;

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'list', items: text, minItems: 1 } as const;

export const EXACTLY = 'allows exactly';
export const NOT_WIDER = 'nothing wider than';

export const expectationSchema: ObjectSchema = {
  type: 'object',
  fields: {
    verdict: { type: 'string', values: verdicts },
    class: { type: 'string', values: outcomeClasses },
    status: { type: 'integer', min: 100, max: 599 },
    curlExitCode: { type: 'integer', min: 0, max: 255 },
    decidedBy: { type: 'any' },
  },
};

export const patternSchema: ObjectSchema = {
  type: 'object',
  fields: {
    host: text,
    port: { type: 'integer', min: 1, max: 65535 },
    protocol: { type: 'string', values: ['http', 'https', 'tcp'] },
    methods: texts,
    paths: texts,
    addresses: texts,
  },
  required: ['port'],
};

const testSchema: ObjectSchema = {
  type: 'object',
  fields: {
    name: text,
    from: { type: 'any' },
    target: text,
    targets: texts,
    expect: { type: 'any' },
    [EXACTLY]: { type: 'list', items: patternSchema },
    [NOT_WIDER]: { type: 'any' },
  },
  required: ['name'],
};

export const testFileSchema: ObjectSchema = {
  type: 'object',
  fields: {
    apiVersion: text,
    kind: text,
    resources: texts,
    recursive: { type: 'boolean' },
    hosts: { type: 'any' },
    meshName: text,
    osmNamespace: text,
    osmVersion: { type: 'string', values: OSM_VERSIONS },
    mesh: { type: 'string', values: ['osm', 'istio'] },
    namespace: text,
    tests: { type: 'list', items: testSchema, minItems: 1 },
  },
  required: ['apiVersion', 'kind', 'resources', 'tests'],
};
