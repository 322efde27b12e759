import { Args, Flags } from '@oclif/core';

import { clusterFlags } from './flags.js';
import type { MeshConfigRef } from '../mesh/meshconfig/service.js';

/** Which cluster, and where its control plane is; for commands on objects that `-n` does not place. */
export const meshFlags = {
  kubeconfig: clusterFlags.kubeconfig,
  context: clusterFlags.context,
  'osm-namespace': clusterFlags['osm-namespace'],
};

/** The mesh that a command is about. */
export const meshNameFlag = {
  'mesh-name': Flags.string({ helpValue: 'MESH', default: 'osm', description: 'Name of the mesh' }),
};

export const namespaceArgs = {
  namespace: Args.string({ required: true, multiple: true, description: 'Name of a namespace; several may follow' }),
};

export const meshWideFlag = {
  'mesh-wide': Flags.boolean({
    description: 'Egress of the whole mesh (spec.traffic.enableEgress) instead of Egress policies',
  }),
};

/** Which MeshConfig. */
export const meshConfigFlags = {
  name: Flags.string({ helpValue: 'NAME', default: 'osm-mesh-config', description: 'Name of the MeshConfig' }),
  namespace: Flags.string({
    char: 'n',
    helpValue: 'NAMESPACE',
    description: "Namespace of the MeshConfig; the control plane's (--osm-namespace) if not given",
  }),
};

interface MeshConfigFlagValues {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly 'osm-namespace': string;
}

/** The MeshConfig that `meshConfigFlags` and `meshFlags` name. */
export function meshConfigRef(flags: MeshConfigFlagValues): MeshConfigRef {
  return { name: flags.name, namespace: flags.namespace ?? flags['osm-namespace'] };
}
