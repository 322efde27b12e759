import { kinds } from '../resources/kinds.js';
import { ClusterError, InputError } from '../errors.js';
import type { Egress } from '../resources/types.js';
import { closest } from '../text/closest.js';
import { createInspector } from '../analysis/inspect/inspect.js';
import { loadInput, type Input, type InputOptions } from '../input/load.js';
import type { Reporter } from '../reporter.js';
import type { PolicyReport } from '../analysis/inspect/report.js';
import { warnOfWide } from './warn-of-wide.js';

export interface FoundPolicy {
  readonly input: Input;
  readonly report: PolicyReport;
}

/**
 * Answers `egress get`: one policy with what becomes of it. In files the namespace may be left out where the name is there once.
 * @throws InputError when the files do not have it, ClusterError when the cluster does not; UsageError about the kubeconfig
 */
export async function getPolicy(name: string, options: InputOptions, report: Reporter): Promise<FoundPolicy> {
  const found = await findPolicy(name, options, report);
  const inspected = { input: found.input, report: createInspector(found.input)(found.policy) };
  warnOfWide(inspected.report.reasons, found.input, report);
  return inspected;
}

async function findPolicy(
  name: string,
  options: InputOptions,
  report: Reporter,
): Promise<{ readonly input: Input; readonly policy: Egress }> {
  const input = await loadInput(options, { namespaces: (home) => [home] }, report);
  const { cluster, world, defaultNamespace: namespace } = input;
  if (!cluster) return { input, policy: findInFiles(input, name) };
  const listed = world.egresses.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  if (listed) return { input, policy: listed };
  // Who may not list policies may still get one; and the error for one that is not there is the server's.
  const found = await cluster.find({ kind: kinds.Egress, name, namespace });
  if (!found) throw notInCluster(input, name, namespace);
  const wider = input.with(found);
  return { input: wider, policy: wider.world.egresses.at(-1)! };
}

function findInFiles({ world, defaultNamespace, options }: Input, name: string): Egress {
  const { namespace, filenames } = options;
  const named = world.egresses.filter(({ metadata }) => metadata.name === name);
  const found = namespace === undefined ? named : named.filter(({ metadata }) => metadata.namespace === namespace);
  if (found.length === 1) return found[0]!;
  const file = filenames.join(', ');
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

function notInCluster({ world }: Input, name: string, namespace: string): ClusterError {
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
