import { UsageError } from '../../errors.js';
import { meshConfigOf, MESH_KEY, parseMeshConfig } from '../../resources/istio-mesh-config.js';
import type { IstioMeshConfig } from '../../resources/istio-types.js';
import type { FieldRef, KubernetesObject } from '../../resources/types.js';
import { readTextFile } from '../text-file.js';

/** Namespaces in which Istio's control plane keeps its mesh configuration: its own, and that of Azure's add-on. */
export const CONTROL_PLANES = ['istio-system', 'aks-istio-system'] as const;
const OWN = /^istio(-asm-.*)?$/;
/** Where users of Azure's add-on change what they may; it counts over the add-on's own. */
const SHARED = /^istio-shared-configmap-/;

export interface FoundMeshConfig {
  readonly meshConfig: IstioMeshConfig;
  readonly at: FieldRef | undefined;
  /** The namespace of the control plane. */
  readonly rootNamespace: string | undefined;
}

/**
 * Istio's mesh configuration: of a file that is named, else of the ConfigMaps that the input has; undefined when nothing has it.
 * @throws InputError for what is none; UsageError where several revisions of a control plane have one
 */
export async function findMeshConfig(
  objects: readonly KubernetesObject[],
  file: string | undefined,
): Promise<FoundMeshConfig | undefined> {
  if (file !== undefined) {
    const meshConfig = parseMeshConfig(await readTextFile(file), file);
    return { meshConfig, at: undefined, rootNamespace: meshConfig.rootNamespace };
  }
  for (const namespace of CONTROL_PLANES) {
    const maps = objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === namespace);
    const [own, shared] = [OWN, SHARED].map((pattern) => maps.filter(({ metadata }) => pattern.test(metadata.name)));
    for (const several of [own!, shared!]) refuseSeveral(several, namespace);
    const all = [...own!, ...shared!];
    if (all.length === 0) continue;
    const meshConfig = all.map((map) => meshConfigOf(map) ?? {}).reduce((one, other) => ({ ...one, ...other }));
    const last = all.at(-1)!;
    return {
      meshConfig,
      at: { object: last, path: ['data', MESH_KEY] },
      rootNamespace: meshConfig.rootNamespace ?? namespace,
    };
  }
  return undefined;
}

function refuseSeveral(maps: readonly KubernetesObject[], namespace: string): void {
  if (maps.length < 2) return;
  const names = maps.map(({ metadata }) => metadata.name).join(', ');
  throw new UsageError(
    `several revisions of Istio have a mesh configuration in ${namespace}: ${names}`,
    'name the one that counts with --mesh-config FILE',
  );
}
