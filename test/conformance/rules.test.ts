import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';
import { keyOf } from '../../scripts/mutate/describe.js';
import { mutatedPlayer, type MutatedPlayer } from './mutated.js';
import { collections, recordedHosts, recordedWorlds, type RecordedWorld } from './recordings.js';
import type * as Replay from './replay.js';
import { pagePath, parseClauses, readPage, withCount, withHolders, type Clause } from './rules-page.js';

const RULES = 'R1 I1 I2 I3 M1 M2 M3 M4 M5 M6 U1 U2 H1 H2 H3 H4 H5 H6 D1'.split(' ');
/** Two recordings tell more than one, and twenty no more. */
const MOST_HOLDERS = 3;

const page = readPage();
const clauses = parseClauses(page);
const hosts = recordedHosts();
const worlds = new Map(collections.flatMap(recordedWorlds).map((world) => [world.name, world]));

let player: MutatedPlayer<typeof Replay>;

/** Numbers of a mutant: several where lines look alike. */
function numbersOf(mutant: Clause['mutants'][number]): readonly number[] {
  return player.numbers.get(keyOf({ ...mutant, line: 0 })) ?? [];
}

/** Does the recording show that these sources are not the simulator's? A few recordings differ from the simulator, with a proof. */
function notices(recorded: RecordedWorld, awake: readonly number[]): boolean {
  const known = new Set(player.play([]).differences(recorded, hosts));
  return player
    .play(awake)
    .differences(recorded, hosts)
    .some((line) => !known.has(line));
}

describe('the rules of the second survey', function () {
  this.timeout(process.env['UPDATE_GOLDEN'] ? 3_600_000 : 60_000);

  before(async () => {
    const files = [...new Set(clauses.flatMap(({ mutants }) => mutants.map(({ file }) => file)))];
    player = await mutatedPlayer(files, 'test/conformance/replay.ts');
    if (process.env['UPDATE_GOLDEN']) update();
  });

  it('have clauses, all of them', () => {
    assert.deepEqual([...new Set(clauses.map(({ rule }) => rule))], RULES);
  });

  for (const clause of clauses) {
    it(clause.title, () => {
      const { mutants, heldBy, test } = clause;
      for (const mutant of mutants)
        assert.ok(numbersOf(mutant).length > 0, `${keyOf({ ...mutant, line: 0 })}\nis no mutant`);
      if (test) return assertTest(test);
      const recorded = heldBy.map((name) => worlds.get(name) ?? assert.fail(`there is no recording ${name}`));
      const found = mutants.map((mutant) => recorded.map((world) => notices(world, numbersOf(mutant))));
      mutants.forEach((mutant, index) => {
        assert.ok(found[index]!.includes(true), `no recording notices\n${keyOf({ ...mutant, line: 0 })}`);
      });
      recorded.forEach(({ name }, index) => {
        assert.ok(
          found.some((ofMutant) => ofMutant[index]),
          `${name} notices none of the mutants`,
        );
      });
    });
  }
});

function assertTest({ file, title }: NonNullable<Clause['test']>): void {
  assert.ok(existsSync(join(packageRoot, file)), `there is no ${file}`);
  assert.ok(readFileSync(join(packageRoot, file), 'utf8').includes(title), `${file} has no test ${title}`);
}

/** Looks for recordings that notice mutants of which the page names none, and counts all of them. */
function update(): void {
  const passed = new Map<string, Set<number>>();
  for (const [name, recorded] of worlds) {
    const numbers = new Set<number>();
    passed.set(name, numbers);
    player.play([], (number) => numbers.add(number)).differences(recorded, hosts);
  }
  let text = page;
  const counts = new Map<string, Set<string>>();
  for (const clause of clauses) {
    const noticing = clause.mutants.map((mutant) => {
      const numbers = numbersOf(mutant);
      const reached = [...worlds.values()].filter(({ name }) =>
        numbers.some((number) => passed.get(name)!.has(number)),
      );
      return new Set(reached.filter((world) => notices(world, numbers)).map(({ name }) => name));
    });
    const all = new Set(noticing.flatMap((names) => [...names]));
    // a change may break more than what it is there for
    const [fewest] = [...noticing].sort((one, other) => one.size - other.size);
    counts.set(clause.rule, new Set([...(counts.get(clause.rule) ?? []), ...fewest!]));
    console.log(`${clause.title}: ${noticing.map(({ size }) => size).join(', ')}`);
    if (clause.test) {
      assert.equal(all.size, 0, `${[...all].slice(0, 3).join()} holds it`);
      continue;
    }
    text = withHolders(text, clause, holdersOf(clause, noticing));
  }
  for (const [rule, { size }] of counts) text = withCount(text, rule, size);
  writeFileSync(pagePath, text);
}

/** Those of the page that still notice something, and where they are too few, others. */
function holdersOf({ heldBy }: Clause, noticing: readonly ReadonlySet<string>[]): string[] {
  const holders = heldBy.filter((name) => noticing.some((names) => names.has(name)));
  for (const names of noticing) {
    // recordings that were made on purpose have a name
    const [first] = [...names].sort((one, other) => Number(isNumbered(one)) - Number(isNumbered(other)));
    if (first !== undefined && !holders.some((name) => names.has(name))) holders.push(first);
  }
  for (const name of noticing.flatMap((names) => [...names])) {
    if (holders.length < MOST_HOLDERS - 1 && !holders.includes(name)) holders.push(name);
  }
  return holders;
}

const isNumbered = (name: string): boolean => /-\d+$/.test(name);
