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

/** A note on a control plane that is not in its usual place. */
export function foundElsewhere({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `the control plane of mesh ${name} is in namespace ${namespace} (--osm-namespace ${namespace} names it)`;
}
