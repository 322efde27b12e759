import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { keyOf, type Mutant } from './describe.js';
import type { Outcome } from './judge.js';
import type { Reach } from './reach.js';

interface Remembered {
  readonly outcome: Outcome;
  readonly fingerprint: string;
}

/** What became of mutants in earlier runs. It holds as long as the code and the tests that it rests on are the same. */
export class Memory {
  private readonly keys: readonly string[];
  private readonly known: Map<string, Remembered>;
  private readonly fingerprints = new Map<string, string>();
  /** What this run has found. Written without the rest of `known`, which another run may know better by now. */
  private readonly found = new Map<string, Remembered>();

  constructor(
    private readonly path: string,
    private readonly mutants: readonly Mutant[],
    private readonly reach: Reach,
    /** Which tests this run may run, and for how long: a mutant that others have spared is tried again. */
    private readonly means: string,
  ) {
    const counts = new Map<string, number>();
    this.keys = mutants.map((mutant) => {
      const key = keyOf(mutant);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return `${key}\n${count}`;
    });
    this.known = new Map(Object.entries(read(path)));
  }

  recall(number: number): Outcome | undefined {
    const remembered = this.known.get(this.keys[number]!);
    if (!remembered) return undefined;
    return remembered.fingerprint === this.fingerprintOf(number, remembered.outcome) ? remembered.outcome : undefined;
  }

  /** The test that killed the mutant when it was last tried, of whatever code: a good one to try first. */
  lastKillerOf(number: number): string | undefined {
    return this.known.get(this.keys[number]!)?.outcome.killer;
  }

  keep(number: number, outcome: Outcome): void {
    this.found.set(this.keys[number]!, { outcome, fingerprint: this.fingerprintOf(number, outcome) });
    if (this.found.size % 100 === 0) this.save();
  }

  save(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const all = { ...read(this.path), ...Object.fromEntries(this.found) };
    writeFileSync(this.path, JSON.stringify(all));
  }

  /** A test that fails rests on what it imports; a mutant survives all the tests that reach it. */
  private fingerprintOf(number: number, { killer }: Outcome): string {
    const { file } = this.mutants[number]!;
    const test = killer === undefined ? undefined : /^(\S+\.test\.ts): /.exec(killer)?.[1];
    const of = test ?? file;
    const known = this.fingerprints.get(of) ?? this.reach.fingerprintOf(test ? [test] : this.reach.testsOf(file));
    this.fingerprints.set(of, known);
    return killer === undefined ? `${known} ${this.means}` : known;
  }
}

function read(path: string): Record<string, Remembered> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Remembered>;
  } catch {
    return {};
  }
}
