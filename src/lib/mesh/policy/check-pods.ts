import { isForbidden, isNotFound } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { findControlPlane, listMeshes } from '../../input/control-planes.js';
import { usualNames, type MeshNames } from '../../input/mesh-names.js';
import type { Reporter } from '../../reporter.js';
import { withSpec } from '../../resources/empty-spec.js';
import { kinds, usualMeshConfigName } from '../../resources/kinds.js';
import { MONITORED_BY, isMeshed } from '../../resources/labels.js';
import type { MeshConfig, Pod, TrafficTarget, TrafficTargetSubject } from '../../resources/types.js';
import { accountOf } from '../../resources/workloads.js';
import { RefusedError, explain } from '../errors.js';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A TrafficTarget that names both pods' ServiceAccounts. */
export interface MatchingTarget {
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly { readonly kind: string; readonly name: string }[];
  /** Rules whose object is not there, as `HTTPRouteGroup/x`: the control plane leaves the TrafficTarget out. */
  readonly missing: readonly string[];
}

/** What the policies say about traffic from one pod to another (osm-cli §9.2). */
export interface PodCheck {
  readonly source: PodName;
  readonly destination: PodName;
  /** The meshes of their namespaces; null: in none now, or it may not be looked at. */
  readonly meshes: { readonly source: string | null; readonly destination: string | null };
  /** Where their control plane is; null: they have none in common. */
  readonly osmNamespace: string | null;
  /** Null when it does not matter. */
  readonly permissive: boolean | null;
  /** Unknown: the policies allow it, and whether they take effect cannot be told. */
  readonly verdict: 'allowed' | 'denied' | 'unknown';
  readonly targets: readonly MatchingTarget[];
  /** Why the verdict is not what the policies alone would say, and what may surprise. */
  readonly notes: readonly string[];
}

export interface PodCheckOptions extends Omit<MeshNames, 'meshName'> {
  readonly report: Reporter;
}

/** @throws ClusterError; RefusedError for a pod that is in no mesh */
export async function checkPods(
  cluster: Cluster,
  source: PodName,
  destination: PodName,
  options: PodCheckOptions,
): Promise<PodCheck> {
  const from = await meshedPod(cluster, source);
  const to = await meshedPod(cluster, destination);
  const homes = {
    source: await homeIn(cluster, source.namespace),
    destination: await homeIn(cluster, destination.namespace),
  };
  const meshes = { source: homes.source.mesh, destination: homes.destination.mesh };
  const base = { source, destination, meshes };
  if (meshes.source !== null && meshes.destination !== null && meshes.source !== meshes.destination) {
    return { ...base, osmNamespace: null, permissive: null, verdict: 'denied', targets: [], notes: [] };
  }
  const { config, osmNamespace } = await meshConfigOf(cluster, meshes.destination ?? meshes.source, options);
  const permissive = config.spec?.traffic?.enablePermissiveTrafficPolicyMode === true;
  const { targets, nearMisses } = permissive
    ? { targets: [], nearMisses: [] }
    : await matching(cluster, subjectOf(from), subjectOf(to));
  const doubts = new Set([homes.source.doubt, homes.destination.doubt].filter((doubt) => doubt !== null));
  const isAllowed = permissive || targets.length > 0;
  const isVoid = targets.length > 0 && targets.every(({ missing }) => missing.length > 0);
  return {
    ...base,
    osmNamespace,
    permissive,
    verdict: !isAllowed ? 'denied' : doubts.size > 0 || isVoid ? 'unknown' : 'allowed',
    targets,
    notes: [
      ...doubts,
      ...targets.flatMap(({ name, missing }) =>
        missing.map((rule) => `TrafficTarget ${name} has no effect while ${rule} is not there`),
      ),
      ...nearMisses,
    ],
  };
}

async function meshedPod(cluster: Cluster, { namespace, name }: PodName): Promise<Pod> {
  const pod = await cluster
    .get({ kind: kinds.Pod, namespace, name })
    .catch(explain(`Could not find pod ${name} in namespace ${namespace}`));
  if (isMeshed(pod)) return pod;
  throw new RefusedError(
    `Pod ${name} in namespace ${namespace} is not a part of a mesh`,
    'it has no sidecar: add its namespace to a mesh, and restart it',
  );
}

/** The mesh of a namespace, or why it is not known what sidecars there do. Whoever may look at pods need not see their namespace. */
async function homeIn(
  cluster: Cluster,
  name: string,
): Promise<{ readonly mesh: string | null; readonly doubt: string | null }> {
  try {
    const namespace = await cluster.get({ kind: kinds.Namespace, name });
    const mesh = namespace.metadata.labels?.[MONITORED_BY] || null;
    const doubt = `namespace ${name} is in no mesh now: what its sidecars do is not known until osm-ts namespace add ${name}`;
    return { mesh, doubt: mesh === null ? doubt : null };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { mesh: null, doubt: `it is not known in which mesh namespace ${name} is: ${error.message}` };
  }
}

/** The MeshConfig of the pods' own mesh, which need not be the one in the usual place. */
async function meshConfigOf(
  cluster: Cluster,
  mesh: string | null,
  options: PodCheckOptions,
): Promise<{ readonly config: MeshConfig; readonly osmNamespace: string }> {
  const failure = `Error checking if permissive mode is enabled: Error fetching MeshConfig ${usualMeshConfigName}`;
  const read = (namespace: string) => cluster.get({ kind: kinds.MeshConfig, name: usualMeshConfigName, namespace });
  const home = mesh === null ? options.osmNamespace : await homeOf(cluster, mesh, options);
  try {
    return { config: await read(home), osmNamespace: home };
  } catch (error) {
    if (!isNotFound(error)) return explain(failure)(error);
    const found = await findControlPlane(cluster, {
      meshName: mesh ?? usualNames.meshName,
      isMeshNamed: mesh !== null,
      osmNamespace: home,
      isPlaceNamed: options.isPlaceNamed,
    }).catch(explain(failure));
    return { config: await read(found.namespace).catch(explain(failure)), osmNamespace: found.namespace };
  }
}

async function homeOf(
  cluster: Cluster,
  mesh: string,
  { osmNamespace: given, isPlaceNamed, report }: PodCheckOptions,
): Promise<string> {
  const meshes = await listMeshes(cluster).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    report.verbose(`the control plane is taken to be in ${given}: ${error.message}`);
    return [];
  });
  const [own, ...others] = meshes.filter(({ name }) => name === mesh);
  if (!own || [own, ...others].some(({ namespace }) => namespace === given)) return given;
  if (isPlaceNamed !== true && given === usualNames.osmNamespace) return own.namespace;
  throw new ClusterError(
    `the pods are in mesh [${mesh}], and namespace ${given} does not have its control plane`,
    `name the right one: --osm-namespace ${own.namespace}`,
  );
}

function subjectOf(pod: Pod): Required<TrafficTargetSubject> {
  return { kind: 'ServiceAccount', name: accountOf(pod), namespace: pod.metadata.namespace ?? 'default' };
}

type Subject = Required<TrafficTargetSubject>;

/** The control plane compares all three, and takes no namespace for granted. */
function same(subject: TrafficTargetSubject, wanted: Subject): boolean {
  return subject.kind === wanted.kind && subject.name === wanted.name && subject.namespace === wanted.namespace;
}

function differsInNamespaceOnly(subject: TrafficTargetSubject, wanted: Subject): boolean {
  return subject.namespace === undefined && same({ ...subject, namespace: wanted.namespace }, wanted);
}

async function matching(cluster: Cluster, from: Subject, to: Subject) {
  const all = await cluster
    .list<TrafficTarget>(kinds.TrafficTarget, { namespace: to.namespace })
    .catch(explain('Error listing SMI TrafficTarget policies'));
  const meant = all
    .map((target) => withSpec(target) as TrafficTarget)
    .filter(({ spec }) => {
      const near = (subject: TrafficTargetSubject, wanted: Subject) =>
        same(subject, wanted) || differsInNamespaceOnly(subject, wanted);
      return near(spec.destination, to) && spec.sources.some((source) => near(source, from));
    });
  const exact = meant.filter(
    ({ spec }) => same(spec.destination, to) && spec.sources.some((source) => same(source, from)),
  );
  const targets: MatchingTarget[] = [];
  for (const { metadata, spec } of exact) {
    const rules = (spec.rules ?? []).map(({ kind, name }) => ({ kind, name }));
    const missing: string[] = [];
    for (const { kind, name } of rules) {
      if (await isMissing(cluster, kind, name, to.namespace)) missing.push(`${kind} ${to.namespace}/${name}`);
    }
    targets.push({ name: metadata.name, namespace: to.namespace, rules, missing });
  }
  const nearMisses = meant
    .filter((target) => !exact.includes(target))
    .map(({ metadata }) => `TrafficTarget ${metadata.name} would match if its subjects named their namespaces`);
  return { targets, nearMisses };
}

async function isMissing(cluster: Cluster, kind: string, name: string, namespace: string): Promise<boolean> {
  const known = kind === 'HTTPRouteGroup' ? kinds.HTTPRouteGroup : kind === 'TCPRoute' ? kinds.TCPRoute : undefined;
  if (!known) return true;
  try {
    return (await cluster.find({ kind: known, name, namespace })) === undefined;
  } catch (error) {
    // Whoever may not read routes gets the answer without them.
    if (isForbidden(error)) return false;
    throw error;
  }
}
