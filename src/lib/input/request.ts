import type { Cluster } from '../cluster/index.js';
import { ClusterError, UsageError } from '../errors.js';
import { isMonitored, MONITORED_BY } from '../resources/labels.js';
import type { Reporter } from '../reporter.js';
import type { Locate, Resource } from '../resources/types.js';
import { closest } from '../text/closest.js';
import { meshExists } from './control-planes.js';
import { findClient, type Client, type ClientName } from './client.js';
import { noBearingOn } from './bearing.js';
import { loadInput, type Input, type InputOptions } from './load.js';
import type { NamedDump } from './config-dump.js';
import { loadBefore, type Before } from './since.js';
import { openNames, type NameKnowledge, type NameOptions } from './names.js';

/** What decides what becomes of requests. */
export interface RequestInputOptions extends InputOptions, NameOptions {
  /** Who sends them, each a question of its own. */
  readonly clients: readonly ClientName[];
  /** What running proxies were started with, in the words of `loadPolicySet`; absent: they are freshly started. */
  readonly since?: readonly string[] | undefined;
  /** A proxy's config dump, from which the answer comes instead of from policies and cluster. */
  readonly configDump?: string | undefined;
  /** What is most likely not meant is an error, not only warned of. */
  readonly strict?: boolean | undefined;
  /** Who sends some of them, as their command lines tell. */
  readonly senders?: readonly ClientName[] | undefined;
}

export interface RequestInput extends Input {
  readonly options: RequestInputOptions;
  /** In the order of the options. */
  readonly clients: readonly Client[];
  readonly names: NameKnowledge;
  readonly before: Before | undefined;
  readonly dump: NamedDump | undefined;
}

/**
 * Reads what questions about requests need.
 * @param everybody the question is about every client that there may be, besides those that are named
 * @throws UsageError, InputError, ClusterError; the latter also for a client that the cluster does not have
 */
export async function loadRequestInput(
  asked: RequestInputOptions,
  report: Reporter,
  { everybody = false }: { readonly everybody?: boolean } = {},
): Promise<RequestInput> {
  const dump = await dumpOf(asked);
  const withoutCluster = asked.filenames.length === 0;
  const options = dump ? { ...asked, withoutCluster, clients: dump.clientsFor(asked.clients) } : asked;
  const names = await openNames(options);
  const askers = [...options.clients, ...(options.senders ?? [])];
  const homes = (defaultNamespace: string): string[] => [
    ...new Set(askers.map(({ namespace = defaultNamespace }) => namespace)),
  ];
  const workloads = (defaultNamespace: string) =>
    askers.flatMap(({ kind, namespace = defaultNamespace, name }) =>
      kind === 'ServiceAccount' || kind === 'Pod' ? [] : [{ kind, namespace, name }],
    );
  const clientsOf = everybody ? { clientsOf: (found: readonly Resource[]) => namespacesOfClients(found, options) } : {};
  const noBearing = everybody ? {} : { noBearing: (defaultNamespace: string) => noBearingOn(homes(defaultNamespace)) };
  const question = {
    namespaces: homes,
    clients: homes,
    workloads,
    ...clientsOf,
    ...noBearing,
    accounts: true,
    services: true,
  };
  const input = await loadInput(options, question, report);
  const { cluster } = input;
  const odd = input.istio ? undefined : whatIsStrange(input);
  const strange = odd && cluster && (await hasControlPlane(cluster, input, report)) ? undefined : odd;
  if (strange && cluster) throw new ClusterError(strange.message, strange.hint, 404);
  if (strange && asked.strict) throw new UsageError(strange.message, strange.hint);
  if (strange) report.warn(`${strange.message}: ${strange.hint}`);
  const clients = options.clients
    .map((client) => findClient(input, client))
    .map(dump ? shownByDump : (client) => client);
  const before = options.since && (await loadBefore(options.since, input, question, report));
  const locate: Locate = (object, path) =>
    input.locate(object, path) ?? before?.input.locate(object, path) ?? dump?.locate(object, path);
  return { ...input, locate, options, names, clients, before, dump };
}

async function dumpOf({ configDump }: RequestInputOptions): Promise<NamedDump | undefined> {
  if (configDump === undefined) return undefined;
  const { loadConfigDump } = await import('./config-dump.js');
  return loadConfigDump(configDump);
}

/** Whose proxy answers is there. */
function shownByDump(client: Client): Client {
  return client.known === 'assumed' ? { ...client, known: 'given' } : client;
}

/** Namespaces of the mesh, and those whose accounts policies name. */
function namespacesOfClients(objects: readonly Resource[], { meshName }: InputOptions): string[] {
  const found = objects.flatMap((object) => {
    if (object.kind === 'Egress') return object.spec.sources.map(({ namespace }) => namespace);
    return object.kind === 'Namespace' && isMonitored(object, meshName) ? [object.metadata.name] : [];
  });
  return [...new Set(found)];
}

/** A mesh without namespaces is none to wonder at when its control plane is there. Who may not ask is told of the oddity. */
async function hasControlPlane(cluster: Cluster, { world }: Input, report: Reporter): Promise<boolean> {
  const { meshName, osmNamespace } = world;
  return meshExists(cluster, meshName, { osmNamespace, report }).catch(() => false);
}

/** A mesh that no namespace is in, while namespaces are in others: most likely its name is not what was meant. */
function whatIsStrange({ world }: Input): { message: string; hint: string } | undefined {
  const { meshName } = world;
  const labels = [...world.namespaces.values()].flatMap(({ metadata }) => metadata.labels?.[MONITORED_BY] ?? []);
  const meshes = [...new Set(labels)];
  if (meshes.length === 0 || meshes.includes(meshName)) return undefined;
  const meant = closest(meshName, meshes) ?? (meshes.length === 1 ? meshes[0] : undefined);
  return {
    message: `no namespace is in mesh ${meshName}`,
    hint:
      meant === undefined ? `name one with --mesh-name: ${meshes.join(', ')}` : `did you mean --mesh-name ${meant}?`,
  };
}
