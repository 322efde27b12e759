import { writeOut } from '../cli/streams.js';
import type { MeshVersion } from '../mesh/versions.js';
import { printDocument, type DocumentFormat } from './document.js';
import { formatTable } from './table.js';

export interface ClientVersion {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
}

/** Prints the client's version, and under it those of the meshes when they were asked for (osm-cli §14). */
export async function printVersions(
  client: ClientVersion,
  meshes: readonly MeshVersion[] | undefined,
  format: DocumentFormat | undefined,
): Promise<void> {
  if (format) {
    const asked = meshes && {
      meshes: meshes.map(({ error, ...mesh }) => ({ ...mesh, error: error?.message ?? null })),
    };
    return printDocument({ apiVersion: 'osm-ts/v1', kind: 'Version', client, ...asked }, format);
  }
  await writeOut(`osm-ts ${client.version} (Node.js ${client.node}, ${client.platform})\n`);
  if (meshes) await writeOut(meshTable(meshes));
}

function meshTable(meshes: readonly MeshVersion[]): string {
  if (meshes.length === 0) return 'Unable to find OSM control plane in the cluster\n';
  const rows = meshes.flatMap(({ name, namespace, running }) =>
    running ? [[name, namespace, running.version, running.gitCommit, running.buildDate]] : [],
  );
  return `\n${formatTable([['MESH NAME', 'MESH NAMESPACE', 'VERSION', 'GIT COMMIT', 'BUILD DATE'], ...rows])}`;
}
