/** Who sends a request, where pods of a source fare differently. */
import type { Simulation } from '../../simulator/simulation.js';
import type { Condition } from '../../simulator/verdict.js';

/**
 * The containers of pods that all of some programs know. What becomes of their requests is compared one by one; a pod that only
 * one program knows may be another's successor, so that it counts only what there is among such.
 */
export class Senders {
  private readonly common: ReadonlySet<string>;

  constructor(programs: readonly Simulation[]) {
    const [first, ...others] = programs.map(({ clients }) => new Set(clients.flatMap(({ senders }) => senders)));
    this.common = new Set([...first!].filter((sender) => others.every((one) => one.has(sender))));
  }

  /**
   * Which of them are among some of a program's, as a text to compare; empty for all of them.
   * @param parts senders; undefined: all that the program has
   */
  among(parts: readonly (readonly string[] | undefined)[]): string {
    const own = new Set<string>();
    for (const part of parts) {
      if (!part) return '';
      for (const sender of part) if (this.common.has(sender)) own.add(sender);
    }
    return own.size === this.common.size ? '' : ` from ${[...own].sort().join()}`;
  }
}

/** Those for which an alternative holds; undefined: all. */
export function sendersUnder({ clients }: Simulation, when: readonly Condition[]): readonly string[] | undefined {
  if (!when.some(({ kind }) => kind === 'pod-is' || kind === 'container-is')) return undefined;
  const pods = when.find((one) => one.kind === 'pod-is')?.pods;
  const names = pods && new Set<string>(pods);
  return clients.flatMap(({ conditions, senders }) => {
    const isOurs = (one: Condition) =>
      one.kind !== 'container-is' ||
      conditions.some((own) => own.kind === 'container-is' && own.container === one.container);
    if (!when.every(isOurs)) return [];
    return names ? senders.filter((sender) => names.has(sender.slice(0, sender.indexOf('/')))) : senders;
  });
}

const ofAlike = new WeakMap<Simulation, ReadonlySet<number>>();

/** Addresses of pods that are alike otherwise, at each of which one of them is by itself; as numbers. */
export function addressesOfAlikePods(program: Simulation): ReadonlySet<number> {
  let known = ofAlike.get(program);
  if (!known) {
    known = new Set(program.clients.flatMap(({ pods, owners }) => (pods.length > 1 ? [...owners.keys()] : [])));
    ofAlike.set(program, known);
  }
  return known;
}
