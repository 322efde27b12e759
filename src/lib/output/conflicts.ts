import { writeOut } from '../cli/streams.js';
import type { ConflictCheck } from '../egress/conflicts.js';
import { visible } from '../text/visible.js';
import { printDocument, type DocumentFormat } from './document.js';

/** Prints conflicts among policies: without a format in the lines of osm-cli §9.1. */
export async function printConflicts(check: ConflictCheck, format: DocumentFormat | undefined): Promise<void> {
  if (format) return printDocument({ apiVersion: 'osm-ts/v1', kind: 'ConflictCheck', ...check }, format);
  const { resource, namespaces, conflicts } = check;
  for (const { objects, reasons } of conflicts) {
    const [first = '', ...others] = objects;
    const head = `[+] ${resource} ${first} conflicts${others.length > 0 ? ` with ${others.join(', ')}` : ''}:`;
    await writeOut(`${[head, ...reasons].map(visible).join('\n')}\n\n`);
  }
  if (conflicts.length === 0) {
    const where = namespaces.length === 1 ? 'namespace' : 'namespaces';
    await writeOut(`No conflicts among ${resource} resources in ${where} ${visible(namespaces.join(', '))}\n`);
  }
}
