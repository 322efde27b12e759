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

/** Which controllers ran beside the API server, if any. */
export type RecordedControllers = 'ready' | 'jobs-only' | 'job-fails' | 'cleanup-fails';

/** A run of a command that brings a mesh, takes it away, or stays until it is ended. */
export interface LifecycleRun extends RecordedRun {
  readonly stdin?: string;
  /** Command lines that ran before. */
  readonly pre?: readonly (readonly string[])[];
  readonly controllers?: RecordedControllers;
  /** From the run itself on, after `pre`. */
  readonly controllers_then?: RecordedControllers;
  /** There were no controllers during `pre`. */
  readonly pre_alone?: boolean;
  /** Seconds until SIGINT. */
  readonly sigint?: number;
  /** A local port that something else has. */
  readonly busy?: number;
  readonly logs?: Readonly<Record<string, string>>;
  /** Files of the archive, below `STAGING/`, or why there is none. */
  readonly archive?: readonly string[] | string;
}

function read<T extends RecordedRun>(file: string): readonly T[] {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/**
 * Of commands that look, or change objects one by one. Those of `more.jsonl` vary the others; they were recorded beside a real API
 * server and KWOK, with osm v1.2.4 built from its Go module (CONTRIBUTING.md), which so has no version of its own.
 */
export const recordedRuns = [...read('runs.jsonl'), ...read('more.jsonl')];

/** Of `install`, `mesh upgrade`, `uninstall`, `dashboard` and `support bug-report`. */
export const lifecycleRuns = read<LifecycleRun>('lifecycle.jsonl');

export const allRuns: readonly RecordedRun[] = [...recordedRuns, ...lifecycleRuns];

export function bodyOf({ body = '', file }: PodAnswer): string {
  if (file === undefined) return body;
  return readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'config-dump', file), 'utf8');
}
