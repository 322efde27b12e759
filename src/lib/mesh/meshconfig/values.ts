import { ownValue } from '../../text/plain-data.js';
import { closest } from '../../text/closest.js';
import { parseCidr, parseIpv4 } from '../../text/ip.js';
import { shortened } from '../../text/shorten.js';
import { UsageError } from '../../errors.js';
import type { FieldPath } from '../../resources/types.js';
import { specPath } from './schema.js';
import type { Rule } from './schema.js';

type StringRule = Extract<Rule, { type: 'string' }>;
type IntegerRule = Extract<Rule, { type: 'integer' }>;

/**
 * Reads a value as written on a command line: `true`, `80`, `info`, a list as `80,443` or JSON, a section as JSON.
 * @param path below `spec`; for messages
 * @throws UsageError that says what the field takes
 */
export function parseValue(text: string, rule: Rule, path: FieldPath): unknown {
  switch (rule.type) {
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw wrong(text, path, 'write true or false');
    case 'integer':
      if (/^[-+]?\d+$/.test(text)) return checkInteger(Number(text), rule, path);
      throw wrong(text, path, `write ${describeRule(rule)}`);
    case 'string':
      return checkString(text, rule, path);
    case 'list':
      return parseList(text, rule, path);
    default:
      return checkValue(parseJson(text, path, describeRule(rule)), rule, path);
  }
}

function parseList(text: string, rule: Extract<Rule, { type: 'list' }>, path: FieldPath): unknown[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) return checkList(parseJson(trimmed, path, describeRule(rule)), rule, path);
  const items = trimmed === '' ? [] : trimmed.split(',').map((item) => item.trim());
  return checkList(
    items.map((item, index) => {
      if (item === '') throw wrong(text, path, 'remove the comma that nothing follows');
      return parseValue(item, rule.items, [...path, index]);
    }),
    rule,
    path,
  );
}

function parseJson(text: string, path: FieldPath, expected: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${specPath(path)}: not JSON: ${reason}`, `write ${expected}`);
  }
}

/** Checks a value that came as JSON. @throws UsageError naming the part that is wrong */
function checkValue(value: unknown, rule: Rule, path: FieldPath): unknown {
  switch (rule.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw wrong(value, path, 'write true or false');
    case 'integer':
      return checkInteger(value, rule, path);
    case 'string':
      if (typeof value === 'string') return checkString(value, rule, path);
      // Kubernetes' quantities may be bare numbers.
      if (rule.format === 'quantity' && Number.isSafeInteger(value)) return value;
      throw wrong(value, path, `write ${describeRule(rule)}, in quotes`);
    case 'list':
      return checkList(value, rule, path);
    case 'map':
      for (const [key, item] of entries(value, rule, path)) {
        checkKey(key, path);
        checkValue(item, rule.values, [...path, key]);
      }
      return value;
    case 'object':
      for (const [key, item] of entries(value, rule, path)) {
        const field = ownValue(rule.fields, key);
        if (!field) throw unknownField([...path, key], rule);
        checkValue(item, field, [...path, key]);
      }
      return value;
  }
}

function entries(value: unknown, rule: Rule, path: FieldPath): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw wrong(value, path, `write ${describeRule(rule)}`);
}

function checkList(value: unknown, rule: Extract<Rule, { type: 'list' }>, path: FieldPath): unknown[] {
  if (!Array.isArray(value)) throw wrong(value, path, `write ${describeRule(rule)}`);
  value.forEach((item, index) => checkValue(item, rule.items, [...path, index]));
  if (value.length < (rule.minItems ?? 0)) {
    throw new UsageError(`${specPath(path)} needs at least ${rule.minItems} item`, `write ${describeRule(rule)}`);
  }
  return value as unknown[];
}

function checkInteger(value: unknown, rule: IntegerRule, path: FieldPath): number {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = rule;
  if (Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum) {
    return value as number;
  }
  throw wrong(value, path, `write ${describeRule(rule)}`);
}

const formats: Readonly<Record<NonNullable<StringRule['format']>, (text: string) => boolean>> = {
  // What Go's time.ParseDuration takes: numbers with units, or a bare 0.
  duration: (text) => /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text),
  'ipv4-range': (text) => parseCidr(text) !== undefined,
  // Kubernetes' resource.Quantity.
  quantity: (text) => /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/.test(text),
};

function checkString(text: string, rule: StringRule, path: FieldPath): string {
  if (rule.choices && !rule.choices.includes(text)) {
    const meant = closest(text, rule.choices);
    throw wrong(text, path, `${meant ? `did you mean ${meant}?\n` : ''}use one of: ${rule.choices.join(', ')}`);
  }
  if (rule.format && !formats[rule.format](text)) {
    const isAddress = rule.format === 'ipv4-range' && parseIpv4(text) !== undefined;
    throw wrong(
      text,
      path,
      isAddress ? `an address is a range of its own: write ${text}/32` : `write ${describeRule(rule)}`,
    );
  }
  return text;
}

/** Names of resources such as `cpu` and `nvidia.com/gpu`. */
export function checkKey(key: string, path: FieldPath): void {
  if (key.length <= 316 && /^[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?$/.test(key)) return;
  throw new UsageError(
    `${specPath(path)}: ${JSON.stringify(key)} cannot be the name of a resource`,
    'use names such as cpu, memory, ephemeral-storage',
  );
}

/** The error for a field that is not there, with the closest name among its neighbours. */
export function unknownField(path: FieldPath, parent: Extract<Rule, { type: 'object' }>): UsageError {
  const names = Object.keys(parent.fields);
  const meant = closest(String(path.at(-1)), names);
  return new UsageError(
    `MeshConfig has no field ${specPath(path)}`,
    `${meant ? `did you mean ${specPath([...path.slice(0, -1), meant])}?\n` : ''}` +
      `fields of ${specPath(path.slice(0, -1))}: ${names.join(', ')}`,
  );
}

function wrong(value: unknown, path: FieldPath, remedy: string): UsageError {
  return new UsageError(`${specPath(path)} cannot be ${shortened(JSON.stringify(value), 80)}`, remedy);
}

/** What a field takes, for a sentence that begins with "write". */
function describeRule(rule: Rule): string {
  switch (rule.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return rule.minimum === undefined
        ? 'a whole number'
        : `a whole number from ${rule.minimum} to ${rule.maximum ?? 'any'}`;
    case 'string':
      if (rule.choices) return `one of ${rule.choices.join(', ')}`;
      if (rule.format === 'duration') return 'a duration such as 30s, 1m30s or 24h';
      if (rule.format === 'ipv4-range') return 'an IPv4 range such as 10.0.0.0/8';
      return rule.format === 'quantity' ? 'a quantity such as 500m, 2 or 128Mi' : 'a text';
    case 'list':
      return `a list such as ${listExample(rule.items)}`;
    case 'map':
      return `JSON such as {"cpu":"500m","memory":"128Mi"}`;
    case 'object':
      return `a JSON object with ${Object.keys(rule.fields).join(', ')}`;
  }
}

function listExample(items: Rule): string {
  if (items.type === 'integer') return '80,443 or [80,443]';
  return items.type === 'string' && items.format === 'ipv4-range'
    ? '10.0.0.0/8,192.0.2.0/24 or ["10.0.0.0/8"]'
    : 'a,b or ["a","b"]';
}
