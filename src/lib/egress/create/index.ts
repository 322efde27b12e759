import { isForbidden } from '../../cluster/errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import type { DryRun } from '../../changes/change.js';
import { RefusedError } from '../../mesh/errors.js';
import { objectName } from '../../wording/verdict.js';
import { objectionTo, summaryOf, warningsAbout } from '../../wording/check.js';
import type { Egress } from '../../resources/types.js';
import { contextText, openCluster } from '../../input/connection.js';
import { loadInput, type Input, type InputOptions } from '../../input/load.js';
import { readAll } from '../../analysis/unread.js';
import type { Reporter } from '../../reporter.js';
import { checkPolicy } from '../../analysis/inspect/check.js';
import { buildPolicy, type PolicyAnswers } from './build.js';
import { findOrUnknown, refuseOtherContent, sameContent, writePolicy, type Written } from './write.js';

export { missingAnswers } from './build.js';

/** Somebody who answers what is missing. */
export interface Person {
  /** @param accounts ServiceAccounts to choose from, as `namespace/name`; empty when they are not known */
  complete(given: PolicyAnswers, accounts: () => Promise<readonly string[]>): Promise<PolicyAnswers>;
  /** Is the policy to be written, or (in a dry run of the client) is it as was meant? */
  approve(policy: Egress, question: string): Promise<boolean>;
}

/** Without `person` the answers have to be complete. */
export interface CreateOptions extends Omit<InputOptions, 'live'> {
  readonly answers: PolicyAnswers;
  readonly dryRun: DryRun;
  readonly overwrite: boolean;
  /** Create what the check refuses. */
  readonly force: boolean;
  readonly person: Person | undefined;
}

/**
 * Answers `egress create`: builds the policy, checks it against those that are there, writes it. A dry run of the client
 * with all answers opens no socket.
 * @returns undefined when the person who was asked said no
 * @throws UsageError (answers that do not go together), RefusedError (the check), InputError (a file), ClusterError
 */
export async function createEgress(options: CreateOptions, report: Reporter): Promise<Written | undefined> {
  const { person, dryRun, overwrite } = options;
  // What is wrong is told before anybody is asked for anything, the cluster included.
  buildPolicy(options.answers, options.namespace ?? 'default');
  const { cluster, namespace } = await whereTo(options, report);
  const answers = person
    ? await person.complete(options.answers, () => listAccounts(cluster, namespace, report))
    : options.answers;
  const policy = buildPolicy(answers, namespace);

  const written = dryRun === 'client' ? undefined : cluster;
  const input = await readInput(options, policy, cluster, report);
  const present = written && (await findPresent(written, policy, input));
  if (present && sameContent(policy, present)) return { policy: present, change: 'unchanged' };
  if (present && !overwrite) refuseOtherContent(policy, present);

  judge(policy, input, options, report);
  const question = written ? `Create this policy ${contextText(written)}?` : 'Is this the policy?';
  if (person && !(await person.approve(policy, question))) return undefined;
  if (!written) return { policy, change: 'created' };
  return writePolicy(written, policy, present, { dryRun: dryRun === 'server', overwrite });
}

/**
 * The connection, where one is needed, and the namespace of the policy. A dry run of the client needs no cluster, but the
 * kubeconfig says which namespace is meant; without either it is `default`, as for kubectl.
 */
async function whereTo(
  options: CreateOptions,
  report: Reporter,
): Promise<{ cluster: Cluster | undefined; namespace: string }> {
  const { namespace, dryRun, person } = options;
  if (dryRun === 'client' && namespace !== undefined && !person) return { cluster: undefined, namespace };
  try {
    const cluster = await openCluster(options, report);
    return { cluster, namespace: cluster.defaultNamespace };
  } catch (error) {
    if (dryRun !== 'client' || !(error instanceof ClusterError)) throw error;
    report.verbose(`no cluster is configured: ${error.message}`);
    return { cluster: undefined, namespace: namespace ?? 'default' };
  }
}

/**
 * The ServiceAccounts of the cluster, or of one namespace for who may not list all. A cluster that does not tell is no
 * reason to fail: the answer can be typed.
 */
async function listAccounts(cluster: Cluster | undefined, namespace: string, report: Reporter): Promise<string[]> {
  for (const query of cluster ? [{}, { namespace }] : []) {
    try {
      const accounts = await cluster!.list(kinds.ServiceAccount, query);
      return accounts.map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      report.verbose(`the ServiceAccounts are not known: ${error.message}`);
      if (!isForbidden(error)) break;
    }
  }
  return [];
}

/** What the policy is checked against; undefined when neither files nor a cluster are to be looked at. */
async function readInput(
  options: CreateOptions,
  policy: Egress,
  connection: Cluster | undefined,
  report: Reporter,
): Promise<Input | undefined> {
  const offline = options.dryRun === 'client';
  if (offline && options.filenames.length === 0) return undefined;
  const { namespace } = policy.metadata;
  const clients = [...new Set(policy.spec.sources.map((source) => source.namespace))];
  const question = {
    namespaces: (home: string) => [home, ...clients],
    clients: () => clients,
    accounts: true,
    planned: policy,
    withoutControlPlane: options.force,
  };
  return loadInput({ ...options, namespace, live: !offline, connection }, question, report);
}

/** The policy of that name in the cluster. */
async function findPresent(cluster: Cluster, policy: Egress, input: Input | undefined): Promise<Egress | undefined> {
  const { name, namespace = 'default' } = policy.metadata;
  return input?.unread.knows('Egress', namespace) ? input.livePolicy(namespace, name) : findOrUnknown(cluster, policy);
}

/** Warns of what the policy would do, and refuses what would do harm. @throws RefusedError unless forced */
function judge(policy: Egress, input: Input | undefined, options: CreateOptions, report: Reporter): void {
  const { meshName, osmNamespace, force } = options;
  const surroundings = input ?? { objects: [], worldOptions: { meshName, osmNamespace }, unread: readAll };
  const check = checkPolicy(surroundings, policy, { blind: input === undefined });
  const locate: Input['locate'] = (object, path) => input?.locate(object, path);
  for (const warning of warningsAbout(check, locate)) report.warn(warning);
  const objection = objectionTo(check, locate);
  if (input && !objection) report.note(summaryOf(check));
  if (!objection) return;
  const title = `${objectName({ object: policy })} is ${force ? 'created in spite of this' : 'not created'}: ${objection.what}`;
  if (!force) throw new RefusedError([title, ...objection.details].join('\n'), objection.hint);
  report.warn([title, ...objection.details].join('\n  '));
}
