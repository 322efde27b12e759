import { serializeValue } from '../serialize.js';
import type { KubernetesObject } from '../types.js';
import { slicesOf } from './documents.js';

/** Text with one more object at its end: another YAML document, or in a file of JSON another JSON value. */
export function appendObject(text: string, object: KubernetesObject): string {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const slices = [...slicesOf(text)];
  const last = slices.at(-1);
  const withEnd = text === '' || text.endsWith('\n') ? text : text + eol;
  if (last && slices.every(({ format }) => format === 'json')) {
    return withEnd + JSON.stringify(object, null, 2).replaceAll('\n', eol) + eol;
  }
  // behind a last --- that has nothing after it, or in a file of comments, the place is free already
  const isFree = !last || /^---[ \t]*(?:\r?\n|$)/m.test(text.slice(last.end));
  return withEnd + (isFree ? '' : `---${eol}`) + serializeValue(object).replaceAll('\n', eol);
}
