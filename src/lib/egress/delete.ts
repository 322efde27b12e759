import { isForbidden, isNotFound } from '../cluster/errors.js';
import { kinds, qualifiedName } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { ClusterError, OsmTsError, UsageError } from '../errors.js';
import type { ChangeOutcome, DryRun } from '../changes/change.js';
import type { Egress, Resource } from '../resources/types.js';
import { createWorld, nameOf } from '../simulator/world.js';
import { compareWorlds, type Comparison } from '../analysis/inspect/compare.js';
import { loadPolicyWorld, openCluster, type PolicySourceOptions, type PolicyWorld } from '../input/policy-world.js';
import { parsePolicyName } from '../input/policy-name.js';
import { standIns } from '../input/unread.js';

export interface DeleteOptions extends PolicySourceOptions {
  readonly names: readonly string[];
  readonly dryRun: DryRun;
  readonly ignoreNotFound: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  /** Undefined: nobody is there to ask. */
  readonly confirm: ((message: string) => Promise<boolean>) | undefined;
  /** Tells what will change, before anything is deleted. */
  readonly preview: (preview: DeletionPreview) => void;
  readonly note: (text: string) => void;
}

export interface DeletionPreview {
  readonly policies: readonly Egress[];
  readonly comparison: Comparison;
  /** What may not be read, so that the preview may miss something. */
  readonly incomplete: boolean;
}

interface Doomed {
  readonly name: string;
  readonly namespace: string;
  /** Undefined when the user may not read it. */
  readonly policy?: Egress | undefined;
  readonly error?: ClusterError | undefined;
}

/**
 * Answers `egress delete`: shows what the policies alone allow, asks, and deletes. Every policy is tried, whatever becomes of
 * the others; a policy that has changed since it was shown is left alone.
 * @returns undefined when the person who was asked said no
 * @throws UsageError (a bad name; nobody to ask), ClusterError when the cluster cannot be reached
 */
export async function deletePolicies(options: DeleteOptions): Promise<AsyncIterable<ChangeOutcome> | undefined> {
  const names = [...new Set(options.names.map(parsePolicyName))];
  const asks = options.dryRun === 'none' && !options.yes;
  if (asks && !options.confirm) {
    throw new UsageError(
      'deleting needs a confirmation, and there is no terminal to ask on',
      'confirm with --yes, or look first with --dry-run=client',
    );
  }
  const connection = await openCluster(options);
  const world = await loadPolicyWorld({
    ...options,
    connection,
    clientNamespaces: (objects) =>
      objects.flatMap((object) =>
        object.kind === 'Egress' && names.includes(object.metadata.name)
          ? object.spec.sources.map(({ namespace }) => namespace)
          : [],
      ),
  });
  for (const note of world.notes) options.note(note);
  const doomed: Doomed[] = [];
  for (const name of names) doomed.push(await find(connection, world, name));
  const present = doomed.filter(({ error }) => error === undefined);
  const policies = present.flatMap(({ policy }) => policy ?? []);
  if (policies.length > 0) options.preview(previewOf(world, policies));
  if (asks && present.length > 0 && !(await options.confirm!(question(present)))) return undefined;
  return deleteEach(connection, doomed, options);
}

async function find(cluster: Cluster, world: PolicyWorld, name: string): Promise<Doomed> {
  const { objects, unread } = world;
  const namespace = cluster.defaultNamespace;
  const listed = objects.find(
    (object): object is Egress =>
      object.kind === 'Egress' && object.metadata.name === name && object.metadata.namespace === namespace,
  );
  if (listed) return { name, namespace, policy: world.raw(listed) as Egress };
  if (unread.knows('Egress', namespace)) return { name, namespace, error: notThere(name, namespace) };
  try {
    return { name, namespace, policy: await cluster.get({ kind: kinds.Egress, name, namespace }) };
  } catch (error) {
    if (isForbidden(error)) return { name, namespace };
    if (isNotFound(error)) return { name, namespace, error };
    throw error;
  }
}

function notThere(name: string, namespace: string): ClusterError {
  return new ClusterError(
    `there is no Egress ${namespace}/${name}`,
    'check the name and the namespace: osm-ts egress list -A; with --ignore-not-found this is no error',
    404,
  );
}

function previewOf({ objects, worldOptions, unread }: PolicyWorld, policies: readonly Egress[]): DeletionPreview {
  const names = new Set(policies.map(nameOf));
  const isDoomed = (object: Resource): object is Egress => object.kind === 'Egress' && names.has(nameOf(object));
  const all = [...objects, ...standIns(objects, unread)];
  const before = createWorld(all, worldOptions);
  const after = createWorld(
    all.filter((object) => !isDoomed(object)),
    worldOptions,
  );
  return { policies, comparison: compareWorlds(before, after, objects.filter(isDoomed)), incomplete: unread.any };
}

function question(doomed: readonly Doomed[]): string {
  const [first, ...others] = doomed.map(({ namespace, name }) => `${namespace}/${name}`);
  if (others.length === 0) return `Delete Egress ${first}?`;
  return `Delete these ${doomed.length} Egress policies: ${[first, ...others].join(', ')}?`;
}

async function* deleteEach(
  cluster: Cluster,
  doomed: readonly Doomed[],
  { dryRun, ignoreNotFound }: DeleteOptions,
): AsyncGenerator<ChangeOutcome> {
  let lost = false;
  for (const { name, namespace, policy, error: earlier } of doomed) {
    const base = { kind: kinds.Egress, name, namespace, changes: [], notes: [], warnings: [] };
    try {
      if (earlier) throw earlier;
      if (lost) throw new ClusterError(`Egress ${namespace}/${name} is not deleted: not tried after that`);
      if (dryRun !== 'client') {
        await cluster.delete(
          { kind: kinds.Egress, name, namespace },
          { dryRun: dryRun === 'server', resourceVersion: policy?.metadata.resourceVersion },
        );
      }
      yield { ...base, result: 'removed', line: `${qualifiedName(kinds.Egress, name)} deleted` };
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      if (ignoreNotFound && isNotFound(error)) continue;
      // Without a status nobody has answered; each further try could take as long as this one did.
      lost = error instanceof ClusterError && error.status === undefined;
      yield { ...base, result: 'failed', error };
    }
  }
}
