import type { FieldPath } from '../../resources/types.js';
import { osmSpecs } from '../../resources/validate/osm-schemas.js';
import { pathText } from '../../text/field-path.js';
import type { Schema } from '../../resources/validate/schema.js';

/** What a field may hold. */
export type Rule =
  | { readonly type: 'boolean' }
  | { readonly type: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | {
      readonly type: 'string';
      readonly choices?: readonly string[];
      /** Narrower than the CRD, which takes any text and leaves it to OSM to fail on it. */
      readonly format?: 'duration' | 'ipv4-range' | 'quantity';
    }
  | { readonly type: 'list'; readonly items: Rule; readonly minItems?: number }
  | {
      readonly type: 'object';
      readonly fields: Readonly<Record<string, Rule>>;
      readonly required?: readonly string[];
    }
  /** Keys are free. */
  | { readonly type: 'map'; readonly values: Rule };

const duration: Rule = { type: 'string', format: 'duration' };
const ranges: Rule = { type: 'list', items: { type: 'string', format: 'ipv4-range' } };
const quantities: Rule = { type: 'map', values: { type: 'string', format: 'quantity' } };

/** Fields on which more is known than the CRD says. */
const special: Readonly<Record<string, Rule>> = {
  // The CRD writes `off` without quotes. Where that became false, the API server refuses it; elsewhere it is a level.
  'sidecar.logLevel': choice('trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'off'),
  'sidecar.configResyncInterval': duration,
  'sidecar.resources.limits': quantities,
  'sidecar.resources.requests': quantities,
  'traffic.outboundIPRangeExclusionList': ranges,
  'traffic.outboundIPRangeInclusionList': ranges,
  'traffic.inboundExternalAuthorization.timeout': duration,
  'certificate.serviceCertValidityDuration': duration,
  'certificate.ingressGateway.validityDuration': duration,
};

function choice(...choices: string[]): Rule {
  return { type: 'string', choices };
}

/** `spec` of a MeshConfig, v1alpha2 (osm-cli §15.6). A test holds it against the CRD. */
export const specRule: Rule = ruleFor(osmSpecs.meshConfigV1alpha2, []);

function ruleFor(schema: Schema, path: readonly string[]): Rule {
  const known = special[path.join('.')];
  if (known) return known;
  switch (schema.type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer': {
      const { min, max } = schema;
      return {
        type: 'integer',
        ...(min !== undefined && { minimum: min }),
        ...(max !== undefined && { maximum: max }),
      };
    }
    case 'string':
      return schema.values ? choice(...schema.values) : { type: 'string' };
    case 'list': {
      const items = ruleFor(schema.items, [...path, '0']);
      return { type: 'list', items, ...(schema.minItems !== undefined && { minItems: schema.minItems }) };
    }
    case 'object': {
      const fields = Object.entries(schema.fields).map(([name, field]) => [name, ruleFor(field, [...path, name])]);
      return {
        type: 'object',
        fields: Object.fromEntries(fields) as Record<string, Rule>,
        required: schema.required ?? [],
      };
    }
    case 'map':
    case 'any':
      throw new Error(`no rule for ${path.join('.')}, which may hold anything`);
  }
}

export interface NamedRule {
  /** Below `spec`. */
  readonly path: FieldPath;
  readonly rule: Rule;
}

/** Every field that has a name, sections before what they hold. */
export function namedRules(rule: Rule = specRule, path: FieldPath = []): NamedRule[] {
  if (rule.type !== 'object') return [];
  return Object.entries(rule.fields).flatMap(([name, field]) => {
    const at = [...path, name];
    return [{ path: at, rule: field }, ...namedRules(field, at)];
  });
}

/** `spec.traffic.outboundPortExclusionList[0]` for a path below `spec`. */
export function specPath(path: FieldPath): string {
  return pathText(path, 'spec');
}
