import { writeOut } from '../cli/streams.js';
import type { MemberNamespace, NamespaceListing } from '../mesh/namespace/list.js';
import { printDocument } from './document.js';
import { formatTable } from './table.js';

export const namespaceListFormats = ['json', 'yaml', 'name', 'wide'] as const;
export type NamespaceListFormat = (typeof namespaceListFormats)[number];

/** Prints namespaces of meshes: as the table of osm-cli §8.4 without a format. */
export async function printNamespaceList(
  listing: NamespaceListing,
  format: NamespaceListFormat | undefined,
): Promise<void> {
  const { mesh, namespaces } = listing;
  switch (format) {
    case 'json':
    case 'yaml':
      return printDocument({ apiVersion: 'osm-ts/v1', kind: 'NamespaceList', mesh, items: namespaces }, format);
    case 'name':
      return writeOut(namespaces.map(({ name }) => `namespace/${name}\n`).join(''));
    default:
      return writeOut(formatNamespaces(listing, format === 'wide'));
  }
}

function formatNamespaces({ mesh, namespaces }: NamespaceListing, wide: boolean): string {
  if (namespaces.length === 0)
    return mesh === null ? 'No namespaces in any mesh\n' : `No namespaces in mesh [${mesh}]\n`;
  const header = ['NAMESPACE', 'MESH', 'SIDECAR-INJECTION', ...(wide ? ['IGNORED', 'METRICS'] : [])];
  const rows = namespaces.map((one) => [
    one.name,
    one.mesh,
    injection(one),
    ...(wide ? [String(one.ignored), one.metrics ?? '-'] : []),
  ]);
  return formatTable([header, ...rows]);
}

function injection({ ignored, sidecarInjection }: MemberNamespace): string {
  return ignored ? 'disabled (ignored)' : (sidecarInjection ?? '-');
}
