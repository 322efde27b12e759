import fc from 'fast-check';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import type { Resource } from '../../src/lib/resources/types.js';
import { meetingWorld } from '../../test/simulator/meeting-worlds.js';
import type { Question } from './experiment.js';

/** The world with a number of a hunt: the same for the same seed and number. */
export function randomQuestion(seed: number, number: number, hosts: Question['hosts']): Question {
  const [drawn] = fc.sample(meetingWorld, { seed: Math.imul(seed, 1_000_003) + number, numRuns: 1 });
  const { resources, targets } = drawn!;
  return { resources, targets, source: { namespace: 'curl', serviceAccount: 'curl' }, hosts };
}

/** Far from the numbers of the worlds themselves. */
const BEFORE = 1_000_000_000;

/** The same for a proxy that runs since it was started with another world, the whole of which it could read. */
export function runningQuestion(seed: number, number: number, hosts: Question['hosts']): Question {
  const question = randomQuestion(seed, number, hosts);
  const { resources: since } = randomQuestion(seed, number + BEFORE, hosts);
  const refusals = [...simulate(createWorld(since), question.source).routeRefusals.values()].flat();
  return refusals.some(({ code }) => code === 'undecodable') ? question : { ...question, since };
}

/**
 * Makes a question smaller for as long as it stays interesting: leaves out objects, entries of lists and fields, one at a time.
 * @param tries how often `isInteresting` is asked at most
 */
export async function shrunk(
  question: Question,
  isInteresting: (smaller: Question) => Promise<boolean>,
  tries: number,
): Promise<Question> {
  let best = question;
  let left = tries;
  for (let progress = true; progress && left > 0;) {
    progress = false;
    for (let position = 0; left > 0;) {
      const resources = without(best.resources, position);
      if (!resources) break;
      left--;
      const smaller = { ...best, resources };
      if (await isInteresting(smaller).catch(() => false)) [best, progress] = [smaller, true];
      else position++;
    }
  }
  return best;
}

/** Fields without which an object means something else, or nothing. */
const NEEDED = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'sources',
  'ports',
  'name',
  'namespace',
  'number',
  'protocol',
]);

/** The resources without the part at a position, counted from the outside in; undefined behind the last. */
function without(resources: readonly Resource[], position: number): readonly Resource[] | undefined {
  let left = position;
  const prune = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || left < 0) return value;
    const isList = Array.isArray(value);
    const entries = Object.entries(value);
    for (const [key] of entries) {
      if (!isList && NEEDED.has(key)) continue;
      if (left-- === 0) {
        const rest = entries.filter(([other]) => other !== key);
        return isList ? rest.map(([, item]) => item as unknown) : Object.fromEntries(rest);
      }
    }
    const pruned = entries.map(([key, item]) => [key, prune(item)] as const);
    return isList ? pruned.map(([, item]) => item) : Object.fromEntries(pruned);
  };
  const smaller = prune(resources) as readonly Resource[];
  return left < 0 ? smaller : undefined;
}
