import { isForbidden, isNotFound } from '../cluster/errors.js';
import { kinds, qualifiedName } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { ClusterError, OsmTsError } from '../errors.js';
import type { ChangeOutcome, DryRun } from '../changes/change.js';
import type { Egress, Resource } from '../resources/types.js';
import { createWorld, nameOf } from '../simulator/world.js';
import { compareWorlds, type Comparison } from '../analysis/compare/index.js';
import { standIns } from '../analysis/unread.js';
import { loadInput, type Input, type InputOptions } from '../input/load.js';
import type { Reporter } from '../reporter.js';

export interface DeleteOptions extends InputOptions {
  readonly names: readonly string[];
  readonly dryRun: DryRun;
  readonly ignoreNotFound: boolean;
  /** Undefined: nobody is to be asked. */
  readonly confirm: ((message: string) => Promise<boolean>) | undefined;
  /** Tells what will change, before anything is deleted. */
  readonly preview: (preview: DeletionPreview) => void;
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
 * @throws ClusterError when the cluster cannot be reached, UsageError and InputError about the kubeconfig
 */
export async function deletePolicies(
  options: DeleteOptions,
  report: Reporter,
): Promise<AsyncIterable<ChangeOutcome> | undefined> {
  const names = [...new Set(options.names)];
  const clientsOf = (objects: readonly Resource[]): string[] => [
    ...new Set(
      objects.flatMap((object) =>
        object.kind === 'Egress' && names.includes(object.metadata.name)
          ? object.spec.sources.map(({ namespace }) => namespace)
          : [],
      ),
    ),
  ];
  const asked = { namespaces: (home: string) => [home], clientsOf, accounts: true, withoutControlPlane: true };
  const input = await loadInput(options, asked, report);
  const cluster = input.cluster!;
  const doomed: Doomed[] = [];
  for (const name of names) doomed.push(await find(cluster, input, name));
  const present = doomed.filter(({ error }) => error === undefined);
  const policies = present.flatMap(({ policy }) => policy ?? []);
  if (policies.length > 0) options.preview(previewOf(input, policies));
  if (options.confirm && present.length > 0 && !(await options.confirm(question(present)))) return undefined;
  return deleteEach(cluster, doomed, options);
}

async function find(cluster: Cluster, input: Input, name: string): Promise<Doomed> {
  const { unread } = input;
  const namespace = cluster.defaultNamespace;
  const listed = input.livePolicy(namespace, name);
  if (listed) return { name, namespace, policy: listed };
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

function previewOf({ objects, worldOptions, unread }: Input, policies: readonly Egress[]): DeletionPreview {
  const names = new Set(policies.map(nameOf));
  const isDoomed = (object: Resource): object is Egress => object.kind === 'Egress' && names.has(nameOf(object));
  const all = [...objects, ...standIns(objects, unread)];
  const before = createWorld(all, worldOptions);
  const after = createWorld(
    all.filter((object) => !isDoomed(object)),
    worldOptions,
  );
  return {
    policies,
    comparison: compareWorlds(before, after, objects.filter(isDoomed)),
    incomplete: unread.kinds.size > 0,
  };
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
