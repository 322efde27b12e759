import { readFileSync } from 'node:fs';
import type { Resource } from '../../src/lib/resources/types.js';

/** What was recorded of one probe; see README.md. */
export interface Expectation {
  class:
    | 'refused'
    | 'closed'
    | 'tls-error'
    | 'http'
    | 'reached'
    | 'mesh'
    | 'unresolved'
    | 'stalled'
    | 'unpredictable'
    /** iptables did not take the pod's rules, so that there is no client. */
    | 'no-pod';
  status?: number;
  /** `address:port` */
  address?: string;
  cluster?: string | null;
  delay?: number;
  seen?: Expectation[];
}

export interface RecordedWorld {
  name: string;
  why?: string;
  /** `namespace/ServiceAccount` */
  source: string;
  /** `?`: not recorded */
  listener: 'programmed' | 'absent' | 'refused' | '?';
  routes: 'accepted' | 'refused' | '?';
  resources: Resource[];
  probes: { target: string; expect: Expectation }[];
}

const file = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

export const collections = ['named', 'generated', 'observed', 'wider', 'peers'] as const;
export type Collection = (typeof collections)[number];

const read = new Map<Collection, readonly RecordedWorld[]>();

export function recordedWorlds(name: Collection): readonly RecordedWorld[] {
  let worlds = read.get(name);
  if (!worlds) read.set(name, (worlds = parseWorlds(name)));
  return worlds;
}

function parseWorlds(name: Collection): RecordedWorld[] {
  return file(`${name}.jsonl`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedWorld);
}

/** What names resolved to when the recording was made; nothing else resolved. */
export function recordedHosts(): ReadonlyMap<string, string> {
  return new Map(
    file('hosts')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').reverse() as [string, string]),
  );
}
