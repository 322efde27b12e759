/** Who sends a request, where pods of a source fare differently. */
import type { Client } from '../../simulator/clients.js';
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

  /** Which of them some clients of a program stand for, as a text to compare; empty for all of them. */
  among(program: Simulation, clients: Iterable<Client>): string {
    if (program.clients.length === 1) return '';
    const own = new Set([...clients].flatMap(({ senders }) => senders.filter((sender) => this.common.has(sender))));
    return own.size === this.common.size ? '' : ` from ${[...own].sort().join()}`;
  }
}

/** The clients for which an alternative holds. */
export function clientsUnder({ clients }: Simulation, when: readonly Condition[]): readonly Client[] {
  return clients.filter(({ pod, conditions }) =>
    when.every((condition) => {
      if (condition.kind === 'pod-is') return condition.pod === pod?.metadata.name;
      return (
        condition.kind !== 'container-is' ||
        conditions.some((own) => own.kind === 'container-is' && own.container === condition.container)
      );
    }),
  );
}
