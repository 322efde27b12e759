import { writeDocument } from '../cli/streams.js';
import { visibleJson } from '../text/visible.js';

export type DocumentFormat = 'json' | 'yaml';

/** Prints one JSON or YAML document: JSON with two spaces of indentation, YAML that YAML 1.1 readers (kubectl) read alike. */
export async function printDocument(document: unknown, format: DocumentFormat): Promise<void> {
  await writeDocument(format === 'json' ? `${toJson(document, 2)}\n` : await toYaml(document));
}

/**
 * A function that prints one document at a time, written out before it resolves.
 * With `several`, JSON takes one line a document and YAML documents are separated by `---`; else as `printDocument`.
 */
export function documentPrinter(format: DocumentFormat, several: boolean): (document: unknown) => Promise<void> {
  if (!several) return (document) => printDocument(document, format);
  if (format === 'json') return (document) => writeDocument(`${toJson(document)}\n`);
  return async (document) => writeDocument(`---\n${await toYaml(document)}`);
}

function toJson(document: unknown, indentation?: number): string {
  return visibleJson(JSON.stringify(document, null, indentation));
}

/** YAML text of plain data; `undefined` fields are left out. Strings that YAML 1.1 takes for something else are quoted. */
export async function toYaml(document: unknown): Promise<string> {
  const { serializeValue } = await import('../resources/serialize.js');
  return serializeValue(document);
}
