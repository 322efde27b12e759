import {
  accountOf,
  messagesOf,
  planMigration,
  worldAfter,
  type AccountOfChanges,
  type Identity,
  type MigrationMessage,
  type MigrationOptions,
  type MigrationPlan,
} from '../analysis/migrate/index.js';
import { sendersIn } from '../analysis/reach/senders.js';
import { ExitCode } from '../errors.js';
import { openCluster } from '../input/connection.js';
import { loadInput, type Input, type InputOptions } from '../input/load.js';
import { openNames, type NameOptions } from '../input/names.js';
import { requireReadable } from '../input/since.js';
import type { Reporter } from '../reporter.js';
import type { Source } from '../simulator/world.js';

/** What makes `egress migrate` fail. */
export const migrationFailures = ['any', 'wider', 'narrower'] as const;
export type MigrationFailure = (typeof migrationFailures)[number];

export interface MigrateOptions extends InputOptions, NameOptions {
  readonly identity: Identity | undefined;
  readonly gateway: MigrationOptions['gateway'];
}

export interface MigrationAnswer extends AccountOfChanges {
  readonly input: Input;
  readonly plan: MigrationPlan;
  readonly messages: readonly MigrationMessage[];
  readonly sources: readonly Source[];
}

/**
 * Answers `egress migrate`: Istio's resources for OSM's policies, and what they change.
 * @throws UsageError, InputError, ClusterError; the latter also for what may not be read
 */
export async function migrateEgress(options: MigrateOptions, report: Reporter): Promise<MigrationAnswer> {
  const names = await openNames(options);
  const clientsOf = (objects: readonly { readonly kind: string; readonly spec?: unknown }[]): string[] =>
    objects.flatMap(({ kind, spec }) =>
      kind === 'Egress' ? (spec as { sources: { namespace: string }[] }).sources.map(({ namespace }) => namespace) : [],
    );
  const question = { namespaces: (home: string) => [home], clientsOf, accounts: true, services: true };
  const input = await loadInput(options, question, report);
  requireReadable(input);
  const { world, objects } = input;
  const sources = sendersIn(objects, world)
    .map(({ source }) => source)
    .filter(({ namespace }) => world.isMonitored(namespace));
  const { identity, gateway } = options;
  const plan = planMigration(world, sources, { resolve: names.resolve, identity, gateway });
  const after = worldAfter(world, plan, sources);
  const account = accountOf(plan, after, sources, { resolve: names.resolve });
  return { ...account, input, plan, sources, messages: messagesOf(world, plan, sources) };
}

/**
 * Has the API server check the resources without keeping them.
 * @throws ClusterError for the first that it refuses, or where it cannot be asked; UsageError, InputError about the kubeconfig
 */
export async function tryResources({ plan, input }: MigrationAnswer, report: Reporter): Promise<void> {
  const cluster = input.cluster ?? (await openCluster(input.options, report));
  for (const { object } of plan.emitted) await cluster.apply(object, { dryRun: true });
  report.note(`the API server takes all ${plan.emitted.length} resources; nothing was changed`);
}

/** 1 when something changes that counts, 4 when it cannot be known whether it does. */
export function migrationExitCode({ changes, undecided }: AccountOfChanges, failOn: MigrationFailure): number {
  const counts = (change: string): boolean =>
    failOn === 'any' ? change === 'wider' || change === 'narrower' : change === failOn;
  if (changes.some(({ change }) => counts(change))) return ExitCode.no;
  // what Istio denies for certain is no danger, whatever OSM made of it
  const isUnknown =
    undecided.length > 0 || changes.some(({ change, after }) => change === 'unmodelled' && after.verdict !== 'denied');
  return isUnknown ? ExitCode.unknown : ExitCode.yes;
}
