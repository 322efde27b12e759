import { stoppingLimit } from '../ports.js';
import { portRule } from '../rule.js';

/** A limit of 0 in the UpstreamTrafficSetting of a cluster stops everything. Egress semantics §4. */
export const settingLetsNothingThrough = portRule({
  name: 'setting-lets-nothing-through',
  code: 'OSM-E036',
  level: 'error',
  makes: 'lets nothing through',
  find: ({ policy, simulation: { program }, index }) => {
    const limit = stoppingLimit(program, policy.spec, index);
    return limit?.certain ? [{ data: {}, at: [limit.at], port: index }] : [];
  },
});
