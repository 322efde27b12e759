import { isForbidden } from '../../cluster/errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import type { DryRun } from '../../changes/change.js';
import { RefusedError } from '../../mesh/errors.js';
import { serializeValue } from '../../resources/serialize.js';
import { objectName } from '../../wording/verdict.js';
import { objectionTo, warningsAbout } from '../../wording/check.js';
import type { Egress } from '../../resources/types.js';
import { loadPolicyWorld, openCluster, type PolicySourceOptions, type PolicyWorld } from '../../input/policy-world.js';
import { readAll } from '../../input/unread.js';
import { completeAnswers, type Asker } from './ask.js';
import { checkPolicy } from '../../analysis/inspect/check.js';
import { buildPolicy, missingAnswers, missingError, type PolicyAnswers } from './request.js';
import { findOrUnknown, refuseOtherContent, sameContent, writePolicy, type Written } from './write.js';

export interface CreateOptions extends PolicySourceOptions {
  readonly answers: PolicyAnswers;
  readonly dryRun: DryRun;
  readonly overwrite: boolean;
  /** Create what the check refuses. */
  readonly force: boolean;
  /** Undefined: nobody is there to ask. */
  readonly ask: Asker | undefined;
  /** Shows a text to whoever is asked. */
  readonly show: (text: string) => void;
  readonly note: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * Answers `egress create`: builds the policy, checks it against those that are there, writes it. A dry run of the client
 * with all answers opens no socket.
 * @returns undefined when the person who was asked said no
 * @throws UsageError (a bad or missing answer), RefusedError (the check), InputError (a file), ClusterError
 */
export async function createEgress(options: CreateOptions): Promise<Written | undefined> {
  const { ask, dryRun, overwrite } = options;
  const missing = missingAnswers(options.answers);
  if (missing.length > 0 && !ask) throw missingError(missing);
  // A wrong word is told before anybody is asked for anything, the cluster included.
  if (missing.length === 0) buildPolicy(options.answers, options.namespace ?? 'default');
  const { cluster, namespace } = await whereTo(options, missing.length === 0);
  const answers =
    missing.length > 0 && ask
      ? await completeAnswers(options.answers, namespace, ask, () => listAccounts(cluster, namespace, options.verbose))
      : options.answers;
  const policy = buildPolicy(answers, namespace);

  const written = dryRun === 'client' ? undefined : cluster;
  const world = await readWorld(options, policy, cluster);
  const present = written && (await findPresent(written, policy, world));
  if (present && sameContent(policy, present)) return { policy: present, change: 'unchanged' };
  if (present && !overwrite) refuseOtherContent(policy, present);

  judge(policy, world, options);
  if (missing.length > 0 && ask) {
    options.show(`\n${serializeValue(policy)}\n`);
    const message = written ? 'Create this policy?' : 'Is this the policy?';
    if (!(await ask.confirm({ message, flag: '--no-input', default: true }))) return undefined;
  }
  if (!written) return { policy, change: 'created' };
  return writePolicy(written, policy, present, { dryRun: dryRun === 'server', overwrite });
}

/**
 * The connection, where one is needed, and the namespace of the policy. A dry run of the client needs no cluster, but the
 * kubeconfig says which namespace is meant; without either it is `default`, as for kubectl.
 */
async function whereTo(
  options: CreateOptions,
  complete: boolean,
): Promise<{ cluster: Cluster | undefined; namespace: string }> {
  const { namespace, dryRun } = options;
  if (dryRun === 'client' && namespace !== undefined && complete) return { cluster: undefined, namespace };
  try {
    const cluster = await openCluster(options);
    return { cluster, namespace: cluster.defaultNamespace };
  } catch (error) {
    if (dryRun !== 'client' || !(error instanceof ClusterError)) throw error;
    options.verbose?.(`no cluster is configured: ${error.message}`);
    return { cluster: undefined, namespace: namespace ?? 'default' };
  }
}

/**
 * The ServiceAccounts of the cluster, or of one namespace for who may not list all. A cluster that does not tell is no
 * reason to fail: the answer can be typed.
 */
async function listAccounts(
  cluster: Cluster | undefined,
  namespace: string,
  verbose: CreateOptions['verbose'],
): Promise<string[]> {
  for (const query of cluster ? [{}, { namespace }] : []) {
    try {
      const accounts = await cluster!.list(kinds.ServiceAccount, query);
      return accounts.map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      verbose?.(`the ServiceAccounts are not known: ${error.message}`);
      if (!isForbidden(error)) break;
    }
  }
  return [];
}

/** What the policy is checked against; undefined when neither files nor a cluster are to be looked at. */
async function readWorld(
  options: CreateOptions,
  policy: Egress,
  connection: Cluster | undefined,
): Promise<PolicyWorld | undefined> {
  const offline = options.dryRun === 'client';
  if (offline && !options.filename?.length) return undefined;
  const { namespace = 'default' } = policy.metadata;
  const clients = [...new Set(policy.spec.sources.map((source) => source.namespace))];
  const world = await loadPolicyWorld({
    ...options,
    namespace,
    connection,
    cluster: offline ? 'never' : 'always',
    planned: policy,
    fallbackNamespaces: [namespace, ...clients],
    clientNamespaces: () => clients,
  });
  for (const note of world.notes) options.note(note);
  for (const warning of world.warnings) options.warn(warning);
  return world;
}

/** The policy of that name in the cluster. */
async function findPresent(
  cluster: Cluster,
  policy: Egress,
  world: PolicyWorld | undefined,
): Promise<Egress | undefined> {
  const { name, namespace = 'default' } = policy.metadata;
  if (!world?.unread.knows('Egress', namespace)) return findOrUnknown(cluster, policy);
  const found = world.objects.find(
    (object) =>
      object.kind === 'Egress' &&
      object.metadata.name === name &&
      object.metadata.namespace === namespace &&
      world.isLive(object),
  );
  return found && (world.raw(found) as Egress);
}

/** Warns of what the policy would do, and refuses what would do harm. @throws RefusedError unless forced */
function judge(policy: Egress, world: PolicyWorld | undefined, options: CreateOptions): void {
  const worldOptions = { meshName: options['mesh-name'], osmNamespace: options['osm-namespace'] };
  const surroundings = world ?? { objects: [], worldOptions, unread: readAll };
  const check = checkPolicy(surroundings, policy, { blind: world === undefined });
  const locate: PolicyWorld['locate'] = (object, path) => world?.locate(object, path);
  for (const warning of warningsAbout(check, locate)) options.warn(warning);
  const objection = objectionTo(check, locate);
  if (!objection) return;
  const title = `${objectName({ object: policy })} is ${options.force ? 'created in spite of this' : 'not created'}: ${objection.what}`;
  if (!options.force) throw new RefusedError([title, ...objection.details].join('\n'), objection.hint);
  options.warn([title, ...objection.details].join('\n  '));
}
