import { FAILSAFE_SCHEMA, Type, type LoadOptions, type Schema } from 'js-yaml';

/** js-yaml reads this option; its type declarations do not know it yet. */
export interface YamlOptions extends LoadOptions {
  maxDepth?: number;
}

/**
 * Plain scalars as kubectl reads them: YAML 1.1 booleans, integers with a leading zero in octal, `_` inside numbers,
 * no dates (toolchain §5; observed with sigs.k8s.io/yaml 1.4.0, recorded in test/fixtures/resources/golden/scalars.json).
 */

const booleans = new Map<string, boolean>();
for (const word of ['y', 'yes', 'on', 'true']) addBoolean(word, true);
for (const word of ['n', 'no', 'off', 'false']) addBoolean(word, false);

function addBoolean(word: string, value: boolean): void {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  for (const spelling of [word, capital, word.toUpperCase()]) booleans.set(spelling, value);
}

const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);
const specialNumbers = new Map<string, number>();
for (const word of ['.inf', '.Inf', '.INF']) {
  specialNumbers.set(word, Infinity).set(`+${word}`, Infinity).set(`-${word}`, -Infinity);
}
for (const word of ['.nan', '.NaN', '.NAN']) specialNumbers.set(word, NaN);

const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const largestUnsigned = 2n ** 64n - 1n;
const largestSigned = 2n ** 63n - 1n;

function signed(magnitude: number, sign: string | undefined): number {
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** Could a plain scalar that starts with this character be a number? */
function startsNumber(c: number): boolean {
  return (c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46;
}

/** The number that kubectl reads in a plain scalar; undefined when it reads a string. */
function readNumber(text: string): number | undefined {
  if (!startsNumber(text.charCodeAt(0))) return undefined;
  const special = specialNumbers.get(text);
  if (special !== undefined) return special;
  // After a leading point an underscore must stand between digits; elsewhere it may stand anywhere.
  if (text.charCodeAt(0) === 46 && /_(?!\d)|(?<!\d)_/.test(text)) return undefined;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const parts = integer.exec(plain);
  if (parts && text.charCodeAt(0) !== 46) {
    const [, sign, hex, binary, octal, decimal] = parts;
    // A decimal that does not fit 64 bits becomes a float; in the other bases it stays a string.
    if (decimal !== undefined) return finite(signed(Number(decimal), sign));
    const magnitude = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : `0o${octal}`);
    if (magnitude <= (sign === '-' ? largestSigned + 1n : largestUnsigned)) return signed(Number(magnitude), sign);
  }
  if (!float.test(plain)) return undefined;
  // Without the sign of zero, which JSON does not keep either.
  return finite(Number(plain) + 0);
}

/** Does kubectl read this plain scalar as something other than a string? */
export function isAmbiguous(text: string): boolean {
  return nulls.has(text) || booleans.has(text) || text === '<<' || readNumber(text) !== undefined;
}

const tag = (name: string): string => `tag:yaml.org,2002:${name}`;

const nullType = new Type(tag('null'), {
  kind: 'scalar',
  resolve: (data: unknown) => data === null || nulls.has(data as string),
  construct: () => null,
});

const booleanType = new Type(tag('bool'), {
  kind: 'scalar',
  resolve: (data: unknown) => booleans.has(data as string),
  construct: (data: string) => booleans.get(data),
});

const numberType = (name: string): Type =>
  new Type(tag(name), {
    kind: 'scalar',
    resolve: (data: unknown) => typeof data === 'string' && readNumber(data) !== undefined,
    construct: (data: string) => readNumber(data),
  });

const mergeType = new Type(tag('merge'), { kind: 'scalar', resolve: (data: unknown) => data === '<<' });

const timestampType = new Type(tag('timestamp'), { kind: 'scalar', construct: (data: string) => data });

/** The js-yaml schema that reads a document as kubectl does. */
export const kubectlSchema: Schema = FAILSAFE_SCHEMA.extend({
  implicit: [nullType, booleanType, numberType('int'), mergeType],
  explicit: [numberType('float'), timestampType],
});
