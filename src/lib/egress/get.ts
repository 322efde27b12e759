import { kinds } from '../resources/kinds.js';
import { ClusterError, InputError } from '../errors.js';
import type { Egress } from '../resources/types.js';
import { closest } from '../text/closest.js';
import { createInspector } from '../analysis/inspect/inspect.js';
import { loadPolicyWorld, openCluster, type PolicySourceOptions, type PolicyWorld } from '../input/policy-world.js';
import type { PolicyReport } from '../analysis/inspect/report.js';
import { parsePolicyName } from '../input/policy-name.js';

export interface FoundPolicy {
  readonly world: PolicyWorld;
  readonly report: PolicyReport;
}

/**
 * Answers `egress get`: one policy with what becomes of it. In files the namespace may be left out where the name is there once.
 * @throws UsageError, InputError when the files do not have it, ClusterError when the cluster does not
 */
export async function getPolicy(word: string, options: PolicySourceOptions): Promise<FoundPolicy> {
  const name = parsePolicyName(word);
  if (options.filename?.length) {
    const world = await loadPolicyWorld(options);
    return { world, report: createInspector(world)(findInFiles(world, name, options)) };
  }
  const connection = await openCluster(options);
  const namespace = connection.defaultNamespace;
  const world = await loadPolicyWorld({ ...options, connection });
  const listed = world.world.egresses.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  if (listed) return { world, report: createInspector(world)(listed) };
  // Who may not list policies may still get one; and the error for one that is not there is the server's.
  const found = await connection.find({ kind: kinds.Egress, name, namespace });
  if (!found) throw notInCluster(world, name, namespace);
  const wider = world.with(found);
  return { world: wider, report: createInspector(wider)(wider.world.egresses.at(-1)!) };
}

function findInFiles(
  { world, defaultNamespace }: PolicyWorld,
  name: string,
  { namespace, filename }: PolicySourceOptions,
): Egress {
  const named = world.egresses.filter(({ metadata }) => metadata.name === name);
  const found = namespace === undefined ? named : named.filter(({ metadata }) => metadata.namespace === namespace);
  if (found.length === 1) return found[0]!;
  const file = filename!.join(', ');
  if (found.length > 1) {
    const homes = found.map(({ metadata }) => metadata.namespace ?? defaultNamespace);
    throw new InputError(
      `there is an Egress ${name} in several namespaces: ${homes.join(', ')}`,
      { file },
      `name one: -n ${homes[0]}`,
    );
  }
  const elsewhere = named[0]?.metadata.namespace;
  throw new InputError(
    `there is no Egress ${namespace === undefined ? name : `${namespace}/${name}`}`,
    { file },
    elsewhere === undefined ? suggestion(world.egresses, name) : `it is in namespace ${elsewhere}: -n ${elsewhere}`,
  );
}

function notInCluster({ world }: PolicyWorld, name: string, namespace: string): ClusterError {
  const elsewhere = world.egresses.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
  const here = world.egresses.filter(({ metadata }) => metadata.namespace === namespace);
  const hint = elsewhere === undefined ? suggestion(here, name) : `it is in namespace ${elsewhere}: -n ${elsewhere}`;
  return new ClusterError(`there is no Egress ${namespace}/${name}`, hint, 404);
}

function suggestion(policies: readonly Egress[], name: string): string {
  const meant = closest(
    name,
    policies.map(({ metadata }) => metadata.name),
  );
  return meant === undefined ? 'osm-ts egress list -A names all there are' : `did you mean ${meant}?`;
}
