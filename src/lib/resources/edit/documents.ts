import { readJson } from '../json/documents.js';
import { defaultLimits } from '../limits.js';
import { splitDocuments } from '../yaml/split.js';

/** One document of a text: a YAML document, or one of several JSON values that follow one another. */
export interface DocumentSlice {
  readonly start: number;
  readonly end: number;
  readonly format: 'yaml' | 'json';
}

/** The documents of a text, cut as they are cut for reading. */
export function* slicesOf(text: string): Generator<DocumentSlice> {
  for (const { start, end, content } of splitDocuments(text)) {
    const values = jsonValues(text, content, end);
    if (values) for (const value of values) yield { start: value.start, end: value.end, format: 'json' };
    else yield { start, end, format: 'yaml' };
  }
}

function jsonValues(text: string, content: number, end: number) {
  const first = text[content];
  return first === '{' || first === '[' ? readJson(text, content, end, defaultLimits.maxDepth) : undefined;
}
