import { isConflict, isForbidden, isNotFound } from '../../cluster/errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError, OsmTsError } from '../../errors.js';
import type { Namespace } from '../../resources/types.js';
import { patchOf } from '../../changes/change.js';
import type { ChangeOutcome, DryRun } from '../../changes/change.js';
import { NEVER_INJECTED } from '../../resources/labels.js';
import type { Reporter } from '../../reporter.js';
import { requireMesh } from '../meshes.js';
import { explain } from '../errors.js';
import { restartAdvice } from '../../changes/restart.js';
import type { RestartAdvice } from '../../changes/restart.js';
import { planAdd, planIgnore, planRemove, planUnignore } from './plan.js';
import type { AddRequest, NamespacePlan } from './plan.js';

export interface NamespaceChangeOptions {
  readonly dryRun: DryRun;
  readonly report: Reporter;
}

/** One request: what to do to each namespace, and how to say that it failed. */
interface Procedure {
  readonly plan: (namespace: Namespace) => NamespacePlan;
  /** Begins the message when the namespace cannot be read, and when it cannot be written: the words of osm-cli §8. */
  readonly unread: (name: string) => string;
  readonly unwritten: (name: string) => string;
  /** A reason to leave the namespace alone, or things to warn about; asked before the namespace is read. */
  readonly before?: (name: string) => Promise<Partial<ChangeOutcome> | undefined>;
}

/**
 * Adds namespaces to a mesh; yields an outcome for each, once, in order, as it is known. What goes wrong with one namespace
 * is in its outcome and does not keep the others from being tried.
 * @throws ClusterError when the mesh does not exist (nothing has been changed then)
 */
export async function* addNamespaces(
  cluster: Cluster,
  names: readonly string[],
  request: AddRequest,
  options: NamespaceChangeOptions & { readonly osmNamespace: string },
): AsyncGenerator<ChangeOutcome> {
  const { mesh } = request;
  const failure = (name: string): string => `Could not add namespace [${name}] to mesh [${mesh}]`;
  await requireMesh(cluster, mesh, options);
  yield* change(cluster, names, options, {
    plan: planAdd(request),
    unread: failure,
    unwritten: failure,
    before: async (name) => {
      if (await hasController(cluster, name, options.report)) {
        return {
          result: 'control-plane',
          skipped: true,
          line: `Namespace [${name}] already has [osm-controller] installed and cannot be added to mesh [${mesh}]`,
        };
      }
      return NEVER_INJECTED.includes(name) || name === options.osmNamespace
        ? { warnings: [`pods in namespace [${name}] never get a sidecar, whatever its labels`] }
        : undefined;
    },
  });
}

/** Takes namespaces out of a mesh, which need not exist any more; otherwise as `addNamespaces`. */
export function removeNamespaces(
  cluster: Cluster,
  names: readonly string[],
  request: { readonly mesh: string },
  options: NamespaceChangeOptions,
): AsyncGenerator<ChangeOutcome> {
  return change(cluster, names, options, {
    plan: planRemove(request),
    unread: (name) => `Could not get namespace [${name}]`,
    unwritten: (name) => `Could not remove namespace [${name}] from mesh [${request.mesh}]`,
  });
}

/** Makes the control plane ignore namespaces; otherwise as `addNamespaces`. */
export function ignoreNamespaces(
  cluster: Cluster,
  names: readonly string[],
  options: NamespaceChangeOptions,
): AsyncGenerator<ChangeOutcome> {
  return change(cluster, names, options, {
    plan: planIgnore,
    unread: (name) => `Failed to retrieve namespace [${name}]`,
    unwritten: (name) => `Failed to configure namespace [${name}] to be ignored`,
  });
}

/** Undoes `ignoreNamespaces`. */
export function unignoreNamespaces(
  cluster: Cluster,
  names: readonly string[],
  options: NamespaceChangeOptions,
): AsyncGenerator<ChangeOutcome> {
  return change(cluster, names, options, {
    plan: planUnignore,
    unread: (name) => `Failed to retrieve namespace [${name}]`,
    unwritten: (name) => `Failed to configure namespace [${name}] not to be ignored`,
  });
}

async function* change(
  cluster: Cluster,
  names: readonly string[],
  options: NamespaceChangeOptions,
  procedure: Procedure,
): AsyncGenerator<ChangeOutcome> {
  let lost = false;
  for (const name of new Set(names)) {
    if (lost) {
      yield failed(
        name,
        new ClusterError(`${procedure.unwritten(name)}: not tried, because the cluster did not answer before`),
      );
      continue;
    }
    try {
      yield await changeOne(cluster, name, options, procedure);
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      yield failed(name, error);
      // Without a status nobody has answered; each further try could take as long as this one did.
      lost = error instanceof ClusterError && error.status === undefined;
    }
  }
}

function failed(name: string, error: OsmTsError): ChangeOutcome {
  return { kind: kinds.Namespace, name, result: 'failed', changes: [], notes: [], warnings: [], error };
}

async function changeOne(
  cluster: Cluster,
  name: string,
  options: NamespaceChangeOptions,
  procedure: Procedure,
): Promise<ChangeOutcome> {
  const base = { kind: kinds.Namespace, name, changes: [], notes: [], warnings: [] };
  const known = await procedure.before?.(name).catch(explain(procedure.unwritten(name)));
  if (known?.result !== undefined) return { ...base, ...known, result: known.result };
  const { restart, ...planned } = await write(cluster, name, options.dryRun, procedure);
  const warnings = [...(known?.warnings ?? []), ...planned.warnings];
  const isInjected = known?.warnings === undefined;
  return {
    ...base,
    ...planned,
    warnings,
    ...(planned.changes.length > 0 && { patch: patchOf(planned.changes) }),
    restart: options.dryRun === 'none' && isInjected ? await advise(cluster, name, restart, options) : [],
  };
}

const maxAttempts = 5;

/**
 * Reads the namespace, decides, and writes on the condition that the namespace is still what was decided on: otherwise a
 * namespace that somebody else adds to another mesh at this moment would be taken from it. Decides anew when it is not.
 */
async function write(
  cluster: Cluster,
  name: string,
  dryRun: DryRun,
  { plan, unread, unwritten }: Procedure,
): Promise<NamespacePlan> {
  const ref = { kind: kinds.Namespace, name };
  for (let attempt = 1; ; attempt++) {
    const namespace = await cluster.get(ref).catch(explain(unread(name)));
    const planned = plan(namespace);
    if (planned.changes.length === 0 || dryRun === 'client') return planned;
    try {
      await cluster.patch(ref, 'strategic', patchOf(planned.changes), {
        dryRun: dryRun === 'server',
        resourceVersion: namespace.metadata.resourceVersion,
      });
      return planned;
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) return explain(unwritten(name))(error);
    }
  }
}

/** Who may not look, or looks into a namespace that is not there, hears of it later (osm-cli §8.2, row 2). */
async function hasController(cluster: Cluster, namespace: string, report: Reporter): Promise<boolean> {
  try {
    return (await cluster.list(kinds.Deployment, { namespace, labelSelector: 'app=osm-controller' })).length > 0;
  } catch (error) {
    if (!isForbidden(error) && !isNotFound(error)) throw error;
    report.verbose(`whether namespace ${namespace} holds a control plane is not known: ${error.message}`);
    return false;
  }
}

async function advise(
  cluster: Cluster,
  name: string,
  questions: NamespacePlan['restart'],
  { report }: NamespaceChangeOptions,
): Promise<RestartAdvice[]> {
  const found: RestartAdvice[] = [];
  for (const question of questions) {
    const advice = await restartAdvice(cluster, name, question, report);
    if (advice) found.push(advice);
  }
  return found;
}
