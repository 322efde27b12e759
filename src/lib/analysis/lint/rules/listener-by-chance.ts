import { proxyRule } from '../rule.js';

/** The control plane puts together, by chance, a listener that Envoy refuses or one that it takes. Egress semantics §4. */
export const listenerByChance = proxyRule({
  name: 'listener-by-chance',
  code: 'OSM-E003',
  level: 'error',
  makes: 'refused',
  find: ({ simulation: { listenerChances } }) =>
    listenerChances.slice(0, 1).map(({ at, beside }) => ({ data: {}, at: [at, ...beside] })),
});
