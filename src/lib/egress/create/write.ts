import { isDeepStrictEqual } from 'node:util';
import { isConflict, isForbidden } from '../../cluster/errors.js';
import { kinds } from '../../resources/kinds.js';
import type { Change, Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { portText, referenceText } from '../../wording/policy.js';
import type { Egress } from '../../resources/types.js';

export interface WriteOptions {
  /** The server checks and keeps nothing. */
  readonly dryRun: boolean;
  /** Give a policy of the same name this content. */
  readonly overwrite: boolean;
}

export interface Written {
  readonly policy: Egress;
  readonly change: Change;
}

/** The policy of that name; undefined also when the user may not read it. Throws `ClusterError`. */
export async function findOrUnknown(cluster: Cluster, { metadata }: Egress): Promise<Egress | undefined> {
  const { name, namespace } = metadata;
  return cluster.find({ kind: kinds.Egress, name, namespace }).catch((error: unknown) => {
    if (isForbidden(error)) return undefined;
    throw error;
  });
}

/**
 * Creates the policy, or gives a present one its content, on the condition that nobody has changed it since it was read.
 * @throws ClusterError when another content is there and `overwrite` is not given, or the server refuses
 */
export async function writePolicy(
  cluster: Cluster,
  policy: Egress,
  present: Egress | undefined,
  options: WriteOptions,
): Promise<Written> {
  const { dryRun } = options;
  if (present) return update(cluster, policy, present, options);
  try {
    return { policy: await cluster.create(policy, { dryRun }), change: 'created' };
  } catch (error) {
    if (!isConflict(error)) throw error;
    // Somebody was faster, or an earlier attempt of our own got through without our hearing of it.
    const other = await findOrUnknown(cluster, policy);
    if (!other) throw error;
    return update(cluster, policy, other, { ...options, overwrite: false });
  }
}

async function update(
  cluster: Cluster,
  policy: Egress,
  present: Egress,
  { dryRun, overwrite }: WriteOptions,
): Promise<Written> {
  if (sameContent(policy, present)) return { policy: present, change: 'unchanged' };
  if (!overwrite) refuseOtherContent(policy, present);
  const { name, namespace, resourceVersion } = present.metadata;
  const replaced = await cluster.patch(
    { kind: kinds.Egress, name, namespace },
    'json',
    [{ op: 'add', path: '/spec', value: policy.spec }],
    { dryRun, resourceVersion },
  );
  return { policy: replaced, change: 'configured' };
}

/** @throws ClusterError that names what differs */
export function refuseOtherContent(policy: Egress, present: Egress): never {
  const { name, namespace } = policy.metadata;
  throw new ClusterError(
    `Egress ${namespace}/${name} is there already, with another content:\n${differences(policy, present).join('\n')}`,
    'choose another name, or give it the new content with --overwrite',
    409,
  );
}

/** The lists of a policy in words, in the order in which a person reads them. */
function listsOf({ spec }: Partial<Egress>): readonly (readonly [field: string, items: readonly string[]])[] {
  return [
    ['sources', (spec?.sources ?? []).map(({ namespace, name }) => `${namespace}/${name}`)],
    ['hosts', spec?.hosts ?? []],
    ['ports', (spec?.ports ?? []).map(portText)],
    ['ipAddresses', spec?.ipAddresses ?? []],
    ['matches', (spec?.matches ?? []).map((match) => `${match.apiGroup} ${referenceText(match)}`)],
  ];
}

/** Do two policies say the same? Order counts for nothing but references, whose routes are tried in turn. */
export function sameContent(one: Egress, other: Egress): boolean {
  const others = listsOf(other);
  return listsOf(one).every(([field, items], index) => {
    const [here, there] = [items, others[index]![1]];
    return field === 'matches'
      ? isDeepStrictEqual(here, there)
      : isDeepStrictEqual([...here].sort(), [...there].sort());
  });
}

function differences(wanted: Egress, present: Egress): string[] {
  const now = listsOf(present);
  return listsOf(wanted).flatMap(([field, items], index) => {
    const [before, after] = [now[index]![1], items].map((list) => (list.length === 0 ? '(none)' : list.join(', ')));
    return before === after ? [] : [`  spec.${field}: there ${before}; here ${after}`];
  });
}
