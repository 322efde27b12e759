import { Args, Flags } from '@oclif/core';

import { clusterFlags, placeOf, type NamedFlags } from './flags.js';
import { argReader, flagReader } from './reading.js';
import { parseNamespace, parseObjectName } from './words/names.js';
import type { Mesh } from '../input/control-planes.js';
import { foundElsewhere, usualNames } from '../input/mesh-names.js';
import type { MeshConfigRef } from '../mesh/meshconfig/service.js';
import type { Reporter } from '../reporter.js';
import { usualMeshConfigName } from '../resources/kinds.js';

/** Which cluster; for commands that look at all of it. */
export const connectionFlags = { kubeconfig: clusterFlags.kubeconfig, context: clusterFlags.context };

/** Which cluster, and where its control plane is; for commands on objects that `-n` does not place. */
export const meshFlags = {
  ...connectionFlags,
  'osm-namespace': clusterFlags['osm-namespace'],
};

export const namespaceArgs = {
  namespace: Args.string({
    parse: argReader(parseNamespace),
    description: 'Name of a namespace; several may follow',
    required: true,
    multiple: true,
  }),
};

export const meshWideFlag = {
  'mesh-wide': Flags.boolean({
    description: 'Egress of the whole mesh (spec.traffic.enableEgress) instead of Egress policies',
  }),
};

/** Which MeshConfig. */
export const meshConfigFlags = {
  name: Flags.string({
    parse: flagReader(parseObjectName),
    helpValue: 'NAME',
    default: usualMeshConfigName,
    description: 'Name of the MeshConfig',
  }),
  namespace: Flags.string({
    parse: flagReader(parseNamespace),
    char: 'n',
    helpValue: 'NAMESPACE',
    description: "Namespace of the MeshConfig; the control plane's (--osm-namespace) if not given",
  }),
};

interface MeshConfigFlagValues extends NamedFlags {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly 'osm-namespace': string;
}

/** The MeshConfig that `meshConfigFlags` and `meshFlags` name; where they name no place, it may be found elsewhere, which is told. */
export function meshConfigRef(flags: MeshConfigFlagValues, report: Reporter): MeshConfigRef {
  const { name, namespace } = flags;
  const { osmNamespace, isPlaceNamed } = placeOf(flags);
  const isUsual = namespace === undefined && isPlaceNamed !== true && osmNamespace === usualNames.osmNamespace;
  const elsewhere = isUsual ? (mesh: Mesh) => report.note(foundElsewhere(mesh)) : undefined;
  return { name, namespace: namespace ?? osmNamespace, elsewhere };
}
