import { SyntaxProblem } from '../errors.js';
import type { RepeatedKey } from '../positions.js';
import { isSpace } from '../text/space.js';
import { jsonPositions } from './positions.js';

/** One JSON value of a text, as offsets in it. */
export interface JsonValue {
  readonly value: unknown;
  readonly start: number;
  readonly end: number;
}

interface Extent {
  readonly start: number;
  readonly end: number;
  /** Colons outside of strings: one a field. */
  readonly fields: number;
}

/** One past the closing quote of the string that opens at `at`; `end` when it does not close. */
function skipString(text: string, at: number, end: number): number {
  let close = at;
  for (;;) {
    close = text.indexOf('"', close + 1);
    if (close === -1 || close >= end) return end;
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === 92) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
}

/** Finds the end of the object or list that opens at `start` by its brackets alone; undefined when it does not close. */
function extent(text: string, start: number, end: number, maxDepth: number): Extent | undefined {
  let depth = 0;
  let fields = 0;
  let at = start;
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === 34) {
      at = skipString(text, at, end);
      continue;
    }
    at += 1;
    if (c === 123 || c === 91) {
      depth += 1;
      if (depth > maxDepth) {
        throw new SyntaxProblem(
          `values are nested deeper than ${maxDepth} levels`,
          at - 1,
          'no Kubernetes object needs that; check the brackets',
        );
      }
    } else if (c === 125 || c === 93) {
      depth -= 1;
      if (depth === 0) return { start, end: at, fields };
    } else if (c === 58) {
      fields += 1;
    }
  }
  return undefined;
}

function countFields(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countFields(item);
  } else {
    for (const item of Object.values(value)) count += 1 + countFields(item);
  }
  return count;
}

/**
 * Reads JSON objects that follow one another, with or without line breaks between them, as kubectl does.
 *
 * @param onRepeatedKey told of each key that is in an object once more: the last one counts, as for kubectl
 * @returns undefined when the text is not JSON throughout, so that it may be YAML in JSON's clothes
 * @throws SyntaxProblem: nested too deep
 */
export function readJson(
  text: string,
  start: number,
  end: number,
  maxDepth: number,
  onRepeatedKey?: (key: RepeatedKey) => void,
): JsonValue[] | undefined {
  const values: JsonValue[] = [];
  let at = start;
  for (;;) {
    while (at < end && isSpace(text.charCodeAt(at))) at += 1;
    if (at >= end) return values;
    const c = text.charCodeAt(at);
    if (c !== 123 && c !== 91) return undefined;
    const found = extent(text, at, end, maxDepth);
    if (!found) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(text.slice(found.start, found.end));
    } catch {
      return undefined;
    }
    // JSON.parse keeps the last of two fields with one name and says nothing.
    if (onRepeatedKey && countFields(value) !== found.fields) {
      jsonPositions(text, found.start).repeated.forEach(onRepeatedKey);
    }
    values.push({ value, start: found.start, end: found.end });
    at = found.end;
  }
}
