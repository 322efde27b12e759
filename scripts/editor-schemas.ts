import { customKinds } from '../src/lib/resources/validate/kinds.js';
import type { KindInfo } from '../src/lib/resources/validate/kinds.js';
import type { ObjectSchema, Schema } from '../src/lib/resources/validate/schema.js';
import { apiVersionOf } from '../src/lib/resources/kinds.js';

/**
 * JSON Schemas of the manifests that people write, for editors (yaml-language-server), made of the tables by which osm-ts checks
 * them: `schemas/manifests/`. Draft 7, which every editor knows. Fields that do not exist are errors there, since the API server
 * would drop them.
 */
const KINDS = ['Egress', 'HTTPRouteGroup', 'UpstreamTrafficSetting', 'MeshConfig'];

type Json = Record<string, unknown>;

/** By file name. */
export function editorSchemas(): Map<string, string> {
  const kinds = customKinds.filter(({ kind }) => KINDS.includes(kind));
  const files = new Map(
    kinds.map((info) => [`${info.kind.toLowerCase()}.json`, { ...head(info.kind), ...ofKind(info) }]),
  );
  // one for files that hold several kinds
  const all: Json = {
    ...head('Policies of Open Service Mesh'),
    type: 'object',
    required: ['apiVersion', 'kind'],
    allOf: kinds.map((info) => ({ if: isKind(info), then: ofKind(info) })),
  };
  return new Map([...files, ['all.json', all] as const].map(([name, schema]) => [name, text(schema)]));
}

const text = (schema: Json): string => `${JSON.stringify(schema, null, 2)}\n`;

const head = (title: string): Json => ({ $schema: 'http://json-schema.org/draft-07/schema#', title });

/** Whatever version: one that is not served is an error of the kind. */
function isKind({ kind, group }: KindInfo): Json {
  const apiVersion = { type: 'string', pattern: `^${group.replaceAll('.', '\\.')}/` };
  return { required: ['apiVersion', 'kind'], properties: { kind: { const: kind }, apiVersion } };
}

function ofKind(info: KindInfo): Json {
  const [first, ...others] = Object.entries(info.served).map(([version, schema]) => ofVersion(info, version, schema));
  return others.length === 0 ? first! : { anyOf: [first, ...others] };
}

function ofVersion(info: KindInfo, version: string, schema: ObjectSchema): Json {
  const whole = jsonSchema(schema) as { properties: Json } & Json;
  const metadata = whole.properties['metadata'] as Json;
  return {
    ...whole,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      ...whole.properties,
      apiVersion: { const: apiVersionOf(info, version) },
      kind: { const: info.kind },
      metadata: { ...metadata, required: ['name'] },
    },
  };
}

function jsonSchema(schema: Schema): Json {
  switch (schema.type) {
    case 'any':
      return {};
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return {
        type: schema.orString ? ['integer', 'string'] : 'integer',
        ...(schema.min !== undefined && { minimum: schema.min }),
        ...(schema.max !== undefined && { maximum: schema.max }),
      };
    case 'string':
      return {
        type: 'string',
        ...(schema.values && { enum: schema.values }),
        ...(schema.minLength !== undefined && { minLength: schema.minLength }),
        ...(schema.pattern && { pattern: schema.pattern.source }),
      };
    case 'list':
      return {
        type: 'array',
        items: jsonSchema(schema.items),
        ...(schema.minItems !== undefined && { minItems: schema.minItems }),
      };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(schema.values) };
    case 'object':
      return ofFields(schema);
  }
}

function ofFields({ fields, required = [], others = [] }: ObjectSchema): Json {
  const known = Object.entries(fields).map(([name, field]) => [name, jsonSchema(field)] as const);
  const accepted = (others ?? []).map((name) => [name, {}] as const);
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries([...known, ...accepted]),
    ...(others !== null && { additionalProperties: false }),
  };
}
