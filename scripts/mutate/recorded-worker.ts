/** A process that plays recorded worlds with one mutant after the other; see recorded.ts. */
import type * as Answers from '../../test/conformance/answers.js';
import { mutatedPlayer, type MutatedPlayer } from '../../test/conformance/mutated.js';
import { allRecorded } from '../../test/conformance/recorded-worlds.js';
import type { Asked, Order, Told } from './recorded.js';

const enoughSteps = 1_000_000;
const worlds = allRecorded().flatMap(([, all, hosts]) => all.map((recorded) => ({ recorded, hosts })));
let player: MutatedPlayer<typeof Answers>;

function say(told: Told): void {
  process.send!(told);
}

/** Which questions come past which mutants. */
function survey(part: number, parts: number): void {
  for (let world = part; parts > 0 && world < worlds.length; world += parts) {
    let passed = new Set<number>();
    let steps = 0;
    const { questionsAbout, asText, digestOf } = player.play([], (number) => {
      passed.add(number);
      steps++;
    });
    // what is passed while the sources are loaded belongs to the first question
    const asked: Asked[] = [];
    const reaches: Uint32Array[] = [];
    const { recorded, hosts } = worlds[world]!;
    questionsAbout(recorded, hosts).forEach(({ answer }, question) => {
      const begun = performance.now();
      const digest = digestOf(asText(answer()));
      asked.push({ world, question, digest, steps, milliseconds: performance.now() - begun });
      reaches.push(Uint32Array.from(passed));
      passed = new Set();
      steps = 0;
    });
    say({ kind: 'asked', asked, reaches });
  }
  say({ kind: 'surveyed' });
}

/** @returns the world whose answer differs */
function judge(mutant: number, asked: readonly Asked[]): string | undefined {
  let steps = 0;
  let limit = Infinity;
  let { name } = worlds[asked[0]!.world]!.recorded;
  try {
    const { questionsAbout, asText, digestOf } = player.play([mutant], () => {
      if (++steps > limit) throw new Error('runs on without end');
    });
    for (const one of asked) {
      const { recorded, hosts } = worlds[one.world]!;
      name = recorded.name;
      steps = 0;
      limit = Math.max(enoughSteps, 10 * one.steps);
      const { answer } = questionsAbout(recorded, hosts)[one.question]!;
      if (digestOf(asText(answer())) !== one.digest) return name;
    }
  } catch {
    return name;
  }
  return undefined;
}

process.once('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  if ('files' in order) {
    void mutatedPlayer<typeof Answers>(order.files, 'test/conformance/answers.ts').then((made) => {
      player = made;
      survey(order.part, order.parts);
    });
  } else say({ kind: 'judged', world: judge(order.mutant, order.asked) });
});
