import { stoppingLimit } from '../ports.js';
import { portRule } from '../rule.js';

/** Of several UpstreamTrafficSettings of a cluster one counts, and a limit of 0 in some of them stops everything. Egress semantics §4. */
export const settingByChance = portRule({
  name: 'setting-by-chance',
  code: 'OSM-E037',
  level: 'warning',
  makes: null,
  find: ({ policy, simulation: { program }, index }) => {
    const limit = stoppingLimit(program, policy.spec, index);
    return limit && !limit.certain ? [{ data: {}, at: [limit.at], port: index }] : [];
  },
});
