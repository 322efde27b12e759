import { writeOut } from '../cli/streams.js';
import type { ListedMesh } from '../mesh/list.js';
import { printDocument } from './document.js';
import { formatTable } from './table.js';

export const meshListFormats = ['json', 'yaml', 'wide'] as const;
export type MeshListFormat = (typeof meshListFormats)[number];

const UNKNOWN = 'Unknown';

/** A part of the mirrored program's answer, which scripts that cut it up count on. */
const advice =
  "To list the OSM controller pods for a mesh, please run the following command passing in the mesh's namespace\n" +
  '\tkubectl get pods -n <osm-mesh-namespace> -l app=osm-controller\n';

/** Prints meshes: as the two tables of osm-cli §6.1 without a format, as one with `wide`. */
export async function printMeshes(meshes: readonly ListedMesh[], format: MeshListFormat | undefined): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    return printDocument({ apiVersion: 'osm-ts/v1', kind: 'MeshList', items: meshes }, format);
  }
  if (meshes.length === 0) return writeOut('No osm mesh control planes found\n');
  return writeOut(format === 'wide' ? wideTable(meshes) : tables(meshes));
}

function tables(meshes: readonly ListedMesh[]): string {
  const members = formatTable([
    ['MESH NAME', 'MESH NAMESPACE', 'VERSION', 'ADDED NAMESPACES'],
    ...meshes.map((mesh) => [mesh.name, mesh.namespace, version(mesh), namespaces(mesh)]),
  ]);
  const smi = formatTable([
    ['MESH NAME', 'MESH NAMESPACE', 'SMI SUPPORTED'],
    ...meshes.map((mesh) => [mesh.name, mesh.namespace, support(mesh)]),
  ]);
  return `\n${members}\n${smi}\n${advice}`;
}

function wideTable(meshes: readonly ListedMesh[]): string {
  return formatTable([
    ['MESH NAME', 'MESH NAMESPACE', 'VERSION', 'RUNNING', 'ADDED NAMESPACES', 'SMI SUPPORTED'],
    ...meshes.map((mesh) => [
      mesh.name,
      mesh.namespace,
      version(mesh),
      mesh.pods === null ? UNKNOWN : `${mesh.pods.running}/${mesh.pods.total}`,
      mesh.namespaces?.length === 0 ? '-' : namespaces(mesh),
      support(mesh),
    ]),
  ]);
}

function version({ version }: ListedMesh): string {
  return version ?? UNKNOWN;
}

function namespaces({ namespaces }: ListedMesh): string {
  return namespaces === null ? UNKNOWN : namespaces.join(',');
}

function support({ smi }: ListedMesh): string {
  if (smi === null) return UNKNOWN;
  return Object.entries(smi)
    .map(([kind, version]) => `${kind}:${version}`)
    .join(',');
}
