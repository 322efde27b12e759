import { writeOut } from '../cli/streams.js';
import { kinds, qualifiedName } from '../resources/kinds.js';
import { withoutHistory } from '../resources/server-fields.js';
import type { MeshConfig } from '../resources/types.js';
import { visible } from '../text/visible.js';
import { printDocument } from './document.js';
import { formatTable } from './table.js';

export const meshConfigFormats = ['json', 'yaml', 'name', 'wide'] as const;
export type MeshConfigFormat = (typeof meshConfigFormats)[number];

/** Settings that are shown but decide nothing in osm-ts. */
interface Rest {
  sidecar?: { logLevel?: string };
  observability?: { osmLogLevel?: string; tracing?: { enable?: boolean } };
  certificate?: { serviceCertValidityDuration?: string };
}

/** Prints a MeshConfig: `json` and `yaml` the object as kubectl would, otherwise a table of what decides on traffic. */
export async function printMeshConfig(config: MeshConfig, format: MeshConfigFormat | undefined): Promise<void> {
  switch (format) {
    case 'json':
    case 'yaml':
      return printDocument(withoutHistory(config), format);
    case 'name':
      return writeOut(`${visible(qualifiedName(kinds.MeshConfig, config.metadata.name))}\n`);
    default:
      return writeOut(formatMeshConfig(config, format === 'wide'));
  }
}

function formatMeshConfig({ metadata, spec = {} }: MeshConfig, wide: boolean): string {
  const { sidecar, observability, certificate } = spec as Rest;
  const cells: [header: string, value: string][] = [
    ['NAME', metadata.name],
    ['NAMESPACE', metadata.namespace ?? ''],
    // An absent field is false.
    ['EGRESS-POLICY', String(spec.featureFlags?.enableEgressPolicy ?? false)],
    ['MESH-WIDE-EGRESS', String(spec.traffic?.enableEgress ?? false)],
    ['PERMISSIVE', String(spec.traffic?.enablePermissiveTrafficPolicyMode ?? false)],
  ];
  if (wide) {
    cells.push(
      ['SIDECAR-LOG', sidecar?.logLevel ?? '-'],
      ['OSM-LOG', observability?.osmLogLevel ?? '-'],
      ['TRACING', String(observability?.tracing?.enable ?? false)],
      ['CERT-VALIDITY', certificate?.serviceCertValidityDuration ?? '-'],
    );
  }
  return formatTable([cells.map(([header]) => header), cells.map(([, value]) => value)]);
}
