import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { KubernetesObject } from '../../../src/lib/resources/types.js';

/** What a server in a pod answers to a path. */
export interface PodAnswer {
  readonly status?: number;
  readonly body?: string;
  /** The same, in test/fixtures/config-dump. */
  readonly file?: string;
  readonly hang?: boolean;
}

export interface ObjectMarks {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One run of the real `osm` v1.2.4 against a real API server, for a command that osm-ts has. */
export interface RecordedRun {
  readonly topic: string;
  readonly name: string;
  readonly argv: readonly string[];
  /** `hangs` where it had to be ended. */
  readonly exit: number | 'hangs';
  readonly stdout: string;
  readonly stderr: string;
  /** Which kubeconfig; the administrator's when absent. */
  readonly kube?: 'nobody' | 'unreachable' | 'malformed';
  /** Null: not set. `{tmp}` is the working folder. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Pod, port, path. */
  readonly backends?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, PodAnswer>>>>>>;
  readonly podproxy?: Readonly<Record<string, PodAnswer>>;
  readonly fixtures: readonly KubernetesObject[];
  /** Afterwards: `namespaces//NAME`, `pods/NAMESPACE/NAME`. */
  readonly objects: Readonly<Record<string, ObjectMarks>>;
}

export const recordedRuns: readonly RecordedRun[] = readFileSync(join(import.meta.dirname, 'runs.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as RecordedRun);

export function bodyOf({ body = '', file }: PodAnswer): string {
  if (file === undefined) return body;
  return readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'config-dump', file), 'utf8');
}
