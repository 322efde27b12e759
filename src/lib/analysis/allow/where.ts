import type { Target } from '../../simulator/request/index.js';
import type { Source } from '../../simulator/world.js';
import type { Landmarks, RequestClass } from '../request-space/index.js';
import type { Wish } from './situation.js';
import type { PlanEffect } from './types.js';

const NAMES = ['server-name', 'host'];

/** Tells how far requests are from the one that is to be allowed; see `PlanEffect.where`. */
export class Neighbourhood {
  /** What is kept apart when classes are cut, so that none lies near and far. */
  readonly landmarks: Landmarks;
  private readonly port: ReadonlySet<string>;
  private readonly names: ReadonlySet<string>;
  private readonly networks: ReadonlySet<string>;

  /** @param addresses of the target, where known */
  constructor(
    private readonly wish: Wish,
    addresses: readonly string[],
  ) {
    const { target } = wish;
    this.port = new Set([String(target.dial.port)]);
    this.names = new Set(namesOf(target));
    this.networks = new Set(addresses.map((address) => `${address}/32`));
    this.landmarks = {
      within: { dimensions: ['port'], parts: this.port },
      apart: [
        { dimensions: NAMES, parts: this.names },
        { dimensions: ['address'], parts: this.networks },
      ],
    };
  }

  whereIs(source: Source, requests: RequestClass): PlanEffect['where'] {
    const liesIn = (dimensions: readonly string[], parts: ReadonlySet<string>): boolean =>
      requests.constraints.some(
        (constraint) =>
          dimensions.includes(constraint.dimension) && constraint.parts.every(({ name }) => parts.has(name)),
      );
    if (source !== this.wish.source || !liesIn(['port'], this.port)) return 'elsewhere';
    if (liesIn(NAMES, this.names)) return 'own';
    if (!liesIn(['address'], this.networks)) return 'elsewhere';
    const { http, tls } = this.wish.target;
    return http || tls?.sni ? 'near' : 'own';
  }

  /**
   * A request of a class, and such as have the target's name or address, where the class holds these too: what is added to a policy
   * for the target's sake counts on all of its ports.
   */
  examplesOf(requests: RequestClass): Target[] {
    const { witness } = requests;
    const { tls, http, dial } = witness;
    return [
      witness,
      ...namesIn(requests, 'server-name', this.names).map((sni): Target => ({ ...witness, tls: { ...tls!, sni } })),
      ...namesIn(requests, 'host', this.names).map((authority): Target => ({ ...witness, http: { ...http!, authority } })),
      ...namesIn(requests, 'address', this.networks).map((network): Target => ({ ...witness, dial: { ...dial, host: network.replace('/32', '') } })),
    ]; // prettier-ignore
  }
}

/** Those of the parts of a class that have one of the names. */
function namesIn({ constraints }: RequestClass, dimension: string, names: ReadonlySet<string>): string[] {
  const found = constraints.filter((constraint) => constraint.dimension === dimension);
  return found.flatMap(({ parts }) => parts.map(({ name }) => name).filter((name) => names.has(name)));
}

/** The names by which the target's host is told from others, with and without the port. */
function namesOf({ host, port, http, tls }: Target): string[] {
  const name = (tls ? (tls.sni ?? host) : (http?.authority ?? host)).toLowerCase();
  const bare = name.endsWith(`:${port}`) ? name.slice(0, -`:${port}`.length) : name;
  return [bare, `${bare}:${port}`];
}
