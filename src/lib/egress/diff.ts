import {
  diffWorlds,
  ANY_OTHER,
  everySource,
  mayAllowMore,
  mayDenyMore,
  type WorldDiff,
} from '../analysis/compare/index.js';
import { ClusterError, ExitCode, OsmTsError, UsageError } from '../errors.js';
import { findClient, type Client, type ClientName } from '../input/client.js';
import type { Input, InputOptions } from '../input/load.js';
import { openNames, type NameOptions } from '../input/names.js';
import { loadPolicySet } from '../input/policy-set.js';
import { istioAmid } from '../input/istio/amid.js';
import { aroundPolicies, requireReadable } from '../input/since.js';
import type { Reporter } from '../reporter.js';
import type { Locate } from '../resources/types.js';
import { createWorld, type Source, type World } from '../simulator/world.js';

/** What makes `egress diff` fail. */
export const failures = ['any', 'allowed', 'denied'] as const;
export type Failure = (typeof failures)[number];

export interface DiffOptions extends Omit<InputOptions, 'filenames' | 'live' | 'commits'>, NameOptions {
  /** Files, directories, `-`, `cluster` or `git:REV[:PATH]`. */
  readonly old: string;
  readonly now: string;
  /** Empty: all sources. */
  readonly clients: readonly ClientName[];
}

export interface DiffAnswer extends WorldDiff {
  readonly old: string;
  readonly now: string;
  readonly locate: Locate;
}

/**
 * Answers `egress diff`: every class of requests that fares otherwise under the second set of policies.
 * @throws UsageError, InputError, ClusterError; the latter also for what may not be read
 */
export async function diffPolicies(options: DiffOptions, report: Reporter): Promise<DiffAnswer> {
  const { old, now, clients } = options;
  if (old === '-' && now === '-') {
    throw new UsageError('OLD and NEW cannot both read standard input', 'put one of them into a file');
  }
  const before = await loadSet(old, 'OLD', options, report);
  const after = await loadSet(now, 'NEW', options, report);
  const [oldWorld, newWorld] = [
    worldOf(before, after, 'OLD has', 'NEW', report),
    worldOf(after, before, 'NEW has', 'OLD', report),
  ];
  const named = clients.map(({ namespace, name }) => ({
    namespace: namespace ?? after.defaultNamespace,
    serviceAccount: name,
  }));
  const locate: Locate = (object, path) => before.locate(object, path) ?? after.locate(object, path);
  if (before.istio && after.istio) {
    const { diffIstioWorlds } = await import('../analysis/compare/istio.js');
    const sources = named.length > 0 ? named : istioSources([before, after]);
    return { ...diffIstioWorlds(istioAmid(before, after), istioAmid(after, before), sources), old, now, locate };
  }
  const sources =
    clients.length > 0
      ? clients.map((client) => sourceOf(client, [after, before], report))
      : everySource([before, after], [oldWorld, newWorld]);
  const names = await openNames(options);
  await names.learn([oldWorld, newWorld].flatMap(hostsOf));
  return {
    ...diffWorlds(oldWorld, newWorld, sources, names.resolve),
    old,
    now,
    locate,
  };
}

/** Those that a set knows, and for each namespace that an object is in one for all the others. */
export function istioSources(inputs: readonly Input[]): Source[] {
  const sources = everySource(
    inputs,
    inputs.map(({ world }) => world),
  );
  const known = new Set(sources.map(({ namespace }) => namespace));
  const others = new Set(
    inputs
      .flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.namespace ?? []))
      .filter((name) => !known.has(name)),
  );
  return [...sources, ...[...others].sort().map((namespace) => ({ namespace, serviceAccount: ANY_OTHER }))];
}

/** The source that a name stands for in the first set that has it. */
function sourceOf(client: ClientName, inputs: readonly [Input, Input], report: Reporter): Source {
  const found = inputs.map((input): Client | OsmTsError => {
    try {
      return findClient(input, client);
    } catch (error) {
      if (error instanceof UsageError || (error instanceof ClusterError && error.status === 404)) return error;
      throw error;
    }
  });
  const clients = found.filter((one): one is Client => !(one instanceof OsmTsError));
  const [first] = clients;
  // what a cluster says counts for more than that the files have no such thing
  if (!first) throw (found.find((one) => one instanceof ClusterError) ?? found[0]) as OsmTsError;
  const { source } = clients.find(({ known }) => known !== 'assumed') ?? first;
  if (clients.every(({ known }) => known === 'assumed')) {
    const isNamed = inputs.some(({ world }) => world.policiesNaming(source).length > 0);
    const name = `${source.namespace}/${source.serviceAccount}`;
    if (!isNamed) report.warn(`neither OLD nor NEW has or names ServiceAccount ${name}: it is assumed to be there`);
  }
  return source;
}

/** Names that Envoy looks up for whatever source. */
function hostsOf({ egresses }: World): string[] {
  return egresses.flatMap(({ spec }) => (spec.hosts ?? []).map((host) => host.toLowerCase()));
}

async function loadSet(word: string, what: string, options: DiffOptions, report: Reporter): Promise<Input> {
  const clientsOf = (objects: readonly { readonly kind: string; readonly spec?: unknown }[]): string[] =>
    objects.flatMap(({ kind, spec }) =>
      kind === 'Egress' ? (spec as { sources: { namespace: string }[] }).sources.map(({ namespace }) => namespace) : [],
    );
  const { clients } = options;
  const workloads = (home: string) =>
    clients.flatMap(({ kind, namespace = home, name }) =>
      kind === 'ServiceAccount' || kind === 'Pod' ? [] : [{ kind, namespace, name }],
    );
  const homes = (home: string) => clients.map(({ namespace = home }) => namespace);
  const question = {
    namespaces: (home: string) => [home, ...homes(home)],
    clients: homes,
    clientsOf,
    workloads,
    accounts: true,
    services: true,
  };
  const input = await loadPolicySet([word], what, options, question, report);
  requireReadable(input);
  return input;
}

function worldOf(input: Input, other: Input, has: string, from: string, report: Reporter): World {
  const { objects, kinds } = aroundPolicies(input, other);
  if (kinds.length > 0) report.note(`${has} no ${kinds.join(', no ')}: taken from ${from}`);
  return createWorld([...input.objects, ...objects], input.worldOptions);
}

/** 1 when there is a difference that counts, 4 when it cannot be known whether there is. */
export function exitCodeOf({ effects, undecided }: WorldDiff, failOn: Failure): number {
  const counts = { any: () => true, allowed: mayAllowMore, denied: mayDenyMore }[failOn];
  if (effects.some(counts)) return ExitCode.no;
  return undecided.length > 0 ? ExitCode.unknown : ExitCode.yes;
}
