/** Names that decide which objects count. */
export interface MeshNames {
  readonly meshName: string;
  /** Namespace of the control plane. */
  readonly osmNamespace: string;
  /** Somebody has named the mesh, so that of several control planes its own is meant. */
  readonly isMeshNamed?: boolean | undefined;
  /** Somebody has named that namespace, be it the usual one: no other is looked for. */
  readonly isPlaceNamed?: boolean | undefined;
}

/** The usual names of the mesh and of its control plane's namespace, which need not be said. */
export const usualNames: MeshNames = { meshName: 'osm', osmNamespace: 'osm-system' };
