import type { Resolver } from '../simulator/names.js';
import { parseHosts, type HostsTable } from './hosts.js';
import { readTextFile } from './text-file.js';

/** What is known about names, and how to learn more. */
export interface NameKnowledge {
  readonly resolve: Resolver;
  /** Looks names up where `--dns` allows it; afterwards `resolve` knows them. Otherwise does nothing. */
  learn(names: Iterable<string>): Promise<void>;
}

const CONCURRENT_LOOKUPS = 16;

/** How names become addresses. */
export interface NameOptions {
  /** A file in hosts(5) format. */
  readonly hosts?: string | undefined;
  /** Ask the machine's resolver; without it no socket is opened. */
  readonly dns: boolean;
}

/** @throws InputError when the hosts file is malformed */
export async function openNames(options: NameOptions): Promise<NameKnowledge> {
  const table: HostsTable = options.hosts ? parseHosts(await readTextFile(options.hosts), options.hosts) : new Map();
  const learned = new Map<string, readonly string[] | 'not-found' | undefined>();
  return {
    resolve: (name) => table.get(name) ?? learned.get(name),
    async learn(names) {
      if (!options.dns) return;
      const wanted = [...new Set(names)].filter((name) => isName(name) && !table.has(name) && !learned.has(name));
      if (wanted.length === 0) return;
      const { lookup } = await import('node:dns/promises');
      const queue = wanted.values();
      const worker = async (): Promise<void> => {
        for (const name of queue) learned.set(name, await ask(lookup, name));
      };
      await Promise.all(Array.from({ length: Math.min(CONCURRENT_LOOKUPS, wanted.length) }, worker));
    },
  };
}

/** What a table tells, and no more. */
export function namesOf(table: HostsTable): NameKnowledge {
  return { resolve: (name) => table.get(name), learn: () => Promise.resolve() };
}

type Lookup = (name: string, options: { all: true }) => Promise<{ address: string }[]>;

/** A resolver that does not answer leaves the name unknown; only its word that there is no such name is an answer. */
async function ask(lookup: Lookup, name: string): Promise<readonly string[] | 'not-found' | undefined> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? 'not-found' : undefined;
  }
}

function isName(host: string): boolean {
  return /^[a-z0-9]([-a-z0-9._]*[a-z0-9])?$/.test(host) && !/^[\d.]+$/.test(host);
}
