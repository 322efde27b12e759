import { proxyRule } from '../rule.js';

/** Envoy refuses every cluster because of one that makes no sense to it. Egress semantics §4. */
export const clustersRefused = proxyRule({
  name: 'clusters-refused',
  code: 'OSM-E034',
  level: 'error',
  makes: 'refused',
  find: ({ simulation: { clusterRefusals, clustersState } }) =>
    clustersState === 'refused'
      ? clusterRefusals.slice(0, 1).map((refusal) => ({ data: { refusal }, at: [refusal.at] }))
      : [],
});
