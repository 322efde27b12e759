import { MissingKindError, isNotFound } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import type { Mesh } from '../../input/control-planes.js';
import { kinds, type ResourceKind, usualMeshConfigName } from '../../resources/kinds.js';
import type { KubernetesObject } from '../../resources/types.js';
import { itemsAt, valueAt } from '../../text/plain-data.js';
import { OF_OSM } from '../install/readiness.js';

/** One mesh: two may have one name, in two namespaces. */
export interface MeshPlace {
  readonly mesh: string;
  readonly namespace: string;
}

/** Something of a mesh that helm does not delete. */
export interface Remain {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What belongs to a mesh and is no part of its release, as far as one may look. */
export interface Remains {
  /** Of the chart's hooks: Jobs, and what they run as. Without the mesh they are good for nothing. */
  readonly hooks: readonly Remain[];
  /** Once nobody answers them, they keep pods from being made. */
  readonly webhooks: readonly Remain[];
  /** What the chart's clean-up takes away besides: the MeshConfig, certificates. */
  readonly settings: readonly Remain[];
  /** CRDs whose objects cannot be read once the control plane does not convert them. */
  readonly conversions: readonly Remain[];
  /** What could not be looked at. */
  readonly problems: readonly ClusterError[];
}

const HOOK_KINDS = [kinds.Job, kinds.ServiceAccount, kinds.ClusterRoleBinding, kinds.ClusterRole] as const;
const WEBHOOK_KINDS = [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration] as const;
/** The names that OSM gives (osm-cli §12.3). */
const ROOT_CERTIFICATE = 'osm-mesh-root-certificate';

/**
 * Looks for everything of a mesh that its release does not hold.
 * @param secret name of the Secret of its root certificate
 * @param others meshes that stay: what does not tell of which of two meshes with one name it is, is theirs
 */
export async function findRemains(
  cluster: Cluster,
  place: MeshPlace,
  secret: string,
  others: readonly Mesh[],
): Promise<Remains> {
  const problems: ClusterError[] = [];
  const safely = async <T>(promise: Promise<T[]>): Promise<T[]> =>
    promise.catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
      if (!(error instanceof MissingKindError)) problems.push(error);
      return [];
    });
  const { mesh, namespace } = place;
  const hasNamesake = others.some((other) => other.name === mesh && other.namespace !== namespace);
  const [hooks, webhooks, settings, conversions] = await Promise.all([
    safely(hooksOf(cluster, place)),
    Promise.all(WEBHOOK_KINDS.map((kind) => safely(webhooksOf(cluster, kind, place, hasNamesake)))),
    Promise.all(
      [
        { kind: kinds.MeshConfig, name: usualMeshConfigName, namespace },
        { kind: kinds.MeshRootCertificate, name: ROOT_CERTIFICATE, namespace },
        { kind: kinds.Secret, name: secret, namespace },
      ].map((ref) => safely(ifThere(cluster, ref))),
    ),
    safely(conversionsTo(cluster, namespace)),
  ]);
  return { hooks, webhooks: webhooks.flat(), settings: settings.flat(), conversions, problems };
}

async function hooksOf(cluster: Cluster, { mesh, namespace }: MeshPlace): Promise<Remain[]> {
  const names = [`${mesh}-preinstall`, `${mesh}-cleanup`];
  const lists = await Promise.all(
    HOOK_KINDS.map(async (kind) => ({
      kind,
      objects: (
        await cluster.list<KubernetesObject>(kind, {
          namespace: kind.namespaced ? namespace : undefined,
          labelSelector: OF_OSM,
        })
      ).filter(({ metadata }) => names.includes(metadata.name) && metadata.annotations?.['helm.sh/hook'] !== undefined),
    })),
  );
  const bindings = lists.find(({ kind }) => kind === kinds.ClusterRoleBinding)?.objects ?? [];
  // Another mesh of the same name has roles of the same names; whose they are, their bindings tell.
  const isElsewhere = (name: string): boolean =>
    bindings.some(
      (binding) =>
        binding.metadata.name === name &&
        itemsAt(binding, ['subjects']).every((subject) => valueAt(subject, ['namespace']) !== namespace),
    );
  return lists.flatMap(({ kind, objects }) =>
    objects
      .filter(({ metadata }) => kind.namespaced || !isElsewhere(metadata.name))
      .map(({ metadata }) => ({ kind, name: metadata.name, ...(kind.namespaced && { namespace }) })),
  );
}

async function webhooksOf(
  cluster: Cluster,
  kind: ResourceKind,
  { mesh, namespace }: MeshPlace,
  hasNamesake: boolean,
): Promise<Remain[]> {
  const labelSelector = `${OF_OSM},app.kubernetes.io/instance=${mesh}`;
  const found = await cluster.list<KubernetesObject>(kind, { labelSelector });
  return found
    .filter((each) =>
      itemsAt(each, ['webhooks']).every((webhook) => {
        const place = valueAt(webhook, ['clientConfig', 'service', 'namespace']);
        return place === undefined ? !hasNamesake : place === namespace;
      }),
    )
    .map(({ metadata }) => ({ kind, name: metadata.name }));
}

async function ifThere(cluster: Cluster, ref: Remain): Promise<Remain[]> {
  return (await cluster.find(ref)) === undefined ? [] : [ref];
}

async function conversionsTo(cluster: Cluster, namespace: string): Promise<Remain[]> {
  const kind = kinds.CustomResourceDefinition;
  const definitions = await cluster.list<KubernetesObject>(kind, { labelSelector: OF_OSM });
  return definitions
    .filter(
      (each) => valueAt(each, ['spec', 'conversion', 'webhook', 'clientConfig', 'service', 'namespace']) === namespace,
    )
    .map(({ metadata }) => ({ kind, name: metadata.name }));
}

/** Deletes an object; that it is gone already is as good. @returns whether it was there @throws ClusterError */
export async function deleteIfThere(cluster: Cluster, remain: Remain, dryRun = false): Promise<boolean> {
  try {
    await cluster.delete(remain, { dryRun });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Objects of the CRD are read as they are stored from now on, without anybody to convert them. @throws ClusterError */
export async function stopConversion(cluster: Cluster, { kind, name }: Remain, dryRun = false): Promise<void> {
  await cluster.patch(
    { kind, name },
    'merge',
    { spec: { conversion: { strategy: 'None', webhook: null } } },
    { dryRun },
  );
}
