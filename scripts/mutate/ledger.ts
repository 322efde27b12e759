import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { keyOf, type Mutant } from './describe.js';
import type { Outcome } from './judge.js';

const introduction = `Functions of which every mutant was noticed by a test when it was tried, or is explained in test/mutants.md: tried, killed,
explained, and a fingerprint of the mutants. Written by npm run mutate; a function whose code has changed counts as untried.
`;

/** The functions that a survey is done with, kept in git (`test/mutants-tried.txt`) so that the next one goes on where it ended. */
export class Ledger {
  /** By file and function: what is written behind them. */
  private readonly rows = new Map<string, string>();
  private readonly functions = new Map<string, number[]>();

  constructor(
    private readonly path: string,
    private readonly mutants: readonly Mutant[],
  ) {
    for (const [number, mutant] of mutants.entries()) {
      const place = placeOf(mutant);
      const known = this.functions.get(place);
      if (known) known.push(number);
      else this.functions.set(place, [number]);
    }
    this.read();
  }

  /** Whether the function with this mutant is done with, as it stands. */
  isDone(number: number): boolean {
    const place = placeOf(this.mutants[number]!);
    return this.rows.get(place)?.endsWith(` ${this.fingerprintOf(place)}`) ?? false;
  }

  /**
   * Writes down the functions that are done with now, and takes out those of which a mutant survived and those that are
   * gone.
   * @param files source files, all of whose mutants are known
   * @param isExplained of mutants that were not tried, or that survived
   */
  record(
    files: readonly string[],
    outcomes: ReadonlyMap<number, Outcome>,
    isExplained: (mutant: Mutant) => boolean,
  ): void {
    // another run may have added to it
    this.rows.clear();
    this.read();
    for (const place of [...this.rows.keys()]) {
      const [file] = place.split('\t');
      if (files.includes(file!) && !this.functions.has(place)) this.rows.delete(place);
    }
    for (const [place, numbers] of this.functions) {
      const others = numbers.filter((number) => outcomes.get(number)?.killer === undefined);
      if (others.every((number) => isExplained(this.mutants[number]!))) {
        const counts = [numbers.length, numbers.length - others.length, others.length];
        this.rows.set(place, `${counts.join(' ')} ${this.fingerprintOf(place)}`);
      } else if (others.some((number) => outcomes.has(number))) this.rows.delete(place);
    }
    this.write();
  }

  private fingerprintOf(place: string): string {
    const sum = createHash('sha256');
    for (const number of this.functions.get(place)!) sum.update(keyOf(this.mutants[number]!)).update('\0');
    return sum.digest('hex').slice(0, 8);
  }

  private read(): void {
    if (!existsSync(this.path)) return;
    let file = '';
    for (const line of readFileSync(this.path, 'utf8').slice(introduction.length).split('\n')) {
      if (line.startsWith('  ')) {
        const [name, row] = line.slice(2).split(': ');
        this.rows.set(`${file}\t${name}`, row!);
      } else file = line;
    }
  }

  private write(): void {
    const lines: string[] = [];
    let last = '';
    for (const [place, row] of [...this.rows].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const [file, name] = place.split('\t');
      if (file !== last) lines.push('', file!);
      last = file!;
      lines.push(`  ${name}: ${row}`);
    }
    writeFileSync(this.path, `${introduction}${lines.join('\n')}\n`);
  }
}

function placeOf({ file, within }: Mutant): string {
  return `${file}\t${within}`;
}
