import type { SourceLocation } from '../../errors.js';
import { parseManifests } from '../manifests.js';
import { SourceText } from '../text/lines.js';
import type { KubernetesObject } from '../types.js';
import { appendObject } from './append.js';
import { slicesOf, type DocumentSlice } from './documents.js';
import { textEditsFor, Unchangeable } from './edit-text.js';
import { applyEdits, sameValue, type FieldEdit } from './fields.js';
import { findObject } from './objects.js';
import { EditRefusedError } from './refused.js';
import { applyTextEdits, cut, type TextEdit } from './text.js';
import { parseText } from './tree.js';

/** A change of one object of a file, its end, or an object to add at the end of the file. */
export type ManifestChange =
  | {
      readonly kind: 'edit';
      /** As it was read. */
      readonly before: KubernetesObject;
      readonly edits: readonly FieldEdit[];
      /** Where it was read. */
      readonly at: SourceLocation;
    }
  | {
      readonly kind: 'delete';
      /** As it was read. */
      readonly before: KubernetesObject;
      /** Where it was read. */
      readonly at: SourceLocation;
    }
  | { readonly kind: 'create'; readonly object: KubernetesObject };

/**
 * The text of a file with the changes made. Comments, order, quotes, indentation, line ends and everything else that the
 * changes do not touch stay as they are, byte for byte.
 * @param file its name, for errors
 * @param objects the objects that were read from the text, in order
 * @param defaultNamespace of objects that name none, as when the text was read
 * @throws EditRefusedError when an object is written in a way that cannot be changed in place, or is not what was read
 */
export function editManifestText(
  text: string,
  file: string,
  objects: readonly KubernetesObject[],
  changes: readonly ManifestChange[],
  defaultNamespace = 'default',
): string {
  const readBack = (content: string) => (isEmptied(content) ? [] : objectsOf(content, file, defaultNamespace));
  const mark = markOf(text);
  const body = text.slice(mark.length);
  if (!sameObjects(readBack(body), objects)) {
    throw new EditRefusedError(
      'the file has changed since it was read; nothing was written',
      { file },
      'run the command again',
    );
  }
  // a last line without line break gets one for the time being, so that lines can be moved about
  const lineBreak = body.endsWith('\n') ? '' : (/\r?\n/.exec(body)?.[0] ?? '\n');
  const source = new SourceText(file, body + lineBreak);
  const edits = changes.flatMap((change) => textEditsOf(source, change, defaultNamespace));
  let edited = applyTextEdits(source.text, edits);
  if (lineBreak !== '' && edited.endsWith(lineBreak)) edited = edited.slice(0, -lineBreak.length);
  for (const change of changes) if (change.kind === 'create') edited = appendObject(edited, change.object);
  // what cannot be written so that it reads back as what was meant is not written at all
  if (!sameObjects(readBack(edited), expectedObjects(objects, changes))) {
    throw new EditRefusedError(
      'the objects of this file are written in a way that osm-ts cannot change safely',
      { file },
      'make the change by hand: leave out --write to see it',
    );
  }
  return mark + edited;
}

/** Is there no document in it, so that it cannot be read as manifests any more? */
export function isEmptied(text: string): boolean {
  return slicesOf(text.slice(markOf(text).length)).next().done === true;
}

function markOf(text: string): string {
  return text.startsWith('\ufeff') ? '\ufeff' : '';
}

function textEditsOf(source: SourceText, change: ManifestChange, defaultNamespace: string): TextEdit[] {
  if (change.kind === 'create') return [];
  const { parsed, found, slice } = placeOf(source, change, defaultNamespace);
  const { before, at } = change;
  if (change.kind === 'delete') {
    // what is beside it would not be what it was without it
    const [list] = found.around;
    if (list) {
      throw new EditRefusedError(`${nameOf(before)} is an item of a list, which is not cut`, at, 'delete it by hand');
    }
    return [cut(slice.start, slice.end)];
  }
  try {
    return textEditsFor(parsed, found, before, change.edits).map((edit) => ({
      start: edit.start + slice.start,
      end: edit.end + slice.start,
      text: edit.text,
    }));
  } catch (error) {
    if (!(error instanceof Unchangeable)) throw error;
    const place = source.locate(error.offset + slice.start);
    throw new EditRefusedError(`${nameOf(before)}: ${error.message}`, place, error.hint);
  }
}

/** @throws EditRefusedError for an object that is not where it was read, or whose document cannot be understood */
function placeOf(
  source: SourceText,
  { before, at }: Exclude<ManifestChange, { kind: 'create' }>,
  defaultNamespace: string,
) {
  const { text, file } = source;
  const slice = sliceAt(source, at);
  const parsed = slice && parseText(text.slice(slice.start, slice.end));
  if (parsed && 'problem' in parsed) {
    const place = source.locate(slice.start + parsed.offset);
    throw new EditRefusedError(
      `${nameOf(before)} cannot be changed in place: ${parsed.problem}`,
      place,
      'change it by hand',
    );
  }
  const found = parsed && findObject(parsed, before, defaultNamespace);
  if (!found) {
    throw new EditRefusedError(`${nameOf(before)} is not where it was read`, { file }, 'run the command again');
  }
  return { parsed, found, slice };
}

function sliceAt(source: SourceText, { line, column }: SourceLocation): DocumentSlice | undefined {
  for (const slice of slicesOf(source.text)) {
    const end = source.locate(slice.end);
    if (end.line > line || (end.line === line && end.column > column)) return slice;
  }
  return undefined;
}

function expectedObjects(
  objects: readonly KubernetesObject[],
  changes: readonly ManifestChange[],
): readonly KubernetesObject[] {
  const kept = objects.flatMap((object) => {
    const change = changes.findLast((one) => one.kind !== 'create' && one.before === object);
    if (change?.kind === 'delete') return [];
    return change?.kind === 'edit' ? applyEdits(object, change.edits) : object;
  });
  return [...kept, ...changes.flatMap((change) => (change.kind === 'create' ? [change.object] : []))];
}

function objectsOf(text: string, file: string, defaultNamespace: string): readonly KubernetesObject[] | undefined {
  try {
    return parseManifests(text, file, { defaultNamespace, noBearing: () => true }).objects;
  } catch {
    return undefined;
  }
}

function sameObjects(one: readonly KubernetesObject[] | undefined, other: readonly KubernetesObject[]): boolean {
  return one?.length === other.length && one.every((object, index) => sameValue(object, other[index]));
}

function nameOf({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
