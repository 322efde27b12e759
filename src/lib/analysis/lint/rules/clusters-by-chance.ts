import { proxyRule } from '../rule.js';

/** Whether Envoy refuses every cluster depends on the order of the settings. Egress semantics §4. */
export const clustersByChance = proxyRule({
  name: 'clusters-by-chance',
  code: 'OSM-E035',
  level: 'error',
  makes: 'refused',
  find: ({ simulation: { clusterRefusals, clustersState } }) =>
    clustersState !== 'refused'
      ? clusterRefusals.slice(0, 1).map((refusal) => ({ data: { refusal }, at: [refusal.at] }))
      : [],
});
