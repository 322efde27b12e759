import type { Reporter } from '../reporter.js';
import { findClient, type Client, type ClientName } from './client.js';
import { loadInput, type Input, type InputOptions } from './load.js';
import { openNames, type NameKnowledge, type NameOptions } from './names.js';

/** What decides what becomes of a client's requests. */
export interface RequestInputOptions extends InputOptions, NameOptions {
  readonly client: ClientName;
}

export interface RequestInput extends Input, Client {
  readonly options: RequestInputOptions;
  readonly names: NameKnowledge;
}

/**
 * Reads what questions about requests of one client need.
 * @throws UsageError, InputError, ClusterError
 */
export async function loadRequestInput(options: RequestInputOptions, report: Reporter): Promise<RequestInput> {
  const { client } = options;
  const names = await openNames(options);
  const home = (defaultNamespace: string): string[] => [client.namespace ?? defaultNamespace];
  const input = await loadInput(options, { namespaces: home, clients: home, services: true }, report);
  return { ...input, ...findClient(input.world, client, input.defaultNamespace), options, names };
}
