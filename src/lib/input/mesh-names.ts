/** Names that decide which objects count. */
export interface MeshNames {
  readonly meshName: string;
  /** Namespace of the control plane. */
  readonly osmNamespace: string;
}

/** The usual names of the mesh and of its control plane's namespace, which need not be said. */
export const usualNames: MeshNames = { meshName: 'osm', osmNamespace: 'osm-system' };
